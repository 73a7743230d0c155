"""Which rates and which band a signal is looked at in, and the filter of that band."""

import cmath
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOW_EDGE_HZ = 30.0
"""A 4th-order high-pass here is the best simple remedy against the heart (Drake & Callaghan 2006)."""

HIGH_EDGE_HZ = 450.0
"""Surface EMG has next to nothing above (SENIAM: 500 Hz)."""

ORDER = 4
"""Of the Butterworth low-pass from which the band-pass is made."""

N_SPECTRUM = 8192
"""Samples after which the band-pass has long ceased to ring, at any rate that it is made for."""

HIGH_EDGE_PER_RATE = 0.4
"""Highest edge as a share of the sampling rate."""

LEAST_HIGH_EDGE_HZ = 100.0
"""A converter's bandwidth does not bring the upper edge below this (at 250 SPS the ADS1299 has 65 Hz): its droop up to
here is mild against what a narrower band would lose."""

TOP_RATE_HZ = 4000.0
"""Faster signals are decimated to at most this."""

FULL_VERDICT_RATE_HZ = 250.0
"""Below, too little of the EMG is left to confirm a twitch."""


def choose_band_hz(sampling_rate_hz: float, bandwidth_hz: float | None) -> tuple[float, float]:
    """Return the edges of the detection band in Hz.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal that is filtered.
    bandwidth_hz : float, optional
        -3 dB point of the converter; the band ends there, but not below `LEAST_HIGH_EDGE_HZ`.
    """
    high_hz = min(HIGH_EDGE_PER_RATE * sampling_rate_hz, HIGH_EDGE_HZ)
    if bandwidth_hz is not None:
        high_hz = min(high_hz, max(bandwidth_hz, min(LEAST_HIGH_EDGE_HZ, high_hz)))
    low_hz = min(LOW_EDGE_HZ, 0.5 * high_hz)
    return low_hz, high_hz


@dataclass(frozen=True, slots=True, eq=False)
class BandPass:
    """A 4th-order Butterworth band-pass as four sections in a row, the zeros of each at 0 Hz and at half the rate.

    Attributes
    ----------
    gain : float
        Of all sections together.
    sections : ndarray of float64, shape (4, 2)
        a1 and a2 of each: 1 - z^-2 over 1 + a1 z^-1 + a2 z^-2.
    """

    gain: float
    sections: NDArray[np.float64]

    def likeness(self, n_lags: int) -> NDArray[np.float64]:
        """Return how alike samples of filtered white noise are, by lag from 0, which gives 1, on: shape (n_lags,).

        Parameters
        ----------
        n_lags : int
            At most half of `N_SPECTRUM`.
        """
        back = np.exp(-2j * np.pi * np.arange(N_SPECTRUM // 2 + 1) / N_SPECTRUM)
        response = np.ones(back.size, np.complex128)
        for first, second in self.sections:
            response *= (1.0 - back**2) / (1.0 + first * back + second * back**2)
        products = np.fft.irfft(np.abs(response) ** 2, N_SPECTRUM)
        alike: NDArray[np.float64] = products[:n_lags] / products[0]
        return alike


def design_band_pass(sampling_rate_hz: float, band_hz: tuple[float, float]) -> BandPass:
    """Return the filter of `scipy.signal.butter(4, band_hz, "bandpass")`, without the second that its import takes.

    The poles of the low-pass lie on a circle; they are brought to the band, and by the bilinear transform, with the
    edges bent beforehand, to the sampling rate.
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
    """Return the sections of complex pairs and of pairs of real poles, those nearest to the unit circle last."""
    upper = sorted((pole for pole in poles if pole.imag > 1e-9), key=abs)
    real = sorted(pole.real for pole in poles if abs(pole.imag) <= 1e-9)
    sections = [(-(one + other), one * other) for one, other in zip(real[::2], real[1::2], strict=True)]
    sections += [(-2.0 * pole.real, abs(pole) ** 2) for pole in upper]
    return np.array(sections)
