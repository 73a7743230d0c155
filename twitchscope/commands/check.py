"""``twitchscope check``: report the content of a recording or session, and whether it is complete."""

import argparse
import sys
from pathlib import Path

from acquisition.core import AcquisitionError
from twitchscope import arguments as types
from twitchscope.saved.checking import check
from twitchscope.terminal.printing import Printer

SUMMARY = "show what a recording or session folder contains and whether it is complete"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE|DIR", help="recordings or session folders")
    types.add_reading_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check each path and return the exit status, 1 if something is missing or damaged.

    A session that was not closed yields status 0 if everything written can be read.
    """
    printer = Printer()
    status = 0
    for path in arguments.paths:
        printer.line(f"{path}:")
        try:
            findings = list(check(path, arguments.rate, arguments.unit))
        except AcquisitionError as error:
            print(f"twitchscope: {error}", file=sys.stderr)
            status = 1
            continue
        for finding in findings:
            printer.line(f"  {'WRONG: ' if finding.is_wrong else ''}{finding.text}")
        is_whole = not any(finding.is_wrong for finding in findings)
        printer.line("  whole" if is_whole else "  not whole")
        status = status if is_whole else 1
    printer.finish()
    return status
