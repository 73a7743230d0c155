"""The events of a recording as a rater goes through them: the detector's and the rater's own, in one list."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from twitchscope.findings.event import Event
from twitchscope.saved.rating import Decision


@dataclass(frozen=True, slots=True)
class Item:
    """An event: what the detector told (None where it told nothing) and what the rater decided (None: nothing yet)."""

    event: Event | None
    decision: Decision | None

    @property
    def onset_s(self) -> float:
        """Where it begins, as the rater sees it, or else the detector."""
        return self._told.onset_s

    @property
    def offset_s(self) -> float:
        """Where it ends, likewise."""
        return self._told.offset_s

    @property
    def channel(self) -> str:
        """Channel on which it stands out."""
        return self._told.channel

    @property
    def is_twitch(self) -> bool:
        """Whether the detector confirmed it."""
        return self.event is not None and self.event.label == "twitch"

    @property
    def is_heartbeat(self) -> bool:
        """Whether the detector calls it a heartbeat and the rater has not spoken."""
        return self.decision is None and self.event is not None and self.event.label == "heartbeat"

    @property
    def _told(self) -> Event | Decision:
        told = self.decision or self.event
        if told is None:
            raise ValueError("an item has an event, a decision or both")
        return told


def all_items(events: Sequence[Event], decisions: Sequence[Decision], *, with_heartbeats: bool) -> list[Item]:
    """Return every event in order of onset.

    Parameters
    ----------
    events : sequence of Event
        The detector's.
    decisions : sequence of Decision
        The rater's; one about an event that is not there stands on its own.
    with_heartbeats : bool
        Whether heartbeats that nobody has judged are listed too: there is one a second.
    """
    about = {(decision.about_s, decision.about_channel): decision for decision in decisions}
    items = [Item(event, about.pop((event.onset_s, event.channel), None)) for event in events]
    items += [Item(None, decision) for decision in about.values() if decision.about_s is not None]
    items += [Item(None, decision) for decision in decisions if decision.about_s is None]
    return sorted((one for one in items if with_heartbeats or not one.is_heartbeat), key=lambda one: one.onset_s)


def blind_items(events: Sequence[Event], decisions: Sequence[Decision], seed: int) -> list[Item]:
    """Return the detector's events, heartbeats left out, in an order that the seed alone decides."""
    shown = sorted(
        (event for event in events if event.label != "heartbeat"),
        key=lambda event: (event.onset_s, event.channel),
    )
    random.Random(seed).shuffle(shown)
    about = {(decision.about_s, decision.about_channel): decision for decision in decisions}
    return [Item(event, about.get((event.onset_s, event.channel))) for event in shown]
