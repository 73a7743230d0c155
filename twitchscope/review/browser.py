"""Position, selection and decisions of a rater in a recording, independent of Qt."""

import bisect
from collections.abc import Sequence

from twitchscope.findings.event import Event
from twitchscope.review.items import Item, all_items, blind_items
from twitchscope.saved.rating import NO_EVENT, Decision, Rating
from twitchscope.words import for_later, tr

SPANS_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
DEFAULT_SPAN_S, BLIND_SPAN_S = 10.0, 2.0

MOST_VALUES = 2_000_000
"""Largest number of samples over all channels in the displayed part, so that it is drawn without delay."""

ADDED_S = 0.05
"""Initial duration of an event added by a rater; that of a typical twitch."""

NUDGE = 1.0 / 400.0
"""Fraction of the displayed part by which a key moves an event."""

CHOOSE_FIRST = for_later("Choose an event first: ↑ and ↓ go from one to the next.")
BLIND_LABELS_ONLY = for_later("In blind rating events are labelled, and nothing else.")


class Browser:
    """State of a rater's browsing through a recording.

    Parameters
    ----------
    events : sequence of Event
        Events of the detector known so far.
    rating : Rating
        Stores the decisions.
    duration_s : float
        Duration of the recording.
    channel_names : sequence of str
        Names of its channels.
    sampling_rate_hz : float
        Sampling rate, which limits the length of the displayed part.
    """

    def __init__(
        self,
        events: Sequence[Event],
        rating: Rating,
        duration_s: float,
        channel_names: Sequence[str],
        sampling_rate_hz: float,
    ) -> None:
        self.rating = rating
        self.with_heartbeats = False
        self.cursor: tuple[float, int] = (0.0, 0)
        """Time in s and channel of the cursor, where an event is added."""
        self.start_s = 0.0
        """Start of the displayed part."""
        self.row: int | None = None
        """Row of the selected item."""
        self._duration_s = duration_s
        self._names = list(channel_names)
        longest_s = MOST_VALUES / (sampling_rate_hz * max(1, len(self._names)))
        self._spans_s = [span_s for span_s in SPANS_S if span_s <= longest_s] or [SPANS_S[0]]
        wanted_s = BLIND_SPAN_S if self.is_blind else DEFAULT_SPAN_S
        self.span_s = max([span_s for span_s in self._spans_s if span_s <= wanted_s], default=self._spans_s[0])
        self._events = [event for event in events if event.channel in self._names]
        self.items: list[Item] = []
        self.cursor = (0.5 * self.span_s, 0)
        self.add_events(())
        first = next((row for row, item in enumerate(self.items) if item.is_twitch), None)
        if first is not None and not self.is_blind:
            self._choose(first)

    @property
    def is_blind(self) -> bool:
        """Whether verdicts are hidden and the order is random."""
        return self.rating.blind_seed is not None

    @property
    def events(self) -> Sequence[Event]:
        """Events of the detector on channels of the recording."""
        return self._events

    @property
    def selected(self) -> Item | None:
        """Selected item."""
        return None if self.row is None else self.items[self.row]

    @property
    def stop_s(self) -> float:
        """End of the displayed part."""
        return min(self.start_s + self.span_s, self._duration_s)

    @property
    def n_decided(self) -> int:
        """Number of listed events with a decision of the rater."""
        return sum(item.decision is not None for item in self.items)

    def add_events(self, events: Sequence[Event]) -> None:
        """Add events of the detector; in blind rating all at once, since the order is drawn anew."""
        self._events += [event for event in events if event.channel in self._names]
        self._list_items(self.selected)
        if self.is_blind and self.items and self.row is None:
            self._choose(self._next_undecided(0))

    def toggle_heartbeats(self) -> None:
        """Toggle the listing of heartbeats."""
        self.with_heartbeats = not self.with_heartbeats
        self._list_items(self.selected)

    def look_at(self, middle_s: float) -> None:
        """Centre the displayed part on a time."""
        self.start_s = min(max(0.0, middle_s - 0.5 * self.span_s), max(0.0, self._duration_s - self.span_s))

    def scroll(self, parts: float) -> None:
        """Scroll by `parts` of the displayed part, back if negative."""
        self.look_at(self.start_s + (0.5 + parts) * self.span_s)
        self.cursor = (min(max(self.cursor[0], self.start_s), self.stop_s), self.cursor[1])

    def zoom(self, steps: int) -> None:
        """Show more (`steps` above 0) or less around the selected event, or around the cursor."""
        place = self._spans_s.index(self.span_s) + steps
        self.span_s = self._spans_s[min(max(place, 0), len(self._spans_s) - 1)]
        item = self.selected
        self.look_at(self.cursor[0] if item is None else item.onset_s)

    def step(self, n: int) -> str:
        """Select the event `n` rows further on, or the one next to the cursor if none is selected."""
        if not self.items:
            return tr("There is no event.")
        if self.row is not None:
            self._choose(min(max(self.row + n, 0), len(self.items) - 1))
        elif self.is_blind:
            self._choose(0)
        else:
            place = bisect.bisect_left([item.onset_s for item in self.items], self.cursor[0])
            self._choose(min(max(place if n > 0 else place - 1, 0), len(self.items) - 1))
        return ""

    def choose(self, row: int) -> None:
        """Select an item of the list."""
        if 0 <= row < len(self.items):
            self._choose(row)

    def pick(self, time_s: float, channel: int, reach_s: float) -> None:
        """Move the cursor to a place and select the event there within `reach_s`."""
        self.cursor = (min(max(time_s, 0.0), self._duration_s), channel)
        if self.is_blind:
            return
        near = [
            (abs(0.5 * (item.onset_s + item.offset_s) - time_s), row)
            for row, item in enumerate(self.items)
            if item.onset_s - reach_s <= time_s <= item.offset_s + reach_s
        ]
        self.row = min(near)[1] if near else None

    def label(self, label: str) -> str:
        """Give the selected event `label`; blind rating then goes on to the next undecided one."""
        item = self.selected
        if item is None:
            return tr(CHOOSE_FIRST)
        self._keep(item, self._labelled(item, label))
        if self.is_blind and self.row is not None:
            self._choose(self._next_undecided(self.row + 1))
        return ""

    def agree(self) -> str:
        """Give the selected event the label of the detector."""
        if self.is_blind:
            return tr(BLIND_LABELS_ONLY)
        item = self.selected
        if item is None or item.event is None:
            return tr(CHOOSE_FIRST) if item is None else tr("The detector did not report this event.")
        return self.label(item.event.label)

    def add(self, time_s: float, channel: int) -> str:
        """Add a twitch missed by the detector."""
        if self.is_blind:
            return tr(BLIND_LABELS_ONLY)
        onset_s = min(max(time_s, 0.0), self._duration_s)
        offset_s = min(onset_s + ADDED_S, self._duration_s)
        made = self.rating.add(round(onset_s, 6), round(offset_s, 6), self._names[channel], "twitch")
        self._list_items(Item(None, made))
        return ""

    def delete(self) -> str:
        """Delete an event added by the rater, or rate an event of the detector as no event."""
        if self.is_blind:
            return tr(BLIND_LABELS_ONLY)
        item = self.selected
        if item is None:
            return tr(CHOOSE_FIRST)
        if item.event is None and item.decision is not None:
            self.rating.remove(item.decision)
            self._list_items(None)
            return ""
        return self.label(NO_EVENT)

    def move(self, by_s: float) -> str:
        """Move the selected event; the detector's own times are kept."""
        return self._change(by_s, by_s)

    def lengthen(self, by_s: float) -> str:
        """Move the end of the selected event."""
        return self._change(0.0, by_s)

    def undo(self) -> str:
        """Undo the last decision."""
        return "" if self._undone() else tr("Nothing to take back.")

    @property
    def nudge_s(self) -> float:
        """Step in s by which a key moves an event; finer when zoomed in."""
        return self.span_s * NUDGE

    def _undone(self) -> bool:
        is_undone = self.rating.undo()
        self._list_items(self.selected)
        return is_undone

    def _change(self, onset_by_s: float, offset_by_s: float) -> str:
        if self.is_blind:
            return tr(BLIND_LABELS_ONLY)
        item = self.selected
        if item is None:
            return tr(CHOOSE_FIRST)
        onset_s = min(max(item.onset_s + onset_by_s, 0.0), self._duration_s)
        offset_s = min(max(item.offset_s + offset_by_s, onset_s), self._duration_s)
        decision = item.decision if item.decision is not None else self._labelled(item, _label_of(item))
        self._keep(item, self.rating.change(decision, onset_s=round(onset_s, 6), offset_s=round(offset_s, 6)))
        return ""

    def _labelled(self, item: Item, label: str) -> Decision:
        if item.event is not None:
            return self.rating.label(item.event, label)
        if item.decision is None:
            raise ValueError("an item without event has a decision")
        return self.rating.change(item.decision, label=label)

    def _keep(self, item: Item, decision: Decision) -> None:
        self._list_items(Item(item.event, decision))

    def _choose(self, row: int) -> None:
        self.row = row
        item = self.items[row]
        self.cursor = (item.onset_s, self._names.index(item.channel) if item.channel in self._names else 0)
        self.look_at(0.5 * (item.onset_s + item.offset_s))

    def _next_undecided(self, row: int) -> int:
        """Return the first undecided row from `row` on, wrapping around; `row` itself if all are decided."""
        order = [*range(row, len(self.items)), *range(min(row, len(self.items)))]
        return next((place for place in order if self.items[place].decision is None), min(row, len(self.items) - 1))

    def _list_items(self, selected: Item | None) -> None:
        """Rebuild the list and keep the selection."""
        if self.is_blind:
            self.items = blind_items(self._events, self.rating.decisions, self.rating.blind_seed or 0)
        else:
            self.items = all_items(self._events, self.rating.decisions, with_heartbeats=self.with_heartbeats)
        self.row = None if selected is None else self._row_of(selected)

    def _row_of(self, wanted: Item) -> int | None:
        for row, item in enumerate(self.items):
            same_event = item.event is not None and item.event is wanted.event
            if same_event or (item.event is None and wanted.event is None and item.decision == wanted.decision):
                return row
        return None


def _label_of(item: Item) -> str:
    """Return the label of an event that is only moved."""
    return item.event.label if item.event is not None else "twitch"
