"""Recording in memory, the displayed part of it, and an overview of the whole."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acquisition.core import BoardInfo, RecordingError
from acquisition.recording import Recording
from twitchscope.electrodes.contact import is_watched
from twitchscope.live.feed import DetectorState, Samples
from twitchscope.live.lanes.puller import SLOW_BASELINE_HZ
from twitchscope.terminal.progress import with_progress

LARGEST_BYTES = 4_000_000_000
"""Largest size in memory: eight hours of eight channels at 4000 samples/s. A larger recording is rejected."""

SETTLE_S = 0.5
"""Start of a recording that the overview omits, in which converter and filters settle."""


@dataclass(frozen=True, slots=True)
class RecordedSignal:
    """All samples of a recording.

    Attributes
    ----------
    info : BoardInfo
        Channels, sampling rate and scale.
    counts : ndarray of int32, shape (n_samples, n_channels)
        Raw converter counts.
    valid : ndarray of bool, shape (n_samples,)
        False where a sample was lost.
    """

    info: BoardInfo
    counts: NDArray[np.int32]
    valid: NDArray[np.bool_]

    @property
    def duration_s(self) -> float:
        """Duration at the nominal sampling rate."""
        return len(self.counts) / self.info.sampling_rate_hz


def load_signal(recording: Recording) -> RecordedSignal:
    """Read a whole recording.

    Raises
    ------
    RecordingError
        If it is too long to be held in memory.
    """
    n_samples, info = recording.header.n_samples, recording.info
    n_bytes = n_samples * info.n_channels * 4
    if n_bytes > LARGEST_BYTES:
        raise RecordingError(
            f"{recording.path.name} holds {n_bytes / 1e9:.1f} GB of samples, and the review reads at most "
            f"{LARGEST_BYTES / 1e9:.0f}: cut it into parts, for example with EDFbrowser"
        )
    counts = np.zeros((n_samples, info.n_channels), np.int32)
    valid = np.zeros(n_samples, np.bool_)
    for block in with_progress(recording.blocks(), n_samples, info.sampling_rate_hz, recording.path.name):
        counts[block.first_index : block.end_index] = block.counts
        valid[block.first_index : block.end_index] = block.valid
    return RecordedSignal(info, counts, valid)


class SignalView:
    """Part of a recording that ends at `end_index`, drawn by `Traces`.

    Parameters
    ----------
    signal : RecordedSignal
        The whole recording.
    """

    def __init__(self, signal: RecordedSignal) -> None:
        self._signal = signal
        self.end_index = len(signal.counts)
        n = signal.info.n_channels
        self.state = DetectorState((math.nan,) * n, (True,) * n, baseline_is_learnt=False)

    @property
    def info(self) -> BoardInfo:
        """Channels, sampling rate and scale."""
        return self._signal.info

    def samples_from(self, index: int) -> Samples:
        """Return the samples from `index` to the end of the part."""
        first = min(max(index, 0), self.end_index)
        part = slice(first, self.end_index)
        return Samples(first, self._signal.counts[part], self._signal.valid[part])

    def set_baselines(self, rms_uv: dict[str, float]) -> None:
        """Set the resting baselines by channel name."""
        known = tuple(rms_uv.get(channel.name, math.nan) for channel in self.info.channels)
        self.state = DetectorState(known, self.state.is_usable, bool(rms_uv))


@dataclass(frozen=True, slots=True)
class Overview:
    """Overview of a recording in columns.

    Attributes
    ----------
    column_s : float
        Duration of a column in seconds.
    peak_uv : ndarray of float64, shape (n_columns,)
        Largest deviation from the slow baseline on any watched channel.
    is_lost : ndarray of bool, shape (n_columns,)
        True where samples were lost.
    """

    column_s: float
    peak_uv: NDArray[np.float64]
    is_lost: NDArray[np.bool_]


def overview_parts(signal: RecordedSignal, n_columns: int) -> Iterator[Overview]:
    """Yield the overview in order, some columns at a time, so that the caller may stop in between."""
    from scipy.signal import lfilter

    info, n_samples = signal.info, len(signal.counts)
    watched = np.array([is_watched(channel.role) for channel in info.channels], np.bool_)
    scale_uv = info.microvolts_per_count[watched].astype(np.float32)
    pole = np.float32(math.exp(-2.0 * math.pi * SLOW_BASELINE_HZ / info.sampling_rate_hz))
    n_in_column = max(1, math.ceil(n_samples / n_columns))
    n_at_once = n_in_column * max(1, round(20.0 * info.sampling_rate_hz / n_in_column))
    state = None
    for start in range(0, n_samples, n_at_once):
        raw_uv = signal.counts[start : start + n_at_once, watched] * scale_uv
        valid = signal.valid[start : start + n_at_once]
        if state is None:
            state = pole * raw_uv[:1]
        slow_uv, state = lfilter([1.0 - pole], [1.0, -pole], raw_uv, axis=0, zi=state)
        size_uv = np.abs(raw_uv - slow_uv).max(axis=1, initial=0.0)
        size_uv[~valid] = 0.0
        size_uv[: max(0, round(SETTLE_S * info.sampling_rate_hz) - start)] = 0.0
        edges = np.arange(0, len(size_uv), n_in_column)
        yield Overview(
            n_in_column / info.sampling_rate_hz,
            np.maximum.reduceat(size_uv, edges).astype(np.float64),
            np.logical_or.reduceat(~valid, edges),
        )
