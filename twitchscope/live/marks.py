"""What the operator can mark, each with one key, and the undo of the last."""

from dataclasses import dataclass

from twitchscope.live.feed import Feed
from twitchscope.live.status import Status
from twitchscope.live.traces import Flag, Traces
from twitchscope.session import Session

NEEDLE_IN, NEEDLE_OUT = "needle_in", "needle_out"
JAB = "jab"
"""A simulated patient was needled from the screen."""


@dataclass(frozen=True, slots=True)
class MarkKind:
    """A mark: its name in the files, its words on screen and its keys."""

    label: str
    words: str
    keys: tuple[str, ...]


MARK_KINDS = (
    MarkKind("marker", "marker", ("Space", "M")),
    MarkKind("seen", "twitch seen", ("S",)),
    MarkKind("felt_by_practitioner", "felt by practitioner", ("F",)),
    MarkKind("felt_by_patient", "felt by patient", ("P",)),
    MarkKind("none_this_pass", "none this pass", ("0",)),
)


class Marks:
    """Puts marks into the session, on the traces and into the status, and takes the last one back.

    Parameters
    ----------
    session : Session
        Where they are kept.
    feed : Feed
        Whose time a press gets.
    traces : Traces
        Where their flags stand.
    status : Status
        What follows the needle.
    """

    def __init__(self, session: Session, feed: Feed, traces: Traces, status: Status) -> None:
        self._session = session
        self._feed = feed
        self._traces = traces
        self._status = status
        self._made: list[Flag] = []

    def mark(self, label: str) -> bool:
        """Mark `label` now; return whether a recording keeps it."""
        time_s = self._feed.time_s()
        if not self._session.mark(label, time_s):
            return False
        flag = Flag(time_s, label.replace("_", " "))
        self._made.append(Flag(time_s, label))
        self._traces.add_flag(flag)
        return True

    def toggle_needle(self) -> bool:
        """Mark that the needle goes in, or out again; return whether a recording keeps it."""
        in_pass = self._status.in_pass
        if not self.mark(NEEDLE_OUT if in_pass else NEEDLE_IN):
            return False
        if in_pass:
            self._status.needle_out()
        else:
            self._status.needle_in()
        return True

    def undo(self) -> str | None:
        """Take the last mark back; return its label, or None where there is nothing to take back."""
        if not self._made:
            return None
        last = self._made[-1]
        if not self._session.undo_mark(last.label, last.time_s, self._feed.time_s()):
            return None
        self._made.pop()
        self._traces.remove_last_flag()
        if last.label in (NEEDLE_IN, NEEDLE_OUT):
            self._status.undo_needle()
        return last.label
