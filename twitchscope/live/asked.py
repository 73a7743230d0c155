"""What a signal asks of a window: the handler takes note of it, and the event loop does it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QTimer

from twitchscope.ending import stopped_by_signals

LOOK_MS = 100
"""A window looks so often whether it was asked to close."""


@contextmanager
def finished_by_signals(finish: Callable[[], None]) -> Iterator[None]:
    """Let the event loop call `finish` each time that Ctrl-C or the like has asked for the end.

    A handler comes amid anything, the drawing of a frame too: nothing that closes a window may run in it. It does not
    even come as long as Qt alone works or waits, so that the looking lets it through as well.
    """
    is_asked = False

    def ask() -> None:
        nonlocal is_asked
        is_asked = True

    def look() -> None:
        nonlocal is_asked
        if is_asked:
            is_asked = False
            finish()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(LOOK_MS)
    try:
        with stopped_by_signals(ask):
            yield
    finally:
        timer.stop()
