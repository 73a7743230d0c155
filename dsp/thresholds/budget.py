"""Tail of Gaussian noise, and the rates of threshold crossings that the false-alarm budget allows."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TAIL_LEVELS = 24
"""Number of levels (natural logarithm of the rate, from 0) at which the shape of a tail is tabulated."""

LEAST_RATIO = 60.0
"""The confirmation threshold of the tracker is crossed at least this many times less often than the knee."""

LEAST_CANDIDATE_RATIO = 12.0
"""The candidate threshold is crossed at least this many times less often than the knee."""

BUDGET_SHARES = 2
"""Number of windows that share the budget: the short and the long one."""

CANDIDATES_PER_BUDGET, LEAST_CANDIDATES_PER_MIN = 24.0, 2.0
"""Noise crosses the candidate threshold this many times per false alarm of the budget, and at least at this rate.
Bursts above it are tracked; below the confirmation threshold they are at most reported as near the noise."""

CROSSINGS_PER_BUDGET = ((250.0, 10.0), (1000.0, 6.0), (4000.0, 6.0))
"""Sampling rate in Hz, and crossings of the confirmation threshold aimed at per false alarm of the budget.

The classifier examines these crossings and accepts hardly any caused by noise as a twitch. More of them find weak
twitches where few samples make the threshold high, and only false alarms where many do (decision record 7).
"""

FEWEST_PER_BUDGET, MOST_CROSSINGS_PER_MIN = 6.0, 10.0
"""More than `FEWEST_PER_BUDGET` crossings per false alarm are aimed at only up to this rate. A stream in which noise
crosses the threshold more often is never at rest, so that energy alone would confirm hardly anything."""

PRIOR_RATE = (0.15, 0.08)
"""Share of blocks with a peak above the knee in Gaussian noise, for the short and the long window."""

ALONE_PER_BUDGET = ((250.0, 1.45), (500.0, 2.42), (1000.0, 3.8), (2000.0, 3.5), (4000.0, 3.5))
"""Sampling rate in Hz, and the share of the budget aimed at for bursts that are confirmed by their energy alone: brief,
on one channel, out of rest, and no larger than noise makes them (`dsp.verdict.alone`). It is above 1 because only some
of the crossings are as brief and isolated. `python -m bench.budget` measures the resulting false alarms, and with
``--calibrate`` prints the table that would put the kinds of noise to either side of half the budget. The table holds
for `MIDDLE_BUDGET_PER_MIN` on `USUAL_CHANNELS`, in noise of any kind.
"""

MIDDLE_BUDGET_PER_MIN, SHARE_GROWTH, SHARE_GROWTH_LIGHT = 0.5, 0.18, -0.12
"""The share grows with the budget over the middle budget to the power `SHARE_GROWTH`; below the middle budget, in noise
as light as Gaussian noise (`dsp.verdict.alone.weigh`), to the power `SHARE_GROWTH_LIGHT`. The smaller the budget, the
further a tail is extrapolated. A light tail then ends below the extrapolation from its mean excess, and one as heavy as
that of Laplace noise above it. Fitted with `bench.budget`, seeds 11 and 12."""

USUAL_CHANNELS, SHARE_OF_FEW, SHARE_OF_MANY = 8, 0.12, 0.25
"""With fewer channels than this the share falls with their number to the power `SHARE_OF_FEW`: fewer other channels can
show that a burst is not isolated, so more of the crossings count as isolated. With more, the share in heavy noise falls
to the power `SHARE_OF_MANY`: each channel's tail is extrapolated further. Fitted likewise."""

ALIKE_PLACES = 10
"""Decimal places to which a tail is rounded. NumPy's exp and log differ between processors in the last of 16 digits;
the thresholds must not."""


def gamma_quantile(sigmas: float, degrees: float) -> float:
    """Return the quantile at `sigmas` normal deviates of chi-square over its degrees (Wilson & Hilferty 1931)."""
    spread = 2.0 / (9.0 * degrees)
    return float((1.0 - spread + sigmas * math.sqrt(spread)) ** 3)


def gaussian_tail(degrees: float, knee: float) -> tuple[float, float, NDArray[np.float64]]:
    """Return the tail of the power of Gaussian noise above the knee.

    Parameters
    ----------
    degrees : float
        Degrees of freedom of the chi-square distribution, scaled to a mean of 1.
    knee : float
        Power over the floor.

    Returns
    -------
    mean_excess : float
        Mean excess above the knee.
    mean_square : float
        Mean square of the excess over the square of its mean; 2 for an exponential tail.
    shape : ndarray of float64, shape (TAIL_LEVELS,)
        Excess that is reached exp(-level) times as often as the knee, for levels 0, 1, 2 and so on, in mean excesses.
        It equals the level for an exponential tail.
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
    """Return the value of a table by sampling rate, interpolated over the logarithm of the rate."""
    rates_hz, values = zip(*table, strict=True)
    return float(np.interp(math.log(sampling_rate_hz), [math.log(rate_hz) for rate_hz in rates_hz], values))


def crossings_per_min(sampling_rate_hz: float, false_alarms_per_min: float) -> float:
    """Return the rate at which noise is to cross the confirmation threshold, for a false-alarm budget."""
    wanted = at_rate(CROSSINGS_PER_BUDGET, sampling_rate_hz) * false_alarms_per_min
    return min(wanted, max(FEWEST_PER_BUDGET * false_alarms_per_min, MOST_CROSSINGS_PER_MIN))


def _level(shape: NDArray[np.float64], ratio: float) -> float:
    """Return the excess, in mean excesses, that is reached `ratio` times less often than the knee."""
    return float(np.interp(math.log(max(ratio, 1.0)), np.arange(TAIL_LEVELS), shape))


def shares_alone(sampling_rate_hz: float, n_watched: int, false_alarms_per_min: float) -> tuple[float, float]:
    """Return the shares of the budget aimed at for bursts confirmed by energy alone, in light and in heavy noise."""
    few = min(n_watched / USUAL_CHANNELS, 1.0) ** SHARE_OF_FEW
    many = min(USUAL_CHANNELS / n_watched, 1.0) ** SHARE_OF_MANY
    share = few * at_rate(ALONE_PER_BUDGET, sampling_rate_hz)
    over = false_alarms_per_min / MIDDLE_BUDGET_PER_MIN
    light = share * over ** (SHARE_GROWTH_LIGHT if over < 1.0 else SHARE_GROWTH)
    return light, many * share * over**SHARE_GROWTH


def stretch_alone(shapes: NDArray[np.float64], crossings: float, alone: Sequence[float]) -> NDArray[np.float64]:
    """Return `dsp.thresholds.kernel_design.KernelDesign.alone_stretch`, shape (2, 2).

    Parameters
    ----------
    shapes : ndarray of float64, shape (2, TAIL_LEVELS)
        Shape of the tail of Gaussian noise in the short and the long window.
    crossings : float
        Number of blocks, over all channels and windows, per crossing of the confirmation threshold.
    alone : sequence of float
        The same per confirmation by energy alone, in light and in heavy noise.
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
