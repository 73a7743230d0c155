"""Notes on a running session, from its board, its disk, the detector, a window or a network."""

import threading
from collections.abc import Callable

from acquisition.core import Board
from twitchscope.session.subscribers import Subscribers


class SessionNotes:
    """Ordered list of all notes; any thread may add one, and each is passed on as it is added.

    Parameters
    ----------
    board : Board
        An open board. The notes of its driver, `Board.notes`, are taken over here and nowhere else. Those from its
        opening are kept but not passed on; the code that opens the session reports them.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._taken = list(board.notes)
        self._n_of_board = len(self._taken)
        self._subscribers = Subscribers[str](self.say)
        self._lock = threading.Lock()

    def subscribe(self, name: str, callback: Callable[[str], None]) -> None:
        """Call `callback` with each note from now on, in the thread that adds it, see `Subscribers`."""
        self._subscribers.add(name, callback)

    def say(self, note: str) -> None:
        """Add a note, a plain sentence, after what the board has reported so far."""
        self._take(note)

    def follow_board(self) -> None:
        """Pass on what the board has reported since the last call."""
        self._take()

    def all(self) -> list[str]:
        """Return all notes so far."""
        with self._lock:
            return [*self._taken, *self._board.notes[self._n_of_board :]]

    @property
    def n_of_board(self) -> int:
        """Number of notes of the board itself."""
        return len(self._board.notes)

    def _take(self, *notes: str) -> None:
        with self._lock:  # released before the notes are passed on: a listener may add a note itself
            of_board = self._board.notes[self._n_of_board :]
            self._n_of_board += len(of_board)
            new = (*of_board, *notes)
            self._taken += new
        for note in new:
            self._subscribers.tell(note)
