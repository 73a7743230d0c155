"""Everything that follows from the sampling rate: the band, the hop, and what Gaussian noise does in that band."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOW_EDGE_HZ = 30.0
"""A 4th-order high-pass here is the best simple remedy against the heart (Drake & Callaghan 2006)."""

HIGH_EDGE_HZ = 450.0
"""Surface EMG has next to nothing above (SENIAM: 500 Hz)."""

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
RING_S = 8.2
PEAK_POWER_SHARE = 0.036
"""A burst ends at 12 % of its own peak amplitude: a tail of that amplitude against the peak of a 12 ms mean power."""
TAIL_S = 0.14
"""What stays below `PEAK_POWER_SHARE` of a burst so soon after it is the burst's own rest and no new one."""
KNEE_SIGMAS = 1.7
FLOOR_QUANTILE = 0.4
BUDGET_SHARES = 2
"""The budget is shared by the short and the long window."""

BUDGET_MARGIN = 1.25
"""The budget is an upper bound: measured over hours of noise, the extrapolated tail alone met it to 5 % at 250 SPS."""


@dataclass(frozen=True, slots=True, eq=False)
class KernelDesign:
    """Every number that `dsp._kernel.Kernel` needs; powers are µV², windows are counted in hops."""

    n_channels: int
    hop_samples: int
    ring_hops: int
    sections: NDArray[np.float64]
    section_rest: NDArray[np.float64]
    full_scale_uv: NDArray[np.float64]
    enabled: NDArray[np.bool_]
    glitch_ratio: float
    roughness_step: float
    knee: tuple[float, float]
    prior_rate: tuple[float, float]
    prior_excess: tuple[float, float]
    prior_blocks: float
    memory_blocks: float
    crossings_per_budget: float
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


def design_sections(
    sampling_rate_hz: float, band_hz: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the causal 4th-order Butterworth band-pass.

    Returns
    -------
    sections : ndarray of float64, shape (4, 5)
        b0, b1, b2, a1, a2 of each second-order section.
    rest : ndarray of float64, shape (8,)
        State of the sections for a constant signal of 1.
    """
    from scipy import signal  # takes a second to import: only where a filter is designed

    sos = signal.butter(4, band_hz, btype="bandpass", fs=sampling_rate_hz, output="sos")
    rest = signal.sosfilt_zi(sos)
    return np.ascontiguousarray(sos[:, [0, 1, 2, 4, 5]]), np.ascontiguousarray(rest.reshape(-1))


def gamma_quantile(sigmas: float, degrees: float) -> float:
    """Return the quantile of chi-square over its degrees of freedom (Wilson & Hilferty 1931)."""
    spread = 2.0 / (9.0 * degrees)
    return float((1.0 - spread + sigmas * math.sqrt(spread)) ** 3)


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
    sections, rest = design_sections(sampling_rate_hz, band_hz)
    noise_bandwidth_hz = 1.02 * (band_hz[1] - band_hz[0])
    degrees = [max(1.5, 2.0 * noise_bandwidth_hz * hops * hop_s) for hops in (SHORT_HOPS, LONG_HOPS)]
    knee = [gamma_quantile(KNEE_SIGMAS, k) for k in degrees]
    # Where the chance of exceeding the knee (4.5 %) has fallen to 1/e of it: 2.13 standard deviations.
    excess = [gamma_quantile(2.13, k) - u for k, u in zip(degrees, knee, strict=True)]
    blocks_per_min = 60.0 / (LONG_HOPS * hop_s)
    n_watched = max(1, int(np.count_nonzero(enabled)))
    slot_degrees = max(1.5, 2.0 * noise_bandwidth_hz * SLOT_HOPS * hop_s)

    def hops(seconds: float) -> int:
        return max(1, round(seconds / hop_s))

    return KernelDesign(
        n_channels=n_channels,
        hop_samples=hop_samples,
        ring_hops=math.ceil(RING_S / hop_s),
        sections=sections,
        section_rest=rest,
        full_scale_uv=np.minimum(full_scale_uv, HUGE_UV),
        enabled=enabled,
        glitch_ratio=8.0,
        roughness_step=1.0 / (0.5 * sampling_rate_hz),
        knee=(knee[0], knee[1]),
        prior_rate=(0.15, 0.08),
        prior_excess=(excess[0], excess[1]),
        prior_blocks=10.0 * blocks_per_min / 60.0,
        memory_blocks=blocks_per_min,
        crossings_per_budget=BUDGET_MARGIN * blocks_per_min * n_watched * BUDGET_SHARES / false_alarms_per_min,
        candidate_factor=20.0,
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
