"""Share of a burst that a reference pair shows, and the reduced confidence in the burst because of it.

A reference pair lies over another muscle, mostly the same one on the other side. A wince or a contraction reaches it as
it reaches the needled muscle. A twitch reaches it less, but active points respond on both sides. So it lowers a
probability and never rules out a twitch. A burst that no channel of the muscle itself shows is not a twitch of it
(`dsp.verdict.rules`).
"""

import numpy as np
from numpy.typing import NDArray

from dsp.events import TwitchEvent
from dsp.measuring.pieces import SHORT_WINDOW_S
from dsp.recent import Recent

LATER_S = 0.010
"""Longest delay of a response of the other side."""

SEEN = 2.0
"""Power over the floor from which a reference pair counts as showing a burst."""

USUAL_SHARE, STEEPNESS = 0.5, 2.0
"""Amplitude at a reference pair, as a share of the strongest at the muscle, up to which nothing is lowered; and the
exponent with which the odds fall beyond it."""

LEAST_SHIFT = 0.05
"""Smallest factor on the odds, where a reference pair shows the burst several times as strong."""

OTHER_SIDE = "on the other side too"
"""Reason for a burst that would have been classified as a twitch without a reference pair."""


class OtherSide:
    """Comparison of reference pairs with the channels at the muscle.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    roles : tuple of str
        Role of each channel.
    """

    def __init__(self, sampling_rate_hz: float, roles: tuple[str, ...]) -> None:
        self._rate_hz = sampling_rate_hz
        self._references = np.flatnonzero([role == "reference" for role in roles])
        self._own = np.flatnonzero([role == "surface" for role in roles])

    def share(self, recent: Recent, event: TwitchEvent) -> float:
        """Return the amplitude at the strongest reference pair over that at the muscle; 0 where none shows it."""
        if not self._references.size:
            return 0.0
        seeing = self._references[recent.weights[self._references] > 0.0]
        own = self._own[recent.weights[self._own] > 0.0]
        if not seeing.size or not own.size:
            return 0.0
        first = max(0, event.onset_index - recent.start)
        rows = slice(first, event.offset_index - recent.start + 1 + round(LATER_S * self._rate_hz))
        there = self._most(recent, rows, seeing)
        if there < SEEN:
            return 0.0
        return float(np.sqrt((there - 1.0) / max(self._most(recent, rows, own) - 1.0, 1e-3)))

    def _most(self, recent: Recent, rows: slice, channels: NDArray[np.intp]) -> float:
        """Return the largest short-time power over the floor on any of these channels."""
        squares = recent.band_uv[rows, channels] ** 2
        n_short = min(len(squares), max(1, round(SHORT_WINDOW_S * self._rate_hz)))
        sums = np.cumsum(np.vstack((np.zeros(channels.size), squares)), axis=0)
        power = (sums[n_short:] - sums[:-n_short]).max(axis=0) / n_short
        return float((power / recent.floor[channels]).max())


def shift_of(share: float) -> float:
    """Return the factor on the odds of a twitch, `LEAST_SHIFT` to 1."""
    return 1.0 if share <= USUAL_SHARE else max(LEAST_SHIFT, (USUAL_SHARE / share) ** STEEPNESS)
