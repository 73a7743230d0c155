"""Reference times from others (ultrasound, video, a second observer), read from a table and kept beside a session."""

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acquisition import read_recording
from acquisition.core import RecordingError, read_at_most
from twitchscope.storage.files import SUFFIXES, flush_to_disk, likely_cause, open_private
from twitchscope.storage.parts import require_part

MAX_BYTES = 20_000_000
"""Largest size of a table of marks; a larger file is something else."""

MAX_LABEL = 200
REFERENCE_PATTERN = "reference-*.jsonl"
"""Imports of all parts of a session; `references_of` returns those of one."""

OF_A_PART = re.compile(r"reference-[^.]+\.part-(\d{1,4})\.jsonl")
"""File name of an import for a further part; no source has a dot in its name."""

SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""Pattern of a source, limited to what every system allows in a file name."""

ONSET_COLUMNS = ("onset", "onset_s", "time_s", "time", "start_s", "start")
DURATION_COLUMNS = ("duration", "duration_s")
LABEL_COLUMNS = ("trial_type", "label", "value", "event", "event_type", "description")
"""Known column names in order of precedence; the first of each is that of BIDS."""

NOT_KNOWN = ("", "n/a")
NO_LABEL = "reference"

LONGEST_TIME_S = 1e9
EDGE_S = 1.0
"""A mark outside of the recording by up to this time in seconds may be due to the clocks."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Mark of another source, by that source's own clock.

    Attributes
    ----------
    onset_s, duration_s : float
        In seconds; the duration is 0 if none is given.
    label : str
        Label of the mark.
    """

    onset_s: float
    duration_s: float
    label: str


@dataclass(frozen=True, slots=True)
class ClockTie:
    """Relation of another clock to the recording's: ``recording = offset_s + other · (1 + drift_ppm · 1e-6)``."""

    offset_s: float
    drift_ppm: float = 0.0

    def in_recording(self, other_s: float) -> float:
        """Return seconds since the recording's first sample."""
        return self.offset_s + other_s * (1.0 + 1e-6 * self.drift_ppm)


def read_references(path: Path) -> list[Reference]:
    """Read a table of marks: CSV, or TSV as in BIDS.

    Raises
    ------
    RecordingError
        If it is not such a table; the message is one sentence, with the line number if possible.
    """
    text = _text_of(path)
    header, _, _ = text.partition("\n")
    delimiter = "\t" if "\t" in header else ";" if ";" in header and "," not in header else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        onset, duration, label = (_place(names, known) for known in (ONSET_COLUMNS, DURATION_COLUMNS, LABEL_COLUMNS))
        if onset is None:
            shown = ", ".join(names)[:80] or "nothing"
            raise RecordingError(
                f"{path.name} is no table of marks: expected a column {' or '.join(ONSET_COLUMNS)} in its first line, "
                f"found {shown!r}"
            )
        found = [
            Reference(
                _seconds(path, rows.line_num, row, onset, delimiter, -LONGEST_TIME_S, None),
                _seconds(path, rows.line_num, row, duration, delimiter, 0.0, 0.0),
                _label(path, rows.line_num, row, label),
            )
            for row in rows
            if any(field.strip() for field in row)
        ]
    except csv.Error as error:
        raise RecordingError(f"line {rows.line_num} of {path.name} is no line of a table: {error}") from error
    if not found:
        raise RecordingError(f"{path.name} holds no mark behind its first line")
    return found


def references_of(folder: Path, part: int) -> list[Path]:
    """Return the imports beside a session whose times are those of part `part`, from 1, by name."""
    found = [(path, OF_A_PART.fullmatch(path.name)) for path in sorted(folder.glob(REFERENCE_PATTERN))]
    return [path for path, match in found if (int(match[1]) if match else 1) == part]


def import_references(
    folder: Path, references: Sequence[Reference], tie: ClockTie, source: str, part: int = 1
) -> tuple[Path, int]:
    """Store reference times beside a session, in a new file; existing files are not changed.

    Parameters
    ----------
    folder : Path
        Folder of the session.
    references : sequence of Reference
        Times by the source's own clock, which are stored too.
    tie : ClockTie
        Relation of that clock to the recording's.
    source : str
        Name of the source, part of the file name: lower-case letters, digits, - and _.
    part : int
        Part of the session to which they are related, from 1.

    Returns
    -------
    tuple of Path and int
        The file, and the number of marks outside of the recording.

    Raises
    ------
    RecordingError
        If the folder contains no recording or no such part, all marks are outside of the recording, or the disk does
        not accept the file.
    """
    duration_s = read_recording(_recording_of(folder, part)).duration_s
    lines = [_line(reference, tie, source) for reference in references]
    n_outside = sum(not -EDGE_S <= line["onset_s"] <= duration_s + EDGE_S for line in lines)
    if n_outside == len(lines):
        first, last = min(line["onset_s"] for line in lines), max(line["onset_s"] for line in lines)
        raise RecordingError(
            f"all {len(lines)} marks lie outside of the recording of {duration_s:.1f} s, between {first:.1f} and "
            f"{last:.1f} s: is the clock offset right, and is the table in seconds?"
        )
    text = "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)
    return _write(folder, source, part, text), n_outside


def _recording_of(folder: Path, part: int) -> Path:
    """Return the path to read: the folder, or the recording of a further part."""
    names = require_part(folder, part)
    return folder if part == 1 else folder / names.recording


def _line(reference: Reference, tie: ClockTie, source: str) -> dict[str, Any]:
    return {
        "kind": "reference",
        "decided_by": source,
        "label": reference.label,
        "onset_s": round(tie.in_recording(reference.onset_s), 6),
        "duration_s": reference.duration_s,
        "source_onset_s": reference.onset_s,
        "clock_offset_s": tie.offset_s,
        "clock_drift_ppm": tie.drift_ppm,
    }


def _write(folder: Path, source: str, part: int, text: str) -> Path:
    ending = ".jsonl" if part == 1 else f".part-{part}.jsonl"
    for suffix in SUFFIXES:
        path = folder / f"reference-{source}{suffix}{ending}"
        try:
            with open_private(path) as file:
                file.write(text)
                flush_to_disk(file)
        except FileExistsError:
            continue
        except NotADirectoryError as error:
            raise RecordingError(f"{folder} is a file, expected a session's folder") from error
        except OSError as error:
            raise RecordingError(f"{path.name} cannot be written: {error.strerror}: {likely_cause(error)}") from error
        return path
    raise RecordingError(f"{folder} holds a thousand imports from {source}: remove some")


def _text_of(path: Path) -> str:
    try:
        content = read_at_most(path, MAX_BYTES)
        if content is None:
            raise RecordingError(f"{path.name} is larger than a table of marks can be ({MAX_BYTES // 10**6} MB)")
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError as error:
        raise RecordingError(f"there is no file {path}") from error
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path.name} is no text (UTF-8): is it a table, or another file?") from error
    if "\x00" in text:
        raise RecordingError(f"{path.name} holds zero bytes: is it a table, or another file?")
    return text


def _place(names: list[str], known: Sequence[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _seconds(
    path: Path, line: int, row: list[str], place: int | None, delimiter: str, least: float, missing: float | None
) -> float:
    """Return a time in seconds, or `missing` if the table lacks it and `missing` is not None."""
    text = row[place].strip() if place is not None and place < len(row) else ""
    if text.lower() in NOT_KNOWN and missing is not None:
        return missing
    try:
        value = float(text.replace(",", ".") if delimiter == ";" else text)
    except ValueError:
        value = math.nan
    if not least <= value <= LONGEST_TIME_S:
        raise RecordingError(f"line {line} of {path.name}: {text[:40]!r} is no time in seconds")
    return value


def _label(path: Path, line: int, row: list[str], place: int | None) -> str:
    text = row[place].strip() if place is not None and place < len(row) else ""
    if text.lower() in NOT_KNOWN:
        return NO_LABEL
    if len(text) > MAX_LABEL or not text.isprintable():
        raise RecordingError(
            f"line {line} of {path.name}: {text[:40]!r} is no label: expected at most {MAX_LABEL} printable characters"
        )
    return text
