"""Prevalence of twitches in a stream, and the factor on the odds that follows from it.

Where none of many doubtful bursts of the last minutes was a twitch, the next doubtful one is unlikely to be one. The
share of twitches is estimated from the stream's own probabilities (Saerens, Latinne & Decaestecker 2002, Neural
Computation 14:21), causally and with exponential forgetting. Odds are only lowered: raising them where twitches are
common would let real contractions pass that no simulation contains.
"""

import math

PLAUSIBLE = 0.05
"""Bursts below this probability are not counted: they could not be mistaken for a twitch, and their number says
nothing."""

USUAL_SHARE = 0.4
"""Share of twitches among the counted bursts from which on odds are not lowered; in the draws of
`bench.detection.train` it is 0.7 to 0.8."""

LEAST_SHIFT = 1.0 / 3.0
"""Smallest factor on the odds of a twitch."""

MEMORY_S, PRIOR_BURSTS = 90.0, 3.0
"""Time constant of forgetting, and the number of bursts that the prior, `USUAL_SHARE`, counts for. Chosen, like the
numbers above, on throwaway seeds of both generators of `bench.detection`."""


class Prevalence:
    """Running share of twitches among the recent bursts that might have been one.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self._rate_hz = sampling_rate_hz
        self._at = 0
        self._bursts = 0.0
        self._twitches = 0.0

    def shift(self, index: int) -> float:
        """Return the factor on the odds of a twitch at a sample, `LEAST_SHIFT` to 1."""
        fading = self._fading(index)
        share = fading * self._twitches + USUAL_SHARE * PRIOR_BURSTS
        rest = fading * (self._bursts - self._twitches) + (1.0 - USUAL_SHARE) * PRIOR_BURSTS
        return max(LEAST_SHIFT, min(1.0, share * (1.0 - USUAL_SHARE) / max(rest * USUAL_SHARE, 1e-9)))

    def note(self, index: int, probability: float) -> None:
        """Count a burst with its probability, which includes the shift."""
        if probability < PLAUSIBLE:
            return
        fading = self._fading(index)
        self._at = max(index, self._at)
        self._bursts = fading * self._bursts + 1.0
        self._twitches = fading * self._twitches + probability

    def _fading(self, index: int) -> float:
        return math.exp(-max(index - self._at, 0) / (self._rate_hz * MEMORY_S))


def shifted(probability: float, shift: float) -> float:
    """Return the probability after multiplying its odds by `shift`."""
    odds = shift * probability
    return odds / (odds + (1.0 - probability))
