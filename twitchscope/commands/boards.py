"""``twitchscope boards``: what is plugged in, with a plain diagnosis of each."""

import argparse
from collections.abc import Callable

from acquisition.core import AcquisitionError, Board, BoardInfo, make_board
from acquisition.link.port import open_port
from acquisition.link.ports import PortInfo, find_ports
from acquisition.link.protocol import DEFAULT_BAUD
from twitchscope.printing import Printer

SUMMARY = "list ports and boards, with a plain diagnosis of each"

SIMULATED_URL = "simulated:?seed=1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "--quick", action="store_true", help="do not talk to the ports (asking a Cyton takes some seconds)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print every port and board; return 0 whatever was found."""
    printer = Printer()
    printer.line(f"{SIMULATED_URL:<28} a simulated patient, always there")
    ports = find_ports()
    for port in ports:
        url = f"cyton:{port.path}" if port.may_be_cyton else port.path
        said = port.guess if arguments.quick else f"{port.guess}: {diagnose(port)}"
        printer.line(f"{url:<28} {said}")
    if not ports:
        printer.line("no serial port: is the dongle plugged in, and does this user see it?")
    printer.line(f"{'brainflow:NAME':<28} any BrainFlow board with EMG or EXG channels, e.g. brainflow:SYNTHETIC_BOARD")
    printer.line(f"{'playback:FILE':<28} any recording that analyze reads")
    printer.line(f"{'lsl:NAME':<28} any EMG stream of the lab streaming layer")
    printer.finish()
    return 0


def diagnose(port: PortInfo, make: Callable[[str], Board] = make_board) -> str:
    """Return in plain words whether the board behind a port answers, or else what is in the way.

    Only a port that looks like a Cyton's is spoken to; any other is opened and closed again, since bytes that another
    instrument does not expect could do something to it.
    """
    try:
        if not port.may_be_cyton:
            open_port(port.path, DEFAULT_BAUD).close()
            return "can be opened"
        with make(f"cyton:{port.path}") as board:
            return _answer(board.info)
    except AcquisitionError as error:
        return str(error)


def _answer(info: BoardInfo) -> str:
    return f"answers as {info.name}, {info.n_channels} channels, {info.sampling_rate_hz:g} samples a second"
