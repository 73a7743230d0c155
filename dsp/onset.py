"""Where a burst begins, and how sure that is: a change of power that is sudden or takes some time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

RISES_S = (0.0, 0.005, 0.010, 0.020, 0.040, 0.080)
"""Times in which a burst's amplitude may grow, linearly, to what it then is."""

SLOW_PENALTY = 2.0
"""Log-odds against a burst that rises in time, each: most rise at once, as far as noise lets one see. Assumption."""

N_SIZES, LEAST_SIZE = 10, 3.0
"""How many powers of the burst over the floor are tried, and the least of them."""

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


def locate_onset(signal_uv: Samples, floor_power: float, sampling_rate_hz: float) -> Onset:
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
    """
    n = signal_uv.size
    if n < 3:
        return Onset(0, float(n))
    power = signal_uv * signal_uv / max(floor_power, 1e-12)
    every = max(1, round(sampling_rate_hz / FINEST_HZ))
    starts = np.arange(0, n, every)
    sizes = np.geomspace(LEAST_SIZE, max(10.0, 3.0 * float(power.max())), N_SIZES)
    since_s = (np.arange(1 - n, n + 1) - 0.5) / sampling_rate_hz
    rises = np.array([since_s > 0.0 if rise == 0.0 else np.clip(since_s / rise, 0.0, 1.0) ** 2 for rise in RISES_S])
    level = 1.0 + sizes[:, np.newaxis, np.newaxis] * rises
    inverse, logs = 1.0 / level, np.cumsum(np.log(level[:, :, n:]), axis=2)
    windows = np.lib.stride_tricks.sliding_window_view(inverse, n, axis=2)[:, :, n - starts]
    likelihood = -0.5 * (windows @ power + logs[:, :, n - 1 - starts])
    likelihood[:, 1:] -= SLOW_PENALTY
    chance = np.exp(likelihood - likelihood.max()).sum(axis=(0, 1))
    below = np.cumsum(chance) / chance.sum()
    early, middle, late = (int(starts[np.searchsorted(below, share)]) for share in (0.16, 0.5, 0.84))
    return Onset(middle, SPREAD_FACTOR * max(0.5 * (late - early), 0.5 * every))
