"""How much of a burst a reference pair shows, and how much it is doubted for that.

A reference pair looks at another muscle, mostly the same one of the other side. A wince or a contraction reaches it as
it reaches the needled one; a twitch does less, but active points are answered on both sides. So it takes from a
probability and never bars. What no channel of the muscle's own shows is no twitch of it (`dsp.verdict.rules`).
"""

import numpy as np
from numpy.typing import NDArray

from dsp.events import TwitchEvent
from dsp.measuring.pieces import SHORT_S
from dsp.recent import Recent

LATER_S = 0.010
"""The other side may answer so much later."""

SEEN = 2.0
"""Power over the floor from which a reference pair shows anything."""

USUAL_SHARE, STEEPNESS = 0.5, 2.0
"""Amplitude at a reference pair, as a share of the strongest at the muscle, up to which nothing is taken, and the power
by which the odds fall from there on."""

LEAST_SHIFT = 0.05
"""The odds are multiplied by no less: where a reference pair shows it several times as strong."""

OTHER_SIDE = "on the other side too"
"""Reason of a verdict that would have been a twitch without a reference pair."""


class OtherSide:
    """Compares what reference pairs show with what the muscle's own do.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    roles : sequence of str
        Per channel.
    """

    def __init__(self, sampling_rate_hz: float, roles: tuple[str, ...]) -> None:
        self._rate_hz = sampling_rate_hz
        self._references = np.flatnonzero([role == "reference" for role in roles])
        self._own = np.flatnonzero([role == "surface" for role in roles])

    def share(self, recent: Recent, event: TwitchEvent) -> float:
        """Return the amplitude at the strongest reference pair over that at the muscle, 0 where none shows it."""
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
        """Return the largest short power over the floor that any of some channels shows."""
        squares = recent.band_uv[rows, channels] ** 2
        n_short = min(len(squares), max(1, round(SHORT_S * self._rate_hz)))
        sums = np.cumsum(np.vstack((np.zeros(channels.size), squares)), axis=0)
        power = (sums[n_short:] - sums[:-n_short]).max(axis=0) / n_short
        return float((power / recent.floor[channels]).max())


def shift_of(share: float) -> float:
    """Return by what the odds of a twitch are multiplied, `LEAST_SHIFT` to 1."""
    return 1.0 if share <= USUAL_SHARE else max(LEAST_SHIFT, (USUAL_SHARE / share) ** STEEPNESS)
