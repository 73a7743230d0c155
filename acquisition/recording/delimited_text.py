"""Reader of plain text with columns: CSV and its relatives, and the "Simple Text Format" of BioSPPy."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from acquisition.core import GUESSED_BANDWIDTH_PER_RATE, MICROVOLTS_PER_UNIT, RecordingError, Setup
from acquisition.recording.assembly import GIVE_RATE
from acquisition.recording.text_recording import Scale, TextFormat, TextRecording, round_scale
from acquisition.recording.text_table import TextTable

COMMENTS = ("#", "%")
DELIMITERS = (",", ";", "\t", None)
"""In the order in which they are tried; None is any white space."""

NO_SIGNAL = re.compile(
    r"(time|times|timestamp|date|index|sample|samples|n|t|counter|nseq|di|marker|markers|event|events|trigger|label)\b|unnamed",
    re.IGNORECASE,
)
"""Names of columns that hold no signal."""

RATE = re.compile(
    r"(?:sampling|sample)[ _]*(?:rate|frequency)\s*(?:\(Hz\)|\[Hz\]|_hz)?\"?\s*[:=]+\s*(\d{1,6}(?:\.\d{1,6})?)",
    re.IGNORECASE,
)
RESOLUTION = re.compile(r"resolution\s*[:=]+\s*(\d{1,2})\b", re.IGNORECASE)
LABELS = re.compile(r"(?:labels\s*[:=]+|\"columns?\"\s*:\s*\[)\s*([^\]]+)", re.IGNORECASE)
"""As BioSPPy writes the names of columns, and as OpenSignals does in its line of JSON."""

UNIT = re.compile(r"[(\[]\s*([^)\]]+?)\s*[)\]]\s*$|[_ ]([munµμ]?v)$", re.IGNORECASE)
COUNT_UNITS = ("count", "counts", "adc", "lsb", "raw", "a.u.", "au")
MAX_BITS = 24

LEAST_TIMES = 20
"""Rows that must rise evenly until a column is taken for the time: a signal rises so for some samples."""

UNEVEN, MOST_EVEN = 0.1, 0.9
"""Share of a step by which most steps of a time differ at most, besides its rounding, and share of those that do."""

UNKNOWN_SCALE = "the values are counts of an unknown scale: amplitudes are not in µV"


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the lines of a file are made up."""

    comments: list[str]
    n_skipped: int
    delimiter: str | None
    names: list[str] | None
    first_row: list[str]


def looks_delimited(head: str) -> bool:
    """Return whether a file that begins with `head` has rows of numbers, after comments and a line of names."""
    try:
        _layout(head)
    except RecordingError:
        return False
    return True


def read_delimited_text(path: Path, head: str, sampling_rate_hz: float | None, setup: Setup) -> TextRecording:
    """Open a recording in plain text.

    Raises
    ------
    RecordingError
        When it has no column of numbers, or neither it nor the user tells the rate.
    """
    layout = _layout(head)
    comments = "\n".join(layout.comments)
    told = RATE.search(comments)
    rate_hz = float(told[1]) if told and float(told[1]) > 0.0 else sampling_rate_hz
    if rate_hz is None:
        raise RecordingError(f"{path} is text with columns and does not tell its sampling rate: {GIVE_RATE}")
    warnings: list[str] = []
    names = _names(layout)
    columns = tuple(
        number for number, name in enumerate(names) if is_number(layout.first_row[number]) and not NO_SIGNAL.match(name)
    )
    if columns[:1] == (0,) and _counts_up(head, layout, names[0]):
        columns = columns[1:]
        warnings.append(f"the first column, {names[0]!r}, rises evenly: taken as the time")
    if not columns:
        raise RecordingError(f"{path} has no column of a signal among {', '.join(names)}")
    resolution = RESOLUTION.search(comments)
    n_bits = int(resolution[1]) if resolution and 1 <= int(resolution[1]) <= MAX_BITS else None
    factors = tuple(_microvolts(names[column], n_bits is not None, warnings) for column in columns)
    text = TextFormat(
        table=TextTable(path, layout.n_skipped, layout.delimiter, columns, "#"),
        board="text file",
        sampling_rate_hz=rate_hz,
        channel_names=tuple(_bare(names[column]) for column in columns),
        choose_scale=round_scale if n_bits is None else lambda _: Scale(1.0, 2**n_bits - 1),
        bandwidth_hz=GUESSED_BANDWIDTH_PER_RATE * rate_hz,
        microvolts_per_unit=factors,
        amplitude_unit="counts" if UNKNOWN_SCALE in warnings else "µV",
        warnings=tuple(dict.fromkeys(warnings)),
    )
    return TextRecording(text, setup)


def _layout(head: str) -> _Layout:
    lines = [line.rstrip("\r") for line in head.split("\n")]
    names_line: str | None = None
    for n_skipped, line in enumerate(lines):
        if not line.strip() or line.startswith(COMMENTS):
            continue
        delimiter = _delimiter(line)
        fields = [field.strip() for field in line.split(delimiter)]
        is_named = names_line is not None and delimiter is not None and len(names_line.split(delimiter)) == len(fields)
        if _is_row(fields, is_named):
            names = _split_names(names_line, delimiter, len(fields)) if names_line is not None else None
            comments = [line for line in lines[:n_skipped] if line.startswith(COMMENTS)]
            return _Layout(comments, n_skipped, delimiter, names, fields)
        if names_line is not None:
            break
        names_line = line
    raise RecordingError("expected rows of numbers, after one line of names at most")


def _delimiter(line: str) -> str | None:
    return next(delimiter for delimiter in DELIMITERS if delimiter is None or delimiter in line)


def _is_row(fields: list[str], is_named: bool) -> bool:
    """Return whether a line is a row: it begins with a number or a time; texts may follow where columns have names."""
    kinds = [is_number(field) or not field or ":" in field for field in fields]
    return kinds[0] and any(is_number(field) for field in fields) and (is_named or all(kinds))


def is_number(text: str) -> bool:
    """Return whether a field is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _split_names(line: str, delimiter: str | None, n_columns: int) -> list[str]:
    names = [line] if n_columns == 1 else line.split(delimiter)
    if len(names) != n_columns:
        raise RecordingError(f"the line of names has {len(names)} columns and the first row {n_columns}")
    return [name.strip().strip('"') for name in names]


def _names(layout: _Layout) -> list[str]:
    if layout.names is not None:
        return [name or f"unnamed {number}" for number, name in enumerate(layout.names, start=1)]
    labels = next((match[1] for line in layout.comments if (match := LABELS.search(line))), "")
    told = [label.strip(' "') for label in re.split(r"[\t,;]", labels) if label.strip()]
    n_filled = max(number for number, field in enumerate(layout.first_row, start=1) if field)
    if len(told) == n_filled:  # a row may end with a delimiter
        return told
    return [f"EMG {number}" for number in range(1, len(layout.first_row) + 1)]


def _counts_up(head: str, layout: _Layout, name: str) -> bool:
    """Return whether the first column never falls and mostly rises by the same, as times and numbers of samples do.

    Larger steps are gaps.
    """
    if _unit(name) in MICROVOLTS_PER_UNIT:
        return False
    rows = [row for row in head.split("\n")[layout.n_skipped : -1] if row.strip()]  # the last one may be cut
    fields = [row.split(layout.delimiter)[0].strip() for row in rows]
    if len(fields) < LEAST_TIMES or not all(map(is_number, fields)):
        return False
    steps = np.diff(np.array(fields, np.float64))
    n_decimals = max(len(field.partition(".")[2]) for field in fields)
    rounding = 2.0 * 10.0**-n_decimals
    usual = float(np.median(steps))
    is_usual = np.abs(steps - usual) <= rounding + UNEVEN * usual
    return bool(usual > 0.0 and steps.min() >= 0.0 and is_usual.mean() >= MOST_EVEN)


def _bare(name: str) -> str:
    return UNIT.sub("", name).strip() or name


def _unit(name: str) -> str:
    """Return the unit in a column's name in small letters, empty where it has none."""
    match = UNIT.search(name)
    return (match[1] or match[2]).lower() if match else ""


def _microvolts(name: str, is_counts: bool, warnings: list[str]) -> float:
    """Return µV of one unit of a column, and warn where that is a guess."""
    unit = _unit(name)
    if unit in MICROVOLTS_PER_UNIT:
        return MICROVOLTS_PER_UNIT[unit]
    if is_counts or unit in COUNT_UNITS:
        warnings.append(UNKNOWN_SCALE)
    else:
        warnings.append(f"the unit {unit!r} is not known: taken as µV" if unit else "no unit is told: taken as µV")
    return 1.0
