"""Contact quality of each channel over a whole session, from its signal alone: railed, flat, mains, noise."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acquisition.core import Block, BoardInfo
from dsp.artifacts.mains import NOMINAL_HZ
from dsp.compiled._contact import tally_contacts, weighed_powers, windowed_uv
from twitchscope.electrodes.contact import FLAT_UV, RAILED_SHARE, is_watched
from twitchscope.electrodes.envelope import EnvelopeWatch
from twitchscope.histogram import LogHistogram

WINDOW_S = 0.5
"""Length of a window in seconds: its resolution of 2 Hz separates 50 from 60 Hz mains, and both from their
neighbourhood."""

LINE_HALF_WIDTH_HZ = 4.0
"""Half width in Hz over which the window spreads a line."""

BESIDE_HZ = 12.0
"""Half width in Hz of the neighbourhood from which the muscle's share of a line is estimated."""

LEAST_UV, MOST_UV = 1e-3, 1e6

N_MEASURED, EVERY = 120, 4
"""Mains and noise are measured in every window of the first minute, then in every fourth. This is enough for medians
over an hour; measuring every window would take as long as the detector."""


@dataclass(frozen=True, slots=True)
class ChannelQuality:
    """Contact quality of one channel.

    Attributes
    ----------
    railed_fraction, flat_fraction : float
        Fraction of the time in which the signal was at the end of the range, or constant; 0 to 1.
    mains_uv : float or None
        Amplitude of the mains' fundamental in µV, median over time; None if nothing could be measured.
    noise_uv : float or None
        RMS in µV in the detector's band without the mains, median over time; None likewise.
    """

    railed_fraction: float
    flat_fraction: float
    mains_uv: float | None
    noise_uv: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the object for ``session.json``."""
        return {
            "railed_fraction": round(self.railed_fraction, 4),
            "flat_fraction": round(self.flat_fraction, 4),
            "mains_uv": None if self.mains_uv is None else round(self.mains_uv, 3),
            "noise_uv": None if self.noise_uv is None else round(self.noise_uv, 3),
        }


class QualityWatch:
    """Monitor of every channel's contact, in windows of half a second, with constant memory.

    Parameters
    ----------
    info : BoardInfo
        Description of the board.
    band_hz : tuple of float
        The detector's band.
    """

    def __init__(self, info: BoardInfo, band_hz: tuple[float, float]) -> None:
        self._info = info
        self._uv_per_count = info.microvolts_per_count
        self._rail = RAILED_SHARE * info.full_scale_uv / self._uv_per_count
        n_samples = max(2, round(WINDOW_S * info.sampling_rate_hz))
        self._window = np.zeros((info.n_channels, n_samples), np.int32)  # contiguous channels are summed faster
        self._n_filled = 0
        self._next_index = 0
        self._n_windows = 0
        self._tally = np.zeros((3, info.n_channels), np.int64)  # good, railed, flat
        self._envelopes = EnvelopeWatch(info.n_channels)
        self._mains, self._noise = (LogHistogram(LEAST_UV, MOST_UV, info.n_channels) for _ in range(2))
        self._shape = np.hanning(n_samples)
        frequencies_hz = np.fft.rfftfreq(n_samples, 1.0 / info.sampling_rate_hz).astype(np.float64)
        self._weights = np.stack([*_line_weights(frequencies_hz), _noise_weights(frequencies_hz, band_hz)])
        self._weights *= 2.0 / (n_samples * float(np.sum(self._shape**2)))  # from |X|² to mean squares

    def process(self, block: Block) -> None:
        """Process the next block; windows with lost samples are skipped."""
        start = 0
        if block.first_index != self._next_index or not block.valid.all():
            self._n_filled = 0
            start = int(np.flatnonzero(~block.valid)[-1]) + 1 if not block.valid.all() else 0
        self._next_index = block.end_index
        while start < block.n_samples:
            n_taken = min(block.n_samples - start, self._window.shape[1] - self._n_filled)
            self._window[:, self._n_filled : self._n_filled + n_taken] = block.counts[start : start + n_taken].T
            self._n_filled += n_taken
            start += n_taken
            if self._n_filled == self._window.shape[1]:
                self._n_filled = 0
                self._judge(self._window)

    def _judge(self, counts: NDArray[np.int32]) -> None:
        good = tally_contacts(counts, self._uv_per_count, self._rail, FLAT_UV, self._tally)
        self._n_windows += 1
        is_measured = self._n_windows <= N_MEASURED or self._n_windows % EVERY == 0
        if not is_measured or not good.size:
            return
        self._envelopes.judge(counts, good)
        spectra = np.fft.rfft(windowed_uv(counts, self._uv_per_count, self._shape))
        *lines_uv2, noise_uv2 = weighed_powers(spectra, self._weights)[:, good]
        self._mains.add(np.sqrt(2.0 * np.maximum(np.max(lines_uv2, axis=0), 0.0)), good)
        self._noise.add(np.sqrt(noise_uv2), good)

    def channels(self) -> list[ChannelQuality]:
        """Return the quality of each channel so far."""
        n_windows = max(1, self._n_windows)
        _, n_railed, n_flat = self._tally.tolist()
        return [
            ChannelQuality(
                n_railed[channel] / n_windows,
                n_flat[channel] / n_windows,
                _known(self._mains.quantile(0.5, channel)),
                _known(self._noise.quantile(0.5, channel)),
            )
            for channel in range(self._window.shape[0])
        ]

    def remarks(self) -> list[str]:
        """Return remarks on the signal so far, in English: none or one sentence."""
        channels = [self._info.channels[place] for place in self._envelopes.channels()]
        names = [channel.name for channel in channels if is_watched(channel.role)]
        if not names:
            return []
        return [
            f"never below 0, like an envelope, an RMS or rectified EMG: {', '.join(names)}; the detector needs the raw "
            "signal, and in this one it misses twitches or finds wrong ones"
        ]


def _line_weights(frequencies_hz: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return weights, per mains frequency, that sum the power of its line in excess of its neighbourhood."""
    lines = [_near(frequencies_hz, hz, LINE_HALF_WIDTH_HZ) for hz in NOMINAL_HZ]
    weights = []
    for hz, line in zip(NOMINAL_HZ, lines, strict=True):
        beside = _near(frequencies_hz, hz, BESIDE_HZ) & ~np.any(lines, axis=0)
        weights.append(line - beside * (line.sum() / max(1, beside.sum())))
    return weights


def _noise_weights(frequencies_hz: NDArray[np.float64], band_hz: tuple[float, float]) -> NDArray[np.float64]:
    """Return weights that sum the power in the band, with mains and harmonics replaced by the mean of the rest."""
    in_band = (frequencies_hz >= band_hz[0]) & (frequencies_hz <= band_hz[1])
    in_noise = in_band.copy()
    for hz in NOMINAL_HZ:
        for harmonic_hz in np.arange(hz, band_hz[1] + hz, hz):
            in_noise &= ~_near(frequencies_hz, harmonic_hz, LINE_HALF_WIDTH_HZ)
    weights: NDArray[np.float64] = in_noise * (in_band.sum() / max(1, in_noise.sum()))
    return weights


def _near(frequencies_hz: NDArray[np.float64], hz: float, half_width_hz: float) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = np.abs(frequencies_hz - hz) <= half_width_hz
    return near


def _known(value: float) -> float | None:
    return None if value != value else value
