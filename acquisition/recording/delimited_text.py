"""Reader of plain text with columns: CSV and its relatives, and the "Simple Text Format" of BioSPPy."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from acquisition.core import GUESSED_BANDWIDTH_PER_RATE, MICROVOLTS_PER_UNIT, RecordingError, Setup
from acquisition.recording.assembly import GIVE_RATE
from acquisition.recording.column_names import bare, is_no_signal, unit_of
from acquisition.recording.even_times import UNIT_WORDS, EvenTimes, RisingColumns, agree, find_times, rising_columns
from acquisition.recording.text_format import Scale, TextChannel, TextFormat
from acquisition.recording.text_layout import COMMENTS, TextLayout, is_number
from acquisition.recording.text_recording import TextRecording, round_scale
from acquisition.recording.text_table import TextTable
from acquisition.recording.told_rate import told_rate_hz

RESOLUTION = re.compile(r"resolution\s*[:=]+\s*(\d{1,2})\b", re.IGNORECASE)
LABELS = re.compile(r"labels\s*[:=]+\s*([^\]]+)", re.IGNORECASE)
"""As BioSPPy writes the names of columns."""

COUNT_UNITS = ("count", "counts", "adc", "lsb", "raw", "a.u.", "au")
MAX_BITS = 24

TEXT_FILE = "text file"
"""What stands for the board of which nothing is known."""

UNKNOWN_SCALE = "the values are counts of an unknown scale: amplitudes are not in µV"
NO_UNIT = "no unit is told: taken as µV"


@dataclass(frozen=True, slots=True)
class _Units:
    """µV of one unit of each channel, whether that is a guess, and what is to be said of it."""

    microvolts: tuple[float, ...]
    is_guessed: tuple[bool, ...]
    warnings: list[str] = field(default_factory=list)


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
    told_hz = told_rate_hz(told)
    times = find_times(table, names, layout.rows, rising, told_hz or sampling_rate_hz)
    rate_hz = _rate_hz(path, names, times, told_hz, sampling_rate_hz, warnings)
    resolution = RESOLUTION.search(told)
    n_bits = int(resolution[1]) if resolution and 1 <= int(resolution[1]) <= MAX_BITS else None
    units = _units([names[column] for column in columns], n_bits is not None, unit)
    if times is not None:
        day_time = times.column if times.column in rising.days else None
        table = replace(table, columns=(*columns, times.column), day_time=day_time)
    text = TextFormat(
        table=table,
        board=TEXT_FILE,
        sampling_rate_hz=rate_hz,
        channels=tuple(
            TextChannel(bare(names[column]), microvolts, is_guessed)
            for column, microvolts, is_guessed in zip(columns, units.microvolts, units.is_guessed, strict=True)
        ),
        choose_scale=round_scale if n_bits is None else lambda _: Scale(1.0, 2**n_bits - 1),
        bandwidth_hz=GUESSED_BANDWIDTH_PER_RATE * rate_hz,
        has_time=times is not None,
        even_times=times,
        amplitude_unit="counts" if UNKNOWN_SCALE in units.warnings else "µV",
        warnings=(*warnings, *dict.fromkeys(units.warnings)),
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
    columns = []
    for number, name in enumerate(names):
        fields = [row[number] for row in layout.rows if number < len(row)]
        if is_no_signal(name):
            continue
        if number in rising.evenly:
            warnings.append(f"column {name!r} rises as times do: taken as the time")
        elif any(is_number(field) for field in fields if field.lower() != "nan") or fields[0].lower() == "nan":
            columns.append(number)
        elif not any(fields):
            warnings.append(f"column {name!r} is empty at the start: left out")
    return tuple(columns)


def _rate_hz(
    path: Path,
    names: Sequence[str],
    times: EvenTimes | None,
    told_hz: float | None,
    asked_hz: float | None,
    warnings: list[str],
) -> float:
    """Return the rate that the file tells, else the user, else the times; it may not contradict the times."""
    rate_hz = told_hz or asked_hz
    if times is None:
        if rate_hz is None:
            raise RecordingError(f"{path} is text with columns and does not tell its sampling rate: {GIVE_RATE}")
        return rate_hz
    name = names[times.column]
    taken = "" if times.is_unit_told else f", taken as {UNIT_WORDS[times.unit_s]},"
    if rate_hz is None:
        warnings.append(f"no rate is told: {times.rate_hz:g} Hz by the times in column {name!r}{taken.rstrip(',')}")
        return times.rate_hz
    if not agree(times.rate_hz, rate_hz):
        who = "the file tells" if told_hz else "the rate given is"
        raise RecordingError(
            f"{path}: the times in column {name!r}{taken} make {times.rate_hz:g} rows a second, and {who} "
            f"{rate_hz:g} Hz: "
            f"{'one of them is wrong' if told_hz else 'leave out the rate, or is it that of another file?'}"
        )
    return rate_hz


def _units(names: Sequence[str], are_counts: bool, unit: str | None) -> _Units:
    """Return the units of channels, and warn where one is a guess."""
    microvolts, guessed, warnings = [], [], []
    for name in names:
        own = unit_of(name)
        is_guess = False
        if own in MICROVOLTS_PER_UNIT:
            microvolts.append(MICROVOLTS_PER_UNIT[own])
        elif unit is not None and not (own or are_counts):
            microvolts.append(MICROVOLTS_PER_UNIT[unit.lower()])
        else:
            microvolts.append(1.0)
            is_known = are_counts or own in COUNT_UNITS
            is_guess = not (is_known or own)
            warnings.append(
                UNKNOWN_SCALE if is_known else f"the unit {own!r} is not known: taken as µV" if own else NO_UNIT
            )
        guessed.append(is_guess)
    return _Units(tuple(microvolts), tuple(guessed), warnings)
