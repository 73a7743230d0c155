"""Signals to a window: the handler sets a flag, and the event loop acts on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QTimer

from twitchscope.ending import stopped_by_signals

LOOK_MS = 100
"""Interval at which a window checks whether it was asked to close."""


@contextmanager
def finished_by_signals(finish: Callable[[], None]) -> Iterator[None]:
    """Let the event loop call `finish` whenever Ctrl-C or a similar signal asks for the end.

    A handler may run at any point, even during the drawing of a frame, so it must not close a window itself. Python
    runs no handler while Qt's own code works or waits; the regular check lets it run.
    """
    is_requested = False

    def request() -> None:
        nonlocal is_requested
        is_requested = True

    def check() -> None:
        nonlocal is_requested
        if is_requested:
            is_requested = False
            finish()

    timer = QTimer()
    timer.timeout.connect(check)
    timer.start(LOOK_MS)
    try:
        with stopped_by_signals(request):
            yield
    finally:
        timer.stop()
