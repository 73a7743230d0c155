"""``twitchscope live``: open the live window."""

import argparse

from acquisition.core import AcquisitionError, BoardConfigError, load
from twitchscope import arguments as types
from twitchscope.display import BEGIN, LIVE_OPTIONS, PEDAL_KEYS, SHOWING, window_problem
from twitchscope.entries.setup_file import read_inputs, read_setup, read_visit
from twitchscope.lsl.attachments import Attachments
from twitchscope.session.plan import SessionPlan

SUMMARY = "run a session in the live window"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    parser.add_argument(
        "--board",
        metavar="URL",
        help="cyton:PORT?rate=250, brainflow:NAME?serial_port=PORT, playback:FILE?speed=1, lsl:NAME, simulated:?seed=1 "
        "(default: chosen in the window; with --exit-after the simulated patient)",
    )
    parser.add_argument(
        "--sound",
        default="",
        metavar="NAME",
        help="audio output, by its name or part of it, or off (default: the system's output); use earphones if you can",
    )
    types.add_session_options(parser)
    parser.add_argument(
        "--masked",
        action="store_true",
        help="hide verdicts and mute sound until a site is closed, so that your marks are independent of them",
    )
    parser.add_argument(
        "--pedal",
        action="append",
        default=[],
        metavar="KEY=KEY",
        help="let a foot pedal's key stand for another key, such as F13=G; GO continues, and marks needle in and out; "
        "held for two seconds it closes the site; remembered for the next start (none forgets it)",
    )
    parser.add_argument(
        "--flash",
        action="store_true",
        help="flash a square in the lower left corner for 0.1 s at each marker and sync mark, for a camera or a "
        "photodiode; the journal has the times",
    )
    types.add_lsl_options(parser)
    types.add_showing_options(parser)
    parser.set_defaults(check_pedals=lambda arguments: _check_pedals(parser, arguments))


def _check_pedals(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Reject unknown keys; only the Qt library can recognise them."""
    try:
        load(PEDAL_KEYS)(tuple(arguments.pedal))
    except BoardConfigError as error:
        parser.error(str(error))


def run(arguments: argparse.Namespace) -> int:
    """Open the window and return the exit status."""
    arguments.check_showing(arguments)
    setup = read_setup(arguments.setup)
    problem = window_problem()
    if problem is not None:
        raise AcquisitionError(f"no window can be opened: {problem}. `twitchscope record` does the same without one")
    arguments.check_pedals(arguments)
    plan = SessionPlan(
        out=arguments.out,
        pseudonym=arguments.pseudonym,
        false_alarms_per_min=arguments.false_alarms_per_min,
        needle_is_isolated=arguments.isolated,
        continues=arguments.continues,
        inputs=read_inputs(arguments.setup),
        visit=read_visit(arguments.setup),
    )
    showing = load(SHOWING)(
        exit_after_s=arguments.exit_after,
        screenshot=arguments.screenshot,
        sound=None if arguments.sound == "off" else arguments.sound,
        flash=arguments.flash,
        attachments=Attachments(arguments.lsl, arguments.lsl_markers),
    )
    options = load(LIVE_OPTIONS)(arguments.board, setup, plan, showing, arguments.masked, tuple(arguments.pedal))
    status: int = load(BEGIN)(options)
    return status
