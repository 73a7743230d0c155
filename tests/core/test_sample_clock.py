"""Fit of sample index to host time, against streams of known timing."""

import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition.core import SampleClock

START_S = 1_000.0

PHASE_S = 0.0013
"""Offset of the samples against the ticks of the adapter in seconds, so that no tick coincides with a sample."""


def arrivals(
    rate_hz: float, duration_s: float, latency_timer_s: float = 0.016, stalls_s: tuple[tuple[float, float], ...] = ()
) -> list[tuple[int, float]]:
    """Return (last index, arrival) of each burst of a USB adapter, which delivers at each tick what has arrived.

    Parameters
    ----------
    rate_hz : float
        True rate of the board by the host's clock.
    duration_s : float
        Length of the stream.
    latency_timer_s : float
        Time between two bursts.
    stalls_s : tuple of (start, length)
        Intervals in which the host reads nothing.
    """
    rng = np.random.default_rng(1)
    events, last = [], -1
    tick_s = 0.0
    while tick_s < duration_s:
        tick_s += latency_timer_s
        read_s = tick_s + rng.exponential(0.0003)  # the scheduler is late, never early
        for start_s, length_s in stalls_s:
            if start_s <= tick_s < start_s + length_s:
                read_s = start_s + length_s
        index = int((tick_s + PHASE_S) * rate_hz) - 1
        if index > last:
            events.append((index, START_S + read_s))
            last = index
    return events


def fitted(events: list[tuple[int, float]], nominal_hz: float) -> SampleClock:
    clock = SampleClock(nominal_hz)
    for index, arrival_s in events:
        clock.add(index, arrival_s)
    return clock


def error_ms(clock: SampleClock, rate_hz: float, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return fitted minus true host time of the samples at `seconds`, in ms."""
    indices = np.round(seconds * rate_hz)
    truth_s = START_S - PHASE_S + (indices + 1) / rate_hz
    return (np.array([clock.host_time_s(index) for index in indices]) - truth_s) * 1e3


@pytest.mark.parametrize("nominal_hz", [250.0, 1000.0, 4000.0])
@pytest.mark.parametrize("off", [-0.01, 0.0, 0.01])
@pytest.mark.parametrize("stalls_s", [(), ((7.3, 0.5), (19.0, 0.5), (29.6, 0.5))])
def test_bursts_stalls_and_a_clock_1_percent_off(
    nominal_hz: float, off: float, stalls_s: tuple[tuple[float, float], ...]
) -> None:
    rate_hz = nominal_hz * (1.0 + off)
    clock = fitted(arrivals(rate_hz, 30.0, stalls_s=stalls_s), nominal_hz)
    errors_ms = error_ms(clock, rate_hz, np.linspace(0.0, 30.0, 1000))
    assert np.std(errors_ms) < 0.5
    assert np.all((errors_ms > -1.0) & (errors_ms < 16.0))  # late by no more than a burst, never early
    assert clock.sampling_rate_hz == pytest.approx(rate_hz, rel=5e-5)
    assert clock.drift_ppm == pytest.approx(off * 1e6, abs=50.0)


def test_the_fit_is_as_good_while_the_stream_runs() -> None:
    """Checks the fit at the end of each second, not only at the end of the stream."""
    rate_hz, clock, errors_ms, next_s = 252.5, SampleClock(250.0), [], 5.0
    for index, arrival_s in arrivals(rate_hz, 60.0, stalls_s=((20.0, 0.5),)):
        clock.add(index, arrival_s)
        if arrival_s - START_S > next_s:
            errors_ms.append((clock.host_time_s(index) - START_S + PHASE_S - (index + 1) / rate_hz) * 1e3)
            next_s += 1.0
    assert len(errors_ms) > 50
    assert np.std(errors_ms) < 1.0


def test_bursts_in_step_with_the_samples_cost_a_sample_at_most() -> None:
    """The worst case of a rate: 20 ppm off, so bursts drift through the sample period in 200 s and jump back by 4 ms.

    The arrivals do not distinguish that drift from one of the clock, so the error of the fit is larger than otherwise.
    """
    rate_hz = 250.0 * (1.0 + 20e-6)
    for duration_s in (30.0, 120.0, 150.0, 180.0, 240.0, 400.0):
        clock = fitted(arrivals(rate_hz, duration_s), 250.0)
        errors_ms = error_ms(clock, rate_hz, np.linspace(duration_s - 30.0, duration_s, 100))
        assert np.all(np.abs(errors_ms) < 8.0)
        assert clock.drift_ppm == pytest.approx(20.0, abs=250.0)


def test_an_hour_follows_a_clock_that_warms_up() -> None:
    """The rate rises by 40 ppm over an hour; the fit uses only the last minute."""
    duration_s, rate_hz = 3_600.0, 250.0
    clock = SampleClock(rate_hz)
    last_s = 0.0
    for index in range(24, int(duration_s * rate_hz), 25):
        true_s = (index + 1) / rate_hz
        true_s -= 20e-6 * true_s**2 / duration_s  # the integral of a rate that rises linearly
        clock.add(index, START_S + true_s + 0.004 * (index % 3))
        last_s = true_s
    assert clock.host_time_s(index) - START_S == pytest.approx(last_s, abs=0.005)
    assert clock.drift_ppm == pytest.approx(40.0, abs=5.0)


def test_an_hour_costs_the_memory_of_a_minute() -> None:
    clock = SampleClock(4000.0)
    for index in range(0, 4000 * 600, 64):
        clock.add(index, index / 4000.0)
    assert len(clock._buckets) <= 240
    assert clock.sampling_rate_hz == pytest.approx(4000.0, rel=1e-9)


def test_without_jitter_the_fit_is_exact() -> None:
    clock = SampleClock(250.0)
    for index in range(0, 2500, 5):
        clock.add(index, 5.0 + index / 250.0)
    assert clock.host_time_s(1234) == pytest.approx(5.0 + 1234 / 250.0, abs=1e-9)


def test_before_it_knows_the_nominal_rate_stands_in() -> None:
    clock = SampleClock(250.0)
    with pytest.raises(ValueError, match="no sample has arrived"):
        clock.host_time_s(0)
    assert (clock.is_fitted, clock.sampling_rate_hz, clock.drift_ppm) == (False, 250.0, 0.0)
    clock.add(3, 10.0)
    assert not clock.is_fitted
    assert clock.host_time_s(3) == 10.0
    assert clock.host_time_s(253) == pytest.approx(11.0)
    clock.add(4, 10.9)
    assert clock.host_time_s(3) == pytest.approx(10.0)  # the least late one is used, since a sample is never early


def test_it_is_fitted_after_2_s() -> None:
    clock = SampleClock(250.0)
    for index in range(0, 1000, 10):
        clock.add(index, index / 240.0)
        assert clock.is_fitted == (index / 240.0 >= 2.1) or 1.7 < index / 240.0 < 2.1
    assert clock.sampling_rate_hz == pytest.approx(240.0, rel=0.01)


def test_lost_samples_do_not_bend_the_time() -> None:
    clock = SampleClock(250.0)
    for index in range(0, 7500, 4):
        if not 2000 < index < 3300:
            clock.add(index, index / 252.0)
    assert clock.sampling_rate_hz == pytest.approx(252.0, rel=1e-6)


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan")])
def test_a_rate_must_be_above_zero(rate_hz: float) -> None:
    with pytest.raises(ValueError, match="above 0 Hz"):
        SampleClock(rate_hz)
