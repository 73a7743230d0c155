"""Serial port: plain diagnoses, and real reads and writes through a pseudo-terminal."""

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from acquisition.core import BoardNotFound, LinkError, ManualClock
from acquisition.link import port as port_module
from acquisition.link import ports as ports_module
from acquisition.link.port import SerialLink, diagnose_opening, open_port
from acquisition.link.ports import PortInfo, find_again, find_ports, guess_of, is_uart_bridge, resolve, serial_number_of
from tests.patience import DEADLINE_S

needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """Raw pseudo-terminal: the board's end, and the path of the host's end."""
    import tty

    master, slave = os.openpty()
    tty.setraw(slave)
    name = os.ttyname(slave)
    os.close(slave)
    yield master, name
    with contextlib.suppress(OSError):  # a test that unplugs it has already closed it
        os.close(master)


def read_all(link: SerialLink, n_bytes: int) -> bytes:
    """Read until `n_bytes` have come, since a pseudo-terminal delivers data in pieces."""
    data, end_s = b"", time.monotonic() + DEADLINE_S
    while len(data) < n_bytes:
        assert time.monotonic() < end_s, f"only {len(data)} bytes came"
        data += link.read_available(1.0)
    return data


@needs_pty
def test_bytes_go_both_ways(terminal: tuple[int, str]) -> None:
    master, name = terminal
    link = open_port(name, 115_200)
    link.write(b"v")
    assert os.read(master, 10) == b"v"
    os.write(master, bytes(range(256)))
    assert read_all(link, 256) == bytes(range(256))
    assert link.read_available(0.0) == b""
    link.close()
    link.close()


@needs_pty
def test_a_read_drains_everything_there_is(terminal: tuple[int, str]) -> None:
    master, name = terminal
    link = open_port(name, 115_200)
    sent = bytes(3000)
    os.write(master, sent)
    end_s = time.monotonic() + DEADLINE_S
    while link._port.in_waiting < len(sent):  # a pseudo-terminal delivers data in pieces
        assert time.monotonic() < end_s
        time.sleep(0.001)
    assert link.read_available(1.0) == sent
    link.close()


def test_a_host_that_is_late_at_the_deadline_still_takes_what_has_arrived() -> None:
    class Late(ManualClock):
        """Clock that stands still until the port is first checked, and is then far beyond every deadline."""

        def now_s(self) -> float:
            now_s = super().now_s()
            if port.n_looks:
                port.waiting = b"reply$$$"
                self.wait_s(1e6)
            return now_s

    class Port:
        """Port that is empty at the first check."""

        waiting, n_looks = b"", 0

        @property
        def in_waiting(self) -> int:
            self.n_looks += 1
            return len(self.waiting)

        def read(self, n_bytes: int) -> bytes:
            data, self.waiting = self.waiting[:n_bytes], self.waiting[n_bytes:]
            return data

        def set_low_latency_mode(self, is_on: bool) -> None:
            """Take it."""

    port = Port()
    link = SerialLink(port, "/dev/nowhere", Late())  # type: ignore[arg-type]
    assert link.read_available(0.1) == b"reply$$$"


def test_a_port_that_takes_no_command_is_not_called_unplugged() -> None:
    class Port:
        """Port whose output buffer stays full, as with a board that reads nothing."""

        def write(self, data: bytes) -> int:
            raise serial.SerialTimeoutException("Write timeout")

        def set_low_latency_mode(self, is_on: bool) -> None:
            """Take it."""

    link = SerialLink(Port(), "/dev/nowhere", ManualClock())  # type: ignore[arg-type]
    with pytest.raises(LinkError, match=r"/dev/nowhere took no command within 1 s: is the board hung\?"):
        link.write(b"b")


def test_a_command_of_which_a_part_was_taken_was_not_sent() -> None:
    class Port:
        """Port with room for three bytes."""

        def write(self, data: bytes) -> int:
            return min(len(data), 3)

        def set_low_latency_mode(self, is_on: bool) -> None:
            """Take it."""

    link = SerialLink(Port(), "/dev/nowhere", ManualClock())  # type: ignore[arg-type]
    link.write(b"~~~")
    with pytest.raises(LinkError, match=r"/dev/nowhere took 3 of 9 bytes: is the board hung\?"):
        link.write(b"x1060110X")


@needs_pty
def test_a_pseudo_terminal_has_no_baud_limit_and_no_latency_to_complain_of(terminal: tuple[int, str]) -> None:
    link = open_port(terminal[1], 921_600)
    assert not link.is_baud_limited
    assert sys.platform != "linux" or link.latency_advice == ""
    link.close()


@needs_pty
def test_a_busy_port(terminal: tuple[int, str]) -> None:
    link = open_port(terminal[1], 115_200)
    with pytest.raises(LinkError, match=r"is busy: another program has it open .*; close it"):
        open_port(terminal[1], 115_200)
    link.close()
    open_port(terminal[1], 115_200).close()


@needs_pty
def test_an_unplugged_port(terminal: tuple[int, str]) -> None:
    master, name = terminal
    link = open_port(name, 115_200)
    os.close(master)
    with pytest.raises(LinkError, match=f"the board was unplugged: {name} is gone"):
        link.read_available(1.0)
    with pytest.raises(LinkError, match="unplugged"):
        link.write(b"s")
    link.close()
    with pytest.raises(LinkError, match="unplugged"):
        link.read_available(0.0)


def test_no_such_port_names_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_module, "find_ports", lambda: [PortInfo("/dev/ttyUSB0", "FTDI FT231X", True, True)])
    with pytest.raises(BoardNotFound, match=r"there is no port no-such-port; there are /dev/ttyUSB0 \(FTDI FT231X\)"):
        open_port("no-such-port", 115_200)
    monkeypatch.setattr(port_module, "find_ports", list)
    with pytest.raises(BoardNotFound, match="no serial port at all now: is the dongle plugged in"):
        open_port("no-such-port", 115_200)


@needs_pty
def test_a_file_is_no_port(tmp_path: Path) -> None:
    file = tmp_path / "recording.bdf"
    file.write_bytes(b"")
    with pytest.raises(LinkError, match=r"recording\.bdf is no serial port: is it the name of a file"):
        open_port(str(file), 115_200)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (serial.SerialException(errno.EACCES, "could not open port"), LinkError, "no permission to open /dev/nowhere"),
        (serial.SerialException(errno.EBUSY, "could not open port"), LinkError, "is busy"),
        (serial.SerialException(errno.EAGAIN, "Could not exclusively lock port"), LinkError, "is busy"),
        (serial.SerialException(errno.ENODEV, "could not open port"), BoardNotFound, "there is no port"),
        (serial.SerialException("port 'COM9': FileNotFoundError(2, '…')"), BoardNotFound, "there is no port"),
        (ValueError("Failed to set custom baud rate"), LinkError, "cannot be set to 115200 baud"),
        (serial.SerialException(errno.EIO, "I/O error"), LinkError, "cannot be opened: .*I/O error"),
    ],
)
def test_diagnoses(error: Exception, kind: type[Exception], message: str) -> None:
    diagnosis = diagnose_opening("/dev/nowhere", 115_200, error)
    assert isinstance(diagnosis, kind)
    with pytest.raises(kind, match=message):
        raise diagnosis


@pytest.mark.skipif(sys.platform != "linux", reason="groups of serial ports are Linux's way")
def test_a_port_without_permission_tells_the_group() -> None:
    message = str(diagnose_opening("/dev/nowhere", 115_200, PermissionError(errno.EACCES, "Permission denied")))
    assert "sudo usermod -aG dialout $USER" in message


def test_a_port_of_windows_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_module.sys, "platform", "win32")
    error = serial.SerialException("could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)")
    assert "COM3 is busy" in str(diagnose_opening("COM3", 115_200, error))


def test_guesses() -> None:
    assert "Cyton dongle" in guess_of(0x0403, 0x6015, "FT231X USB UART")
    assert "BLED112" in guess_of(0x2458, 0x0001, "")
    assert guess_of(0x10C4, 0xEA60, "CP2102") == "USB serial adapter (Silicon Labs)"
    assert "CDC" in guess_of(0x2341, 0x8036, "Arduino")
    assert "built-in" in guess_of(None, None, "ttyS0")


class _Found:
    def __init__(self, device: str, vid: int | None, serial_number: str | None = None) -> None:
        self.device, self.vid, self.pid, self.description = device, vid, 0x6015, None
        self.serial_number = serial_number


def test_ports_are_listed_by_name_with_their_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    target = tmp_path / "ttyUSB1"
    target.touch()
    by_id = tmp_path / "usb-FTDI"
    found = [_Found("COM4", 0x2341), _Found(str(target.resolve()), 0x0403), _Found("COM3", None)]
    monkeypatch.setattr(ports_module.list_ports, "comports", lambda: found)
    assert [info.path for info in find_ports()] == sorted(one.device for one in found)
    assert [info.path for info in find_ports() if info.may_be_cyton] == [found[1].device]
    assert is_uart_bridge("COM3")
    assert not is_uart_bridge("COM4")
    assert not is_uart_bridge("/dev/pts/9")
    if sys.platform != "win32":
        by_id.symlink_to(target)
        assert is_uart_bridge(str(by_id))


def test_a_device_is_found_again_at_another_port(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [_Found("COM3", 0x0403, "DM01"), _Found("COM4", 0x0403, "DM02"), _Found("COM5", 0x0403)]
    monkeypatch.setattr(ports_module.list_ports, "comports", lambda: found)
    assert serial_number_of("COM4") == "DM02"
    assert serial_number_of("COM5") == serial_number_of("COM9") == ""
    found[1].device = "COM7"
    assert find_again("COM4", "DM02") == "COM7"
    assert find_again("COM4", "") == find_again("COM4", "DM09") == "COM4"


@needs_pty
def test_a_device_is_known_by_any_name_that_it_is_opened_by(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [_Found("/dev/null", 0x0403, "DM01"), _Found("/dev/cu.usbserial-DM02", 0x0403, "DM02")]
    monkeypatch.setattr(ports_module.list_ports, "comports", lambda: found)
    assert serial_number_of("null") == "DM01"  # like ttyUSB0 for /dev/ttyUSB0
    assert is_uart_bridge("null")
    monkeypatch.setattr(ports_module.sys, "platform", "darwin")
    assert serial_number_of("/dev/tty.usbserial-DM02") == "DM02"
    assert is_uart_bridge("/dev/tty.usbserial-DM02")


@needs_pty
def test_names_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve("null") == "/dev/null"  # like ttyUSB0 for /dev/ttyUSB0
    assert resolve("no-such-thing") == "no-such-thing"
    assert resolve("x" * 5000) == "x" * 5000  # too long for a file name
    monkeypatch.setattr(ports_module.sys, "platform", "darwin")
    assert resolve("/dev/tty.usbserial-DM01") == "/dev/cu.usbserial-DM01"
    monkeypatch.setattr(ports_module.sys, "platform", "win32")
    assert resolve("COM3") == "COM3"
