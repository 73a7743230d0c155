"""Board whose radio comes and goes, on a clock set by hand."""

from collections.abc import Callable

import numpy as np

from acquisition.core import (
    Block,
    Board,
    BoardInfo,
    BoardNotFound,
    LinkError,
    ManualClock,
    ads1299_channels,
    make_block,
)

RATE_HZ = 250.0


class Radio:
    """Radio shared by the boards of a test: the interval of its absence, and the number of openings."""

    def __init__(self, clock: ManualClock, away_s: tuple[float, float], gain: float = 12.0) -> None:
        self.clock, self.away_s, self.gain = clock, away_s, gain
        self.n_opened = 0
        self.returns_with_gain = gain

    @property
    def is_away(self) -> bool:
        return self.away_s[0] <= self.clock.now_s() < self.away_s[1]


class RadioBoard(Board):
    """Board that sends sample numbers, paced by the clock, while its radio is present."""

    def __init__(self, radio: Radio) -> None:
        super().__init__(None, radio.clock)
        self.radio = radio

    def renew(self) -> "RadioBoard":
        return RadioBoard(self.radio)

    def _open(self) -> BoardInfo:
        if self.radio.is_away:
            raise BoardNotFound("there is no port")
        self.radio.n_opened += 1
        self.clock.wait_s(0.05)
        gain = self.radio.gain if self.radio.n_opened == 1 else self.radio.returns_with_gain
        return BoardInfo("Radio", RATE_HZ, ads1299_channels((gain, gain)), 65.0)

    def _start(self) -> None:
        self._started_s, self._n_sent = self.clock.now_s(), 0

    def _read(self, timeout_s: float) -> Block | None:
        self.clock.wait_s(timeout_s)
        if self.radio.is_away:
            raise LinkError("the board was unplugged")
        n_due = int((self.clock.now_s() - self._started_s) * RATE_HZ + 1e-6)
        true_index = round(self._started_s * RATE_HZ) + np.arange(self._n_sent, n_due)
        block = make_block(
            self._n_sent, np.stack((true_index, true_index), axis=1).astype(np.int32), self.clock.now_s()
        )
        self._n_sent = n_due
        return block

    def _stop(self) -> None:
        """Do nothing."""

    def _close(self) -> None:
        """Do nothing."""


def stream(board: Board, until_s: float, each: Callable[[Block], None] = lambda block: None) -> list[Block]:
    blocks = []
    while board.clock.now_s() < until_s:
        block = board.read(0.02)
        assert block is not None
        each(block)
        blocks.append(block)
    return blocks
