"""One thread reads the board; every subscriber gets every block, in a queue of its own, whatever a view does."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial

from acquisition.core import Block, Board, LinkError
from twitchscope.session.notes import SessionNotes

READ_TIMEOUT_S = 0.05
"""Longest time that `Stream.stop` waits for the board's next block."""

QUEUE_BLOCKS_OFFLINE = 64
"""Queue length for a source that waits (a recording played fast)."""

LONGEST_QUEUE_S = 60.0
"""Signal that waits for a subscriber behind a board that cannot wait; what comes on top of that is left out for it."""

Sink = Callable[[Block | None], None]
"""Takes every block, and None at the end."""


class Subscription:
    """The blocks of a stream, from the subscriber's side: iterate, and it ends with the stream.

    Parameters
    ----------
    max_blocks : int
        Length of the queue behind a source that waits for its subscribers; 0 where it cannot wait.
    max_samples : int
        Behind a source that cannot wait: samples that may wait; a block on top of them is skipped, and the next one
        that is handed on begins behind it. Lost samples, which may come by the hour, take no memory and do not count.

    Attributes
    ----------
    n_skipped : int
        Samples left out because the subscriber was too slow.
    """

    def __init__(self, max_blocks: int, max_samples: int) -> None:
        self._queue: queue.Queue[Block | None] = queue.Queue(max_blocks)
        self._waits = max_blocks > 0
        self._max_samples = max_samples
        self._n_put = self._n_taken = 0
        self._is_cancelled = False
        self.n_skipped = 0

    def __len__(self) -> int:
        """Return how many blocks wait."""
        return self._queue.qsize()

    def put(self, block: Block | None) -> None:
        """Hand on a block, or None for the end."""
        if self._is_cancelled:
            return
        if block is not None:
            n_valid = block.n_samples - block.n_lost
            if not self._waits and self._n_put - self._n_taken + n_valid > self._max_samples:
                self.n_skipped += block.n_samples
                return
            self._n_put += n_valid
        self._queue.put(block)

    def cancel(self) -> None:
        """Take nothing more, so that the reading never waits for a subscriber that has gone away."""
        self._is_cancelled = True
        with contextlib.suppress(queue.Empty):
            while True:  # the room also frees a put that is waiting; at most one more block gets in after it
                self._queue.get_nowait()

    def __iter__(self) -> Iterator[Block]:
        while (block := self._queue.get()) is not None:
            self._n_taken += block.n_samples - block.n_lost
            yield block


class Stream:
    """Reads a board in a thread of its own.

    Parameters
    ----------
    board : Board
        An open board; the stream starts and stops it.
    n_samples : int, optional
        End after so many samples, lost ones included.
    notes : SessionNotes, optional
        Where what the board says is taken over, after each read.

    Attributes
    ----------
    error : Exception or None
        Why the stream ended before it was asked to; look at it after the last block.
    """

    def __init__(self, board: Board, n_samples: int | None = None, notes: SessionNotes | None = None) -> None:
        self.error: Exception | None = None
        self._board = board
        self._notes = notes if notes is not None else SessionNotes(board)
        self._n_samples = n_samples
        self._sinks: list[Sink] = []
        self._subscriptions: list[Subscription] = []
        self._is_asked_to_stop = False  # no Event: a signal handler sets it, whose own thread may hold an Event's lock
        self._thread = threading.Thread(target=self._run, name="board reader", daemon=True)

    def subscribe(self) -> Subscription:
        """Return a new subscription; call it before `start`."""
        n_most = round(LONGEST_QUEUE_S * self._board.info.sampling_rate_hz)
        subscription = Subscription(max_queued_blocks(self._board), n_most)
        self._subscriptions.append(subscription)
        return subscription

    def add_sink(self, sink: Sink) -> None:
        """Let `sink` be called in the reading thread, behind those that are there and before the subscribers have it.

        It waits for nothing but room in a queue; what it raises ends the stream. Call this before `start`.
        """
        self._sinks.append(sink)

    def start(self) -> None:
        """Start the board and the reading.

        Raises
        ------
        AcquisitionError
            When the board does not start; no subscriber hears of it then.
        """
        self._board.start()
        self._thread.start()

    def stop(self) -> None:
        """Ask the reading to end; subscribers still get what was read.

        Returns at once; may be called again, from any thread or signal handler.
        """
        self._is_asked_to_stop = True

    def join(self) -> None:
        """Wait until the reading has ended and the board has stopped."""
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        self._try(self._read_all)
        if self._board.absence:
            self.error = self.error or LinkError(self._board.absence)
        for sink in self._sinks:
            self._try(partial(sink, None))
        for subscription in self._subscriptions:
            subscription.put(None)
        self._try(self._board.stop)
        self._try(self._notes.follow_board)

    def _try(self, step: Callable[[], None]) -> None:
        """Keep why a step failed: whatever it is, all must hear the end, the board stop and the session know why."""
        try:
            step()
        except Exception as error:
            self.error = self.error or error

    def _read_all(self) -> None:
        while not self._is_asked_to_stop:
            block = self._board.read(READ_TIMEOUT_S)
            self._notes.follow_board()
            if block is None:
                return
            if self._n_samples is not None:
                block = block[: max(0, self._n_samples - block.first_index)]
            if block.n_samples:
                self._hand_on(block)
            if self._n_samples is not None and self._board.next_index >= self._n_samples:
                return

    def _hand_on(self, block: Block) -> None:
        for sink in self._sinks:
            sink(block)
        for subscription in self._subscriptions:
            subscription.put(block)


def max_queued_blocks(board: Board) -> int:
    """Return the length of a queue behind `board`, 0 where it cannot wait for room."""
    return 0 if board.keeps_time else QUEUE_BLOCKS_OFFLINE
