"""Reader of the OpenBCI GUI's ``.txt`` files: versions 2 to 4 without column names, 5 and 6 by column name."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from acquisition.core import (
    ACCEL_G_PER_COUNT,
    ADS1299_BANDWIDTH_PER_RATE,
    ADS1299_FULL_SCALE_COUNTS,
    AuxChannel,
    RecordingError,
    Setup,
)
from acquisition.recording.assembly import GIVE_RATE
from acquisition.recording.scale import Scale, ads1299_scale, round_scale
from acquisition.recording.text.format import TextChannel, TextFormat
from acquisition.recording.text.recording import TextRecording
from acquisition.recording.text.table import TextTable

FIRST_LINE = re.compile(r"%\s*OpenBCI Raw E[EX]G Data|%\s*OBCI SD Convert")
"""First line of every version; the last alternative is an SD-card file converted by version 4."""

N_ACCEL = 3

GANGLION_FULL_SCALE_UV = 1.2e6 / (1.5 * 51)
"""MCP3912 with 1.2 V reference behind a gain of 51: 15686.27 µV."""

GANGLION_HEADER_UV = Fraction("15686.3")
"""The same in the 7 characters available in a BDF header, rounded up."""


@dataclass(frozen=True, slots=True)
class _Header:
    n_lines: int
    n_channels: int | None
    sampling_rate_hz: float | None
    board: str
    column_names: list[str] | None
    first_rows: list[str]


@dataclass(frozen=True, slots=True)
class _Columns:
    signals: list[int]
    aux: list[tuple[int, AuxChannel]]
    counter: int
    time: int | None
    is_day_time: bool = False


def is_openbci_gui(head: str) -> bool:
    """Return whether a file that begins with `head` was written by the OpenBCI GUI."""
    return FIRST_LINE.match(head) is not None


def read_openbci_gui(path: Path, head: str, sampling_rate_hz: float | None, setup: Setup) -> TextRecording:
    """Open a recording of the OpenBCI GUI.

    Raises
    ------
    RecordingError
        If its columns match no version, or the rate is unknown.
    """
    header = _parse_header(head)
    if not header.first_rows:
        raise RecordingError(f"{path} has the header of an OpenBCI GUI recording and no sample")
    warnings: list[str] = []
    columns = _named_columns(header.column_names) if header.column_names else _unnamed_columns(header)
    if not columns.signals:
        raise RecordingError(f"{path} has no EXG column: expected those of an OpenBCI GUI recording")
    rate_hz = header.sampling_rate_hz or sampling_rate_hz
    if rate_hz is None:
        raise RecordingError(f"{path} does not state its sampling rate: {GIVE_RATE}")
    n_empty = 1 if _first_row_is_empty(header.first_rows) else 0
    if n_empty:
        warnings.append("the first row is all zero and no sample: left out")
    is_ganglion = "Ganglion" in header.board or (not header.board and len(columns.signals) == 4)
    numbers = (*columns.signals, *(column for column, _ in columns.aux), columns.counter)
    text = TextFormat(
        table=TextTable(
            path,
            header.n_lines + n_empty,
            ",",
            (*numbers, *(() if columns.time is None else (columns.time,))),
            day_time=columns.time if columns.is_day_time else None,
        ),
        board=_board_name(header.board, len(columns.signals)),
        sampling_rate_hz=rate_hz,
        channels=tuple(TextChannel(f"EXG {number}") for number in range(1, len(columns.signals) + 1)),
        choose_scale=ganglion_scale if is_ganglion else ads1299_scale,
        bandwidth_hz=ADS1299_BANDWIDTH_PER_RATE * rate_hz,
        aux=tuple(aux for _, aux in columns.aux),
        has_counter=True,
        has_time=columns.time is not None,
        warnings=tuple(warnings),
    )
    return TextRecording(text, setup)


def _parse_header(head: str) -> _Header:
    lines = [line.rstrip("\r") for line in head.split("\n")]
    n_lines = 0
    fields: dict[str, str] = {}
    while n_lines < len(lines) and lines[n_lines].startswith("%"):
        key, _, value = lines[n_lines][1:].partition("=")
        fields[key.strip().lower()] = value.strip()
        n_lines += 1
    names = None
    if n_lines < len(lines) and "sample index" in lines[n_lines].lower():
        names = [name.strip() for name in lines[n_lines].split(",")]
        n_lines += 1
    return _Header(
        n_lines,
        _whole_number(fields.get("number of channels")),
        _rate(fields.get("sample rate")),
        fields.get("board", "").rpartition("$")[2],
        names,
        [line for line in lines[n_lines : n_lines + 2] if line],
    )


def _whole_number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 4 else None


def _rate(text: str | None) -> float | None:
    match = re.match(r"(\d{1,6}(?:\.\d{1,6})?)", text or "")
    rate_hz = float(match[1]) if match else 0.0
    return rate_hz if rate_hz > 0.0 else None


def _named_columns(names: list[str]) -> _Columns:
    signals, aux, time = [], [], None
    for number, name in enumerate(names):
        lower = name.lower()
        if lower.startswith("exg channel"):
            signals.append(number)
        elif lower.startswith("accel channel"):
            aux.append((number, AuxChannel(name.replace("Channel ", ""), "g", ACCEL_G_PER_COUNT)))
        elif lower.startswith(("digital channel", "analog channel", "marker channel")):
            aux.append((number, AuxChannel(name.replace("Channel ", "").replace("Channel", "").strip())))
        elif lower == "timestamp":
            time = number
    lower_names = [name.lower() for name in names]
    if "sample index" not in lower_names:
        raise RecordingError(
            f"the line of column names has no column Sample Index, it begins {', '.join(names)[:60]!r}: it is damaged"
        )
    return _Columns(signals, aux, lower_names.index("sample index"), time)


def _unnamed_columns(header: _Header) -> _Columns:
    """Return the columns of a file without names: index, EXG, three of the accelerometer, others, times."""
    fields = [field.strip() for field in header.first_rows[-1].split(",")]
    n_times = 0
    while n_times < 2 and n_times < len(fields) and _is_time(fields[-1 - n_times]):
        n_times += 1
    n_values = len(fields) - 1 - n_times
    n_channels = header.n_channels or n_values - N_ACCEL
    if not 0 < n_channels <= n_values:
        raise RecordingError(
            f"the rows have {len(fields)} columns, which do not fit {n_channels} channels: expected index, channels, "
            "accelerometer and times as the OpenBCI GUI writes them"
        )
    n_accel = N_ACCEL if n_values - n_channels >= N_ACCEL else 0
    accel = [(1 + n_channels + axis, AuxChannel(f"Accel {axis}", "g", ACCEL_G_PER_COUNT)) for axis in range(n_accel)]
    times = sorted(range(len(fields) - n_times, len(fields)), key=lambda number: ":" in fields[number])  # Unix first
    time = times[0] if times else None
    return _Columns(list(range(1, 1 + n_channels)), accel, 0, time, time is not None and ":" in fields[time])


def _is_time(field: str) -> bool:
    if ":" in field:
        return True
    try:
        return float(field) > 1e9
    except ValueError:
        return False


def _first_row_is_empty(rows: list[str]) -> bool:
    """Return whether the first row is all zero, index included, as some versions 5 write before the first sample."""
    if len(rows) < 2:
        return False
    try:
        values = [float(field) for field in rows[0].split(",")]
        return not any(values) and float(rows[1].split(",")[0]) == 0.0
    except ValueError:
        return False


def _board_name(board: str, n_channels: int) -> str:
    if board:
        return f"OpenBCI {board.removeprefix('Board')}"
    return {4: "OpenBCI Ganglion", 8: "OpenBCI Cyton", 16: "OpenBCI CytonDaisy"}.get(n_channels, "OpenBCI")


def ganglion_scale(largest_uv: float) -> Scale:
    """Return the scale of a Ganglion, or a coarser one where the values do not fit."""
    if largest_uv > GANGLION_HEADER_UV:
        return round_scale(largest_uv)
    scale_uv = float(GANGLION_HEADER_UV / ADS1299_FULL_SCALE_COUNTS)
    return Scale(scale_uv, int((GANGLION_FULL_SCALE_UV - 0.01) / scale_uv))
