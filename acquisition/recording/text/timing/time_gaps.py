"""Detection of lost samples from gaps in a column of evenly rising times."""

import numpy as np
from numpy.typing import NDArray

from acquisition.recording.text.table import over_midnights
from acquisition.recording.text.timing.sample_counter import NONE_LONGER

LASTING_ROWS = 50
"""Number of rows on either side of a step that decide whether the lateness of the times is lasting."""

LEAST_ROWS_BEHIND = 10
"""Minimum number of rows after a gap: the last rows may only have been late."""

COARSE_SHARE = 0.02
"""Share of apparent gaps among the steps above which the times must be written more coarsely than at the start."""

FINE = 20.0
"""Number of steps of the last decimal within a period above which rounding is negligible."""

EXACT = 1e-4
"""Rounding also has no effect if the period is a whole number of steps of the last decimal, to this share of one."""

LONGEST_S = 3600.0
"""Maximum gap. A larger jump indicates two recordings in one file, or a change of the clock."""


class TimeGaps:
    """Detector of lasting increases, by whole samples, of the times of rows relative to their numbers.

    Parameters
    ----------
    rate_hz : float
        Rows per second, according to the times.
    resolution_s : float
        Step of their last decimal.

    Attributes
    ----------
    n_jumps : int
        Number of jumps of more than `LONGEST_S`, which are not gaps.
    n_back : int
        Number of steps back by more than `LASTING_ROWS` periods, apart from midnights.
    """

    def __init__(self, rate_hz: float, resolution_s: float) -> None:
        self.n_jumps = self.n_back = 0
        self._last_s, self._days_s = np.zeros(0), 0.0
        self._period_s = 1.0 / rate_hz
        per_period = self._period_s / resolution_s
        is_exact = per_period > FINE or (per_period > 0.5 and abs(per_period - round(per_period)) < EXACT)
        self._least_s = 0.5 * self._period_s + (0.0 if is_exact else resolution_s)
        self._n_rows = 0
        self._rows = np.zeros(0, np.int64)
        self._late_s = np.zeros(0)
        self._next = 1  # index among the rows kept
        self._first = 0
        self._found: list[tuple[int, int]] = []

    def add(self, times_s: NDArray[np.float64]) -> None:
        """Add the next rows; an unreadable time is NaN."""
        known = np.flatnonzero(np.isfinite(times_s))
        rows = self._n_rows + known
        self._n_rows += len(times_s)
        going_on_s = self._going_on(times_s[known])
        self._rows = np.concatenate((self._rows, rows))
        self._late_s = np.concatenate((self._late_s, going_on_s - rows * self._period_s))
        self._search(len(self._rows) - LASTING_ROWS)
        n_done = max(0, self._next - LASTING_ROWS)
        self._rows, self._late_s = self._rows[n_done:], self._late_s[n_done:]
        self._next, self._first = self._next - n_done, max(0, self._first - n_done)

    def _going_on(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the next times continued across midnight, and count large steps back."""
        row_s = np.concatenate((self._last_s, times_s))
        going_on_s = self._days_s + over_midnights(row_s, LONGEST_S)
        self.n_back += int(np.count_nonzero(np.diff(going_on_s) < -LASTING_ROWS * self._period_s))
        if row_s.size:
            self._days_s, self._last_s = float(going_on_s[-1] - row_s[-1]), row_s[-1:]
        return going_on_s[row_s.size - times_s.size :]

    def losses(self) -> NDArray[np.int64]:
        """Return row numbers and the number of samples lost before each, in the format of `SamplePlaces`."""
        self._search(len(self._rows) - LEAST_ROWS_BEHIND)
        return np.array(self._found, np.int64).reshape(-1, 2) if self._found else NONE_LONGER

    def _search(self, stop: int) -> None:
        """Search for gaps before the kept rows not examined yet, up to `stop`."""
        if stop <= self._next:
            return
        least_s = self._least_s
        steps_s = np.diff(self._late_s[self._next - 1 :])
        jumps = np.flatnonzero(steps_s > least_s)
        if len(jumps) > max(1, COARSE_SHARE * len(steps_s)):
            least_s = max(least_s, 2.0 * float(np.median(steps_s[jumps])))
            jumps = np.flatnonzero(steps_s > least_s)
        jumps += self._next
        ends = [*jumps[1:].tolist(), len(self._rows)]
        for row, end in zip(jumps.tolist(), ends, strict=False):
            if row < stop:
                self._judge(row, min(end, row + LASTING_ROWS), least_s)
        self._next = stop

    def _judge(self, row: int, end: int, least_s: float) -> None:
        """Record the step before a row as a gap where the rows up to `end` stay later than those before it."""
        before = self._late_s[max(self._first, row - LASTING_ROWS) : row]
        lasting_s = float(np.median(self._late_s[row:end]) - np.median(before))
        if lasting_s <= least_s:
            return
        self._first = row
        if lasting_s + self._period_s > LONGEST_S:  # including the step itself: a clock may be set by exactly an hour
            self.n_jumps += 1
        else:
            self._found.append((int(self._rows[row]), round(lasting_s / self._period_s)))
