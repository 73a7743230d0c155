"""Reading of a board that sends in real time."""

import time

from acquisition.core import Block, Board
from tests.patience import DEADLINE_S


def read_samples(board: Board, n_samples: int) -> list[Block]:
    """Read until the board has returned `n_samples`, and return its blocks without the empty ones."""
    blocks: list[Block] = []
    end_s = time.monotonic() + DEADLINE_S
    while board.next_index < n_samples:
        assert time.monotonic() < end_s, f"only {board.next_index} of {n_samples} samples came in {DEADLINE_S:g} s"
        block = board.read(0.1)
        assert block is not None, "the source ended"
        if block.n_samples:
            blocks.append(block)
    return blocks
