"""Times when a muscle was not at rest: longer bursts other than heartbeats, and requested contractions."""

import math
import threading
from array import array
from collections.abc import Sequence

import numpy as np

from twitchscope.findings.rest import STEADY_RATIO

CLEAR_S = 1.0
"""Least time in seconds from the end of a second of rest at the skin to the start of anything else."""

FLOOR_S = 1.6
"""Time in seconds after the end of a burst from which the detector's local floor reflects rest again: the floor covers
the last 1.5 s (64 entries of 6 hops of 4 ms)."""

LONG_S = 0.3
"""Shortest burst in seconds that counts. A shorter one fills less than a fifth of the floor's window and hardly changes
the floor, which is the lower 40 % of the window. If the seconds near brief bursts were excluded too, a doubtful
heartbeat every second would leave nothing."""

QUIET_SHARE = 0.25
"""Fraction of the seconds of a stretch that is assumed to be at rest, whatever the others are; an assumption."""


class Unrest:
    """Stretches of unrest, 16 bytes each.

    Any thread may add and read: the session's thread adds bursts, the window's adds the contractions it requested.
    """

    def __init__(self) -> None:
        self._ends_s = array("d")
        self._lock = threading.Lock()  # keeps both ends of a stretch together

    def add(self, start_s: float, stop_s: float) -> None:
        """Add a stretch, in seconds since the first sample."""
        with self._lock:
            self._ends_s.extend((start_s, stop_s))

    def stretches(self) -> list[tuple[float, float]]:
        """Return start and stop of each stretch in seconds, in the order in which they were added."""
        with self._lock:
            ends_s = self._ends_s[:]
        return list(zip(ends_s[::2], ends_s[1::2], strict=True))

    def calm(self, levels: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Return the levels of the floor that reflect rest only.

        Parameters
        ----------
        levels : sequence of tuple
            Time in s at which the floor was read, in rising order, and the level.
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
    """Return the levels of one stretch at which the muscle was at rest.

    The detector's floor follows a sustained contraction, of which only the beginning is reported as a burst. A level
    more than `STEADY_RATIO` times the lower quartile of the same stretch is therefore not rest. A resting level that
    has changed after the needle is compared with itself.

    Parameters
    ----------
    levels_uv : sequence of float
        Levels in µV RMS; values of 0 or less are unknown.
    """
    known = [level for level in levels_uv if level > 0.0]
    most_uv = STEADY_RATIO * float(np.quantile(known, QUIET_SHARE)) if known else 0.0
    return [level for level in known if level <= most_uv]
