"""Rhythm of the heart, from its latest beats, some of which are missed."""

import math
from collections import deque

import numpy as np

SHORTEST_BEAT_S, LONGEST_BEAT_S = 0.33, 1.7
BEAT_TOLERANCE = 0.22
"""Relative difference that is allowed between one beat interval and the next."""

LATEST_BEATS = 5
"""Number of intervals whose median is the beat interval, and number of beats that are kept."""

SLACK, MOST_EXPECTED = 0.06, 0.4
"""Difference between a beat and its expected time, in beat intervals, and the largest share of the interval in which a
part of it is expected. Scatter of the intervals adds up: the difference grows with the square root of their number
since the last beat, as far as the share allows, for what learns between the beats needs the rest of the interval."""


class Rhythm:
    """Tracker of the beat interval.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the indices at which beats are noted.

    Attributes
    ----------
    beat_s : float
        Current beat interval in seconds, 0 before one is known.
    beats : deque of int
        Sample indices at which the latest beats began.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self._rate_hz = sampling_rate_hz
        self._latest_s: deque[float] = deque(maxlen=LATEST_BEATS)
        self.beat_s = 0.0
        self.beats: deque[int] = deque(maxlen=LATEST_BEATS)

    @property
    def last_beat(self) -> int:
        """Sample index at which the last beat began, 0 before there is one."""
        return self.beats[-1] if self.beats else 0

    def learn(self, now: int, starts: list[int]) -> None:
        """Start anew from a beat at `now` and the earlier ones at `starts`, latest first."""
        self.beat_s = float(np.median(-np.diff([now, *starts]))) / self._rate_hz
        self._latest_s.clear()
        self._latest_s.append(self.beat_s)
        self.beats.clear()
        self.beats.extend((*reversed(starts), now))

    def follow(self, start: int) -> None:
        """Add a beat. An interval learnt while every other beat was missed is corrected by the beats that follow."""
        passed_s = (start - self.last_beat) / self._rate_hz
        n_beats = max(1, round(passed_s / self.beat_s))
        if abs(passed_s - n_beats * self.beat_s) < BEAT_TOLERANCE * self.beat_s:
            self._latest_s.append(passed_s / n_beats)
        elif SHORTEST_BEAT_S <= passed_s <= LONGEST_BEAT_S:
            self._latest_s.append(passed_s)
        self.beat_s = float(np.median(self._latest_s))
        self.beats.append(start)

    def due(self, index: int) -> float:
        """Return the time of a sample after the nearest expected beat, in beat intervals from -0.5 to 0.5."""
        beats = (index - self.last_beat) / (self.beat_s * self._rate_hz)
        return beats - round(beats)

    def expected(self, index: int, part: slice) -> tuple[int, int, int]:
        """Return where a part of each beat may lie around a sample.

        Parameters
        ----------
        index : int
            Sample index, not before the last beat.
        part : slice
            Samples of a beat, counted from its beginning.

        Returns
        -------
        first, every, n_samples : int
            First sample of the part of one beat, samples to the next beat, and length, longer by the slack.
        """
        every = round(self.beat_s * self._rate_hz)
        n_samples = part.stop - part.start
        most = max(0.0, 0.5 * (MOST_EXPECTED * every - n_samples))
        slack = round(min(SLACK * math.sqrt(1.0 + (index - self.last_beat) / every) * every, most))
        return self.last_beat + part.start - slack, every, n_samples + 2 * slack

    def chain(self, start: int, starts: list[int]) -> list[int]:
        """Return those of `starts` that lead up to `start` at steady intervals, latest first.

        Single beats may be missing.
        """
        chain: list[int] = []
        previous, period = start, 0.0
        for at in starts:
            gap = (previous - at) / self._rate_hz
            if period == 0.0:
                if gap > LONGEST_BEAT_S:
                    break
                period = gap
            elif abs(gap - period) > BEAT_TOLERANCE * period:
                if abs(gap - 2.0 * period) > BEAT_TOLERANCE * period:
                    break
            else:
                period = gap
            chain.append(at)
            previous = at
        return chain
