"""Non-blocking printing: a paused terminal (Ctrl-S) or a slow reader does not delay the session."""

import queue
import threading
from types import TracebackType
from typing import Self

from twitchscope.terminal.printing import Printer

MAX_LINES = 100_000
"""Lines that may wait to be printed, about 20 MB; further lines are counted but not printed."""


class UnhurriedPrinter:
    """Context manager that prints lines from its own thread.

    Parameters
    ----------
    printer : Printer
        Prints each line.
    max_lines : int
        Largest number of waiting lines.

    Attributes
    ----------
    n_skipped : int
        Number of lines that were not printed because too many waited. It is reported as soon as there is room.
    """

    def __init__(self, printer: Printer, max_lines: int = MAX_LINES) -> None:
        self.n_skipped = 0
        self._n_skipped_reported = 0
        self._printer = printer
        self._queue: queue.Queue[str | None] = queue.Queue(max_lines)
        self._thread = threading.Thread(target=self._print_all, name="printer", daemon=True)

    def line(self, text: str) -> None:
        """Queue a line for printing without waiting."""
        try:
            self._queue.put_nowait(text)
        except queue.Full:
            self.n_skipped += 1

    def finish(self) -> None:
        """Report lines that could not be written; call after the context has ended (see `Printer.finish`)."""
        self._printer.finish()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait until everything is printed; the session is over and its files are closed."""
        self._queue.put(None)
        self._thread.join()

    def _print_all(self) -> None:
        while (text := self._queue.get()) is not None:
            self._printer.line(text)
            self._report_skipped()

    def _report_skipped(self) -> None:
        n_new = self.n_skipped - self._n_skipped_reported
        if n_new and self._queue.empty():
            self._n_skipped_reported += n_new
            self._printer.line(f"{n_new} lines are not shown: nobody took them in time; the session's files have all")
