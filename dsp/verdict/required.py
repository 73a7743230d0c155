"""Probability of a twitch from which a burst is confirmed, as its circumstances require."""

from dsp.measuring.features import FINE_HZ

LEAST_OF_PIECE = (1.0, 0.45, 0.5, 0.55)
"""Probability from which a piece is confirmed, by the kind of piece, unless the whole burst needs more: a contraction
has many, each another chance of a false alarm."""

LEAST_AT_CEILING, CLEAR_OF_NOISE = 0.85, 1.5
"""Probability needed where the threshold is at its ceiling and no heart explains that: this noise crosses it far more
often than the budget assumes. It does not apply to bursts with at least `CLEAR_OF_NOISE` times the energy that noise
reaches at the rate that the budget allows. `bench.budget` shows the effect with Laplace and mixed noise at 250 samples
a second."""

LEAST_IN_CALM = 0.2
"""Probability needed in a calm stream (`Character.is_calm`) from a clear margin on: without contractions and faults,
few bursts of this probability are no twitches. Chosen on throwaway scenes."""

CLEAR_MARGIN, CLEAR_MARGIN_FINE = 1.25, 1.1
"""Energy over the threshold that is a clear margin, below `FINE_HZ` and from there on. With 1.1 at 250 samples/s, noise
that drifts confirms half as much again, and exceeds the budget."""

LEAST_WITHOUT_BEATS, RAISED_BY_BEATS = 0.5, 1.5
"""Probability needed outside such calm where beats are left out of the tail, for energy below `RAISED_BY_BEATS` times
the threshold: beats of a weak heart would raise it by that much if the tail learnt them. In a muscle in use as many
small bursts as twitches lie there at lower probabilities (decision record 7)."""


class Required:
    """Probability that a burst needs.

    Parameters
    ----------
    threshold : float
        Probability that confirms where nothing below applies, 0 to 1.
    sampling_rate_hz : float
        Rate of the signal in which bursts are found.
    """

    def __init__(self, threshold: float, sampling_rate_hz: float) -> None:
        self.threshold = threshold
        self._clear_margin = CLEAR_MARGIN if sampling_rate_hz < FINE_HZ else CLEAR_MARGIN_FINE

    def of_burst(self, margin: float, *, is_as_noise: bool, is_calm: bool, is_without_beats: bool) -> float:
        """Return the probability from which a burst is confirmed.

        Parameters
        ----------
        margin : float
            Energy over the threshold.
        is_as_noise : bool
            Whether the threshold is at its ceiling and noise reaches such energy more often than the budget allows.
        is_calm : bool
            Whether the stream is calm.
        is_without_beats : bool
            Whether beats are left out of the tail from which the threshold comes.
        """
        if is_as_noise:
            return max(self.threshold, LEAST_AT_CEILING)
        if is_calm:
            return LEAST_IN_CALM if margin >= self._clear_margin else self.threshold
        is_let_in = is_without_beats and margin < RAISED_BY_BEATS
        return max(self.threshold, LEAST_WITHOUT_BEATS) if is_let_in else self.threshold

    def of_piece(self, piece: int, of_whole: float) -> float:
        """Return the probability from which a piece of a burst is confirmed, by its kind and what the whole needs."""
        return max(LEAST_OF_PIECE[piece], of_whole)
