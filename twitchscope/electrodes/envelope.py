"""Detection of channels that hold an envelope (RMS or rectified EMG): never below 0, and a mean that rises with bursts.

A raw signal may stay above 0 too, with an electrode offset or as counts of an unsigned converter. Its mean does not
depend on its spread, unless a pop or a loose electrode raises it, so raw EMG is recognised by how it fluctuates.
"""

import numpy as np
from numpy.typing import NDArray

MOST_BELOW = 10
"""Most windows in which an envelope may fall below 0: a smoothing filter undershoots after a burst."""

LEAST_SPREAD = 0.1
"""Least spread in most windows of an envelope, as a fraction of the window's maximum, also for EMG smoothed over 3 Hz
or 250 ms. A raw signal on a drifting offset mostly has less."""

POINTS, MOST_CROSSINGS = 250, 30
"""Parts of a window, 2 ms each, and the most often that their means cross the window's mean in an envelope: 7 times
smoothed over 250 ms, 25 times over 20 ms of EMG. In raw EMG and mains it is mostly 40 times or more."""

NEAR_0 = 0.05
"""Largest minimum of each window of EMG that was only rectified, as a fraction of its spread; it crosses as often as
raw EMG."""

LEAST_RISE = 1.1
"""Least ratio of the weighted to the plain mean of the windows. The weights are the fourth power of the spread, so that
the strongest bursts count. In envelopes of synthetic twitches it is mostly 1.1 to 1.9, in the recordings of a Cyton and
a Ganglion that stay above 0 at most 1.02."""

LEAST_WINDOWS = 30
"""Least number of windows for a result: in the first seconds an electrode's offset settles, and a raw signal falls from
above."""


class EnvelopeWatch:
    """Envelope detector for every channel, with constant memory; free of cost once no channel can be an envelope.

    Parameters
    ----------
    n_channels : int
        Number of channels, at least 1.
    """

    def __init__(self, n_channels: int) -> None:
        self._n_seen, self._n_below, self._n_alike = np.zeros((3, n_channels), np.int64)
        self._mean, self._weight, self._weighted = np.zeros((3, n_channels))

    def judge(self, counts: NDArray[np.int32], good: NDArray[np.int64]) -> None:
        """Process the next window, of half a second.

        Parameters
        ----------
        counts : ndarray of int32, shape (n_channels, n_samples)
            At least one sample.
        good : ndarray of int64
            Indices of the channels that are neither flat nor railed.
        """
        good = good[self._n_below[good] <= MOST_BELOW]
        if not good.size:
            return
        window = counts[good]
        low, spread, mean = window.min(axis=1), np.ptp(window, axis=1).astype(np.float64), window.mean(axis=1)
        self._n_seen[good] += 1
        self._n_below[good] += low < 0
        wide = np.flatnonzero(spread >= LEAST_SPREAD * (low + spread))
        if wide.size:  # empty for raw signals on an offset, as from most boards
            is_slow = _n_crossings(window[wide], mean[wide]) <= MOST_CROSSINGS
            self._n_alike[good[wide]] += is_slow | (low[wide] <= NEAR_0 * spread[wide])
        self._mean[good] += mean
        self._weight[good] += spread**4
        self._weighted[good] += spread**4 * mean

    def channels(self) -> list[int]:
        """Return the indices of the channels that look like envelopes so far."""
        is_mostly_alike = (self._n_seen >= LEAST_WINDOWS) & (self._n_alike >= 0.5 * self._n_seen)
        has_risen = self._weighted * self._n_seen > LEAST_RISE * self._weight * self._mean
        found: list[int] = np.flatnonzero((self._n_below <= MOST_BELOW) & is_mostly_alike & has_risen).tolist()
        return found


def _n_crossings(window: NDArray[np.int32], mean: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how often each channel crosses its mean, ignoring fluctuations within 2 ms."""
    n_in_part = max(1, window.shape[1] // POINTS)
    n_parts = window.shape[1] // n_in_part
    parts = window[:, : n_parts * n_in_part].reshape(len(window), n_parts, n_in_part).mean(axis=2)
    is_above = parts > mean[:, np.newaxis]
    counted: NDArray[np.int64] = np.count_nonzero(is_above[:, 1:] != is_above[:, :-1], axis=1)
    return counted
