"""Reader of XDF files through pyxdf: the first EMG, EXG or EEG stream."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyxdf
from numpy.typing import NDArray

from acquisition.core import (
    GUESSED_BANDWIDTH_PER_RATE,
    MICROVOLTS_PER_UNIT,
    Block,
    BoardInfo,
    Channel,
    RecordingError,
    Setup,
)
from acquisition.recording.annotation import Annotation
from acquisition.recording.assembly import GIVE_RATE, assemble, block_length, require_believable
from acquisition.recording.recording import Recording, RecordingHeader
from acquisition.recording.text_recording import contiguous, round_scale, whole_counts
from acquisition.recording.xdf_chunks import require_plausible_chunks

STREAM_TYPES = ("emg", "exg", "eeg")
"""In the order in which they are preferred; type names are written in all cases."""

MIN_GAP_SAMPLES = 1.5
"""Time stamps that lie further apart than this many periods leave a gap."""

LATEST_STAMP_S = 1e12
"""Seconds of 30,000 years: no clock tells such a time, whatever its zero is."""


class XdfRecording(Recording):
    """An open XDF file; its samples are held in memory, as pyxdf reads them.

    Parameters
    ----------
    path : Path
        The file.
    sampling_rate_hz : float or None
        Rate, where the stream has no nominal one.
    setup : Setup
        What the user says of the channels.

    Raises
    ------
    RecordingError
        When pyxdf cannot read it, or it holds no EMG.
    """

    def __init__(self, path: Path, sampling_rate_hz: float | None, setup: Setup) -> None:
        self.path = path
        warnings: list[str] = []
        streams = _load(path)
        stream = _choose_stream(streams, warnings)
        rate_hz = float(stream["info"]["nominal_srate"][0]) or sampling_rate_hz
        if not rate_hz:
            raise RecordingError(f"the stream {_name(stream)!r} has no nominal sampling rate: {GIVE_RATE}")
        require_believable(0, rate_hz)
        values, times_s = np.asarray(stream["time_series"], np.float64), np.asarray(stream["time_stamps"], np.float64)
        signal_uv = values * _microvolts(stream, values.shape[1], warnings)
        self._places = _places(times_s, rate_hz, warnings)
        require_believable(int(self._places[-1]) + 1, rate_hz)
        scale = round_scale(float(np.abs(signal_uv[np.isfinite(signal_uv)]).max(initial=0.0)))
        self._usable: NDArray[np.bool_] = np.asarray(np.isfinite(signal_uv).all(axis=1))
        self._counts = whole_counts(signal_uv / scale.microvolts_per_count)
        info = BoardInfo(
            name=_name(stream) or "XDF stream",
            sampling_rate_hz=rate_hz,
            channels=tuple(Channel(name, scale.microvolts_per_count) for name in _labels(stream, values.shape[1])),
            bandwidth_hz=GUESSED_BANDWIDTH_PER_RATE * rate_hz,
            full_scale_counts=scale.full_scale_counts,
        )
        markers = _markers(streams, float(times_s[0]))
        n_samples = int(self._places[-1]) + 1
        self.header = RecordingHeader(setup.apply(info), n_samples, markers, tuple(warnings))

    def blocks(self, n_samples: int | None = None) -> Iterator[Block]:
        """Yield the recording as contiguous blocks."""
        aux = np.empty((len(self._counts), 0), np.int32)
        pieces = contiguous(self._places, self._counts, aux, self._usable)
        yield from assemble(pieces, self.info, self.header.n_samples, block_length(self.info, n_samples))


def _load(path: Path) -> list[dict[str, Any]]:
    require_plausible_chunks(path)
    try:
        streams, _ = pyxdf.load_xdf(str(path), dejitter_timestamps=False, verbose=False)
    except Exception as error:  # pyxdf raises whatever its parsing stumbles over
        raise RecordingError(f"{path} begins like an XDF file and cannot be read: {error}") from error
    return list(streams)


def _choose_stream(streams: list[dict[str, Any]], warnings: list[str]) -> dict[str, Any]:
    found = [
        stream
        for kind in STREAM_TYPES
        for stream in streams
        if _text(stream, "type").lower() == kind and np.ndim(stream["time_series"]) == 2 and len(stream["time_series"])
    ]
    if not found:
        kinds = sorted({_text(stream, "type") or "without a type" for stream in streams})
        raise RecordingError(
            f"expected a stream of type EMG, EXG or EEG with samples; the file has {', '.join(kinds) or 'none'}"
        )
    if len(found) > 1:
        others = ", ".join(repr(_name(stream)) for stream in found[1:])
        warnings.append(f"of {len(found)} streams {_name(found[0])!r} is read; left out: {others}")
    return found[0]


def _text(stream: dict[str, Any], key: str) -> str:
    values = stream["info"].get(key) or [""]
    return str(values[0] or "")


def _name(stream: dict[str, Any]) -> str:
    return _text(stream, "name")


def _channel_descriptions(stream: dict[str, Any], n_channels: int) -> list[dict[str, Any]]:
    """Return what the stream tells of its channels, an empty description where it tells nothing."""
    try:
        described = [dict(channel) for channel in stream["info"]["desc"][0]["channels"][0]["channel"]]
    except (KeyError, IndexError, TypeError, ValueError):
        described = []
    return described if len(described) == n_channels else [{}] * n_channels


def _first(description: dict[str, Any], key: str) -> str:
    values = description.get(key) or [""]
    return str(values[0] or "")


def _labels(stream: dict[str, Any], n_channels: int) -> list[str]:
    described = _channel_descriptions(stream, n_channels)
    return [_first(channel, "label") or f"EXG {number}" for number, channel in enumerate(described, start=1)]


def _microvolts(stream: dict[str, Any], n_channels: int, warnings: list[str]) -> NDArray[np.float64]:
    described = _channel_descriptions(stream, n_channels)
    factors = [MICROVOLTS_PER_UNIT.get(_first(channel, "unit").lower()) for channel in described]
    if None in factors:
        warnings.append("the stream does not tell the unit of every channel: taken as µV")
    return np.array([factor or 1.0 for factor in factors])


def _places(times_s: NDArray[np.float64], rate_hz: float, warnings: list[str]) -> NDArray[np.int64]:
    """Return the place of each sample: consecutive, with a gap where the time stamps leave one.

    Stamps jitter, so a gap is what the stamps stay behind the samples *from there on*, not a single late stamp: the
    smallest lateness of the second that follows is compared with that of the second before.
    """
    if not np.all(np.abs(times_s) < LATEST_STAMP_S):  # nor are NaN and infinity
        raise RecordingError("the stream has time stamps that are no numbers or no times: the file is damaged")
    late = (times_s - times_s[0]) * rate_hz - np.arange(len(times_s))
    n_window = max(1, round(rate_hz))
    gaps = np.zeros(len(times_s), np.int64)
    n_lost = 0
    for number in np.flatnonzero(np.diff(times_s) * rate_hz > MIN_GAP_SAMPLES) + 1:
        before = slice(max(0, number - n_window), number)
        since = gaps[before].sum() - np.cumsum(gaps[before])  # what was lost between each of them and here
        n_gap = round(float(late[number : number + n_window].min() - (late[before] + since).min()))
        if n_gap >= 1:
            n_lost += n_gap
            require_believable(n_lost, rate_hz)
            gaps[number] = n_gap
    if n_lost:
        warnings.append(f"the time stamps leave gaps of {n_lost} samples together: counted as lost")
    places: NDArray[np.int64] = np.arange(len(times_s), dtype=np.int64) + np.cumsum(gaps)
    return places


def _markers(streams: list[dict[str, Any]], start_s: float) -> tuple[Annotation, ...]:
    """Return the texts of all marker streams, relative to the first sample."""
    found = [
        Annotation(float(time_s) - start_s, 0.0, str(values[0]))
        for stream in streams
        if _text(stream, "type").lower() == "markers" and isinstance(stream["time_series"], list)
        for time_s, values in zip(stream["time_stamps"], stream["time_series"], strict=True)
        if np.isfinite(time_s)
    ]
    return tuple(sorted(found, key=lambda note: note.onset_s))
