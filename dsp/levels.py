"""How strong a signal is in a band, window by window: what electrodes, contractions and rest are judged by."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]


def band_levels_uv(
    signal_uv: Samples, sampling_rate_hz: float, band_hz: tuple[float, float], window_s: float
) -> Samples:
    """Return the RMS in a band of consecutive windows; what is left at the end and fills none is left out.

    Each window is weighted by Hann's, so that what lies outside of the band, drift and mains, leaks little into it.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n_samples, n_channels)
        In µV.
    sampling_rate_hz : float
        Of the signal.
    band_hz : tuple of float
        Lower and upper edge.
    window_s : float
        Length of a window in seconds; the resolution is 1 / `window_s`.

    Returns
    -------
    ndarray of float64, shape (n_windows, n_channels)
        In µV RMS.
    """
    n_window = max(4, round(window_s * sampling_rate_hz))
    n_windows = len(signal_uv) // n_window
    parts = signal_uv[: n_windows * n_window].reshape(n_windows, n_window, signal_uv.shape[1])
    weights = np.hanning(n_window + 1)[:-1]
    powers = np.abs(np.fft.rfft((parts - parts.mean(axis=1, keepdims=True)) * weights[:, np.newaxis], axis=1)) ** 2
    frequencies_hz = np.fft.rfftfreq(n_window, 1.0 / sampling_rate_hz)
    in_band = (frequencies_hz >= band_hz[0]) & (frequencies_hz <= band_hz[1])
    levels: Samples = np.sqrt(2.0 * powers[:, in_band].sum(axis=1) / (n_window * np.sum(weights**2)))
    return levels


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
    sums = (weights * turns) @ (signal_uv - signal_uv.mean(axis=0))
    amplitudes: Samples = 2.0 * np.abs(sums) / weights.sum()
    return amplitudes
