"""The last lost samples, and the higher probability that a verdict needs for a while after them.

Lost samples are missing from everything that a verdict depends on: floor, tail, mains, heartbeat template, the bursts
of the last minutes. Its features then differ a little from those of the complete signal, and a burst that would have
been doubtful could be confirmed because of the loss alone.
"""

import math

import numpy as np
from numpy.typing import NDArray

from dsp.doubt.prevalence import shifted

CAUTION_S = 60.0
"""Time after a loss during which a verdict needs a higher probability, and energy alone, which relies on the noise as
it was seen, confirms nothing.

The deviation of a probability from its value without the loss hardly fades in this time; decision record 6 shows the
effect of a shorter time.
"""

STRICTER_ODDS = 2.25
"""Factor by which the odds must be larger: where 0.45 would confirm, 0.65 is needed. It removes all twitches that
losses caused in simulated patients; decision record 6 gives the cost where much is lost."""

STRICTER_AFTER_LOSS = "more evidence needed"
"""Reason for a burst that would have been classified as a twitch without the loss."""


class Losses:
    """Record of the last loss before the current block, and of those within it.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the incoming signal.
    factor : int
        Decimation factor: samples of the incoming signal for each sample counted by `seconds_before`.
    """

    def __init__(self, sampling_rate_hz: float, factor: int) -> None:
        self._rate_hz = sampling_rate_hz
        self._factor = factor
        self._n_taken = 0
        self._lost = np.empty(0, np.int64)

    def take(self, n_samples: int, valid: NDArray[np.bool_] | None) -> None:
        """Record the next block; `valid`, of shape (n_samples,), is False where a sample was lost."""
        if self._lost.size > 1:
            self._lost = self._lost[-1:]
        if valid is not None and not valid.all():
            self._lost = np.concatenate((self._lost, self._n_taken + np.flatnonzero(~valid)))
        self._n_taken += n_samples

    def seconds_before(self, index: int) -> float:
        """Return the time from the last lost sample to a sample of the current block, infinite if none was lost."""
        if not self._lost.size:
            return math.inf
        at = index * self._factor + self._factor - 1
        place = int(np.searchsorted(self._lost, at, side="right"))
        return math.inf if place == 0 else float(at - self._lost[place - 1]) / self._rate_hz


def required_after_loss(least: float, since_loss_s: float) -> float:
    """Return the probability needed `since_loss_s` after the last loss where `least` would do without losses."""
    return shifted(least, STRICTER_ODDS) if since_loss_s < CAUTION_S else least
