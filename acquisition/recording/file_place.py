"""Where an open file is now: under its name, in a folder that was renamed, or gone."""

import os
import sys
from pathlib import Path

from acquisition.core import RecordingError


def folder_now(fd: int, path: Path) -> Path:
    """Return the folder in which the open file `fd`, made as `path`, is now.

    It is that of `path`, or what that folder became when it or one above it was moved or renamed: what is written to an
    open file goes with it.

    Raises
    ------
    RecordingError
        When the file was deleted, renamed or replaced by another, or it is not known where it went: the system would
        go on writing where nobody looks.
    """
    here = os.fstat(fd)
    if os.name == "nt" or _is_that(here, path):  # Windows moves no folder in which a file is open
        return path.parent
    if here.st_nlink == 0:
        raise _replaced_error(path) if path.exists() else deleted_error(path)
    now = _path_of(fd)
    if now is not None and now.name == path.name and _is_that(here, now):
        return now.parent
    if path.exists():
        raise _replaced_error(path)
    where = f"its content goes on at {now}" if now is not None else "nobody can tell where it is now"
    raise RecordingError(f"{path} was moved or renamed while it was written, by another program or by hand: {where}")


def deleted_error(path: Path) -> RecordingError:
    """Return what is said of a file that is gone."""
    return RecordingError(f"{path} was deleted while it was written: by another program, or by hand?")


def _replaced_error(path: Path) -> RecordingError:
    return RecordingError(f"{path} was replaced by another file while it was written: by another program?")


def _is_that(here: os.stat_result, path: Path) -> bool:
    """Tell whether the file at `path` is the one that `here` describes.

    A file system in the network may give a file another number at each look; then its length and time tell, unless
    the file has no name any more: a copy, put in its place, can have both.
    """
    try:
        there = path.stat()
    except OSError:
        return False
    is_alike = (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)
    return os.path.samestat(here, there) or (here.st_nlink > 0 and is_alike)


def _path_of(fd: int) -> Path | None:
    """Return where the system says that an open file is, None where it does not say."""
    try:
        if sys.platform == "darwin":
            import fcntl

            return Path(os.fsdecode(fcntl.fcntl(fd, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\x00")))
        return Path(f"/proc/self/fd/{fd}").readlink()
    except OSError:
        return None
