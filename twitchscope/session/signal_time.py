"""Signal time at a moment of the host clock, for marks that do not come from the board."""

from dataclasses import dataclass

from acquisition.core import Block, Board

ANCHOR_S = 0.25
"""Interval in seconds between two reads of the fit. Each read may compute the fit anew, which costs more than all other
work on a block of 4 ms, and no clock drifts in so little time. An assumption."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """Sample `index` arrived at `host_s`, and samples follow at `rate_hz`."""

    index: int
    host_s: float
    rate_hz: float


class SessionTime:
    """Conversion between host time and signal time, by the fit of the board's samples to the host clock.

    The fit is read only in the reading thread, which also changes it. Any thread may call `at`.

    Parameters
    ----------
    board : Board
        Board whose samples are counted. For one that does not keep time (a recording played fast), host time has no
        meaning, and the time of the last sample read is used.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._anchor: _Anchor | None = None
        self._next_look_s = 0.0

    def put_block(self, block: Block | None) -> None:
        """Update the anchor from a block, in the reading thread; the end (None) is ignored."""
        if block is None or not block.n_samples:
            return
        clock = self._board.sample_clock
        if self._board.keeps_time and clock.has_arrivals:
            if block.arrival_s < self._next_look_s and not block.n_lost:
                return
            self._next_look_s = block.arrival_s + ANCHOR_S
            self._anchor = _Anchor(block.end_index, clock.host_time_s(block.end_index), clock.sampling_rate_hz)
        else:
            self._anchor = _Anchor(block.end_index, block.arrival_s, 0.0)

    def at(self, host_s: float) -> float | None:
        """Return the signal time in seconds at `host_s` of the board's clock, or None before the first sample."""
        anchor = self._anchor
        if anchor is None:
            return None
        index = anchor.index + (host_s - anchor.host_s) * anchor.rate_hz
        return max(0.0, index / self._board.info.sampling_rate_hz)

    def host_s(self, time_s: float) -> float | None:
        """Return the board's clock at `time_s` of the signal; None before the first sample or without such a clock."""
        anchor = self._anchor
        if anchor is None or anchor.rate_hz == 0.0:
            return None
        return anchor.host_s + (time_s * self._board.info.sampling_rate_hz - anchor.index) / anchor.rate_hz
