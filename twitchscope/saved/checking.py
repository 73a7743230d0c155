"""Check of a recording or a session folder: what it contains, and whether it is complete."""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from acquisition import read_recording
from acquisition.core import Block, RecordingError
from acquisition.recording import LOST_TEXT, SESSION_RECORDING, Damage, Recording, invalid_runs
from twitchscope.saved.contradictions import contradictions
from twitchscope.saved.recording import read_recording_of
from twitchscope.saved.references import REFERENCE_PATTERN
from twitchscope.saved.session_files import is_newer, journal_lines, read_document, read_session
from twitchscope.session.document import SESSION_FORMAT
from twitchscope.storage.fields import Record
from twitchscope.storage.files import is_folder
from twitchscope.storage.parts import SESSION_NAME, PartNames, is_being_recorded, parts_in


@dataclass(frozen=True, slots=True)
class Finding:
    """Finding in one sentence; `is_wrong` if something is missing or damaged."""

    text: str
    is_wrong: bool = False


OUR_NOTE = re.compile(r"(?:marker|check) (\w+)|site \d+ (?:before|after) (\w+): |site \d+ (begin|end)s")
"""Annotations of a session other than verdicts, and the labels of their journal lines; a site's label is longer."""


LAST_AT_ONCE_S = 1.0
"""Time in seconds by which the first record of a recording is complete. Later journal lines imply a recording."""


def check(path: Path, sampling_rate_hz: float | None = None, unit: str | None = None) -> Iterator[Finding]:
    """Yield the findings of a recording or a session folder.

    Parameters
    ----------
    path : Path
        Recording or session folder.
    sampling_rate_hz, unit : optional
        As for `read_recording`, for a recording that does not contain its own.

    Raises
    ------
    RecordingError
        If a file is not a recording, does not exist, or cannot be inspected.
    """
    if is_folder(path):
        if sampling_rate_hz is not None or unit is not None:
            yield Finding("a session has its own rate and units: those given are not used")
        yield from _check_session(path)
    else:
        yield from _check_recording(read_recording(path, sampling_rate_hz=sampling_rate_hz, unit=unit))


def _check_recording(recording: Recording) -> Iterator[Finding]:
    info = recording.info
    yield Finding(
        f"{recording.path.name}: {info.name}, {info.channel_count_text}, {info.sampling_rate_hz:g} samples a second, "
        f"{recording.duration_s:.1f} s"
    )
    n_samples, lost = 0, _Lost()
    for block in recording.blocks():
        n_samples += block.n_samples
        lost.add(block)
    if n_samples != recording.header.n_samples:
        yield Finding(f"{recording.header.n_samples} samples are promised and {n_samples} are there", is_wrong=True)
    yield Finding(_lost_text(lost, info.sampling_rate_hz))
    kinds = Counter(_kind_of_note(note.text) for note in recording.header.annotations if note.text != LOST_TEXT)
    if kinds:
        yield Finding("annotations: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    for warning in recording.header.warnings:
        yield Finding(warning, isinstance(warning, Damage))


def _kind_of_note(text: str) -> str:
    """Return the kind of an annotation, as the label of its journal line."""
    found = OUR_NOTE.match(text)
    if found is None:
        return text.split(" ")[0]
    marked, asked, turn = found.groups()
    return f"site_{turn}" if turn else str(marked or asked)


@dataclass(slots=True)
class _Lost:
    """Stretches of lost samples in the blocks so far; only the last one is kept, since it may continue."""

    n_stretches: int = 0
    n_samples: int = 0
    n_longest: int = 0
    last: tuple[int, int] = (-1, -1)

    def add(self, block: Block) -> None:
        for start, stop in invalid_runs(block.valid):
            first = block.first_index + start
            goes_on = first == self.last[1]
            self.n_stretches += not goes_on
            self.n_samples += stop - start
            self.last = (self.last[0] if goes_on else first, block.first_index + stop)
            self.n_longest = max(self.n_longest, self.last[1] - self.last[0])


def _lost_text(lost: _Lost, rate_hz: float) -> str:
    if not lost.n_stretches:
        return "no sample is marked as lost"
    if lost.n_stretches == 1:
        return f"1 lost stretch of {lost.n_samples / rate_hz:.3f} s"
    return (
        f"{lost.n_stretches} lost stretches, {lost.n_samples / rate_hz:.3f} s together, "
        f"the longest {lost.n_longest / rate_hz:.3f} s"
    )


def _check_session(folder: Path) -> Iterator[Finding]:
    parts = parts_in(folder)
    if not parts:
        raise RecordingError(f"{folder} is no session: it holds neither {SESSION_RECORDING} nor {SESSION_NAME}")
    for names in parts:
        yield from _check_part(folder, names)
    if is_being_recorded(folder):
        yield Finding("a program is recording into this folder now")
    for reference in sorted(folder.glob(REFERENCE_PATTERN)):
        yield from _check_journal(reference)
    yield from _check_modes(folder)


def _check_part(folder: Path, names: PartNames) -> Iterator[Finding]:
    """Yield the findings of a part: its document, recording and journal, and whether they agree."""
    document: Record | None = None
    try:
        document = read_document(folder / names.document)
        yield from _document_findings(folder / names.document, document)
    except RecordingError as error:
        yield Finding(str(error), is_wrong=True)
    recording, journal = folder / names.recording, folder / names.journal
    if not os.path.lexists(recording):
        yield _missing_recording_finding(names, document, journal)
        yield from _check_journal(journal) if os.path.lexists(journal) else ()
        return
    is_readable = document is not None and journal.exists() and not is_newer(document, SESSION_FORMAT)
    try:
        yield from _check_recording(read_recording(recording))
    except RecordingError as error:
        yield Finding(str(error), is_wrong=True)
        is_readable = False
    yield from _check_journal(journal)
    if is_readable:
        yield from _check_agreement(folder, names)


def _missing_recording_finding(names: PartNames, document: Record | None, journal: Path) -> Finding:
    """Return why there is no recording: a program that ended at once left neither it nor later journal lines."""
    if document is None or document.get("result") is not None or _last_onset_s(journal) > LAST_AT_ONCE_S:
        return Finding(f"{names.recording} is gone: was it deleted, or moved elsewhere?", is_wrong=True)
    return Finding(
        f"there is no {names.recording}: the program ended before its first record (0.2 s) was whole, or the file was "
        "taken away since"
    )


def _last_onset_s(journal: Path) -> float:
    """Return the latest time in a journal, 0 if it has none."""
    try:
        onsets_s = [line.record.get("onset_s") for line in journal_lines(journal) if line.record is not None]
    except OSError:
        return 0.0
    return max((float(onset_s) for onset_s in onsets_s if isinstance(onset_s, int | float)), default=0.0)


def _check_agreement(folder: Path, names: PartNames) -> Iterator[Finding]:
    """Yield the contradictions between the files of a part, and unreadable values."""
    try:
        session = read_session(folder, names.number)
        yield from (Finding(text, is_wrong=True) for text in contradictions(session, read_recording_of(session)))
    except RecordingError as error:
        yield Finding(str(error), is_wrong=True)


def _document_findings(path: Path, document: Record) -> Iterator[Finding]:
    if is_newer(document, SESSION_FORMAT):
        yield Finding(
            f"{path.name} was written by a newer version of this program: it may hold more than is shown here"
        )
    if document.get("result") is None:
        yield Finding(
            "the session was not closed: it is still being recorded, or the program ended in its middle; "
            "what was written is listed below"
        )
    else:
        yield Finding(f"the session of {document.get('started_at', 'unknown date')} was closed")


def _check_journal(path: Path) -> Iterator[Finding]:
    kinds: Counter[str] = Counter()
    try:
        for line in journal_lines(path):
            if line.record is None:
                why = "the program was ended while it wrote it" if line.is_torn else "it is damaged"
                yield Finding(f"line {line.number} of {path.name} is not whole: {why}", is_wrong=not line.is_torn)
            else:
                kinds[_kind_of_record(line.record)] += 1
    except FileNotFoundError:
        yield Finding(f"there is no {path.name}", is_wrong=True)
        return
    except OSError as error:
        yield Finding(f"{path.name} cannot be read: {error.strerror or error}", is_wrong=True)
        return
    contents = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "nothing was found or marked"
    yield Finding(f"{path.name}: {contents}")


def _kind_of_record(record: Record) -> str:
    """Return the kind of a journal line."""
    return f"{record['label']} ({record.get('decided_by', 'unknown')})"


def _check_modes(folder: Path) -> Iterator[Finding]:
    if os.name == "nt":
        return  # files on Windows have access lists, not modes
    for path in (folder, *sorted(folder.iterdir())):
        try:
            mode = path.stat(follow_symlinks=path == folder).st_mode  # the folder itself may be named by a link
        except OSError:
            continue  # it was removed meanwhile
        if not stat.S_ISLNK(mode) and mode & 0o077:  # a link, such as an editor's lock, has no mode of its own
            text = f"{path.name} can be read by others (mode {stat.S_IMODE(mode):04o}): chmod go-rwx"
            yield Finding(text, is_wrong=True)
