"""Uncertainty of the mean of a level that wanders slowly.

Values one second apart are not independent where rest wanders slowly, and a minute of it tells little of how slowly. So
the wander has no fixed size and time constant: each combination of a grid is weighted by how well it explains the data.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dsp.sites.intervals import CONFIDENCE, student_reach

Values = NDArray[np.float64]

PACES_S = (5.0, 10.0, 20.0, 40.0, 80.0)
"""Time constants of an Ornstein-Uhlenbeck process. A slower wander cannot be distinguished from a change."""

SIZES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Variance of the wander over that of the scatter from value to value. Floor levels scatter by 2.5 to 6 % in steady
noise (from 2000 to 250 samples a second)."""

STEADY_ODDS = 1.0 / 3.0
"""Prior probability of a level that does not wander at all; all other combinations share the rest equally. Of 0.2, 1/3
and 0.5 this came nearest to 95 % coverage both in rest that wanders and in rest that does not (`python -m
bench.site_intervals`)."""

HALVINGS = 40
"""Number of bisections that locate the end of an interval."""

_SIZE = np.array([0.0, *SIZES * len(PACES_S)])
_KEPT = np.exp(-1.0 / np.array([1.0, *np.repeat(PACES_S, len(SIZES))]))  # what remains of a wander after 1 s
_ODDS = np.array([STEADY_ODDS, *[(1.0 - STEADY_ODDS) / (_SIZE.size - 1)] * (_SIZE.size - 1)])


class Wander:
    """Posterior distribution of a level's wander and scatter, from stretches that share both but may differ in mean.

    Each combination is weighted by the Whittle likelihood of the stretches' cosine spectra, with the scale eliminated.

    Parameters
    ----------
    stretches : sequence of sequence of float
        Values one second apart, such as logarithms of levels; any stretch may be empty.
    alike : float
        Correlation of the scatter of neighbouring values, from 0 to below 0.5.
    """

    def __init__(self, stretches: Sequence[Sequence[float]], alike: float) -> None:
        self._alike = alike
        fit, self._n_free = np.zeros(_SIZE.size), 0
        log_odds = np.log(_ODDS)
        for values in stretches:
            n = len(values)
            if n < 2:
                continue
            turns = np.cos(np.pi * np.arange(1, n) / n)
            wander = (_SIZE * (1.0 - _KEPT**2))[:, np.newaxis]
            kept = _KEPT[:, np.newaxis]
            expected = 1.0 + 2.0 * alike * turns + wander / (1.0 - 2.0 * kept * turns + kept**2)
            log_odds -= 0.5 * np.log(expected).sum(axis=1)
            fit += (_spectrum(values) / expected).sum(axis=1)
            self._n_free += n - 1
        if self._n_free:
            fit = np.maximum(fit, np.finfo(float).tiny)
            log_odds -= 0.5 * self._n_free * np.log(fit)
            self._scale = fit / self._n_free
        self._odds = np.exp(log_odds - log_odds.max())
        self._odds /= self._odds.sum()

    def reach(self, *lengths: int, confidence: float = CONFIDENCE) -> float:
        """Return the half-width of the interval of a mean, or of the difference of two means.

        Parameters
        ----------
        *lengths : int
            Number of values of each mean, 1 or more.
        confidence : float
            Coverage, between 0 and 1.

        Returns
        -------
        float
            NaN where no stretch has two values.
        """
        from scipy import special  # as in `dsp.sites.intervals`

        if not self._n_free:
            return math.nan
        errors = np.sqrt(self._scale * sum(self._variance(n) for n in lengths))
        student = student_reach(self._n_free, confidence)
        low, high = student * float(errors.min()), student * float(errors.max())
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            beyond = 2.0 * float(self._odds @ special.stdtr(self._n_free, -middle / errors))
            low, high = (middle, high) if beyond > 1.0 - confidence else (low, middle)
        return high

    def _variance(self, n: int) -> Values:
        """Return the variance of the mean of `n` values over that of their scatter."""
        own = 1.0 + 2.0 * self._alike * (n - 1) / n
        lasting = (1.0 + _KEPT) / (1.0 - _KEPT) - 2.0 * _KEPT * (1.0 - _KEPT**n) / (n * (1.0 - _KEPT) ** 2)
        variance: Values = (own + _SIZE * lasting) / n
        return variance


def _spectrum(values: Sequence[float]) -> Values:
    """Return the squared cosine transform without the mean, scaled so that white noise has its variance in each."""
    centred = np.asarray(values, np.float64) - np.mean(values)
    n = centred.size
    power: Values = np.abs(np.fft.rfft(np.concatenate((centred, centred[::-1]))))[1:n] ** 2 / (2 * n)
    return power
