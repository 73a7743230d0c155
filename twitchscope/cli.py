"""Command line: ``twitchscope COMMAND …``.

Only the standard library and small modules are imported at the top. Large modules load within `run_as_program`, which
handles Ctrl-C without a traceback.
"""

import argparse
import gc
import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from twitchscope import __version__
from twitchscope.extensions import old_extensions
from twitchscope.notice import NOT_A_MEDICAL_DEVICE

COMMANDS = (
    "demo", "live", "record", "analyze", "check", "review", "report", "marks", "simulate", "boards", "electrodes",
    "calibrate",
)  # fmt: skip
"""Commands; each is a module of `twitchscope.commands` with ``SUMMARY``, ``add_arguments`` and ``run``."""

NO_THREAD = "can't start new thread"
"""CPython's message when the system refuses a thread."""

IMPORTING = "<frozen importlib._bootstrap>"
"""CPython's file name for the code of its import statement."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status: 0 success, 1 the job failed, 2 wrong usage."""
    try:
        return _run(argv)
    except KeyboardInterrupt:
        return 0
    except Exception as error:
        sentence = _plain_sentence(error)
        if not sentence:
            raise  # an error of the program needs its traceback
        print(f"twitchscope: {sentence}", file=sys.stderr)
        return 1


def _plain_sentence(error: Exception) -> str:
    """Return a sentence on an error that is not one of the program's own; empty if it may be one."""
    if isinstance(error, MemoryError):
        return "the system has no memory left for this: are large programs running, or is its memory limited (ulimit)?"
    if isinstance(error, RuntimeError) and NO_THREAD in str(error):
        return "the system starts no further thread: is the program's memory, or the number of processes, limited?"
    if isinstance(error, ImportError | AttributeError | TypeError | ValueError) and (old := old_extensions()):
        return f"{', '.join(old)}: compiled before the sources were changed, or not at all: run make build"
    return ""


def run_as_program() -> int:
    """Run the command of this process; Ctrl-C after its end, while the interpreter closes, has no effect."""
    try:
        with _imports_interrupted_quietly():
            return main()
    except SystemExit as ended:  # argparse: help, version or wrong usage, already reported
        return int(ended.code or 0)
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # every other handler is dropped while the interpreter closes
        gc.freeze()  # avoids a search of all memory for cycles at exit


def _run(argv: Sequence[str] | None) -> int:
    _fill_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console without µ must not end a session
    _keep_to_one_core()
    given = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(given)
    from acquisition.core import AcquisitionError
    from twitchscope.storage.files import system_reason

    try:
        arguments = parser.parse_args(given)
        status: int = arguments.run(arguments)
    except AcquisitionError as error:
        print(f"twitchscope: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Nobody reads any more; redirect standard output, so that the interpreter's own flush at exit is silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.filename is None:
            raise  # not from a file: it needs its traceback
        print(f"twitchscope: {error.filename} cannot be used: {system_reason(error)}", file=sys.stderr)
        return 1
    return status


def _fill_closed_streams() -> None:
    """Open the null device where standard input, output or error was closed before the program began.

    Otherwise the first opened files would get their numbers, and output of a library would go into a recording.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is not None:
            continue
        fd = os.open(os.devnull, os.O_RDWR)  # the lowest free number: that of the stream, if nothing has taken it yet
        setattr(sys, name, os.fdopen(fd, mode, encoding="utf-8"))


def _keep_to_one_core() -> None:
    """Limit NumPy's linear algebra to one thread: the matrices are small, and a second thread would only spin.

    NumPy reads the setting when it loads. A setting by the user is kept.
    """
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@contextmanager
def _imports_interrupted_quietly() -> Iterator[None]:
    """Let Ctrl-C during an import end the process at once; imports occur late in a run too.

    A KeyboardInterrupt during an import becomes whatever an extension module makes of it: another exception or a crash.
    Anything that must be closed in order, such as a recording, has its own handler while it is open.
    """

    def interrupt(signal_number: int, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code.co_filename == IMPORTING:
                os._exit(0)
            frame = frame.f_back
        raise KeyboardInterrupt

    is_heard = threading.current_thread() is threading.main_thread()  # no other thread receives signals
    if not is_heard or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # a process that ignores Ctrl-C from the start, as one in the background of a shell, keeps doing so
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _parser(given: list[str]) -> argparse.ArgumentParser:
    """Return the parser of the given command, or of all commands if none is given; the others need not be loaded."""
    parser = argparse.ArgumentParser(
        prog="twitchscope",
        description=f"See, hear and log local twitch responses in streaming EMG. {NOT_A_MEDICAL_DEVICE}",
    )
    parser.add_argument("--version", action="version", version=f"twitchscope {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in given[:1] if given and given[0] in COMMANDS else COMMANDS:
        module = importlib.import_module(f"twitchscope.commands.{name}")
        command = commands.add_parser(name, help=module.SUMMARY, description=module.SUMMARY)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser
