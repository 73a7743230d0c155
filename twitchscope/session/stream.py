"""Stream: one thread reads the board, and every subscriber gets every block in a queue of its own."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial

from acquisition.core import Block, Board, LinkError
from twitchscope.session.notes import SessionNotes

READ_TIMEOUT_S = 0.05
"""Longest time in seconds that `Stream.stop` waits for the board's next block."""

QUEUE_BLOCKS_OFFLINE = 64
"""Queue length in blocks for a source that waits (a recording played fast)."""

LONGEST_QUEUE_S = 60.0
"""Signal in seconds that may wait for a subscriber of a board that cannot wait; blocks beyond it are skipped."""

Sink = Callable[[Block | None], None]
"""Callable that receives every block, and None at the end."""


class Subscription:
    """Subscriber's side of a stream: iterate over the blocks until the stream ends.

    Parameters
    ----------
    max_blocks : int
        Length of the queue for a source that waits for its subscribers; 0 for one that cannot wait.
    max_samples : int
        For a source that cannot wait: most samples that may be queued. A block beyond that is skipped, and the next
        one delivered starts after it. Lost samples, of which there may be hours, take no memory and do not count.

    Attributes
    ----------
    n_skipped : int
        Samples skipped because the subscriber was too slow.
    """

    def __init__(self, max_blocks: int, max_samples: int) -> None:
        self._queue: queue.Queue[Block | None] = queue.Queue(max_blocks)
        self._waits = max_blocks > 0
        self._max_samples = max_samples
        self._n_put = self._n_taken = 0
        self._is_cancelled = False
        self.n_skipped = 0

    def __len__(self) -> int:
        """Return the number of queued blocks."""
        return self._queue.qsize()

    def put(self, block: Block | None) -> None:
        """Queue a block, or None for the end."""
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
        """Accept nothing more, so that the reading thread never waits for a subscriber that has gone away."""
        self._is_cancelled = True
        with contextlib.suppress(queue.Empty):
            while True:  # this also unblocks a waiting put; at most one more block gets in after it
                self._queue.get_nowait()

    def __iter__(self) -> Iterator[Block]:
        while (block := self._queue.get()) is not None:
            self._n_taken += block.n_samples - block.n_lost
            yield block


class Stream:
    """Reader of a board in a thread of its own.

    Parameters
    ----------
    board : Board
        An open board; the stream starts and stops it.
    n_samples : int, optional
        Number of samples after which the stream ends, lost ones included.
    notes : SessionNotes, optional
        Notes to which those of the board are added after each read.

    Attributes
    ----------
    error : Exception or None
        Why the stream ended before it was asked to; read it after the last block.
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
        """Add a sink, called in the reading thread, after the existing sinks and before the subscribers.

        A sink may wait for nothing but room in a queue. An exception in a sink ends the stream. Call this before
        `start`.
        """
        self._sinks.append(sink)

    def start(self) -> None:
        """Start the board and the reading thread.

        Raises
        ------
        AcquisitionError
            If the board does not start; no subscriber is notified then.
        """
        self._board.start()
        self._thread.start()

    def stop(self) -> None:
        """Ask the reading thread to end; subscribers still get what was read.

        Returns at once. May be called repeatedly, from any thread or signal handler.
        """
        self._is_asked_to_stop = True

    def join(self) -> None:
        """Wait until the reading thread has ended and the board has stopped."""
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
        """Run a step and keep its error: everyone must be told of the end, and the board must stop."""
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
    """Return the queue length for `board`, 0 if it cannot wait for room."""
    return 0 if board.keeps_time else QUEUE_BLOCKS_OFFLINE
