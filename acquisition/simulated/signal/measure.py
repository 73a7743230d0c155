"""Measurement of simulated twitches: the twitch alone, through the converter, relative to the noise alone."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from acquisition.simulated.electrodes import ElectrodePair
from acquisition.simulated.signal.adc import DEFAULT_GAIN, Decimator, internal_rate_hz, noise_uv
from acquisition.simulated.signal.nuisances import SkinNoise
from acquisition.simulated.truth import INVISIBLE_BELOW_DB, Twitch, grade_of

LOW_EDGE_HZ = 20.0
"""Lower edge of the measured band; the upper edge is that of the converter."""

NOISE_S = 4.0
"""Duration of the noise from which the baseline is measured."""


class TwitchMeter:
    """Measurement of twitches as a detector would see them, without interference.

    Parameters
    ----------
    noise : SkinNoise
        Noise of the electrodes; some seconds of it are consumed.
    pairs : sequence of ElectrodePair
        Channels.
    sampling_rate_hz : int
        Rate of the board.
    other_channels : collection of int
        Channels that are not pairs on the skin. They are used only where there are no others, because a grade refers to
        the skin.

    Attributes
    ----------
    baseline_rms_uv : ndarray, shape (n_channels,)
        RMS of the noise of electrodes and converter alone, above `LOW_EDGE_HZ`.
    """

    def __init__(
        self,
        noise: SkinNoise,
        pairs: Sequence[ElectrodePair],
        sampling_rate_hz: int,
        other_channels: Collection[int] = (),
    ) -> None:
        self._pairs = pairs
        everything = range(len(pairs))
        self._skin = [channel for channel in everything if channel not in other_channels] or list(everything)
        self._sampling_rate_hz = sampling_rate_hz
        self._factor = round(internal_rate_hz(sampling_rate_hz) / sampling_rate_hz)
        self._high_pass = butter(4, LOW_EDGE_HZ, "highpass", fs=sampling_rate_hz, output="sos")
        n_samples = round(NOISE_S * sampling_rate_hz)
        noise_alone_uv = self._as_seen(noise.stationary(self._factor * n_samples))[:, n_samples // 4 :]
        converter_uv = noise_uv(sampling_rate_hz, DEFAULT_GAIN)
        self.baseline_rms_uv = np.sqrt(np.mean(noise_alone_uv**2, axis=1) + converter_uv**2)

    def measure(self, waveform_uv: NDArray[np.float64], start_index: int, contact_s: float, n_units: int) -> Twitch:
        """Return the true properties of a twitch.

        Parameters
        ----------
        waveform_uv : ndarray, shape (n_channels, n_samples)
            The twitch alone at the internal rate.
        start_index : int
            Internal sample at which it starts.
        contact_s : float
            The needle contact that evoked it.
        n_units : int
            Number of motor units that fired.
        """
        lead = start_index % self._factor
        length = lead + waveform_uv.shape[1]
        trail = -length % self._factor + 4 * self._factor
        seen_uv = np.abs(self._as_seen(np.pad(waveform_uv, ((0, 0), (lead, trail)))))
        peaks_uv = seen_uv.max(axis=1)
        best = self._skin[int(np.argmax((peaks_uv / self.baseline_rms_uv)[self._skin]))]
        snr_db = float(20.0 * np.log10(peaks_uv[best] / self.baseline_rms_uv[best]))
        above = np.flatnonzero(seen_uv[best] > self.baseline_rms_uv[best])
        is_seen = snr_db >= INVISIBLE_BELOW_DB
        first, last = (int(above[0]), int(above[-1])) if is_seen else (0, length // self._factor)
        start = start_index // self._factor
        return Twitch(
            onset_s=(start + first) / self._sampling_rate_hz,
            offset_s=(start + last) / self._sampling_rate_hz,
            peak_uv=float(peaks_uv[best]),
            grade=grade_of(snr_db),
            snr_db=snr_db,
            channel=self._pairs[best].name,
            contact_s=float(contact_s),
            n_units=n_units,
        )

    def _as_seen(self, analog_uv: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return an analog signal after decimation and high-pass, shape (n_channels, n_samples)."""
        decimated_uv = Decimator(self._factor, len(self._pairs))(analog_uv)
        return np.asarray(sosfilt(self._high_pass, decimated_uv, axis=1))
