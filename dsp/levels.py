"""Level of a signal in a band, window by window, for the assessment of electrodes, contractions and rest."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsp.artifacts.mains import FOUND_RATIO, MAX_HARMONICS, NOMINAL_HZ

Samples = NDArray[np.float64]


LINES_HZ = tuple(sorted({line_hz * order for line_hz in NOMINAL_HZ for order in range(1, MAX_HARMONICS + 1)}))
REACH_BESIDE_HZ = 5.0
"""Mains lines are searched for at `LINES_HZ` and compared with the spectrum up to this far from them."""

RISE_PER_S = 1.07
"""Largest factor by which the power of a settled level may rise in a second (0.3 dB). Noise that drifts by 6 dB up and
down within two minutes rises more slowly, tensing muscle faster. Assumption."""


def band_levels_uv(
    signal_uv: Samples, sampling_rate_hz: float, band_hz: tuple[float, float], window_s: float
) -> Samples:
    """Return the RMS in a band for consecutive windows; an incomplete last window is omitted.

    The whole signal is filtered in the frequency domain, and mains lines that stand out are removed, as in the
    detector. The mains is first subtracted in the time domain: its period rarely fits the signal length, and its
    spectral leakage would mask a muscle at rest. Then a straight line is subtracted so that the ends of the signal
    meet.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n_samples, n_channels)
        Signal in µV, at least one second.
    sampling_rate_hz : float
        Sampling rate.
    band_hz : tuple of float
        Lower and upper edge of the band.
    window_s : float
        Length of a window in seconds.

    Returns
    -------
    ndarray of float64, shape (n_windows, n_channels)
        Levels in µV RMS.
    """
    n_samples, n_channels = signal_uv.shape
    n_window = max(1, round(window_s * sampling_rate_hz))
    if n_samples < n_window:
        return np.empty((0, n_channels))
    ramp = np.linspace(0.0, 1.0, n_samples)[:, np.newaxis]
    n_end = max(1, n_window // 4)
    calm_uv = signal_uv - signal_uv.mean(axis=0)
    take_mains_off(calm_uv, sampling_rate_hz)
    first, last = calm_uv[:n_end].mean(axis=0), calm_uv[-n_end:].mean(axis=0)
    spectrum = np.fft.rfft(calm_uv - first - ramp * (last - first), axis=0)
    frequencies_hz = np.fft.rfftfreq(n_samples, 1.0 / sampling_rate_hz)
    spectrum[(frequencies_hz < band_hz[0]) | (frequencies_hz > band_hz[1])] = 0.0
    _leave_lines_out(spectrum, frequencies_hz)
    band_uv = np.fft.irfft(spectrum, n_samples, axis=0)
    n_windows = n_samples // n_window
    parts = band_uv[: n_windows * n_window].reshape(n_windows, n_window, n_channels)
    levels: Samples = np.sqrt(np.mean(parts**2, axis=1))
    return levels


def take_mains_off(signal_uv: Samples, sampling_rate_hz: float) -> None:
    """Subtract mains lines that stand out, as waves with slowly varying amplitude and phase, since none is steady.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n_samples, n_channels)
        Signal in µV, at least one second; changed in place.
    sampling_rate_hz : float
        Sampling rate.
    """
    n_samples = len(signal_uv)
    frequencies_hz = np.fft.rfftfreq(n_samples, 1.0 / sampling_rate_hz)
    shape = np.hanning(n_samples)[:, np.newaxis]  # without it the leakage of the strongest line would be found as lines
    found = list(_lines_in(np.abs(np.fft.rfft(shape * signal_uv, axis=0)) ** 2, frequencies_hz))
    if not found:
        return
    time = np.linspace(-1.0, 1.0, n_samples)
    bends = np.stack([np.ones(n_samples), time, time**2 - 1.0 / 3.0])
    turns = [np.exp(2j * np.pi * line_hz / sampling_rate_hz * np.arange(n_samples)) for line_hz, _, _ in found]
    # Fitted jointly and with the drift: a line fitted alone would absorb a part of the others.
    waves = np.concatenate([bends[:2], *(bends * part for turn in turns for part in (turn.real, turn.imag))])
    has_mains = np.any([stands_out for _, _, stands_out in found], axis=0)
    # einsum, not a matrix product: a threaded BLAS would wake its threads for so little work
    alike = np.einsum("is,js->ij", waves, waves)
    shares = np.linalg.lstsq(alike, np.einsum("is,sc->ic", waves, signal_uv[:, has_mains]), rcond=None)[0]
    signal_uv[:, has_mains] -= np.einsum("is,ic->sc", waves, shares)


def _leave_lines_out(spectrum: NDArray[np.complex128], frequencies_hz: NDArray[np.floating[Any]]) -> None:
    """Set mains lines of a spectrum to zero on the channels where they stand out."""
    for _, is_line, stands_out in _lines_in(np.abs(spectrum) ** 2, frequencies_hz):
        spectrum[np.ix_(is_line, stands_out)] = 0.0


def _lines_in(
    powers: Samples, frequencies_hz: NDArray[np.floating[Any]]
) -> Iterator[tuple[float, NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield the frequency, bins and channels of each mains line that stands out on at least one channel."""
    step_hz = frequencies_hz[1]
    for line_hz in LINES_HZ:
        is_line = np.abs(frequencies_hz - line_hz) <= max(1.0, step_hz)
        is_beside = (np.abs(frequencies_hz - line_hz) <= REACH_BESIDE_HZ) & ~is_line
        if not is_line.any() or not is_beside.any():
            continue
        stands_out = powers[is_line].max(axis=0) > FOUND_RATIO * np.median(powers[is_beside], axis=0)
        if stands_out.any():
            yield line_hz, is_line, stands_out


def line_amplitudes_uv(signal_uv: Samples, sampling_rate_hz: float, line_hz: float) -> Samples:
    """Return the amplitude of a line such as the mains on each channel, in µV, shape (n_channels,).

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n_samples, n_channels)
        Signal in µV, at least half a second.
    sampling_rate_hz : float
        Sampling rate.
    line_hz : float
        Frequency of the line.
    """
    weights = np.hanning(len(signal_uv))
    turns = np.exp(-2j * np.pi * line_hz / sampling_rate_hz * np.arange(len(signal_uv)))
    # einsum, not a matrix product: a threaded BLAS would wake its threads for so little work
    sums = np.einsum("s,sc->c", weights * turns, signal_uv - signal_uv.mean(axis=0))
    amplitudes: Samples = 2.0 * np.abs(sums) / weights.sum()
    return amplitudes
