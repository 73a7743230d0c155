"""Reading of a session's small files; their content is checked, since anybody may have written it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from acquisition.core import RecordingError, open_to_read, read_at_most
from twitchscope.entries.sites import SiteBook
from twitchscope.findings.event import Event
from twitchscope.saved.references import references_of
from twitchscope.saved.site_lines import SITE_KINDS, take_site_line
from twitchscope.session.document import SESSION_FORMAT
from twitchscope.storage.fields import Fields, Record
from twitchscope.storage.files import is_folder
from twitchscope.storage.parts import (
    FIRST_PART,
    LARGEST_DOCUMENT_BYTES,
    SESSION_NAME,
    PartNames,
    parts_in,
    require_part,
)

LONGEST_LINE = 1_000_000
"""Most characters in a journal line: a longer one was not written by this program."""

MOST_LINES = 200_000
"""Most journal lines that are read: a burst per second for two days, for which a report takes 0.4 GB of memory."""

MOST_BYTES = 200_000_000
"""Largest journal in bytes: 1000 for each of its lines, more than twice what a burst takes."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """Line of the journal.

    Attributes
    ----------
    number : int
        From 1.
    record : dict or None
        Content of the line; None if it is incomplete or damaged.
    is_torn : bool
        Whether the line has no end: the program ended while writing it.
    """

    number: int
    record: Record | None
    is_torn: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """Mark by a person or an input: at `time_s`, by `decided_by`, and whether verdicts were shown at the time."""

    label: str
    time_s: float
    text: str
    decided_by: str
    feedback_shown: bool


@dataclass(frozen=True, slots=True)
class SessionFiles:
    """Small files of a session, or of a further part of one.

    Attributes
    ----------
    folder : Path
        Folder of the session.
    names : PartNames
        Names of the part's files.
    document : Fields
        ``session.json``.
    events : list of Event
        Verdicts of the detector in order of onset.
    marks : list of Mark
        Marks in order of time, without those that were undone.
    references : dict
        Imported times in order of time, by the name of their file.
    warnings : list of str
        What was left out, and other notes on the session.
    book : SiteBook
        Entries about the sites.
    n_markers : int
        Journal lines that make or undo a mark.
    is_journal_whole : bool
        False if journal lines were left out.
    """

    folder: Path
    names: PartNames
    document: Fields
    events: list[Event]
    marks: list[Mark]
    references: dict[str, list[Mark]]
    warnings: list[str]
    book: SiteBook
    n_markers: int
    is_journal_whole: bool

    @property
    def rated_path(self) -> Path:
        """Path beside which ratings are kept: the folder, or the recording of a further part."""
        return self.folder if self.names == FIRST_PART else self.folder / self.names.recording


def read_session(folder: Path, part: int = 1) -> SessionFiles:
    """Read ``session.json`` and ``events.jsonl`` of a session folder, or those of a further part.

    Raises
    ------
    RecordingError
        If it is not a session, has no such part, or a file contains what this program does not write or was written by
        a newer version; the message is one sentence.
    """
    if not is_folder(folder):
        reason = "is a file" if folder.exists() else "is not there"
        raise RecordingError(f"{folder} {reason}: expected a session folder with {SESSION_NAME}")
    names, n_parts = require_part(folder, part), len(parts_in(folder))
    if not (folder / names.document).exists():
        raise RecordingError(_without_document(folder, names))
    document = read_known_document(folder / names.document, SESSION_FORMAT)
    journal = _read_journal(folder / names.journal)
    warnings, is_journal_whole = journal.warnings, not journal.warnings
    if document.table("result").number("n_samples") is None:
        warnings.insert(0, "the session was not closed: what was written until then is shown")
    if n_parts > 1:
        warnings.insert(0, f"the session has {n_parts} parts, each with its own time: this is part {part} (--part)")
    references = {path.stem: _read_references(path, warnings) for path in references_of(folder, part)}
    return SessionFiles(
        folder,
        names,
        document,
        sorted(journal.events, key=lambda event: event.onset_s),
        sorted(journal.marks, key=lambda mark: mark.time_s),
        references,
        warnings,
        journal.book,
        journal.n_markers,
        is_journal_whole,
    )


def _without_document(folder: Path, names: PartNames) -> str:
    """Return the message for a folder that is not a session's, or that has lost its document."""
    recording = folder / names.recording
    alone = f"; `twitchscope review {recording}` opens its recording alone" if recording.exists() else ""
    return f"{folder} holds no {names.document}: expected a session folder{alone}"


def read_document(path: Path) -> Record:
    """Return a document of a session.

    Raises
    ------
    RecordingError
        If it is missing, too large, or not an object with a format number.
    """
    try:
        content = read_at_most(path, LARGEST_DOCUMENT_BYTES)
        if content is None:
            raise RecordingError(f"{path.name} is too large to be a session's: was another file given its name?")
        document = json.loads(content.decode("utf-8"))
    except FileNotFoundError as error:
        raise RecordingError(f"there is no {path.name}") from error
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("format", 0), int):
        raise RecordingError(f"{path.name} is no session document: expected an object with a format number")
    return document


def read_known_document(path: Path, newest_format: int) -> Fields:
    """Return a document whose format this program knows.

    Raises
    ------
    RecordingError
        As for `read_document`, and if a newer version of this program wrote it.
    """
    document = read_document(path)
    if is_newer(document, newest_format):
        raise RecordingError(f"{path.name} was written by a newer version of this program: use that to go on")
    return Fields(path.name, document)


def is_newer(document: Record, newest_format: int) -> bool:
    """Return whether a newer version of this program wrote a document."""
    return bool(document.get("format", newest_format) > newest_format)


def journal_lines(path: Path) -> Iterator[JournalLine]:
    """Yield the lines of a journal; raise OSError if it cannot be read.

    Reading stops after a line that is too long to be from this program.
    """
    with open_to_read(path) as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
            is_torn = not line.endswith(b"\n")
            if is_torn and len(line) == LONGEST_LINE:
                yield JournalLine(number, None, False)
                return
            yield JournalLine(number, None if is_torn else _record_of(line), is_torn)


def _record_of(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("label"), str) else None


@dataclass(slots=True)
class _Journal:
    """Content of a journal, in order of its lines."""

    events: list[Event] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    book: SiteBook = field(default_factory=SiteBook)
    warnings: list[str] = field(default_factory=list)
    n_markers: int = 0


def _read_journal(path: Path) -> _Journal:
    journal = _Journal()
    for fields in _whole_lines(path, journal.warnings):
        if fields.text("kind") in SITE_KINDS:
            take_site_line(fields, journal.book)
        elif fields.text("kind") == "marker":
            journal.n_markers += 1
            _take_mark(fields, journal.marks)
        elif fields.text("decided_by", "detector") == "detector":
            journal.events.append(Event.from_json(fields))
    return journal


def _read_references(path: Path, warnings: list[str]) -> list[Mark]:
    found = [_mark(fields) for fields in _whole_lines(path, warnings)]
    return sorted(found, key=lambda mark: mark.time_s)


def _whole_lines(path: Path, warnings: list[str]) -> Iterator[Fields]:
    """Yield the complete lines of a journal, and warn of the others."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RecordingError(f"{path.name} is larger than a journal can be ({MOST_BYTES // 10**6} MB): is it one?")
        for line in journal_lines(path):
            if line.number > MOST_LINES:
                raise RecordingError(f"{path.name} has more than {MOST_LINES} lines: is it a session's?")
            if line.record is None:
                warnings.append(f"line {line.number} of {path.name} is not whole and was left out")
                continue
            yield Fields(f"line {line.number} of {path.name}", line.record)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}") from error


def _take_mark(fields: Fields, marks: list[Mark]) -> None:
    """Add a mark, or remove the one that an undo names."""
    mark = _mark(fields)
    if mark.label != "undo":
        marks.append(mark)
        return
    undone = (fields.text("undone_label"), fields.number("undone_onset_s"))
    for place in range(len(marks) - 1, -1, -1):
        if (marks[place].label, marks[place].time_s) == undone:
            del marks[place]
            return


def _mark(fields: Fields) -> Mark:
    return Mark(
        fields.text("label"),
        fields.known_number("onset_s"),
        fields.text("text"),
        fields.text("decided_by"),
        fields.flag("feedback_shown", True),
    )
