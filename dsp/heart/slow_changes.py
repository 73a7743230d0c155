"""Detection of beats in the slow changes of the unfiltered signal.

There a QRS complex is largest, and beats resemble each other. In the detection band, which begins at 30 Hz, one beat of
a real heart may differ from the next by more than half.
"""

import numpy as np

from dsp.compiled._alike import averaged_rows
from dsp.heart.likeness import Samples, project
from dsp.recent import Recent

SLOW_S = 0.018
"""Length of the means: they hold little mains, their differences hold little drift, and a QRS complex is largest."""

LEAST_GAIN, MOST_GAIN = 0.55, 1.8
"""Allowed ratio of the size of one beat to that of another."""

LEAST_LIKENESS_SLOW = 0.9
"""Least cosine similarity of slow changes. They are larger, and more alike, in beats than in anything else."""


def slow_changes(raw_uv: Samples, n: int) -> Samples:
    """Return the mean of the last `n` rows less that of the `n` before, at each row.

    Rows before the first are taken to equal it.
    """
    levelled = np.concatenate((np.zeros((2 * n, raw_uv.shape[1])), raw_uv - raw_uv[0]))
    sums = np.cumsum(levelled, axis=0)
    changes: Samples = (sums[2 * n :] - 2.0 * sums[n:-n] + sums[: -2 * n]) / n
    return changes


class SlowChanges:
    """Comparison of slow changes of all channels, each relative to its usual size.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the signal.
    step : int
        Number of samples in the mean that is one compared row.
    core : slice
        Rows of a template that are compared.
    """

    def __init__(self, sampling_rate_hz: float, step: int, core: slice) -> None:
        self._n = max(1, round(SLOW_S * sampling_rate_hz / step))
        self._step = step
        self._core = core

    def weigh(self, recent: Recent) -> Samples:
        """Return one over the usual size of slow changes on each channel; 0 for unusable channels."""
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
        """Return the slow changes in samples [first, stop) of an unfiltered signal, one row per whole step."""
        n_before = min(2 * self._n, first // self._step)
        n_rows = n_before + (min(stop, len(raw_uv)) - first) // self._step
        rows = averaged_rows(raw_uv, np.ones(raw_uv.shape[1]), first - n_before * self._step, n_rows, self._step)
        return slow_changes(rows, self._n)[n_before:]

    def find(self, seen: Samples, pattern: Samples) -> int | None:
        """Return the row of `seen` at which a pattern begins, or None if it is not found.

        Parameters
        ----------
        seen : ndarray of float64, shape (n, n_channels)
            Slow changes relative to their usual size.
        pattern : ndarray of float64, shape (length, n_channels)
            The same for a beat.
        """
        n_lags = seen.shape[0] - pattern.shape[0] + 1
        if n_lags < 1:
            return None
        gain, likeness = project(seen[self._core.start : self._core.stop + n_lags - 1], pattern[self._core])
        best = int(np.argmax(likeness))
        is_there = likeness[best] >= LEAST_LIKENESS_SLOW and LEAST_GAIN <= gain[best] <= MOST_GAIN
        return best if is_there else None
