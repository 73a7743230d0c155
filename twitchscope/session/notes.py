"""What is said of a session while it runs: by its board, its disk, the detector, a window, a network."""

import threading
from collections.abc import Callable

from acquisition.core import Board
from twitchscope.session.hearers import Hearers


class SessionNotes:
    """Keeps every note in order, and tells each as it comes; any thread may say one.

    Parameters
    ----------
    board : Board
        An open board. What its driver says, in `Board.notes`, is taken over here and nowhere else; what it said as it
        was opened is kept, and told by who opens the session.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._taken = list(board.notes)
        self._n_of_board = len(self._taken)
        self._hearers = Hearers[str](self.say)
        self._lock = threading.Lock()

    def listen(self, name: str, hear: Callable[[str], None]) -> None:
        """Let `hear` be called with each note from now on, in the thread that says it, see `Hearers`."""
        self._hearers.add(name, hear)

    def say(self, note: str) -> None:
        """Say a plain sentence, behind what the board has said until now."""
        self._take(note)

    def follow_board(self) -> None:
        """Tell what the board has said since the last call."""
        self._take()

    def all(self) -> list[str]:
        """Return what was said until now."""
        with self._lock:
            return [*self._taken, *self._board.notes[self._n_of_board :]]

    @property
    def n_of_board(self) -> int:
        """How often the board itself has said something."""
        return len(self._board.notes)

    def _take(self, *said: str) -> None:
        with self._lock:  # and not while it is told: who hears it may say something in turn
            of_board = self._board.notes[self._n_of_board :]
            self._n_of_board += len(of_board)
            new = (*of_board, *said)
            self._taken += new
        for note in new:
            self._hearers.tell(note)
