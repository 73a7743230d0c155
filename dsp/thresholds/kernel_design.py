"""Every number that the kernel runs by, worked out for one rate, band, number of channels and budget.

Lengths are in seconds here and in hops there. Where a constant names no source, it is an assumption, kept because
scenes (`bench.detection`) and hours of rest (`bench.budget`) came out well with it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.bands import design_band_pass
from dsp.thresholds.budget import (
    BUDGET_SHARES,
    CANDIDATES_PER_CROSSING,
    LEAST_CANDIDATES_PER_MIN,
    PRIOR_RATE,
    crossings_per_budget,
    gamma_quantile,
    gaussian_tail,
    shares_alone,
    stretch_alone,
)

HUGE_UV = 1e9
"""Nothing that an amplifier gives; its square still leaves room for arithmetic."""

HOP_S, RING_S = 0.004, 8.2
"""Length of a hop, and of the signal that is kept: 7 s for the search of echoes and a second for what waits."""

SHORT_HOPS, LONG_HOPS, SLOT_HOPS = 3, 10, 6
"""Hops of the short and the long window of energy, and of one entry of the floor's window."""

FLOOR_SLOTS, FLOOR_QUANTILE, FLOOR_SIGMAS = 64, 0.4, -0.2533
"""Entries of the floor's window (1.5 s), the quantile of them that is the floor, and where that lies in a normal
distribution."""

LEAST_DEGREES = 1.5
"""Of freedom of a mean power: so few are those of a few samples."""

NOISE_BANDWIDTH = 1.02
"""Noise bandwidth of the band-pass over its width (that of an analogue 4th-order Butterworth low-pass is 1.026)."""

GLITCH_RATIO, ROUGHNESS_S = 8.0, 0.5
"""A single sample so many times as far from its neighbours as samples usually are is a glitch; what is usual is
followed with this time constant."""

GLITCH_COUNTS = 4.0
"""It is further from them than so many counts of the converter, too."""

APART_SHARE = 0.06
"""Its neighbours, and the one before them, differ by less than this share of how far off it is and twice what is usual.
Peaks of a burst at 250 samples a second stand alone as well, but in something that goes up and down."""

KNEE_SIGMAS = 1.7
"""Of Gaussian noise's mean power: above it lies the tail."""

FREE_BEND, MOST_BEND = 0.0, 0.15
"""Excesses over the knee that scatter so much more than in Gaussian noise bend the tail, and at most so much."""

MOST_EXCESS = 1.25
"""Mean excess over the knee, against that of Gaussian noise, for each time as many excesses as Gaussian noise has:
coloured, Laplace and mixed noise stay below this."""

CEILING = (22.0, 11.0)
"""Mean power over the floor in the short and the long window above which nothing is taken for noise, whatever its
tail: beats of a heart below the threshold would lift it at 250 samples a second until only twitches of ten times the
baseline are left."""

PRIOR_S, MEMORY_MIN = 10.0, 3.0
"""Gaussian noise counts like so much of the stream's own, and what is older than this fades out of the tail."""

PEAK_POWER_SHARE = 0.036
"""A burst ends at 12 % of its own peak amplitude: a tail of that amplitude against the peak of a 12 ms mean power."""

TAIL_S = 0.14
"""What stays below `PEAK_POWER_SHARE` of a burst so soon after it is the burst's own rest and no new one."""

HANG_S = 0.032
"""A burst has ended when it was quiet for so long: less than the verdict's 50 ms."""

GUARD_S = 0.12
"""What follows unusable samples is not looked at for so long: the filters settle."""

THAW_S = 0.4
"""The floor is frozen in a burst, but no longer than this: guarding is to become the floor."""

READY_S = 2.0
"""A channel is judged when it was usable for so long."""

FLAT_S, FORGET_S = 0.2, 1.0
"""A signal that does not change for so long is unusable, and after so long of it floor and tail begin anew."""

REST_S = 10.0
"""The resting baseline is learnt from so much rest (the detector's contract)."""

MOST_REST = 4.0
"""Times the power of the local floor: a resting baseline above, which no later rest was like, was learnt from a muscle
that was tense all the time."""

MAINS_S, MAINS_CLIP = 0.25, 2.5
"""The mains follower's time constant, and the most that it learns from one sample, in RMS of the floor."""

RELEARN_CYCLES, RELEARN_SHARE, RELEARN_S = 10.0, 0.85, 0.065
"""Where the mains explains this share of a burst over so many of its cycles, so long after the burst began (the filter
rings), it is learnt anew from these: the clip would take seconds to let a touch's larger one in."""

MOST_ROUGH = 2.0
"""Where samples are usually as far from the middle of their neighbours as so many RMS of the floor, a lost one cannot
be put there: mains would leave a burst of the difference (decision record 14). White noise has 1.4 at 1000 samples a
second and 1.9 at 250."""


@dataclass(frozen=True, slots=True, eq=False)
class KernelDesign:
    """Every number that `dsp.compiled._kernel.Kernel` needs. Pairs are for the short and the long window of energy.

    Attributes
    ----------
    n_channels : int
    hop_samples : int
        Samples of one hop; all names that end in `_hops` count these.
    ring_hops : int
        Signal that is kept.
    gain : float
        Of the band-pass.
    sections : ndarray of float64, shape (4, 2)
        Of the band-pass, as `dsp.bands.BandPass` has them.
    full_scale_uv : ndarray of float64, shape (n_channels,)
        A sample of this size or more is railed.
    enabled : ndarray of bool, shape (n_channels,)
        Channels on which bursts are looked for.
    glitch_ratio, glitch_counts, apart_share, bridge_share : float
        As the constants of these names.
    roughness_step : float
        Share by which the usual roughness follows each sample, 0 to 1.
    knee : tuple of float
        Power over the floor above which the tail is counted.
    prior_rate, prior_excess, prior_square : tuple of float
        In Gaussian noise: share of blocks above the knee, mean excess over it (power over the floor), and mean square
        of that over the square of its mean.
    tail_shape : ndarray of float64, shape (2, TAIL_LEVELS)
        In mean excesses over the knee: what is exceeded exp(-column) times as often as the knee.
    alone_stretch : ndarray of float64, shape (2, 2)
        The judge's, for light and for heavy noise (rows): how much further above the knee than the confirmation
        threshold that energy lies which noise reaches `dsp.thresholds.budget.ALONE_PER_BUDGET` times as often as the
        budget allows.
    prior_blocks, memory_blocks : float
        Blocks of a long window each: as many as Gaussian noise counts for, and as many as the tail's memory has.
    crossings_per_budget : float
        Chances, of all blocks, channels and windows, for each crossing of the confirmation threshold.
    free_bend, most_bend, most_excess, most_rest : float
        As the constants of these names.
    ceiling : tuple of float
        As `CEILING`.
    candidate_factor : float
        Candidates for each crossing of the confirmation threshold.
    floor_gain : float
        Mean power over the floor's quantile in Gaussian noise.
    peak_share : float
        Share of a burst's own peak power at which it ends.
    mains_step : float
        Share of one sample that the mains follower learns.
    mains_clip, relearn_cycles, relearn_share : float
        As the constants of these names.
    floor_rank : int
        Rank of the floor among the entries of a full window.
    hang_hops, tail_hops, guard_hops, thaw_hops, ready_hops, flat_hops, forget_hops, rest_hops, relearn_hops : int
        As the constants of these names, in hops.
    """

    n_channels: int
    hop_samples: int
    ring_hops: int
    gain: float
    sections: NDArray[np.float64]
    full_scale_uv: NDArray[np.float64]
    enabled: NDArray[np.bool_]
    glitch_ratio: float
    glitch_counts: float
    apart_share: float
    bridge_share: float
    roughness_step: float
    knee: tuple[float, float]
    prior_rate: tuple[float, float]
    prior_excess: tuple[float, float]
    prior_square: tuple[float, float]
    tail_shape: NDArray[np.float64]
    alone_stretch: NDArray[np.float64]
    prior_blocks: float
    memory_blocks: float
    crossings_per_budget: float
    free_bend: float
    most_bend: float
    most_excess: float
    most_rest: float
    ceiling: tuple[float, float]
    candidate_factor: float
    floor_gain: float
    peak_share: float
    mains_step: float
    mains_clip: float
    relearn_cycles: float
    relearn_share: float
    floor_rank: int
    hang_hops: int
    tail_hops: int
    guard_hops: int
    thaw_hops: int
    ready_hops: int
    flat_hops: int
    forget_hops: int
    rest_hops: int
    relearn_hops: int


@dataclass(frozen=True, slots=True, eq=False)
class _TailPrior:
    """The tail of Gaussian noise in both windows, as `KernelDesign` has it."""

    knee: tuple[float, float]
    excess: tuple[float, float]
    square: tuple[float, float]
    shape: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Rates:
    """What the budget asks for: chances for each crossing, candidates for each, chances for each burst alone."""

    crossings_per_budget: float
    candidate_factor: float
    alone: list[float]


def design_kernel(
    sampling_rate_hz: float,
    band_hz: tuple[float, float],
    n_channels: int,
    enabled: NDArray[np.bool_],
    full_scale_uv: NDArray[np.float64],
    false_alarms_per_min: float,
) -> KernelDesign:
    """Work out the kernel's numbers.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the kernel's signal.
    band_hz : tuple of float
        Detection band.
    n_channels : int
        Of the signal.
    enabled : ndarray of bool, shape (n_channels,)
        Channels on which bursts are looked for.
    full_scale_uv : ndarray of float64, shape (n_channels,)
        A sample of this size or more is railed; may be infinite.
    false_alarms_per_min : float
        The budget.
    """
    hop_samples = max(1, round(HOP_S * sampling_rate_hz))
    hop_s = hop_samples / sampling_rate_hz
    band_pass = design_band_pass(sampling_rate_hz, band_hz)
    prior = _tail_prior(_degrees(band_hz, SHORT_HOPS, hop_s), _degrees(band_hz, LONG_HOPS, hop_s))
    blocks_per_min = 60.0 / (LONG_HOPS * hop_s)
    rates = _rates(sampling_rate_hz, max(1, int(np.count_nonzero(enabled))), false_alarms_per_min, blocks_per_min)

    def hops(seconds: float) -> int:
        return max(1, round(seconds / hop_s))

    return KernelDesign(
        n_channels=n_channels, hop_samples=hop_samples, ring_hops=math.ceil(RING_S / hop_s),
        gain=band_pass.gain, sections=band_pass.sections, full_scale_uv=np.minimum(full_scale_uv, HUGE_UV),
        enabled=enabled, glitch_ratio=GLITCH_RATIO, glitch_counts=GLITCH_COUNTS,
        apart_share=APART_SHARE, bridge_share=MOST_ROUGH / MAINS_CLIP,
        roughness_step=1.0 / (ROUGHNESS_S * sampling_rate_hz),
        knee=prior.knee, prior_rate=PRIOR_RATE, prior_excess=prior.excess, prior_square=prior.square,
        tail_shape=prior.shape, alone_stretch=stretch_alone(prior.shape, rates.crossings_per_budget, rates.alone),
        prior_blocks=PRIOR_S * blocks_per_min / 60.0, memory_blocks=MEMORY_MIN * blocks_per_min,
        crossings_per_budget=rates.crossings_per_budget, free_bend=FREE_BEND, most_bend=MOST_BEND,
        most_excess=MOST_EXCESS, most_rest=MOST_REST, ceiling=CEILING, candidate_factor=rates.candidate_factor,
        floor_gain=1.0 / gamma_quantile(FLOOR_SIGMAS, _degrees(band_hz, SLOT_HOPS, hop_s)),
        peak_share=PEAK_POWER_SHARE, mains_step=2.0 / (MAINS_S * sampling_rate_hz), mains_clip=MAINS_CLIP,
        relearn_cycles=RELEARN_CYCLES, relearn_share=RELEARN_SHARE, relearn_hops=hops(RELEARN_S),
        floor_rank=int(FLOOR_QUANTILE * FLOOR_SLOTS), hang_hops=max(1, math.floor(HANG_S / hop_s + 1e-6)),
        tail_hops=hops(TAIL_S), guard_hops=hops(GUARD_S), thaw_hops=hops(THAW_S), ready_hops=hops(READY_S),
        flat_hops=hops(FLAT_S), forget_hops=hops(FORGET_S), rest_hops=hops(REST_S),
    )  # fmt: skip


def level_factor(sampling_rate_hz: float, band_hz: tuple[float, float], hop_samples: int) -> float:
    """Return by what the RMS of the floor is to be multiplied where it is told as the level of noise.

    Few samples make up an entry of the floor at a low rate, and have more degrees of freedom than the width of the band
    leaves them in so short a time: the floor is 3 % too high at 250 samples a second. Thresholds, which were measured
    with that floor, keep it.
    """
    n = SLOT_HOPS * hop_samples
    alike = design_band_pass(sampling_rate_hz, band_hz).likeness(n)[1:]
    degrees = n / (1.0 + 2.0 * float(np.sum((1.0 - np.arange(1, n) / n) * alike**2)))
    taken = gamma_quantile(FLOOR_SIGMAS, _degrees(band_hz, SLOT_HOPS, hop_samples / sampling_rate_hz))
    return math.sqrt(taken / gamma_quantile(FLOOR_SIGMAS, degrees))


def _degrees(band_hz: tuple[float, float], n_hops: int, hop_s: float) -> float:
    """Return the degrees of freedom of the mean power of Gaussian noise in the band over so many hops."""
    return max(LEAST_DEGREES, 2.0 * (NOISE_BANDWIDTH * (band_hz[1] - band_hz[0])) * n_hops * hop_s)


def _tail_prior(*degrees: float) -> _TailPrior:
    """Return the tail of Gaussian noise whose mean powers have so many degrees of freedom."""
    knee = [gamma_quantile(KNEE_SIGMAS, k) for k in degrees]
    short, long = (gaussian_tail(k, u) for k, u in zip(degrees, knee, strict=True))
    return _TailPrior((knee[0], knee[1]), (short[0], long[0]), (short[1], long[1]), np.array([short[2], long[2]]))


def _rates(sampling_rate_hz: float, n_watched: int, false_alarms_per_min: float, blocks_per_min: float) -> _Rates:
    crossings_per_min = false_alarms_per_min * crossings_per_budget(sampling_rate_hz)
    candidates_per_min = max(CANDIDATES_PER_CROSSING * crossings_per_min, LEAST_CANDIDATES_PER_MIN)
    chances = blocks_per_min * n_watched * BUDGET_SHARES
    shares = shares_alone(sampling_rate_hz, n_watched, false_alarms_per_min)
    return _Rates(
        crossings_per_budget=chances / crossings_per_min,
        candidate_factor=candidates_per_min / crossings_per_min,
        alone=[chances / (false_alarms_per_min * share) for share in shares],
    )
