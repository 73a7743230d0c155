"""Agreement of two accounts of the same session: pairs of times, positive agreement, and κ over marked passes.

If nobody recorded how often *nothing* happened, chance agreement cannot be subtracted, and only positive agreement is
reported. A marked needle pass is a question that both accounts answered, so Cohen's κ is defined over passes.
"""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

from dsp.sites.intervals import share_interval
from dsp.sites.measures import Estimate

MARK_WITHIN_S = 2.0
"""Longest time in seconds from an event to its mark, which is made by a busy hand; the nearest event counts."""

NEEDLE_KEY_WITHIN_S = 0.5
"""Longest delay in seconds of the needle key: the hand that presses it knows when the needle goes in. An assumption."""

REFERENCE_WITHIN_S = 0.25
"""Largest distance in seconds of a time from another clock; an assumption, since such clocks are aligned by hand."""

ONSET_WITHIN_S = 0.1
"""Largest distance in seconds of two onsets of one burst, each set by somebody in the signal; an assumption."""


def pair(
    events_s: Sequence[float], others_s: Sequence[float], before_s: float, after_s: float = 0.0
) -> list[int | None]:
    """Return the index of the event paired with each of the others, None if there is none.

    Each of the others gets at most one event and each event is used once; the closest pairs are made first.

    Parameters
    ----------
    events_s : sequence of float
        Onsets of events in seconds, in any order.
    others_s : sequence of float
        Marks or other onsets in seconds, in any order.
    before_s, after_s : float
        How long before and after the mark its event may lie, in seconds.
    """
    order = sorted(range(len(events_s)), key=lambda k: events_s[k])
    onsets_s = [events_s[k] for k in order]
    gaps = []
    for number, other_s in enumerate(others_s):
        first = bisect.bisect_left(onsets_s, other_s - before_s)
        stop = bisect.bisect_right(onsets_s, other_s + after_s)
        gaps += [(abs(other_s - onsets_s[place]), number, order[place]) for place in range(first, stop)]
    partners: list[int | None] = [None] * len(others_s)
    taken: set[int] = set()
    for _, number, event in sorted(gaps):
        if partners[number] is None and event not in taken:
            partners[number] = event
            taken.add(event)
    return partners


def pair_marks(events_s: Sequence[float], marks_s: Sequence[float]) -> list[int | None]:
    """Pair marks made by hand with the events before them, see `pair`."""
    return pair(events_s, marks_s, MARK_WITHIN_S)


def pair_references(events_s: Sequence[float], references_s: Sequence[float]) -> list[int | None]:
    """Pair times imported from another clock, see `pair`."""
    return pair(events_s, references_s, REFERENCE_WITHIN_S, REFERENCE_WITHIN_S)


def pair_onsets(events_s: Sequence[float], others_s: Sequence[float]) -> list[int | None]:
    """Pair onsets that somebody set in the signal, see `pair`."""
    return pair(events_s, others_s, ONSET_WITHIN_S, ONSET_WITHIN_S)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Number of times that two accounts share, and that each has alone."""

    n_both: int
    n_only_first: int
    n_only_second: int

    @property
    def positive_agreement(self) -> Estimate | None:
        """Positive agreement, twice the shared times over the sum of both accounts; None if both are empty.

        The interval is derived from Wilson's interval of the shared times among all.
        """
        n = self.n_both + self.n_only_first + self.n_only_second
        if not n:
            return None
        value, low, high = (2.0 * share / (1.0 + share) for share in (self.n_both / n, *share_interval(self.n_both, n)))
        return Estimate(value, low, high, n)


def overlap(n_first: int, partners: Sequence[int | None]) -> Overlap:
    """Count the result of `pair` for `n_first` events and the partners of the second account's times."""
    n_both = sum(partner is not None for partner in partners)
    return Overlap(n_both, n_first - n_both, len(partners) - n_both)


@dataclass(frozen=True, slots=True)
class Pass:
    """Needle pass, in seconds.

    Attributes
    ----------
    start_s, stop_s : float
        Its marks.
    last_s, next_s : float
        End of the previous pass and start of the next one; infinite if there is none.
    """

    start_s: float
    stop_s: float
    last_s: float = -math.inf
    next_s: float = math.inf

    @property
    def since_s(self) -> float:
        """Earliest start: `NEEDLE_KEY_WITHIN_S` before its mark, but not before the end of the previous pass."""
        return max(self.start_s - NEEDLE_KEY_WITHIN_S, self.last_s)

    def holds(self, onset_s: float) -> bool:
        """Return whether a twitch with that onset belongs to the pass; its end is included."""
        return self.since_s <= onset_s <= self.stop_s

    def may_be_marked(self, onset_s: float) -> bool:
        """Return whether a twitch with that onset is one whose marks count for the pass, see `counts_mark`."""
        until_s = min(self.stop_s + MARK_WITHIN_S, self.next_s - NEEDLE_KEY_WITHIN_S)
        return self.since_s <= onset_s <= max(self.stop_s, until_s)

    def counts_mark(self, mark_s: float) -> bool:
        """Return whether a mark by hand counts for the pass; the same hand was late with the needle keys too."""
        return self.start_s <= mark_s <= max(self.stop_s, min(self.stop_s + MARK_WITHIN_S, self.next_s))


def passes_between(in_s: Sequence[float], out_s: Sequence[float], end_s: float) -> list[Pass]:
    """Return the marked passes; one without an end lasts until the next one or the end of the session."""
    starts = sorted(in_s)
    passes: list[Pass] = []
    for number, start_s in enumerate(starts, start=1):
        next_s = starts[number] if number < len(starts) else math.inf
        end_of_it_s = min(next_s, max(end_s, start_s))
        stop_s = min([one for one in out_s if start_s < one <= next_s], default=end_of_it_s)
        last_s = passes[-1].stop_s if passes else max([one for one in out_s if one <= start_s], default=-math.inf)
        passes.append(Pass(start_s, stop_s, last_s, next_s))
    return passes


@dataclass(frozen=True, slots=True)
class PassTable:
    """Number of marked passes that both accounts called a twitch, only one of them, or neither."""

    n_both: int
    n_only_first: int
    n_only_second: int
    n_neither: int

    @property
    def n(self) -> int:
        """Number of passes."""
        return self.n_both + self.n_only_first + self.n_only_second + self.n_neither

    @property
    def kappa(self) -> Estimate | None:
        """Cohen's κ; None without passes, or if both accounts gave the same single answer throughout.

        The interval is derived from Wilson's interval of the observed agreement, with chance agreement as observed; no
        κ is below -1.
        """
        n = self.n
        if not n:
            return None
        first = (self.n_both + self.n_only_first) / n
        second = (self.n_both + self.n_only_second) / n
        chance = first * second + (1.0 - first) * (1.0 - second)
        if chance >= 1.0:
            return None
        n_same = self.n_both + self.n_neither
        value, low, high = ((same - chance) / (1.0 - chance) for same in (n_same / n, *share_interval(n_same, n)))
        return Estimate(value, max(low, -1.0), high, n)


def pass_table(passes: Sequence[Pass], events_s: Sequence[float], others_s: Sequence[float]) -> PassTable:
    """Tabulate whether each pass holds an event and whether it holds one of the others, both within the pass itself.

    The others are onsets set in the signal, or times of another clock. For marks by hand see `marked_pass_table`.
    """
    return _table([(any(map(one.holds, events_s)), any(map(one.holds, others_s))) for one in passes])


def marked_pass_table(passes: Sequence[Pass], events_s: Sequence[float], marks_s: Sequence[float]) -> PassTable:
    """Tabulate whether each pass had an event and whether it had a mark by hand.

    Both count until `MARK_WITHIN_S` after the end of the pass, but not into the next pass. The pairing of marks with
    events is not used: assigning a mark to the pass of its event would make independent accounts agree.
    """
    return _table([(any(map(one.may_be_marked, events_s)), any(map(one.counts_mark, marks_s))) for one in passes])


def _table(answers: Sequence[tuple[bool, bool]]) -> PassTable:
    return PassTable(*(answers.count(both) for both in ((True, True), (True, False), (False, True), (False, False))))
