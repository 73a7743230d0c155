"""The simulated board behind its pseudo-terminal, and a clock that runs as fast as it does."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from acquisition.core import Block, Board

DEADLINE_S = 20.0
SPEED = 5.0
"""How much faster than true a board at 1000 samples/s may run beside other work on two cores."""

POLL_S = 0.005
FCLK_HZ = 2_048_000
SETTLING_PERIODS, SETTLING_TCLK = 4, 9
"""The first conversion ends so long after the start (datasheet, settling time)."""


class FastClock:
    """A clock for a board that runs `speed` times as fast as true."""

    def __init__(self, speed: float) -> None:
        self._speed = speed

    def now_s(self) -> float:
        return time.monotonic() * self._speed

    def wait_s(self, duration_s: float) -> None:
        if duration_s > 0.0:
            time.sleep(duration_s / self._speed)


@contextmanager
def running_board(build: Path, port: Path, *arguments: str) -> Iterator[Callable[[], str]]:
    """Run the board at `port` until what is yielded is called, which returns what it says of itself, or to the end."""
    command = [str(build / "hil"), "--serial", str(port), *arguments]
    board = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def end() -> str:
        board.send_signal(signal.SIGINT)
        _, told = board.communicate(timeout=DEADLINE_S)
        return told

    try:
        deadline_s = time.monotonic() + DEADLINE_S
        while not port.is_symlink():
            assert board.poll() is None, board.communicate()[1]
            assert time.monotonic() < deadline_s, "the simulated board does not start"
            time.sleep(POLL_S)
        yield end
        if board.poll() is None:
            end()
        assert board.returncode == 0
        assert not port.is_symlink()
    finally:
        if board.poll() is None:
            board.kill()
            board.communicate()


def read_samples(board: Board, n_samples: int) -> list[Block]:
    """Read until the board has made so many samples; fail when that takes too long."""
    deadline_s = time.monotonic() + DEADLINE_S
    blocks = []
    while board.next_index < n_samples:
        assert time.monotonic() < deadline_s, f"only {board.next_index} of {n_samples} samples came"
        block = board.read(0.1)
        assert block is not None
        if block.n_samples:
            blocks.append(block)
    return blocks


def index_at(time_s: float, rate_sps: int, clock_error: float = 0.0) -> int:
    """Return the index of the first conversion that ends at `time_s` after the start of the stream or later."""
    period_tclk = FCLK_HZ // rate_sps
    ticks = round(time_s * FCLK_HZ * (1.0 + clock_error)) - SETTLING_PERIODS * period_tclk - SETTLING_TCLK
    return -(-ticks // period_tclk)
