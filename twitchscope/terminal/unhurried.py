"""Printing that nobody waits for: a terminal that is held (Ctrl-S) or a reader that stalls delays no session."""

import queue
import threading
from types import TracebackType
from typing import Self

from twitchscope.terminal.printing import Printer

MAX_LINES = 100_000
"""Lines that may wait to be printed, some 20 MB; what comes on top of that is counted and not printed."""


class UnhurriedPrinter:
    """Prints lines from a thread of its own, as long as the block lasts.

    Parameters
    ----------
    printer : Printer
        Prints each line.
    max_lines : int
        Lines that may wait.

    Attributes
    ----------
    n_skipped : int
        Lines that were not printed because too many waited; told in their place as soon as there is room.
    """

    def __init__(self, printer: Printer, max_lines: int = MAX_LINES) -> None:
        self.n_skipped = 0
        self._n_skipped_told = 0
        self._printer = printer
        self._queue: queue.Queue[str | None] = queue.Queue(max_lines)
        self._thread = threading.Thread(target=self._print_all, name="printer", daemon=True)

    def line(self, text: str) -> None:
        """Have a line printed; returns at once."""
        try:
            self._queue.put_nowait(text)
        except queue.Full:
            self.n_skipped += 1

    def finish(self) -> None:
        """Tell of lines that could not be written, after the block; see `Printer.finish`."""
        self._printer.finish()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait until everything is printed: the session is over and its files are closed."""
        self._queue.put(None)
        self._thread.join()

    def _print_all(self) -> None:
        while (text := self._queue.get()) is not None:
            self._printer.line(text)
            self._tell_skipped()

    def _tell_skipped(self) -> None:
        n_new = self.n_skipped - self._n_skipped_told
        if n_new and self._queue.empty():
            self._n_skipped_told += n_new
            self._printer.line(f"{n_new} lines are not shown: nobody took them in time; the session's files have all")
