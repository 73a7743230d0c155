"""Fit of sampling period and losses to the time stamps of a stream.

The lateness of a stamp is its difference from an even clock. Stamps jitter, singly or in whole chunks, in both
directions or only late. They stall while a program is held up, and their rate may differ from the nominal one. Such
lateness recovers or grows steadily. A loss is a lasting upward step of the lateness.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPARSE_HZ = 100.0
"""Stamps are thinned to this many a second; full resolution is used only near a step."""

SHORT_S, SOON_S, LEVEL_S, HORIZON_S = 0.1, 1.0, 4.0, 60.0
"""Windows in which lateness is measured: just after a step, soon after it, the level on both sides, a distant check."""

MIN_TAIL_S = 0.5
"""Minimum duration of signal after a loss: the last stamps may only have been late."""

LEAST_PERIODS, LEAST_JITTERS = 0.75, 3.0
"""Minimum step of a loss: in sample periods, and in standard deviations of the jitter."""

SUSPECT = 0.6
"""Share of the minimum step above which a step is examined, and reported as suspect where it lasts."""

KEPT = 0.8
"""Share of the minimum step below which a step, measured again, is discarded as jitter."""

DEVIATION_PER_QUARTILE = 1 / 0.6745
"""Standard deviation of normally distributed numbers over the median of their magnitude."""

LEAST_PERIOD_S = 1e-7
"""No stream has a shorter sample period; below it, its stamps stand still."""

MAX_STAMPS = 500_000
"""Maximum number of differences used for a median."""


@dataclass(frozen=True, slots=True, eq=False)
class StampFit:
    """Sample positions of a stream, fitted to its time stamps.

    Attributes
    ----------
    period_s : float
        Seconds between samples according to the stamps.
    jitter_s : float
        Standard deviation of a stamp.
    uneven_s : float
        Mean absolute change of the lateness over `LEVEL_S` of samples.
    starts, n_lost : tuple of int
        First sample after each loss, and the number of samples lost there.
    suspect_s : tuple of float
        Lasting steps of the stamps that may be losses but hardly exceed the jitter.
    block_places, block_late_s : ndarray of float64, shape (n_blocks,)
        Mean position of each second of signal, in samples including lost ones, and the median lateness of its stamps.
    """

    period_s: float
    jitter_s: float
    uneven_s: float
    starts: tuple[int, ...]
    n_lost: tuple[int, ...]
    suspect_s: tuple[float, ...]
    block_places: NDArray[np.float64]
    block_late_s: NDArray[np.float64]

    def places(self, n_samples: int) -> NDArray[np.int64]:
        """Return the position of each of `n_samples` samples, counting lost ones; the first is 0."""
        return _places(np.arange(n_samples, dtype=np.int64), self.starts, self.n_lost)

    def places_of(self, since_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return times since the first stamp as positions in samples; the jitter of single stamps has no effect."""
        late_s = np.interp(since_s / self.period_s, self.block_places, self.block_late_s)
        places: NDArray[np.float64] = (since_s - late_s) / self.period_s
        return places


def fit_stamps(times_s: NDArray[np.float64], declared_hz: float | None) -> StampFit | None:
    """Fit period and losses, or return None where the stamps do not advance.

    Several periods are tried: the nominal one; the median difference of consecutive stamps (right where much is lost
    and the stamps are exact); the median difference over some seconds (right where they jitter and little is lost); and
    the best of these corrected by its residual drift. The fit with the most even stamps is returned.

    Parameters
    ----------
    times_s : ndarray of float64
        Time stamps in seconds, at least one.
    declared_hz : float or None
        Nominal rate of the stream.
    """
    fits = [_Trial(times_s, period_s).fit() for period_s in _periods(times_s, declared_hz)]
    if not fits:
        return None
    best = min(fits, key=lambda fit: fit.uneven_s)
    half = len(best.block_places) // 2
    if half:
        drift_s = np.median(best.block_late_s[half:] - best.block_late_s[:-half])
        drift = float(drift_s / (best.block_places[half] - best.block_places[0]))
        if abs(drift) < best.period_s / 2:
            best = min(best, _Trial(times_s, best.period_s + drift).fit(), key=lambda fit: fit.uneven_s)
    return best


def fit_stamps_at(times_s: NDArray[np.float64], rate_hz: float) -> StampFit:
    """Fit losses at a known rate."""
    return _Trial(times_s, 1.0 / rate_hz).fit()


def _periods(times_s: NDArray[np.float64], declared_hz: float | None) -> Iterator[float]:
    rough_s = _middle_period_s(times_s, max(1, len(times_s) // 64))
    if not rough_s > 0.0:  # stamps that are equal within large chunks
        rough_s = float(times_s[-1] - times_s[0]) / max(1, len(times_s) - 1)
    if not rough_s > LEAST_PERIOD_S:
        return
    if declared_hz is not None:
        yield 1.0 / declared_hz
    for lag_s in (0.0, SOON_S, LEVEL_S):
        lag = int(min(max(1.0, lag_s / rough_s), max(1, len(times_s) // 4)))
        period_s = _middle_period_s(times_s, lag)
        if 0.2 * rough_s < period_s < 5.0 * rough_s:
            yield period_s


def _middle_period_s(times_s: NDArray[np.float64], lag: int) -> float:
    places = _spread(len(times_s) - lag)
    return float(np.median(times_s[places + lag] - times_s[places])) / lag if len(places) else np.nan


def _quantiles(values: NDArray[np.float64], *shares: float) -> list[float]:
    """Return quantiles as `numpy.quantile` does, many times faster for few numbers."""
    ordered = np.sort(values).tolist()
    found = []
    for share in shares:
        part, place = math.modf(share * (len(ordered) - 1))
        low, high = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
        found.append(low + part * (high - low))
    return found


def _spread(n_samples: int) -> NDArray[np.int64]:
    """Return all indices below `n_samples`, or `MAX_STAMPS` spread evenly, at any phase of chunks of equal length."""
    return np.linspace(0, n_samples - 1, min(max(0, n_samples), MAX_STAMPS)).astype(np.int64)


def _places(numbers: NDArray[np.int64], starts: tuple[int, ...], n_lost: tuple[int, ...]) -> NDArray[np.int64]:
    lost_before = np.concatenate(([0], np.cumsum(np.array(n_lost, np.int64))))
    return numbers + lost_before[np.searchsorted(np.array(starts, np.int64), numbers, "right")]


class _Trial:
    """Search for losses at a given sample period.

    Parameters
    ----------
    times_s : ndarray of float64
        Time stamps.
    period_s : float
        Seconds between samples.
    """

    def __init__(self, times_s: NDArray[np.float64], period_s: float) -> None:
        self._times_s = times_s
        self._period_s = period_s
        self._thin = max(1, int(1.0 / (SPARSE_HZ * period_s)))
        self._n_short = self._n_sparse(SHORT_S) // 2 * 2 + 1
        self._n_level = self._n_sparse(LEVEL_S)
        self._jitter_s = self._jitter()
        self._least_s = max(LEAST_PERIODS * period_s, LEAST_JITTERS * self._jitter_s)
        self._suspects: list[tuple[int, float]] = []

    def fit(self) -> StampFit:
        """Return the fit."""
        starts, n_lost = self._losses(self._steps())
        suspect_s = self._suspects_away_from(starts)
        places = _places(np.arange(0, len(self._times_s), self._thin), starts, n_lost)
        late_s = self._times_s[:: self._thin] - self._times_s[0] - places * self._period_s
        lag = min(self._n_level, len(late_s) // 4)
        uneven_s = float(np.abs(late_s[lag:] - late_s[:-lag]).mean()) if lag else 0.0
        cuts = np.arange(1, len(late_s) // self._n_sparse(SOON_S)) * self._n_sparse(SOON_S)
        block_places = np.array([part.mean() for part in np.split(places, cuts)])
        block_late_s = np.array([np.median(part) for part in np.split(late_s, cuts)])
        return StampFit(self._period_s, self._jitter_s, uneven_s, starts, n_lost, suspect_s, block_places, block_late_s)

    def _n_sparse(self, duration_s: float) -> int:
        return max(3, round(duration_s / (self._thin * self._period_s)))

    def _late_s(self, start: int, stop: int, thin: int = 1) -> NDArray[np.float64]:
        numbers = np.arange(max(0, start), min(stop, len(self._times_s)), thin)
        late_s: NDArray[np.float64] = self._times_s[numbers] - self._times_s[0] - numbers * self._period_s
        return late_s

    def _jitter(self) -> float:
        """Return the standard deviation of a stamp. Jitter steps back as often as forward, a loss never does."""
        numbers = _spread(len(self._times_s) - 1)
        steps_s = self._times_s[numbers + 1] - self._times_s[numbers]
        back_s = self._period_s - steps_s[steps_s < 0.9 * self._period_s]
        if len(back_s) * LEVEL_S < len(steps_s) * self._period_s or not len(back_s):
            return 0.0  # single late stamps
        return float(np.median(back_s)) * DEVIATION_PER_QUARTILE / math.sqrt(2.0)

    def _steps(self) -> list[int]:
        """Return the first sample after each lasting step."""
        late_s = self._late_s(0, len(self._times_s), self._thin)
        steps: list[int] = []
        for place in self._places_of_rises(late_s):
            before_s = late_s[max(0, place - self._n_level) : place]
            rise_s = self._lasting_rise_s(late_s, before_s, place)
            if not rise_s:
                continue
            start = self._where(place, float(np.median(before_s)), rise_s)
            if start <= (steps[-1] if steps else 0) or start >= len(self._times_s):
                continue
            steps.append(start)
            first = -(-start // self._thin)
            late_s[max(0, first - self._n_level) : first] += rise_s  # the next step is compared with its own level
        return steps

    def _places_of_rises(self, late_s: NDArray[np.float64]) -> list[int]:
        n_short = self._n_short
        if len(late_s) < 2 * n_short:
            return []
        level_s = np.median(np.lib.stride_tricks.sliding_window_view(late_s, n_short), axis=1)
        rise_s = level_s[n_short:] - level_s[:-n_short]
        around_s = np.lib.stride_tricks.sliding_window_view(np.pad(rise_s, n_short // 2, mode="edge"), n_short)
        places = np.flatnonzero(rise_s >= SUSPECT * self._least_s)
        found: list[int] = (places[rise_s[places] >= around_s[places].max(axis=1)] + n_short).tolist()
        return found

    def _lasting_rise_s(self, late_s: NDArray[np.float64], before_s: NDArray[np.float64], place: int) -> float:
        """Return the lasting rise of the lateness at `place`, or 0 where there is none."""
        lowest_s, low_s, middle_s, high_s = _quantiles(before_s, 0.05, 0.25, 0.5, 0.75)
        (first_s,) = _quantiles(late_s[place : place + self._n_short], 0.5)
        unit_s = self._thin * self._period_s
        least_s = max(self._least_s, LEAST_JITTERS * (high_s - low_s) / 2 * DEVIATION_PER_QUARTILE)
        rise_s = first_s - middle_s
        if rise_s < SUSPECT * least_s:
            return 0.0
        stop = min(len(late_s), place + int(rise_s / unit_s) + self._n_level)  # a stalled program has caught up by then
        after_s = late_s[max(place, stop - self._n_level) : stop]
        tail_s = (stop - place) * unit_s
        soon_after_s, middle_after_s = _quantiles(after_s, 0.25, 0.5)
        catches_up = first_s - _quantiles(after_s[-self._n_short :], 0.5)[0] > tail_s / 2
        if tail_s < MIN_TAIL_S or catches_up or soon_after_s <= high_s:
            return 0.0
        soon_s = late_s[place : place + self._n_sparse(SOON_S)]
        soon_rise_s = _quantiles(soon_s, 0.25)[0] - low_s  # lower quartile: another loss may follow
        if soon_rise_s < rise_s + least_s:
            rise_s = soon_rise_s
        rise_s = min(rise_s, middle_after_s - middle_s)
        afar_s = late_s[place : place + self._n_sparse(HORIZON_S)]
        if rise_s < SUSPECT * least_s or np.percentile(afar_s, 5) < lowest_s + rise_s / 2:
            return 0.0
        if rise_s < least_s:
            self._suspects.append((place * self._thin, float(rise_s)))
            return 0.0
        return float(rise_s)

    def _where(self, place: int, before_s: float, rise_s: float) -> int:
        """Return the sample that best separates the stamps before a step from those after it."""
        start = max(0, place - self._n_short) * self._thin
        late_s = self._late_s(start, (place + self._n_short) * self._thin) - before_s
        return start + 1 + int(np.argmin(np.cumsum(np.abs(late_s) - np.abs(late_s - rise_s))))

    def _losses(self, steps: list[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the steps that are losses and the samples lost at each, from the levels between the steps."""
        rises_s = [self._rise_s(steps, number) for number in range(len(steps))]
        while rises_s and min(rises_s) < KEPT * self._least_s:
            least = rises_s.index(min(rises_s))
            del steps[least], rises_s[least]
            for number in range(max(0, least - 1), min(least + 1, len(steps))):
                rises_s[number] = self._rise_s(steps, number)
        return tuple(steps), tuple(round(rise_s / self._period_s) for rise_s in rises_s)

    def _rise_s(self, steps: list[int], number: int) -> float:
        n_level = self._n_level * self._thin
        at = steps[number]
        before = steps[number - 1] if number else 0
        after = steps[number + 1] if number + 1 < len(steps) else len(self._times_s)
        behind_s = float(np.median(self._late_s(at, min(at + n_level, after))))
        return behind_s - float(np.median(self._late_s(max(at - n_level, before), at)))

    def _suspects_away_from(self, starts: tuple[int, ...]) -> tuple[float, ...]:
        """Return the suspect steps, except those near a loss or another suspect."""
        n_near = self._n_level * self._thin
        taken = list(starts)
        found: list[float] = []
        for place, rise_s in self._suspects:
            number = bisect_left(taken, place - n_near)
            if number == len(taken) or taken[number] > place + n_near:
                taken.insert(number, place)
                found.append(rise_s)
        return tuple(found)
