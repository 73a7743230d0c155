"""Channels that hold an envelope, an RMS or rectified EMG: never below 0, and higher on average where they move more.

A raw signal may stay above 0 too, on an electrode's offset or as the counts of a converter without a sign, but its mean
does not know how much it moves.
"""

import numpy as np
from numpy.typing import NDArray

MOST_BELOW = 10
"""In so many windows an envelope may fall below 0: a smoothing filter swings behind a burst."""

LEAST_SPREAD = 0.1
"""Share of its largest value over which most windows of an envelope spread, also of EMG smoothed over 3 Hz or 250 ms. A
raw signal on an offset that drifts mostly spreads over less."""

LEAST_RISE = 1.1
"""Mean of the windows, weighted by the fourth power of their spread so that the strongest bursts count, over their
plain mean. In envelopes of synthetic twitches it is mostly 1.1 to 1.9, in the recordings of a Cyton and a Ganglion that
stay above 0 at most 1.02."""

LEAST_WINDOWS = 10
"""Of fewer nothing is said."""


class EnvelopeWatch:
    """Looks at windows of every channel; needs no more memory the more it sees, and no time once no channel can be one.

    Parameters
    ----------
    n_channels : int
        At least 1.
    """

    def __init__(self, n_channels: int) -> None:
        self._n_seen, self._n_below, self._n_wide = np.zeros((3, n_channels), np.int64)
        self._mean, self._weight, self._weighted = np.zeros((3, n_channels))

    def judge(self, counts: NDArray[np.int32], good: NDArray[np.int64]) -> None:
        """Take the next window.

        Parameters
        ----------
        counts : ndarray of int32, shape (n_channels, n_samples)
            At least one sample.
        good : ndarray of int64
            Numbers of the channels that neither stand still nor are railed.
        """
        good = good[self._n_below[good] <= MOST_BELOW]
        if not good.size:
            return
        window = counts[good]
        low, spread, mean = window.min(axis=1), np.ptp(window, axis=1).astype(np.float64), window.mean(axis=1)
        self._n_seen[good] += 1
        self._n_below[good] += low < 0
        self._n_wide[good] += spread >= LEAST_SPREAD * (low + spread)
        self._mean[good] += mean
        self._weight[good] += spread**4
        self._weighted[good] += spread**4 * mean

    def channels(self) -> list[int]:
        """Return the numbers of the channels that look like envelopes so far."""
        is_mostly_wide = (self._n_seen >= LEAST_WINDOWS) & (self._n_wide >= 0.5 * self._n_seen)
        has_risen = self._weighted * self._n_seen > LEAST_RISE * self._weight * self._mean
        found: list[int] = np.flatnonzero((self._n_below <= MOST_BELOW) & is_mostly_wide & has_risen).tolist()
        return found
