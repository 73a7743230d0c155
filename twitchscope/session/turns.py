"""How long one thread, or the search for garbage, may keep the others from running."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

TURN_S = 0.0005
"""A thread that always computes, as a busy window does, keeps the detector waiting for a turn: Python's own 5 ms
would be all that a verdict may take."""


@contextmanager
def brief_turns() -> Iterator[None]:
    """Let threads take brief turns as long as the block lasts.

    What is there before, modules above all, is not searched for garbage meanwhile: that takes tens of milliseconds,
    and finds nothing.
    """
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(min(TURN_S, before_s))
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        sys.setswitchinterval(before_s)
