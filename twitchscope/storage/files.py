"""Session folders and the small files in them: private, never overwritten, whole at every instant."""

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
"""Likely causes of what a system says that a file cannot be written."""

PRIVATE = 0o600
"""Mode of the files of a session: its owner's alone."""

TAKEN = "is there already, and nothing is overwritten: choose another name"

FORBIDDEN_IN_NAMES = '/\\:*?"<>|'
"""Characters that one of the three systems refuses in a file name."""


SUFFIXES = ("", *(f"-{number}" for number in range(2, 1000)))
"""Behind a name, in turn, until one is not taken."""


def new_session_folder(root: Path, started_at: datetime, pseudonym: str) -> Path:
    """Make the folder of a new session, ``YYYY-MM-DD_HHMMSS_<pseudonym>``, readable by its owner alone.

    A second session in the same second gets ``-2`` behind its name; nothing is ever overwritten.

    Raises
    ------
    RecordingError
        When it cannot be made.
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
        When it is empty, long, has a space, so that no name of a person fits by accident, or characters that a file
        name cannot have.
    """
    if any("\udc80" <= ch <= "\udcff" for ch in text):  # how Python keeps bytes that it cannot read as text
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
    """Return as a question why a file that was being written could not be."""
    if isinstance(error, FileExistsError):
        return "does another program record into the same session?"
    if isinstance(error, FileNotFoundError):
        return "was its folder moved or deleted?"
    return CAUSES.get(getattr(error, "errno", None) or 0, "is the disk full?")


def told_by_system(error: OSError) -> str:
    """Return why a file cannot be looked at or used, with the likely cause where that is known."""
    cause = CAUSES.get(error.errno or 0, "")
    return f"{error.strerror or error}{': ' if cause else ''}{cause}"


def is_folder(path: Path) -> bool:
    """Return whether `path` is a folder; False where nothing is.

    Raises
    ------
    RecordingError
        When the system does not let it be looked at.
    """
    try:
        return path.is_dir()
    except OSError as error:
        raise RecordingError(f"{path} cannot be looked at: {told_by_system(error)}") from error


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a document, mode 0600, so that the file holds either the old one or the new one whole.

    Raises
    ------
    RecordingError
        When the disk does not take it.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        replace_text(path, text, PRIVATE)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be written: {error.strerror}: {likely_cause(error)}") from error


def replace_text(path: Path, text: str, mode: int) -> None:
    """Write a text file so that it holds either the old text or the new one whole, on the disk.

    Parameters
    ----------
    path : Path
        The file; a draft of it, ``.<name>.new``, is beside it meanwhile, and one that was left there is taken away.
    text : str
        All of it.
    mode : int
        Permissions of the new file, as far as the process's mask lets it have them.

    Raises
    ------
    OSError
        When the disk does not take it; the old text stands.
    """
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)  # else its mode would stay, or the text go wherever a link leads
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
    """Open a new text file for writing that its owner alone can read."""
    return _open(path, PRIVATE)


def _open(path: Path, mode: int) -> IO[str]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL  # which follows no link: it is no new file
    flags |= getattr(os, "O_BINARY", 0)  # Windows would write CR LF without it
    return os.fdopen(os.open(path, flags, mode), "x", encoding="utf-8", newline="\n")


def write_new_file(path: Path, content: bytes) -> None:
    """Write a file that was not there, mode 0600; a part of it is taken away again.

    Raises
    ------
    RecordingError
        When it is there already, or the disk does not take it.
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
    """Refuse before long work a name that `write_new_file` would refuse behind it.

    Raises
    ------
    RecordingError
        When there is something of that name.
    """
    if os.path.lexists(path):
        raise RecordingError(f"{path} {TAKEN}")


def hold(file: IO[str]) -> None:
    """Let other programs know, by `is_held`, that `file` is being written; ends when it is closed, or its program."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError):  # a network's file system without locks: then nobody can know
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(path: Path) -> bool:
    """Tell whether a program has called `hold` on `path`; False where that cannot be known, as on Windows."""
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
    """Return once what was written is on the disk."""
    file.flush()
    sync_to_disk(file)


def sync_to_disk(file: IO[str]) -> None:
    """Return once what was flushed is on the disk, so that it outlives a power cut too."""
    os.fsync(file.fileno())
