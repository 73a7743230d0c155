"""Location and integrity of an open file: whether it was moved, renamed, deleted or truncated."""

import os
import sys
from pathlib import Path

from acquisition.core import RecordingError


def folder_now(fd: int, path: Path) -> Path:
    """Return the current folder of the open file `fd`, which was created as `path`.

    This is the folder of `path`, or its new path when it or a parent folder was moved or renamed. Writes to an open
    file follow such a move.

    Raises
    ------
    RecordingError
        If the file was deleted, renamed or replaced, or its new location is unknown. Further writes would then go to
        a file that nobody finds.
    """
    here = os.fstat(fd)
    if os.name == "nt" or _is_that(here, path):  # Windows does not move a folder in which a file is open
        return path.parent
    now = _path_of(fd)
    is_there = now is not None and _is_that(here, now)  # the path of a file on a removed disk does not exist
    if now is not None and is_there and now.name == path.name:
        return now.parent
    if path.exists():
        raise _replaced_error(path)
    if os.fstat(fd).st_nlink == 0:  # looked at last: it may be deleted at any moment, also after the call above
        raise deleted_error(path)
    if is_there:
        how = f"by another program or by hand: its content goes on at {now}"
    else:
        how = "or its disk was taken away: nobody can tell where it is now"
    raise RecordingError(f"{path} was moved or renamed while it was written, {how}")


def require_whole(fd: int, path: Path, n_bytes: int) -> None:
    """Check that the open file `fd`, known as `path`, still has all bytes written.

    Raises
    ------
    RecordingError
        If it is shorter than `n_bytes`. Further data would be written behind a gap of zeros.
    """
    n_there = os.fstat(fd).st_size
    if n_there < n_bytes:
        raise RecordingError(
            f"{path} was cut short by another program while it was written: {n_there} of {n_bytes} bytes are left"
        )


def deleted_error(path: Path) -> RecordingError:
    """Return the error for a file that was deleted."""
    return RecordingError(f"{path} was deleted while it was written: by another program, or by hand?")


def _replaced_error(path: Path) -> RecordingError:
    return RecordingError(f"{path} was replaced by another file while it was written: by another program?")


def _is_that(here: os.stat_result, path: Path) -> bool:
    """Return whether the file at `path` is the one that `here` describes.

    A network file system may report a different inode number on every call. Size and modification time then decide,
    unless the file has no name any more, because a copy in its place can match both.
    """
    try:
        there = path.stat()
    except OSError:
        return False
    is_alike = (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)
    return os.path.samestat(here, there) or (here.st_nlink > 0 and is_alike)


def _path_of(fd: int) -> Path | None:
    """Return the path of an open file according to the system, or None where the system does not report it."""
    try:
        if sys.platform == "darwin":
            import fcntl

            return Path(os.fsdecode(fcntl.fcntl(fd, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\x00")))
        return Path(f"/proc/self/fd/{fd}").readlink()
    except OSError:
        return None
