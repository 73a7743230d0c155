"""The command line: ``twitchscope COMMAND …``.

Nothing but the standard library is imported above: what is large loads within `run_as_program`, where Ctrl-C is heard
quietly.
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
"""Each is a module of `twitchscope.commands` with ``SUMMARY``, ``add_arguments`` and ``run``."""

NO_THREAD = "can't start new thread"
"""What CPython says where the system refuses one."""

IMPORTING = "<frozen importlib._bootstrap>"
"""What CPython calls the file of its import statement's code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status: 0 success, 1 the job failed, 2 wrong usage."""
    try:
        return _run(argv)
    except KeyboardInterrupt:
        return 0
    except Exception as error:
        told = _told_plainly(error)
        if not told:
            raise  # its traceback is the one thing that helps
        print(f"twitchscope: {told}", file=sys.stderr)
        return 1


def _told_plainly(error: Exception) -> str:
    """Return what is said of an error that is none of the program's own, in one sentence; empty where it may be one."""
    if isinstance(error, MemoryError):
        return "the system has no memory left for this: are large programs running, or is its memory limited (ulimit)?"
    if isinstance(error, RuntimeError) and NO_THREAD in str(error):
        return "the system starts no further thread: is the program's memory, or the number of processes, limited?"
    if isinstance(error, ImportError | AttributeError | TypeError | ValueError) and (old := old_extensions()):
        return f"{', '.join(old)}: compiled before the sources were changed, or not at all: run make build"
    return ""


def run_as_program() -> int:
    """Run the command of this process; Ctrl-C behind its end, while the interpreter closes, changes nothing."""
    try:
        with _imports_interrupted_quietly():
            return main()
    except SystemExit as ended:  # argparse: help, version or wrong usage, which it has told
        return int(ended.code or 0)
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # as it closes, the interpreter gives up every other handler
        gc.freeze()  # else all memory is looked through for cycles before the system takes it back


def _run(argv: Sequence[str] | None) -> int:
    _fill_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console without µ must not end a session
    _keep_to_one_core()
    given = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(given)
    from acquisition.core import AcquisitionError
    from twitchscope.storage.files import told_by_system

    try:
        arguments = parser.parse_args(given)
        status: int = arguments.run(arguments)
    except AcquisitionError as error:
        print(f"twitchscope: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Nobody reads on; point standard output elsewhere, so that the interpreter's own flush at exit is silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.filename is None:
            raise  # no file's: its traceback is the one thing that helps
        print(f"twitchscope: {error.filename} cannot be used: {told_by_system(error)}", file=sys.stderr)
        return 1
    return status


def _fill_closed_streams() -> None:
    """Put the null device where standard input, output or error was closed before the program began.

    Else the first files that are opened get their numbers, and whatever a library says goes into a recording.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is not None:
            continue
        fd = os.open(os.devnull, os.O_RDWR)  # the lowest free number: that of the stream, if nothing has taken it yet
        setattr(sys, name, os.fdopen(fd, mode, encoding="utf-8"))


def _keep_to_one_core() -> None:
    """Let NumPy's linear algebra run in one thread: matrices are small here, and a second thread would only spin.

    It is read when NumPy loads; a user's own setting stands.
    """
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@contextmanager
def _imports_interrupted_quietly() -> Iterator[None]:
    """Let Ctrl-C during an import, of which there are some until late, end the process at once.

    A KeyboardInterrupt in the midst of one comes out as whatever an extension module makes of it: another exception, a
    crash. What has to be closed in order, such as a recording, has a handler of its own for as long as it is open.
    """

    def interrupt(signal_number: int, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code.co_filename == IMPORTING:
                os._exit(0)
            frame = frame.f_back
        raise KeyboardInterrupt

    is_heard = threading.current_thread() is threading.main_thread()  # no other thread hears signals
    if not is_heard or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # whoever ignores it from the start, as a shell lets what runs in the background, goes on doing so
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _parser(given: list[str]) -> argparse.ArgumentParser:
    """Return the parser of the command that is called, of all where none is: the others need not be loaded."""
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
