"""Compiled measures of a burst agree with their slow twins up to rounding."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.compiled import _alike, _burst, _channels, _contact, _line, _pulses, _shape, _trees
from dsp.compiled._kernel import widest_lanes
from dsp.measuring.onset import AS_TRAINED, reported_belief
from dsp.slow_twins import burst as slow
from dsp.slow_twins import models as slow_models
from dsp.verdict.extent import design_settling
from dsp.verdict.forest import load_forest

RATES_HZ = (250.0, 1000.0, 4000.0)
CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def burst(seed: int, n: int, at: int, length: int) -> NDArray[np.float64]:
    """Return noise of one channel with a burst."""
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal(n)
    signal[at : at + length] += 12.0 * rng.standard_normal(length)
    return signal


@pytest.mark.parametrize("n", [0, 1, 2, 5, 300])
@pytest.mark.parametrize("width", [0, 1, 4, 12, 1000])
def test_smoothed_power_and_where_it_crosses(n: int, width: int) -> None:
    signal = burst(n, n, n // 2, n // 5)
    np.testing.assert_array_equal(_burst.smooth_power(signal, width), slow.smooth_power(signal, width))
    if n and width:
        for level in (0.0, 3.0, 1e9):
            assert _burst.first_row(signal, width, level, 0.014, 0.9) == slow.first_row(
                signal, width, level, 0.014, 0.9
            )
        for lag in (1, 2):
            assert _burst.last_row(signal, lag, width, 0.014, 8.0) == slow.last_row(signal, lag, width, 0.014, 8.0)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 80])
@pytest.mark.parametrize("seed", range(6))
def test_the_largest_deviation_and_where_the_power_changes(n: int, seed: int) -> None:
    signal = burst(seed, n, n // 2, n - n // 2)
    assert _burst.top_amplitude(signal) == slow.top_amplitude(signal)
    assert _burst.change_row(signal**2) == slow.change_row(signal**2)


@pytest.mark.parametrize("n", [0, 1, 2, 30, 400])
@pytest.mark.parametrize("width", [0, 1, 12])
@pytest.mark.parametrize("seed", range(6))
def test_a_pause_and_a_summit_are_where_the_twins_put_them(n: int, width: int, seed: int) -> None:
    signal = burst(seed, n, n // 4, n // 5) + 2.0 * burst(seed + 9, n, n // 2, n // 9)
    for n_pause, least in ((2, 0.1), (20, 3.0), (20, 9.0), (20, 1e9)):
        asked = (signal, width, n_pause, 0.0144, least)
        assert _burst.pause_end(*asked) == slow.pause_end(*asked)
    for share in (0.0, 0.0625, 0.5):
        assert _burst.summit_rows(signal, width, share) == slow.summit_rows(signal, width, share)


@pytest.mark.parametrize(("n", "every"), [(1, 1), (3, 1), (61, 1), (241, 2)])
@pytest.mark.parametrize("seed", range(4))
def test_the_onset_is_where_the_twin_puts_it(n: int, every: int, seed: int) -> None:
    power = burst(seed, n, 2 * n // 3, n - 2 * n // 3) ** 2
    sizes = np.geomspace(3.0, max(10.0, 3.0 * float(power.max())), 10)
    rises_s = np.array((0.0, 0.005, 0.010, 0.020, 0.040, 0.080))
    rate_hz = 2000.0 * every
    asked = (power, sizes, rises_s, rate_hz, every)
    twin = slow.onset_sums(*asked)
    for n_lanes in (1, 2, 4)[: widest_lanes().bit_length()]:
        sums = _burst.onset_sums(*asked, n_lanes)
        np.testing.assert_allclose(sums, twin, **CLOSE)
        np.testing.assert_array_equal(sums, _burst.onset_sums(*asked))
    for belief in (AS_TRAINED, reported_belief(rate_hz, (30.0, 300.0))):
        asked_of = (belief.penalties, belief.weight)
        assert _burst.onset_rows(sums, *asked_of) == slow.onset_rows(twin, *asked_of)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("n", [0, 1, 2, 300])
def test_a_signal_is_filtered_again_as_by_the_twin(rate_hz: float, n: int) -> None:
    sections = design_settling(rate_hz, (30.0, min(450.0, 0.4 * rate_hz))).sections
    signal = burst(n, n, n // 2, n // 4)
    np.testing.assert_allclose(_burst.refilter(signal, sections), slow.refilter(signal, sections), **CLOSE)
    with pytest.raises(ValueError, match="4 numbers, not 3"):
        _burst.refilter(signal, np.ones((2, 3)))


def test_trees_are_walked_the_same_way_to_the_bit() -> None:
    forest = load_forest()
    by, trees = forest.by_number, (forest.roots, forest.nodes, forest.depth)
    for seed in range(20):
        evidence = np.random.default_rng(seed).normal(0.0, 1.5, len(forest.names))
        evidence[:seed] = np.nan
        leaves, shares = slow_models.walk_trees(*trees, evidence)
        reached = _trees.reach_leaves(by.limits, by.above, by.trees, by.begins, by.firsts, evidence)
        np.testing.assert_array_equal(by.leaves[reached], forest.nodes["value"][leaves])
        ways = forest.by_leaf
        ours = _trees.add_steps(ways.begins, ways.features, ways.steps, reached, len(forest.names))
        np.testing.assert_array_equal(ours, shares)


@pytest.mark.parametrize("n_unknown", [0, 1, 9, 40, 1000])
def test_no_evidence_comes_to_more_than_the_highest_sum(n_unknown: int) -> None:
    forest = load_forest()
    by, trees = forest.by_number, (forest.roots, forest.nodes, forest.depth)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        evidence = rng.normal(0.0, 1.5, len(forest.names))
        evidence[rng.permutation(evidence.size)[:n_unknown]] = np.nan
        splits = (by.limits, by.above, by.below, by.trees, by.begins)
        highest = _trees.highest_sum(*splits, by.leaves, by.firsts, by.sizes, evidence)
        assert highest == pytest.approx(slow_models.highest_sum(*trees, evidence), rel=1e-9)


@pytest.mark.parametrize("first", [0, 7, 199])
def test_all_channels_at_once(first: int) -> None:
    signal = np.column_stack([burst(seed, 200, 20 * seed, 30) for seed in range(5)])
    np.testing.assert_array_equal(_channels.top_amplitudes(signal, first), slow.top_amplitudes(signal, first))
    np.testing.assert_allclose(_channels.centres(signal, first), slow.centres(signal, first), **CLOSE)
    assert not _channels.top_amplitudes(signal, 200).any()


@pytest.mark.parametrize("n_seeing", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("first", [0, 7, 199, 230])
@pytest.mark.parametrize("width", [1, 12, 500])
def test_what_the_other_channels_show(n_seeing: int, first: int, width: int) -> None:
    signal = np.column_stack([burst(seed, 200, 20 * seed, 30) for seed in range(5)])
    floor, seeing = np.linspace(0.5, 2.0, 5), np.arange(5) < n_seeing
    for channel in (0, 4):
        args = (signal, floor, seeing, channel, min(first, 199), first, width, 3.5)
        np.testing.assert_allclose(_channels.company(*args), slow.company(*args), **CLOSE)
    with pytest.raises(ValueError, match="200 rows"):
        _channels.company(signal, floor, seeing, 0, 200, 0, width, 3.5)
    with pytest.raises(ValueError, match="no channel 5"):
        _channels.company(signal, floor, seeing, 5, 0, 0, width, 3.5)


@pytest.mark.parametrize("n_seen", [0, 1, 2, 5])
@pytest.mark.parametrize("within", [(0, 40), (3, 4), (70, 200), (198, 200)])
def test_what_a_burst_rises_over(n_seen: int, within: tuple[int, int]) -> None:
    signal = np.column_stack([burst(seed, 200, 20 * seed, 30) for seed in range(5)])
    floor, weights = np.linspace(0.5, 2.0, 5), (np.arange(5) < n_seen).astype(np.float64)
    before, after = (within[0] - 60, within[0] - 10), (within[1] + 10, within[1] + 50)
    for channel in (0, 4):
        args = (signal, floor, weights, channel, within, before, after, 0.25)
        np.testing.assert_allclose(_channels.rise(*args), slow.rise(*args), **CLOSE)
    with pytest.raises(ValueError, match="no channel 5"):
        _channels.rise(signal, floor, weights, 5, within, before, after, 0.25)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("line_hz", [0.0, 49.98, 60.02])
def test_the_mains_are_fitted_as_by_the_twin(rate_hz: float, line_hz: float) -> None:
    n, onset = round(0.7 * rate_hz), round(0.5 * rate_hz)
    t = np.arange(n) / rate_hz
    raw = burst(1, n, onset, n // 10) + 40.0 * np.sin(2.0 * np.pi * 60.0 * t) + 900.0 + 5.0 * t
    for until in (0, round(0.05 * rate_hz), onset):
        clean = _line.without_line(raw, until, rate_hz, line_hz, 5)
        np.testing.assert_allclose(clean, slow.without_line(raw, until, rate_hz, line_hz, 5), rtol=1e-9, atol=1e-6)
    for length in (3, 20, 150):
        part = raw[:length] - raw[:length].mean()
        ours, twin = _line.line_share(part, rate_hz, line_hz, 3), slow.line_share(part, rate_hz, line_hz, 3)
        assert ours == pytest.approx(twin, abs=1e-7)


def test_more_harmonics_than_can_be_fitted_are_refused() -> None:
    x = burst(1, 1000, 500, 100)
    for act in (lambda: _line.without_line(x, 500, 1000.0, 50.0, 7), lambda: _line.line_share(x, 1000.0, 50.0, 7)):
        with pytest.raises(ValueError, match="at most 6 harmonics of a line can be fitted, not 7"):
            act()


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("seed", range(5))
def test_the_shape_of_a_burst(rate_hz: float, seed: int) -> None:
    before = round((0.0, 0.03, 0.3, 0.6, 1.3)[seed] * rate_hz)
    length = (1, 2, 9, 80, 300)[seed]
    signal = burst(seed, before + length + 40, before, length)
    stop = before + length
    args = (signal, before, stop, 0.9, rate_hz, max(1, round(0.005 * rate_hz)))
    np.testing.assert_allclose(_shape.outline(*args), slow.outline(*args), **CLOSE)
    raw = np.cumsum(signal)
    args = (raw, before, stop, 30.0, rate_hz)
    np.testing.assert_allclose(_shape.wander(*args), slow.wander(*args), **CLOSE)
    args = (raw, before, 30.0, rate_hz, 0.04, 0.3)
    assert _shape.slow_ratio(*args) == pytest.approx(slow.slow_ratio(*args), rel=1e-9)
    for width in (3, 4):
        args = (raw[:stop], before, rate_hz, width)
        assert _shape.impulse_share(*args) == pytest.approx(slow.impulse_share(*args), rel=1e-9)
    args = (signal, before, stop, rate_hz, 8)
    np.testing.assert_allclose(_shape.levels(*args), slow.levels(*args), **CLOSE)


@pytest.mark.parametrize("n_seen", [0, 1, 2, 5])
@pytest.mark.parametrize("channel", [0, 4])
def test_how_far_a_burst_reaches(n_seen: int, channel: int) -> None:
    rng = np.random.default_rng(n_seen)
    part = rng.standard_normal((60, 5)) * (9.0, 1.0, 3.0, 2.0, 1.5)
    args = (part.T @ part, rng.uniform(0.5, 2.0, 5), np.array([1.0] * n_seen + [0.0] * (5 - n_seen)), channel, 60)
    np.testing.assert_allclose(_channels.reach(*args), slow.reach(*args), **CLOSE)
    with pytest.raises(ValueError, match="5 channels"):
        _channels.reach(args[0], args[1][:4], args[2], 0, 60)


@pytest.mark.parametrize("n_channels", [2, 3, 16, 40])
@pytest.mark.parametrize("n_shapes", [0, 1, 3, 60])
def test_how_much_of_a_burst_is_one_shape(n_channels: int, n_shapes: int) -> None:
    rng = np.random.default_rng(n_channels + n_shapes)
    part = rng.standard_normal((60, n_shapes)) @ rng.standard_normal((n_shapes, n_channels))
    args = (part.T @ part, rng.uniform(0.5, 2.0, n_channels), np.ones(n_channels), 0, 60)
    np.testing.assert_allclose(_channels.reach(*args), slow.reach(*args), **CLOSE)
    alone = (np.diag(np.arange(n_channels, dtype=float)), *args[1:])
    np.testing.assert_allclose(_channels.reach(*alone), slow.reach(*alone), **CLOSE)


@pytest.mark.parametrize(("n_window", "n_late", "n_more"), [(15, 3, 0), (15, 3, 5), (63, 13, 7), (40, 1, 7)])
@pytest.mark.parametrize("n", [1, 7, 8, 150])
def test_pulses_are_fitted_as_by_the_twin(n_window: int, n_late: int, n_more: int, n: int) -> None:
    rng = np.random.default_rng(n)
    signal = np.concatenate((burst(n, n, n // 3, n // 4), np.zeros(n_window)))
    response = rng.standard_normal(n_window) * np.exp(-np.arange(n_window) / 5.0)
    late = np.array([np.concatenate((np.zeros(k), response[: n_window - k])) for k in range(n_late + n_more)]).T
    basis, triangle = np.linalg.qr(late[:, :n_late])
    wide = np.triu(np.linalg.inv(np.linalg.qr(late)[1]))
    ends = np.array((n_window // 2, n_window - 2, n_window - 1, n_window))
    products = _pulses.partial_correlations(signal, response, ends)
    np.testing.assert_allclose(products, slow_models.partial_correlations(signal, response, ends), **CLOSE)
    for n_lanes in (1, 2, 4)[: widest_lanes().bit_length()]:
        np.testing.assert_array_equal(_pulses.partial_correlations(signal, response, ends, n_lanes), products)
    tail_share = float(np.linalg.norm(basis[n_window - n_more :], 2)) if n_more else 0.0
    args = (signal, products[3], response, np.triu(np.linalg.inv(triangle)), wide, tail_share)
    energy, at, weights = _pulses.best_pulse(*args)
    twin = slow_models.best_pulse(*args)
    assert (energy, at) == (pytest.approx(twin[0], rel=1e-9), twin[1])
    np.testing.assert_allclose(weights, twin[2], **CLOSE)
    sooner = response[: n_window - 1]
    later = np.concatenate(([0.0], response[: n_window - 2]))
    inverse = np.triu(np.linalg.inv(np.linalg.qr(np.column_stack((sooner, later, np.cumsum(later))))[1]))
    for least in (0.0, 3.0, 1e9):
        args = (signal, products[2], products[1], np.cumsum(later), inverse, least)
        assert _pulses.best_step(*args) == pytest.approx(slow_models.best_step(*args), rel=1e-9)
    shape = basis @ weights
    twice = signal.copy()
    twice[-n_window:] += 0.9 * shape
    args = (twice, shape, at, 3, 2 * n, 0.3, 1.6)
    assert _pulses.largest_repeat(*args) == pytest.approx(slow_models.largest_repeat(*args), rel=1e-9)


@pytest.mark.parametrize(("n", "n_channels"), [(2, 1), (60, 1), (128, 3), (516, 16)])
def test_stretches_are_as_alike_as_the_twin_says(n: int, n_channels: int) -> None:
    ours = np.column_stack([burst(seed, n, n // 3, n // 4) for seed in range(n_channels)])
    patterns = np.array([np.roll(ours[:, ::-1], 3 * k, axis=0)[: (n + 1) // 2] for k in range(2)])
    chosen = np.array((1, 0, 1))
    for n_lanes in (1, 2, 4)[: widest_lanes().bit_length()]:
        dots = _alike.products(ours, patterns, chosen, n_lanes)
        np.testing.assert_allclose(dots, slow_models.products(ours, patterns, chosen), **CLOSE)
        np.testing.assert_array_equal(dots, _alike.products(ours, patterns, chosen))
    assert _alike.products(ours, patterns, chosen[:0]).shape == (0, n - len(patterns[0]) + 1)
    weights = np.linspace(0.0, 2.0, n_channels)
    for n_window in {1, (n + 1) // 2, n}:
        args = (ours, weights, n_window)
        np.testing.assert_allclose(_alike.window_energies(*args), slow_models.window_energies(*args), **CLOSE)
    with pytest.raises(ValueError, match="no pattern of"):
        _alike.products(ours[:1], patterns[:, :1, :0], chosen)
    with pytest.raises(ValueError, match="no number 2"):
        _alike.products(ours, patterns, np.array((0, 2)))
    with pytest.raises(ValueError, match="1, 2 or 4 lags"):
        _alike.products(ours, patterns, chosen, 3)
    with pytest.raises(ValueError, match="no window"):
        _alike.window_energies(ours, weights, n + 1)


@pytest.mark.parametrize("first", [-9, 0, 50, 95, 100])
@pytest.mark.parametrize("each", [1, 4])
def test_surroundings_are_cut_out_as_by_the_twin(first: int, each: int) -> None:
    signal = np.column_stack([burst(seed, 100, 30, 20) for seed in range(3)])
    for weights in (np.zeros(3), np.array((1.0, 0.0, 2.0))):
        args = (signal, weights, first, 10, each)
        np.testing.assert_allclose(_alike.averaged_rows(*args), slow_models.averaged_rows(*args), **CLOSE)
        for stop in (first, first + 60):
            assert _alike.centre_row(signal, weights, first, stop) == slow_models.centre_row(
                signal, weights, first, stop
            )
    with pytest.raises(ValueError, match="2 weights"):
        _alike.averaged_rows(signal, np.ones(2), first, 10, each)
    with pytest.raises(ValueError, match="2 weights"):
        _alike.centre_row(signal, np.ones(2), first, 60)


def test_a_burst_that_is_none_is_refused() -> None:
    signal = np.ones(10)
    with pytest.raises(ValueError, match="a burst from row 4 to 4"):
        _shape.outline(signal, 4, 4, 1.0, 1000.0, 5)
    with pytest.raises(ValueError, match="no burst from row 4 to 11"):
        _shape.levels(signal, 4, 11, 1000.0, 8)
    with pytest.raises(ValueError, match="no row 11"):
        _shape.wander(signal, 11, 12, 1.0, 1000.0)
    with pytest.raises(ValueError, match="10 sizes"):
        _burst.onset_sums(signal, signal[:3], signal, 1000.0, 1)
    with pytest.raises(ValueError, match="1, 2 or 4"):
        _burst.onset_sums(signal, signal, signal, 1000.0, 1, 3)
    with pytest.raises(ValueError, match="a penalty for each rise"):
        _burst.onset_rows(np.ones((2, 5, 10)), np.ones(3), 1.0)
    by = load_forest().by_number
    with pytest.raises(ValueError, match="and 10 numbers"):
        _trees.reach_leaves(by.limits, by.above, by.trees, by.begins, by.firsts, signal)
    ways = load_forest().by_leaf
    with pytest.raises(ValueError, match="no number -1"):
        _trees.add_steps(ways.begins, ways.features, ways.steps, np.array([-1]), 1)
    with pytest.raises(ValueError, match="do not fit"):
        _pulses.best_pulse(signal, signal, np.ones(11), np.ones((2, 2)), np.ones((2, 2)), 1.0)
    with pytest.raises(ValueError, match="cannot be 9"):
        _pulses.best_pulse(signal, signal, np.ones(8), np.ones((2, 2)), np.ones((9, 9)), 1.0)
    with pytest.raises(ValueError, match="triangle of 3"):
        _pulses.best_step(signal, signal, signal, signal, np.ones((2, 2)), 0.0)
    with pytest.raises(ValueError, match="1, 2 or 4 places"):
        _pulses.partial_correlations(signal, signal, np.array((3, 4)), 3)
    with pytest.raises(ValueError, match="ends that rise"):
        _pulses.partial_correlations(signal, signal, np.array((4, 3)))
    with pytest.raises(ValueError, match="no 4 of them from row 7 on"):
        _pulses.largest_repeat(signal, np.ones(4), 7, 1, 2, 0.5, 1.5)


@pytest.mark.parametrize("n", [1, 2, 500])
def test_contacts_are_counted_as_their_twin_does(n: int) -> None:
    rng = np.random.default_rng(n)
    scale = np.array([0.02, 0.02, 0.02, 0.02, 0.05, 0.02])
    rail = np.array([7.5e6, 7.5e6, 7.5e6, 7.5e6, np.inf, 7.5e6])
    counts = np.round(rng.normal(0.0, (500.0, 1.0, 1.0, 3e6, 0.7, 0.0), (n, 6)) + np.array((0, 9e5, 8e6, 0, 0, 5))).T
    counts = np.ascontiguousarray(np.clip(counts, -8_388_607, 8_388_607), np.int32)
    counts[3, : n // 2], counts[3, n // 2 :] = -8_000_000, 8_000_000
    ours, theirs = np.zeros((3, 6), np.int64), np.zeros((3, 6), np.int64)
    for part in (counts, np.ascontiguousarray(-counts), counts // 7):
        good = _contact.tally_contacts(part, scale, rail, 0.05, ours)
        np.testing.assert_array_equal(good, slow_models.tally_contacts(part, scale, rail, 0.05, theirs))
        np.testing.assert_array_equal(ours, theirs)
        window = np.hanning(n + 2)[1:-1]
        np.testing.assert_allclose(
            _contact.windowed_uv(part, scale, window), slow_models.windowed_uv(part, scale, window), **CLOSE
        )
    if n > 2:
        assert ours.any(axis=1).all()  # each state occurred


@pytest.mark.parametrize("n", [0, 1, 251])
def test_powers_are_weighed_and_counted_as_their_twins_do(n: int) -> None:
    rng = np.random.default_rng(n)
    spectra = rng.normal(0.0, 9.0, (5, n)) + 1j * rng.normal(0.0, 9.0, (5, n))
    weights = rng.normal(0.0, 1.0, (3, n))
    powers = _contact.weighed_powers(spectra, weights)
    np.testing.assert_allclose(powers, slow_models.weighed_powers(spectra, weights), **CLOSE)
    ours, theirs = np.zeros((4, 70), np.int64), np.zeros((4, 70), np.int64)
    values = np.concatenate((10.0 ** rng.uniform(-4.0, 9.0, n), (0.0, -3.0, 1e-3, np.inf)))
    rows = np.arange(n + 4) % 4
    _contact.count_logs(values, rows, 1e-3, 10.0, ours)
    slow_models.count_logs(values, rows, 1e-3, 10.0, theirs)
    np.testing.assert_array_equal(ours, theirs)
    assert ours.sum() == n + 4


def test_contacts_of_other_shapes_are_refused() -> None:
    counts, scale = np.zeros((2, 5), np.int32), np.ones(2)
    with pytest.raises(ValueError, match="a rail and three counts"):
        _contact.tally_contacts(counts, np.ones(3), scale, 1.0, np.zeros((3, 2), np.int64))
    with pytest.raises(ValueError, match="a rail and three counts"):
        _contact.tally_contacts(counts, scale, np.ones(3), 1.0, np.zeros((3, 2), np.int64))
    with pytest.raises(ValueError, match="a rail and three counts"):
        _contact.tally_contacts(counts[:, :0].copy(), scale, scale, 1.0, np.zeros((3, 2), np.int64))
    with pytest.raises(ValueError, match="a window of 5 samples"):
        _contact.windowed_uv(counts, scale, np.ones(4))
    with pytest.raises(ValueError, match="5 frequencies, and weights for 4"):
        _contact.weighed_powers(np.ones((2, 5), np.complex128), np.ones((3, 4)))
    bins = np.zeros((2, 3), np.int64)
    with pytest.raises(ValueError, match="2 values, 1 rows"):
        _contact.count_logs(scale, np.array([0]), 1.0, 1.0, bins)
    with pytest.raises(ValueError, match="no number 2"):
        _contact.count_logs(scale, np.array([0, 2]), 1.0, 1.0, bins)
