"""Orderly end of a program on Ctrl-C and similar signals."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Signals that end a session in order, where the system has them. SIGHUP is sent when a terminal is closed, SIGBREAK on
Ctrl-Break and when a Windows console is closed."""

LONGEST_END_S = 1.0
"""Longest time in seconds that the end waits for a thread that may hang in a library, a network or a disk and has
nothing to lose: it is a daemon, which ends with the program."""


@contextmanager
def interrupted_in_order() -> Iterator[Callable[[], None]]:
    """Defer Ctrl-C and similar signals until the yielded function is called, which then raises KeyboardInterrupt.

    For work that must not end between two commands to a board, such as those that start and stop a current.
    """
    with asked_by_signals() as is_asked_to_end:

        def look_up() -> None:
            if is_asked_to_end():
                raise KeyboardInterrupt

        yield look_up


@contextmanager
def asked_by_signals() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether Ctrl-C or a similar signal arrived since the block began."""
    is_asked = False

    def ask() -> None:
        nonlocal is_asked
        is_asked = True

    with stopped_by_signals(ask):
        yield lambda: is_asked


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when the user presses Ctrl-C, the process is asked to end or its terminal closes.

    Otherwise the process would die in mid-write. A signal that was ignored from the start, such as a hang-up under
    ``nohup``, stays ignored.

    Parameters
    ----------
    stop : callable
        Called between any two instructions of the main thread; it may only set plain attributes. That thread may hold
        any lock at that moment, including that of a `threading.Event`, and would deadlock.
    """

    def handle(signal_number: int, frame: FrameType | None) -> None:
        stop()

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread receives signals; a session run elsewhere is stopped by its caller
        return
    numbers = [getattr(signal, name) for name in ENDING_SIGNALS if hasattr(signal, name)]
    previous = {number: signal.getsignal(number) for number in numbers}
    heard = [number for number in numbers if number == signal.SIGINT or previous[number] is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, previous[number])
