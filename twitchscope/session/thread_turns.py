"""Limits on how long a thread or the garbage collector may keep other threads from running."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

TURN_S = 0.0005
"""Switch interval in seconds. A thread that always computes, such as a busy window, makes the detector wait for a turn.
Python's default of 5 ms would use up all the time that a verdict may take."""


@contextmanager
def brief_turns() -> Iterator[None]:
    """Use a short switch interval for the duration of the block.

    Objects that exist before, modules above all, are excluded from garbage collection meanwhile: scanning them takes
    tens of milliseconds and finds nothing.
    """
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(min(TURN_S, before_s))
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        sys.setswitchinterval(before_s)
