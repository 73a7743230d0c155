"""Histogram with logarithmic bins: quantiles of any number of values in constant memory."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsp.compiled._contact import count_logs

PER_DECADE = 100
"""Bins per decade: a quantile is accurate to 1.2 %."""


class LogHistogram:
    """Histogram with logarithmic bins, for several rows of values at once.

    Parameters
    ----------
    low, high : float
        Range of the bins; values outside are counted in the first or the last.
    n_rows : int
        Rows that are counted separately.
    """

    def __init__(self, low: float, high: float, n_rows: int = 1) -> None:
        self._low, self._low_log = low, np.log10(low)
        self._n_bins = int(np.ceil((np.log10(high) - self._low_log) * PER_DECADE))
        self._counts = np.zeros((n_rows, self._n_bins), np.int64)

    def add(self, values: ArrayLike, rows: int | NDArray[np.int64] = 0) -> None:
        """Count one value for each of `rows`."""
        counted = np.array(values, np.float64, ndmin=1)
        count_logs(counted, np.array(rows, np.int64, ndmin=1), self._low, PER_DECADE, self._counts)

    def n_values(self, row: int = 0) -> int:
        """Return the number of values counted in a row."""
        return int(self._counts[row].sum())

    def quantile(self, share: float, row: int = 0) -> float:
        """Return the value below which `share` of the row lies, NaN if it is empty."""
        counts: NDArray[np.int64] = self._counts[row]
        n_values = counts.sum()
        if not n_values:
            return float("nan")
        place = int(np.searchsorted(np.cumsum(counts), share * n_values))
        return float(10.0 ** (self._low_log + (min(place, self._n_bins - 1) + 0.5) / PER_DECADE))

    def n_below(self, value: float, row: int = 0) -> int:
        """Return the number of values of a row below `value`, to the width of a bin."""
        place = round((float(np.log10(value)) - float(self._low_log)) * PER_DECADE)
        return int(self._counts[row, : max(0, place)].sum())
