"""Reader of plain text with columns: CSV and similar, and the "Simple Text Format" of BioSPPy."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from acquisition.core import GUESSED_BANDWIDTH_PER_RATE, AmplitudeUnit, RecordingError, Setup, brief_list
from acquisition.recording.column_names import is_no_signal, is_time
from acquisition.recording.scale import Scale, round_scale
from acquisition.recording.text.channels import DeclaredUnits, text_channels
from acquisition.recording.text.format import TextFormat
from acquisition.recording.text.layout import COMMENTS, TextLayout, is_number
from acquisition.recording.text.recording import TextRecording
from acquisition.recording.text.table import TextTable
from acquisition.recording.text.timing.declared_rate import declared_rates_hz
from acquisition.recording.text.timing.even_times import RisingColumns, find_times, rising_columns
from acquisition.recording.text.timing.rate import believable_hz, choose_rate_hz

RESOLUTION = re.compile(r"resolution\s*[:=]+\s*(\d{1,2})\b", re.IGNORECASE)
UNITS = re.compile(r"^[#%]\s*units?\s*[:=]+\s*(\S[^\r\n]{0,30}?)\s*$", re.IGNORECASE | re.MULTILINE)
"""Unit of all columns in BioSPPy files whose converter values were converted."""

LABELS = re.compile(r"labels\s*[:=]+\s*([^\]]+)", re.IGNORECASE)
"""Names of columns in BioSPPy files."""

MAX_BITS = 24

TEXT_FILE = "text file"
"""Name used instead of a board where nothing is known about it."""


def read_delimited_text(
    path: Path, layout: TextLayout, sampling_rate_hz: float | None, setup: Setup, unit: str | None = None
) -> TextRecording:
    """Open a recording in plain text.

    Parameters
    ----------
    path : Path
        The file.
    layout : TextLayout
        Structure of its lines.
    sampling_rate_hz : float or None
        Rate, where the user gives it.
    setup : Setup
        Channel settings of the user.
    unit : str, optional
        Unit of the columns without one: ``V``, ``mV`` or ``uV``.

    Raises
    ------
    RecordingError
        If it has no column of numbers, if neither it nor the user states the rate, or if its times contradict it.
    """
    warnings: list[str] = []
    names = _names(layout)
    rising = rising_columns(names, layout.rows)
    columns = _signals(names, layout, rising, warnings)
    if not columns:
        raise RecordingError(f"{path} has no column of a signal among {brief_list(names)}")
    table = TextTable(path, layout.n_skipped, layout.delimiter, columns, "#", translation=layout.translation)
    declared_hz = believable_hz(declared_rates_hz(layout.header_lines), sampling_rate_hz, warnings)
    rates_hz = declared_hz if sampling_rate_hz is None else [sampling_rate_hz, *declared_hz]
    times = find_times(table, names, layout.rows, rising, rates_hz)
    if times is None and (undeclared := [names[number] for number in rising.evenly if is_time(names[number])]):
        warnings.append(
            f"{brief_list(undeclared)} shows neither rate nor losses: it goes back, is uneven or numbers the rows"
        )
    named_times = None if times is None else (times, names[times.column])
    rate_hz = choose_rate_hz(path, named_times, declared_hz, sampling_rate_hz, warnings)
    units, n_bits = _units(layout, unit)
    found = text_channels([names[column] for column in columns], units)
    if times is not None:
        day_time = times.column if times.column in rising.days else None
        table = replace(table, columns=(*columns, times.column), day_time=day_time)
    text = TextFormat(
        table=table,
        board=TEXT_FILE,
        sampling_rate_hz=rate_hz,
        channels=found.channels,
        choose_scale=_scale_of_bits(n_bits) if n_bits and found.are_counts else round_scale,
        bandwidth_hz=GUESSED_BANDWIDTH_PER_RATE * rate_hz,
        has_time=times is not None,
        even_times=times,
        amplitude_unit=AmplitudeUnit.COUNTS if found.are_counts else AmplitudeUnit.MICROVOLTS,
        warnings=(*warnings, *found.warnings),
    )
    return TextRecording(text, setup)


def _names(layout: TextLayout) -> list[str]:
    first_row = layout.rows[0]
    if layout.names is not None:
        names = ["".join(letter for letter in name if letter.isprintable()) for name in layout.names]
        return [name or f"unnamed {number}" for number, name in enumerate(names, start=1)]
    comments = [line for line in layout.header_lines if line.startswith(COMMENTS)]
    labels = next((match[1] for line in comments if (match := LABELS.search(line))), "")
    listed = [label.strip(' "') for label in re.split(r"[\t,;]", labels) if label.strip()]
    n_filled = max(number for number, field in enumerate(first_row, start=1) if field)
    if len(listed) == n_filled:  # a row may end with a delimiter
        return listed
    return [f"EMG {number}" for number in range(1, len(first_row) + 1)]


def _units(layout: TextLayout, given: str | None) -> tuple[DeclaredUnits, int]:
    """Return the units stated in the file, and the number of bits of the converter if columns are counts, else 0."""
    header = "\n".join(layout.header_lines)
    of_all, resolution = UNITS.search(header), RESOLUTION.search(header)
    n_bits = int(resolution[1]) if resolution and not of_all else 0
    n_bits = n_bits if n_bits <= MAX_BITS else 0
    return DeclaredUnits(layout.has_units, of_all[1] if of_all else "", n_bits > 0, given or ""), n_bits


def _scale_of_bits(n_bits: int) -> Callable[[float], Scale]:
    return lambda _: Scale(1.0, 2**n_bits - 1)


def _signals(names: list[str], layout: TextLayout, rising: RisingColumns, warnings: list[str]) -> tuple[int, ...]:
    """Return the numbers of the signal columns."""
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
        warnings.append(f"left out by their names, as no signals: {brief_list(left_out)}")
    return tuple(columns)
