"""What one channel's noise reaches, extrapolated from its tail above the knee.

`extrapolate_tail` is the slow twin of `set_thresholds` in `dsp/compiled/_tail.pxd`, but for the ceiling. Energy alone
(`dsp.verdict.alone`) is measured by `reached_by_noise`: it has time for each burst, and no heart to fear.
"""

import math
from collections.abc import Sequence

import numpy as np

from dsp.thresholds.budget import LEAST_RATIO, TAIL_LEVELS
from dsp.thresholds.kernel_design import KernelDesign

Tail = Sequence[tuple[float, float, float]]
"""For the short and the long window: share of blocks above the knee, mean excess over it of all blocks, and mean square
of that."""

LEAST_CANDIDATES = 12.0
"""The candidates' threshold is crossed at least so many times more rarely than the knee."""

N_STEPS = 60
"""Of the integral over a tail that is cut off."""


def extrapolate_tail(
    design: KernelDesign, tail: Tail, most_growth: float = math.inf
) -> tuple[list[float], list[float]]:
    """Return power over the floor that noise reaches as often as confirmations, and as often as candidates, may come.

    Parameters
    ----------
    design : KernelDesign
        Of the kernel.
    tail : sequence of (float, float, float)
        As `Tail` says.
    most_growth : float
        How far the mean excess may grow with the share of blocks above the knee.

    Returns
    -------
    confirm, candidate : list of float
        In the short and the long window, without a ceiling.
    """
    confirm: list[float] = []
    candidate: list[float] = []
    for k, (rate, excess, square) in enumerate(tail):
        prior, shape = design.prior_excess[k], design.tail_shape[k].tolist()
        confirmations, candidates = _ratios(design, rate)
        log_confirmations, log_candidates = math.log(confirmations), math.log(candidates)
        mean = excess / rate
        bend = square / (rate * mean * mean * design.prior_square[k]) - 1.0 - design.free_bend
        bend = min(max(bend, 0.0), design.most_bend)
        mean = mean / (1.0 - log_candidates / (candidates - 1.0))
        growth = min(max(rate / design.prior_rate[k], 1.0), most_growth)
        mean = min(max(mean, 0.8 * prior), design.most_excess * prior * growth)
        for levels, log_ratio in ((confirm, log_confirmations), (candidate, log_candidates)):
            levels.append(design.knee[k] + mean * _tail_level(shape, log_ratio) * (1.0 + 0.5 * bend * log_ratio))
    return confirm, candidate


def reached_by_noise(design: KernelDesign, tail: Tail) -> list[float]:
    """Return power over the floor that noise reaches as often as confirmations are aimed at, in either window.

    What crossed the candidates' threshold was a burst and not counted: mean and scatter of the excesses are compared
    with those of a Gaussian tail that is cut off there too. With few channels that is one excess of twenty, and a heavy
    tail looks as short as a Gaussian one to who forgets it.

    Parameters
    ----------
    design, tail
        As for `extrapolate_tail`.
    """
    levels = []
    for k, (rate, excess, square) in enumerate(tail):
        shape = design.tail_shape[k]
        confirmations, candidates = _ratios(design, rate)
        depth = np.linspace(0.0, math.log(candidates), N_STEPS)
        over, weight = np.interp(depth, np.arange(TAIL_LEVELS), shape), np.exp(-depth)
        first, second = (float(np.sum(weight * over**power) / np.sum(weight)) for power in (1, 2))
        mean = excess / rate
        bend = min(max(square / (rate * mean * mean) * first**2 / second - 1.0, 0.0), design.most_bend)
        mean = max(mean / first, 0.8 * design.prior_excess[k])
        log_ratio = math.log(confirmations)
        levels.append(design.knee[k] + mean * _tail_level(shape.tolist(), log_ratio) * (1.0 + 0.5 * bend * log_ratio))
    return levels


def _ratios(design: KernelDesign, rate: float) -> tuple[float, float]:
    """Return how many times more rarely than the knee the thresholds of confirmations and of candidates are crossed."""
    confirmations = max(rate * design.crossings_per_budget, LEAST_RATIO)
    return confirmations, max(confirmations / design.candidate_factor, LEAST_CANDIDATES)


def _tail_level(shape: list[float], log_ratio: float) -> float:
    at = min(int(log_ratio), len(shape) - 2)
    return shape[at] + (log_ratio - at) * (shape[at + 1] - shape[at])
