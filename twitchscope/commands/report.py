"""``twitchscope report``: write one page on a session."""

import argparse
import os
from pathlib import Path

from acquisition.core import RecordingError
from twitchscope import arguments as types
from twitchscope.storage.files import SUFFIXES, write_new_file
from twitchscope.terminal.printing import Printer

SUMMARY = "write a one-page report of a session, as HTML and PDF"

ENDINGS = (".html", ".pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    parser.add_argument("session", type=Path, metavar="SESSION", help="session folder")
    parser.add_argument(
        "--out",
        type=types.file_ending_in(*ENDINGS),
        metavar="FILE.html|.pdf",
        help="write only this file (default: report.html and report.pdf in the session folder); never overwrites one",
    )
    types.add_part_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the report and return the exit status."""
    from twitchscope.report.content import report_page  # matplotlib and the PDF library are slow to import
    from twitchscope.report.html import to_html
    from twitchscope.report.pdf import to_pdf

    page = report_page(arguments.session, arguments.part)
    paths = _free_paths(arguments.session, arguments.part) if arguments.out is None else [arguments.out]
    drawn = [
        to_html(page).encode("utf-8", "replace") if path.suffix.lower() == ".html" else to_pdf(page) for path in paths
    ]
    printer = Printer()
    for path, content in zip(paths, drawn, strict=True):
        write_new_file(path, content)
        printer.line(f"written: {path}")
    printer.finish()
    return 0


def _free_paths(folder: Path, part: int) -> list[Path]:
    """Return free names of both files: ``report-2`` and so on if there is a report already."""
    name = "report" if part == 1 else f"report-of-part-{part}"
    for suffix in SUFFIXES:
        paths = [folder / f"{name}{suffix}{ending}" for ending in ENDINGS]
        if not any(os.path.lexists(path) for path in paths):  # a broken link takes a name as well
            return paths
    raise RecordingError(f"{folder} holds a thousand reports: take some of them away")
