"""``twitchscope record``: a session without a window."""

import argparse
from pathlib import Path

from twitchscope.commands import arguments as types
from twitchscope.commands.running import run_session
from twitchscope.detection import DEFAULT_FALSE_ALARMS_PER_MIN
from twitchscope.printing import FORMATS
from twitchscope.session import SessionPlan
from twitchscope.setup_file import read_setup

SUMMARY = "record a session from a board and print its events as they come"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "--board",
        required=True,
        metavar="URL",
        help="cyton:PORT?rate=250, brainflow:NAME?serial_port=PORT, playback:FILE?speed=1 or simulated:?seed=1",
    )
    parser.add_argument("--setup", type=Path, metavar="FILE", help="TOML file that names the channels and their roles")
    parser.add_argument(
        "--seconds", type=types.seconds, metavar="S", help="length in seconds of signal, gaps included (until Ctrl-C)"
    )
    parser.add_argument("--out", type=Path, default=Path("sessions"), metavar="DIR", help="where the folder goes")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how events are printed")
    parser.add_argument(
        "--pseudonym",
        type=types.pseudonym,
        default="unnamed",
        metavar="CODE",
        help="last part of the folder's name; never a person's name",
    )
    parser.add_argument(
        "--isolated",
        action="store_true",
        help="confirm, for a needle channel, battery power, an isolated link and no electrotherapy on the needles",
    )
    parser.add_argument(
        "--false-alarms-per-min",
        type=types.false_alarms,
        default=DEFAULT_FALSE_ALARMS_PER_MIN,
        metavar="X",
        help="false confirmations a minute that noise alone may make at rest (%(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Record until the time is over, the source ends or Ctrl-C; return the exit status."""
    plan = SessionPlan(
        out=arguments.out,
        pseudonym=arguments.pseudonym,
        seconds=arguments.seconds,
        false_alarms_per_min=arguments.false_alarms_per_min,
        needle_is_isolated=arguments.isolated,
    )
    return run_session(arguments.board, read_setup(arguments.setup), plan, arguments.format)
