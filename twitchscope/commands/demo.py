"""``twitchscope demo``: run a whole session on the simulated patient."""

import argparse
import sys
from pathlib import Path

from acquisition.core import Setup, load
from twitchscope import arguments as types
from twitchscope.display import LIVE, SHOWING, has_screen, window_problem
from twitchscope.session.plan import SessionPlan
from twitchscope.terminal.foreground import run_session

SUMMARY = "run a whole session on the simulated patient, without hardware"

DEFAULT_SECONDS = 60.0
SAMPLING_RATE_HZ = 1000
SHORTEST_SHOWN_S = 1.0
"""Length below which a demo opens no window, as it would be too short to see."""
STAYS_S = 2.0
"""Time that the window stays open after the end of its session."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    parser.add_argument(
        "--seconds", type=types.seconds, default=DEFAULT_SECONDS, metavar="S", help="length in seconds (%(default)g)"
    )
    parser.add_argument(
        "--seed", type=types.seed, default=1, metavar="N", help="seed of the simulated patient (%(default)s)"
    )
    parser.add_argument("--headless", action="store_true", help="never open a window")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("sessions"),
        metavar="DIR",
        help="where to create the session folder (%(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the demo and return the exit status."""
    plan = SessionPlan(out=arguments.out, pseudonym="demo", seconds=arguments.seconds)
    board_url = f"simulated:?seed={arguments.seed}&rate={SAMPLING_RATE_HZ}"
    if arguments.headless or arguments.seconds < SHORTEST_SHOWN_S or not has_screen():
        return run_session(board_url, Setup(), plan, "text")
    problem = window_problem()
    if problem is not None:
        print(f"twitchscope: without a window: {problem}", file=sys.stderr)
        return run_session(board_url, Setup(), plan, "text")
    status: int = load(LIVE)(board_url, Setup(), plan, load(SHOWING)(exit_after_s=arguments.seconds + STAYS_S))
    return status
