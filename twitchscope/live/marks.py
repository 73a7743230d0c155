"""Marks in the window: those of the operator are stored in the session, those of the board are shown beside them."""

from collections import deque
from typing import Any

from twitchscope.entries.marks import LABELS, MARK_KINDS, NEEDLE_IN, NEEDLE_OUT, NOTE, OperatorMarks
from twitchscope.live.lanes.overlay import Flag
from twitchscope.live.lanes.traces import Traces
from twitchscope.live.status import Status
from twitchscope.session.listeners import SessionListener
from twitchscope.session.session import Session
from twitchscope.words import for_later, tr

BUTTON_LABELS = ("marker", "seen", "felt_by_practitioner", "felt_by_patient", "none_this_pass")

BUTTON_KINDS = tuple(kind for kind in MARK_KINDS if kind.label in BUTTON_LABELS)
"""Marks with a button; needle in and out share one."""

KEY_KINDS = tuple(kind for kind in MARK_KINDS if kind.label not in (*BUTTON_LABELS, NEEDLE_IN, NEEDLE_OUT, NOTE))
"""Marks with a key only; a note is typed."""


def mark_words(label: str) -> str:
    """Return the displayed name of a mark; unknown labels are kept."""
    words = label.replace("_", " ")
    return tr(words) if label in LABELS else words


class Marks(SessionListener):
    """Marks in the session, on the traces and in the status, with undo.

    Marks of the board's inputs, such as a needle contact, get a flag too, at the next `advance`.

    Parameters
    ----------
    session : Session
        Stores the marks; its clock gives the time of a key press.
    traces : Traces
        Shows the flags.
    status : Status
        Follows the needle.
    """

    name = for_later("the marks")

    def __init__(self, session: Session, traces: Traces, status: Status) -> None:
        self._operator = OperatorMarks(session)
        self._session = session
        self._traces = traces
        self._status = status
        self._of_board: deque[Flag] = deque()
        session.add_listener(self)

    @property
    def needle_is_in(self) -> bool:
        """Whether a pass has begun and not ended."""
        return self._operator.needle_is_in

    @property
    def last_label(self) -> str:
        """Label of the last mark that was not undone; empty before the first."""
        return self._operator.last_label

    def now_s(self) -> float | None:
        """Return the current signal time, even while the board is silent; None before the first sample."""
        return self._session.time_s(self._session.board.clock.now_s())

    def advance(self) -> None:
        """Show the board's marks since the last call."""
        while self._of_board:
            self._traces.add_flag(self._of_board.popleft())

    def mark(self, label: str, text: str = "", time_s: float | None = None) -> bool:
        """Add a mark at `time_s`, or now, with the text of a note; return whether a recording stored it."""
        time_s = self.now_s() if time_s is None else time_s
        if time_s is None or not self._operator.mark(label, time_s, text):
            return False
        self._show(label, time_s)
        return True

    def toggle_needle(self) -> bool:
        """Mark that the needle goes in, or out again; return whether a recording stored it."""
        time_s = self.now_s()
        label = None if time_s is None else self._operator.toggle_needle(time_s)
        if time_s is None or label is None:
            return False
        self._show(label, time_s)
        if label == NEEDLE_IN:
            self._status.needle_in(time_s)
        else:
            self._status.needle_out(time_s)
        return True

    def undo(self) -> str | None:
        """Undo the last mark and return its label, or None if there is none."""
        time_s = self.now_s()
        last = None if time_s is None else self._operator.undo(time_s)
        if last is None:
            return None
        self._traces.remove_flag(last.time_s, mark_words(last.label))
        if last.label in (NEEDLE_IN, NEEDLE_OUT):
            self._status.undo_needle()
        return last.label

    def on_line(self, line: dict[str, Any]) -> None:
        """Process a line of the journal, in the thread that stores it."""
        if line.get("decided_by") == "board" and line["kind"] == "marker":
            self._of_board.append(Flag(line["onset_s"], mark_words(line["label"])))

    def _show(self, label: str, time_s: float) -> None:
        self._traces.add_flag(Flag(time_s, mark_words(label)))
