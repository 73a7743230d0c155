"""Log of how long each channel was usable, second by second, so that a site is judged by its own stretch only."""

import math
from array import array

import numpy as np

from dsp import TwitchDetector


class UsableLog:
    """Log with one entry per second, 8 bytes per channel; one thread adds, any thread may read.

    Parameters
    ----------
    n_channels : int
        Number of channels of the signal.
    """

    def __init__(self, n_channels: int) -> None:
        self._n_channels = n_channels
        self._rows = array("d", bytes(8 * (1 + n_channels)))  # time, and usable time of each channel until then, in s
        self._next_s = 1.0

    def look(self, detector: TwitchDetector) -> None:
        """Add the detector's usable times if a second has passed."""
        if detector.duration_s >= self._next_s:
            self.end(detector)

    def end(self, detector: TwitchDetector) -> None:
        """Add the detector's usable times."""
        duration_s = detector.duration_s
        self._rows.extend((duration_s, *(duration_s * detector.usable_fraction)))
        self._next_s = math.floor(duration_s) + 1.0

    def share(self, start_s: float, stop_s: float) -> list[float]:
        """Return the fraction of a stretch in which each channel was usable, from the whole seconds in it.

        Parameters
        ----------
        start_s, stop_s : float
            Start and stop of the stretch in seconds. If it contains no whole second, all of the signal is used.

        Returns
        -------
        list of float
            Fraction for each channel, 0 to 1; 1 before any signal.
        """
        rows = np.array(self._rows[:]).reshape(-1, 1 + self._n_channels)  # one copy, as another thread may add
        first = int(np.searchsorted(rows[:, 0], start_s))
        last = int(np.searchsorted(rows[:, 0], stop_s, side="right")) - 1
        if last <= first:
            first, last = 0, len(rows) - 1
        passed_s, *usable_s = (rows[last] - rows[first]).tolist()
        return [one / passed_s if passed_s > 0.0 else 1.0 for one in usable_s]
