"""Board that plays blocks and errors from a list."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from acquisition.core import AuxChannel, Block, Board, BoardInfo, Channel, ManualClock, Setup

RATE_HZ = 250.0


class ScriptedBoard(Board):
    """Board that plays blocks and errors from a list, and records each hook that is called."""

    def __init__(self, script: Iterable[Any] = (), setup: Setup | None = None) -> None:
        super().__init__(setup, ManualClock(100.0))
        self.script = list(script)
        self.calls: list[str] = []
        self.fail_in: dict[str, BaseException] = {}

    def _note(self, hook: str) -> None:
        self.calls.append(hook)
        if hook in self.fail_in:
            raise self.fail_in[hook]

    def _open(self) -> BoardInfo:
        self._note("open")
        channels = (Channel("A", 1.0), Channel("B", 1.0))
        return BoardInfo("Scripted", RATE_HZ, channels, 65.0, (AuxChannel("Key"),), counter_bits=8)

    def _start(self) -> None:
        self._note("start")

    def _read(self, timeout_s: float) -> Block | None:
        step = self.script.pop(0) if self.script else None
        if isinstance(step, BaseException):
            raise step
        return step

    def _stop(self) -> None:
        self._note("stop")

    def _close(self) -> None:
        self._note("close")


def block(first_index: int, n_samples: int, arrival_s: float = 100.0) -> Block:
    """Return a block whose counts are its indices."""
    indices = np.arange(first_index, first_index + n_samples, dtype=np.int32)
    return Block(
        first_index, np.column_stack([indices, -indices]), indices[:, None], np.ones(n_samples, np.bool_), arrival_s
    )


def read_all(board: Board) -> list[Block]:
    blocks = []
    while (read := board.read(0.0)) is not None:
        blocks.append(read)
    return blocks
