"""``twitchscope record``: record a session without a window."""

import argparse

from twitchscope import arguments as types
from twitchscope.entries.setup_file import read_inputs, read_setup, read_visit
from twitchscope.lsl.attachments import Attachments
from twitchscope.session.latency import Latency
from twitchscope.session.plan import SessionPlan
from twitchscope.terminal.foreground import run_session
from twitchscope.terminal.printing import FORMATS

SUMMARY = "record a session from a board and print events as they are detected"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    parser.add_argument(
        "--board",
        required=True,
        metavar="URL",
        help="cyton:PORT?rate=250, brainflow:NAME?serial_port=PORT, playback:FILE, lsl:NAME or simulated:?seed=1",
    )
    types.add_session_options(parser)
    parser.add_argument(
        "--seconds", type=types.seconds, metavar="S", help="length in seconds of signal, gaps included (until Ctrl-C)"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="output format of the events (%(default)s)")
    parser.add_argument(
        "--latency",
        action="store_true",
        help="report at the end how long after a sample's arrival its verdict was available",
    )
    parser.add_argument(
        "--no-feedback",
        action="store_true",
        help="show no verdict before the end, so that your marks are not influenced; stored with each mark",
    )
    types.add_lsl_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Record until the given duration, the end of the source or Ctrl-C, and return the exit status."""
    plan = SessionPlan(
        out=arguments.out,
        pseudonym=arguments.pseudonym,
        seconds=arguments.seconds,
        false_alarms_per_min=arguments.false_alarms_per_min,
        feedback_shown=not arguments.no_feedback,
        needle_is_isolated=arguments.isolated,
        continues=arguments.continues,
        inputs=read_inputs(arguments.setup),
        visit=read_visit(arguments.setup),
    )
    attachments = Attachments(arguments.lsl, arguments.lsl_markers, Latency() if arguments.latency else None)
    return run_session(arguments.board, read_setup(arguments.setup), plan, arguments.format, attachments)
