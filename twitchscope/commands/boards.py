"""``twitchscope boards``: list ports and boards, with a plain diagnosis of each."""

import argparse

from twitchscope.found_boards import SIMULATED_URL, found_boards, guess_and_diagnosis, quick_guess
from twitchscope.terminal.printing import Printer

SUMMARY = "list ports and boards, with a diagnosis of each"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    parser.add_argument(
        "--quick", action="store_true", help="do not open the ports (querying a Cyton takes some seconds)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print every port and board and return 0, whatever was found."""
    printer = Printer()
    printer.line(f"{SIMULATED_URL:<28} a simulated patient, always there")
    n_ports = 0
    for found in found_boards(quick_guess if arguments.quick else guess_and_diagnosis):
        n_ports += 1
        printer.line(f"{found.url:<28} {found.description}")
    if not n_ports:
        printer.line("no serial port: is the dongle plugged in, and does this user see it?")
    printer.line(f"{'brainflow:NAME':<28} any BrainFlow board with EMG or EXG channels, e.g. brainflow:SYNTHETIC_BOARD")
    printer.line(f"{'playback:FILE':<28} any recording that analyze reads")
    printer.line(f"{'lsl:NAME':<28} any EMG stream of the lab streaming layer")
    printer.finish()
    return 0
