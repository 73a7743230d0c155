"""Events of a recording for a rater: those of the detector and the rater's own in one list."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from twitchscope.findings.event import Event
from twitchscope.saved.rating import Decision


@dataclass(frozen=True, slots=True)
class Item:
    """Event of the detector (None if the rater added it) with the decision of the rater (None if there is none yet)."""

    event: Event | None
    decision: Decision | None

    @property
    def onset_s(self) -> float:
        """Onset according to the rater, or else the detector."""
        return self._verdict.onset_s

    @property
    def offset_s(self) -> float:
        """Offset according to the rater, or else the detector."""
        return self._verdict.offset_s

    @property
    def channel(self) -> str:
        """Channel on which the event stands out."""
        return self._verdict.channel

    @property
    def is_twitch(self) -> bool:
        """Whether the detector confirmed it as a twitch."""
        return self.event is not None and self.event.label == "twitch"

    @property
    def is_heartbeat(self) -> bool:
        """Whether the detector classified it as a heartbeat and the rater has not decided."""
        return self.decision is None and self.event is not None and self.event.label == "heartbeat"

    @property
    def _verdict(self) -> Event | Decision:
        verdict = self.decision or self.event
        if verdict is None:
            raise ValueError("an item has an event, a decision or both")
        return verdict


def all_items(events: Sequence[Event], decisions: Sequence[Decision], *, with_heartbeats: bool) -> list[Item]:
    """Return every event in order of onset.

    Parameters
    ----------
    events : sequence of Event
        Events of the detector.
    decisions : sequence of Decision
        Decisions of the rater; one about a missing event becomes an item of its own.
    with_heartbeats : bool
        Whether undecided heartbeats are listed too; there is about one per second.
    """
    about = {(decision.about_s, decision.about_channel): decision for decision in decisions}
    items = [Item(event, about.pop((event.onset_s, event.channel), None)) for event in events]
    items += [Item(None, decision) for decision in about.values() if decision.about_s is not None]
    items += [Item(None, decision) for decision in decisions if decision.about_s is None]
    return sorted((one for one in items if with_heartbeats or not one.is_heartbeat), key=lambda one: one.onset_s)


def blind_items(events: Sequence[Event], decisions: Sequence[Decision], seed: int) -> list[Item]:
    """Return the detector's events without heartbeats, in an order determined by the seed alone."""
    shown = sorted(
        (event for event in events if event.label != "heartbeat"),
        key=lambda event: (event.onset_s, event.channel),
    )
    random.Random(seed).shuffle(shown)
    about = {(decision.about_s, decision.about_channel): decision for decision in decisions}
    return [Item(event, about.get((event.onset_s, event.channel))) for event in shown]
