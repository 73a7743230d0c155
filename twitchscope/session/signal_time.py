"""The signal's time at a moment of the host's clock, for marks that come from anywhere but the board."""

from dataclasses import dataclass

from acquisition.core import Block, Board

ANCHOR_S = 0.25
"""How often the fit is looked at: each look may fit anew, which costs more than all else that is done with a block of
4 ms, and within so little time no clock drifts. An assumption."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """Sample `index` was there at `host_s`, and `rate_hz` more come a second."""

    index: int
    host_s: float
    rate_hz: float


class SessionTime:
    """Turns the host's time into the signal's, by the fit of the board's samples to the host's clock.

    The fit is looked at in the reading thread alone, which is the one that changes it; any thread may ask `at`.

    Parameters
    ----------
    board : Board
        Whose samples are counted. One that does not keep time (a recording played fast) has no clock that a press
        could be held against: then it is the time of the last sample read.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._anchor: _Anchor | None = None
        self._next_look_s = 0.0

    def put_block(self, block: Block | None) -> None:
        """Take note of a block, in the reading thread; its end (None) means nothing here."""
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
        """Return the signal's time in seconds at `host_s` of the board's clock, None before the first sample."""
        anchor = self._anchor
        if anchor is None:
            return None
        index = anchor.index + (host_s - anchor.host_s) * anchor.rate_hz
        return max(0.0, index / self._board.info.sampling_rate_hz)

    def host_s(self, time_s: float) -> float | None:
        """Return the board's clock at `time_s` of the signal; None before the first sample, or without such a clock."""
        anchor = self._anchor
        if anchor is None or anchor.rate_hz == 0.0:
            return None
        return anchor.host_s + (time_s * self._board.info.sampling_rate_hz - anchor.index) / anchor.rate_hz
