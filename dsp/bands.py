"""Sampling rates of detection, the detection band and its band-pass filter."""

import cmath
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOW_EDGE_HZ = 30.0
"""A 4th-order high-pass at this frequency is the best simple way to remove the ECG (Drake & Callaghan 2006)."""

HIGH_EDGE_HZ = 450.0
"""Surface EMG has almost no power above this frequency (SENIAM: 500 Hz)."""

ORDER = 4
"""Order of the Butterworth low-pass prototype of the band-pass."""

N_SPECTRUM = 8192
"""Samples after which the impulse response of the band-pass has long decayed, at any supported rate."""

HIGH_EDGE_PER_RATE = 0.4
"""Highest upper band edge as a fraction of the sampling rate."""

LEAST_HIGH_EDGE_HZ = 100.0
"""The bandwidth of the converter does not lower the upper band edge below this frequency (at 250 SPS the ADS1299 has
65 Hz). Up to here the converter's attenuation costs less than a narrower band would."""

TOP_RATE_HZ = 4000.0
"""Faster signals are decimated to at most this rate."""

FULL_VERDICT_RATE_HZ = 250.0
"""Below this sampling rate too little of the EMG remains to confirm a twitch."""


def choose_band_hz(sampling_rate_hz: float, bandwidth_hz: float | None) -> tuple[float, float]:
    """Return the lower and upper edge of the detection band in Hz.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the signal to be filtered.
    bandwidth_hz : float, optional
        -3 dB bandwidth of the converter. It limits the upper edge, but not below `LEAST_HIGH_EDGE_HZ`.
    """
    high_hz = min(HIGH_EDGE_PER_RATE * sampling_rate_hz, HIGH_EDGE_HZ)
    if bandwidth_hz is not None:
        high_hz = min(high_hz, max(bandwidth_hz, min(LEAST_HIGH_EDGE_HZ, high_hz)))
    low_hz = min(LOW_EDGE_HZ, 0.5 * high_hz)
    return low_hz, high_hz


@dataclass(frozen=True, slots=True, eq=False)
class BandPass:
    """4th-order Butterworth band-pass as four cascaded sections, each with zeros at 0 Hz and at half the sampling rate.

    Attributes
    ----------
    gain : float
        Gain of the whole cascade.
    sections : ndarray of float64, shape (4, 2)
        Coefficients a1 and a2 of each section, (1 - z^-2) / (1 + a1 z^-1 + a2 z^-2).
    """

    gain: float
    sections: NDArray[np.float64]

    def likeness(self, n_lags: int) -> NDArray[np.float64]:
        """Return the autocorrelation of filtered white noise, 1 at lag 0, shape (n_lags,).

        Parameters
        ----------
        n_lags : int
            Number of lags from 0 on, at most half of `N_SPECTRUM`.
        """
        back = np.exp(-2j * np.pi * np.arange(N_SPECTRUM // 2 + 1) / N_SPECTRUM)
        response = np.ones(back.size, np.complex128)
        for first, second in self.sections:
            response *= (1.0 - back**2) / (1.0 + first * back + second * back**2)
        products = np.fft.irfft(np.abs(response) ** 2, N_SPECTRUM)
        alike: NDArray[np.float64] = products[:n_lags] / products[0]
        return alike


def design_band_pass(sampling_rate_hz: float, band_hz: tuple[float, float]) -> BandPass:
    """Return the filter of `scipy.signal.butter(4, band_hz, "bandpass")` without the import of SciPy, which takes 1 s.

    The poles of the low-pass prototype lie on a circle. They are transformed to the band with prewarped edges, and by
    the bilinear transform to the sampling rate.
    """
    bend = 2.0 * sampling_rate_hz
    low, high = (bend * math.tan(math.pi * edge_hz / sampling_rate_hz) for edge_hz in band_hz)
    circle = [cmath.exp(1j * math.pi * (2.0 * k + ORDER + 1.0) / (2.0 * ORDER)) for k in range(ORDER)]
    middle = [0.5 * (high - low) * pole for pole in circle]
    apart = [cmath.sqrt(pole * pole - low * high) for pole in middle]
    analog = [pole + sign * off for sign in (1.0, -1.0) for pole, off in zip(middle, apart, strict=True)]
    gain = ((bend * (high - low)) ** ORDER / math.prod(bend - pole for pole in analog)).real
    return BandPass(gain, _pair_poles([(bend + pole) / (bend - pole) for pole in analog]))


def _pair_poles(poles: list[complex]) -> NDArray[np.float64]:
    """Return the sections of real and of complex pole pairs, those nearest to the unit circle last."""
    upper = sorted((pole for pole in poles if pole.imag > 1e-9), key=abs)
    real = sorted(pole.real for pole in poles if abs(pole.imag) <= 1e-9)
    sections = [(-(one + other), one * other) for one, other in zip(real[::2], real[1::2], strict=True)]
    sections += [(-2.0 * pole.real, abs(pole) ** 2) for pole in upper]
    return np.array(sections)
