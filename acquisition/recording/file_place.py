"""Where an open file is now: under its name, in a folder that was renamed, or gone; and whether all of it is."""

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
    is_there = now is not None and _is_that(here, now)  # the path of a file whose disk was taken away leads nowhere
    if now is not None and is_there and now.name == path.name:
        return now.parent
    if path.exists():
        raise _replaced_error(path)
    if is_there:
        how = f"by another program or by hand: its content goes on at {now}"
    else:
        how = "or its disk was taken away: nobody can tell where it is now"
    raise RecordingError(f"{path} was moved or renamed while it was written, {how}")


def require_whole(fd: int, path: Path, n_bytes: int) -> None:
    """Refuse to go on with the open file `fd`, known as `path`, when less is in it than was written.

    Raises
    ------
    RecordingError
        When it is shorter than `n_bytes`: what is written behind that would stand behind a hole of zeros.
    """
    n_there = os.fstat(fd).st_size
    if n_there < n_bytes:
        raise RecordingError(
            f"{path} was cut short by another program while it was written: {n_there} of {n_bytes} bytes are left"
        )


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
