"""Clocks: real and moved by hand."""

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
    before_s = time.monotonic()
    began_s = clock.now_s()
    clock.wait_s(0.002)
    assert before_s <= began_s <= clock.now_s() - 0.002
