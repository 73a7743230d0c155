"""Signal of a recording for display: filtered to the detector's band, with the mains removed."""

import numpy as np
from numpy.typing import NDArray

from dsp.bands import ORDER
from dsp.levels import take_mains_off

STRETCH_S = 4.0
"""Signal in seconds from which the mains are estimated: long enough to separate them from the rest, and short enough
for them to be steady. Twitches keep at least 0.9 of their peaks."""

LEAST_S = 1.0
"""Least signal in seconds in which mains are searched for."""

SETTLE_S = 1.0
"""Time in seconds in which the filter settles; what it gives before is not drawn."""

CONVERTER_S = 0.1
"""Start of a recording in seconds that must not be filtered: a converter's first three or four samples step to an
electrode offset of some mV, and the filter's answer would be taken for mains during the next seconds."""


class BandSignal:
    """Causal filter for a signal in pieces, so that the peak of a burst is the one that the detector reported.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the signal.
    band_hz : tuple of float
        The detector's band.
    """

    def __init__(self, sampling_rate_hz: float, band_hz: tuple[float, float]) -> None:
        from scipy.signal import butter, sosfilt, sosfilt_zi  # here, as drawing is rare and the import is slow

        self._rate_hz = sampling_rate_hz
        self._sos = butter(ORDER, band_hz, btype="bandpass", fs=sampling_rate_hz, output="sos")
        self._filter, self._rest = sosfilt, sosfilt_zi(self._sos)[:, :, np.newaxis]
        self._state: NDArray[np.float64] | None = None
        self._recent_uv: NDArray[np.float64] | None = None

    def take(self, raw_uv: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the next piece filtered, in µV, shape (n_samples, n_channels) as given.

        The mains are estimated from the `STRETCH_S` that end with the piece, or from the whole piece if it is longer.
        """
        if self._state is None or self._recent_uv is None:
            self._state, self._recent_uv = self._rest * raw_uv[0], raw_uv[:0]
        filtered_uv, self._state = self._filter(self._sos, raw_uv, axis=0, zi=self._state)
        recent_uv = np.concatenate((self._recent_uv, filtered_uv))
        recent_uv = recent_uv[-max(len(raw_uv), round(STRETCH_S * self._rate_hz)) :]
        self._recent_uv = recent_uv.copy()
        if len(recent_uv) >= LEAST_S * self._rate_hz:
            take_mains_off(recent_uv, self._rate_hz)
        return recent_uv[len(recent_uv) - len(raw_uv) :]
