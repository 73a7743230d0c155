"""Backlog of signal that waits for the disk: how much, for how long, and when it is too much."""

from collections import deque

from acquisition.core import Block, BoardInfo
from twitchscope.storage.disk_sync import DiskSync

REPORTED_WAIT_S = 0.9
"""A disk that has accepted nothing for this long, in seconds, is reported."""

LONGEST_STEP_S = 0.5
"""Longest step in seconds between two blocks that counts as waiting. Blocks arrive many times a second; after a longer
step the board was silent or the whole computer was suspended, which is not the disk's time. An assumption."""

MOST_WAITING_BYTES = 256_000_000
"""Most memory in bytes for waiting signal, whatever its duration."""


class Backlog:
    """Counter of the signal between the thread that queues it and the one that writes it; lost samples take no memory.

    Parameters
    ----------
    info : BoardInfo
        Description of the board.
    sync : DiskSync
        Syncs what was written to the disk.
    longest_wait_s : float
        Most signal in seconds that may wait; less if it would take more than `MOST_WAITING_BYTES`.

    Attributes
    ----------
    n_written : int
        Valid samples that were written.
    """

    def __init__(self, info: BoardInfo, sync: DiskSync, longest_wait_s: float) -> None:
        self.n_written = 0
        self._rate_hz = info.sampling_rate_hz
        bytes_per_s = info.sampling_rate_hz * (4 * (info.n_channels + len(info.aux)) + 1)
        self._longest_wait_s = min(longest_wait_s, MOST_WAITING_BYTES / bytes_per_s)
        self._n_put = 0
        self._last_put_s = 0.0
        self._heard_s = self._first_waiting_s = 0.0  # arrival times summed in steps of at most `LONGEST_STEP_S`
        self._heard_of_waiting: deque[float] = deque()
        self._sync = sync
        self._n_synced_seen = 0
        self._sync_moved_s = 0.0

    @property
    def waiting_s(self) -> float:
        """Signal that waits, in seconds."""
        return (self._n_put - self.n_written) / self._rate_hz

    @property
    def is_too_long(self) -> bool:
        """Whether more signal waits than allowed."""
        return self.waiting_s > self._longest_wait_s

    @property
    def wait_report(self) -> str:
        """A sentence once signal has waited for the disk for at least `REPORTED_WAIT_S`, else empty.

        The wait is measured by arrival times. Signal that arrives late and in bulk has not waited for the disk, and
        neither has signal in transit when the computer went to sleep.
        """
        to_be_written_s = self._heard_s - self._first_waiting_s if self._n_put > self.n_written else 0.0
        waits_for_s = max(to_be_written_s, self._heard_s - self._sync_moved_s)
        if waits_for_s < REPORTED_WAIT_S:
            return ""
        return (
            f"the disk has taken nothing for {waits_for_s:.1f} s: the signal waits in memory, which has room for "
            f"{self._longest_wait_s:.0f} s"
        )

    def put(self, block: Block) -> None:
        """Count a block that waits from now on; called by the thread that queues it."""
        self._heard_s += min(block.arrival_s - self._last_put_s, LONGEST_STEP_S)
        self._last_put_s = block.arrival_s
        if self._n_put == self.n_written:
            self._first_waiting_s = self._heard_s
        if self._sync.is_idle or self._sync.n_done != self._n_synced_seen:
            self._n_synced_seen, self._sync_moved_s = self._sync.n_done, self._heard_s
        self._heard_of_waiting.append(self._heard_s)
        self._n_put += block.n_samples - block.n_lost

    def begin(self) -> None:
        """Note that the first waiting block is being written; called by the writing thread."""
        self._first_waiting_s = self._heard_of_waiting.popleft()

    def end(self, block: Block) -> None:
        """Note that the block is written."""
        self.n_written += block.n_samples - block.n_lost
