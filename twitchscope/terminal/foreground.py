"""Foreground session on a terminal that runs until it ends or Ctrl-C is pressed."""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from acquisition.core import AcquisitionError, AmplitudeUnit, Board, ReturningBoard, Setup, make_board
from dsp import Candidate, TwitchEvent
from twitchscope.ending import stopped_by_signals
from twitchscope.entries.isolation import NEEDLE_QUESTION, needs_isolation
from twitchscope.findings.event import DetectedEvent
from twitchscope.lsl.attachments import Attachments
from twitchscope.session.latency import Latency
from twitchscope.session.listeners import SessionListener
from twitchscope.session.opening import opening_lines
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session
from twitchscope.terminal.marks import marked_by_keys
from twitchscope.terminal.printing import EventPrinter, Printer, event_printer, result_text
from twitchscope.terminal.unhurried import UnhurriedPrinter
from twitchscope.words import for_later


def run_session(
    board_url: str, setup: Setup, plan: SessionPlan, style: str, attachments: Attachments | None = None
) -> int:
    """Run a session on `board_url`, print its events in `style` and its result, and return the exit status.

    Events go to standard output. Everything else goes there too in ``text`` style, and to standard error otherwise, so
    that ``jsonl`` output contains events alone.
    """
    events = UnhurriedPrinter(Printer())
    remarks = events if style == "text" else UnhurriedPrinter(Printer(sys.stderr))
    with ExitStack() as printing:
        for printer in {events, remarks}:
            printing.enter_context(printer)
        print_event = partial(event_printer, style, events.line)
        for line in _run(board_url, setup, plan, attachments or Attachments(), print_event, remarks.line):
            remarks.line(line)
    events.finish()
    return 0


def _run(
    board_url: str,
    setup: Setup,
    plan: SessionPlan,
    attachments: Attachments,
    print_event_in: Callable[[AmplitudeUnit], EventPrinter],
    remark: Callable[[str], None],
) -> list[str]:
    """Run the session and return its closing lines."""
    with ReturningBoard.around(make_board(board_url, setup)) as board:
        plan = replace(plan, needle_is_isolated=plan.needle_is_isolated or _isolation_is_confirmed(board))
        unit = board.info.amplitude_unit
        show_event = print_event_in(unit) if plan.feedback_shown else _show_nothing
        latency = attachments.latency if attachments.latency is not None else Latency()

        session = Session(board, plan)
        session.add_listener(Foreground(session, show_event, remark, latency))
        try:
            with stopped_by_signals(session.interrupt):
                for line in opening_lines(session):
                    remark(line)
                with attachments.attached(session, board_url, remark), marked_by_keys(session, remark):
                    return result_text(session.run(), unit)
        except AcquisitionError:
            recording = session.recording_path  # there may be no recording yet, or it was moved
            if recording is not None and recording.is_file():
                remark(f"recorded until then: {session.folder}")
            raise


class Foreground(SessionListener):
    """Listener that forwards verdicts and notes, and measures the latency of verdicts and blocks.

    Parameters
    ----------
    session : Session
        The session to listen to.
    show_event : callable
        Called with each verdict.
    remark : callable
        Called with each note.
    latency : Latency
        Collects the latencies.
    """

    name = for_later("the terminal")

    def __init__(
        self, session: Session, show_event: EventPrinter, remark: Callable[[str], None], latency: Latency
    ) -> None:
        self._session = session
        self._show_event = show_event
        self._remark = remark
        self._latency = latency

    def on_event(self, event: DetectedEvent) -> None:
        """Show a verdict and record its latency."""
        if self._session.arrival_s is not None:
            self._latency.add_verdict(self._session.board.clock.now_s() - self._session.arrival_s)
        self._show_event(event)

    def on_found(self, found: Sequence[Candidate | TwitchEvent]) -> None:
        """Record the latency of a block whose results have all been delivered."""
        if self._session.arrival_s is not None:
            self._latency.add_block(self._session.board.clock.now_s() - self._session.arrival_s)

    def on_note(self, note: str) -> None:
        """Forward a note."""
        self._remark(note)


def _show_nothing(event: DetectedEvent) -> None:
    """Hide a verdict, so that marks made by hand stay independent."""


def _isolation_is_confirmed(board: Board) -> bool:
    """Ask about battery and isolation if a needle is an electrode and a person is at the terminal."""
    if not needs_isolation(board) or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(f"{NEEDLE_QUESTION} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
