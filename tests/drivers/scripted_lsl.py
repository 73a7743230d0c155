"""Scripted sender of the lab streaming layer, without a network, and the driver on it."""

from typing import Any

import numpy as np
import pytest

from acquisition.core import ManualClock, make_board
from acquisition.drivers import lsl as lsl_driver
from tests.lsl_sender import pylsl, stream_info

RATE_HZ = 100.0


class Peer:
    """Scripted sender, which also stands in for the module `pylsl`. The test lists the result of each read.

    Each read is a chunk (values, stamps), an error, or nothing, which advances the clock by the timeout. A number is a
    sleep of that many seconds before the read, in which LSL's clock of this computer stands still.
    """

    cf_float32, cf_double64, cf_int32, cf_int16, cf_int8, cf_int64, cf_string = range(7)

    def __init__(self, info: Any, reads: list[Any], clock: ManualClock, clock_ahead_s: float = 0.0) -> None:
        self._info = info
        self._reads = reads
        self._clock = clock
        self._clock_ahead_s = clock_ahead_s
        self._slept_s = self._slept_known_s = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(pylsl, name)

    def local_clock(self) -> float:
        return self._clock.now_s() + 1000.0 - self._slept_s

    def resolve_bypred(self, predicate: str, minimum: int, timeout_s: float) -> list[Any]:
        return [self._info]

    def StreamInlet(self, info: Any, **options: Any) -> "Peer":  # noqa: N802 (pylsl's name)
        return self

    def info(self, timeout_s: float) -> Any:
        return self._info

    def open_stream(self, timeout_s: float) -> None: ...

    def close_stream(self) -> None: ...

    def time_correction(self, timeout_s: float) -> float:
        """Return the known value and update it afterwards, as liblsl does; a remote clock runs on during a sleep."""
        known_s, self._slept_known_s = self._slept_known_s, self._slept_s
        return -self._clock_ahead_s - (known_s if self._clock_ahead_s else 0.0)

    def pull_chunk(self, timeout_s: float, most: int, **options: Any) -> tuple[Any, Any]:
        what = self._reads.pop(0) if self._reads else None
        if isinstance(what, float):
            self._slept_s += what
            self._clock.wait_s(what)
            what = self._reads.pop(0)
        if isinstance(what, Exception):
            raise what
        if what is None:
            self._clock.wait_s(timeout_s)
            return np.empty((0, 2), np.float32), np.empty(0)
        values, stamps_s = what
        self._clock.wait_s(0.1)
        return np.asarray(values, np.float32), np.asarray(stamps_s)


class Scripted:
    """Board on a `Peer`."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, info: Any, reads: list[Any], clock_ahead_s: float = 0.0
    ) -> None:
        self.clock = ManualClock(50.0)
        peer = Peer(info, reads, self.clock, clock_ahead_s)
        monkeypatch.setattr(lsl_driver, "load_lsl", lambda: peer)
        self.board = make_board("lsl:EMG", clock=self.clock)


def numeric(info: Any) -> Any:
    """Set the channel format of a description to that of a `Peer`."""
    info.channel_format = lambda: Peer.cf_float32
    return info


def two(rate_hz: float = RATE_HZ, **options: Any) -> Any:
    return numeric(stream_info("EMG", 2, rate_hz, **options))


def chunk(first_s: float, n_samples: int, value: float = 1.0) -> tuple[list[list[float]], list[float]]:
    """Return samples with stamps at the stream's rate."""
    return [[value, value]] * n_samples, [first_s + number / RATE_HZ for number in range(n_samples)]
