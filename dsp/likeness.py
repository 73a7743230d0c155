"""How alike two signals over all channels are at each lag, by Fourier transforms."""

import numpy as np
from numpy.typing import NDArray

from dsp._alike import cross_spectra

Samples = NDArray[np.float64]
Spectrum = NDArray[np.complex128]


def fast_length(n: int) -> int:
    """Return the least power of 2, or 3, 5, 9 or 15 times one, from `n` on: Fourier transforms are quick with these."""
    return min(odd << max(0, (-(-n // odd) - 1).bit_length()) for odd in (1, 3, 5, 9, 15))


def spectrum_of(signal: Samples, n_fast: int) -> Spectrum:
    """Return each channel's spectrum, complex of shape (n_channels, n_fast // 2 + 1); `signal` is (n, n_channels)."""
    return np.fft.rfft(np.ascontiguousarray(signal.T), n_fast)


def project(signal: Samples, pattern: Samples) -> tuple[Samples, Samples]:
    """Return gain and likeness of `pattern` at each lag within `signal`; both signals are (n, n_channels)."""
    length = pattern.shape[0]
    n_fast = fast_length(signal.shape[0])
    across = cross_spectra(spectrum_of(signal, n_fast), spectrum_of(pattern, n_fast)[np.newaxis], np.zeros(1, np.int64))
    dots = np.fft.irfft(across[0], n_fast)[: signal.shape[0] - length + 1]
    energy = np.concatenate(([0.0], np.cumsum(np.einsum("ij,ij->i", signal, signal))))
    window = np.maximum(energy[length:] - energy[:-length], 1e-12)
    own = max(float(np.sum(pattern * pattern)), 1e-12)
    return dots / own, dots / np.sqrt(own * window)
