"""The command line: ``twitchscope COMMAND …``."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from acquisition.core import AcquisitionError
from twitchscope import __version__
from twitchscope.notice import NOT_A_MEDICAL_DEVICE

COMMANDS = ("demo", "live", "record", "analyze", "check", "marks", "simulate", "boards", "electrodes", "calibrate")
"""Each is a module of `twitchscope.commands` with ``SUMMARY``, ``add_arguments`` and ``run``."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status: 0 success, 1 the job failed, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console without µ must not end a session
    try:
        arguments = _parser().parse_args(argv)
        status: int = arguments.run(arguments)
    except AcquisitionError as error:
        print(f"twitchscope: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        # Nobody reads on; point standard output elsewhere, so that the interpreter's own flush at exit is silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twitchscope",
        description=f"See, hear and log local twitch responses in streaming EMG. {NOT_A_MEDICAL_DEVICE}",
    )
    parser.add_argument("--version", action="version", version=f"twitchscope {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"twitchscope.commands.{name}")
        command = commands.add_parser(name, help=module.SUMMARY, description=module.SUMMARY)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser
