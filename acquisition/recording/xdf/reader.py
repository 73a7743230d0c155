"""Reader of XDF files, based on pyxdf: the first EMG, EXG or EEG stream."""

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyxdf
from numpy.typing import NDArray

from acquisition.core import AmplitudeUnit, Block, BoardInfo, Channel, RecordingError, Role, Setup, brief_list
from acquisition.link.lsl_channels import (
    CHANNEL_KEYS,
    MOST_SCALE,
    DeclaredChannels,
    declared_bandwidth_hz,
    read_channels,
)
from acquisition.recording.annotation import Annotation
from acquisition.recording.assembly import assemble, block_length, contiguous
from acquisition.recording.recording import Damage, Recording, RecordingHeader
from acquisition.recording.scale import MAX_COUNTS, RAIL_TOLERANCE, round_scale, whole_counts
from acquisition.recording.xdf.chunks import whole_chunks_bytes
from acquisition.recording.xdf.times import StreamTimes, read_times

STREAM_TYPES = ("emg", "exg", "eeg")
"""Stream types in order of preference; they are compared without regard to case."""


class XdfRecording(Recording):
    """Open XDF file. Its samples are held in memory, as pyxdf reads them.

    Parameters
    ----------
    path : Path
        The file.
    sampling_rate_hz : float or None
        Rate, where the stream has no nominal one.
    setup : Setup
        Channel settings of the user.

    Raises
    ------
    RecordingError
        If pyxdf cannot read the file, or it contains no EMG.
    """

    def __init__(self, path: Path, sampling_rate_hz: float | None, setup: Setup) -> None:
        self.path = path
        warnings: list[str] = []
        streams = _load(path, warnings)
        stream = _choose_stream(streams, warnings)
        times_s = np.asarray(stream["time_stamps"], np.float64)
        times = read_times(times_s, _name(stream), _text(stream, "nominal_srate"), sampling_rate_hz)
        self._places = times.places
        signal = _signal(stream)
        self._counts, self._usable = signal.counts, signal.usable
        info = BoardInfo(
            name=_name(stream) or "XDF stream",
            sampling_rate_hz=times.rate_hz,
            channels=signal.channels,
            bandwidth_hz=declared_bandwidth_hz(
                _first(_described(stream, "acquisition"), "bandwidth_hz"), times.rate_hz
            ),
            full_scale_counts=MAX_COUNTS,
            amplitude_unit=signal.amplitude_unit,
        )
        warnings += [*_missing(stream), *signal.warnings, *times.warnings]
        n_samples = int(self._places[-1]) + 1
        self.header = RecordingHeader(setup.apply(info), n_samples, _markers(streams, times), tuple(warnings))

    def blocks(self, n_samples: int | None = None) -> Iterator[Block]:
        """Yield the recording as contiguous blocks."""
        aux = np.empty((len(self._counts), 0), np.int32)
        pieces = contiguous(self._places, self._counts, aux, self._usable)
        yield from assemble(pieces, self.info, self.header.n_samples, block_length(self.info, n_samples))


def _load(path: Path, warnings: list[str]) -> list[dict[str, Any]]:
    n_whole = whole_chunks_bytes(path)
    is_cut = n_whole < path.stat().st_size
    errors = _ErrorCount(logging.getLogger(pyxdf.load_xdf.__module__))  # pyxdf logs errors and continues
    try:
        with np.errstate(all="ignore"), errors:  # pyxdf divides by the time between the first stamp and the last
            # pyxdf refuses a file cut in any chunk but one of samples or a footer
            file = io.BytesIO(_beginning(path, n_whole)) if is_cut else str(path)
            streams, _ = pyxdf.load_xdf(file, dejitter_timestamps=False)
    except Exception as error:  # pyxdf raises whatever its parsing runs into
        raise RecordingError(f"{path} begins like an XDF file and cannot be read: {error}") from error
    if errors.n_errors or is_cut:
        warnings.append(Damage("the file is cut short or damaged: pieces of it could not be read and were left out"))
    elif unended := [_name(stream) for stream in streams if "footer" not in stream]:
        warnings.append(_cut_off(unended))
    return list(streams)


def _beginning(path: Path, n_bytes: int) -> bytes:
    with path.open("rb") as file:
        return file.read(n_bytes)


def _cut_off(names: list[str]) -> str:
    """Return a warning about streams without a StreamFooter chunk.

    Every stream must have one, and LabRecorder writes it when the recording is stopped. Without it nothing tells how
    many samples there were, so none is known to be missing: this is no `Damage`, as some programs never write one.
    """
    return f"the file lacks the end of {brief_list(names)}: if the recorder was cut off, what came last is missing"


class _ErrorCount(logging.Handler):
    """Handler that counts the errors of a logger and suppresses their output while the context is active."""

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__(logging.ERROR)  # pyxdf logs a warning where stamps are not dejittered
        self.n_errors = 0
        self._logger = logger
        self._propagates = logger.propagate

    def emit(self, record: logging.LogRecord) -> None:
        """Count one error."""
        self.n_errors += 1

    def __enter__(self) -> Self:
        self._logger.propagate = False
        self._logger.addHandler(self)
        return self

    def __exit__(self, *raised: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = self._propagates


def _choose_stream(streams: list[dict[str, Any]], warnings: list[str]) -> dict[str, Any]:
    found = [
        stream
        for kind in STREAM_TYPES
        for stream in streams
        if _text(stream, "type").lower() == kind and np.size(stream["time_series"]) and not _is_text(stream)
    ]
    if not found:
        kinds = ", ".join(sorted({_kind(stream) for stream in streams})) or "none"
        reason = f"expected a stream of type EMG, EXG or EEG with samples; the file has {kinds}"
        raise RecordingError("; ".join([reason, *warnings]))  # a file cut short is the likely cause
    if len(found) > 1:
        others = ", ".join(repr(_name(stream)) for stream in found[1:])
        warnings.append(f"of {len(found)} streams {_name(found[0])!r} is read; left out: {others}")
    return found[0]


def _kind(stream: dict[str, Any]) -> str:
    """Return the type of a stream, and what keeps it from being a signal."""
    kind = _text(stream, "type") or "without a type"
    if not np.size(stream["time_series"]):
        return f"{kind} (no samples)"
    return f"{kind} (text)" if _is_text(stream) else kind


def _missing(stream: dict[str, Any]) -> list[str]:
    """Return a warning about samples that the stream's footer states and that are missing."""
    try:
        n_declared = int(stream["footer"]["info"]["sample_count"][0])
    except (KeyError, IndexError, TypeError, ValueError):
        return []
    n_there = len(stream["time_stamps"])
    if n_there >= n_declared:
        return []
    return [Damage(f"the file is damaged: its end counts {n_declared} samples, {n_there} were found")]


def _text(stream: dict[str, Any], key: str) -> str:
    values = stream["info"].get(key) or [""]
    return str(values[0] or "")


def _name(stream: dict[str, Any]) -> str:
    return _text(stream, "name")


def _is_text(stream: dict[str, Any]) -> bool:
    return isinstance(stream["time_series"], list)


def _described(stream: dict[str, Any], part: str) -> dict[str, Any]:
    """Return one part of the stream's description, empty where it is absent."""
    try:
        return dict(stream["info"]["desc"][0][part][0])
    except (KeyError, IndexError, TypeError, ValueError):
        return {}


def _first(description: Any, key: str) -> str:
    values = description.get(key) if isinstance(description, dict) else None
    return values[0] if values and isinstance(values[0], str) else ""


@dataclass(frozen=True, slots=True, eq=False)
class _Signal:
    channels: tuple[Channel, ...]
    counts: NDArray[np.int32]
    usable: NDArray[np.bool_]
    amplitude_unit: AmplitudeUnit
    warnings: list[str]


def _signal(stream: dict[str, Any]) -> _Signal:
    """Return the samples in counts, each channel at its own scale.

    A sample without a number in any channel is lost. A channel without a number where others have one is set to its
    rail.
    """
    with np.errstate(invalid="ignore"):  # casting some NaN raises this flag
        values = np.asarray(stream["time_series"], np.float64)
    described = _described(stream, "channels").get("channel") or []
    texts = [{key: _first(one, key) for key in CHANNEL_KEYS} for one in described[: values.shape[1]]]
    declared = read_channels(texts + [{}] * (values.shape[1] - len(texts)), "EXG")
    with np.errstate(over="ignore"):
        signal_uv = values * np.array(declared.microvolts_per_unit)
    warnings = list(declared.notes)
    channels = _scaled(declared, signal_uv, warnings)
    has_number = np.isfinite(signal_uv)
    usable: NDArray[np.bool_] = np.asarray(has_number.any(axis=1))
    if not usable.all():
        warnings.append(f"{np.count_nonzero(~usable)} samples have no number in any channel: counted as lost")
    missing = np.mean(~has_number[usable], axis=0) if usable.any() else np.zeros(len(channels))
    silent = [f"{ch.name} ({100 * part:.3g} %)" for ch, part in zip(channels, missing, strict=True) if part]
    if silent:
        warnings.append(Damage(f"no number where other channels have one, taken as railed there: {brief_list(silent)}"))
    signal_uv[np.isnan(signal_uv) & usable[:, np.newaxis]] = np.inf
    counts = whole_counts(signal_uv / np.array([channel.microvolts_per_count for channel in channels]))
    return _Signal(channels, counts, usable, declared.amplitude_unit, warnings)


def _scaled(declared: DeclaredChannels, signal_uv: NDArray[np.float64], warnings: list[str]) -> tuple[Channel, ...]:
    """Return the channels, at the scale they state where their values fit it, otherwise as fine as 24 bits allow.

    A channel whose values are too large for a voltage, for example a clock in nanoseconds, gets the coarsest scale and
    is clipped there.

    Raises
    ------
    RecordingError
        If the values of all channels are too large for a biological signal.
    """
    channels: list[Channel] = []
    too_large: list[str] = []
    reasons: list[RecordingError] = []
    for channel, tells_scale, column in zip(declared.channels, declared.tells_scale, signal_uv.T, strict=True):
        largest_uv = float(np.abs(column[np.isfinite(column)]).max(initial=0.0))
        if tells_scale and largest_uv <= channel.microvolts_per_count * MAX_COUNTS * RAIL_TOLERANCE:
            channels.append(channel)
            continue
        try:
            channels.append(replace(channel, microvolts_per_count=round_scale(largest_uv).microvolts_per_count))
        except RecordingError as error:
            if channel.role is not Role.OFF:  # otherwise it is reported already
                too_large.append(f"{channel.name} ({largest_uv:.3g})")
            reasons.append(error)
            channels.append(replace(channel, role=Role.OFF, microvolts_per_count=MOST_SCALE))
    if len(reasons) == len(channels):
        raise reasons[0]
    if too_large:
        warnings.append(f"values that are no voltage of a muscle, not watched: {brief_list(too_large)}")
    return tuple(channels)


def _markers(streams: list[dict[str, Any]], times: StreamTimes) -> tuple[Annotation, ...]:
    """Return the texts of all marker streams, with onsets at the samples recorded at that time."""
    found = [
        Annotation(float(onset_s), 0.0, str(values[0]))
        for stream in streams
        if _text(stream, "type").lower() == "markers" and _is_text(stream)
        for onset_s, values in zip(
            times.onsets_s(np.asarray(stream["time_stamps"], np.float64)), stream["time_series"], strict=True
        )
        if np.isfinite(onset_s)
    ]
    return tuple(sorted(found, key=lambda note: note.onset_s))
