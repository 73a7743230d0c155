"""Bursts on single channels and their grouping into events."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

KIND_START = 0
KIND_END = 1
KIND_CUT = 2

JOIN_S = 0.25
"""Bursts of two channels, at the skin or at a needle, may be one event if they begin within this time of each other."""

LINGERING = 0.02
"""Fraction of the strongest ended burst's power over floor at or below which an ongoing burst counts as lingering."""

GROWN = 4.0
"""Factor by which the power of a lingering burst must grow to count as another burst."""


class Mark(NamedTuple):
    """Start or end of a burst on one channel, as reported by the kernel.

    Indices are those of the last sample of a hop. `peak_short` is the largest power of the short window over the floor;
    `floor_power` is in µV².
    """

    kind: int
    channel: int
    decided: int
    started: int
    last_above: int
    margin: float
    """Largest ratio of energy to confirmation threshold in the short or the long window."""
    peak_short: float
    floor_power: float


@dataclass(slots=True)
class Group:
    """Bursts on several channels that overlap in time.

    Attributes
    ----------
    started : int
        Sample at which the first burst was detected.
    active : set of int
        Channels whose burst is ongoing.
    ended : dict of int to Mark
        Last mark of each channel whose burst has ended, with the margin and peak of its burst of largest margin.
    bursts : list of Mark
        All ended bursts, in order of their end.
    was_cut : bool
        Whether a channel became unusable or its signal stood still during its burst.
    context : int
        Number of channels in bursts of other groups when this one began.
    """

    started: int
    context: int
    active: set[int] = field(default_factory=set)
    ended: dict[int, Mark] = field(default_factory=dict)
    bursts: list[Mark] = field(default_factory=list)
    was_cut: bool = False

    @property
    def last_above(self) -> int:
        """Last sample at which any channel was above the level that ends its burst."""
        return max(mark.last_above for mark in self.ended.values())

    def before(self, stop: int) -> "Group":
        """Return the group without the bursts that began at sample `stop` or later."""
        return replace(self, bursts=[mark for mark in self.bursts if mark.started < stop])


class Grouper:
    """Grouping of the bursts of single channels.

    Parameters
    ----------
    join_samples : int
        A burst that begins within this time of an open group's start belongs to that group. A later one is an event of
        its own, so that a twitch is not missed during a long contraction on another channel.
    """

    def __init__(self, join_samples: int) -> None:
        self._join_samples = join_samples
        self.open: list[Group] = []
        self._lingering: dict[int, float] = {}

    def start(self, mark: Mark) -> Group | None:
        """Process the start of a burst; return its group if that is new."""
        for group in reversed(self.open):
            if mark.decided - group.started <= self._join_samples or mark.channel in group.ended:
                group.active.add(mark.channel)
                return None
        context = sum(len(group.active) for group in self.open)
        group = Group(mark.decided, context, {mark.channel})
        self.open.append(group)
        return group

    def end(self, mark: Mark, burst_peaks: NDArray[np.float64]) -> Group | None:
        """Process the end of a burst; return its group if that has ended too.

        Channels whose ongoing burst is far below the group's strongest one do not delay the verdict. `burst_peaks` is
        the peak power over floor of each ongoing burst, 0 for channels without one, shape (n_channels,).
        """
        group = next((group for group in self.open if mark.channel in group.active), None)
        if group is None:
            return self._end_of_lingering(mark)
        group.active.discard(mark.channel)
        group.bursts.append(mark)
        earlier = group.ended.get(mark.channel)
        if earlier is not None and earlier.margin > mark.margin:
            mark = mark._replace(margin=earlier.margin, peak_short=earlier.peak_short)
        group.ended[mark.channel] = mark
        group.was_cut = group.was_cut or mark.kind == KIND_CUT
        strongest = max(ended.peak_short for ended in group.ended.values())
        for channel in group.active:  # 0: the burst ended at this same hop, and its mark follows
            if burst_peaks[channel] == 0.0 or burst_peaks[channel] > LINGERING * strongest:
                return None
        for channel in group.active:
            self._lingering[channel] = float(burst_peaks[channel])
        group.active.clear()
        self.open.remove(group)
        return group

    def _end_of_lingering(self, mark: Mark) -> Group | None:
        """Return a new group for a lingering burst that has grown since its group ended, otherwise None."""
        peak = self._lingering.pop(mark.channel, None)
        if peak is None or mark.peak_short < GROWN * peak:
            return None
        group = Group(mark.started, 0)
        group.bursts.append(mark)
        group.ended[mark.channel] = mark
        group.was_cut = mark.kind == KIND_CUT
        return group
