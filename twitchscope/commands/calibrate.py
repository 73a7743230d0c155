"""``twitchscope calibrate``: measure gain and noise of each channel against the board's own test signal."""

import argparse
from pathlib import Path

from acquisition.core import open_board
from twitchscope import arguments as types
from twitchscope.electrodes.self_test import calibrate
from twitchscope.ending import interrupted_in_order
from twitchscope.entries.setup_file import read_setup
from twitchscope.terminal.printing import Printer

SUMMARY = "measure gain and noise of each channel with the board's own test signal; no electrodes needed"

SECONDS = 4.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    parser.add_argument("--board", required=True, metavar="URL", help="cyton:PORT?rate=250")
    parser.add_argument("--setup", type=Path, metavar="FILE", help="TOML file that names the channels")
    parser.add_argument(
        "--seconds",
        type=types.number(3.0, 600.0, "seconds"),
        default=SECONDS,
        metavar="S",
        help="length of each of the two measurements in seconds (%(default)g)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print one line per channel and return the exit status, 1 if a channel is out of order."""
    printer = Printer()
    with open_board(arguments.board, read_setup(arguments.setup)) as board, interrupted_in_order() as look_up:
        printer.line(f"{board.info.name}: test signal and shorted inputs, {arguments.seconds:g} s each")
        found = calibrate(board, arguments.seconds, look_up)
    for channel in found:
        off_percent = round(100.0 * channel.gain_error, 2) + 0.0  # turns -0 into 0
        printer.line(
            f"  {channel.name:<16} gain {off_percent:+6.2f} %   noise {channel.noise_uv:5.2f} µV RMS   "
            f"{channel.advice or 'good'}"
        )
    printer.finish()
    return 1 if any(channel.advice for channel in found) else 0
