"""``twitchscope review``: browse a session or a recording and review its events."""

import argparse
import zlib
from pathlib import Path

from acquisition.core import AcquisitionError, load
from twitchscope import arguments as types
from twitchscope.display import REVIEW, REVIEWED, SHOWING, window_problem
from twitchscope.entries.setup_file import read_setup
from twitchscope.saved.rating import check_rater
from twitchscope.storage.files import is_folder

SUMMARY = "look through a session or recording in the review window, judge its events, or rate them blind"

DEFAULT_RATER = "reviewer"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    parser.add_argument("path", type=Path, metavar="SESSION|FILE", help="session folder or recording")
    parser.add_argument(
        "--rater",
        type=types.code(check_rater),
        default=DEFAULT_RATER,
        metavar="CODE",
        help="code of the rater, such as r1, never a person's name (%(default)s)",
    )
    parser.add_argument("--blind", action="store_true", help="show events in random order without their verdicts")
    parser.add_argument(
        "--seed", type=types.seed, metavar="N", help="with --blind: seed of the order (default: from the rater's code)"
    )
    parser.add_argument(
        "--setup", type=Path, metavar="FILE", help="TOML file that names the channels of a recording and their roles"
    )
    types.add_reading_options(parser)
    types.add_part_option(parser)
    types.add_showing_options(parser)
    parser.set_defaults(check_reviewing=lambda arguments: _check(parser, arguments))


def _check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Reject combinations of options that have no meaning."""
    if arguments.seed is not None and not arguments.blind:
        parser.error("--seed is that of the order of --blind")
    if arguments.part > 1 and not is_folder(arguments.path):
        parser.error(f"--part is that of a session's folder, and {arguments.path} is none")
    if (arguments.setup or arguments.rate or arguments.unit) and is_folder(arguments.path):
        parser.error("--setup, --rate and --unit are those of a recording alone: a session's folder has its own")


def run(arguments: argparse.Namespace) -> int:
    """Open the window and return the exit status."""
    arguments.check_reviewing(arguments)
    arguments.check_showing(arguments)
    problem = window_problem()
    if problem is not None:
        raise AcquisitionError(f"no window can be opened: {problem}. `twitchscope report` needs none")
    seed = zlib.crc32(arguments.rater.encode()) if arguments.seed is None else arguments.seed
    review = load(REVIEWED)(
        path=arguments.path,
        part=arguments.part,
        rater=arguments.rater,
        blind_seed=seed if arguments.blind else None,
        sampling_rate_hz=arguments.rate,
        unit=arguments.unit,
        setup=read_setup(arguments.setup),
    )
    showing = load(SHOWING)(exit_after_s=arguments.exit_after, screenshot=arguments.screenshot)
    status: int = load(REVIEW)(review, showing)
    return status
