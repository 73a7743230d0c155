"""Unwrapping of the board's 8-bit packet counter to sample indices, with the clock's help where 8 bits are too few.

The counter alone cannot detect a loss of 256 packets. The clock alone cannot distinguish late packets from lost ones
after a silence. So after a silence that is long enough to hide a wrap, packets are held until they no longer catch up
with the clock; the packets missing then are lost. Packets that may lie before or after such a loss are discarded as
lost themselves.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from acquisition.link.protocol import COUNTER_PERIOD

HALF_PERIOD = COUNTER_PERIOD // 2

HIDING_SHARE = 0.75
"""A silence of this fraction of a counter period may hide a wrap, allowing for a board far off its rate."""

WHOLE_SHARE = 0.95
"""The same for the longest possible silence: the last packets may have come right after the read before them, as fast
as packets are produced."""

SETTLE_S = 0.1
"""When the lag has not changed for this time in seconds, there is no backlog left to drain."""

MOST_EVIDENCE_S = 0.05
"""Largest part of that time in seconds that one pause between two batches counts for, since a pause alone does not
exclude a backlog."""

ABANDON_S = 0.5
"""When nothing follows the held packets for this time in seconds, they are released with what is known."""

ANCHOR_S = 0.5
"""Window in seconds whose least late batch gives the expected index."""

JITTER_S = 0.025
"""Largest apparent lead of a batch over the clock in seconds: one USB latency period and a scheduling delay."""

JITTER_SAMPLES = 8
MAX_JITTER_SAMPLES = 100
"""Samples added to that lead, and its upper limit: half a period or more would be ambiguous."""

REPEAT_SAMPLES = 8
"""A packet at most this far behind the last one is a repetition, when too little time has passed for a wrap."""

REPEATED = -1
"""Index of a repeated packet."""

LOST = -2
"""Index of a packet whose index cannot be determined."""


@dataclass(slots=True)
class _Hold:
    """State of the held packets.

    Attributes
    ----------
    index_before : int
        Index of the last packet before them.
    from_s : float
        Time of the host's last read before the first of them came, in seconds.
    n_packets : int
        Number of held packets.
    n_late : int
        Number of them, from the first, that may have been delayed, so that the loss may lie before, after or among
        them.
    places : list of int
        Numbers of those that came after a silence long enough to hide a loss.
    """

    index_before: int
    from_s: float
    n_packets: int = 0
    n_late: int = 0
    places: list[int] = field(default_factory=list)

    def places_of_loss(self, indices: NDArray[np.int64]) -> tuple[int, int]:
        """Return the first and last packet before which whole periods may have been lost; equal when certain."""
        kept = np.flatnonzero(indices != REPEATED)
        steps = np.diff(indices[kept], prepend=self.index_before)
        among_late = kept[(steps != 1) & (kept < self.n_late)].tolist()
        if self.n_late and not among_late:
            among_late = [0, self.n_late]
        places = [*among_late, *(place for place in self.places if place >= self.n_late)]
        return min(places, default=0), max(places, default=0)


class CounterUnwrapper:
    """Conversion of packet counters to sample indices, counted from the board's start and including lost packets.

    Parameters
    ----------
    sampling_rate_hz : float
        Nominal rate of the packets in Hz. Set the attribute again once the true rate is known.
    start_s : float
        Time of the host's monotonic clock when the start command was sent, in seconds.
    aligned_to : int
        After a restart, indices and counters agree modulo this number (2 when even and odd packets differ).

    Attributes
    ----------
    n_lost : int
        Packets lost so far, including those whose index could not be determined.
    n_restarts : int
        Number of restarts of the counter.
    n_repeated : int
        Number of repeated packets.
    """

    def __init__(self, sampling_rate_hz: float, start_s: float, aligned_to: int = 1) -> None:
        self.sampling_rate_hz = sampling_rate_hz
        self.n_lost = 0
        self.n_restarts = 0
        self.n_repeated = 0
        self._aligned_to = aligned_to
        self._has_begun = False
        self._last_index = -1
        self._last_counter = COUNTER_PERIOD - 1
        self._last_arrival_s = start_s
        self._earliest_arrival_s = start_s
        self._anchors: deque[tuple[int, float]] = deque([(-1, start_s)])
        self._last_look_s = start_s
        self._held: list[NDArray[np.int64]] = []
        self._hold = _Hold(-1, start_s)
        self._lag_seen = 0.0
        self._settled_s = 0.0

    @property
    def n_held(self) -> int:
        """Number of packets whose index is still undecided."""
        return sum(len(batch) for batch in self._held)

    def unwrap(self, counters: NDArray[np.uint8], now_s: float) -> NDArray[np.int64]:
        """Return the indices that are decided now, first of the held packets and then of these.

        Also call it with an empty array when no packet came, so that packets are not held for ever.

        Parameters
        ----------
        counters : ndarray of uint8, shape (n,)
            Counters of *all* packets that have arrived, in order.
        now_s : float
            Time of the host's monotonic clock when they had arrived, in seconds.

        Returns
        -------
        ndarray of int64, shape (m,)
            Indices of all undecided packets, or of none. They increase, except for `REPEATED` and `LOST` (both
            negative), which mark packets to be dropped.
        """
        silence_s = now_s - self._last_arrival_s
        last_look_s, self._last_look_s = self._last_look_s, now_s
        if not len(counters):
            return self._release(self._n_wraps(), now_s) if self._held and silence_s >= ABANDON_S else _none()
        expected = self._expected(now_s)
        if not self._held:
            self._hold = _Hold(self._last_index, last_look_s)
        indices = self._resolve(counters, expected)
        lag = expected - self._last_index
        if not self._has_begun:
            self._anchors.clear()  # the board takes some time to start
        period_s = COUNTER_PERIOD / self.sampling_rate_hz
        hiding_s = HIDING_SHARE * period_s
        longest_s = now_s - self._earliest_arrival_s
        is_unseen = not self._held and longest_s >= WHOLE_SHARE * period_s
        may_hide_wraps = self._has_begun and (silence_s >= hiding_s or is_unseen)
        self._has_begun = True
        self._last_arrival_s = now_s
        self._earliest_arrival_s = min(now_s, last_look_s + counters.size / self.sampling_rate_hz)
        if not self._held and not (may_hide_wraps and lag >= HALF_PERIOD):
            self._anchor(now_s)
            return indices
        self._watch_lag(lag, silence_s)
        if may_hide_wraps:
            self._hold.places.append(self._hold.n_packets)
        self._held.append(indices)
        self._hold.n_packets += indices.size
        n_fresh = self._tolerance() + (now_s - self._hold.from_s) * self.sampling_rate_hz
        if self._hold.n_packets > n_fresh or now_s - last_look_s >= hiding_s:
            self._hold.n_late = self._hold.n_packets
        if lag < HALF_PERIOD:
            return self._release(0, now_s)
        if self._settled_s >= SETTLE_S:
            return self._release(self._n_wraps(), now_s)
        return _none()

    def _expected(self, now_s: float) -> float:
        """Return the index that the newest packet would have if it were not late."""
        index, arrival_s = self._anchors[0]
        return index + (now_s - arrival_s) * self.sampling_rate_hz

    def _anchor(self, now_s: float) -> None:
        """Add the last packet as an anchor and remove old ones, so that a board that is merely slow is followed.

        The first anchor is the least late batch of the last `ANCHOR_S`. An older and later one can never become the
        first again and is removed.
        """
        anchors = self._anchors
        while anchors and anchors[0][1] < now_s - ANCHOR_S:
            anchors.popleft()
        while anchors and anchors[-1][0] + (now_s - anchors[-1][1]) * self.sampling_rate_hz <= self._last_index:
            anchors.pop()
        anchors.append((self._last_index, now_s))

    def _watch_lag(self, lag: float, silence_s: float) -> None:
        """Measure for how long the lag of the held packets behind the clock has not changed."""
        has_moved = abs(lag - self._lag_seen) > max(2.0, 0.004 * self.sampling_rate_hz)
        if not self._held or has_moved:  # smaller: a backlog drains; larger: a new stall, or more losses
            self._lag_seen = lag
            self._settled_s = 0.0
        else:
            self._settled_s += min(silence_s, MOST_EVIDENCE_S)

    def _n_wraps(self) -> int:
        return max(0, round(self._lag_seen / COUNTER_PERIOD))

    def _release(self, n_wraps: int, now_s: float) -> NDArray[np.int64]:
        """Return the indices of the held packets, with `n_wraps` whole periods lost among them."""
        indices = np.concatenate(self._held)
        self._held.clear()
        if n_wraps:
            n_missing = n_wraps * COUNTER_PERIOD
            first, last = self._hold.places_of_loss(indices)
            number, is_kept = np.arange(indices.size), indices != REPEATED
            is_doubtful = is_kept & (number >= first) & (number < last)
            indices[is_kept & (number >= last)] += n_missing
            indices[is_doubtful] = LOST
            self._last_index += n_missing
            self.n_lost += n_missing + int(np.count_nonzero(is_doubtful))
            self._anchors.clear()
        self._anchor(self._last_arrival_s)
        return indices

    def _tolerance(self) -> float:
        """Return the number of packets by which a batch may appear early."""
        return min(JITTER_SAMPLES + JITTER_S * self.sampling_rate_hz, MAX_JITTER_SAMPLES)

    def _resolve(self, counters: NDArray[np.uint8], expected: float) -> NDArray[np.int64]:
        """Return the indices, assuming that no whole period was lost, and count lost packets."""
        if self._goes_on(counters):
            indices = np.arange(self._last_index + 1, self._last_index + 1 + counters.size, dtype=np.int64)
            self._last_index = int(indices[-1])
            self._last_counter = int(counters[-1])
            return indices
        first_expected = expected - (counters.size - 1)
        return np.array(
            [self._index_of(counter, first_expected + place) for place, counter in enumerate(counters.tolist())],
            np.int64,
        )

    def _goes_on(self, counters: NDArray[np.uint8]) -> bool:
        if int(counters[0]) != (self._last_counter + 1) % COUNTER_PERIOD:
            return False
        return counters.size == 1 or bool(np.all(counters[1:] - counters[:-1] == 1))  # modulo 256 by their type

    def _index_of(self, counter: int, expected: float) -> int:
        """Return the index of one packet, `expected` by the clock."""
        step = (counter - self._last_counter) % COUNTER_PERIOD or COUNTER_PERIOD
        early = self._last_index + step - expected
        tolerance = self._tolerance()
        # A zero after a further loss of whole periods agrees with the clock; after a restart it does so only by chance.
        off_period = (early + HALF_PERIOD) % COUNTER_PERIOD - HALF_PERIOD
        looks_restarted = counter == 0 and abs(off_period) > tolerance
        if step == 1 or (early <= tolerance and not looks_restarted):
            return self._accept(counter, self._last_index + step)
        if step == COUNTER_PERIOD or (counter != 0 and step >= COUNTER_PERIOD - REPEAT_SAMPLES and early > tolerance):
            self.n_repeated += 1
            return REPEATED
        return self._restart(counter, expected)

    def _restart(self, counter: int, expected: float) -> int:
        """Continue at the index expected by the clock."""
        index = self._last_index + 1
        if self._has_begun:
            self.n_restarts += 1
            index = max(index, round(expected))
        return self._accept(counter, index + (counter - index) % self._aligned_to)

    def _accept(self, counter: int, index: int) -> int:
        self.n_lost += index - self._last_index - 1
        self._last_index = index
        self._last_counter = counter
        return index


def _none() -> NDArray[np.int64]:
    return np.empty(0, np.int64)
