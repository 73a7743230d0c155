"""Layer 3: interference without any muscle: electrodes, mains, heart, cables, pops, glitches.

Amplitudes and rates come from the scenario; the shapes below are assumptions unless a source is named.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from acquisition.simulated.electrodes import ElectrodePair
from acquisition.simulated.scenario import Skin

NOISE_BAND_HZ = 490.0
"""Width of the band, 10-500 Hz, to which `Skin.noise_uv` refers."""

SLOW_NOISE_UV = 3.0
SLOW_CORNER_HZ = 2.0
"""Electrode noise rises towards low frequencies: first-order noise of this RMS below this corner."""

MAINS_HARMONICS = (1.0, 0.08, 0.35, 0.04, 0.15)
"""Relative amplitude of each multiple of the mains frequency; odd ones dominate behind rectifiers."""

HEART_WAVES = (
    (-0.160, 0.020, 0.10),
    (-0.028, 0.008, -0.12),
    (0.000, 0.011, 1.00),
    (0.028, 0.010, -0.25),
    (0.270, 0.045, 0.25),
)
"""P, Q, R, S, T as (time from R in s, width in s, height): a QRS of 80-100 ms with its energy below 40 Hz."""

HEART_START_S = 0.25
"""Time from the start of a beat's waveform to its R wave."""

QRS_HALF_S = 0.05

BEAT_S = 0.86
"""Mean interval of beats: 70 per minute."""

OPEN_LEAD_UV = 2.5e6
OPEN_LEAD_TAU_S = 0.02
"""An open input drifts to the ADS1299's supply of ±2.5 V, beyond full scale at every gain above 1."""

PUT_BACK_UV = 5000.0
"""Offset of an electrode just after it was reattached [D]."""


class SkinNoise:
    """Noise, half-cell offset and drift of every pair, in steps.

    White noise of skin and electrode (1-3 µV RMS [M]), a slow component, and an offset with a random drift rate.
    """

    def __init__(self, skin: Skin, n_channels: int, rate_hz: float, rng: np.random.Generator) -> None:
        self._rng = rng
        self._rate_hz = rate_hz
        level = rng.uniform(0.8, 1.25, n_channels)
        self._white_uv = (skin.noise_uv * np.sqrt(rate_hz / 2.0 / NOISE_BAND_HZ) * level)[:, np.newaxis]
        self._pole = np.exp(-2.0 * np.pi * SLOW_CORNER_HZ / rate_hz)
        self._slow_drive_uv = SLOW_NOISE_UV * np.sqrt(1.0 - self._pole**2)
        self._slow_state = self._pole * SLOW_NOISE_UV * rng.standard_normal((n_channels, 1))
        self._offset_uv = 1000.0 * skin.offset_mv * rng.uniform(-1.0, 1.0, n_channels)
        self._drift_uv_per_s = skin.drift_uv_per_s
        self._slope_uv_per_s = skin.drift_uv_per_s * rng.standard_normal(n_channels)

    def stationary(self, n_samples: int) -> NDArray[np.float64]:
        """Return noise without offset and drift, shape (n_channels, n_samples), in µV."""
        white_uv = self._white_uv * self._rng.standard_normal((len(self._white_uv), n_samples))
        # The slow component is driven by the same draws, so that the sum is one noise that rises towards 0 Hz.
        drive_uv = white_uv * (self._slow_drive_uv / self._white_uv)
        slow_uv, self._slow_state = lfilter([1.0], [1.0, -self._pole], drive_uv, zi=self._slow_state)
        return np.asarray(white_uv + slow_uv)

    def next_step(self, n_samples: int) -> NDArray[np.float64]:
        """Return the next `n_samples`, shape (n_channels, n_samples), in µV."""
        return self.stationary(n_samples) + self._next_offset(n_samples)

    def _next_offset(self, n_samples: int) -> NDArray[np.float64]:
        duration_s = n_samples / self._rate_hz
        kick = self._drift_uv_per_s * self._rng.standard_normal(self._slope_uv_per_s.size)
        bend = kick * duration_s - 0.1 * self._slope_uv_per_s  # the drift rate returns to zero within about ten steps
        time = np.arange(1, n_samples + 1) / n_samples
        path = self._slope_uv_per_s[:, np.newaxis] * time + bend[:, np.newaxis] * time**2 / 2.0
        path = self._offset_uv[:, np.newaxis] + path * duration_s
        self._offset_uv = path[:, -1].copy()
        self._slope_uv_per_s = self._slope_uv_per_s + bend
        return np.asarray(path)


class Mains:
    """Mains and its harmonics, with an individual share for each pair."""

    def __init__(self, skin: Skin, n_channels: int, rate_hz: float, rng: np.random.Generator) -> None:
        multiples = np.arange(1, len(MAINS_HARMONICS) + 1)
        frequency_hz = skin.mains_hz + rng.uniform(-0.03, 0.03)  # the grid stays within some tens of mHz
        self._turn = 2.0 * np.pi * frequency_hz * multiples[:, np.newaxis] / rate_hz
        self._phase = rng.uniform(0.0, 2.0 * np.pi, (multiples.size, 1))
        share = rng.lognormal(0.0, 0.4, (n_channels, 1)) * rng.choice([-1.0, 1.0], (n_channels, 1))
        self._weights_uv = skin.mains_uv * share * np.array(MAINS_HARMONICS)
        self._next_index = 0

    def next_step(self, n_samples: int) -> NDArray[np.float64]:
        """Return the next `n_samples`, shape (n_channels, n_samples), in µV."""
        index = np.arange(self._next_index, self._next_index + n_samples)
        self._next_index += n_samples
        return np.asarray(self._weights_uv @ np.sin(self._phase + self._turn * index))


class Heart:
    """Heartbeats, about 70 per minute, varying with the respiration."""

    def __init__(self, skin: Skin, n_channels: int, rate_hz: float, rng: np.random.Generator) -> None:
        self._rng = rng
        self._next_r_s = rng.uniform(0.3, 1.2)
        time_s = np.arange(int(0.75 * rate_hz)) / rate_hz - HEART_START_S
        beat = sum(height * np.exp(-0.5 * ((time_s - at_s) / width_s) ** 2) for at_s, width_s, height in HEART_WAVES)
        weights_uv = skin.ecg_uv * rng.uniform(0.6, 1.2, n_channels)
        self.waveform_uv = weights_uv[:, np.newaxis] * beat
        """One beat, from `HEART_START_S` before its R wave."""

    def beats_before(self, time_s: float) -> Iterator[float]:
        """Yield the times of the R waves of the next beats that begin before `time_s`; each is returned once."""
        while self._next_r_s - HEART_START_S < time_s:
            yield self._next_r_s
            breath = 0.04 * np.sin(2.0 * np.pi * 0.25 * self._next_r_s)
            self._next_r_s += BEAT_S + breath + 0.02 * self._rng.standard_normal()


def cable_motion(
    pairs: Sequence[ElectrodePair], rate_hz: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], float]:
    """Return a cable motion and its length in seconds: below 20 Hz, one shape on several pairs."""
    duration_s = rng.uniform(0.3, 1.5)
    time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
    frequency_hz = rng.uniform(1.0, 12.0, 4)
    swing = np.sin(2.0 * np.pi * (frequency_hz[:, np.newaxis] * time_s + rng.uniform(0.0, 1.0, (4, 1)))).sum(axis=0)
    swing *= np.sin(np.pi * time_s / duration_s) ** 2
    size_uv = rng.lognormal(np.log(150.0), 0.6)
    share = rng.uniform(0.2, 1.0, len(pairs)) * (rng.random(len(pairs)) < 0.7)
    return size_uv * share[:, np.newaxis] * swing, duration_s


def needle_motion(
    pairs: Sequence[ElectrodePair], size_uv: float, rate_hz: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the motion artefact of a pass: a slow wave, largest near the band."""
    time_s = np.arange(int(0.4 * rate_hz)) / rate_hz
    width_s = rng.uniform(0.035, 0.06)
    wave = -(time_s - 0.2) / width_s * np.exp(0.5 - 0.5 * ((time_s - 0.2) / width_s) ** 2)
    away_mm = np.array([np.hypot(pair.along_mm, pair.across_mm) for pair in pairs])
    share = rng.uniform(0.3, 1.0, len(pairs)) * np.exp(-away_mm / 40.0) * np.e
    return np.asarray(size_uv * share[:, np.newaxis] * wave)


def electrode_pop(n_channels: int, rate_hz: float, rng: np.random.Generator) -> tuple[NDArray[np.float64], float]:
    """Return a pop of one electrode and its length in seconds: a step within a millisecond, and its recovery."""
    tau_s = rng.uniform(0.1, 0.4)
    duration_s = 6.0 * tau_s
    time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
    shape = (1.0 - np.exp(-time_s / 0.001)) * np.exp(-time_s / tau_s)
    waveform_uv = np.zeros((n_channels, time_s.size))
    waveform_uv[rng.integers(n_channels)] = rng.choice([-1.0, 1.0]) * rng.lognormal(np.log(800.0), 0.7) * shape
    return waveform_uv, 3.0 * tau_s


def digital_glitch(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return one invalid sample in µV, as after a bit error: of any size up to tens of millivolts."""
    return np.asarray(rng.choice([-1.0, 1.0]) * np.exp(rng.uniform(np.log(200.0), np.log(50_000.0), 1)))


def impulse(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return an impulse 2 to 4 samples wide in µV."""
    shape = rng.uniform(0.3, 1.0, rng.integers(2, 5))
    return np.asarray(rng.choice([-1.0, 1.0]) * rng.lognormal(np.log(300.0), 0.6) * shape / shape.max())


def lead_off(
    n_channels: int, off_s: float, rate_hz: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], float]:
    """Return a lead that comes off and is reattached, and the total length in seconds.

    The input bias current pulls an open lead to the supply; the electrode recovers as after a pop.
    """
    tau_s = rng.uniform(0.1, 0.4)
    duration_s = off_s + 12.0 * tau_s
    time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
    level_uv = OPEN_LEAD_UV * -np.expm1(-time_s / OPEN_LEAD_TAU_S)
    back_uv = PUT_BACK_UV * np.exp(-(time_s - off_s) / tau_s)
    waveform_uv = np.zeros((n_channels, time_s.size))
    waveform_uv[rng.integers(n_channels)] = np.where(time_s < off_s, level_uv, back_uv)
    return waveform_uv, duration_s
