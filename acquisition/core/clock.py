"""Host clock, passed as an argument: real in the application, set by hand in tests."""

import sys
import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic clock. All waiting in this project goes through it."""

    def now_s(self) -> float:
        """Return the monotonic time in seconds, with an arbitrary zero."""

    def wait_s(self, duration_s: float) -> None:
        """Wait for `duration_s` seconds (not at all when zero or negative)."""


class MonotonicClock:
    """Monotonic clock of the host. It is independent of the time of day and keeps running while the computer sleeps.

    `time.monotonic` stops during sleep on Linux (CLOCK_MONOTONIC, clock_gettime(2)) and on macOS (mach_absolute_time).
    A board that comes back after an hour would then be recorded without a gap.
    """

    def now_s(self) -> float:
        """Return the time in seconds since an arbitrary moment, such as the last start of the computer."""
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        if sys.platform == "darwin":
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()  # includes sleep on Windows

    def wait_s(self, duration_s: float) -> None:
        """Sleep for `duration_s` seconds."""
        if duration_s > 0.0:
            time.sleep(duration_s)


class ManualClock:
    """Clock for tests. It stands still until a wait advances it, so that hours pass at once."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s

    def now_s(self) -> float:
        """Return the time set by hand, in seconds."""
        return self._now_s

    def wait_s(self, duration_s: float) -> None:
        """Advance the time by `duration_s` seconds and return at once."""
        self._now_s += max(0.0, duration_s)
