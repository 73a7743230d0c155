"""Read what a session left in its small files; what they hold is checked, since anybody may have written them."""

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
"""Characters of one line of the journal: a line that is longer was not written by this program."""

MOST_LINES = 200_000
"""Lines of a journal that are read: a burst a second for two days, of which a report takes 0.4 GB of memory."""

MOST_BYTES = 200_000_000
"""Of a journal: 1000 for each of its lines, more than twice what a burst takes."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A line of the journal.

    Attributes
    ----------
    number : int
        From 1.
    record : dict or None
        What it holds; None where it is not whole.
    is_torn : bool
        The line has no end: the program was ended while it wrote it.
    """

    number: int
    record: Record | None
    is_torn: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody or an input marked: at `time_s`, by `decided_by`, and whether verdicts were shown meanwhile."""

    label: str
    time_s: float
    text: str
    decided_by: str
    feedback_shown: bool


@dataclass(frozen=True, slots=True)
class SessionFiles:
    """The small files of a session, or of a further part of one.

    Attributes
    ----------
    folder : Path
        Of the session.
    names : PartNames
        Of the part's files.
    document : Fields
        ``session.json``.
    events : list of Event
        Verdicts of the detector in order of onset.
    marks : list of Mark
        In order of time, without those that were taken back.
    references : dict
        What was imported from others, in order of time, by the name of its file.
    warnings : list of str
        What was left out.
    book : SiteBook
        What was said of the sites.
    n_markers : int
        Lines of the journal that mark something or take a mark back.
    is_journal_whole : bool
        False where lines of the journal were left out.
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
        """What ratings are kept beside: the folder, or the recording of a further part."""
        return self.folder if self.names == FIRST_PART else self.folder / self.names.recording


def read_session(folder: Path, part: int = 1) -> SessionFiles:
    """Read ``session.json`` and ``events.jsonl`` of a session folder, or those of a further part.

    Raises
    ------
    RecordingError
        When it is no session, has no such part, or a file holds what this program does not write, or a newer version of
        it did; in one sentence.
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
        warnings.insert(0, "the session was not closed: what was written until then is told")
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
    """Return what is said of a folder that is no session's, or that has lost its document."""
    recording = folder / names.recording
    alone = f"; `twitchscope review {recording}` opens its recording alone" if recording.exists() else ""
    return f"{folder} holds no {names.document}: expected a session folder{alone}"


def read_document(path: Path) -> Record:
    """Return a document of a session.

    Raises
    ------
    RecordingError
        When it is not there, too large, or no object with a format number.
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
        As `read_document`; and when a newer version of this program wrote it.
    """
    document = read_document(path)
    if is_newer(document, newest_format):
        raise RecordingError(f"{path.name} was written by a newer version of this program: use that to go on")
    return Fields(path.name, document)


def is_newer(document: Record, newest_format: int) -> bool:
    """Return whether a newer version of this program wrote a document."""
    return bool(document.get("format", newest_format) > newest_format)


def journal_lines(path: Path) -> Iterator[JournalLine]:
    """Yield the lines of a journal; raises OSError when it cannot be read.

    A line that this program cannot have written, being too long, is the last one that is looked at.
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
    """What the lines of a journal hold, in their order."""

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
    """Yield the lines of a journal that are whole, and warn of the others."""
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
    """Add a mark, or take back the one that an undo names."""
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
