"""Gaps in a column of times that rises evenly: samples were lost there, and their places stay empty."""

import numpy as np
from numpy.typing import NDArray

from acquisition.recording.text.table import over_midnights
from acquisition.recording.text.timing.sample_counter import NONE_LONGER

LASTING_ROWS = 50
"""So many rows on either side of a step tell whether the times stay later behind it."""

LEAST_ROWS_BEHIND = 10
"""Of so few rows before the end nobody knows whether they were only late."""

COARSE_SHARE = 0.02
"""Where more steps than this look like gaps, the times are written more coarsely than at the start."""

FINE = 20.0
"""So many steps of the last decimal within a period make their rounding no matter."""

EXACT = 1e-4
"""A period that is whole steps of the last decimal but for this share of one is not blurred by rounding either."""

LONGEST_S = 3600.0
"""Times that jump by more are not believed: two recordings may stand in one file, or a clock was set."""


class TimeGaps:
    """Compares the times of rows with their number, and finds where the distance grew for good by whole samples.

    Parameters
    ----------
    rate_hz : float
        Rows a second, by the times themselves.
    resolution_s : float
        Step of their last decimal.

    Attributes
    ----------
    n_jumps : int
        How often the times jumped by more than `LONGEST_S`, which is no gap.
    n_back : int
        How often they went back for good; from one day to the next they go on.
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
        self._next = 1  # among the rows that are kept
        self._first = 0
        self._found: list[tuple[int, int]] = []

    def add(self, times_s: NDArray[np.float64]) -> None:
        """Take the next rows; a time that cannot be read is NaN."""
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
        """Return the next times as those that go on over midnight, and count those that go back for good."""
        told_s = np.concatenate((self._last_s, times_s))
        going_on_s = self._days_s + over_midnights(told_s, LONGEST_S)
        self.n_back += int(np.count_nonzero(np.diff(going_on_s) < -LASTING_ROWS * self._period_s))
        if told_s.size:
            self._days_s, self._last_s = float(going_on_s[-1] - told_s[-1]), told_s[-1:]
        return going_on_s[told_s.size - times_s.size :]

    def losses(self) -> NDArray[np.int64]:
        """Return numbers of rows and how many samples were lost before each, as `SamplePlaces` takes them."""
        self._search(len(self._rows) - LEAST_ROWS_BEHIND)
        return np.array(self._found, np.int64).reshape(-1, 2) if self._found else NONE_LONGER

    def _search(self, stop: int) -> None:
        """Look for gaps before those of the rows kept that were not looked at yet, up to `stop`."""
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
        """Take the step before a row as a gap where the rows up to `end` stay later than those before it."""
        before = self._late_s[max(self._first, row - LASTING_ROWS) : row]
        lasting_s = float(np.median(self._late_s[row:end]) - np.median(before))
        if lasting_s <= least_s:
            return
        self._first = row
        if lasting_s + self._period_s > LONGEST_S:  # the step itself: a clock is set by an hour to the very sample
            self.n_jumps += 1
        else:
            self._found.append((int(self._rows[row]), round(lasting_s / self._period_s)))
