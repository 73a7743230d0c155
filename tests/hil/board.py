"""Simulated board on its pseudo-terminal, and the clock that it shares with the test.

Board and test run in step: the board's time stands still while its bytes wait to be read and while its client does not
ask for the time. So no result depends on the speed or load of the machine.
"""

import math
import os
import signal
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.patience import DEADLINE_S

SPEED = 5.0
"""Largest speed of the board relative to real time."""

POLL_S = 0.005
CLOCK_POLL_S = 0.0002
LEASH_NS = 40_000_000
"""Time after the client's last reading of the clock at which the board stops, in ns."""

FCLK_HZ = 2_048_000
SETTLING_PERIODS, SETTLING_TCLK = 4, 9
"""Time from the start to the end of the first conversion, in sample periods and clocks (datasheet, settling time)."""


class BoardClock:
    """Clock of the board's own time, also used for the waits of the host (`firmware/sim/shared_clock.h`).

    Parameters
    ----------
    path : Path
        File shared with the board, created here.
    """

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(24))
        self._file = os.open(path, os.O_RDWR)
        self._is_free = False
        self._awaited_ns = 0

    def now_s(self) -> float:
        now_ns = self._now_ns()
        if not self._is_free:
            self._put(2, now_ns + LEASH_NS)
        return now_ns / 1e9

    def free_run(self) -> None:
        """Let the board run without this clock, for a foreign client that only reads."""
        self._is_free = True
        self._put(2, 2**63)

    def wait_s(self, duration_s: float) -> None:
        if duration_s <= 0.0:
            return
        until_ns = self._now_ns() + math.ceil(1e9 * duration_s)
        self._awaited_ns = max(self._awaited_ns, until_ns)
        self._put(1, self._awaited_ns)
        deadline_s = time.monotonic() + DEADLINE_S
        while self._now_ns() < until_ns:
            assert time.monotonic() < deadline_s, "the simulated board's time stands still"
            time.sleep(CLOCK_POLL_S)

    def _now_ns(self) -> int:
        return int(struct.unpack("=Q", os.pread(self._file, 8, 0))[0])

    def _put(self, place: int, time_ns: int) -> None:
        os.pwrite(self._file, struct.pack("=Q", time_ns), 8 * place)

    def close(self) -> None:
        os.close(self._file)


@dataclass(frozen=True)
class RunningBoard:
    """Running simulated board.

    Attributes
    ----------
    process : subprocess.Popen
        Process of the board.
    clock : BoardClock
        Clock for the driver that is its client.
    """

    process: subprocess.Popen[str]
    clock: BoardClock

    def end(self) -> str:
        """End the board and return its report."""
        self.process.send_signal(signal.SIGINT)
        _, output = self.process.communicate(timeout=DEADLINE_S)
        return output


@contextmanager
def running_board(build: Path, port: Path, *arguments: str, speed: float = SPEED) -> Iterator[RunningBoard]:
    """Run the board at `port` until the end of the block, or until its `end` is called."""
    shared = port.with_name(f"{port.name}.clock")
    clock = BoardClock(shared)
    command = [str(build / "hil"), "--serial", str(port), "--clock", str(shared), "--speed", f"{speed}", *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    board = RunningBoard(process, clock)
    try:
        deadline_s = time.monotonic() + DEADLINE_S
        while not port.is_symlink():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline_s, "the simulated board does not start"
            time.sleep(POLL_S)
        yield board
        if process.poll() is None:
            board.end()
        assert process.returncode == 0
        assert not port.is_symlink()
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        clock.close()


def index_at(time_s: float, rate_sps: int, clock_error: float = 0.0) -> int:
    """Return the index of the first conversion that ends at least `time_s` after the start of the stream."""
    period_tclk = FCLK_HZ // rate_sps
    ticks = round(time_s * FCLK_HZ * (1.0 + clock_error)) - SETTLING_PERIODS * period_tclk - SETTLING_TCLK
    return -(-ticks // period_tclk)
