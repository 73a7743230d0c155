"""Run a session in the foreground until it ends or somebody presses Ctrl-C."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any

from acquisition.core import AcquisitionError, Board, ReturningBoard, Setup, make_board
from twitchscope.isolation import NEEDLE_QUESTION, needs_isolation
from twitchscope.latency import Latency
from twitchscope.lsl_in import LslMarkers
from twitchscope.lsl_out import LslOut, source_of
from twitchscope.notice import NOT_A_MEDICAL_DEVICE
from twitchscope.parts import last_session_if_cut_off
from twitchscope.printing import EventPrinter, Printer, event_printer, result_text
from twitchscope.session import Session, SessionPlan
from twitchscope.terminal_marks import marked_by_keys
from twitchscope.unhurried import UnhurriedPrinter

ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that end a session in order, where the system has them: SIGHUP comes when a terminal is closed, SIGBREAK with
Ctrl-Break and from a console of Windows that is closed."""


@dataclass(frozen=True, slots=True)
class Attachments:
    """What a session is connected to besides its files.

    Attributes
    ----------
    lsl_name : str
        First word of the names of our streams on the lab streaming layer; empty for none.
    lsl_markers : str
        Name of a stream of markers to listen to; empty for none.
    latency : Latency or None
        Takes how long verdicts took, to be told at the end.
    """

    lsl_name: str = ""
    lsl_markers: str = ""
    latency: Latency | None = None

    @contextmanager
    def attached(self, session: Session, board_url: str, remark: Callable[[str], None]) -> Iterator[None]:
        """Keep a session of `board_url` connected as long as the block lasts; say what does not get through."""
        with ExitStack() as stack:
            if self.lsl_name:
                source = source_of(board_url, self.lsl_name)
                stack.enter_context(LslOut(session, source, self.lsl_name).sending(remark))
            if self.lsl_markers:
                stack.enter_context(LslMarkers(session, self.lsl_markers).listening(remark))
            yield
            if self.latency is not None:
                for line in self.latency.lines():
                    remark(line)


def run_session(
    board_url: str, setup: Setup, plan: SessionPlan, style: str, attachments: Attachments | None = None
) -> int:
    """Run a session on `board_url`, print its events in `style` and what it came to; return the exit status.

    Events go to standard output; everything else goes there in ``text`` style and to standard error otherwise, so
    that ``jsonl`` holds events alone.
    """
    events = UnhurriedPrinter(Printer())
    remarks = events if style == "text" else UnhurriedPrinter(Printer(sys.stderr))
    with ExitStack() as printing:
        for printer in {events, remarks}:
            printing.enter_context(printer)
        print_event = event_printer(style, events.line)
        for line in _run(board_url, setup, plan, attachments or Attachments(), print_event, remarks.line):
            remarks.line(line)
    events.finish()
    return 0


def _run(
    board_url: str,
    setup: Setup,
    plan: SessionPlan,
    attachments: Attachments,
    print_event: EventPrinter,
    remark: Callable[[str], None],
) -> list[str]:
    """Run the session and return the lines that close it."""
    with ReturningBoard.around(make_board(board_url, setup)) as board:
        plan = replace(plan, needle_is_isolated=plan.needle_is_isolated or _isolation_is_confirmed(board))
        show_event = print_event if plan.feedback_shown else _show_nothing
        latency = attachments.latency if attachments.latency is not None else Latency()

        def on_event(record: dict[str, Any]) -> None:
            if session.arrival_s is not None:
                latency.add_verdict(board.clock.now_s() - session.arrival_s)
            show_event(record)

        def on_found(found: object) -> None:
            if session.arrival_s is not None:
                latency.add_block(board.clock.now_s() - session.arrival_s)

        session = Session(board, plan, on_event, on_found, on_note=remark)
        try:
            with stopped_by_signals(session.interrupt):
                for line in _opening_lines(session):
                    remark(line)
                with attachments.attached(session, board_url, remark), marked_by_keys(session, remark, {}):
                    return result_text(session.run())
        except AcquisitionError:
            recording = session.recording_path  # it may not have come to one, or it was moved away
            if recording is not None and recording.is_file():
                remark(f"recorded until then: {session.folder}")
            raise


def _show_nothing(record: dict[str, Any]) -> None:
    """Keep a verdict from the screen: who marks must not be influenced."""


def _isolation_is_confirmed(board: Board) -> bool:
    """Ask about battery and isolation where a needle is an electrode and somebody is there to answer."""
    if not needs_isolation(board) or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(f"{NEEDLE_QUESTION} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _opening_lines(session: Session) -> list[str]:
    info = session.board.info
    low_hz, high_hz = session.detection.detector.band_hz
    return [
        NOT_A_MEDICAL_DEVICE,
        f"{info.name}: {info.n_channels} channels, {info.sampling_rate_hz:g} samples a second, "
        f"detecting in {low_hz:.0f} to {high_hz:.0f} Hz; Ctrl-C ends the session",
        session.room.warning or f"room on the disk for {_long(session.room.minutes_left)}",
        *(["each sync mark lets the board's sync output pulse"] if session.board.has_sync_output else []),
        *cut_off_lines(session.plan),
        *session.board.notes,
        *session.detection.detector.warnings,
    ]


def cut_off_lines(plan: SessionPlan) -> list[str]:
    """Say so when the last session of the same person was cut off."""
    cut_off = last_session_if_cut_off(plan.out, plan.pseudonym) if plan.continues is None else None
    if cut_off is None:
        return []
    return [
        f"the last session was not closed, and what was written of it is whole: --continue {cut_off} goes on with it"
    ]


def _long(minutes: float) -> str:
    return f"{minutes:.0f} minutes" if minutes < 120.0 else f"{minutes / 60.0:.0f} hours"


@contextmanager
def interrupted_in_order() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C and the like wait until the function that this yields is called: it raises KeyboardInterrupt then.

    For what must not end between two commands to a board, such as those that let a current flow and stop it.
    """
    asked = threading.Event()

    def look_up() -> None:
        if asked.is_set():
            raise KeyboardInterrupt

    with stopped_by_signals(asked.set):
        yield look_up


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when the user presses Ctrl-C, the process is asked to end or its terminal closes.

    It would die in mid-write otherwise. What was ignored from the start, as ``nohup`` lets a hang-up be, stays so.
    """

    def handle(signal_number: int, frame: FrameType | None) -> None:
        stop()

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears signals; whoever runs a session elsewhere stops it
        return
    numbers = [getattr(signal, name) for name in ENDING_SIGNALS if hasattr(signal, name)]
    previous = {number: signal.getsignal(number) for number in numbers}
    heard = [number for number in numbers if number == signal.SIGINT or previous[number] is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, previous[number])
