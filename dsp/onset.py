"""Where a burst begins, and how sure that is: a change of power that is sudden or takes some time."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp._burst import onset_rows

Samples = NDArray[np.float64]

RISES_S = np.array((0.0, 0.005, 0.010, 0.020, 0.040, 0.080))
"""Times in which a burst's amplitude may grow, linearly, to what it then is."""

SLOW_PENALTIES = np.array((0.0, 2.0, 2.0, 2.0, 2.0, 2.0))
"""Log-odds against a burst that rises in each of these times: most rise at once, as far as noise lets one see. An
assumption, in the numbers that the classifier was trained on."""

TOLD_PENALTIES = math.log(2.0) * np.arange(6.0)
"""The same for the onset that is told: a rise twice as long is half as likely. Of penalties of 0.5 to 2 a step and of
the one above, what comes nearest to the truth over all generators of `bench.detection`."""

STEPS, LEAST_SIZE = np.linspace(0.0, 1.0, 10), 3.0
"""Powers of the burst over the floor that are tried, from the least to the largest, on the logarithm of both."""

FINEST_HZ = 2000.0
"""Faster signals have no onset at every sample but at about this rate."""

SPREAD_FACTOR = 1.6
"""Neighbouring samples are alike, which the likelihood does not know: measured with `bench.detection`, so that
about two thirds of the onsets lie within the spread."""


@dataclass(frozen=True, slots=True)
class Onset:
    """First sample of a burst, and half the width in samples of the interval that holds it in 68 of 100 cases."""

    at: int
    spread: float


def locate_onset(
    signal_uv: Samples, floor_power: float, sampling_rate_hz: float, penalties: Samples = SLOW_PENALTIES
) -> Onset:
    """Return where the power left the floor's, the median of what the signal makes likely.

    The power after the onset is not known, nor how fast it gets there: both are averaged out over a few values.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n_samples,)
        From the rest before the burst until it is clearly there.
    floor_power : float
        Of the noise.
    sampling_rate_hz : float
        Rate of the signal.
    penalties : ndarray of float64, shape (6,)
        Log-odds against each of `RISES_S`.
    """
    n = signal_uv.size
    if n < 3:
        return Onset(0, float(n))
    power = signal_uv * signal_uv / max(floor_power, 1e-12)
    every = max(1, round(sampling_rate_hz / FINEST_HZ))
    most = max(10.0, 3.0 * float(power.max()))
    sizes = LEAST_SIZE * (most / LEAST_SIZE) ** STEPS
    early, middle, late = onset_rows(power, sizes, RISES_S, sampling_rate_hz, every, penalties)
    return Onset(middle, SPREAD_FACTOR * max(0.5 * (late - early), 0.5 * every))
