"""How strong a signal is in a band, window by window: what electrodes, contractions and rest are judged by."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsp.artifacts.mains import FOUND_RATIO, MAX_HARMONICS, NOMINAL_HZ

Samples = NDArray[np.float64]


LINES_HZ = tuple(sorted({line_hz * order for line_hz in NOMINAL_HZ for order in range(1, MAX_HARMONICS + 1)}))
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
    the detector does. The mains are taken off first: their period hardly ever fits into the signal, and what they leave
    beside their lines drowns a muscle at rest. Then a straight line is, so that its ends meet.

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
    """Subtract lines of the mains that stand out, as waves whose size and phase bend a little: none is steady.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n_samples, n_channels)
        In µV, a second or more; changed in place.
    sampling_rate_hz : float
        Of the signal.
    """
    n_samples = len(signal_uv)
    frequencies_hz = np.fft.rfftfreq(n_samples, 1.0 / sampling_rate_hz)
    shape = np.hanning(n_samples)[:, np.newaxis]  # without it the strongest line would stand out everywhere
    found = list(_lines_in(np.abs(np.fft.rfft(shape * signal_uv, axis=0)) ** 2, frequencies_hz))
    if not found:
        return
    time = np.linspace(-1.0, 1.0, n_samples)
    bends = np.stack([np.ones(n_samples), time, time**2 - 1.0 / 3.0])
    turns = [np.exp(2j * np.pi * line_hz / sampling_rate_hz * np.arange(n_samples)) for line_hz, _, _ in found]
    # All at once, and with the drift: one alone would pass for a little of the others.
    waves = np.concatenate([bends[:2], *(bends * part for turn in turns for part in (turn.real, turn.imag))])
    has_mains = np.any([stands_out for _, _, stands_out in found], axis=0)
    # no products of matrices: a threaded library would wake its threads for so little
    alike = np.einsum("is,js->ij", waves, waves)
    shares = np.linalg.lstsq(alike, np.einsum("is,sc->ic", waves, signal_uv[:, has_mains]), rcond=None)[0]
    signal_uv[:, has_mains] -= np.einsum("is,ic->sc", waves, shares)


def _leave_lines_out(spectrum: NDArray[np.complex128], frequencies_hz: NDArray[np.floating[Any]]) -> None:
    """Take lines of the mains out of a spectrum, where they stand out of what lies beside them."""
    for _, is_line, stands_out in _lines_in(np.abs(spectrum) ** 2, frequencies_hz):
        spectrum[np.ix_(is_line, stands_out)] = 0.0


def _lines_in(
    powers: Samples, frequencies_hz: NDArray[np.floating[Any]]
) -> Iterator[tuple[float, NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield each line of the mains that stands out on a channel: its frequency, its place, and on which channels."""
    step_hz = frequencies_hz[1]
    for line_hz in LINES_HZ:
        is_line = np.abs(frequencies_hz - line_hz) <= max(1.0, step_hz)
        is_beside = (np.abs(frequencies_hz - line_hz) <= BESIDE_HZ + 1.0) & ~is_line
        if not is_line.any() or not is_beside.any():
            continue
        stands_out = powers[is_line].max(axis=0) > FOUND_RATIO * np.median(powers[is_beside], axis=0)
        if stands_out.any():
            yield line_hz, is_line, stands_out


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
