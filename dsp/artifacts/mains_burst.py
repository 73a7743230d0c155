"""Detect bursts of mains: a hand that touches a lead or the needle couples in a few cycles of the line.

In the detection band a burst of three to six cycles rings at both ends, at 250 samples/s for as long as it lasts, and
looks like a volley. In the unfiltered signal it is the line, switched on and off. A fit of that explains nearly all of
its energy, and far less of a volley's.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dsp.artifacts.mains import NOMINAL_HZ
from dsp.compiled._line import without_line
from dsp.recent import Samples

ORDERS = (1, 3)
"""Orders of the line and its strongest harmonic. With the second one and 100 Hz, volleys at 250 samples/s would fit."""

LEAST_CYCLES = 2.5
"""Fewest cycles of the line; with fewer, volleys of few units also look like the line."""

LEAST_SHARE = 0.92
"""Share of a burst's energy, from shortly before its onset on, above which it is classified as mains. Of 6400 detected
twitches of simulated patients and all generators of the bench, none has more than 0.89. Of touches of 50 to 120 ms that
were classified as twitches, 19 in 20 have more than 0.92 (decision record 6)."""

EDGE_S, AFTER_S, RINGING_S = 0.015, 0.004, 0.065
"""The line is switched on at most `EDGE_S` before or after the detected onset, and off at most `AFTER_S` after and
`RINGING_S` before the detected offset: the filter delays both and rings after the second."""

COARSE, FINE = 2, 6
"""Steps per cycle in the search for both edges (a step is at least one sample). The fine search is made if the coarse
one explains `LEAST_COARSE` of the energy. It explains at least 0.85 for touches, and less than 0.6 for 96 % of
twitches."""

LEAST_COARSE = 0.6

BEFORE_S, ORDERS_BEFORE, HIGHEST = 0.5, 5, 0.45
"""Length of the signal in which a line already present before the burst is fitted, and number of its harmonics; highest
frequency of a wave fitted to a burst, as a share of the sampling rate."""

KEPT_ROWS, KEPT_WAVES = 256, 16
"""Waves are computed for multiples of this many rows, and this many of them are cached."""


def is_mains(raw_uv: Samples, onset: int, stop: int, rate_hz: float, mains_hz: float) -> bool:
    """Return whether a burst is mains and nothing else.

    Parameters
    ----------
    raw_uv : ndarray of float64, shape (n,)
        Unfiltered signal of the burst's channel.
    onset, stop : int
        Rows [onset, stop) of the burst, as found in the detection band.
    rate_hz, mains_hz : float
        Sampling rate; frequency of the mains, 0 if none was found.
    """
    first = max(0, onset - round(EDGE_S * rate_hz))
    clean_uv, row = less_line_before(raw_uv, first, rate_hz, mains_hz)
    burst_uv = clean_uv[row : row + stop + round(AFTER_S * rate_hz) - first]
    return any(switched_share(burst_uv, rate_hz, line_hz) > LEAST_SHARE for line_hz in NOMINAL_HZ)


def less_line_before(raw_uv: Samples, first: int, rate_hz: float, mains_hz: float) -> tuple[Samples, int]:
    """Subtract the line that was present before row `first`.

    Returns
    -------
    clean_uv : ndarray of float64, shape (n,)
        Signal from `BEFORE_S` before `first` on.
    row : int
        Row of `clean_uv` that is row `first` of the signal.
    """
    low = max(0, first - round(BEFORE_S * rate_hz))
    return without_line(raw_uv[low:], first - low, rate_hz, mains_hz, ORDERS_BEFORE), first - low


def switched_share(burst_uv: Samples, rate_hz: float, line_hz: float) -> float:
    """Return the largest share of a stretch's energy explained by a line that is switched on and off within it.

    The signal may have a different level while the line is on, as during a touch; the energy of the levels does not
    count. The residual while the line is on, and all deviation from the level while it is off, count as unexplained.

    Parameters
    ----------
    burst_uv : ndarray of float64, shape (n,)
        Signal from `EDGE_S` before the onset of a burst to its end.
    rate_hz, line_hz : float
        Sampling rate; frequency of the line.
    """
    signal_uv = burst_uv - burst_uv.mean()
    waves, squares = _waves(-(-burst_uv.size // KEPT_ROWS) * KEPT_ROWS, rate_hz, line_hz)
    dots, energies = _sums(waves[: burst_uv.size] * signal_uv[:, np.newaxis]), _sums(signal_uv**2)
    share = 0.0
    for steps in (COARSE, FINE):
        begins, ends = _edges(burst_uv.size, rate_hz, line_hz, steps)
        if not begins.size:
            break
        square, dot, energy = (sums[ends] - sums[begins] for sums in (squares, dots, energies))
        n_off = np.maximum(burst_uv.size - (ends - begins), 1)
        off = energies[-1] - energy - (dots[-1, 0] - dot[:, 0]) ** 2 / n_off
        level = dot[:, 0] ** 2 / square[:, 0, 0]
        explained = (_explained(square, dot) - level) / np.maximum(energy - level + off, 1e-9)
        share = max(share, float(explained.max()))
        if share < LEAST_COARSE:
            break
    return share


def _edges(n: int, rate_hz: float, line_hz: float, steps: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return all pairs of first row and row after the last between which the line may be on."""
    cycle = rate_hz / line_hz
    step, least = max(1, round(cycle / steps)), math.ceil(LEAST_CYCLES * cycle)
    latest, soonest = round(2 * EDGE_S * rate_hz), n - round((AFTER_S + RINGING_S) * rate_hz)
    begins, ends = np.arange(0, latest + 1, step), np.arange(n, max(least, soonest) - 1, -step)
    late, early = np.nonzero(ends[:, np.newaxis] - begins >= least)
    return begins[early], ends[late]


@lru_cache(maxsize=KEPT_WAVES)
def _waves(n: int, rate_hz: float, line_hz: float) -> tuple[Samples, Samples]:
    """Return a constant and cosines and sines of the line and its harmonic, (n, n_waves), and sums of their products.

    The waves of a burst are the first rows of those of a longer one.
    """
    orders = [order for order in ORDERS if order * line_hz < HIGHEST * rate_hz]
    turns = [2.0 * math.pi * order * line_hz / rate_hz * np.arange(n) for order in orders]
    waves = np.column_stack((np.ones(n), *(wave(turn) for turn in turns for wave in (np.cos, np.sin))))
    return waves, _sums(waves[:, :, np.newaxis] * waves[:, np.newaxis, :])


def _sums(products: Samples) -> Samples:
    """Return the cumulative sums before each row, and the total as one row more."""
    return np.concatenate((np.zeros((1, *products.shape[1:])), np.cumsum(products, axis=0)))


def _explained(square: Samples, dot: Samples) -> Samples:
    """Return the energy that waves explain, from their products with one another and with the signal."""
    weights = np.linalg.solve(square, dot[:, :, np.newaxis])[:, :, 0]
    explained: Samples = np.einsum("ki,ki->k", weights, dot)
    return explained
