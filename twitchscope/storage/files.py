"""Session folders and the small files in them: private, never overwritten, always complete."""

import contextlib
import errno
import json
import os
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from acquisition.core import RecordingError, open_to_read
from acquisition.recording.bdf.record_file import sync_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

CAUSES = {
    errno.EROFS: "did the system protect the disk against writing, after a fault of it or by a switch?",
    errno.EIO: "is the disk failing, or was it pulled out?",
    errno.EACCES: "is it somebody else's?",
    errno.EISDIR: "does a folder have its name?",
    errno.ENOTDIR: "is a part of its path a file, where a folder was expected?",
}
"""Likely causes of system errors in writing a file."""

PRIVATE = 0o600
"""Mode of a session's files: accessible to the owner only."""

TAKEN = "is there already, and nothing is overwritten: choose another name"

FORBIDDEN_IN_NAMES = '/\\:*?"<>|'
"""Characters that one of the three systems does not allow in a file name."""


SUFFIXES = ("", *(f"-{number}" for number in range(2, 1000)))
"""Suffixes of a name, tried in turn until one is free."""


def new_session_folder(root: Path, started_at: datetime, pseudonym: str) -> Path:
    """Create the folder of a new session, ``YYYY-MM-DD_HHMMSS_<pseudonym>``, accessible to the owner only.

    A second session in the same second gets the suffix ``-2``; nothing is ever overwritten.

    Raises
    ------
    RecordingError
        If it cannot be created.
    """
    name = f"{started_at:%Y-%m-%d_%H%M%S}_{pseudonym}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        for suffix in SUFFIXES:
            try:
                folder = root / (name + suffix)
                folder.mkdir(mode=0o700)
            except FileExistsError:
                continue
            sync_folder(root)
            return folder
    except FileExistsError as error:
        raise RecordingError(f"no session folder can be made in {root}: it is a file, expected a folder") from error
    except OSError as error:
        raise RecordingError(f"no session folder can be made in {root}: {error.strerror}") from error
    raise RecordingError(f"{root} holds a thousand sessions called {name}: is the clock standing still?")


def check_pseudonym(text: str) -> str:
    """Return a pseudonym that can be part of a folder's name.

    Raises
    ------
    ValueError
        If it is empty or too long, contains a space (so that a person's name does not pass by accident), or contains
        characters that a file name cannot have.
    """
    if any("\udc80" <= ch <= "\udcff" for ch in text):  # Python's representation of undecodable bytes
        raise ValueError(
            f"{text!r} holds bytes that are no text in this locale: letters beyond A to Z need one in UTF-8"
        )
    if not 0 < len(text) <= 40 or any(ch in FORBIDDEN_IN_NAMES or ch == " " or not ch.isprintable() for ch in text):
        raise ValueError(
            f"pseudonym = {text!r}, expected a code of 1 to 40 characters without spaces and {FORBIDDEN_IN_NAMES}, "
            "never a name"
        )
    return text


def likely_cause(error: Exception) -> str:
    """Return, as a question, the likely cause of a failed write."""
    if isinstance(error, FileExistsError):
        return "does another program record into the same session?"
    if isinstance(error, FileNotFoundError):
        return "was its folder moved or deleted?"
    return CAUSES.get(getattr(error, "errno", None) or 0, "is the disk full?")


def system_reason(error: OSError) -> str:
    """Return why a file cannot be inspected or used, with the likely cause if known."""
    cause = CAUSES.get(error.errno or 0, "")
    return f"{error.strerror or error}{': ' if cause else ''}{cause}"


def is_folder(path: Path) -> bool:
    """Return whether `path` is a folder; False if nothing is there.

    Raises
    ------
    RecordingError
        If the system does not allow it to be inspected.
    """
    try:
        return path.is_dir()
    except OSError as error:
        raise RecordingError(f"{path} cannot be looked at: {system_reason(error)}") from error


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a document, mode 0600, so that the file always holds either the whole old one or the whole new one.

    Raises
    ------
    RecordingError
        If the disk does not accept it.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        replace_text(path, text, PRIVATE)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be written: {error.strerror}: {likely_cause(error)}") from error


def replace_text(path: Path, text: str, mode: int) -> None:
    """Write a text file and sync it, so that it always holds either the whole old text or the whole new one.

    Parameters
    ----------
    path : Path
        The file. A draft, ``.<name>.new``, exists beside it meanwhile; one left from before is removed.
    text : str
        The whole text.
    mode : int
        Permissions of the new file, before the process's umask.

    Raises
    ------
    OSError
        If the disk does not accept it; the old text is kept.
    """
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)  # its mode would be kept, or a link followed, otherwise
    file = _open(draft, mode)
    try:
        with file:
            file.write(text)
            flush_to_disk(file)
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    sync_folder(path.parent)


def open_private(path: Path) -> IO[str]:
    """Open a new text file for writing that only its owner can read."""
    return _open(path, PRIVATE)


def _open(path: Path, mode: int) -> IO[str]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL  # O_EXCL follows no link, as that is not a new file
    flags |= getattr(os, "O_BINARY", 0)  # Windows would write CR LF without it
    return os.fdopen(os.open(path, flags, mode), "x", encoding="utf-8", newline="\n")


def write_new_file(path: Path, content: bytes) -> None:
    """Write a new file, mode 0600; an incomplete one is removed.

    Raises
    ------
    RecordingError
        If it already exists, or the disk does not accept it.
    """
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(fd)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except FileExistsError as error:
        raise RecordingError(f"{path} {TAKEN}") from error
    except FileNotFoundError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror}: is its folder there?") from error
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror}: {likely_cause(error)}") from error


def require_free(path: Path) -> None:
    """Reject, before long work, a name that `write_new_file` would reject after it.

    Raises
    ------
    RecordingError
        If something of that name exists.
    """
    if os.path.lexists(path):
        raise RecordingError(f"{path} {TAKEN}")


def hold(file: IO[str]) -> None:
    """Lock `file` as being written, as seen by `is_held`, until it is closed or the program ends."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError):  # a network file system without locks: then it cannot be known
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(path: Path) -> bool:
    """Return whether a program has called `hold` on `path`; False if that cannot be known, as on Windows."""
    if fcntl is None:
        return False
    try:
        with open_to_read(path) as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def flush_to_disk(file: IO[str]) -> None:
    """Flush and sync a file; on return its content is on the disk."""
    file.flush()
    sync_to_disk(file)


def sync_to_disk(file: IO[str]) -> None:
    """Sync a file; on return what was flushed is on the disk and survives a power cut."""
    os.fsync(file.fileno())
