"""Beats in the slow changes of the unfiltered signal: there a QRS complex is largest, and one beat is like the next.

In the detection band, which begins at 30 Hz, one beat of a real heart may differ from the next by more than half.
"""

import numpy as np

from dsp.compiled._alike import averaged_rows
from dsp.heart.likeness import Samples, project
from dsp.recent import Recent

SLOW_S = 0.018
"""Means of so long hold little mains, and their differences little drift: there a QRS complex is largest."""

LEAST_GAIN, MOST_GAIN = 0.55, 1.8
"""How large one beat may be over another."""

LEAST_LIKENESS_SLOW = 0.9
"""Of slow changes, which a beat holds more of, and more alike, than anything else."""


def slow_changes(raw_uv: Samples, n: int) -> Samples:
    """Return by how much the mean of `n` rows is above that of the `n` before; rows before the first are like it."""
    levelled = np.concatenate((np.zeros((2 * n, raw_uv.shape[1])), raw_uv - raw_uv[0]))
    sums = np.cumsum(levelled, axis=0)
    changes: Samples = (sums[2 * n :] - 2.0 * sums[n:-n] + sums[: -2 * n]) / n
    return changes


class SlowChanges:
    """Compares slow changes over all channels, each over what is usual on it.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    step : int
        Samples whose mean is one row of what is compared.
    core : slice
        Rows of a template in which shapes are compared.
    """

    def __init__(self, sampling_rate_hz: float, step: int, core: slice) -> None:
        self._n = max(1, round(SLOW_S * sampling_rate_hz / step))
        self._step = step
        self._core = core

    def weigh(self, recent: Recent) -> Samples:
        """Return one over what is usual on each channel; 0 where a channel is not usable."""
        n_each = self._n * self._step
        n_means = len(recent.raw_uv) // n_each
        usual = np.zeros(recent.raw_uv.shape[1])
        if n_means > 1:
            means = averaged_rows(recent.raw_uv, np.ones(usual.size), 0, n_means, n_each)
            sizes, middle = np.abs(np.diff(means, axis=0)), (n_means - 1) // 2
            usual = 1.4826 * np.partition(sizes, middle, axis=0)[middle]
        weights: Samples = np.where(recent.weights > 0.0, 1.0 / np.maximum(usual, 1e-9), 0.0)
        return weights

    def of(self, raw_uv: Samples, first: int, stop: int) -> Samples:
        """Return the changes between samples [first, stop) of an unfiltered signal, a row for each whole step."""
        n_before = min(2 * self._n, first // self._step)
        n_rows = n_before + (min(stop, len(raw_uv)) - first) // self._step
        rows = averaged_rows(raw_uv, np.ones(raw_uv.shape[1]), first - n_before * self._step, n_rows, self._step)
        return slow_changes(rows, self._n)[n_before:]

    def find(self, seen: Samples, pattern: Samples) -> int | None:
        """Return the row of `seen` at which a pattern of a template's length begins, if it is there.

        Parameters
        ----------
        seen : ndarray of float64, shape (n, n_channels)
            Changes over their usual size.
        pattern : ndarray of float64, shape (length, n_channels)
            The same of a beat.
        """
        n_lags = seen.shape[0] - pattern.shape[0] + 1
        if n_lags < 1:
            return None
        gain, likeness = project(seen[self._core.start : self._core.stop + n_lags - 1], pattern[self._core])
        best = int(np.argmax(likeness))
        is_there = likeness[best] >= LEAST_LIKENESS_SLOW and LEAST_GAIN <= gain[best] <= MOST_GAIN
        return best if is_there else None
