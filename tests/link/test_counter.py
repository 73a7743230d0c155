"""Unwrapping of the 8-bit counter: every loss is counted, and no late packet is taken for a lost one."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from acquisition.link.counter import LOST, REPEATED, CounterUnwrapper

RATES = [250, 1000, 4000]


class Stream:
    """Model of a board and its link: which packets exist, when each arrives, and when the host reads."""

    def __init__(self, rate_hz: float, nominal_hz: float | None = None) -> None:
        self.rate_hz = rate_hz
        self.unwrapper = CounterUnwrapper(nominal_hz or rate_hz, 0.0)

    def run(
        self,
        duration_s: float,
        lost: Iterable[range] = (),
        stalls: Iterable[tuple[float, float]] = (),
        look_every_s: float = 0.004,
        trickle: int | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the true and the found indices. In a stall (from, to) the host does not read; the backlog follows.

        With `trickle` each read returns at most that many packets, as with a driver that drains slowly.
        """
        made = np.arange(int(duration_s * self.rate_hz))
        kept = made[~np.isin(made, np.concatenate([np.empty(0, np.int64), *[np.array(r) for r in lost]]))]
        arrivals_s = (kept + 1) / self.rate_hz
        found, n_seen = [], 0
        for look in range(1, int(duration_s / look_every_s) + 60):
            now_s = look * look_every_s
            if any(start <= now_s < stop for start, stop in stalls):
                continue
            n_there = int(np.searchsorted(arrivals_s, now_s, side="right"))
            n_now = n_there if trickle is None else min(n_there, n_seen + trickle)
            found.append(self.unwrapper.unwrap((kept[n_seen:n_now] % 256).astype(np.uint8), now_s))
            n_seen = n_now
        found.append(self.unwrapper.unwrap(np.empty(0, np.uint8), duration_s + 10.0))
        assert self.unwrapper.n_held == 0
        return kept, np.concatenate(found)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("look_every_s", [0.002, 0.016, 0.1])
def test_a_whole_stream_is_left_alone(rate_hz: float, look_every_s: float) -> None:
    stream = Stream(rate_hz)
    true, found = stream.run(3.0, look_every_s=look_every_s)
    np.testing.assert_array_equal(found, true)
    assert stream.unwrapper.n_lost == stream.unwrapper.n_restarts == 0


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("n_lost", [1, 2, 20, 127, 128, 129, 200, 254, 255, 256, 257, 300, 512, 700, 768, 1024, 2000])
@pytest.mark.parametrize("look_every_s", [0.002, 0.016])
def test_a_loss_of_any_length_is_counted(rate_hz: float, n_lost: int, look_every_s: float) -> None:
    stream = Stream(rate_hz)
    true, found = stream.run(
        1200 / rate_hz + n_lost / rate_hz + 1.0, lost=[range(1000, 1000 + n_lost)], look_every_s=look_every_s
    )
    np.testing.assert_array_equal(found, true)
    assert stream.unwrapper.n_lost == n_lost
    assert stream.unwrapper.n_restarts == 0


@pytest.mark.parametrize("n_lost", [257, 300, 512, 700])
@pytest.mark.parametrize("look_every_s", [0.004, 0.06, 0.1, 0.15])
def test_behind_a_long_loss_packets_are_not_held_for_long(n_lost: int, look_every_s: float) -> None:
    rate_hz, unwrapper, n_longest = 250.0, CounterUnwrapper(250.0, 0.0), 0
    n_seen = 0
    for look in range(1, round(12.0 / look_every_s)):
        made = np.arange(n_seen, int(look * look_every_s * rate_hz))
        n_seen += len(made)
        kept = made[(made < 1000) | (made >= 1000 + n_lost)]
        unwrapper.unwrap((kept % 256).astype(np.uint8), look * look_every_s)
        n_longest = max(n_longest, unwrapper.n_held)
    assert unwrapper.n_lost == n_lost
    assert n_longest <= 0.5 * rate_hz


@pytest.mark.parametrize("rate_hz", RATES)
def test_single_losses_and_bursts(rate_hz: float) -> None:
    lost = [range(3, 4), range(100, 101), range(102, 103), range(255, 256), range(256, 258), range(400, 430)]
    stream = Stream(rate_hz)
    true, found = stream.run(4.0, lost=lost, look_every_s=0.016)
    np.testing.assert_array_equal(found, true)
    assert stream.unwrapper.n_lost == sum(map(len, lost))


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("stall_s", [0.05, 0.1, 0.3, 0.5, 1.02, 3.0])
@pytest.mark.parametrize("trickle_factor", [None, 1.5, 4])
def test_a_late_backlog_is_no_loss(rate_hz: float, stall_s: float, trickle_factor: float | None) -> None:
    stream = Stream(rate_hz)
    trickle = None if trickle_factor is None else max(2, int(trickle_factor * rate_hz * 0.004))
    true, found = stream.run(4.0 + 4 * stall_s, stalls=[(2.0, 2.0 + stall_s)], trickle=trickle)
    np.testing.assert_array_equal(found, true)
    assert stream.unwrapper.n_lost == stream.unwrapper.n_restarts == 0


@pytest.mark.parametrize("rate_hz", RATES)
def test_two_stalls_in_a_row_are_no_loss(rate_hz: float) -> None:
    stream = Stream(rate_hz)
    true, found = stream.run(8.0, stalls=[(2.0, 2.5), (2.52, 3.1)], trickle=int(3 * rate_hz * 0.004))
    np.testing.assert_array_equal(found, true)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("n_lost", [256, 512, 800])
def test_a_loss_within_a_stall_is_found_behind_the_backlog(rate_hz: float, n_lost: int) -> None:
    stall_s = 0.3 + n_lost / rate_hz
    first = int((2.0 + 0.1) * rate_hz)
    stream = Stream(rate_hz)
    true, found = stream.run(
        6.0 + stall_s, lost=[range(first, first + n_lost)], stalls=[(2.0, 2.0 + stall_s)], trickle=None
    )
    assert_none_is_out_of_place(stream.unwrapper, true, found, n_lost)
    if n_lost % 256:
        np.testing.assert_array_equal(found, true)
    else:  # the position of the loss among the delayed packets is unknown
        assert np.all(found[true >= first + n_lost + rate_hz * 0.3] >= 0)


def assert_none_is_out_of_place(
    unwrapper: CounterUnwrapper, true: NDArray[np.int64], found: NDArray[np.int64], n_lost: int
) -> None:
    np.testing.assert_array_equal(found[found != LOST], true[found != LOST])
    assert unwrapper.n_lost == n_lost + np.count_nonzero(found == LOST)
    assert unwrapper.n_restarts == 0


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("n_between", [1, 3, 20, 60, 99])
@pytest.mark.parametrize(("n_first", "n_second"), [(257, 450), (300, 300), (512, 256), (400, 700)])
def test_between_two_long_losses_nothing_is_out_of_place(
    rate_hz: float, n_between: int, n_first: int, n_second: int
) -> None:
    stream = Stream(rate_hz)
    second = 1000 + n_first + n_between
    true, found = stream.run(
        (second + n_second) / rate_hz + 2.0, lost=[range(1000, 1000 + n_first), range(second, second + n_second)]
    )
    assert_none_is_out_of_place(stream.unwrapper, true, found, n_first + n_second)
    assert np.count_nonzero(found == LOST) <= n_between


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("off", [0.99, 1.01, 0.95, 0.25])
def test_a_board_off_its_rate_loses_nothing(rate_hz: float, off: float) -> None:
    stream = Stream(rate_hz * off, nominal_hz=rate_hz)
    true, found = stream.run(10.0, look_every_s=0.016)
    np.testing.assert_array_equal(found, true)
    assert stream.unwrapper.n_lost == stream.unwrapper.n_restarts == 0


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_slow_board_and_a_stall(rate_hz: float) -> None:
    stream = Stream(rate_hz * 0.97, nominal_hz=rate_hz)
    # At the nominal rate the whole run is off by more than a wrap, but the last half second before the stall is not.
    true, found = stream.run(40.0, stalls=[(39.0, 39.0 + 300 / rate_hz)], look_every_s=0.016)
    np.testing.assert_array_equal(found, true)
    assert stream.unwrapper.n_lost == 0


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("stall_s", [0.5, 2.0])
def test_a_clock_one_percent_fast_and_a_stall(rate_hz: float, stall_s: float) -> None:
    stream = Stream(rate_hz * 1.01, nominal_hz=rate_hz)
    true, found = stream.run(8.0, stalls=[(3.0, 3.0 + stall_s)], lost=[range(100, 356)], look_every_s=0.016)
    np.testing.assert_array_equal(found, true)
    assert stream.unwrapper.n_lost == 256


@settings(max_examples=60)
@example(rate_hz=250, off=1.0, gaps=[(1, 1), (1, 1), (1, 1), (1, 1), (1, 789)], looks_ms=[8.0])
@example(rate_hz=4000, off=1.0, gaps=[(1, 1), (1, 256)], looks_ms=[1.0, 1.0, 21.0, 12.0])
@given(
    rate_hz=st.sampled_from(RATES),
    off=st.floats(0.99, 1.01),
    gaps=st.lists(st.tuples(st.integers(1, 900), st.integers(1, 1200)), max_size=5),
    looks_ms=st.lists(st.floats(0.5, 30.0), min_size=1, max_size=20),
)
def test_losses_of_any_length_at_irregular_looks(
    rate_hz: float, off: float, gaps: list[tuple[int, int]], looks_ms: list[float]
) -> None:
    made, kept = 0, []
    for n_kept, n_gone in [*gaps, (1000, 0)]:
        # One second of packets between two losses, so that each is decided before the next.
        n_whole = n_kept + int(rate_hz)
        kept.append(np.arange(made, made + n_whole))
        made += n_whole + n_gone
    true = np.concatenate(kept)
    arrivals_s = (true + 1) / (rate_hz * off)
    unwrapper = CounterUnwrapper(rate_hz, 0.0)
    found, n_seen, now_s, look = [], 0, 0.0, 0
    while n_seen < true.size:
        now_s += looks_ms[look % len(looks_ms)] * 1e-3
        look += 1
        n_there = int(np.searchsorted(arrivals_s, now_s, side="right"))
        found.append(unwrapper.unwrap((true[n_seen:n_there] % 256).astype(np.uint8), now_s))
        n_seen = n_there
    found.append(unwrapper.unwrap(counters(), now_s + 1.0))
    np.testing.assert_array_equal(np.concatenate(found), true)
    assert unwrapper.n_lost == sum(n_gone for _, n_gone in gaps)


def test_a_slow_start_leaves_no_expectation_behind() -> None:
    unwrapper = CounterUnwrapper(1000.0, 0.0)
    assert unwrapper.unwrap(counters(*range(100)), 0.4).size == 100
    # A stall followed by all its packets; relative to the start at 0, 300 would be missing.
    late = (np.arange(100, 300) % 256).astype(np.uint8)
    assert unwrapper.unwrap(late, 0.6).tolist() == list(range(100, 300))
    assert unwrapper.n_lost == 0


def counters(*values: int) -> NDArray[np.uint8]:
    return np.array(values, np.uint8)


def steady(unwrapper: CounterUnwrapper, n_packets: int, rate_hz: float = 250.0) -> float:
    """Feed packets one by one and return the time of the last one."""
    for number in range(n_packets):
        assert unwrapper.unwrap(counters(number % 256), (number + 1) / rate_hz).tolist() == [number]
    return n_packets / rate_hz


def test_repeated_packets_are_dropped() -> None:
    unwrapper = CounterUnwrapper(250.0, 0.0)
    now_s = steady(unwrapper, 100)
    found = unwrapper.unwrap(counters(99, 100, 100, 101), now_s + 0.008)
    assert found.tolist() == [REPEATED, 100, REPEATED, 101]
    assert unwrapper.unwrap(counters(99, 100, 101, 102), now_s + 0.012).tolist() == [REPEATED] * 3 + [102]
    assert (unwrapper.n_repeated, unwrapper.n_lost, unwrapper.n_restarts) == (5, 0, 0)


@pytest.mark.parametrize("gap_s", [0.052, 0.3, 0.9])  # beyond the last, 0 could belong to the next period
def test_a_restart_is_reported_by_the_clock(gap_s: float) -> None:
    unwrapper = CounterUnwrapper(250.0, 0.0)
    now_s = steady(unwrapper, 100)
    n_gone = round(gap_s * 250)
    assert unwrapper.unwrap(counters(0), now_s + gap_s + 0.004).tolist() == [100 + n_gone]
    assert (unwrapper.n_restarts, unwrapper.n_lost) == (1, n_gone)


def test_a_wrong_counter_in_one_packet_costs_no_place() -> None:
    unwrapper = CounterUnwrapper(250.0, 0.0)
    now_s = steady(unwrapper, 100)
    assert unwrapper.unwrap(counters(200), now_s + 0.004).tolist() == [100]
    assert unwrapper.unwrap(counters(101), now_s + 0.008).tolist() == [101]
    assert unwrapper.n_lost == 0


def test_the_first_packets_may_be_lost() -> None:
    unwrapper = CounterUnwrapper(250.0, 0.0)
    assert unwrapper.unwrap(counters(3, 4), 0.020).tolist() == [3, 4]
    assert unwrapper.n_lost == 3


def test_a_board_whose_counter_does_not_begin_at_zero_begins_at_index_zero() -> None:
    unwrapper = CounterUnwrapper(250.0, 0.0)
    assert unwrapper.unwrap(counters(173, 174), 0.020).tolist() == [0, 1]
    assert (unwrapper.n_lost, unwrapper.n_restarts) == (0, 0)


def test_a_slow_start_is_no_loss() -> None:
    unwrapper = CounterUnwrapper(1000.0, 0.0)
    assert unwrapper.unwrap(counters(0, 1), 1.9).tolist() == [0, 1]
    assert unwrapper.unwrap(counters(2), 1.901).tolist() == [2]
    assert unwrapper.n_lost == 0


@pytest.mark.parametrize(("silence_s", "place"), [(0.060, 116), (0.064, 116)])
def test_even_and_odd_stay_apart_after_a_restart(silence_s: float, place: int) -> None:
    unwrapper = CounterUnwrapper(250.0, 0.0, aligned_to=2)
    now_s = steady(unwrapper, 101)
    assert unwrapper.unwrap(counters(0), now_s + silence_s).tolist() == [place]


def test_a_repeated_packet_on_hold_is_dropped() -> None:
    unwrapper = CounterUnwrapper(1000.0, 0.0)
    now_s = steady(unwrapper, 200, 1000.0)
    assert unwrapper.unwrap(counters(), now_s + 0.21).size == 0
    assert unwrapper.unwrap(counters(200, 200, 201), now_s + 0.215).size == 0
    assert unwrapper.unwrap(counters(), now_s + 0.8).tolist() == [456, REPEATED, 457]
    assert (unwrapper.n_lost, unwrapper.n_repeated) == (256, 1)


def test_packets_on_hold_are_let_go_when_nothing_follows() -> None:
    unwrapper = CounterUnwrapper(1000.0, 0.0)
    now_s = steady(unwrapper, 200, 1000.0)
    assert unwrapper.unwrap(counters(), now_s + 0.25).size == 0
    assert unwrapper.unwrap(counters(200), now_s + 0.257).size == 0
    assert unwrapper.n_held == 1
    assert unwrapper.unwrap(counters(), now_s + 0.5).size == 0
    assert unwrapper.unwrap(counters(), now_s + 0.8).tolist() == [456]
    assert unwrapper.n_lost == 256


def test_a_packet_behind_a_time_in_which_nobody_looked_has_no_place() -> None:
    unwrapper = CounterUnwrapper(1000.0, 0.0)
    now_s = steady(unwrapper, 200, 1000.0)
    # It came before 256 lost packets or after them.
    assert unwrapper.unwrap(counters(200), now_s + 0.257).size == 0
    assert unwrapper.unwrap(counters(), now_s + 0.8).tolist() == [LOST]
    assert unwrapper.n_lost == 257
