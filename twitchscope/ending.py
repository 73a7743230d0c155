"""What ends a program in order: Ctrl-C and the other signals that ask for it."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that end a session in order, where the system has them: SIGHUP comes when a terminal is closed, SIGBREAK with
Ctrl-Break and from a console of Windows that is closed."""

LONGEST_END_S = 1.0
"""The end waits no longer for a thread that may hang in a library, a network or a disk and has nothing to lose: it is a
daemon, which goes with the program."""


@contextmanager
def interrupted_in_order() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C and the like wait until the function that this yields is called: it raises KeyboardInterrupt then.

    For what must not end between two commands to a board, such as those that let a current flow and stop it.
    """
    with asked_by_signals() as is_asked_to_end:

        def look_up() -> None:
            if is_asked_to_end():
                raise KeyboardInterrupt

        yield look_up


@contextmanager
def asked_by_signals() -> Iterator[Callable[[], bool]]:
    """Yield what tells whether Ctrl-C or the like has asked for the end since the block began."""
    is_asked = False

    def ask() -> None:
        nonlocal is_asked
        is_asked = True

    with stopped_by_signals(ask):
        yield lambda: is_asked


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when the user presses Ctrl-C, the process is asked to end or its terminal closes.

    It would die in mid-write otherwise. What was ignored from the start, as ``nohup`` lets a hang-up be, stays so.

    Parameters
    ----------
    stop : callable
        Comes between any two instructions of the main thread: it sets plain attributes and nothing else. That thread
        may hold any lock just then, also one of a `threading.Event`, and would wait for itself for ever.
    """

    def handle(signal_number: int, frame: FrameType | None) -> None:
        stop()

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears signals; whoever runs a session elsewhere stops it
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
