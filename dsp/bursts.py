"""Bursts of single channels, and groups of them that are one event."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

KIND_START = 0
KIND_END = 1
KIND_CUT = 2

LINGERING = 0.02
"""Power over floor, as a share of the strongest ended burst's, below which a burst that goes on only lingers."""

GROWN = 4.0
"""A lingering burst whose power grew by this much is another burst."""


class Mark(NamedTuple):
    """What the kernel tells of one channel; indices are samples taken by then, powers are over the floor."""

    kind: int
    channel: int
    decided: int
    started: int
    last_above: int
    margin: float
    """Largest energy over the confirmation threshold, of the short or the long window."""
    peak_short: float
    floor_power: float


@dataclass(slots=True)
class Group:
    """Bursts on several channels that overlap in time.

    Attributes
    ----------
    started : int
        Sample at which the first of them was noticed.
    active : set of int
        Channels whose burst goes on.
    ended : dict of int to Mark
        Last mark of each channel whose burst has ended.
    bursts : list of Mark
        Every burst that has ended, in that order.
    was_cut : bool
        A channel became unusable during its burst, or stood still in it.
    context : int
        Channels in the burst of another group when this one began.
    """

    started: int
    context: int
    active: set[int] = field(default_factory=set)
    ended: dict[int, Mark] = field(default_factory=dict)
    bursts: list[Mark] = field(default_factory=list)
    was_cut: bool = False

    @property
    def last_above(self) -> int:
        """Sample at which the last channel was last above its threshold."""
        return max(mark.last_above for mark in self.ended.values())

    def before(self, stop: int) -> "Group":
        """Return the group without the bursts that began at a sample or later."""
        return replace(self, bursts=[mark for mark in self.bursts if mark.started < stop])


class Grouper:
    """Joins the bursts of single channels into groups.

    Parameters
    ----------
    join_samples : int
        A burst that begins within this time of an open group's start belongs to it; a later one is an event of its
        own, so that a twitch is not lost in another channel's long contraction.
    """

    def __init__(self, join_samples: int) -> None:
        self._join_samples = join_samples
        self.open: list[Group] = []
        self._lingering: dict[int, float] = {}

    def start(self, mark: Mark) -> Group | None:
        """Take a burst's start; return the group if it is a new one."""
        for group in reversed(self.open):
            if mark.decided - group.started <= self._join_samples or mark.channel in group.ended:
                group.active.add(mark.channel)
                return None
        context = sum(len(group.active) for group in self.open)
        group = Group(mark.decided, context, {mark.channel})
        self.open.append(group)
        return group

    def end(self, mark: Mark, burst_peaks: NDArray[np.float64]) -> Group | None:
        """Take a burst's end; return its group if that ended too.

        Channels that linger in what is far below the group's strongest burst (`burst_peaks`, power over floor) do not
        hold the verdict up.
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
        for channel in group.active:  # 0: it ended at this very hop, its mark comes next
            if burst_peaks[channel] == 0.0 or burst_peaks[channel] > LINGERING * strongest:
                return None
        for channel in group.active:
            self._lingering[channel] = float(burst_peaks[channel])
        group.active.clear()
        self.open.remove(group)
        return group

    def _end_of_lingering(self, mark: Mark) -> Group | None:
        """Return a group of its own for a burst that was left behind and grew after that."""
        peak = self._lingering.pop(mark.channel, None)
        if peak is None or mark.peak_short < GROWN * peak:
            return None
        group = Group(mark.started, 0)
        group.bursts.append(mark)
        group.ended[mark.channel] = mark
        group.was_cut = mark.kind == KIND_CUT
        return group
