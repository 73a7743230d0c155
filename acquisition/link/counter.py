"""From the board's 8-bit counter to the index of every sample it made, with the clock's help where 8 bits are too few.

What the counter cannot tell: a silence of 256 lost packets looks like no loss at all. What the clock cannot tell: after
a silence, packets that come late look like packets that are missing. So a silence that is long enough to hide a wrap
puts what follows on hold until the packets have stopped catching up with the clock; what is missing then, was lost.
Packets of which it cannot be told whether they came before such a loss or behind it are given up as lost themselves.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from acquisition.link.protocol import COUNTER_PERIOD

HALF_PERIOD = COUNTER_PERIOD // 2

HIDING_SHARE = 0.75
"""A silence of this share of a counter period may hide a wrap, allowing for a board far off its rate."""

WHOLE_SHARE = 0.95
"""The same of the longest silence that there can have been: the last packets may have come right after the look before
them, as fast as packets are made."""

SETTLE_S = 0.1
"""A backlog that has not shrunk for this long is none: the packets are as fresh as they get."""

MOST_EVIDENCE_S = 0.05
"""So much of that one pause between two batches may count: a pause alone tells nothing of a backlog behind it."""

ABANDON_S = 0.5
"""When nothing at all follows the packets on hold for this long, what is known must do."""

ANCHOR_S = 0.5
"""Of the batches of this time the least late one tells where the stream should be."""

JITTER_S = 0.025
"""How far ahead of the clock a batch may seem to be: one USB latency period and a scheduler's slip."""

JITTER_SAMPLES = 8
MAX_JITTER_SAMPLES = 100
"""Floor of that in samples, and a bound below half a period, beyond which nothing could be told."""

REPEAT_SAMPLES = 8
"""A packet at most this far behind the last one, when no time has passed for a wrap, repeats one already seen."""

REPEATED = -1
"""Index of a packet that repeats one already seen."""

LOST = -2
"""Index of a packet whose place cannot be told."""


@dataclass(slots=True)
class _Hold:
    """What is known of the packets on hold.

    Attributes
    ----------
    index_before : int
        Of the last packet before them.
    from_s : float
        When the host had looked last before the first of them came.
    n_packets : int
        How many they are.
    n_late : int
        How many of them may have waited on their way, so that the loss may lie before, behind or among them.
    places : list of int
        Numbers of those that came behind a silence long enough to hide a loss.
    """

    index_before: int
    from_s: float
    n_packets: int = 0
    n_late: int = 0
    places: list[int] = field(default_factory=list)

    def places_of_loss(self, indices: NDArray[np.int64]) -> tuple[int, int]:
        """Return before which packets whole periods may have been lost, first and last; one is sure of equal ones."""
        kept = np.flatnonzero(indices != REPEATED)
        steps = np.diff(indices[kept], prepend=self.index_before)
        among_late = kept[(steps != 1) & (kept < self.n_late)].tolist()
        if self.n_late and not among_late:
            among_late = [0, self.n_late]
        places = [*among_late, *(place for place in self.places if place >= self.n_late)]
        return min(places, default=0), max(places, default=0)


class CounterUnwrapper:
    """Give each packet the index of its sample, counted from the board's start, lost ones included.

    Parameters
    ----------
    sampling_rate_hz : float
        Nominal rate of the packets; set the attribute again once the true one is known.
    start_s : float
        Host's monotonic clock when the board was told to start, in seconds.
    aligned_to : int
        After a restart, indices and counters agree modulo this (2 where even and odd packets differ).

    Attributes
    ----------
    n_lost : int
        Packets lost so far, those whose place could not be told included.
    n_restarts : int
        Times that the counter started again.
    n_repeated : int
        Packets that repeated one already seen.
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
        """Packets whose index is not decided yet."""
        return sum(len(batch) for batch in self._held)

    def unwrap(self, counters: NDArray[np.uint8], now_s: float) -> NDArray[np.int64]:
        """Return the indices that are decided now, for the packets on hold first and then for these.

        Call it with an empty array too when no packet came, so that packets on hold are not kept for ever.

        Parameters
        ----------
        counters : ndarray of uint8, shape (n,)
            Counters of *all* packets that had arrived, in order.
        now_s : float
            Host's monotonic clock when they had arrived, in seconds.

        Returns
        -------
        ndarray of int64, shape (m,)
            Indices of all packets that were undecided, or of none: rising, with `REPEATED` or `LOST`, which are below
            zero, for those to be dropped.
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
            self._anchors.clear()  # the board's start takes a time of its own
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
        """Return the index that the newest packet should have now, were it not late."""
        index, arrival_s = self._anchors[0]
        return index + (now_s - arrival_s) * self.sampling_rate_hz

    def _anchor(self, now_s: float) -> None:
        """Remember where the stream is; a board that is merely slow moves the anchors along.

        The least late batch of the last while stands first: what is later and older can never come first again.
        """
        anchors = self._anchors
        while anchors and anchors[0][1] < now_s - ANCHOR_S:
            anchors.popleft()
        while anchors and anchors[-1][0] + (now_s - anchors[-1][1]) * self.sampling_rate_hz <= self._last_index:
            anchors.pop()
        anchors.append((self._last_index, now_s))

    def _watch_lag(self, lag: float, silence_s: float) -> None:
        """Note for how long the packets on hold have come no nearer to the clock."""
        has_moved = abs(lag - self._lag_seen) > max(2.0, 0.004 * self.sampling_rate_hz)
        if not self._held or has_moved:  # nearer: a backlog drains; farther: it stalls anew, or more is lost
            self._lag_seen = lag
            self._settled_s = 0.0
        else:
            self._settled_s += min(silence_s, MOST_EVIDENCE_S)

    def _n_wraps(self) -> int:
        return max(0, round(self._lag_seen / COUNTER_PERIOD))

    def _release(self, n_wraps: int, now_s: float) -> NDArray[np.int64]:
        """Return the indices of the packets on hold, with `n_wraps` whole periods lost among them."""
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
        """Return how many packets may seem to have come before their time."""
        return min(JITTER_SAMPLES + JITTER_S * self.sampling_rate_hz, MAX_JITTER_SAMPLES)

    def _resolve(self, counters: NDArray[np.uint8], expected: float) -> NDArray[np.int64]:
        """Return indices that leave no wrap out, and take note of what was lost."""
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
        """Return the index of one packet, which the clock expects to be about `expected`."""
        step = (counter - self._last_counter) % COUNTER_PERIOD or COUNTER_PERIOD
        early = self._last_index + step - expected
        tolerance = self._tolerance()
        # Zero after a loss of whole periods more is on time by the clock; zero after a restart is so by chance only.
        off_period = (early + HALF_PERIOD) % COUNTER_PERIOD - HALF_PERIOD
        looks_restarted = counter == 0 and abs(off_period) > tolerance
        if step == 1 or (early <= tolerance and not looks_restarted):
            return self._accept(counter, self._last_index + step)
        if step == COUNTER_PERIOD or (counter != 0 and step >= COUNTER_PERIOD - REPEAT_SAMPLES and early > tolerance):
            self.n_repeated += 1
            return REPEATED
        return self._restart(counter, expected)

    def _restart(self, counter: int, expected: float) -> int:
        """Go on where the clock says that the stream is."""
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
