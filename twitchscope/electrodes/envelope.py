"""Channels that hold an envelope, an RMS or rectified EMG: never below 0, and higher on average where they move more.

A raw signal may stay above 0 too, on an electrode's offset or as the counts of a converter without a sign, but its mean
does not know how much it moves, unless a pop or a loose electrode lifts it: raw EMG is told by how it moves.
"""

import numpy as np
from numpy.typing import NDArray

MOST_BELOW = 10
"""In so many windows an envelope may fall below 0: a smoothing filter swings behind a burst."""

LEAST_SPREAD = 0.1
"""Share of its largest value over which most windows of an envelope spread, also of EMG smoothed over 3 Hz or 250 ms. A
raw signal on an offset that drifts mostly spreads over less."""

POINTS, MOST_CROSSINGS = 250, 30
"""The means of so many parts of a window, 2 ms each, cross its own mean no more often in an envelope: 7 times smoothed
over 250 ms, 25 times over 20 ms of EMG. Those of raw EMG and of mains mostly do it 40 times and more."""

NEAR_0 = 0.05
"""What was only rectified crosses it as often, and comes as near to 0, as a share of its spread, in each window."""

LEAST_RISE = 1.1
"""Mean of the windows, weighted by the fourth power of their spread so that the strongest bursts count, over their
plain mean. In envelopes of synthetic twitches it is mostly 1.1 to 1.9, in the recordings of a Cyton and a Ganglion that
stay above 0 at most 1.02."""

LEAST_WINDOWS = 30
"""Of fewer nothing is said: in its first seconds an electrode's offset settles, and a raw signal falls from above."""


class EnvelopeWatch:
    """Looks at windows of every channel; needs no more memory the more it sees, and no time once no channel can be one.

    Parameters
    ----------
    n_channels : int
        At least 1.
    """

    def __init__(self, n_channels: int) -> None:
        self._n_seen, self._n_below, self._n_alike = np.zeros((3, n_channels), np.int64)
        self._mean, self._weight, self._weighted = np.zeros((3, n_channels))

    def judge(self, counts: NDArray[np.int32], good: NDArray[np.int64]) -> None:
        """Take the next window, of half a second.

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
        wide = np.flatnonzero(spread >= LEAST_SPREAD * (low + spread))
        if wide.size:  # none of a raw signal on an offset, as most boards have it
            is_slow = _n_crossings(window[wide], mean[wide]) <= MOST_CROSSINGS
            self._n_alike[good[wide]] += is_slow | (low[wide] <= NEAR_0 * spread[wide])
        self._mean[good] += mean
        self._weight[good] += spread**4
        self._weighted[good] += spread**4 * mean

    def channels(self) -> list[int]:
        """Return the numbers of the channels that look like envelopes so far."""
        is_mostly_alike = (self._n_seen >= LEAST_WINDOWS) & (self._n_alike >= 0.5 * self._n_seen)
        has_risen = self._weighted * self._n_seen > LEAST_RISE * self._weight * self._mean
        found: list[int] = np.flatnonzero((self._n_below <= MOST_BELOW) & is_mostly_alike & has_risen).tolist()
        return found


def _n_crossings(window: NDArray[np.int32], mean: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how often each channel crosses its mean, whatever it does within 2 ms."""
    n_in_part = max(1, window.shape[1] // POINTS)
    n_parts = window.shape[1] // n_in_part
    parts = window[:, : n_parts * n_in_part].reshape(len(window), n_parts, n_in_part).mean(axis=2)
    is_above = parts > mean[:, np.newaxis]
    counted: NDArray[np.int64] = np.count_nonzero(is_above[:, 1:] != is_above[:, :-1], axis=1)
    return counted
