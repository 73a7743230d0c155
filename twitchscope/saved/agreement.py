"""Agreement of two accounts of the same session: pairs of moments, positive agreement, and κ over marked passes.

Where nobody said how often *nothing* happened, chance cannot be taken off: then only positive agreement is told. A
marked needle pass is a question that both accounts answered, so over passes there is Cohen's κ.
"""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

from dsp.sites.intervals import share_interval
from dsp.sites.measures import Estimate

MARK_WITHIN_S = 2.0
"""A mark is made by a hand that was busy: it belongs to the nearest event in so many seconds before it."""

NEEDLE_KEY_WITHIN_S = 0.5
"""The key for the needle comes at most so late: its hand knows when the needle goes in. An assumption."""

REFERENCE_WITHIN_S = 0.25
"""A time from another clock lies no further from its event; an assumption, since such clocks are tied by hand."""

ONSET_WITHIN_S = 0.1
"""Two onsets of one burst, each set by somebody who looked at the signal, lie no further apart; an assumption."""


def pair(
    events_s: Sequence[float], others_s: Sequence[float], before_s: float, after_s: float = 0.0
) -> list[int | None]:
    """Return for each of the others which event it belongs to; None where there is none.

    Each takes one event and an event is taken once; the closest pairs are made first.

    Parameters
    ----------
    events_s : sequence of float
        Onsets of events, in any order.
    others_s : sequence of float
        Marks or other onsets, in any order.
    before_s, after_s : float
        How long before the mark, and how long after it, its event may lie.
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
    """Pair marks that were made by hand with the events before them, see `pair`."""
    return pair(events_s, marks_s, MARK_WITHIN_S)


def pair_references(events_s: Sequence[float], references_s: Sequence[float]) -> list[int | None]:
    """Pair times that were imported from another clock, see `pair`."""
    return pair(events_s, references_s, REFERENCE_WITHIN_S, REFERENCE_WITHIN_S)


def pair_onsets(events_s: Sequence[float], others_s: Sequence[float]) -> list[int | None]:
    """Pair onsets that somebody set in the signal, see `pair`."""
    return pair(events_s, others_s, ONSET_WITHIN_S, ONSET_WITHIN_S)


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many moments two accounts share, and how many each has alone."""

    n_both: int
    n_only_first: int
    n_only_second: int

    @property
    def positive_agreement(self) -> Estimate | None:
        """Share of what either told that both told, each account counted; None where neither told anything.

        Twice the shared over the sum of both; the interval is Wilson's of the shared among all, carried over.
        """
        n = self.n_both + self.n_only_first + self.n_only_second
        if not n:
            return None
        value, low, high = (2.0 * share / (1.0 + share) for share in (self.n_both / n, *share_interval(self.n_both, n)))
        return Estimate(value, low, high, n)


def overlap(n_first: int, partners: Sequence[int | None]) -> Overlap:
    """Count what `pair` found: `n_first` events, and the partners of the second account's moments."""
    n_both = sum(partner is not None for partner in partners)
    return Overlap(n_both, n_first - n_both, len(partners) - n_both)


@dataclass(frozen=True, slots=True)
class Pass:
    """One needle pass, in seconds.

    Attributes
    ----------
    start_s, stop_s : float
        Where it was marked.
    last_s, next_s : float
        Where the pass before it ended, and where the one after it begins; infinite where there is none.
    """

    start_s: float
    stop_s: float
    last_s: float = -math.inf
    next_s: float = math.inf

    @property
    def since_s(self) -> float:
        """When it may have begun: `NEEDLE_KEY_WITHIN_S` before its mark, and not before the last one's end."""
        return max(self.start_s - NEEDLE_KEY_WITHIN_S, self.last_s)

    def holds(self, onset_s: float) -> bool:
        """Tell whether a twitch that began then belongs to it, at once with its end too."""
        return self.since_s <= onset_s <= self.stop_s

    def may_be_marked(self, onset_s: float) -> bool:
        """Tell whether a twitch that began then is one of those whose marks count for it, see `counts_mark`."""
        until_s = min(self.stop_s + MARK_WITHIN_S, self.next_s - NEEDLE_KEY_WITHIN_S)
        return self.since_s <= onset_s <= max(self.stop_s, until_s)

    def counts_mark(self, mark_s: float) -> bool:
        """Tell whether a mark by hand counts for it: that hand was late with the needle's keys too."""
        return self.start_s <= mark_s <= max(self.stop_s, min(self.stop_s + MARK_WITHIN_S, self.next_s))


def passes_between(in_s: Sequence[float], out_s: Sequence[float], end_s: float) -> list[Pass]:
    """Return the passes that were marked; one without an end goes on to the next one, or to the session's end."""
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
    """Over marked passes: how many both called a twitch, only one of them, or neither."""

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
        """Cohen's κ; None where both gave one answer only, or there was no pass.

        The interval is Wilson's of the observed agreement, chance taken as it was observed; no κ is below -1.
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
    """Ask of each pass whether it holds an event, and whether it holds one of the others: both in the pass's own time.

    Others are onsets that somebody set, or times of another clock; of marks by hand see `marked_pass_table`.
    """
    return _table([(any(map(one.holds, events_s)), any(map(one.holds, others_s))) for one in passes])


def marked_pass_table(passes: Sequence[Pass], events_s: Sequence[float], marks_s: Sequence[float]) -> PassTable:
    """Ask of each pass whether it had an event, and whether it had a mark by hand.

    Both count for it until `MARK_WITHIN_S` behind its end, and not into the next pass. Which event a mark pairs with is
    not asked: what brings a mark to the pass of an event makes accounts agree that know nothing of each other.
    """
    return _table([(any(map(one.may_be_marked, events_s)), any(map(one.counts_mark, marks_s))) for one in passes])


def _table(answers: Sequence[tuple[bool, bool]]) -> PassTable:
    return PassTable(*(answers.count(both) for both in ((True, True), (True, False), (False, True), (False, False))))
