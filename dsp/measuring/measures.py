"""Measures of one burst: onset, offset and size."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.compiled._burst import change_row, last_row, top_amplitude
from dsp.events import Grade

MEDIUM_DB = 20.0
STRONG_DB = 30.0
PEAK_SHARE = 0.12
"""A burst ends where its amplitude stays below this share of its own peak, or in the noise."""

NOISE_FACTOR = 2.0
"""Amplitude over the floor's RMS below which a burst is lost in the noise."""

RINGING_LAG_S = 0.002

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Size:
    """Peak and RMS in µV, peak over baseline RMS in dB, and the grade."""

    peak_uv: float
    rms_uv: float
    snr_db: float
    grade: Grade


def grade_of(snr_db: float) -> Grade:
    """Return the grade of a burst from its peak over baseline RMS; comparable only within one site and set-up."""
    if snr_db < MEDIUM_DB:
        return "weak"
    return "medium" if snr_db < STRONG_DB else "strong"


def energy_of(signal_uv: Samples) -> float:
    """Return the sum of squares; not with `@`, because BLAS sums in a different order on each kind of processor."""
    return float(np.add.reduce(signal_uv * signal_uv, axis=None))


def size_of(burst_uv: Samples, baseline_rms_uv: float) -> Size:
    """Measure a burst.

    Parameters
    ----------
    burst_uv : ndarray of float64, shape (n_samples,)
        Band-passed samples from onset to offset.
    baseline_rms_uv : float
        RMS of the baseline in the same band; 0 or less counts as 1e-3 µV.
    """
    if burst_uv.size == 0:
        return Size(0.0, 0.0, -120.0, "weak")
    peak_uv = top_amplitude(burst_uv)
    rms_uv = math.sqrt(energy_of(burst_uv) / burst_uv.size)
    snr_db = 20.0 * math.log10(max(peak_uv, 1e-6) / max(baseline_rms_uv, 1e-3))
    return Size(peak_uv, rms_uv, snr_db, grade_of(snr_db))


def find_onset(signal_uv: Samples, floor_power: float) -> int:
    """Return the sample at which the power most likely changed from the floor's to something larger.

    The likelihood of a change is computed for each sample, with the power before it known and the power after it
    estimated. `signal_uv` must end where the burst was detected. The change is then moved back to where the deflection
    left the noise.
    """
    n = signal_uv.size
    if n < 3:
        return 0
    power = signal_uv * signal_uv / max(floor_power, 1e-12)
    onset = change_row(power)
    sign = 1.0 if signal_uv[onset] >= 0.0 else -1.0
    quiet = 0.7 * math.sqrt(max(floor_power, 1e-12))
    while onset > 0 and sign * signal_uv[onset - 1] > quiet and sign * signal_uv[onset - 1] < sign * signal_uv[onset]:
        onset -= 1
    return onset


def find_offset(signal_uv: Samples, floor_power: float, sampling_rate_hz: float) -> int:
    """Return the last sample that is above the noise and above 12 % of the burst's own peak, in a 5 ms RMS.

    The RMS is that of the change over 2 ms, which preserves muscle activity and leaves a third of the high-pass
    filter's 30 Hz ringing.
    """
    lag = max(1, round(RINGING_LAG_S * sampling_rate_hz))
    if signal_uv.size <= lag:
        return max(0, signal_uv.size - 1)
    least = NOISE_FACTOR**2 * 2.0 * floor_power
    row = last_row(signal_uv, lag, max(1, round(0.005 * sampling_rate_hz)), PEAK_SHARE**2, least)
    return row + lag // 2 if row >= 0 else signal_uv.size - 1
