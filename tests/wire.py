"""Simulated Cyton on a pseudo-terminal, served from a thread, with a clock that a test can advance."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from acquisition.core import MonotonicClock
from acquisition.simulated.cyton.wire import serve_wire
from tests.patience import DEADLINE_S

MOST_AHEAD_S = 0.03
"""Largest lead of one thread's clock in seconds: 8 kB of the densest stream, while a pseudo-terminal holds 20 kB."""

needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals: Windows has none")


class WireClock(MonotonicClock):
    """Clock of the simulated board: a fault at its 60th second comes when the test skips to it, on any machine."""

    def __init__(self) -> None:
        self._ahead_s = self._wanted_ahead_s = 0.0
        self._stands_at_s: float | None = None

    def now_s(self) -> float:
        return super().now_s() + self._ahead_s if self._stands_at_s is None else self._stands_at_s

    def wait_s(self, duration_s: float) -> None:
        super().wait_s(duration_s)
        self._ahead_s = self._wanted_ahead_s  # here, so that no packet of the skipped time is sent

    def skip(self, duration_s: float) -> None:
        """Advance the clock by `duration_s` at the end of the board's next wait."""
        self._wanted_ahead_s += duration_s

    def stand_still(self) -> None:
        """Stop the clock."""
        self._stands_at_s = self.now_s()


class SharedClock(WireClock):
    """Clock shared by the simulated board and the host that reads it, so that neither gets far ahead of the other.

    While one of the two threads or the whole process cannot run, the clock stands still: nothing is lost because it was
    not read in time, and no board falls silent.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._time_s = self._last_s = super().now_s()
        self._looked_s: dict[int, float] = {}

    def now_s(self) -> float:
        with self._lock:
            true_s, me = super().now_s(), threading.get_ident()
            others_s = [looked_s for thread, looked_s in self._looked_s.items() if thread != me]
            step_s = min(true_s - self._last_s, MOST_AHEAD_S)
            self._time_s = max(self._time_s, min([self._time_s + step_s, *(one + MOST_AHEAD_S for one in others_s)]))
            self._last_s = true_s
            self._looked_s[me] = self._time_s
            return self._time_s


@contextmanager
def simulated_wire(
    path: Path,
    *faults: str,
    rate_hz: float = 250.0,
    seed: int = 7,
    daisy: bool = False,
    packets_per_sample: int = 1,
    clock: WireClock | None = None,
) -> Iterator[WireClock]:
    """Serve a simulated Cyton at `path` until the end of the block, and yield its clock, by default a new one."""
    clock = clock if clock is not None else WireClock()
    stop, ready = threading.Event(), threading.Event()

    def serve() -> None:
        serve_wire(
            path,
            seed=seed,
            sampling_rate_hz=rate_hz,
            scenario=None,
            faults=faults,
            is_asked_to_end=stop.is_set,
            clock=clock,
            on_ready=ready.set,
            daisy=daisy,
            packets_per_sample=packets_per_sample,
        )

    thread = threading.Thread(target=serve, name="simulated Cyton", daemon=True)
    thread.start()
    try:
        assert ready.wait(DEADLINE_S), "the simulated Cyton does not start"
        yield clock
    finally:
        stop.set()
        thread.join(DEADLINE_S)
