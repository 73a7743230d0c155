"""How common twitches are in this stream, and what that takes from a probability.

Where none of many doubtful bursts of the last minutes was a twitch, the next doubtful one hardly is. The share of
twitches is estimated from the stream's own probabilities (Saerens, Latinne & Decaestecker 2002, Neural Computation
14:21), causally and fading. Only downwards: where twitches are common, real contractions of which no simulation knows
would be let through.
"""

import math

PLAUSIBLE = 0.05
"""A burst of less probability is none that a twitch could be mistaken for: its number says nothing."""

USUAL_SHARE = 0.4
"""Share of twitches among the others from which on nothing is taken; in the draws of `bench.detection.train` it is 0.7
to 0.8."""

LEAST_SHIFT = 1.0 / 3.0
"""The odds of a twitch are multiplied by no less."""

MEMORY_S, PRIOR_BURSTS = 90.0, 3.0
"""What lies so far back counts exp(-1) as much; and the usual share counts as so many bursts. Chosen, as the numbers
above, on throwaway seeds of both generators of `bench.detection`."""


class Prevalence:
    """Keeps the share of twitches among the last bursts that might have been one.

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
        """Return by what the odds of a twitch at a sample are multiplied, `LEAST_SHIFT` to 1."""
        fading = self._fading(index)
        share = fading * self._twitches + USUAL_SHARE * PRIOR_BURSTS
        rest = fading * (self._bursts - self._twitches) + (1.0 - USUAL_SHARE) * PRIOR_BURSTS
        return max(LEAST_SHIFT, min(1.0, share * (1.0 - USUAL_SHARE) / max(rest * USUAL_SHARE, 1e-9)))

    def note(self, index: int, probability: float) -> None:
        """Remember a burst by its probability, the shift in it."""
        if probability < PLAUSIBLE:
            return
        fading = self._fading(index)
        self._at = max(index, self._at)
        self._bursts = fading * self._bursts + 1.0
        self._twitches = fading * self._twitches + probability

    def _fading(self, index: int) -> float:
        return math.exp(-max(index - self._at, 0) / (self._rate_hz * MEMORY_S))


def shifted(probability: float, shift: float) -> float:
    """Return a probability whose odds are multiplied by `shift`."""
    odds = shift * probability
    return odds / (odds + (1.0 - probability))
