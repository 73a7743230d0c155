"""Onset of a burst and its uncertainty: a change of power that is sudden or gradual."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.compiled._burst import onset_rows, onset_sums, top_amplitude

Samples = NDArray[np.float64]

RISES_S = np.array((0.0, 0.005, 0.010, 0.020, 0.040, 0.080))
"""Rise times that are tried: the burst's amplitude grows linearly to its full value."""

STEPS, LEAST_SIZE = np.linspace(0.0, 1.0, 10), 3.0
"""Powers of the burst over the floor that are tried: from the least to the largest in equal steps of their
logarithm."""

BUTTERWORTH_DELAY = 2.613
"""Group delay of a 4th-order Butterworth low-pass, times its edge in radians a second."""

VAGUE_SAMPLES = 1.0
"""Uncertainty of every reported onset in samples: it is reported as a whole sample, and a converter combines two or
three."""

FINEST_HZ = 2000.0
"""In faster signals, onsets are tried at about this rate instead of at every sample."""


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """Prior assumptions about onsets.

    Attributes
    ----------
    penalties : ndarray of float64, shape (6,)
        Log-odds against each rise time of `RISES_S`.
    weight : float
        Weight of a sample, 0 to 1.
    spread_factor : float
        Half the width of the interval that holds 68 of 100 onsets, over that of the likelihood.
    """

    penalties: Samples
    weight: float
    spread_factor: float


AS_TRAINED = Belief(np.array((0.0, 2.0, 2.0, 2.0, 2.0, 2.0)), 1.0, 1.6)
"""Assumptions for the classifier's features: most bursts rise at once (an assumption), and every sample is independent.
Neighbours are in fact alike, so that the likelihood is too sure; the spread factor, measured with `bench.detection`,
corrects for that."""

AGAINST_SLOW, REPORTED_SPREAD = 0.85, 1.0
"""Assumptions for the reported onset. Each rise time of `RISES_S` is less likely than the one before by `AGAINST_SLOW`
in log-odds: of the values from 0.3 to 1.2, one of those that come nearest to the truth. `REPORTED_SPREAD` is the spread
factor: of clear onsets in throwaway scenes of `bench.detection` at 250 to 4000 samples a second, 66 to 77 of 100 lie
within the spread; of those of its second generator, 54 to 70."""


@dataclass(frozen=True, slots=True)
class Onset:
    """First sample of a burst, and half the width in samples of the interval that holds it in 68 of 100 cases."""

    at: int
    spread: float


def reported_belief(sampling_rate_hz: float, band_hz: tuple[float, float]) -> Belief:
    """Return the assumptions for the reported onset.

    A band holds two independent samples per second and Hz, whatever the sampling rate; samples are weighted
    accordingly.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    band_hz : tuple of float
        Edges of the band to which it was filtered.
    """
    weight = min(1.0, 2.0 * (band_hz[1] - band_hz[0]) / sampling_rate_hz)
    return Belief(AGAINST_SLOW * np.arange(float(RISES_S.size)), weight, REPORTED_SPREAD)


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Likelihood of each onset in a signal.

    Attributes
    ----------
    sums : ndarray of float64, shape (n_rises, n_starts, 10)
        As returned by `dsp.compiled._burst.onset_sums`; empty for a signal of less than three samples.
    n_samples, every : int
        Length of the signal, and samples from one onset that is tried to the next.
    """

    sums: Samples
    n_samples: int
    every: int

    def locate(self, belief: Belief) -> Onset:
        """Return the onset, as the median of its posterior distribution.

        The power after the onset and the rise time are unknown; both are averaged out over a few values.
        """
        if not self.sums.size:
            return Onset(0, float(self.n_samples))
        early, middle, late = (self.every * n for n in onset_rows(self.sums, belief.penalties, belief.weight))
        return Onset(middle, belief.spread_factor * max(0.5 * (late - early), 0.5 * self.every))


def weigh_onsets(signal_uv: Samples, floor_power: float, sampling_rate_hz: float) -> Likelihood:
    """Compute the likelihood of each onset in a signal.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n_samples,)
        From the rest before the burst until the burst is clear.
    floor_power : float
        Power of the noise.
    sampling_rate_hz : float
        Rate of the signal.
    """
    n = signal_uv.size
    every = max(1, round(sampling_rate_hz / FINEST_HZ))
    if n < 3:
        return Likelihood(np.empty((0, 0, 0)), n, every)
    floor_power = max(floor_power, 1e-12)
    power = signal_uv * signal_uv / floor_power
    most = max(10.0, 3.0 * top_amplitude(signal_uv) ** 2 / floor_power)
    sizes = LEAST_SIZE * (most / LEAST_SIZE) ** STEPS
    return Likelihood(onset_sums(power, sizes, RISES_S, sampling_rate_hz, every), n, every)


class OnsetEstimator:
    """Estimator of burst onsets in a band-passed signal, corrected for the filter's delay.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    band_hz : tuple of float
        Edges of the detection band.

    Attributes
    ----------
    delay_samples : int
        Delay of the filter.
    """

    def __init__(self, sampling_rate_hz: float, band_hz: tuple[float, float]) -> None:
        self._belief = reported_belief(sampling_rate_hz, band_hz)
        self.delay_samples = round(BUTTERWORTH_DELAY / (2.0 * math.pi * band_hz[1]) * sampling_rate_hz)

    def estimate(self, likelihood: Likelihood) -> Onset:
        """Return the onset corrected for the filter's delay; it may lie before the signal's first sample."""
        found = likelihood.locate(self._belief)
        return Onset(found.at - self.delay_samples, math.hypot(found.spread, VAGUE_SAMPLES))
