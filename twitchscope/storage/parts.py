"""Parts of a session: each has three files of its own, so that a further part changes none of the earlier ones."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from acquisition.core import RecordingError, read_at_most
from acquisition.recording import SESSION_RECORDING, session_part
from twitchscope.storage.files import is_folder, is_held, system_reason

SESSION_NAME = "session.json"
JOURNAL_NAME = "events.jsonl"

LARGEST_DOCUMENT_BYTES = 10_000_000
"""Largest size in bytes of a session's document, normally a page of text."""

_BESIDE_RECORDING = re.compile(r"(?:events(.*)\.jsonl|session(.*)\.json)")


@dataclass(frozen=True, slots=True)
class PartNames:
    """Names of a part's files in the session's folder, and its number, from 1."""

    recording: str = SESSION_RECORDING
    journal: str = JOURNAL_NAME
    document: str = SESSION_NAME
    number: int = 1

    def all(self) -> tuple[str, str, str]:
        """Return the three names."""
        return self.recording, self.journal, self.document


FIRST_PART = PartNames()


def part_names(number: int) -> PartNames:
    """Return the names of part `number`, from 1: ``recording.bdf``, then ``recording-2.bdf`` and so on."""
    if number == 1:
        return FIRST_PART
    return PartNames(f"recording-{number}.bdf", f"events-{number}.jsonl", f"session-{number}.json", number)


def part_of_recording(name: str) -> PartNames | None:
    """Return the part whose recording has that name in a session's folder, None for any other name."""
    number = session_part(name)
    return part_names(number) if number is not None else None


def parts_in(folder: Path) -> list[PartNames]:
    """Return the parts of which at least one file exists, in order.

    Raises
    ------
    RecordingError
        If the folder cannot be read.
    """
    return [part_names(number) for number in _numbers_in(folder)]


def require_part(folder: Path, part: int) -> PartNames:
    """Return the names of a part's files. Those of the first part may be missing, which is reported when they are read.

    Raises
    ------
    RecordingError
        If a session's folder has no such further part, or cannot be read.
    """
    names, parts = part_names(part), parts_in(folder) if is_folder(folder) else []
    if part > 1 and names not in parts:
        raise RecordingError(f"{folder} has no part {part}, but {len(parts)}")
    return names


def _numbers_in(folder: Path) -> list[int]:
    try:
        found = [path.name for path in folder.iterdir()]
    except OSError as error:
        raise RecordingError(f"{folder} cannot be looked into: {system_reason(error)}") from error
    return sorted({number for name in found if (number := _number_of(name)) is not None})


def _number_of(name: str) -> int | None:
    """Return the part of a file; journal and document are numbered like their recording."""
    match = _BESIDE_RECORDING.fullmatch(name)
    return session_part(f"recording{match[1] or match[2] or ''}.bdf" if match is not None else name)


def next_part(folder: Path) -> PartNames:
    """Return the names of a further part of the session in `folder`, all of them free.

    Raises
    ------
    RecordingError
        If it is not a session, is being recorded, or cannot be read.
    """
    numbers = _numbers_in(folder) if is_folder(folder) else []
    if not numbers:
        raise RecordingError(f"{folder} is no session folder: expected one with {SESSION_RECORDING} and {SESSION_NAME}")
    if is_being_recorded(folder):
        raise RecordingError(f"{folder} is being recorded by another program: it goes on by itself")
    return part_names(numbers[-1] + 1)


def is_being_recorded(folder: Path) -> bool:
    """Return whether a program is recording into `folder`, as far as the system lets that be known."""
    return any(is_held(folder / names.journal) for names in parts_in(folder))


def was_cut_off(folder: Path) -> bool:
    """Return whether the last part of a session was never closed and is no longer being recorded."""
    parts = parts_in(folder)
    return bool(parts) and not _is_closed(folder / parts[-1].document) and not is_being_recorded(folder)


def last_session_if_cut_off(root: Path, pseudonym: str) -> Path | None:
    """Return the last session of `pseudonym` in `root` if its program ended before the session did, else None.

    Also None if there is no recording that could be continued.
    """
    name = re.compile(rf"\d{{4}}-\d\d-\d\d_\d{{6}}_{re.escape(pseudonym)}(?:-(\d{{1,3}}))?")
    try:
        found = [
            (match[0][:17], int(match[1] or 1), path) for path in root.iterdir() if (match := name.fullmatch(path.name))
        ]
        last = max(found)[2] if found else None
        return last if last is not None and was_cut_off(last) and _has_recording(last) else None
    except (OSError, RecordingError):
        return None  # a folder that cannot be read is reported when it is written to


def _has_recording(folder: Path) -> bool:
    return any((folder / names.recording).is_file() for names in parts_in(folder))


def _is_closed(path: Path) -> bool:
    try:
        content = read_at_most(path, LARGEST_DOCUMENT_BYTES)
        document = json.loads(content) if content is not None else None
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("result") is not None
