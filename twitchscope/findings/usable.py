"""For how long each channel could be used, second by second: of a site not what the session before it was like."""

import math
from array import array

import numpy as np

from dsp import TwitchDetector


class UsableLog:
    """Keeps it once a second, 8 bytes a channel; one thread adds, any may ask.

    Parameters
    ----------
    n_channels : int
        Of the signal.
    """

    def __init__(self, n_channels: int) -> None:
        self._n_channels = n_channels
        self._rows = array("d", bytes(8 * (1 + n_channels)))  # time, and for how long of it each could be used, in s
        self._next_s = 1.0

    def look(self, detector: TwitchDetector) -> None:
        """Keep what the detector tells, if a second has passed."""
        if detector.duration_s >= self._next_s:
            self.end(detector)

    def end(self, detector: TwitchDetector) -> None:
        """Keep what the detector tells."""
        duration_s = detector.duration_s
        self._rows.extend((duration_s, *(duration_s * detector.usable_fraction)))
        self._next_s = math.floor(duration_s) + 1.0

    def share(self, start_s: float, stop_s: float) -> list[float]:
        """Return the share of a stretch in which each channel could be used: of the seconds that lie in it as a whole.

        Parameters
        ----------
        start_s, stop_s : float
            Of the stretch. Where no second lies in it, all of the signal is meant.

        Returns
        -------
        list of float
            0 to 1 of each channel; 1 before anything came.
        """
        rows = np.array(self._rows[:]).reshape(-1, 1 + self._n_channels)  # at once: another thread may add meanwhile
        first = int(np.searchsorted(rows[:, 0], start_s))
        last = int(np.searchsorted(rows[:, 0], stop_s, side="right")) - 1
        if last <= first:
            first, last = 0, len(rows) - 1
        passed_s, *usable_s = (rows[last] - rows[first]).tolist()
        return [one / passed_s if passed_s > 0.0 else 1.0 for one in usable_s]
