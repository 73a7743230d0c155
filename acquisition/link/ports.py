"""Serial ports of this machine, and the likely device behind each."""

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

UART_BRIDGE_VENDORS = {0x0403: "FTDI", 0x10C4: "Silicon Labs", 0x1A86: "WCH", 0x067B: "Prolific"}
"""USB vendors of bridges to a real UART, whose baud rate limits the throughput."""

FTDI_FT231X = (0x0403, 0x6015)
BLED112 = (0x2458, 0x0001)


@dataclass(frozen=True, slots=True)
class PortInfo:
    """Serial port of this machine.

    Attributes
    ----------
    path : str
        Path to open, e.g. ``/dev/ttyUSB0`` or ``COM3``.
    guess : str
        Plain description of the likely device.
    is_uart_bridge : bool
        True for a real UART, whose baud rate is a limit.
    may_be_cyton : bool
        True for the chip of a Cyton's dongle.
    serial_number : str
        Serial number of the USB device, the same at every USB socket; empty when it has none.
    """

    path: str
    guess: str
    is_uart_bridge: bool
    may_be_cyton: bool
    serial_number: str = ""


def find_ports() -> list[PortInfo]:
    """Return the serial ports of this machine, sorted by path."""
    found = {
        port.device: PortInfo(
            port.device,
            guess_of(port.vid, port.pid, port.description or ""),
            port.vid in UART_BRIDGE_VENDORS or port.vid is None,
            (port.vid, port.pid) == FTDI_FT231X,
            port.serial_number or "",
        )
        for port in list_ports.comports()
    }
    return [found[path] for path in sorted(found)]


def serial_number_of(path: str) -> str:
    """Return the USB serial number of the device at `path`; empty when it has none."""
    names = _names_of(path)
    return next((port.serial_number for port in find_ports() if port.path in names), "")


def find_again(path: str, serial_number: str) -> str:
    """Return the present path of the device with a serial number, or `path` if it is not found or has no number."""
    if not serial_number:
        return path
    return next((port.path for port in find_ports() if port.serial_number == serial_number), path)


def guess_of(vendor: int | None, product: int | None, description: str) -> str:
    """Return a plain description of the likely device at a port, from its USB numbers and description."""
    if (vendor, product) == FTDI_FT231X or "FT231X" in description:
        return "FTDI FT231X: an OpenBCI Cyton dongle, or another adapter with that chip"
    if (vendor, product) == BLED112 or "BLED112" in description:
        return "BLED112: the Bluetooth dongle of an OpenBCI Ganglion"
    if vendor in UART_BRIDGE_VENDORS:
        return f"USB serial adapter ({UART_BRIDGE_VENDORS[vendor]})"
    if vendor is not None:
        return "USB serial device without a UART (CDC): a board with native USB"
    return "built-in or virtual serial port"


def is_uart_bridge(path: str) -> bool:
    """Return whether the baud rate of the port at `path` is a real limit, unlike that of a pseudo-terminal or CDC."""
    names = _names_of(path)
    return any(port.is_uart_bridge for port in find_ports() if port.path in names)


def resolve(path: str) -> str:
    """Return the full path of a port: ``ttyUSB0`` stands for ``/dev/ttyUSB0``, and macOS needs ``cu.``."""
    if sys.platform == "win32":
        return path
    with contextlib.suppress(OSError):  # an inaccessible path is kept; opening it gives the reason
        if "/" not in path and not Path(path).exists() and Path("/dev", path).exists():
            path = f"/dev/{path}"
    if sys.platform == "darwin" and path.startswith("/dev/tty."):
        return path.replace("/dev/tty.", "/dev/cu.", 1)
    return path


def _names_of(path: str) -> set[str]:
    """Return the paths under which a port may be listed: its own and that of its link target."""
    device = resolve(path)
    return {device, str(Path(device).resolve())}
