"""Detection of a weak heart: earlier beats like one burst, found under the noise at the intervals of a heart."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from dsp.compiled._kernel import Kernel
from dsp.heart.likeness import Samples, project
from dsp.recent import Recent

STEP_S = 0.004
"""Length of the compared means. A QRS complex is below 60 Hz: means of two such steps keep it and little noise."""

LOOK_BACK_S = 7.0
LATEST_S = 1.0
"""Longest time from the middle of a brief burst to its verdict."""
BEFORE_S, AFTER_S = 0.035, 0.050
"""Compared part of a beat before and after its middle: shorter than in the template, since the rest is noise."""

LEAST_ECHO, LEAST_ECHO_ALONE = 0.25, 0.6
"""Least likeness at a beat; the second on a single channel, where brief bursts resemble each other."""
LEAST_OVER, LEAST_MEAN_OVER = 2.0, 3.0
"""Least likeness relative to its usual value in this signal: of each beat, and on average over all beats."""
LEAST_ECHO_GAIN, MOST_ECHO_GAIN = 0.4, 2.5

LEAST_ECHOES, LEAST_SHARE = 4, 0.7
"""Least number of earlier beats of a heart, and least share of those for which there was time."""
SHORTEST_ECHO_S, LONGEST_ECHO_S, TOLERANCE = 0.4, 1.5, 0.15
"""Allowed beat intervals, and the relative difference allowed from the intervals before."""
APART_S, MOST_BETWEEN = 0.1, 0.5
"""Least distance between echoes. More than `MOST_BETWEEN` other echoes per beat are the discharges of a motor unit."""

ALIGNMENTS, SLACK_S = 2, 0.012
"""Number of times that beats are aligned to their mean, and the largest shift: a burst's centre of energy differs
between beats by less than this."""
LEAST_PAUSE_S, MOST_PAUSE_S = 1.0, 4.0
"""Shortest and longest pause between searches, which cost more than a verdict. Each one without a result doubles it."""

Places = NDArray[np.int64]


class _Means:
    """Means of the band-passed signal in steps, formed as it arrives, so that a verdict need not read seconds of it.

    Parameters
    ----------
    step, n_kept : int
        Number of samples in each mean, and number of means that are kept.
    """

    def __init__(self, step: int, n_kept: int) -> None:
        self._step, self._n_kept = step, n_kept
        self._parts: deque[Samples] = deque()
        self._first = self._end = 0

    def follow(self, kernel: Kernel) -> None:
        """Add the signal since the last call and discard parts that are too old."""
        n_new = max(0, kernel.index - 1) // self._step - self._end
        self._parts.append(kernel.band_means(self._end * self._step, n_new, self._step))
        self._end += n_new
        while self._end - self._first - len(self._parts[0]) >= self._n_kept:
            self._first += len(self._parts.popleft())

    def between(self, first: int, stop: int, kernel: Kernel) -> Samples:
        """Return means [first, stop), counted from the start of the signal."""
        if not self._first <= first < self._end:
            return kernel.band_means(first * self._step, stop - first, self._step)
        latest = kernel.band_means(self._end * self._step, max(0, stop - self._end), self._step)
        return np.concatenate((*self._parts, latest))[first - self._first : stop - self._first]


class Echoes:
    """Periodic search for earlier beats of a heart, most of which cross no threshold.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the signal.

    Attributes
    ----------
    step_s : float
        Length of a step in seconds, about `STEP_S`.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self._rate_hz = sampling_rate_hz
        self._step = step_samples(sampling_rate_hz)
        self.step_s = self._step / sampling_rate_hz
        self._slack = max(1, round(SLACK_S * sampling_rate_hz))
        self._means = _Means(self._step, round((LOOK_BACK_S + LATEST_S) * sampling_rate_hz) // self._step)
        self._next_at, self._pause_s = 0, LEAST_PAUSE_S

    def follow(self, kernel: Kernel) -> None:
        """Add the signal since the last call; called once a second."""
        self._means.follow(kernel)

    def find(self, recent: Recent, kernel: Kernel, centre: int, core: tuple[int, int]) -> list[int]:
        """Return the centres of earlier beats like a burst, at a heart's intervals, latest first; empty if no heart.

        Parameters
        ----------
        recent : Recent
            The signal around the burst.
        kernel : Kernel
            Kernel with the signal that it still holds.
        centre : int
            Sample index of the burst's centre of energy.
        core : tuple of int
            Start and stop, in samples from a beat's middle, of the part by which beats are aligned to their mean.
        """
        if centre < self._next_at:
            return []
        weights, step = recent.weights, self._step
        means, middle = self.lately(recent, kernel, centre)
        is_alone = int(np.count_nonzero(weights)) < 2
        rows = earlier_beats(means * weights, middle, self.step_s, is_alone)
        self._pause_s = LEAST_PAUSE_S if rows else min(2.0 * self._pause_s, MOST_PAUSE_S)
        self._next_at = centre + round(self._pause_s * self._rate_hz)
        return self._in_step([centre + (row - middle) * step for row in rows], kernel, weights, core)

    def lately(self, recent: Recent, kernel: Kernel, centre: int) -> tuple[Samples, int]:
        """Return means in steps from `LOOK_BACK_S` before a sample to the end of `recent`, and that sample's row."""
        step = self._step
        middle, stop = centre // step, (recent.start + recent.band_uv.shape[0]) // step
        first = max(0, middle - round(LOOK_BACK_S * self._rate_hz) // step)
        return self._means.between(first, stop, kernel), middle - first

    def _in_step(self, places: list[int], kernel: Kernel, weights: Samples, core: tuple[int, int]) -> list[int]:
        """Return the positions of beats after alignment of each to the mean of all."""
        low, high = core
        for _ in range(ALIGNMENTS if places else 0):
            mean = np.mean([kernel.band(at + low, at + high) for at in places], axis=0) * weights
            around = [kernel.band(at + low - self._slack, at + high + self._slack) * weights for at in places]
            lags = [int(np.argmax(project(rows, mean)[1])) - self._slack for rows in around]
            places = [at + lag for at, lag in zip(places, lags, strict=True)]
        return places


def smooth(band_uv: Samples, rate_hz: float) -> Samples:
    """Return a triangular moving mean over two steps, which does not change a QRS complex.

    At 250 samples/s a step is one sample, and the signal is returned unchanged: the band holds little that is faster.
    """
    step = step_samples(rate_hz)
    near = 1.0 - np.abs(np.arange(1 - step, step)) / step
    padded = np.pad(band_uv, ((step - 1, step - 1), (0, 0)))
    return np.stack([np.convolve(column, near / step, "valid") for column in padded.T], axis=1)


def step_samples(rate_hz: float) -> int:
    """Return the number of samples in a step."""
    return max(1, round(STEP_S * rate_hz))


def earlier_beats(means: Samples, at: int, step_s: float, is_alone: bool) -> list[int]:
    """Return the rows of earlier beats like the one around row `at`, latest first; empty if they are no heart.

    Parameters
    ----------
    means : ndarray of float64, shape (n, n_channels)
        Means of the signal in steps, each channel relative to its noise.
    at : int
        Row of the beat's centre of energy.
    step_s : float
        Time between rows in seconds, about `STEP_S`.
    is_alone : bool
        Whether only one channel is used.
    """
    before, after = round(BEFORE_S / step_s), round(AFTER_S / step_s)
    pairs = 0.5 * (means[1:] + means[:-1])
    if at - before < before + after or at + after > len(pairs):
        return []
    gain, likeness = project(pairs[:at], pairs[at - before : at + after])
    usual = max(1.4826 * float(np.median(np.abs(likeness))), 1e-12)
    least = max(LEAST_ECHO_ALONE if is_alone else LEAST_ECHO, LEAST_OVER * usual)
    is_echo = (likeness >= least) & (gain >= LEAST_ECHO_GAIN) & (gain <= MOST_ECHO_GAIN)
    places = _apart(np.flatnonzero(is_echo), likeness, round(APART_S / step_s))
    chains = [_chain(at - before, place, places) for place in places[_first(at - before - places, step_s)]]
    chains = [chain for chain in chains if _is_heart(chain, at - before, places, likeness, usual)]
    return [place + before for place in max(chains, key=len, default=[])]


def _first(back: Places, step_s: float) -> NDArray[np.bool_]:
    """Return which echoes lie one beat interval back."""
    return (back * step_s >= SHORTEST_ECHO_S) & (back * step_s <= LONGEST_ECHO_S)


def _apart(places: Places, likeness: Samples, least: int) -> Places:
    """Return the sorted places without those less than `least` from one of higher likeness."""
    kept: list[int] = []
    for place in places[np.argsort(-likeness[places], kind="stable")]:
        if all(abs(place - other) >= least for other in kept):
            kept.append(int(place))
    return np.array(sorted(kept), np.int64)


def _chain(now: int, first: int, places: Places) -> list[int]:
    """Return the echoes that lead up to `now` at steady intervals through `first`. Single beats may be missing.

    `Rhythm.chain` follows bursts from one to the next. Many echoes are no beats, so here the one nearest to the
    expected time counts.
    """
    chain, period = [int(first)], float(now - first)
    while True:
        back = chain[-1] - places
        for n_beats in (1, 2):
            off = np.abs(back - n_beats * period)
            nearest = int(np.argmin(off))
            if off[nearest] <= TOLERANCE * period:
                break
        else:
            return chain
        period = 0.5 * (period + float(back[nearest]) / n_beats)
        chain.append(int(places[nearest]))


def _is_heart(chain: list[int], now: int, places: Places, likeness: Samples, usual: float) -> bool:
    """Return whether a chain has enough echoes, clear enough and with few others between them, to be a heart."""
    period = (now - chain[-1]) / len(chain)
    if len(chain) < max(LEAST_ECHOES, LEAST_SHARE * now / period):
        return False
    n_between = np.count_nonzero(places >= chain[-1]) - len(chain)
    return bool(n_between <= MOST_BETWEEN * len(chain) and np.mean(likeness[chain]) >= LEAST_MEAN_OVER * usual)
