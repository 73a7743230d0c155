"""Files are read; anything that would block the reader is refused at once."""

import os
import sys
from pathlib import Path

import pytest

from acquisition.core import open_to_read, read_at_most


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\r\n\x1a\x00")
    with open_to_read(path) as file:
        assert file.read() == b"\r\n\x1a\x00"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes among its files")
def test_a_pipe_is_refused_with_a_writer_and_without(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OSError, match="it is a pipe or a terminal"):
        open_to_read(path)
    both = os.open(path, os.O_RDWR)
    try:
        os.write(both, b"text")
        with pytest.raises(OSError, match="it is a pipe or a terminal"):
            open_to_read(path)
    finally:
        os.close(both)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_is_refused() -> None:
    import pty

    ends = pty.openpty()
    try:
        with pytest.raises(OSError, match="it is a pipe or a terminal"):
            open_to_read(Path(os.ttyname(ends[1])))
    finally:
        for fd in ends:
            os.close(fd)


def test_what_is_not_there_is_reported_as_before(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_to_read(tmp_path / "nothing")


def test_no_more_is_read_than_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"1234")
    assert [read_at_most(path, n_bytes) for n_bytes in (3, 4, 5)] == [None, b"1234", b"1234"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no devices among its files")
def test_a_device_that_never_ends_is_too_long() -> None:
    assert read_at_most(Path("/dev/zero"), 1000) is None
