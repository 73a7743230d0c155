"""Components of sessions of noise under envelopes: Gaussian noise of a given spectrum, slow processes, ramps."""

from collections.abc import Callable

import numpy as np
from scipy import fft, signal

from bench.detection.waves import Rng, Samples

Spectrum = tuple[float, float]
"""Lower and upper corner frequency of an EMG spectrum, in Hz."""


def emg_gain(hz: Samples, spectrum: Spectrum) -> Samples:
    """Return the amplitude response of a surface EMG, after Shwedyk et al. 1977 and Stulen & De Luca 1981."""
    low_hz, high_hz = spectrum
    gain: Samples = high_hz**2 * hz / (np.sqrt(hz**2 + low_hz**2) * (hz**2 + high_hz**2))
    return gain


def coloured(rng: Rng, n_rows: int, n: int, rate_hz: float, gain: Callable[[Samples], Samples]) -> Samples:
    """Draw Gaussian noise, shape (n_rows, n), RMS 1, with the amplitude response `gain` of the frequency in Hz."""
    size = fft.next_fast_len(n + 64, real=True)
    response = gain(fft.rfftfreq(size, 1 / rate_hz))
    spectrum = fft.rfft(rng.standard_normal((n_rows, size)), axis=1) * response
    wave: Samples = fft.irfft(spectrum, size, axis=1)
    norm = np.sqrt((2 * np.sum(response[1:] ** 2)) / size)
    scaled: Samples = wave[:, :n] / norm
    return scaled


def emg(rng: Rng, n_rows: int, n: int, rate_hz: float, spectrum: Spectrum) -> Samples:
    """Draw muscle noise, shape (n_rows, n), RMS 1."""
    return coloured(rng, n_rows, n, rate_hz, lambda hz: emg_gain(hz, spectrum))


def slow(rng: Rng, n_rows: int, n: int, rate_hz: float, cutoff_hz: float) -> Samples:
    """Draw slow Gaussian processes, shape (n_rows, n), RMS 1, linearly interpolated from a coarse grid."""
    coarse_hz = max(20 * cutoff_hz, 4.0)
    n_coarse = int(n / rate_hz * coarse_hz) + 8
    lead = 200
    low_pass = signal.butter(2, min(cutoff_hz, 0.45 * coarse_hz), fs=coarse_hz, output="sos")
    drawn = signal.sosfilt(low_pass, rng.standard_normal((n_rows, n_coarse + lead)), axis=1)
    coarse = np.asarray(drawn)[:, lead:]
    coarse /= coarse.std(axis=1, keepdims=True) + 1e-12
    t, t_coarse = np.arange(n) / rate_hz, np.arange(n_coarse) / coarse_hz
    return np.stack([np.interp(t, t_coarse, row) for row in coarse])


def rise(n: int) -> Samples:
    """Return a half-cosine ramp from 0 to 1 in `n` samples."""
    return 0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / max(n, 1))


def plateau(n: int, n_rise: int, n_fall: int) -> Samples:
    """Return an envelope of `n` samples that rises, stays at 1 and falls."""
    envelope = np.ones(n)
    envelope[:n_rise] = rise(n_rise)
    envelope[n - n_fall :] = rise(n_fall)[::-1]
    return envelope
