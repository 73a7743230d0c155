"""Parameters of the kernel for a given sampling rate, band, number of channels and false-alarm budget.

Durations are in seconds here and in hops in the kernel. A constant without a source is an assumption, kept because it
gave good results in scenes (`bench.detection`) and hours of rest (`bench.budget`).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.bands import design_band_pass
from dsp.thresholds.budget import (
    BUDGET_SHARES,
    CANDIDATES_PER_BUDGET,
    LEAST_CANDIDATE_RATIO,
    LEAST_CANDIDATES_PER_MIN,
    LEAST_RATIO,
    PRIOR_RATE,
    crossings_per_min,
    gamma_quantile,
    gaussian_tail,
    shares_alone,
    stretch_alone,
)

HUGE_UV = 1e9
"""Larger than the output of any amplifier; its square still leaves room for arithmetic."""

LEAST_POWER = 1e-9
"""Lower limit of the floor, in µV²: a signal without noise still leaves something to divide by."""

HOP_S, RING_S = 0.004, 8.2
"""Length of a hop, and of the signal that is kept: 7 s for the search for echoes and a second for pending bursts."""

SHORT_HOPS, LONG_HOPS, SLOT_HOPS = 3, 10, 6
"""Hops of the short and the long energy window, and of one entry of the floor's window."""

FLOOR_SLOTS, FLOOR_QUANTILE, FLOOR_SIGMAS = 64, 0.4, -0.2533
"""Entries of the floor's window (1.5 s), the quantile of them that is the floor, and its position in a normal
distribution in standard deviations."""

SEGMENT_HOPS = 16
"""Hops of a segment: the trackers' state is passed to the chain at its start."""

COUNT_SEGMENTS, COUNT_EVERY, COUNT_SEEN = 160, 16, 8
"""Number of first segments (10 s) in all of which the smallest step of the signal is searched for; later it is searched
for in one segment of `COUNT_EVERY`. A smallest step seen `COUNT_SEEN` times is one count of the converter: that of a
fine signal occurs once."""

THRESHOLD_BLOCKS = 8
"""Counted blocks between updates of the thresholds."""

LEAST_DEGREES = 1.5
"""Lower limit of the degrees of freedom of a mean power, reached with few samples."""

NOISE_BANDWIDTH = 1.02
"""Noise bandwidth of the band-pass over its width (1.026 for an analogue 4th-order Butterworth low-pass)."""

GLITCH_RATIO, ROUGHNESS_S = 8.0, 0.5
"""A single sample this many times as far from its neighbours as usual is a glitch. The usual distance is tracked with
this time constant."""

GLITCH_COUNTS = 4.0
"""This many counts of the converter are added to that limit."""

APART_SHARE = 0.06
"""The neighbours of a glitch, and the sample before them, differ by less than this share of its distance plus twice the
usual distance. Peaks of a burst at 250 samples/s are single samples, too, but the signal around them oscillates."""

KNEE_SIGMAS = 1.7
"""Knee, above which the tail lies, in standard deviations of the mean power of Gaussian noise (`gamma_quantile`)."""

FREE_BEND, MOST_BEND = 0.0, 0.15
"""Scatter of the excesses over the knee beyond that of Gaussian noise from which the tail is bent, and largest bend."""

LEAST_EXCESS, MOST_EXCESS = 0.8, 1.25
"""Limits of the mean excess over the knee relative to Gaussian noise, the upper one times the relative rate of excesses
if above 1. Coloured, Laplace and mixed noise stay below it."""

CEILING = (22.0, 11.0)
"""Upper limits of the thresholds, as mean power over the floor in the short and the long window: nothing above is taken
for noise, whatever the tail. At 250 samples/s heartbeats below the threshold would otherwise raise it until only
twitches of ten times the baseline were detected."""

PRIOR_S, MEMORY_MIN = 10.0, 3.0
"""The prior of Gaussian noise counts as much as this duration of the stream's own noise; older noise than the memory
fades out of the tail."""

PEAK_POWER_SHARE = 0.036
"""Share of the peak of the 12 ms mean power at which a burst ends. It corresponds to 12 % of the peak amplitude."""

TAIL_S = 0.14
"""Activity below `PEAK_POWER_SHARE` of a burst within this time after it is its remainder and not a new burst."""

HANG_S = 0.032
"""A burst has ended after this duration of quiet, which is less than the 50 ms allowed for the verdict."""

GUARD_S = 0.12
"""Time after unusable samples that is ignored while the filters settle."""

THAW_S = 0.4
"""Longest time for which the floor is frozen in a burst, so that guarding becomes the floor."""

READY_S = 2.0
"""Bursts are detected on a channel once it has been usable for this long."""

FLAT_S, FORGET_S = 0.2, 1.0
"""A signal that does not change for the first time is unusable; after the second time unusable, floor and tail are
reset."""

REST_S = 10.0
"""Duration of rest from which the resting baseline is learnt (contract of the detector)."""

MOST_REST = 4.0
"""Limit of the resting baseline over the local floor, in power, until a later rest has confirmed it: a higher one was
learnt from a muscle that was tense all the time."""

MAINS_S, LEAST_MAINS_S = 0.25, 0.02
"""Time constant of the mains follower for steady mains, and the least, for mains that changes as fast as a hand moves
at the needle. A follower of 0.25 s would leave nine tenths of what a hand changes 1.4 times a second."""

STEP_GROWTH, STEADY_CHANGE = 0.2, 0.3
"""Growth of the follower's step in a segment, for each unit by which the likeness of two successive changes of the
fundamental exceeds `STEADY_CHANGE`. The follower undoes what noise has taught it, so changes by noise have opposite
directions (a likeness of -0.1 with a time constant of 0.25 s, -0.4 with 0.05 s); what lags behind the mains goes on in
one direction. The step comes to rest where both balance."""

MAINS_CLIP = 2.5
"""Limit of a sample in the follower's learning, in RMS of the floor."""

STEER_S, MAINS_DOUBT = 0.5, 16.0
"""Time constant in which the frequency of the mains follows the phase of its fundamental: twice `MAINS_S`, for which
the loop of both has a damping of 0.7 and 1.5 times the noise bandwidth of the follower alone. `MAINS_DOUBT` powers of
the floor are added to that of the mains, so that mains with an amplitude of 4 RMS of the floor steers half as fast, and
weaker mains more slowly: it leaves less if its frequency is off, and its phase is less certain."""

MAINS_OFF_HZ = 2.0
"""Limit of the frequency of the mains from 50 or 60 Hz; a generator or a weak grid may be off by more than a tenth of
it. Below 2.08 Hz no followed harmonic passes half the sampling rate, as they end at 0.48 of it."""

RELEARN_CYCLES, RELEARN_SHARE, RELEARN_S = 10.0, 0.85, 0.065
"""If the mains explains this share of a burst over this many cycles, this long or longer after the burst began (the
filter rings), it is relearnt from them. With the clip alone, a touch's larger mains would take seconds."""

MOST_ROUGH = 2.0
"""A lost sample is replaced by the mean of its neighbours only if samples usually differ from that mean by at most this
many RMS of the floor. With stronger mains the difference would leave a burst (decision record 14). White noise has 1.4
at 1000 samples/s and 1.9 at 250."""


@dataclass(frozen=True, slots=True, eq=False)
class KernelDesign:
    """Parameters of `dsp.compiled._kernel.Kernel`. Pairs are for the short and the long energy window.

    Attributes
    ----------
    n_channels : int
        Number of channels.
    hop_samples : int
        Samples per hop, the unit of all names that end in `_hops`.
    ring_hops : int
        Length of the signal that is kept.
    segment_hops, count_segments, count_every, count_seen, threshold_blocks : int
        As the constants of these names.
    gain : float
        Gain of the band-pass.
    sections : ndarray of float64, shape (4, 2)
        Sections of the band-pass, as in `dsp.bands.BandPass`.
    full_scale_uv : ndarray of float64, shape (n_channels,)
        A sample of this size or more is railed.
    enabled : ndarray of bool, shape (n_channels,)
        Channels on which bursts are detected.
    glitch_ratio, glitch_counts, apart_share : float
        As the constants of these names.
    bridge_share : float
        `MOST_ROUGH` over `MAINS_CLIP`.
    roughness_step : float
        Share by which the usual distance of samples from their neighbours follows each sample, 0 to 1.
    knee : tuple of float
        Power over the floor above which the tail is counted.
    prior_rate, prior_excess, prior_square : tuple of float
        In Gaussian noise: share of blocks above the knee, mean excess over it (in power over the floor), and mean
        square of that over the square of its mean.
    tail_shape : ndarray of float64, shape (2, TAIL_LEVELS)
        Excess that is reached exp(-column) times as often as the knee, in mean excesses.
    alone_stretch : ndarray of float64, shape (2, 2)
        For `dsp.verdict.alone.AloneRule`, in light and in heavy noise (rows): excess that noise reaches
        `dsp.thresholds.budget.ALONE_PER_BUDGET` times as often as the budget allows, over that at the confirmation
        threshold.
    prior_blocks, memory_blocks : float
        Weight of the Gaussian prior and memory of the tail, in blocks of a long window each.
    crossings_per_budget : float
        Number of blocks, over all channels and windows, per crossing of the confirmation threshold.
    least_ratio, least_candidate_ratio : float
        As the constants of these names in `dsp.thresholds.budget`.
    free_bend, most_bend, least_excess, most_excess, most_rest, least_power : float
        As the constants of these names.
    ceiling : tuple of float
        As `CEILING`.
    candidate_factor : float
        Candidates per crossing of the confirmation threshold.
    floor_gain : float
        Mean power over the floor's quantile in Gaussian noise.
    peak_share : float
        Share of a burst's own peak power at which it ends.
    least_step, most_step : float
        Limits of the share of a sample that the mains follower learns.
    step_growth, steady_change : float
        Growth of that share in a segment for each unit by which the likeness of two successive changes of the mains, -1
        to 1, exceeds `steady_change`.
    mains_pull : float
        Change of the mains' frequency in radians per sample for each radian that the fundamental has turned.
    mains_off : float
        `MAINS_OFF_HZ` in radians per sample.
    mains_doubt : float
        As `MAINS_DOUBT`.
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
    segment_hops: int
    count_segments: int
    count_every: int
    count_seen: int
    threshold_blocks: int
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
    least_ratio: float
    least_candidate_ratio: float
    free_bend: float
    most_bend: float
    least_excess: float
    most_excess: float
    most_rest: float
    least_power: float
    ceiling: tuple[float, float]
    candidate_factor: float
    floor_gain: float
    peak_share: float
    least_step: float
    most_step: float
    step_growth: float
    steady_change: float
    mains_pull: float
    mains_off: float
    mains_doubt: float
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
    """Tail of Gaussian noise in both windows, as in `KernelDesign`."""

    knee: tuple[float, float]
    excess: tuple[float, float]
    square: tuple[float, float]
    shape: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Rates:
    """Rates allowed by the budget: blocks per crossing, candidates per crossing, blocks per confirmation by energy."""

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
    """Compute the parameters of the kernel.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the kernel's signal.
    band_hz : tuple of float
        Detection band.
    n_channels : int
        Number of channels of the signal.
    enabled : ndarray of bool, shape (n_channels,)
        Channels on which bursts are detected.
    full_scale_uv : ndarray of float64, shape (n_channels,)
        A sample of this size or more is railed; may be infinite.
    false_alarms_per_min : float
        False-alarm budget.
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
        segment_hops=SEGMENT_HOPS, count_segments=COUNT_SEGMENTS, count_every=COUNT_EVERY, count_seen=COUNT_SEEN,
        threshold_blocks=THRESHOLD_BLOCKS, gain=band_pass.gain, sections=band_pass.sections,
        full_scale_uv=np.minimum(full_scale_uv, HUGE_UV),
        enabled=enabled, glitch_ratio=GLITCH_RATIO, glitch_counts=GLITCH_COUNTS,
        apart_share=APART_SHARE, bridge_share=MOST_ROUGH / MAINS_CLIP,
        roughness_step=1.0 / (ROUGHNESS_S * sampling_rate_hz),
        knee=prior.knee, prior_rate=PRIOR_RATE, prior_excess=prior.excess, prior_square=prior.square,
        tail_shape=prior.shape, alone_stretch=stretch_alone(prior.shape, rates.crossings_per_budget, rates.alone),
        prior_blocks=PRIOR_S * blocks_per_min / 60.0, memory_blocks=MEMORY_MIN * blocks_per_min,
        crossings_per_budget=rates.crossings_per_budget, least_ratio=LEAST_RATIO,
        least_candidate_ratio=LEAST_CANDIDATE_RATIO, free_bend=FREE_BEND, most_bend=MOST_BEND,
        least_excess=LEAST_EXCESS, most_excess=MOST_EXCESS, most_rest=MOST_REST, least_power=LEAST_POWER,
        ceiling=CEILING, candidate_factor=rates.candidate_factor,
        floor_gain=1.0 / gamma_quantile(FLOOR_SIGMAS, _degrees(band_hz, SLOT_HOPS, hop_s)),
        peak_share=PEAK_POWER_SHARE, least_step=2.0 / (MAINS_S * sampling_rate_hz),
        most_step=2.0 / (LEAST_MAINS_S * sampling_rate_hz), step_growth=STEP_GROWTH, steady_change=STEADY_CHANGE,
        mains_pull=1.0 / (STEER_S * sampling_rate_hz), mains_off=2.0 * math.pi * MAINS_OFF_HZ / sampling_rate_hz,
        mains_doubt=MAINS_DOUBT, mains_clip=MAINS_CLIP,
        relearn_cycles=RELEARN_CYCLES, relearn_share=RELEARN_SHARE, relearn_hops=hops(RELEARN_S),
        floor_rank=int(FLOOR_QUANTILE * FLOOR_SLOTS), hang_hops=max(1, math.floor(HANG_S / hop_s + 1e-6)),
        tail_hops=hops(TAIL_S), guard_hops=hops(GUARD_S), thaw_hops=hops(THAW_S), ready_hops=hops(READY_S),
        flat_hops=hops(FLAT_S), forget_hops=hops(FORGET_S), rest_hops=hops(REST_S),
    )  # fmt: skip


def level_factor(sampling_rate_hz: float, band_hz: tuple[float, float], hop_samples: int) -> float:
    """Return the factor from the RMS of the floor to the reported noise level.

    At a low rate an entry of the floor consists of few samples, which have more degrees of freedom than the bandwidth
    and the duration suggest. The floor is therefore 3 % too high at 250 samples/s. The thresholds were measured with
    that floor and keep it.
    """
    n = SLOT_HOPS * hop_samples
    alike = design_band_pass(sampling_rate_hz, band_hz).likeness(n)[1:]
    degrees = n / (1.0 + 2.0 * float(np.sum((1.0 - np.arange(1, n) / n) * alike**2)))
    taken = gamma_quantile(FLOOR_SIGMAS, _degrees(band_hz, SLOT_HOPS, hop_samples / sampling_rate_hz))
    return math.sqrt(taken / gamma_quantile(FLOOR_SIGMAS, degrees))


def _degrees(band_hz: tuple[float, float], n_hops: int, hop_s: float) -> float:
    """Return the degrees of freedom of the mean power of Gaussian noise in the band over `n_hops` hops."""
    return max(LEAST_DEGREES, 2.0 * (NOISE_BANDWIDTH * (band_hz[1] - band_hz[0])) * n_hops * hop_s)


def _tail_prior(*degrees: float) -> _TailPrior:
    """Return the tail of Gaussian noise with these degrees of freedom of the mean power in the two windows."""
    knee = [gamma_quantile(KNEE_SIGMAS, k) for k in degrees]
    short, long = (gaussian_tail(k, u) for k, u in zip(degrees, knee, strict=True))
    return _TailPrior((knee[0], knee[1]), (short[0], long[0]), (short[1], long[1]), np.array([short[2], long[2]]))


def _rates(sampling_rate_hz: float, n_watched: int, false_alarms_per_min: float, blocks_per_min: float) -> _Rates:
    crossings = crossings_per_min(sampling_rate_hz, false_alarms_per_min)
    candidates = max(CANDIDATES_PER_BUDGET * false_alarms_per_min, LEAST_CANDIDATES_PER_MIN)
    chances = blocks_per_min * n_watched * BUDGET_SHARES
    shares = shares_alone(sampling_rate_hz, n_watched, false_alarms_per_min)
    return _Rates(
        crossings_per_budget=chances / crossings,
        candidate_factor=candidates / crossings,
        alone=[chances / (false_alarms_per_min * share) for share in shares],
    )
