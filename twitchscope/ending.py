"""What ends a program in order: Ctrl-C and the other signals that ask for it."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that end a session in order, where the system has them: SIGHUP comes when a terminal is closed, SIGBREAK with
Ctrl-Break and from a console of Windows that is closed."""


@contextmanager
def interrupted_in_order() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C and the like wait until the function that this yields is called: it raises KeyboardInterrupt then.

    For what must not end between two commands to a board, such as those that let a current flow and stop it.
    """
    asked = threading.Event()

    def look_up() -> None:
        if asked.is_set():
            raise KeyboardInterrupt

    with stopped_by_signals(asked.set):
        yield look_up


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when the user presses Ctrl-C, the process is asked to end or its terminal closes.

    It would die in mid-write otherwise. What was ignored from the start, as ``nohup`` lets a hang-up be, stays so.
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
