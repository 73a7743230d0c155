"""Conversion of the samples and time stamps of an LSL stream to blocks, with losses at their indices."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acquisition.core import Block
from acquisition.drivers._lsl_layout import LslLayout
from acquisition.link.lsl_time import LONGEST_DELAY_S, SenderTime

GAP_S = 0.5
"""A step of the sender's time between two samples by more than this, in seconds, counts as a loss of samples."""

REPORTED_JUMP_S = 0.05
"""A shorter step that exceeds the sample period by more than this, in seconds, is reported: it may be a loss or a late
stamp.

An assumption: stamps that a sender takes when it wakes up vary by less.
"""

CLOCK_WAS_SET = (
    "the stream's time stamps jump by more than the time that has passed (was the sender's clock set?): what was lost "
    "at that moment is not counted"
)


class LslStream:
    """Decoder of one stream of a sender, from its start to its stop.

    Parameters
    ----------
    layout : LslLayout
        Layout of the stream.
    time : SenderTime
        Conversion of its stamps to the host's clock.
    start_s : float
        Time of the host's monotonic clock at the start, in seconds.
    tell : callable
        Receives messages for the user, one sentence at a time.

    Attributes
    ----------
    why_uncounted : str
        Why some losses are not counted; empty until the stamps have jumped.
    """

    def __init__(self, layout: LslLayout, time: SenderTime, start_s: float, tell: Callable[[str], None]) -> None:
        self.why_uncounted = ""
        self._layout = layout
        self._rate_hz = layout.info.sampling_rate_hz
        self._time = time
        self._tell = tell
        self._held = np.zeros(layout.info.n_channels, np.int32)
        self._n_made = 0
        self._last_stamp_s: float | None = None
        self._last_arrival_s = start_s
        self._most_ahead_s = -np.inf
        self._stamps_are_reported = self._jumps_are_reported = self._clock_is_reported = False

    def feed(self, values: NDArray[Any], stamps_s: NDArray[np.float64], now_s: float) -> list[Block]:
        """Return the samples pulled by `now_s` (maybe none) as blocks, with a new one after each gap.

        Parameters
        ----------
        values : ndarray, shape (n_samples, n_channels)
            Samples in the stream's unit.
        stamps_s : ndarray of float64, shape (n_samples,)
            Time stamps of the sender in seconds.
        now_s : float
            Time of the host's monotonic clock in seconds.
        """
        self._time.look()
        if not len(stamps_s):
            return []
        counts, is_valid = self._layout.to_counts(values)
        if not is_valid.all():  # a sample that is not a number holds the last one
            place = np.maximum.accumulate(np.where(is_valid, np.arange(1, len(counts) + 1), 0))
            counts = np.concatenate([self._held[np.newaxis], counts])[place]
        self._held = counts[-1].copy()
        before_s = stamps_s[0] - 1.0 / self._rate_hz if self._last_stamp_s is None else self._last_stamp_s
        with np.errstate(invalid="ignore"):  # stamps may be NaN or infinite
            steps_s = np.diff(stamps_s, prepend=before_s)
        self._forgive_set_clock(steps_s, stamps_s, now_s)
        if self._is_of_lsl(float(stamps_s[-1]), now_s):  # another clock shows the sleep itself, or is unknown
            self._add_sleep(steps_s, stamps_s, is_valid)
        self._last_stamp_s = float(stamps_s[-1])
        self._report_jumps(steps_s)
        starts = sorted({0, *np.flatnonzero(steps_s > GAP_S).tolist()})
        blocks = []
        for start, stop in zip(starts, [*starts[1:], len(stamps_s)], strict=True):
            if steps_s[start] > GAP_S:
                self._n_made += max(0, round(float(steps_s[start]) * self._rate_hz) - 1)
            arrival_s = self._arrival_s(float(stamps_s[stop - 1]), now_s)
            blocks.append(self._block(counts[start:stop], is_valid[start:stop], arrival_s))
        return blocks

    def _forgive_set_clock(self, steps_s: NDArray[np.float64], stamps_s: NDArray[np.float64], now_s: float) -> None:
        """Replace steps that put the stamps ahead of the host's time: the sender's clock was set, maybe by years.

        Such steps are longer than `LONGEST_DELAY_S` and bring the stamps that much further ahead than any before; they
        are set to one sample period and do not count as losses.
        """
        ahead_s = stamps_s - now_s
        is_set = (steps_s > LONGEST_DELAY_S) & (ahead_s > self._most_ahead_s + LONGEST_DELAY_S) | np.isnan(steps_s)
        is_new = bool(is_set.any() or np.any(steps_s < -LONGEST_DELAY_S))
        self._most_ahead_s = float(ahead_s[-1]) if is_new else max(self._most_ahead_s, float(ahead_s[-1]))
        steps_s[is_set] = 1.0 / self._rate_hz
        if is_set.any() and not self._clock_is_reported:
            self._clock_is_reported = True
            self._doubt(CLOCK_WAS_SET)

    def _report_jumps(self, steps_s: NDArray[np.float64]) -> None:
        """Report once that the stamps have jumped by less than a loss."""
        is_jump = (steps_s <= GAP_S) & (steps_s - 1.0 / self._rate_hz > REPORTED_JUMP_S)
        if self._jumps_are_reported or not is_jump.any():
            return
        self._jumps_are_reported = True
        self._doubt(
            f"the stream's time stamps jump, by {1e3 * float(steps_s[is_jump][0]):.0f} ms at first: losses of up to "
            f"{GAP_S:g} s cannot be distinguished from late stamps and are not counted"
        )

    def _doubt(self, why: str) -> None:
        """Report why some losses are not counted."""
        self._tell(why)
        self.why_uncounted = f"{self.why_uncounted}; {why}" if self.why_uncounted else why

    def _add_sleep(
        self, steps_s: NDArray[np.float64], stamps_s: NDArray[np.float64], is_valid: NDArray[np.bool_]
    ) -> None:
        """Add a sleep missing from the stamps to the first step after it, less the samples filled in by the sender."""
        if self._time.slept_s == 0.0:
            return
        is_behind = stamps_s > self._time.asleep_stamp_s
        place = int(np.argmax(is_behind)) if is_behind.any() else len(stamps_s)
        self._time.slept_s -= np.count_nonzero(~is_valid[:place]) / self._rate_hz
        if place < len(stamps_s):
            steps_s[place] += max(0.0, self._time.slept_s)
            self._time.slept_s = 0.0

    def _is_of_lsl(self, stamp_s: float, now_s: float) -> bool:
        """Return whether a stamp that has just arrived may be of LSL's clock."""
        to_host_s = self._time.to_host_s
        return to_host_s is not None and abs(stamp_s + to_host_s - now_s) <= LONGEST_DELAY_S

    def _block(self, counts: NDArray[np.int32], is_valid: NDArray[np.bool_], arrival_s: float) -> Block:
        first_index = self._n_made
        self._n_made += len(counts)
        return Block(first_index, counts, np.empty((len(counts), 0), np.int32), is_valid, arrival_s)

    def _arrival_s(self, stamp_s: float, now_s: float) -> float:
        """Return the host's time of a stamp, not later than now and never decreasing."""
        to_host_s, at_s = self._time.to_host_s, now_s
        if to_host_s is not None and self._is_of_lsl(stamp_s, now_s):
            at_s = stamp_s + to_host_s
        elif to_host_s is not None and not self._stamps_are_reported:
            self._stamps_are_reported = True
            self._tell("the stream's time stamps are not of LSL's clock: its samples get their arrival's time")
        self._last_arrival_s = max(self._last_arrival_s, min(at_s, now_s))
        return self._last_arrival_s
