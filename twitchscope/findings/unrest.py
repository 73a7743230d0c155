"""When a muscle was not at rest: longer bursts that were no heartbeats, and contractions that were asked for."""

import math
import threading
from array import array
from collections.abc import Sequence

import numpy as np

from twitchscope.findings.rest import STEADY_RATIO

CLEAR_S = 1.0
"""A second of rest at the skin ends at least so long before anything else begins."""

FLOOR_S = 1.6
"""The detector's local floor looks back over 1.5 s (64 entries of 6 hops of 4 ms): so long after a burst's end it tells
of the rest again."""

LONG_S = 0.3
"""From this length on a burst counts: a shorter one fills less than a fifth of what the floor looks back over, and the
floor is its lower 40 %, which it hardly moves. Where a doubtful heartbeat comes every second, nothing would be left
without the seconds near brief bursts."""

QUIET_SHARE = 0.25
"""Of the seconds of a stretch, which are taken to be at rest whatever the others are; an assumption."""


class Unrest:
    """Keeps stretches of signal, 16 bytes each.

    Any thread may add and ask: the session's tells of bursts, the window's of contractions that it asked for.
    """

    def __init__(self) -> None:
        self._ends_s = array("d")
        self._lock = threading.Lock()  # both ends of a stretch, and nothing between them

    def add(self, start_s: float, stop_s: float) -> None:
        """Keep a stretch, in seconds since the first sample."""
        with self._lock:
            self._ends_s.extend((start_s, stop_s))

    def stretches(self) -> list[tuple[float, float]]:
        """Return start and stop of each in seconds, in the order in which they were told."""
        with self._lock:
            ends_s = self._ends_s[:]
        return list(zip(ends_s[::2], ends_s[1::2], strict=True))

    def calm(self, levels: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Return those levels of the floor that tell of rest alone.

        Parameters
        ----------
        levels : sequence of tuple
            Time in s at which the floor was read, rising, and the level.
        """
        stretches, left = sorted(self.stretches()), list(levels)
        if not left or not stretches:
            return left
        kept, place, busy_until_s = [], 0, -math.inf
        for time_s, level in left:
            while place < len(stretches) and stretches[place][0] - CLEAR_S < time_s:
                busy_until_s = max(busy_until_s, stretches[place][1] + FLOOR_S)
                place += 1
            if time_s >= busy_until_s:
                kept.append((time_s, level))
        return kept


def resting(levels_uv: Sequence[float]) -> list[float]:
    """Return those levels of one stretch at which the muscle was at rest.

    The detector's floor follows a contraction that goes on, so that only its beginning is told as a burst. What is
    `STEADY_RATIO` above the quieter quarter of the same stretch is no rest of it; a rest that has become another after
    the needle is measured against itself.

    Parameters
    ----------
    levels_uv : sequence of float
        In µV RMS; values that are not above 0 were not known.
    """
    known = [level for level in levels_uv if level > 0.0]
    most_uv = STEADY_RATIO * float(np.quantile(known, QUIET_SHARE)) if known else 0.0
    return [level for level in known if level <= most_uv]
