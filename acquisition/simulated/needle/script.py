"""Needling script: times of the needle passes, and their distances from the locus."""

import math
from collections import deque
from collections.abc import Iterator

import numpy as np

from acquisition.simulated.muscle.trigger_point import NeedleContact
from acquisition.simulated.scenario import Needling

SHORTEST_PASS_S = 0.35
"""Minimum time to draw the needle back and push it again."""


class NeedlingScript:
    """Rest, followed by endless bouts of passes. The first pass always hits the locus and evokes a twitch.

    A scenario that lists its passes gets only those.

    Parameters
    ----------
    needling : Needling
        Timing and accuracy.
    locus_depth_mm : float
        Depth of the sensitive locus below the skin.
    rng : Generator
        Source of times, distances and answers.

    Attributes
    ----------
    first_pass_s : float
        Time of the first pass, within a second after the rest where there is no list.
    """

    def __init__(self, needling: Needling, locus_depth_mm: float, rng: np.random.Generator) -> None:
        self._needling = needling
        self._locus_depth_mm = locus_depth_mm
        self._rng = rng
        self.first_pass_s = needling.rest_s + rng.uniform(0.2, 0.8)
        self._next = NeedleContact(self.first_pass_s, distance_mm=0.0, threshold_draw=0.0)
        self._bout_end_s = self.first_pass_s + self._bout_s()
        self._listed = deque(needling.passes)
        if self._listed:
            self.first_pass_s = self._listed[0].time_s
            self._next = self._pass_after(0.0)
        self._by_hand: deque[float] = deque()
        self._hand_rng = rng.spawn(1)[0]
        self._asked_until_s = 0.0

    def add_pass(self, depth_mm: float, across_mm: float) -> None:
        """Add a pass by hand to the next interval of `passes_before`; further passes take one interval each."""
        self._by_hand.append(self._distance_mm(depth_mm, across_mm))

    def passes_before(self, time_s: float) -> Iterator[NeedleContact]:
        """Yield the next passes before `time_s`, each once, in order of time; a pass by hand comes first."""
        if self._by_hand:
            yield NeedleContact(self._asked_until_s, self._by_hand.popleft(), self._hand_rng.random())
        while self._next.time_s < time_s:
            yield self._next
            self._next = self._pass_after(self._next.time_s)
        self._asked_until_s = time_s

    def _pass_after(self, time_s: float) -> NeedleContact:
        if self._needling.passes:
            if not self._listed:
                return NeedleContact(math.inf, math.inf, 1.0)
            listed = self._listed.popleft()
            return NeedleContact(
                listed.time_s, self._distance_mm(listed.depth_mm, listed.across_mm), self._rng.random()
            )
        mean_s = 1.0 / self._needling.passes_per_s
        time_s += max(SHORTEST_PASS_S, mean_s * (1.0 + 0.2 * self._rng.standard_normal()))
        if time_s > self._bout_end_s:
            time_s += self._needling.pause_s * self._rng.uniform(0.7, 1.3)
            self._bout_end_s = time_s + self._bout_s()
        distance_mm = abs(self._needling.aim_mm * self._rng.standard_normal())
        return NeedleContact(time_s, distance_mm, self._rng.random())

    def _distance_mm(self, depth_mm: float, across_mm: float) -> float:
        return math.hypot(depth_mm - self._locus_depth_mm, across_mm)

    def _bout_s(self) -> float:
        return self._needling.bout_s * self._rng.uniform(0.7, 1.3)
