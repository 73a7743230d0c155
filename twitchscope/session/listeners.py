"""Who listens to a session: a window, a terminal, a network, or a program of your own, all in the same way."""

from collections.abc import Sequence
from typing import Any

from acquisition.core import Block
from dsp import Candidate, TwitchEvent
from twitchscope.findings.event import DetectedEvent
from twitchscope.session.hearers import Hearers
from twitchscope.session.notes import SessionNotes
from twitchscope.words import for_later


class SessionListener:
    """Hears of a session, by the methods that it overrides, none of which may wait.

    A method that raises is called no more, which a note says; the recording and all else go on.

    Attributes
    ----------
    name : str
        What that note calls the listener.
    """

    name = for_later("a view")

    def on_block(self, block: Block | None) -> None:
        """Hear each block, in the reading thread, behind the recorder and before the detector; None at the end."""

    def on_line(self, line: dict[str, Any]) -> None:
        """Hear each line of the journal once it is kept, a verdict's too, in the thread that brought it: any."""

    def on_event(self, event: DetectedEvent) -> None:
        """Hear each verdict once it is kept, as `Detection.event_record` has it, in the thread of `Session.run`."""

    def on_found(self, found: Sequence[Candidate | TwitchEvent]) -> None:
        """Hear all that a block brought, candidates too, often nothing, in the thread of `Session.run`.

        It comes behind the verdicts of that block. `Session.detection` stands still meanwhile: its state may be read.
        """

    def on_note(self, note: str) -> None:
        """Hear each of the `Session.notes` as it is said, in the thread that says it: any."""


class Listeners:
    """All who listen to a session, told by it.

    Parameters
    ----------
    notes : SessionNotes
        Of the session: what they hear too, and where it is said that one has failed.
    """

    def __init__(self, notes: SessionNotes) -> None:
        self._notes = notes
        self.block = Hearers[Block | None](notes.say)
        self.line = Hearers[dict[str, Any]](notes.say)
        self.event = Hearers[DetectedEvent](notes.say)
        self.found = Hearers[Sequence[Candidate | TwitchEvent]](notes.say)

    def add(self, listener: SessionListener) -> None:
        """Tell one too, behind those that are there."""
        self.block.add(listener.name, listener.on_block)
        self.line.add(listener.name, listener.on_line)
        self.event.add(listener.name, listener.on_event)
        self.found.add(listener.name, listener.on_found)
        self._notes.listen(listener.name, listener.on_note)
