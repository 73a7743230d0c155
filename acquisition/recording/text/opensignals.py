"""Reader of OpenSignals text files, of biosignalsplux and BITalino: a line of JSON above the rows."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from acquisition.core import (
    GUESSED_BANDWIDTH_PER_RATE,
    UNKNOWN_SCALE,
    AmplitudeUnit,
    RecordingError,
    Role,
    Setup,
    are_in_counts,
    brief_list,
    distinct_names,
)
from acquisition.recording.scale import Scale, round_scale
from acquisition.recording.text.format import TextChannel, TextFormat
from acquisition.recording.text.layout import TextLayout
from acquisition.recording.text.recording import TextRecording
from acquisition.recording.text.table import TextTable
from acquisition.recording.text.timing.even_times import EvenTimes, rising_columns

FIRST_LINE = "# OpenSignals Text File Format"
PROGRAM = "OpenSignals"
COUNTER = "nSeq"
LEAST_BITS, MAX_BITS = 2, 24
HIGHEST_RATE_HZ = 1e6

REFERENCE_UV = {"biosignalsplux": 3.0e6, "bitalino_rev": 3.3e6}
"""Supply of the converter by device, the range of its counts; half of it represents 0."""

GAINS = {
    ("EMG", "biosignalsplux"): 1000.0, ("EMG", "bitalino_rev"): 1009.0,
    ("ECG", "biosignalsplux"): 1019.0, ("ECG", "bitalino_rev"): 1100.0,
}  # fmt: skip
"""Gains of the sensors of biopotentials, from the manufacturer's data sheets and notebooks."""

UNITS_UV = {"EMG": 1000.0, "ECG": 1000.0}
"""µV per unit of values converted by OpenSignals: millivolts."""

UNKNOWN_SENSORS = ("RAW", "CUSTOM", "")
"""Sensors that may be anything, including EMG."""


@dataclass(frozen=True, slots=True)
class _Column:
    """Column of the rows: name, and for a signal its sensor without the board's name, device and bits."""

    name: str
    sensor: str | None = None
    device: str = ""
    n_bits: int = 0
    is_converted: bool = False


def is_opensignals(head: str) -> bool:
    """Return whether a text that begins with `head` was written by OpenSignals."""
    return head.startswith(FIRST_LINE)


def read_opensignals(path: Path, layout: TextLayout, setup: Setup) -> TextRecording:
    """Open a recording of OpenSignals.

    Columns of several devices are side by side. Samples that the counter shows as lost keep their positions.

    Raises
    ------
    RecordingError
        If the line of JSON above the rows cannot be read, or does not describe them.
    """
    devices = _devices(path, layout)
    rate_hz = _rate_hz(path, devices)
    columns = [column for device in devices for column in _columns(path, device)]
    n_filled = max((number for number, field in enumerate(layout.rows[0], start=1) if field), default=0)
    if n_filled != len(columns):
        raise RecordingError(f"{path} describes {len(columns)} columns above its rows, which have {n_filled}")
    signals = {number: column for number, column in enumerate(columns) if column.sensor is not None}
    if not signals:
        raise RecordingError(
            f"{path} has no signal among {brief_list(distinct_names([column.name for column in columns], 'column'))}"
        )
    roles = _roles(list(signals.values()))
    units = ["mV" if _is_known(column) else "counts" for column in signals.values()]
    are_counts = are_in_counts(zip(roles, units, strict=True))
    names = distinct_names([column.name for column in signals.values()], "CH")
    channels = [
        _channel(replace(column, name=name), role if are_counts or _is_known(column) else Role.OFF)
        for column, name, role in zip(signals.values(), names, roles, strict=True)
    ]
    counter = _counter(columns, layout, rate_hz)
    used = tuple(signals) if counter is None else (*signals, counter.column)
    text = TextFormat(
        table=TextTable(path, layout.n_skipped, layout.delimiter, used, "#", translation=layout.translation),
        board=distinct_names([str(devices[0].get("device") or PROGRAM)], PROGRAM)[0],
        sampling_rate_hz=rate_hz,
        channels=tuple(channels),
        choose_scale=round_scale,
        bandwidth_hz=GUESSED_BANDWIDTH_PER_RATE * rate_hz,
        has_time=counter is not None,
        even_times=counter,
        amplitude_unit=AmplitudeUnit.COUNTS if are_counts else AmplitudeUnit.MICROVOLTS,
        warnings=tuple(_warnings(list(signals.values()), roles, channels, are_counts)),
    )
    return TextRecording(text, setup)


def _devices(path: Path, layout: TextLayout) -> list[dict[str, Any]]:
    line = next((line for line in layout.header_lines if line.lstrip("# ").startswith("{")), "")
    try:
        document = json.loads(line.lstrip("# "))
    except (ValueError, RecursionError) as error:
        raise _damaged(path) from error
    devices = list(document.values()) if isinstance(document, dict) else []
    if not devices or not all(isinstance(device, dict) for device in devices):
        raise _damaged(path)
    return devices


def _columns(path: Path, device: dict[str, Any]) -> Iterator[_Column]:
    names, labels = _texts(path, device, "column"), _texts(path, device, "label")
    sensors, bits = _texts(path, device, "sensor"), device.get("resolution")
    bits = bits if isinstance(bits, list) else []
    kind = str(device.get("device") or "")
    for number, name in enumerate(names):
        place = labels.index(name) if name in labels else None
        if place is None:
            yield _Column(name)
            continue
        of_column = bits[number : number + 1] if len(bits) == len(names) else bits[place : place + 1]
        is_stated = bool(of_column) and type(of_column[0]) is int and LEAST_BITS <= of_column[0] <= MAX_BITS
        sensor = "".join(filter(str.isprintable, sensors[place])).upper() if place < len(sensors) else ""
        sensor = sensor.removesuffix("BITREV").removesuffix("BIT")
        yield _Column(name, sensor, kind, of_column[0] if is_stated else 0, device.get("convertedValues") == 1)


def _texts(path: Path, device: dict[str, Any], key: str) -> list[str]:
    texts = device.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _damaged(path)
    return texts


def _rate_hz(path: Path, devices: list[dict[str, Any]]) -> float:
    rates = [device.get("sampling rate") for device in devices]
    rate_hz = rates[0]
    if isinstance(rate_hz, bool) or not isinstance(rate_hz, int | float) or not 0.0 < rate_hz <= HIGHEST_RATE_HZ:
        raise _damaged(path)
    if any(other_hz != rate_hz for other_hz in rates):
        raise _damaged(path)
    return float(rate_hz)


def _counter(columns: list[_Column], layout: TextLayout, rate_hz: float) -> EvenTimes | None:
    """Return the first sample counter as a column of times, or None where it wraps at 16 as a BITalino's does."""
    names = [column.name for column in columns]
    if COUNTER not in names or names.index(COUNTER) not in rising_columns(names, layout.rows).evenly:
        return None
    return EvenTimes(names.index(COUNTER), 1.0 / rate_hz, True, rate_hz, 1.0 / rate_hz)


def _damaged(path: Path) -> RecordingError:
    return RecordingError(
        f"{path} begins like a text of OpenSignals, but its second line is not the JSON that describes its devices, "
        "their columns and one sampling rate: was it edited, or cut?"
    )


def _is_known(column: _Column) -> bool:
    """Return whether the scale of a column in µV is known."""
    if column.is_converted:
        return column.sensor in UNITS_UV
    return (column.sensor, column.device) in GAINS and column.n_bits > 0


def _roles(signals: Sequence[_Column]) -> list[Role]:
    """Return the role of each sensor. A sensor of unknown kind is used only where none is stated to be EMG."""
    of_muscle = ("EMG",) if any(column.sensor == "EMG" for column in signals) else UNKNOWN_SENSORS
    seen = {"ECG": Role.ECG, **dict.fromkeys(of_muscle, Role.SURFACE)}
    return [seen.get(str(column.sensor), Role.OFF) for column in signals]


def _channel(column: _Column, role: Role) -> TextChannel:
    if not _is_known(column):
        return TextChannel(column.name, role=role)
    sensor = str(column.sensor)
    if column.is_converted:
        return TextChannel(column.name, UNITS_UV[sensor], role=role)
    half = 2 ** (column.n_bits - 1)
    microvolts = REFERENCE_UV[column.device] / (2 * half) / GAINS[sensor, column.device]
    return TextChannel(column.name, microvolts, zero=half, scale=Scale(microvolts, half - 1), role=role)


def _warnings(
    signals: Sequence[_Column], roles: Sequence[Role], channels: Sequence[TextChannel], are_counts: bool
) -> Iterator[str]:
    if are_counts:
        yield UNKNOWN_SCALE
    off: list[str] = []
    unknown: list[str] = []
    for column, role, channel in zip(signals, roles, channels, strict=True):
        if channel.role is Role.OFF:
            (off if role is Role.OFF else unknown).append(f"{channel.name} ({column.sensor})")
    if off:
        yield f"not watched, as their sensors see no muscle: {brief_list(off)}"
    if unknown:
        yield f"not watched, as their scale is unknown beside others in µV: {brief_list(unknown)}"
