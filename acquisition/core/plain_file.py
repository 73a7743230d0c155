"""Reading of untrusted files, without blocking and without filling the memory."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_to_read(path: Path) -> BinaryIO:
    """Open a file to read its bytes.

    Raises
    ------
    OSError
        If that is not possible, and for a pipe or a terminal, which could block the reader for ever.
    """
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if stat.S_ISFIFO(os.fstat(fd).st_mode) or os.isatty(fd):
            raise OSError(errno.EINVAL, "it is a pipe or a terminal, expected a file: save to one first")
        return os.fdopen(fd, "rb")
    except BaseException:
        os.close(fd)
        raise


def read_at_most(path: Path, n_bytes: int) -> bytes | None:
    """Return the content of a file, or None when it is longer than `n_bytes`.

    The file size is not used: a device has none and never ends, and a file may grow before it is read.

    Raises
    ------
    OSError
        As `open_to_read`.
    """
    with open_to_read(path) as file:
        content = file.read(n_bytes + 1)
    return content if len(content) <= n_bytes else None
