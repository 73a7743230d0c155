"""Signal for the report's pictures, read from a recording in one pass with little memory."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acquisition.recording import Recording
from twitchscope.findings.band_signal import CONVERTER_S, SETTLE_S, STRETCH_S, BandSignal

N_COLUMNS = 1400
"""Number of columns of the whole session in the picture; each shows the minimum and maximum of its samples."""

BEFORE_S, AFTER_S = 0.05, 0.15
"""Displayed time in s before and after the onset of a twitch."""


@dataclass(frozen=True, slots=True)
class ChannelSignal:
    """One channel of a recording in the detection band, without the mains.

    Attributes
    ----------
    column_s : float
        Duration of a column in seconds.
    low_uv, high_uv : ndarray of float64, shape (n_columns,)
        Minimum and maximum of each column.
    is_lost : ndarray of bool, shape (n_columns,)
        True where a column contains lost samples.
    times_ms : ndarray of float64, shape (n_times,)
        Times relative to the onset of a twitch.
    twitches_uv : ndarray of float64, shape (n_twitches, n_times)
        Signal around each onset; NaN outside the recording.
    """

    column_s: float
    low_uv: NDArray[np.float64]
    high_uv: NDArray[np.float64]
    is_lost: NDArray[np.bool_]
    times_ms: NDArray[np.float64]
    twitches_uv: NDArray[np.float64]


def channel_signal(
    recording: Recording, channel: int, band_hz: tuple[float, float], onsets_s: Sequence[float]
) -> ChannelSignal:
    """Return one channel of a recording, read in one pass.

    Parameters
    ----------
    recording : Recording
        Recording of any length.
    channel : int
        Number of the channel, from 0.
    band_hz : tuple of float
        Detection band in Hz.
    onsets_s : sequence of float
        Onsets of the displayed twitches.
    """
    rate_hz = recording.info.sampling_rate_hz
    n_in_column = max(1, math.ceil(recording.header.n_samples / N_COLUMNS))
    band = BandSignal(rate_hz, band_hz)
    windows = _Windows(onsets_s, rate_hz)
    lows: list[NDArray[np.float64]] = []
    highs: list[NDArray[np.float64]] = []
    lost: list[NDArray[np.bool_]] = []
    scale_uv = recording.info.microvolts_per_count[channel]
    n_columns_at_once = max(1, round(STRETCH_S * rate_hz / n_in_column))
    for block in recording.blocks(n_columns_at_once * n_in_column):
        n_left_out = min(len(block.counts), max(0, round(CONVERTER_S * rate_hz) - block.first_index))
        trace_uv = np.zeros(len(block.counts))
        if n_left_out < len(trace_uv):
            trace_uv[n_left_out:] = band.take(block.counts[n_left_out:, [channel]] * scale_uv)[:, 0]
        trace_uv[: max(0, round(SETTLE_S * rate_hz) - block.first_index)] = 0.0
        windows.take(block.first_index, trace_uv)
        edges = np.arange(0, len(trace_uv), n_in_column)
        lows.append(np.minimum.reduceat(trace_uv, edges))
        highs.append(np.maximum.reduceat(trace_uv, edges))
        lost.append(np.logical_or.reduceat(~block.valid, edges))
    return ChannelSignal(
        n_in_column / rate_hz,
        np.concatenate(lows) if lows else np.empty(0),
        np.concatenate(highs) if highs else np.empty(0),
        np.concatenate(lost) if lost else np.empty(0, np.bool_),
        windows.times_ms,
        windows.values_uv,
    )


class _Windows:
    """Collector of the signal around each onset."""

    def __init__(self, onsets_s: Sequence[float], rate_hz: float) -> None:
        n_before, n_after = round(BEFORE_S * rate_hz), round(AFTER_S * rate_hz)
        self.times_ms: NDArray[np.float64] = np.arange(-n_before, n_after, dtype=np.float64) * 1000.0 / rate_hz
        self.values_uv = np.full((len(onsets_s), n_before + n_after), np.nan)
        self._starts = [round(onset_s * rate_hz) - n_before for onset_s in onsets_s]

    def take(self, first_index: int, values_uv: NDArray[np.float64]) -> None:
        n = self.values_uv.shape[1]
        for row, start in enumerate(self._starts):
            low, high = max(start, first_index), min(start + n, first_index + len(values_uv))
            if low < high:
                self.values_uv[row, low - start : high - start] = values_uv[low - first_index : high - first_index]
