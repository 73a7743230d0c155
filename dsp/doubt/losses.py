"""Where samples were lost last, and how much surer a verdict must be for a while after that.

What was not seen is missing in all that a verdict goes by: floor, tail, mains, the template of the heart, the bursts of
the last minutes. Its numbers differ a little from those of the whole signal, and a burst that this would have called
doubtful could be confirmed because of a loss alone.
"""

import math

import numpy as np
from numpy.typing import NDArray

from dsp.doubt.prevalence import shifted

CAUTION_S = 60.0
"""So long after a loss a verdict must be surer, and energy alone, which takes noise as it was seen, confirms nothing.

How far a probability is from that without the loss hardly fades in this time; decision record 6 tells what less of it
would do."""

SURER_ODDS = 2.25
"""By so much the odds must be larger: from 0.45 it is 0.65 that confirms. None of the twitches that losses made in
simulated patients is left then; decision record 6 tells what that costs where much is lost."""

SURER_ASKED = "surer asked"
"""Reason of a verdict that would have been a twitch."""


class Losses:
    """Remembers the last loss before the block that is being taken, and those within it.

    Parameters
    ----------
    sampling_rate_hz : float
        Of the signal that comes in.
    factor : int
        How many of its samples are one of the signal whose indices `seconds_before` is asked for.
    """

    def __init__(self, sampling_rate_hz: float, factor: int) -> None:
        self._rate_hz = sampling_rate_hz
        self._factor = factor
        self._n_taken = 0
        self._lost = np.empty(0, np.int64)

    def take(self, n_samples: int, valid: NDArray[np.bool_] | None) -> None:
        """Take note of the next block; `valid`, of shape (n_samples,), is False where a sample was lost."""
        if self._lost.size > 1:
            self._lost = self._lost[-1:]
        if valid is not None and not valid.all():
            self._lost = np.concatenate((self._lost, self._n_taken + np.flatnonzero(~valid)))
        self._n_taken += n_samples

    def seconds_before(self, index: int) -> float:
        """Return how long before a sample the last one was lost, infinite if none; not of samples before this block."""
        if not self._lost.size:
            return math.inf
        at = index * self._factor + self._factor - 1
        place = int(np.searchsorted(self._lost, at, side="right"))
        return math.inf if place == 0 else float(at - self._lost[place - 1]) / self._rate_hz


def asked_after_loss(least: float, since_loss_s: float) -> float:
    """Return the probability that confirms where `least` would without losses; `since_loss_s` after the last one."""
    return shifted(least, SURER_ODDS) if since_loss_s < CAUTION_S else least
