"""``twitchscope marks import``: import reference times of other observers beside a session."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from twitchscope import arguments as types
from twitchscope.saved.accounts import left_out_text
from twitchscope.saved.references import SOURCE, ClockTie, Reference, import_references, read_references
from twitchscope.saved.sync_marks import tie_by_sync
from twitchscope.terminal.printing import Printer

SUMMARY = "import reference times (ultrasound, video, a second observer) beside a session"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    commands = parser.add_subparsers(title="commands", required=True, metavar="import")
    what = "take the marks of a CSV file or a BIDS events.tsv; nothing that is there is changed"
    add = commands.add_parser("import", help=what, description=what)
    add.add_argument("session", type=Path, metavar="SESSION", help="the session's folder")
    add.add_argument(
        "file", type=Path, metavar="FILE", help="table with the columns onset (seconds), and duration and trial_type"
    )
    tie = add.add_mutually_exclusive_group(required=True)
    tie.add_argument(
        "--by-sync",
        action="store_true",
        help="find offset and drift from flashes or taps that both recorded: sync, sync_pulse or screen_flash in the "
        "session; flash, tap, pulse or one of those in the table",
    )
    tie.add_argument(
        "--offset",
        type=types.number(-1e9, 1e9, "seconds"),
        metavar="S",
        help="seconds to add to the table's times, so that 0 is the recording's first sample",
    )
    add.add_argument(
        "--drift-ppm",
        type=types.number(-1e5, 1e5, "parts per million"),
        metavar="X",
        help="drift of the recording's clock against the table's, in parts per million; positive if it runs faster (0)",
    )
    add.add_argument("--source", type=_source, required=True, metavar="NAME", help="ultrasound, video, observer-2, …")
    types.add_part_option(add)
    add.set_defaults(check_importing=lambda arguments: _check(add, arguments))


def _check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    if arguments.by_sync and arguments.drift_ppm is not None:
        parser.error("--drift-ppm goes with --offset: --by-sync finds the drift itself")


def run(arguments: argparse.Namespace) -> int:
    """Import the table and return the exit status."""
    arguments.check_importing(arguments)
    references = read_references(arguments.file)
    printer = Printer()
    tie = _tie(arguments, references, printer)
    path, n_outside = import_references(arguments.session, references, tie, arguments.source, arguments.part)
    outside = f", {n_outside} of them outside of the recording" if n_outside else ""
    printer.line(f"{len(references)} marks from {arguments.source}{outside}: {path}")
    if left_out := left_out_text(arguments.source, [one.label for one in references]):
        printer.line(left_out)
    printer.finish()
    return 0


def _tie(arguments: argparse.Namespace, references: Sequence[Reference], printer: Printer) -> ClockTie:
    if not arguments.by_sync:
        return ClockTie(arguments.offset, arguments.drift_ppm or 0.0)
    found = tie_by_sync(arguments.session, references, arguments.part)
    printer.line(found.text())
    return found.tie


def _source(text: str) -> str:
    if SOURCE.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} has to be of small letters, digits, - and _ (at most 40)")
    return text
