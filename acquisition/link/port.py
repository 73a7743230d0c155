"""Serial port as a `Link`, with a plain diagnosis of errors."""

import contextlib
import errno
import sys
from pathlib import Path

import serial

from acquisition.core import AcquisitionError, BoardNotFound, Clock, LinkError, MonotonicClock
from acquisition.link.ports import find_ports, is_uart_bridge, resolve

POLL_S = 0.02
"""Longest wait of one read for the first byte, in seconds; a byte that comes ends it at once."""

WRITE_TIMEOUT_S = 1.0
"""Time in seconds after which sending a command has failed."""

MAX_READ_BYTES = 256 * 1024
"""Largest number of bytes of one `SerialLink.read_available`, far more than accumulates while a host stalls."""

FTDI_SLOW_LATENCY_MS = 2
"""Packets come in bursts when the latency timer is above this."""


def open_port(path: str, baud: int, clock: Clock | None = None) -> "SerialLink":
    """Open a serial port for exclusive use, 8-N-1 without flow control.

    Parameters
    ----------
    path : str
        ``/dev/ttyUSB0``, ``ttyUSB0``, ``/dev/cu.usbserial-DM01``, ``COM3``, or a pseudo-terminal.
    baud : int
        Baud rate in bits per second; ignored by a pseudo-terminal or a native USB port.
    clock : Clock, optional
        Host clock.

    Raises
    ------
    BoardNotFound
        If there is no such port.
    LinkError
        If it is busy, access is denied, or it is not a serial port.
    """
    path = resolve(path)
    try:
        port = serial.Serial(path, baud, timeout=POLL_S, write_timeout=WRITE_TIMEOUT_S, exclusive=True)
    except (OSError, ValueError) as error:  # pyserial's own errors are OSErrors; ValueError means the baud rate
        raise diagnose_opening(path, baud, error) from error
    return SerialLink(port, path, clock if clock is not None else MonotonicClock())


class SerialLink:
    """Open serial port.

    Attributes
    ----------
    path : str
        Name of the port.
    is_baud_limited : bool
        True for a real UART, whose baud rate limits the throughput.
    latency_advice : str
        Advice against packets that come in bursts; empty when the port has no such problem.
    """

    def __init__(self, port: serial.Serial, path: str, clock: Clock) -> None:
        self._port = port
        self.path = path
        self.clock = clock
        self.is_baud_limited = is_uart_bridge(path)
        self.latency_advice = _ask_low_latency(port, path)

    def write(self, data: bytes) -> None:
        """Send `data` in one write: the dongle accepts a command only in one piece."""
        try:
            n_written = self._port.write(data)
        except serial.SerialTimeoutException as error:  # an OSError too, but of a port that still exists
            raise LinkError(f"{self.path} took no command within {WRITE_TIMEOUT_S:g} s: is the board hung?") from error
        except (OSError, TypeError) as error:
            raise self._gone() from error
        if n_written != len(data):
            raise LinkError(f"{self.path} took {n_written} of {len(data)} bytes: is the board hung?")

    def read_available(self, timeout_s: float) -> bytes:
        """Return everything that has arrived, waiting up to `timeout_s` for the first byte; empty when none came."""
        deadline_s = self.clock.now_s() + timeout_s
        try:
            while True:
                is_over = self.clock.now_s() >= deadline_s  # the last read comes after it, however late the host is
                n_waiting = self._port.in_waiting
                data = self._port.read(n_waiting) if n_waiting or is_over else self._port.read(1)
                if data or is_over:
                    break
            parts, n_bytes = [data], len(data)
            while data and n_bytes < MAX_READ_BYTES and (n_waiting := self._port.in_waiting):
                data = self._port.read(min(n_waiting, MAX_READ_BYTES - n_bytes))
                parts.append(data)
                n_bytes += len(data)
        except (OSError, TypeError) as error:  # TypeError: pyserial's handle is None after the port was closed
            raise self._gone() from error
        return b"".join(parts)

    def set_baud(self, baud: int) -> None:
        """Switch to `baud` after all pending output is sent; input received at the old rate is discarded."""
        try:
            self._port.flush()
            self._port.baudrate = baud
            self._port.reset_input_buffer()
        except ValueError as error:
            raise LinkError(f"{self.path} cannot be set to {baud} baud: {error}") from error
        except (OSError, TypeError) as error:
            raise self._gone() from error

    def close(self) -> None:
        """Close the port."""
        with contextlib.suppress(OSError, TypeError):  # nothing else can be done for an unplugged port
            self._port.close()

    def _gone(self) -> LinkError:
        return LinkError(f"the board was unplugged: {self.path} is gone")


def diagnose_opening(path: str, baud: int, error: Exception) -> AcquisitionError:
    """Return an error that explains why `path` cannot be opened."""
    code = getattr(error, "errno", None)
    message = str(error)
    if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR) or "FileNotFoundError" in message:
        return BoardNotFound(f"there is no port {path}; {_known_ports()}")
    if code in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK) or (
        sys.platform == "win32" and "PermissionError" in message
    ):
        return LinkError(f"{path} is busy: another program has it open (OpenBCI GUI, BrainFlow, a terminal?); close it")
    if code in (errno.EACCES, errno.EPERM):
        return LinkError(f"no permission to open {path}: {_permission_advice(path)}")
    if isinstance(error, ValueError):
        return LinkError(f"{path} cannot be set to {baud} baud: {message}")
    if code in (errno.ENOTTY, errno.EINVAL, errno.EISDIR) or "Could not configure port" in message:
        return LinkError(f"{path} is no serial port: is it the name of a file?")
    return LinkError(f"{path} cannot be opened: {message}")


def _known_ports() -> str:
    ports = find_ports()
    if not ports:
        return "this machine has no serial port at all now: is the dongle plugged in?"
    return "there are " + ", ".join(f"{port.path} ({port.guess})" for port in ports)


def _permission_advice(path: str) -> str:
    if sys.platform == "win32" or sys.platform == "darwin":
        return "run the program as a user who may use serial ports"
    import grp

    try:
        group = grp.getgrgid(Path(path).stat().st_gid).gr_name
    except (OSError, KeyError):
        group = "dialout"
    if group == "root":
        group = "dialout"
    return f'join its group with "sudo usermod -aG {group} $USER", then log out and in again'


def _ask_low_latency(port: serial.Serial, path: str) -> str:
    """Set the port to deliver bytes at once; return advice for the user when that is not possible."""
    if sys.platform == "win32":
        return (
            f"packets come in bursts of 16 ms unless the latency timer of {path} is 1 ms "
            "(Device Manager, Ports, Advanced)"
        )
    if sys.platform == "darwin":
        return "packets may come in bursts of 16 ms: macOS has no setting for it; nothing is lost by that"
    try:
        port.set_low_latency_mode(True)
    except (ValueError, OSError, NotImplementedError):
        # A pseudo-terminal or a native USB port has no such mode; for an FTDI that refuses, the timer shows it.
        return _slow_timer_advice(path)
    return ""


def _slow_timer_advice(path: str) -> str:
    timer = Path("/sys/bus/usb-serial/devices", Path(path).resolve().name, "latency_timer")
    try:
        latency_ms = int(timer.read_text())
    except (OSError, ValueError):
        return ""
    if latency_ms <= FTDI_SLOW_LATENCY_MS:
        return ""
    return f'packets come in bursts of {latency_ms} ms; "echo 1 | sudo tee {timer}" makes them come one by one'
