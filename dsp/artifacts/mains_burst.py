"""Tell a burst of mains: a hand that touches a lead or the needle lets a few cycles of the line in.

In the detection band a burst of three to six cycles rings at both ends, at 250 samples a second for as long as it
lasts, and looks like a volley. In the unfiltered signal it is the line, switched on and off: a fit of that explains
nearly all of it, and of a volley far less.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dsp.artifacts.mains import NOMINAL_HZ
from dsp.compiled._line import without_line
from dsp.recent import Samples

ORDERS = (1, 3)
"""The line and its strongest harmonic; with the second one and 100 Hz, volleys at 250 samples a second fit."""

LEAST_CYCLES = 2.5
"""In fewer, volleys of few units look like the line, too."""

LEAST_SHARE = 0.92
"""Share of a burst's energy, from a little before its onset on, from which on it is mains. Of 6400 twitches that were
found, of simulated patients and of all generators of the bench, none has more than 0.89; of touches of 50 to 120 ms
that were called twitches 19 in 20 have more than 0.92 (decision record 6)."""

EDGE_S, AFTER_S, RINGING_S = 0.015, 0.004, 0.065
"""The line is switched on at most so long before or after the onset that was found, and off at most `AFTER_S` after
the offset and so long before that: the filter delays both, and rings after the second."""

COARSE, FINE = 2, 6
"""Both are sought in steps of this part of a cycle, or of a sample where that is longer; finely where `LEAST_COARSE` of
the energy is explained by then: of touches at least 0.85, of 96 in 100 twitches less than 0.6."""

LEAST_COARSE = 0.6

BEFORE_S, ORDERS_BEFORE, HIGHEST = 0.5, 5, 0.45
"""A line that was there before is fitted in so much signal, with so many harmonics; no wave of a burst is taken above
this share of the rate."""

KEPT_ROWS, KEPT_WAVES = 256, 16
"""Waves are worked out for whole multiples of so many rows, and the last of so many kinds are kept."""


def is_mains(raw_uv: Samples, onset: int, stop: int, rate_hz: float, mains_hz: float) -> bool:
    """Tell whether a burst is mains and nothing else.

    Parameters
    ----------
    raw_uv : ndarray of float64, shape (n,)
        The burst's channel, unfiltered.
    onset, stop : int
        First row of the burst, and the one after its last, as found in the detection band.
    rate_hz, mains_hz : float
        Sampling rate; mains, 0 where none was found.
    """
    first = max(0, onset - round(EDGE_S * rate_hz))
    clean_uv, row = less_line_before(raw_uv, first, rate_hz, mains_hz)
    burst_uv = clean_uv[row : row + stop + round(AFTER_S * rate_hz) - first]
    return any(switched_share(burst_uv, rate_hz, line_hz) > LEAST_SHARE for line_hz in NOMINAL_HZ)


def less_line_before(raw_uv: Samples, first: int, rate_hz: float, mains_hz: float) -> tuple[Samples, int]:
    """Take off the line that was there before a row.

    Returns
    -------
    clean_uv : ndarray of float64, shape (n,)
        The signal from `BEFORE_S` before `first` on.
    row : int
        Where `first` is in it.
    """
    low = max(0, first - round(BEFORE_S * rate_hz))
    return without_line(raw_uv[low:], first - low, rate_hz, mains_hz, ORDERS_BEFORE), first - low


def switched_share(burst_uv: Samples, rate_hz: float, line_hz: float) -> float:
    """Return the largest share of a stretch's energy that a line explains which is switched on and off in it.

    While it is on, the signal may have another level, as when a hand touches: levels do not count. What is not the
    line, and while it is off all that is not the level then, counts against it.

    Parameters
    ----------
    burst_uv : ndarray of float64, shape (n,)
        From `EDGE_S` before a burst's onset to its end.
    rate_hz, line_hz : float
        Sampling rate; the line.
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
    """Return every first row, and row after the last, between which the line may be on."""
    cycle = rate_hz / line_hz
    step, least = max(1, round(cycle / steps)), math.ceil(LEAST_CYCLES * cycle)
    latest, soonest = round(2 * EDGE_S * rate_hz), n - round((AFTER_S + RINGING_S) * rate_hz)
    begins, ends = np.arange(0, latest + 1, step), np.arange(n, max(least, soonest) - 1, -step)
    late, early = np.nonzero(ends[:, np.newaxis] - begins >= least)
    return begins[early], ends[late]


@lru_cache(maxsize=KEPT_WAVES)
def _waves(n: int, rate_hz: float, line_hz: float) -> tuple[Samples, Samples]:
    """Return a level, and cosine and sine of the line and its harmonic, shape (n, n_waves), and sums of their products.

    One burst's waves are the first rows of a longer one's.
    """
    orders = [order for order in ORDERS if order * line_hz < HIGHEST * rate_hz]
    turns = [2.0 * math.pi * order * line_hz / rate_hz * np.arange(n) for order in orders]
    waves = np.column_stack((np.ones(n), *(wave(turn) for turn in turns for wave in (np.cos, np.sin))))
    return waves, _sums(waves[:, :, np.newaxis] * waves[:, np.newaxis, :])


def _sums(products: Samples) -> Samples:
    """Return what comes before each row, summed; one row more."""
    return np.concatenate((np.zeros((1, *products.shape[1:])), np.cumsum(products, axis=0)))


def _explained(square: Samples, dot: Samples) -> Samples:
    """Return the energy that waves explain, by their products with one another and with the signal."""
    weights = np.linalg.solve(square, dot[:, :, np.newaxis])[:, :, 0]
    explained: Samples = np.einsum("ki,ki->k", weights, dot)
    return explained
