"""Listeners of a session: a window, a terminal, a network, or a user's program, all through the same interface."""

from collections.abc import Sequence
from typing import Any

from acquisition.core import Block
from dsp import Candidate, TwitchEvent
from twitchscope.findings.event import DetectedEvent
from twitchscope.session.notes import SessionNotes
from twitchscope.session.subscribers import Subscribers
from twitchscope.words import for_later


class SessionListener:
    """Base class of listeners; override the methods of interest. No method may block.

    A method that raises is not called again, which a note reports. The recording and all other listeners continue.

    Attributes
    ----------
    name : str
        Name of the listener in that note.
    """

    name = for_later("a view")

    def on_block(self, block: Block | None) -> None:
        """Receive each block in the reading thread, after the recorder and before the detector; None at the end."""

    def on_line(self, line: dict[str, Any]) -> None:
        """Receive each journal line, verdicts included, once it is kept, in the thread that brought it (any thread)."""

    def on_event(self, event: DetectedEvent) -> None:
        """Receive each verdict once it is kept, as from `Detection.detected_event`, in the thread of `Session.run`."""

    def on_found(self, found: Sequence[Candidate | TwitchEvent]) -> None:
        """Receive all candidates and events of a block, often none, in the thread of `Session.run`.

        It is called after the verdicts of that block. `Session.detection` does not change meanwhile and may be read.
        """

    def on_note(self, note: str) -> None:
        """Receive each of the `Session.notes` as it is added, in the thread that adds it (any thread)."""


class Listeners:
    """All listeners of a session.

    Parameters
    ----------
    notes : SessionNotes
        Notes of the session: passed to the listeners, and extended when a listener fails.
    """

    def __init__(self, notes: SessionNotes) -> None:
        self._notes = notes
        self.block = Subscribers[Block | None](notes.say)
        self.line = Subscribers[dict[str, Any]](notes.say)
        self.event = Subscribers[DetectedEvent](notes.say)
        self.found = Subscribers[Sequence[Candidate | TwitchEvent]](notes.say)

    def add(self, listener: SessionListener) -> None:
        """Add a listener after the existing ones."""
        self.block.add(listener.name, listener.on_block)
        self.line.add(listener.name, listener.on_line)
        self.event.add(listener.name, listener.on_event)
        self.found.add(listener.name, listener.on_found)
        self._notes.subscribe(listener.name, listener.on_note)
