"""Host time of each sample, by regression of the sample index on the arrival times."""

from collections import deque
from itertools import combinations

import numpy as np

BUCKET_S = 0.25
"""Length of a bucket in seconds. Only the least late arrival of each bucket is kept."""

WINDOW_BUCKETS = 240
"""Length of the regression, 60 s: long enough to average out 16 ms bursts, short enough to follow a warming clock."""

MIN_SPAN_S = 2.0
"""Span of host time below which the nominal rate is used instead of the estimate."""

OUTLIER_MADS = 4.0
"""Arrivals later than the fit by more than this many median absolute deviations are treated as stalls and left out."""

MIN_SPREAD_S = 1e-4
"""Lower limit of that deviation in seconds, so that a simulated stream without jitter keeps its points."""


class SampleClock:
    """Fit of host time on the sample index, robust to bursts and stalls.

    A sample can arrive late but never early: USB latency timers deliver in bursts, and drivers stall. The least late
    arrival of each quarter of a second is kept, and a line is fitted through those of the last minute. The fit is
    repeated twice without the points that are far late of the line.

    Parameters
    ----------
    nominal_rate_hz : float
        Nominal sampling rate of the board in Hz, above zero.

    Raises
    ------
    ValueError
        If the rate is not above zero.
    """

    def __init__(self, nominal_rate_hz: float) -> None:
        if not nominal_rate_hz > 0.0:
            raise ValueError(f"the sampling rate must be above 0 Hz, not {nominal_rate_hz}")
        self.nominal_rate_hz = nominal_rate_hz
        self._buckets: deque[tuple[int, float]] = deque(maxlen=WINDOW_BUCKETS)
        self._bucket_number = -1
        self._origin_index = 0
        self._origin_s = 0.0
        self._period_s = 1.0 / nominal_rate_hz
        self._is_fitted = False
        self._stale = False

    def add(self, index: int, arrival_s: float) -> None:
        """Record that sample `index` (since the start) had arrived at host time `arrival_s` in seconds."""
        number = int(index / (BUCKET_S * self.nominal_rate_hz))
        if number != self._bucket_number or not self._buckets:
            self._bucket_number = number
            self._buckets.append((index, arrival_s))
        elif self._lateness_s(index, arrival_s) < self._lateness_s(*self._buckets[-1]):
            self._buckets[-1] = (index, arrival_s)
        else:
            return
        self._stale = True

    @property
    def is_fitted(self) -> bool:
        """True once the rate is an estimate and not the nominal one."""
        self._refit()
        return self._is_fitted

    @property
    def sampling_rate_hz(self) -> float:
        """Estimated sampling rate in Hz; the nominal one until `MIN_SPAN_S` have passed."""
        self._refit()
        return 1.0 / self._period_s

    @property
    def least_late_rates_hz(self) -> tuple[float, ...]:
        """Rates in Hz between each two thirds of the arrivals, from the least late arrival of each third.

        They are coarser than `sampling_rate_hz`, but a wrong clock shows in all three, and stalls seldom bias all of
        them. Empty until there are three buckets of arrivals, 0.75 s.
        """
        n_third = len(self._buckets) // 3
        if n_third == 0:
            return ()
        buckets = list(self._buckets)
        thirds = (buckets[:n_third], buckets[n_third:-n_third], buckets[-n_third:])
        least_late = [min(third, key=lambda one: self._lateness_s(*one)) for third in thirds]
        return tuple(
            (index - first_index) / max(arrival_s - first_arrival_s, MIN_SPREAD_S)
            for (first_index, first_arrival_s), (index, arrival_s) in combinations(least_late, 2)
        )

    @property
    def drift_ppm(self) -> float:
        """Deviation of the board's clock from nominal in parts per million of the host's clock, positive when fast."""
        return (self.sampling_rate_hz / self.nominal_rate_hz - 1.0) * 1e6

    def host_time_s(self, index: float) -> float:
        """Return the host's monotonic time of sample `index` in seconds.

        Raises
        ------
        ValueError
            Before the first sample has arrived.
        """
        if not self._buckets:
            raise ValueError("no sample has arrived yet, so none has a host time")
        self._refit()
        return self._origin_s + (index - self._origin_index) * self._period_s

    @property
    def has_arrivals(self) -> bool:
        """True once a sample has arrived."""
        return bool(self._buckets)

    def index_at(self, host_time_s: float) -> float:
        """Return the sample index at the host's monotonic time `host_time_s`, the inverse of the method `host_time_s`.

        Raises
        ------
        ValueError
            Before the first sample has arrived.
        """
        return self._origin_index + (host_time_s - self.host_time_s(self._origin_index)) / self._period_s

    def _lateness_s(self, index: int, arrival_s: float) -> float:
        return arrival_s - index / self.nominal_rate_hz

    def _refit(self) -> None:
        if not self._stale:
            return
        self._stale = False
        indices = np.array([index for index, _ in self._buckets], np.float64)
        arrivals_s = np.array([arrival_s for _, arrival_s in self._buckets], np.float64)
        self._origin_index = self._buckets[0][0]
        indices -= self._origin_index
        if indices.size < 3 or arrivals_s[-1] - arrivals_s[0] < MIN_SPAN_S:
            self._period_s = 1.0 / self.nominal_rate_hz
            self._origin_s = float(np.min(arrivals_s - indices * self._period_s))
            return
        self._is_fitted = True
        kept = np.ones(indices.size, np.bool_)
        for _ in range(3):
            slope, intercept = np.polyfit(indices[kept], arrivals_s[kept], 1)
            late_s = arrivals_s - (intercept + slope * indices)
            late_s -= np.median(late_s[kept])
            spread_s = max(float(np.median(np.abs(late_s[kept]))), MIN_SPREAD_S)
            kept = late_s <= OUTLIER_MADS * spread_s
        self._period_s = float(slope)
        self._origin_s = float(intercept)
