"""Extrapolation of one channel's noise from its tail above the knee.

`extrapolate_tail` is the slow twin of `set_thresholds` in `dsp/compiled/_tail.pxd`, except for the ceiling.
`reached_by_noise` serves the confirmation by energy alone (`dsp.verdict.alone`). It may take longer, as it runs once
per burst, and need not guard against heartbeats.
"""

import math
from collections.abc import Sequence

import numpy as np

from dsp.thresholds.budget import TAIL_LEVELS
from dsp.thresholds.kernel_design import KernelDesign

Tail = Sequence[tuple[float, float, float]]
"""For the short and the long window: share of blocks above the knee, and mean and mean square of the excess over it,
both over all blocks."""

N_STEPS = 60
"""Number of steps of the integral over a truncated tail."""


def extrapolate_tail(
    design: KernelDesign, tail: Tail, most_growth: float = math.inf
) -> tuple[list[float], list[float]]:
    """Return the powers over the floor that noise reaches at the allowed rates of confirmations and of candidates.

    Parameters
    ----------
    design : KernelDesign
        Parameters of the kernel.
    tail : sequence of (float, float, float)
        See `Tail`.
    most_growth : float
        Limit of the factor by which the mean excess may grow with the share of blocks above the knee.

    Returns
    -------
    confirm, candidate : list of float
        Thresholds for the short and the long window, without a ceiling.
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
        mean = min(max(mean, design.least_excess * prior), design.most_excess * prior * growth)
        for levels, log_ratio in ((confirm, log_confirmations), (candidate, log_candidates)):
            levels.append(design.knee[k] + mean * _tail_level(shape, log_ratio) * (1.0 + 0.5 * bend * log_ratio))
    return confirm, candidate


def reached_by_noise(design: KernelDesign, tail: Tail) -> list[float]:
    """Return the power over the floor that noise reaches at the intended rate of confirmations, in either window.

    What crossed the candidate threshold was a burst and not counted. Mean and scatter of the excesses are therefore
    compared with those of a Gaussian tail truncated there. With few channels one excess in twenty is missing, and a
    heavy tail would otherwise look as short as a Gaussian one.

    Parameters
    ----------
    design, tail
        As for `extrapolate_tail`.

    Returns
    -------
    list of float
        Powers in the short and the long window.
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
        mean = max(mean / first, design.least_excess * design.prior_excess[k])
        log_ratio = math.log(confirmations)
        levels.append(design.knee[k] + mean * _tail_level(shape.tolist(), log_ratio) * (1.0 + 0.5 * bend * log_ratio))
    return levels


def _ratios(design: KernelDesign, rate: float) -> tuple[float, float]:
    """Return how many times less often than the knee the confirmation and the candidate threshold are crossed."""
    confirmations = max(rate * design.crossings_per_budget, design.least_ratio)
    return confirmations, max(confirmations / design.candidate_factor, design.least_candidate_ratio)


def _tail_level(shape: list[float], log_ratio: float) -> float:
    at = min(int(log_ratio), len(shape) - 2)
    return shape[at] + (log_ratio - at) * (shape[at + 1] - shape[at])
