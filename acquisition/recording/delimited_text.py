"""Reader of plain text with columns: CSV and its relatives, and the "Simple Text Format" of BioSPPy."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from acquisition.core import (
    GUESSED_BANDWIDTH_PER_RATE,
    UNKNOWN_SCALE,
    RecordingError,
    Role,
    Setup,
    is_count,
    is_no_voltage,
    microvolts_per_unit,
    some_of,
)
from acquisition.recording.column_names import NO_VOLTAGE, TAKEN_AS_ECG, bare, is_heart, is_no_signal, unit_of
from acquisition.recording.even_times import RisingColumns, find_times, rising_columns
from acquisition.recording.text_format import Scale, TextChannel, TextFormat
from acquisition.recording.text_layout import COMMENTS, TextLayout, is_number
from acquisition.recording.text_rate import believable_hz, choose_rate_hz
from acquisition.recording.text_recording import TextRecording, round_scale
from acquisition.recording.text_table import TextTable
from acquisition.recording.told_rate import told_rates_hz

RESOLUTION = re.compile(r"resolution\s*[:=]+\s*(\d{1,2})\b", re.IGNORECASE)
UNITS = re.compile(r"^[#%]\s*units?\s*[:=]+\s*(\S[^\r\n]{0,30}?)\s*$", re.IGNORECASE | re.MULTILINE)
"""As BioSPPy writes the unit of all columns that it has converted from a converter's numbers."""

LABELS = re.compile(r"labels\s*[:=]+\s*([^\]]+)", re.IGNORECASE)
"""As BioSPPy writes the names of columns."""

MAX_BITS = 24

NO_VOLTAGES = (
    "g", "m/s^2", "m/s2", "m/s²", "deg", "°", "deg/s", "°/s", "dps", "rad", "rad/s", "nm", "kg", "pa", "kpa", "hpa",
    "°c", "bpm", "ut", "µt", "μt", "%",
)  # fmt: skip
"""Units behind a name that are no voltage for sure, in small letters: in brackets there may be anything, as a side."""

TEXT_FILE = "text file"
"""What stands for the board of which nothing is known."""

NO_UNIT = "no unit is told: taken as µV"


def read_delimited_text(
    path: Path, layout: TextLayout, sampling_rate_hz: float | None, setup: Setup, unit: str | None = None
) -> TextRecording:
    """Open a recording in plain text.

    Parameters
    ----------
    path : Path
        The file.
    layout : TextLayout
        How its lines are made up.
    sampling_rate_hz : float or None
        Rate, where the user tells it.
    setup : Setup
        What the user says of the channels.
    unit : str, optional
        Unit of the columns that tell none: ``V``, ``mV`` or ``uV``.

    Raises
    ------
    RecordingError
        When it has no column of numbers, when neither it nor the user tells the rate, or when its times tell another.
    """
    warnings: list[str] = []
    names = _names(layout)
    rising = rising_columns(names, layout.rows)
    columns = _signals(names, layout, rising, warnings)
    if not columns:
        raise RecordingError(f"{path} has no column of a signal among {', '.join(names)}")
    told = "\n".join(layout.told)
    table = TextTable(path, layout.n_skipped, layout.delimiter, columns, "#", translation=layout.translation)
    told_hz = believable_hz(told_rates_hz(layout.told), sampling_rate_hz, warnings)
    rates_hz = told_hz if sampling_rate_hz is None else [sampling_rate_hz, *told_hz]
    times = find_times(table, names, layout.rows, rising, rates_hz)
    times_told = None if times is None else (times, names[times.column])
    rate_hz = choose_rate_hz(path, times_told, told_hz, sampling_rate_hz, warnings)
    told_unit, resolution = UNITS.search(told), RESOLUTION.search(told)
    are_counts = told_unit is None and resolution is not None and 1 <= int(resolution[1]) <= MAX_BITS
    n_bits = int(resolution[1]) if are_counts and resolution is not None else None
    found = [_channel(names[column], told_unit[1] if told_unit else "", unit, are_counts) for column in columns]
    warnings += _unit_warnings(found)
    if times is not None:
        day_time = times.column if times.column in rising.days else None
        table = replace(table, columns=(*columns, times.column), day_time=day_time)
    text = TextFormat(
        table=table,
        board=TEXT_FILE,
        sampling_rate_hz=rate_hz,
        channels=tuple(channel for channel, _ in found),
        choose_scale=round_scale if n_bits is None else lambda _: Scale(1.0, 2**n_bits - 1),
        bandwidth_hz=GUESSED_BANDWIDTH_PER_RATE * rate_hz,
        has_time=times is not None,
        even_times=times,
        amplitude_unit="counts" if UNKNOWN_SCALE in warnings else "µV",
        warnings=tuple(warnings),
    )
    return TextRecording(text, setup)


def _names(layout: TextLayout) -> list[str]:
    first_row = layout.rows[0]
    if layout.names is not None:
        return [name or f"unnamed {number}" for number, name in enumerate(layout.names, start=1)]
    comments = [line for line in layout.told if line.startswith(COMMENTS)]
    labels = next((match[1] for line in comments if (match := LABELS.search(line))), "")
    told = [label.strip(' "') for label in re.split(r"[\t,;]", labels) if label.strip()]
    n_filled = max(number for number, field in enumerate(first_row, start=1) if field)
    if len(told) == n_filled:  # a row may end with a delimiter
        return told
    return [f"EMG {number}" for number in range(1, len(first_row) + 1)]


def _signals(names: list[str], layout: TextLayout, rising: RisingColumns, warnings: list[str]) -> tuple[int, ...]:
    """Return the numbers of the columns that hold a signal."""
    columns, left_out = [], []
    for number, name in enumerate(names):
        fields = [row[number] for row in layout.rows if number < len(row)]
        has_numbers = any(is_number(field) for field in fields if field.lower() != "nan") or fields[0].lower() == "nan"
        if number in rising.evenly:
            if not is_no_signal(name):
                warnings.append(f"column {name!r} rises as times do: taken as the time")
        elif has_numbers and is_no_signal(name):
            left_out.append(name)
        elif has_numbers:
            columns.append(number)
        elif not any(fields) and not is_no_signal(name):
            warnings.append(f"column {name!r} is empty at the start: left out")
    if left_out:
        warnings.append(f"left out by their names, as no signals: {some_of(left_out)}")
    return tuple(columns)


def _channel(name: str, told_unit: str, asked_unit: str | None, are_counts: bool) -> tuple[TextChannel, str]:
    """Return a column as a channel, and what is to be said of its unit, which may be nothing.

    The unit is that in its name, else the one told for all columns, else the one the user gives.
    """
    own, plain = unit_of(name), bare(name)
    if own in NO_VOLTAGES or (not own and told_unit and is_no_voltage(told_unit)):
        return TextChannel(plain, role=Role.OFF), NO_VOLTAGE
    role = Role.ECG if is_heart(plain) else Role.SURFACE
    untold = None if own or are_counts else asked_unit
    for unit in (own, "" if own else told_unit, untold):
        microvolts = microvolts_per_unit(unit or "")
        if microvolts is not None:
            return TextChannel(plain, microvolts, role=role), ""
    if are_counts or is_count(own):
        return TextChannel(plain, role=role), UNKNOWN_SCALE
    if own:
        return TextChannel(plain, role=role), f"the unit {own!r} is not known: taken as µV"
    return TextChannel(plain, is_unit_guessed=True, role=role), NO_UNIT


def _unit_warnings(found: Sequence[tuple[TextChannel, str]]) -> list[str]:
    """Return what is to be said of channels, each kind once."""
    off = [channel.name for channel, said in found if said == NO_VOLTAGE]
    hearts = [channel.name for channel, _ in found if channel.role is Role.ECG]
    roles = ((NO_VOLTAGE, off), (TAKEN_AS_ECG, hearts))
    others = dict.fromkeys(said for _, said in found if said not in ("", NO_VOLTAGE))
    return [*(f"{kind}: {some_of(labels)}" for kind, labels in roles if labels), *others]
