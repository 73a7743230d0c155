"""Detection, from the time stamps, of losses that a sample counter cannot show because it wrapped around."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acquisition.recording.text.timing.sample_counter import NONE_LONGER, CounterModel

BIN_S = 1.0
"""Bin length. The earliest stamp of each second is kept, which takes the memory of 3600 numbers for an hour."""

LEVEL_S = 5.0
"""Duration of signal before a jump, and after a possible delay, over which the lateness of the stamps is measured.

In recordings of a Cyton and a Ganglion, the stamps of single rows are up to 65 ms late, the earliest of a few seconds
within 6 ms of the true time.
"""

LEAST_S = 0.2
"""Minimum jump; a smaller one may be a short stall of the program."""

TURN_TOLERANCE_S = 0.1
"""Maximum deviation of a lasting jump from whole turns of the counter, for a loss of whole turns only."""

LONGEST_S = 3600.0
"""Maximum jump. A larger one is rather a change of the clock or a damaged digit."""

MAX_JUMPS = 1000
"""Maximum number of jumps, above which the clock is not trusted."""

MIN_TAIL_S = 0.5
"""Minimum duration of signal after a jump: the last rows may only have been late."""


@dataclass(frozen=True, slots=True, eq=False)
class _Bins:
    """Runs of rows; each jump begins a new one. Values are of the first row; `late_s` is the minimum within the run."""

    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    times_s: NDArray[np.float64]
    jump_s: NDArray[np.float64]
    n_shown: NDArray[np.int64]
    late_s: NDArray[np.float64]


class LossClock:
    """Detector of lasting increases of the time stamps relative to the sample positions.

    After a stall of the program, the stamps of the rows read are late but soon catch up. After a loss, every stamp
    stays late by whole turns of the counter. Any other lasting lateness is a change of the clock where the counter
    continued, and a pause with a restart of the counter where it did not.

    Parameters
    ----------
    model : CounterModel
        Counting scheme of the counter.
    sampling_rate_hz : float
        Nominal rate.
    """

    def __init__(self, model: CounterModel, sampling_rate_hz: float) -> None:
        self._rate_hz = sampling_rate_hz
        self._n_turn = model.modulus // model.step
        self._n_bin = max(1, round(BIN_S * sampling_rate_hz))
        self._n_rows = 0
        self._n_jumps = 0
        self._last_late_s = np.nan
        self._last_counter = np.nan
        self._last_place = 0
        self._bins: list[_Bins] = []

    def add(self, times_s: NDArray[np.float64], counters: NDArray[np.float64], places: NDArray[np.int64]) -> None:
        """Add the next rows; an unreadable time is NaN."""
        known = np.flatnonzero(np.isfinite(times_s) & (times_s > 0.0))
        rows = self._n_rows + known
        self._n_rows += len(times_s)
        if not known.size:
            return
        times_s, counters, places = times_s[known], counters[known], places[known]
        late_s = times_s - places / self._rate_hz
        jump_s = np.diff(late_s, prepend=self._last_late_s)
        n_shown = np.diff(places, prepend=self._last_place) - 1
        n_shown[np.diff(counters, prepend=self._last_counter) == 0] = -1  # whole turns less one, or a repeated number
        jumps = np.flatnonzero(jump_s >= LEAST_S)
        self._n_jumps += len(jumps)
        if self._n_jumps > MAX_JUMPS:
            return
        starts = np.union1d(np.arange(0, len(known), self._n_bin), jumps)
        self._bins.append(
            _Bins(
                rows[starts],
                places[starts],
                times_s[starts],
                jump_s[starts],
                n_shown[starts],
                np.minimum.reduceat(late_s, starts),
            )
        )
        self._last_late_s, self._last_counter, self._last_place = float(late_s[-1]), counters[-1], int(places[-1])

    def losses(self) -> NDArray[np.int64]:
        """Return row numbers and the number of samples lost before each, in the format of `SamplePlaces`."""
        if not self._bins or self._n_jumps > MAX_JUMPS:
            return NONE_LONGER
        bins = _Bins(*(np.concatenate([getattr(part, name) for part in self._bins]) for name in _Bins.__slots__))
        found: list[tuple[int, int]] = []
        first = 0  # stamps before the last loss were less late
        for number in np.flatnonzero(bins.jump_s >= LEAST_S).tolist():
            if bins.jump_s[number] > LONGEST_S:
                first = number
                continue
            lasting_s = self._lasting_s(bins, first, number)
            if lasting_s < LEAST_S:
                continue
            first = number
            if n_lost := self._n_lost(lasting_s, int(bins.n_shown[number])):
                found.append((int(bins.rows[number]), n_lost))
        return np.array(found, np.int64).reshape(-1, 2)

    def _lasting_s(self, bins: _Bins, first: int, number: int) -> float:
        """Return the lasting rise of the lateness at bin `number`, compared with bins from `first` on, or 0."""
        place = bins.places[number]
        before = max(first, int(np.searchsorted(bins.places[: number - 1], place - LEVEL_S * self._rate_hz)))
        caught_up = place + (bins.jump_s[number] + LEVEL_S) * self._rate_hz
        stop = int(np.searchsorted(bins.places, caught_up, "right"))
        last_place, last_s = (
            (bins.places[stop], bins.times_s[stop])
            if stop < len(bins.places)
            else (self._last_place, self._last_late_s + self._last_place / self._rate_hz)
        )
        tail_s = (last_place - place) / self._rate_hz
        if tail_s < MIN_TAIL_S or last_s - bins.times_s[number] < tail_s / 2:  # delayed rows arrive all at once
            return 0.0
        return float(bins.late_s[number:stop].min() - np.median(bins.late_s[before:number]))

    def _n_lost(self, lasting_s: float, n_shown: int) -> int:
        turn_s = self._n_turn / self._rate_hz
        n_turns = round(lasting_s / turn_s)
        if n_turns and abs(lasting_s - n_turns * turn_s) <= min(TURN_TOLERANCE_S, turn_s / 4):
            return n_turns * self._n_turn + min(n_shown, 0)
        return round(lasting_s * self._rate_hz) if n_shown else 0
