"""Agreement of two accounts of the same session: pairs of moments, positive agreement, and κ over marked passes.

Where nobody said how often *nothing* happened, chance cannot be taken off: then only positive agreement is told. A
marked needle pass is a question that both accounts answered, so over passes there is Cohen's κ.
"""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from dsp.intervals import share_interval
from dsp.site import Estimate

MARK_WITHIN_S = 2.0
"""A mark is made by a hand that was busy: it belongs to the nearest event in so many seconds before it."""

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
    """One needle pass, in seconds: `stop_s` is where it ended, `next_s` where the one after it began."""

    start_s: float
    stop_s: float
    next_s: float

    def holds(self, onset_s: float) -> bool:
        """Tell whether a twitch that began then belongs to it, at once with its end too."""
        return self.start_s <= onset_s <= self.stop_s


def passes_between(in_s: Sequence[float], out_s: Sequence[float], end_s: float) -> list[Pass]:
    """Return the passes that were marked; one without an end goes on to the next one, or to the session's end."""
    starts = sorted(in_s)
    passes = []
    for number, start_s in enumerate(starts, start=1):
        next_s = starts[number] if number < len(starts) else max(end_s, start_s)
        stop_s = min([one for one in out_s if start_s < one <= next_s], default=next_s)
        passes.append(Pass(start_s, stop_s, next_s))
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

        The interval is Wilson's of the observed agreement, chance taken as it was observed.
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
        return Estimate(value, low, high, n)


def pass_table(passes: Sequence[Pass], events_s: Sequence[float], marks_s: Sequence[float]) -> PassTable:
    """Ask of each pass whether it had an event, and whether it had a mark.

    A mark counts for a pass until `MARK_WITHIN_S` behind its end, and not into the next pass.
    """
    cells = [0, 0, 0, 0]
    for one in passes:
        until_s = min(one.stop_s + MARK_WITHIN_S, max(one.next_s, one.stop_s))
        has_event = any(map(one.holds, events_s))
        has_mark = any(one.start_s <= at_s <= until_s for at_s in marks_s)
        cells[(0 if has_mark else 1) if has_event else (2 if has_mark else 3)] += 1
    return PassTable(*cells)
