"""What noise reaches and how often: the tail that Gaussian noise has, and what the false-alarm budget asks of it."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TAIL_LEVELS = 24
"""Natural logarithms of rate over which a tail's shape is tabulated."""

LEAST_RATIO = 60.0
"""The tracker's confirmation threshold is crossed at least so many times more rarely than the knee."""

BUDGET_SHARES = 2
"""The budget is shared by the short and the long window."""

CANDIDATES_PER_CROSSING, LEAST_CANDIDATES_PER_MIN = 4.0, 2.0
"""Bursts are followed, and judged as near the noise at most, from a threshold that noise crosses so much more often."""

CROSSINGS_PER_BUDGET = ((250.0, 5.0), (500.0, 5.0), (1000.0, 6.0), (2000.0, 6.0), (4000.0, 6.0))
"""Sampling rate in Hz, and how many crossings of the threshold are aimed at for each false alarm of the budget.

The classifier looks at these, and takes hardly any of noise's crossings for a twitch. An assumption that trades time
spent on noise for weak twitches.
"""

PRIOR_RATE = (0.15, 0.08)
"""Share of blocks whose peak lies above the knee in Gaussian noise, in the short and the long window."""

ALONE_PER_BUDGET = ((250.0, 1.66), (500.0, 2.42), (1000.0, 3.8), (2000.0, 3.5), (4000.0, 3.5))
"""Sampling rate in Hz, and the share of the budget aimed at for bursts that are confirmed by their energy alone: brief,
on one channel, out of rest, and no larger than noise makes them (`dsp.verdict.rules`). More than 1, because only a part
of the crossings is as brief and as lonely. `python -m bench.budget` measures what comes of it, and with ``--calibrate``
says what would bring the kinds of noise to either side of half the budget. It holds for `MIDDLE_BUDGET_PER_MIN` on
`FEW_CHANNELS` or more, in noise of any kind.
"""

MIDDLE_BUDGET_PER_MIN, SHARE_GROWTH, SHARE_GROWTH_LIGHT = 0.5, 0.18, -0.12
"""The share grows with the budget to this power; below the middle budget to the second one in noise as light as
Gaussian noise (`dsp.verdict.alone.weigh`). The smaller the budget, the further a tail is extrapolated: a light one then
ends below what its mean excess lets expect, and one as heavy as Laplace noise above. Fitted with `bench.budget`, seeds
11 and 12."""

FEW_CHANNELS, SHARE_OF_FEW = 8, 0.12
"""With fewer channels than this the share falls with their number to this power: there is less company to speak against
a burst, so that more of the crossings count as lonely. Fitted likewise."""

ALIKE_PLACES = 10
"""NumPy's exp and log differ between processors in the last of 16 digits: a tail is told to so many decimal places, so
that thresholds do not."""


def gamma_quantile(sigmas: float, degrees: float) -> float:
    """Return the quantile of chi-square over its degrees of freedom (Wilson & Hilferty 1931)."""
    spread = 2.0 / (9.0 * degrees)
    return float((1.0 - spread + sigmas * math.sqrt(spread)) ** 3)


def gaussian_tail(degrees: float, knee: float) -> tuple[float, float, NDArray[np.float64]]:
    """Return the tail that the power of Gaussian noise has above the knee.

    Parameters
    ----------
    degrees : float
        Of freedom of the chi-square whose mean is 1.
    knee : float
        Power over the floor.

    Returns
    -------
    mean_excess : float
        Above the knee.
    mean_square : float
        Of the excess, over the square of its mean; 2 where the tail is exponential.
    shape : ndarray of float64, shape (TAIL_LEVELS,)
        In mean excesses: how far above the knee it comes exp(-level) times as often as above it, for levels 0, 1, 2
        and so on. Exactly the level where the tail is exponential.
    """
    step = 0.001 / degrees
    above_knee = step * np.arange(80_000)
    log_density = (0.5 * degrees - 1.0) * np.log1p(above_knee / knee) - 0.5 * degrees * above_knee
    above = np.cumsum(np.exp(log_density)[::-1])[::-1]
    mean_excess = step * float(np.sum(above / above[0]))
    level = -np.log(np.maximum(above / above[0], 1e-300))
    shape: NDArray[np.float64] = np.interp(np.arange(TAIL_LEVELS), level, above_knee) / mean_excess
    mean_square = 2.0 * step * float(np.sum(above_knee * above / above[0])) / mean_excess**2
    return round(mean_excess, ALIKE_PLACES), round(mean_square, ALIKE_PLACES), np.round(shape, ALIKE_PLACES)


def at_rate(table: Sequence[tuple[float, float]], sampling_rate_hz: float) -> float:
    """Return what a table by sampling rate says of a rate, interpolated over its logarithm."""
    rates_hz, values = zip(*table, strict=True)
    return float(np.interp(math.log(sampling_rate_hz), [math.log(rate_hz) for rate_hz in rates_hz], values))


def crossings_per_budget(sampling_rate_hz: float) -> float:
    """Return what `CROSSINGS_PER_BUDGET` says of a rate."""
    return at_rate(CROSSINGS_PER_BUDGET, sampling_rate_hz)


def _level(shape: NDArray[np.float64], ratio: float) -> float:
    """Return how far above the knee, in mean excesses, it comes so many times more rarely than above it."""
    return float(np.interp(math.log(max(ratio, 1.0)), np.arange(TAIL_LEVELS), shape))


def shares_alone(sampling_rate_hz: float, n_watched: int, false_alarms_per_min: float) -> tuple[float, float]:
    """Return the shares of the budget aimed at for bursts confirmed by energy alone, in light and in heavy noise."""
    few = min(n_watched / FEW_CHANNELS, 1.0) ** SHARE_OF_FEW
    share = few * at_rate(ALONE_PER_BUDGET, sampling_rate_hz)
    over = false_alarms_per_min / MIDDLE_BUDGET_PER_MIN
    heavy = share * over**SHARE_GROWTH
    return share * over**SHARE_GROWTH_LIGHT if over < 1.0 else heavy, heavy


def stretch_alone(shapes: NDArray[np.float64], crossings: float, alone: Sequence[float]) -> NDArray[np.float64]:
    """Return `dsp.thresholds.kernel_design.KernelDesign.alone_stretch`.

    Parameters
    ----------
    shapes : ndarray of float64, shape (2, TAIL_LEVELS)
        Of the tail of Gaussian noise in the short and in the long window.
    crossings : float
        How many chances there are for each crossing of the confirmation threshold.
    alone : sequence of float
        The same for each confirmation by energy alone, in light and in heavy noise.
    """
    return np.array(
        [
            [
                _level(shape, rate * chances) / _level(shape, max(rate * crossings, LEAST_RATIO))
                for shape, rate in zip(shapes, PRIOR_RATE, strict=True)
            ]
            for chances in alone
        ]
    )
