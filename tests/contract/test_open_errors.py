"""Errors before the first sample: one plain sentence with the likely cause, and nothing left open."""

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from acquisition.core import AcquisitionError, BoardConfigError, BoardNotFound, LinkError, RecordingError, open_board
from acquisition.link.port import diagnose_opening
from tests.wire import needs_pty, simulated_wire


def refusal(url: str) -> AcquisitionError:
    """Return the error of opening `url`, whose message must be one sentence."""
    with pytest.raises(AcquisitionError) as caught:
        open_board(url).close()
    message = str(caught.value)
    assert message
    assert "\n" not in message
    assert "Traceback" not in message
    assert len(message) < 400
    return caught.value


@pytest.mark.parametrize(
    ("url", "kind", "words"),
    [
        ("recording.bdf", BoardConfigError, "names no board"),
        ("", BoardConfigError, "names no board"),
        ("emg:", BoardNotFound, "no board called 'emg'"),
        ("brainflow:", BoardNotFound, "no board called ''"),
        ("brainflow:CYTHON_BOARD", BoardNotFound, "no board called 'CYTHON_BOARD'"),
        ("brainflow:CYTON_BOARD", BoardConfigError, "serial_port="),
        ("brainflow:EMOTIBIT_BOARD", BoardConfigError, "neither EMG nor EXG"),
        ("brainflow:SYNTHETIC_BOARD?colour=red", BoardConfigError, "no option 'colour'"),
        ("brainflow:SYNTHETIC_BOARD?timeout=soon", BoardConfigError, "timeout=soon is not a number"),
        ("cyton:", BoardConfigError, "needs a port"),
        ("playback:", BoardConfigError, "names no file"),
        ("simulated:?rate=123", BoardConfigError, "rate=123"),
        ("simulated:?rate=nan", BoardConfigError, "rate"),
        ("simulated:?seed", BoardConfigError, "key=value"),
    ],
)
def test_a_url_that_names_nothing(url: str, kind: type[AcquisitionError], words: str) -> None:
    error = refusal(url)
    assert type(error) is kind
    assert words in str(error)


@pytest.mark.parametrize("url", ["cyton:{0}", "brainflow:CYTON_BOARD?serial_port={0}"])
def test_a_missing_port(url: str) -> None:
    port = "COM250" if sys.platform == "win32" else "/dev/ttyNothing"
    error = refusal(url.format(port))
    assert type(error) is BoardNotFound
    assert port in str(error)


@pytest.mark.parametrize("url", ["cyton:{0}", "brainflow:CYTON_BOARD?serial_port={0}"])
def test_a_file_instead_of_a_port(url: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no port")
    error = refusal(url.format(path))
    assert type(error) in (LinkError, BoardNotFound)
    assert path.name in str(error)


def test_a_missing_file(tmp_path: Path) -> None:
    error = refusal(f"playback:{tmp_path / 'nothing.bdf'}")
    assert type(error) is BoardNotFound
    assert "nothing.bdf" in str(error)


@pytest.mark.parametrize("content", [b"", b"\x00", b"RIFF\x00\x00\x00\x00WAVE", os.urandom(5_000), b"\xffBIOSEMI" * 40])
def test_a_file_that_is_no_recording(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.bdf"
    path.write_bytes(content)
    assert type(refusal(f"playback:{path}")) is RecordingError


def test_a_folder_that_is_no_session(tmp_path: Path) -> None:
    assert isinstance(refusal(f"playback:{tmp_path}"), RecordingError)


@needs_pty
def test_a_busy_port(tmp_path: Path) -> None:
    port = tmp_path / "cyton"
    with simulated_wire(port), open_board(f"cyton:{port}?rate=250"):
        error = refusal(f"cyton:{port}?rate=250")
        assert type(error) is LinkError
        assert "busy" in str(error)


@pytest.fixture
def forbidden_terminal() -> Iterator[str]:
    """Pseudo-terminal without permission to open it."""
    if sys.platform == "win32":
        pytest.skip("pseudo-terminals: Windows has none")
    if os.geteuid() == 0:
        pytest.skip("root may open any port: the permission bits do not bite")
    main, other = os.openpty()
    try:
        os.fchmod(other, 0)
        yield os.ttyname(other)
    finally:
        os.close(other)
        os.close(main)


@pytest.mark.parametrize("url", ["cyton:{0}", "brainflow:CYTON_BOARD?serial_port={0}"])
def test_a_port_without_permission(url: str, forbidden_terminal: str) -> None:
    error = refusal(url.format(forbidden_terminal))
    assert type(error) is LinkError
    assert "permission" in str(error)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (errno.EACCES, LinkError, "no permission to open /dev/ttyX"),
        (errno.EPERM, LinkError, "no permission to open /dev/ttyX"),
        (errno.EBUSY, LinkError, "busy"),
        (errno.EAGAIN, LinkError, "busy"),
        (errno.ENOENT, BoardNotFound, "there is no port /dev/ttyX"),
        (errno.ENODEV, BoardNotFound, "there is no port /dev/ttyX"),
        (errno.ENOTTY, LinkError, "no serial port"),
        (errno.EIO, LinkError, "cannot be opened"),
    ],
)
def test_what_the_system_says_of_a_port(code: int, kind: type[AcquisitionError], words: str) -> None:
    """Messages for the systems' error numbers, including those that this machine cannot produce."""
    error = diagnose_opening("/dev/ttyX", 115_200, OSError(code, os.strerror(code)))
    assert type(error) is kind
    assert words in str(error)


@needs_pty
@pytest.mark.parametrize("url", ["cyton:{0}", "brainflow:CYTON_BOARD?serial_port={0}"])
def test_a_dongle_whose_board_is_off(url: str, tmp_path: Path) -> None:
    port = tmp_path / "cyton"
    with simulated_wire(port, "board-off"):
        error = refusal(url.format(port))
        assert type(error) is BoardNotFound
        assert "off" in str(error) or "is it switched on" in str(error)
