"""Clocks: real and set by hand."""

import sys
import time

import pytest

from acquisition.core import ManualClock, MonotonicClock


def test_manual_clock_moves_only_when_waited_on() -> None:
    clock = ManualClock(5.0)
    assert clock.now_s() == clock.now_s() == 5.0
    clock.wait_s(3_600.0)
    assert clock.now_s() == 3_605.0


@pytest.mark.parametrize("duration_s", [0.0, -1.0])
def test_waiting_for_nothing_moves_nothing(duration_s: float) -> None:
    clock = ManualClock()
    clock.wait_s(duration_s)
    assert clock.now_s() == 0.0
    MonotonicClock().wait_s(duration_s)


def test_monotonic_clock_is_the_hosts_and_waits() -> None:
    clock = MonotonicClock()
    began_s = clock.now_s()
    clock.wait_s(0.002)
    assert began_s <= clock.now_s() - 0.002


@pytest.mark.skipif(sys.platform != "linux", reason="the clock that goes on in a sleep has this name on Linux")
def test_monotonic_clock_goes_on_while_the_computer_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    slept_s = 3600.0
    times_s = {time.CLOCK_BOOTTIME: 100.0 + slept_s, time.CLOCK_MONOTONIC: 100.0, time.CLOCK_REALTIME: 5.0}
    monkeypatch.setattr(time, "clock_gettime", times_s.__getitem__)
    assert MonotonicClock().now_s() == 100.0 + slept_s
