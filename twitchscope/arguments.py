"""Types of command-line arguments, each with a plain error message, and options that several commands share."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from dsp.arguments import HIGHEST_RATE_HZ, LOWEST_RATE_HZ
from twitchscope import NAME
from twitchscope.findings.detection import DEFAULT_FALSE_ALARMS_PER_MIN
from twitchscope.storage.files import check_pseudonym, require_free


def number(low: float, high: float, unit: str) -> Callable[[str], float]:
    """Return an argument type: a number in [low, high] of `unit`."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number of {unit}") from error
        if not (math.isfinite(value) and low <= value <= high):
            raise argparse.ArgumentTypeError(f"{text} is outside {low:g} to {high:g} {unit}")
        return value

    return parse


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Return an argument type: a whole number in [low, high]."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from error
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is outside {low} to {high}")
        return value

    return parse


def file_ending_in(*endings: str) -> Callable[[str], Path]:
    """Return an argument type: a file to be written, whose suffix determines its format."""

    def parse(text: str) -> Path:
        path = Path(text)
        if path.suffix.lower() not in endings:
            raise argparse.ArgumentTypeError(f"{text!r} does not end in {' or '.join(endings)}")
        return path

    return parse


def code(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return an argument type: a text accepted by a check that raises ValueError otherwise."""

    def parse(text: str) -> str:
        try:
            return check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse


UNITS = ("V", "mV", "uV")

seconds = number(0.0, 1e7, "seconds")
seed = whole_number(0, 2**63 - 1)
false_alarms = number(0.001, 60.0, "false alarms per minute")


def add_detection_options(
    parser: argparse.ArgumentParser,
    false_alarms_per_min: float | None = DEFAULT_FALSE_ALARMS_PER_MIN,
    default_words: str = "%(default)s",
) -> None:
    """Add the options of every command that detects: the setup file and the false alarms, with default and its text."""
    parser.add_argument("--setup", type=Path, metavar="FILE", help="TOML file that names the channels and their roles")
    parser.add_argument(
        "--false-alarms-per-min",
        type=false_alarms,
        default=false_alarms_per_min,
        metavar="X",
        help=f"budget of false alarms per minute from noise alone, at rest ({default_words})",
    )


def add_session_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that records a session."""
    add_detection_options(parser)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("sessions"),
        metavar="DIR",
        help="where to create the session folder (%(default)s)",
    )
    parser.add_argument(
        "--pseudonym",
        type=code(check_pseudonym),
        default="unnamed",
        metavar="CODE",
        help="last part of the folder name; never a person's name",
    )
    parser.add_argument(
        "--continue",
        dest="continues",
        type=Path,
        metavar="FOLDER",
        help="continue this session (after the program ended unexpectedly, or the electrodes were moved) as a further "
        "part in the same folder",
    )
    parser.add_argument(
        "--isolated",
        action="store_true",
        help="for a needle channel: confirm battery power, an isolated link and no electrotherapy on the needles",
    )


def add_lsl_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that connect a session to the lab streaming layer."""
    parser.add_argument(
        "--lsl",
        nargs="?",
        const=NAME,
        default="",
        metavar="NAME",
        help="send EMG (µV), events and markers to the lab streaming layer, as NAME EMG, NAME events and NAME markers "
        "(%(const)s); everybody on this network can see them",
    )
    parser.add_argument(
        "--lsl-markers", default="", metavar="NAME", help="record the markers of the LSL stream NAME as marks"
    )


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that reads recordings of other programs: what a file may lack."""
    parser.add_argument(
        "--rate",
        type=number(LOWEST_RATE_HZ, HIGHEST_RATE_HZ, "samples a second"),
        metavar="SPS",
        help="sampling rate in samples per second, if the file does not state it",
    )
    parser.add_argument("--unit", choices=UNITS, help="unit of plain-text columns that do not state theirs (uV)")


def add_part_option(parser: argparse.ArgumentParser) -> None:
    """Add the option of every command that reads a session."""
    parser.add_argument(
        "--part",
        type=whole_number(1, 9999),
        default=1,
        metavar="N",
        help="which part of a session with several parts (1)",
    )


def add_showing_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that opens a window."""
    parser.add_argument(
        "--exit-after",
        type=seconds,
        metavar="S",
        help="close after S seconds, ask nothing, exit with 0 if all went well",
    )
    parser.add_argument(
        "--screenshot",
        type=file_ending_in(".png"),
        metavar="FILE.png",
        help="with --exit-after: save a picture of the window before it closes; never overwrites a file",
    )
    parser.set_defaults(check_showing=lambda arguments: _check_showing(parser, arguments))


def _check_showing(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    if arguments.screenshot is not None and arguments.exit_after is None:
        parser.error("--screenshot needs --exit-after: the picture is taken when the window closes by itself")
    if arguments.screenshot is not None:
        require_free(arguments.screenshot)
