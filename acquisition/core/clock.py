"""The host's clock, as an argument: real in the app, moved by hand in tests."""

import sys
import time
from typing import Protocol


class Clock(Protocol):
    """A monotonic clock and the only way this project waits."""

    def now_s(self) -> float:
        """Return the monotonic time in seconds; its zero means nothing."""

    def wait_s(self, duration_s: float) -> None:
        """Let `duration_s` seconds pass (none when it is zero or negative)."""


class MonotonicClock:
    """The host's own monotonic clock, which no setting of the time of day moves and which goes on in a laptop's sleep.

    `time.monotonic` stands still meanwhile on Linux (CLOCK_MONOTONIC, clock_gettime(2)) and on macOS
    (mach_absolute_time), and a board that comes back after an hour would be recorded as if it had never gone.
    """

    def now_s(self) -> float:
        """Return the time in seconds since some moment, such as the last start of the computer."""
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        if sys.platform == "darwin":
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()  # counts sleep on Windows

    def wait_s(self, duration_s: float) -> None:
        """Sleep for `duration_s` seconds."""
        if duration_s > 0.0:
            time.sleep(duration_s)


class ManualClock:
    """A clock that stands still until somebody waits on it or moves it: hours pass at once in a test."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s

    def now_s(self) -> float:
        """Return the time set by hand, in seconds."""
        return self._now_s

    def wait_s(self, duration_s: float) -> None:
        """Move the time by `duration_s` seconds and return at once."""
        self._now_s += max(0.0, duration_s)
