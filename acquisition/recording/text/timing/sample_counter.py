"""Conversion of a file's sample counter to the position of each sample, with gaps for lost samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRUSTED_MODULI = (256, 201)
"""A Cyton counts 0 to 255 (a Daisy over the dongle in steps of two), an old Ganglion 0 to 200."""

MIN_STEADY_SHARE = 0.7
"""Minimum share of equal steps among the first rows for a valid counter."""

SUSPICIOUS_LOST = 16
"""Number of lost samples from which the time stamps are checked for a restart of the counter."""

MIN_ELAPSED_SHARE = 0.25
"""Minimum elapsed time of a loss as a share of its duration, however late the following packets are delivered."""

NONE_LONGER = np.zeros((0, 2), np.int64)
"""No losses beyond those that the counter shows."""


@dataclass(frozen=True, slots=True)
class CounterModel:
    """Counting scheme: `step` from one sample to the next, modulo `modulus`."""

    step: int
    modulus: int


def detect_counter(counters: NDArray[np.float64]) -> CounterModel | None:
    """Detect the counting scheme from the first rows, or return None when the counter is unreliable.

    A Ganglion in newer programs gives both samples of a packet the same number, and is therefore rejected.
    """
    known = counters[np.isfinite(counters)]
    if known.size < 2 or known.min() < 0 or (known != np.floor(known)).any():
        return None
    steps, n_seen = np.unique(np.diff(known), return_counts=True)
    step = int(steps[np.argmax(n_seen)])
    if step not in (1, 2) or n_seen.max() < MIN_STEADY_SHARE * (known.size - 1):
        return None
    falls = steps < 0
    if not falls.any():
        modulus = TRUSTED_MODULI[0]
    else:
        modulus = step - int(steps[falls][np.argmax(n_seen[falls])])
        if modulus not in TRUSTED_MODULI:  # a loss across the wrap: use the largest number
            modulus = 201 if known.max() == 200 else 256
    return CounterModel(step, modulus) if known.max() < modulus else None


class SamplePlaces:
    """Conversion of rows to sample positions, with gaps for lost samples.

    Parameters
    ----------
    model : CounterModel or None
        Counting scheme; None gives consecutive positions.
    sampling_rate_hz : float
        Nominal rate.
    longer : ndarray of int64, shape (n_losses, 2), optional
        Row numbers, from 0 and rising, and the number of samples lost before each, beyond those the counter shows.

    Attributes
    ----------
    model : CounterModel or None
        As given.
    n_restarts : int
        Number of counter jumps without a loss.
    """

    def __init__(
        self, model: CounterModel | None, sampling_rate_hz: float, longer: NDArray[np.int64] = NONE_LONGER
    ) -> None:
        self.n_restarts = 0
        self.model = model
        self._rate_hz = sampling_rate_hz
        self._last_counter: float | None = None
        self._last_time_s = np.nan
        self._next_place = 0
        self._longer = longer
        self._n_rows = 0

    def of(
        self, counters: NDArray[np.float64] | None, times_s: NDArray[np.float64] | None, n_rows: int
    ) -> NDArray[np.int64]:
        """Return the positions of the next `n_rows` rows, int64 of shape (n_rows,), rising."""
        n_missing = np.zeros(n_rows, np.int64)
        start, stop = np.searchsorted(self._longer[:, 0], (self._n_rows, self._n_rows + n_rows))
        n_missing[self._longer[start:stop, 0] - self._n_rows] = self._longer[start:stop, 1]
        self._n_rows += n_rows
        if self.model is not None and counters is not None and n_rows:
            n_missing += self._missing(counters, times_s, self.model)
        places: NDArray[np.int64] = self._next_place + np.cumsum(n_missing + 1) - 1
        if n_rows:
            self._next_place = int(places[-1]) + 1
        return places

    def _missing(
        self, counters: NDArray[np.float64], times_s: NDArray[np.float64] | None, model: CounterModel
    ) -> NDArray[np.int64]:
        before = counters[0] - model.step if self._last_counter is None else self._last_counter
        steps = np.diff(counters, prepend=before) % model.modulus
        n_missing = steps // model.step - 1
        odd = (steps % model.step != 0) | (n_missing < 0) | ~np.isfinite(n_missing)
        if times_s is not None:
            elapsed_s = np.diff(times_s, prepend=self._last_time_s)
            with np.errstate(invalid="ignore"):
                odd |= (n_missing >= SUSPICIOUS_LOST) & (elapsed_s < MIN_ELAPSED_SHARE * n_missing / self._rate_hz)
            self._last_time_s = float(times_s[-1])
        self._last_counter = float(counters[-1])
        self.n_restarts += int(np.count_nonzero(odd))
        return np.where(odd, 0, n_missing).astype(np.int64)
