"""Background operations before a session that take seconds, one thread each; the window polls their results."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from acquisition.core import BoardInfo, Setup, make_board, open_board
from twitchscope.electrodes.self_test import Contact, check_electrodes
from twitchscope.ending import LONGEST_END_S
from twitchscope.found_boards import FoundBoard, found_boards, guess_and_diagnosis
from twitchscope.live.failure import failure_text


@dataclass(frozen=True, slots=True)
class Opened:
    """Board that was opened and closed again.

    Attributes
    ----------
    url : str
        URL of the board.
    info : BoardInfo
        Description of the board.
    measures_impedance : bool
        Whether it can send a current through its electrodes.
    is_wired_to_a_person : bool
        As `Board.is_wired_to_a_person`.
    """

    url: str
    info: BoardInfo
    measures_impedance: bool
    is_wired_to_a_person: bool


WorkResult = FoundBoard | Opened | Contact | str
"""Result of an operation; a str is the reason of a failure."""


class _AskedToEnd(Exception):
    """Raised when the window closes: the operation ends in order and reports nothing."""


class Work:
    """Runner of one background operation at a time."""

    def __init__(self) -> None:
        self._results: queue.SimpleQueue[WorkResult] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_asked_to_end = threading.Event()
        self._may_send_current = False

    @property
    def is_running(self) -> bool:
        """Whether an operation is running."""
        return self._thread is not None and self._thread.is_alive()

    def look_for_boards(self) -> None:
        """Report every port with its diagnosis."""

        def run() -> None:
            for found in found_boards(guess_and_diagnosis):
                self._results.put(found)
                self._look_up()

        self._start(run)

    def open(self, url: str, setup: Setup) -> None:
        """Open a board, report its description, and close it again."""

        def run() -> None:
            with make_board(url, setup) as board:
                can_test = board.self_test is not None
                self._results.put(Opened(url, board.info, can_test, board.is_wired_to_a_person))

        self._start(run)

    def measure_impedance(self, url: str, setup: Setup) -> None:
        """Report the impedance of each pair, one after the other."""

        def run() -> None:
            with open_board(url, setup) as board:
                self._may_send_current = True  # set before the check, so that one of both threads sees the other's flag
                self._look_up()
                check_electrodes(board, self._results.put, self._look_up)

        self._start(run)

    def take(self) -> list[WorkResult]:
        """Return the results since the last call."""
        taken: list[WorkResult] = []
        while not self._results.empty():
            taken.append(self._results.get())
        return taken

    def stop_and_join(self) -> None:
        """Request the end of the operation and wait for it, without limit if a current may be on.

        An operation that only queries a board or a network is abandoned after `LONGEST_END_S`, as it may take as long
        as its address allows.
        """
        self._is_asked_to_end.set()
        if self._thread is None:
            return
        self._thread.join(LONGEST_END_S)
        if self._may_send_current:
            self._thread.join()

    def _look_up(self) -> None:
        """Raise `_AskedToEnd` if the end was requested; called where an operation may stop."""
        if self._is_asked_to_end.is_set():
            raise _AskedToEnd

    def _start(self, run: Callable[[], object]) -> None:
        if self.is_running:
            return
        self._is_asked_to_end.clear()
        self._may_send_current = False

        def guarded() -> None:
            try:
                run()
            except _AskedToEnd:
                pass
            except Exception as error:  # the window reports any error
                self._results.put(failure_text(error))

        self._thread = threading.Thread(target=guarded, name="choosing", daemon=True)
        self._thread.start()
