"""A file opened to be read, that keeps nobody waiting."""

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
        When that is not possible, and for a pipe or a terminal: those would let the reader wait for whoever writes into
        them, maybe for ever.
    """
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if stat.S_ISFIFO(os.fstat(fd).st_mode) or os.isatty(fd):
            raise OSError(errno.EINVAL, "it is a pipe or a terminal, expected a file: save to one first")
        return os.fdopen(fd, "rb")
    except BaseException:
        os.close(fd)
        raise
