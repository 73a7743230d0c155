"""Converter: decimation, noise and quantisation of an ADS1299."""

import numpy as np
from numpy.typing import NDArray

from acquisition.core import ADS1299_FULL_SCALE_COUNTS, ADS1299_GAINS, ads1299_microvolts_per_count

OVERSAMPLING = 4
"""Minimum internal rate of the analog signal as a multiple of the data rate, for realistic droop and aliasing."""

LOWEST_INTERNAL_RATE_HZ = 4000.0

DEFAULT_GAIN = 12
"""Suits electrode offsets up to ±375 mV."""

NOISE_UV: dict[int, tuple[float, ...]] = {
    250: (1.08, 0.57, 0.31, 0.23, 0.20, 0.16, 0.14),
    500: (1.53, 0.81, 0.44, 0.33, 0.28, 0.23, 0.20),
    1000: (2.17, 1.14, 0.62, 0.47, 0.39, 0.32, 0.28),
    2000: (3.06, 1.61, 0.88, 0.66, 0.56, 0.46, 0.40),
    4000: (4.33, 2.28, 1.2, 0.90, 0.80, 0.65, 0.56),
    8000: (6.93, 3.65, 2.0, 1.3, 1.1, 0.92, 0.80),
    16000: (21.70, 10.85, 5.6, 3.9, 3.1, 2.3, 1.7),
}
"""Input-referred noise in µV RMS by rate and gain (`ADS1299_GAINS`): gains 1 and 2 from the datasheet SBAS499, table 1
[C]; the higher gains from memory of revision C [M]."""

CONVERTER_RATES_HZ = tuple(NOISE_UV)
"""Sampling rates of the converter, in SPS. The simulated board offers fewer."""


def internal_rate_hz(sampling_rate_hz: int) -> float:
    """Return the internal rate of the analog signal for a board at `sampling_rate_hz`."""
    return max(LOWEST_INTERNAL_RATE_HZ, float(OVERSAMPLING * sampling_rate_hz))


def noise_uv(sampling_rate_hz: int, gain: int) -> float:
    """Return the converter's own noise in µV RMS."""
    return NOISE_UV[sampling_rate_hz][ADS1299_GAINS.index(gain)]


class Decimator:
    """Streaming sinc³ decimation by a whole factor.

    The ADS1299 runs its sinc³ at 1.024 MHz, so fast that its impulse response is the convolution of three boxcars of
    one output's length: a quadratic B-spline. Here, this response is sampled at the internal rate. Three running means
    of the internal samples would droop 0.7 dB less at half the data rate where the factor is 4. Droop and nulls agree
    within 0.05 dB up to 0.6 of the data rate and 0.2 dB up to 0.8. Aliasing covers everything up to half the internal
    rate.

    Parameters
    ----------
    factor : int
        Input samples per output sample.
    n_channels : int
        Channels.
    """

    def __init__(self, factor: int, n_channels: int) -> None:
        self._factor = factor
        # Row j weights the block of inputs that is j outputs old. Each output uses the newest 3 * factor inputs.
        self._taps = _quadratic_spline(factor).reshape(3, factor)[::-1].T.copy()
        self._older = np.zeros((n_channels, 2, 3))

    def __call__(self, signal: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the next outputs.

        Parameters
        ----------
        signal : ndarray, shape (n_channels, n_outputs * factor)
            Next inputs.

        Returns
        -------
        ndarray, shape (n_channels, n_outputs)
        """
        n_channels = signal.shape[0]
        parts = (signal.reshape(-1, self._factor) @ self._taps).reshape(n_channels, -1, 3)
        parts = np.concatenate([self._older, parts], axis=1)
        self._older = parts[:, -2:].copy()
        return np.asarray(parts[:, 2:, 0] + parts[:, 1:-1, 1] + parts[:, :-2, 2])


def _quadratic_spline(factor: int) -> NDArray[np.float64]:
    """Return the convolution of three unit boxcars at `factor` points per unit, shape (3 * factor,), of sum 1."""
    away = np.abs((np.arange(3 * factor) + 0.5) / factor - 1.5)
    spline = np.where(away < 0.5, 0.75 - away**2, 0.5 * (1.5 - away) ** 2)
    return np.asarray(spline / spline.sum())


class Converter:
    """Quantisation to ADS1299 counts at a gain per channel.

    Attributes
    ----------
    gains : list of int
        Gain of each channel; `set_gain` changes one.
    """

    def __init__(self, sampling_rate_hz: int, gains: list[int]) -> None:
        self.gains = list(gains)
        self._sampling_rate_hz = sampling_rate_hz
        self._scale()

    def set_gain(self, channel: int, gain: int) -> None:
        """Set the gain of a channel (from 0)."""
        self.gains[channel] = gain
        self._scale()

    def convert(self, signal_uv: NDArray[np.float64], unit_noise: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return counts; `unit_noise` is white noise of variance 1, scaled here to the converter's noise."""
        counts = np.rint((signal_uv + unit_noise * self._noise_uv) / self._microvolts_per_count)
        np.clip(counts, -ADS1299_FULL_SCALE_COUNTS, ADS1299_FULL_SCALE_COUNTS, out=counts)
        return np.asarray(counts.astype(np.int32))

    def _scale(self) -> None:
        self._microvolts_per_count = np.array([ads1299_microvolts_per_count(gain) for gain in self.gains])
        self._noise_uv = np.array([noise_uv(self._sampling_rate_hz, gain) for gain in self.gains])
