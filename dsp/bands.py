"""Everything that follows from the sampling rate: the band, the hop, and what Gaussian noise does in that band."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOW_EDGE_HZ = 30.0
"""A 4th-order high-pass here is the best simple remedy against the heart (Drake & Callaghan 2006)."""

HIGH_EDGE_HZ = 450.0
"""Surface EMG has next to nothing above (SENIAM: 500 Hz)."""

ORDER = 4
"""Of the Butterworth low-pass from which the band-pass is made."""

HIGH_EDGE_PER_RATE = 0.4
"""Highest edge as a share of the sampling rate."""

TOP_RATE_HZ = 4000.0
"""Faster signals are decimated to at most this."""

FULL_VERDICT_RATE_HZ = 250.0
"""Below, too little of the EMG is left to confirm a twitch."""

HUGE_UV = 1e9
"""Nothing that an amplifier gives; its square still leaves room for arithmetic."""

HOP_S = 0.004
SHORT_HOPS = 3
LONG_HOPS = 10
SLOT_HOPS = 6
FLOOR_SLOTS = 64
TAIL_LEVELS = 24
RING_S = 8.2
PEAK_POWER_SHARE = 0.036
"""A burst ends at 12 % of its own peak amplitude: a tail of that amplitude against the peak of a 12 ms mean power."""
TAIL_S = 0.14
"""What stays below `PEAK_POWER_SHARE` of a burst so soon after it is the burst's own rest and no new one."""
KNEE_SIGMAS = 1.7
FREE_BEND, MOST_BEND = 0.0, 0.15
"""Excesses over the knee that scatter so much more than in Gaussian noise bend the tail, and at most so much."""
MOST_EXCESS = 1.25
"""Mean excess over the knee, against that of Gaussian noise, for each time as many excesses as Gaussian noise has:
coloured, Laplace and mixed noise stay below this."""
CEILING = (22.0, 11.0)
"""Mean power over the floor in the short and the long window above which nothing is taken for noise, whatever its
tail: beats of a heart below the threshold would lift it at 250 samples a second until only twitches of ten times the
baseline are left."""
LEAST_RATIO = 60.0
"""The tracker's confirmation threshold is crossed at least so many times more rarely than the knee."""

FLOOR_QUANTILE = 0.4
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
on one channel, out of rest, and no larger than noise makes them (`dsp.rules`). More than 1, because only a part of the
crossings is as brief and as lonely. `python -m bench.budget` measures what comes of it, and with ``--calibrate`` says
what would bring the kinds of noise to either side of half the budget. It holds for `MIDDLE_BUDGET_PER_MIN` on
`FEW_CHANNELS` or more, in noise of any kind.
"""

MIDDLE_BUDGET_PER_MIN, SHARE_GROWTH, SHARE_GROWTH_LIGHT = 0.5, 0.18, -0.12
"""The share grows with the budget to this power; below the middle budget to the second one in noise as light as
Gaussian noise (`dsp.alone.weigh`). The smaller the budget, the further a tail is extrapolated: a light one then ends
below what its mean excess lets expect, and one as heavy as Laplace noise above. Fitted with `bench.budget`, seeds 11
and 12."""

FEW_CHANNELS, SHARE_OF_FEW = 8, 0.12
"""With fewer channels than this the share falls with their number to this power: there is less company to speak against
a burst, so that more of the crossings count as lonely. Fitted likewise."""


@dataclass(frozen=True, slots=True, eq=False)
class KernelDesign:
    """Every number that `dsp._kernel.Kernel` needs; powers are µV², windows are counted in hops.

    `alone_stretch` is the judge's, shape (2, 2): how much further above the knee than the confirmation threshold that
    energy lies which noise reaches `ALONE_PER_BUDGET` times as often as the budget allows, for light and for heavy
    noise, in either window.
    """

    n_channels: int
    hop_samples: int
    ring_hops: int
    gain: float
    sections: NDArray[np.float64]
    full_scale_uv: NDArray[np.float64]
    enabled: NDArray[np.bool_]
    glitch_ratio: float
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
    ceiling: tuple[float, float]
    candidate_factor: float
    floor_gain: float
    peak_share: float
    mains_step: float
    mains_clip: float
    floor_rank: int
    hang_hops: int
    tail_hops: int
    guard_hops: int
    thaw_hops: int
    ready_hops: int
    flat_hops: int
    forget_hops: int
    rest_hops: int


def choose_band_hz(sampling_rate_hz: float, bandwidth_hz: float | None) -> tuple[float, float]:
    """Return the edges of the detection band in Hz.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal that is filtered.
    bandwidth_hz : float, optional
        -3 dB point of the converter. A band narrower than 2.5 octaves of it is not cut further, because the
        converter's droop there is mild against what narrowing would lose (at 250 SPS the ADS1299 has 65 Hz).
    """
    high_hz = min(HIGH_EDGE_PER_RATE * sampling_rate_hz, HIGH_EDGE_HZ)
    if bandwidth_hz is not None:
        high_hz = min(high_hz, max(bandwidth_hz, min(100.0, high_hz)))
    low_hz = min(LOW_EDGE_HZ, 0.5 * high_hz)
    return low_hz, high_hz


@dataclass(frozen=True, slots=True, eq=False)
class BandPass:
    """A 4th-order Butterworth band-pass as four sections in a row, the zeros of each at 0 Hz and at half the rate.

    Attributes
    ----------
    gain : float
        Of all sections together.
    sections : ndarray of float64, shape (4, 2)
        a1 and a2 of each: 1 - z^-2 over 1 + a1 z^-1 + a2 z^-2.
    """

    gain: float
    sections: NDArray[np.float64]


def design_band_pass(sampling_rate_hz: float, band_hz: tuple[float, float]) -> BandPass:
    """Return the filter of `scipy.signal.butter(4, band_hz, "bandpass")`, without the second that its import takes.

    The poles of the low-pass lie on a circle; they are brought to the band, and by the bilinear transform, with the
    edges bent beforehand, to the sampling rate.
    """
    bend = 2.0 * sampling_rate_hz
    low, high = (bend * math.tan(math.pi * edge_hz / sampling_rate_hz) for edge_hz in band_hz)
    circle = np.exp(1j * math.pi * (2.0 * np.arange(ORDER) + ORDER + 1.0) / (2.0 * ORDER))
    middle = 0.5 * (high - low) * circle
    apart = np.sqrt(middle**2 - low * high)
    analog = np.concatenate((middle + apart, middle - apart))
    gain = np.real((bend * (high - low)) ** ORDER / np.prod(bend - analog))
    return BandPass(float(gain), _pair_poles(((bend + analog) / (bend - analog)).tolist()))


def _pair_poles(poles: list[complex]) -> NDArray[np.float64]:
    """Return the sections of complex pairs and of pairs of real poles, those nearest to the unit circle last."""
    upper = sorted((pole for pole in poles if pole.imag > 1e-9), key=abs)
    real = sorted(pole.real for pole in poles if abs(pole.imag) <= 1e-9)
    sections = [(-(one + other), one * other) for one, other in zip(real[::2], real[1::2], strict=True)]
    sections += [(-2.0 * pole.real, abs(pole) ** 2) for pole in upper]
    return np.array(sections)


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
    return mean_excess, mean_square, shape


def at_rate(table: Sequence[tuple[float, float]], sampling_rate_hz: float) -> float:
    """Return what a table by sampling rate says of a rate, interpolated over its logarithm."""
    rates_hz, values = zip(*table, strict=True)
    return float(np.interp(math.log(sampling_rate_hz), np.log(rates_hz), values))


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


def _stretch_alone(
    shapes: Sequence[NDArray[np.float64]], crossings: float, alone: Sequence[float]
) -> NDArray[np.float64]:
    """Return `KernelDesign.alone_stretch`.

    Parameters
    ----------
    shapes : sequence of ndarray
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


def design_kernel(
    sampling_rate_hz: float,
    band_hz: tuple[float, float],
    n_channels: int,
    enabled: NDArray[np.bool_],
    full_scale_uv: NDArray[np.float64],
    false_alarms_per_min: float,
) -> KernelDesign:
    """Work out the kernel's numbers for one rate, band and budget."""
    hop_samples = max(1, round(HOP_S * sampling_rate_hz))
    hop_s = hop_samples / sampling_rate_hz
    band_pass = design_band_pass(sampling_rate_hz, band_hz)
    noise_bandwidth_hz = 1.02 * (band_hz[1] - band_hz[0])
    degrees = [max(1.5, 2.0 * noise_bandwidth_hz * hops * hop_s) for hops in (SHORT_HOPS, LONG_HOPS)]
    knee = [gamma_quantile(KNEE_SIGMAS, k) for k in degrees]
    (short_excess, short_square, short_shape), (long_excess, long_square, long_shape) = (
        gaussian_tail(k, u) for k, u in zip(degrees, knee, strict=True)
    )
    blocks_per_min = 60.0 / (LONG_HOPS * hop_s)
    n_watched = max(1, int(np.count_nonzero(enabled)))
    slot_degrees = max(1.5, 2.0 * noise_bandwidth_hz * SLOT_HOPS * hop_s)

    crossings_per_min = false_alarms_per_min * crossings_per_budget(sampling_rate_hz)
    per_block = blocks_per_min * n_watched * BUDGET_SHARES
    alone = [
        per_block / (false_alarms_per_min * share)
        for share in shares_alone(sampling_rate_hz, n_watched, false_alarms_per_min)
    ]
    candidates_per_min = max(CANDIDATES_PER_CROSSING * crossings_per_min, LEAST_CANDIDATES_PER_MIN)

    def hops(seconds: float) -> int:
        return max(1, round(seconds / hop_s))

    return KernelDesign(
        n_channels=n_channels,
        hop_samples=hop_samples,
        ring_hops=math.ceil(RING_S / hop_s),
        gain=band_pass.gain,
        sections=band_pass.sections,
        full_scale_uv=np.minimum(full_scale_uv, HUGE_UV),
        enabled=enabled,
        glitch_ratio=8.0,
        roughness_step=1.0 / (0.5 * sampling_rate_hz),
        knee=(knee[0], knee[1]),
        prior_rate=PRIOR_RATE,
        prior_excess=(short_excess, long_excess),
        prior_square=(short_square, long_square),
        tail_shape=np.array([short_shape, long_shape]),
        alone_stretch=_stretch_alone((short_shape, long_shape), per_block / crossings_per_min, alone),
        prior_blocks=10.0 * blocks_per_min / 60.0,
        memory_blocks=3.0 * blocks_per_min,
        crossings_per_budget=per_block / crossings_per_min,
        free_bend=FREE_BEND,
        most_bend=MOST_BEND,
        most_excess=MOST_EXCESS,
        ceiling=CEILING,
        candidate_factor=candidates_per_min / crossings_per_min,
        floor_gain=1.0 / gamma_quantile(-0.2533, slot_degrees),
        peak_share=PEAK_POWER_SHARE,
        mains_step=2.0 / (0.25 * sampling_rate_hz),
        mains_clip=2.5,
        floor_rank=int(FLOOR_QUANTILE * FLOOR_SLOTS),
        hang_hops=max(1, math.floor(0.032 / hop_s + 1e-6)),
        tail_hops=hops(TAIL_S),
        guard_hops=hops(0.12),
        thaw_hops=hops(0.4),
        ready_hops=hops(2.0),
        flat_hops=hops(0.2),
        forget_hops=hops(1.0),
        rest_hops=hops(10.0),
    )
