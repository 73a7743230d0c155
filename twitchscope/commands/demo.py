"""``twitchscope demo``: a whole session on the simulated patient."""

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
"""A shorter demo opens no window: nobody could see it."""
STAYS_S = 2.0
"""So long the window stays when its session is over."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
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
    """Run the demo; return the exit status."""
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
