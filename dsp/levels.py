"""How strong a signal is in a band, window by window: what electrodes, contractions and rest are judged by."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsp.mains import FOUND_RATIO, MAX_HARMONICS, NOMINAL_HZ

Samples = NDArray[np.float64]


LINES_HZ = tuple(line_hz * order for line_hz in NOMINAL_HZ for order in range(1, MAX_HARMONICS + 1))
BESIDE_HZ = 4.0
"""Mains are looked for at these frequencies, and told from what lies so far beside them."""

RISE_PER_S = 1.07
"""Power by which a settled level may rise in a second, 0.3 dB: noise that drifts by 6 dB up and down within two minutes
stays below that, and muscle that tenses does not. Assumption."""


def band_levels_uv(
    signal_uv: Samples, sampling_rate_hz: float, band_hz: tuple[float, float], window_s: float
) -> Samples:
    """Return the RMS in a band of consecutive windows; what is left at the end and fills none is left out.

    The whole signal is filtered at once, through its spectrum, and lines of the mains that stand out are left out, as
    the detector does. A straight line is taken off first, so that its ends meet.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n_samples, n_channels)
        In µV; a second or more.
    sampling_rate_hz : float
        Of the signal.
    band_hz : tuple of float
        Lower and upper edge.
    window_s : float
        Length of a window in seconds.

    Returns
    -------
    ndarray of float64, shape (n_windows, n_channels)
        In µV RMS.
    """
    n_samples, n_channels = signal_uv.shape
    n_window = max(1, round(window_s * sampling_rate_hz))
    if n_samples < n_window:
        return np.empty((0, n_channels))
    ramp = np.linspace(0.0, 1.0, n_samples)[:, np.newaxis]
    n_end = max(1, n_window // 4)
    first, last = signal_uv[:n_end].mean(axis=0), signal_uv[-n_end:].mean(axis=0)
    spectrum = np.fft.rfft(signal_uv - first - ramp * (last - first), axis=0)
    frequencies_hz = np.fft.rfftfreq(n_samples, 1.0 / sampling_rate_hz)
    spectrum[(frequencies_hz < band_hz[0]) | (frequencies_hz > band_hz[1])] = 0.0
    _leave_lines_out(spectrum, frequencies_hz)
    band_uv = np.fft.irfft(spectrum, n_samples, axis=0)
    n_windows = n_samples // n_window
    parts = band_uv[: n_windows * n_window].reshape(n_windows, n_window, n_channels)
    levels: Samples = np.sqrt(np.mean(parts**2, axis=1))
    return levels


def _leave_lines_out(spectrum: NDArray[np.complex128], frequencies_hz: NDArray[np.floating[Any]]) -> None:
    """Take lines of the mains out of a spectrum, where they stand out of what lies beside them."""
    powers = np.abs(spectrum) ** 2
    step_hz = frequencies_hz[1]
    for line_hz in LINES_HZ:
        is_line = np.abs(frequencies_hz - line_hz) <= max(1.0, step_hz)
        is_beside = (np.abs(frequencies_hz - line_hz) <= BESIDE_HZ + 1.0) & ~is_line
        if not is_line.any() or not is_beside.any():
            continue
        stands_out = powers[is_line].max(axis=0) > FOUND_RATIO * np.median(powers[is_beside], axis=0)
        spectrum[np.ix_(is_line, stands_out)] = 0.0


def line_amplitudes_uv(signal_uv: Samples, sampling_rate_hz: float, line_hz: float) -> Samples:
    """Return the amplitude of a line such as the mains, per channel, from half a second of signal or more.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n_samples, n_channels)
        In µV.
    sampling_rate_hz : float
        Of the signal.
    line_hz : float
        Frequency of the line.
    """
    weights = np.hanning(len(signal_uv))
    turns = np.exp(-2j * np.pi * line_hz / sampling_rate_hz * np.arange(len(signal_uv)))
    # no product of matrices: a threaded library would wake its threads for so little
    sums = np.einsum("s,sc->c", weights * turns, signal_uv - signal_uv.mean(axis=0))
    amplitudes: Samples = 2.0 * np.abs(sums) / weights.sum()
    return amplitudes
