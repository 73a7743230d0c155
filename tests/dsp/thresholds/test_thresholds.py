"""Thresholds from the tail of the noise: how often noise crosses them, and the effect of quiet blocks."""

import tracemalloc

import numpy as np
import pytest

from bench.budget import KINDS, Rest, count
from dsp import TwitchDetector, TwitchEvent
from dsp.thresholds.budget import ALIKE_PLACES, TAIL_LEVELS, crossings_per_min, gaussian_tail
from dsp.thresholds.kernel_design import CEILING, design_kernel
from dsp.thresholds.tail import reached_by_noise
from dsp.verdict import required
from tests.dsp import scenes


def test_tail_of_two_degrees_is_exponential() -> None:
    mean_excess, mean_square, shape = gaussian_tail(2.0, 3.0)
    assert mean_excess == pytest.approx(1.0, rel=0.01)
    assert mean_square == pytest.approx(2.0, rel=0.01)
    np.testing.assert_allclose(shape[:20], np.arange(20), rtol=0.01, atol=0.01)


@pytest.mark.parametrize(("degrees", "knee"), [(1.7, 3.0), (9.0, 1.8), (30.0, 1.4)])
def test_tail_is_that_of_chi_square(degrees: float, knee: float) -> None:
    from scipy import stats

    mean_excess, _, shape = gaussian_tail(degrees, knee)
    assert len(shape) == TAIL_LEVELS
    power = stats.chi2(degrees, scale=1.0 / degrees)
    for level in (1, 4, 9, 14):
        expected = power.isf(power.sf(knee) * np.exp(-level))
        assert knee + mean_excess * shape[level] == pytest.approx(expected, rel=0.01)


def test_tail_has_no_more_places_than_are_the_same_on_every_processor() -> None:
    mean_excess, mean_square, shape = gaussian_tail(9.0, 1.8)
    assert [round(value, ALIKE_PLACES) for value in (mean_excess, mean_square, *shape.tolist())] == [
        mean_excess, mean_square, *shape.tolist()
    ]  # fmt: skip


def test_calibration_is_interpolated_and_held_at_its_ends() -> None:
    assert crossings_per_min(125.0, 0.05) == crossings_per_min(250.0, 0.05)
    assert crossings_per_min(8000.0, 0.05) == crossings_per_min(4000.0, 0.05)
    low, high = sorted((crossings_per_min(500.0, 0.05), crossings_per_min(1000.0, 0.05)))
    assert low < crossings_per_min(700.0, 0.05) < high


@pytest.mark.parametrize(("kind", "least"), [("gaussian", 0.3), ("coloured", 0.2), ("drifting", 0.2), ("heavy", 0.1)])
def test_noise_crosses_and_is_confirmed_as_often_as_it_may(kind: str, least: float) -> None:
    counts = count(kind, 250.0, 8, budget=2.0, hours=1.5, seed=3)
    allowed = crossings_per_min(250.0, 2.0) * counts.minutes
    assert least < counts.n_crossings / allowed < 1.2
    assert 0.25 * 2.0 * counts.minutes <= counts.n_confirmed <= 2.0 * counts.minutes


@pytest.mark.parametrize("kind", ["heavy", "mixed"])
def test_noise_whose_threshold_stands_at_its_ceiling_uses_its_budget(kind: str) -> None:
    counts = count(kind, 250.0, 16, budget=0.5, hours=2.0, seed=3)
    assert 0.25 <= counts.n_confirmed / counts.minutes / 0.5 <= 1.0


def test_light_noise_uses_the_smallest_budget_too() -> None:
    counts = count("gaussian", 250.0, 8, budget=0.05, hours=8.0, seed=3)
    assert 0.25 <= counts.n_confirmed / counts.minutes / 0.05 <= 1.0


def test_one_channel_keeps_to_the_budget() -> None:
    counts = count("gaussian", 1000.0, 1, budget=0.5, hours=2.0, seed=3)
    assert 0.25 <= counts.n_confirmed / counts.minutes / 0.5 <= 1.0


@pytest.mark.parametrize("n_channels", [1, 16])
def test_what_noise_reaches_is_not_moved_by_what_was_cut_off(n_channels: int) -> None:
    enabled, full_scale = np.ones(n_channels, np.bool_), np.full(n_channels, np.inf)
    design = design_kernel(250.0, (30.0, 100.0), n_channels, enabled, full_scale, 0.5)
    rng = np.random.default_rng(1)
    for stretch in (1.0, 2.0):
        depth = rng.standard_exponential(200_000)  # log-rate relative to the knee, as in the table of the shape
        tail = []
        for k in range(2):
            levels = stretch * design.prior_excess[k] * np.asarray(design.tail_shape[k])
            over = np.interp(depth, np.arange(TAIL_LEVELS), levels)
            rate = design.prior_rate[k]
            ratio = max(max(rate * design.crossings_per_budget, 60.0) / design.candidate_factor, 12.0)
            seen = over[depth < np.log(ratio)]
            tail.append((rate, rate * float(seen.mean()), rate * float(np.mean(seen**2))))
        for k, reached in enumerate(reached_by_noise(design, tail)):
            log_ratio = np.log(max(design.prior_rate[k] * design.crossings_per_budget, 60.0))
            levels = stretch * design.prior_excess[k] * np.asarray(design.tail_shape[k])
            assert reached == pytest.approx(
                design.knee[k] + np.interp(log_ratio, np.arange(TAIL_LEVELS), levels), rel=0.05
            )


def test_budget_is_of_all_channels_together() -> None:
    one, many = (count("gaussian", 250.0, n, budget=2.0, hours=1.0, seed=4) for n in (1, 16))
    assert one.n_crossings > 20
    assert 0.5 < many.n_crossings / one.n_crossings < 2.0


def test_baseline_that_fell_and_returns_rains_no_candidates() -> None:
    rng = np.random.default_rng(5)
    x = 3.0 * rng.standard_normal((250 * 60 * 9, 4))
    x[250 * 120 : 250 * 420] *= 0.4
    detector = TwitchDetector(250.0, 4, false_alarms_per_min=0.5)
    reported = [*detector.process(x), *detector.flush()]
    late = [one for one in reported if isinstance(one, TwitchEvent) and one.onset_s > 420.0]
    assert sum(one.label == "twitch" for one in late) <= 3


def test_quiet_blocks_leave_nothing_behind_and_take_next_to_nothing() -> None:
    rng = np.random.default_rng(6)
    detector = TwitchDetector(1000.0, 16)
    detector.process(3.0 * rng.standard_normal((12_000, 16)))
    blocks = [3.0 * rng.standard_normal((10, 16)) for _ in range(90)]
    tracemalloc.start()
    try:
        for block in blocks:
            assert detector.process(block) == []
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now < 1500
    assert peak < 3000


def test_usable_channels_are_reported() -> None:
    rng = np.random.default_rng(7)
    detector = TwitchDetector(500.0, 4, roles=["surface", "surface", "ecg", "off"], full_scale_uv=8000.0)
    x = 3.0 * rng.standard_normal((2500, 4))
    detector.process(x)
    assert detector.is_usable.tolist() == [True, True, False, False]
    x[:, 1] = 9000.0
    detector.process(x)
    assert detector.is_usable.tolist() == [True, False, False, False]
    detector.process(3.0 * rng.standard_normal((2500, 4)))
    assert detector.is_usable.tolist() == [True, True, False, False]


def test_scattered_small_bursts_do_not_lift_the_threshold_over_twitches() -> None:
    rng = np.random.default_rng(6)
    rest = 3.0 * rng.standard_normal((60_000, 1))
    calm, uneasy = TwitchDetector(1000.0, 1), TwitchDetector(1000.0, 1)
    calm.process(rest)
    wave = np.exp(-0.5 * ((np.arange(60) - 30.0) / 6.0) ** 2)
    for at in np.arange(500, 59_000, 300) + rng.integers(-90, 90, 195):
        rest[at : at + wave.size, 0] += rng.uniform(5.0, 30.0) * wave
    uneasy.process(rest)
    assert np.all(uneasy._kernel.thresholds() < 2.3 * calm._kernel.thresholds())


@pytest.mark.parametrize(("rate_hz", "peak_uv"), [(1000.0, 36.0), (2000.0, 18.0)])
def test_a_known_heart_whose_beats_hardly_stand_out_does_not_lift_the_threshold(rate_hz: float, peak_uv: float) -> None:
    rng = np.random.default_rng(1)
    rest = 3.0 * rng.standard_normal((round(60.0 * rate_hz), 4))
    calm, beating = TwitchDetector(rate_hz, 4), TwitchDetector(rate_hz, 4)
    calm.process(rest)
    t = np.arange(-0.1, 0.1, 1.0 / rate_hz)
    wave = np.exp(-0.5 * (t / 0.008) ** 2) - 0.4 * np.exp(-0.5 * ((t - 0.022) / 0.009) ** 2)
    gains = rng.uniform(0.4, 1.0, 4)
    for beat_s in np.cumsum(rng.normal(0.85, 0.03, 68)):
        start = round(beat_s * rate_hz)
        size = 1.0 + 0.15 * np.sin(0.5 * np.pi * beat_s) + 0.1 * rng.standard_normal()
        rest[start : start + t.size] += peak_uv * size * (wave[:, np.newaxis] * gains)[: len(rest) - start]
    beating.process(rest)
    assert np.all(beating._kernel.thresholds() < 1.8 * calm._kernel.thresholds())


def test_beats_of_a_known_heart_below_the_threshold_do_not_raise_it() -> None:
    calm, beating = TwitchDetector(250.0, 8), TwitchDetector(250.0, 8)
    scene = scenes.quiet(250.0, 90.0, 8, seed=2)
    calm.process(scene.signal_uv)
    scenes.add_heart(scene, over=4.5)
    beating.process(scene.signal_uv)
    assert beating._judge.knows_heart
    assert np.mean(beating._kernel.thresholds() / calm._kernel.thresholds()) < 1.1


def test_what_is_left_out_for_a_heart_is_the_same_in_any_chunking() -> None:
    scene = scenes.quiet(250.0, 40.0, 4, seed=3)
    scenes.add_heart(scene, 4.5)
    whole = TwitchDetector(250.0, 4)
    reported = whole.process(scene.signal_uv)
    assert whole._judge.knows_heart
    for each in (1, 7, 333):
        detector = TwitchDetector(250.0, 4)
        parts = [detector.process(scene.signal_uv[at : at + each]) for at in range(0, len(scene.signal_uv), each)]
        assert [one for part in parts for one in part] == reported
        np.testing.assert_array_equal(detector._kernel.tail(), whole._kernel.tail())


def test_in_a_muscle_in_use_left_out_beats_let_in_only_likely_twitches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times_s = np.arange(43.0, 59.0, 2.0)
    monkeypatch.setattr(required, "RAISED_BY_BEATS", np.inf)
    for over, is_used, needs_more in ((4.5, True, True), (4.5, False, False), (0.0, True, False)):
        found = []
        for least in (required.LEAST_WITHOUT_BEATS, 1.0):
            with monkeypatch.context() as patch:
                patch.setattr(required, "LEAST_WITHOUT_BEATS", least)
                found.append(answers_found(times_s, over, is_used=is_used))
        assert found[0] >= 5
        assert found[1] == (0 if needs_more else found[0])


@pytest.mark.parametrize(("peak_uv", "needs_more"), [(7.9, True), (8.3, False)])
def test_a_higher_probability_is_needed_below_one_and_a_half_times_the_threshold(
    peak_uv: float, needs_more: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    time_s = np.array([55.0])
    assert answers_found(time_s, 4.5, is_used=True, peak_uv=peak_uv) == 1
    monkeypatch.setattr(required, "LEAST_WITHOUT_BEATS", 1.0)
    assert answers_found(time_s, 4.5, is_used=True, peak_uv=peak_uv) == (0 if needs_more else 1)


def answers_found(times_s: np.ndarray, over: float, *, is_used: bool, peak_uv: float = 60.0) -> int:
    """Return how many of the volleys at these times are confirmed, with a heart and after a long contraction or not."""
    scene = scenes.quiet(250.0, 60.0, 4, seed=3)
    if over:
        scenes.add_heart(scene, over)
    if is_used:
        scene.add(40.0, 60.0 * np.hanning(300) * np.random.default_rng(5).standard_normal(300), np.ones(4))
    wave = scenes.volley(np.random.default_rng(6), 250.0)[0]
    for at_s in times_s:
        scene.add(at_s, peak_uv * wave, np.array([1.0, 0.3, 0.1, 0.0]))
    detector = TwitchDetector(250.0, 4)
    reported = [*detector.process(scene.signal_uv), *detector.flush()]
    assert detector._judge.knows_heart == (over > 0.0)
    twitches_s = [event.onset_s for event in reported if isinstance(event, TwitchEvent) and event.label == "twitch"]
    return sum(any(abs(one_s - at_s) < 0.05 for one_s in twitches_s) for at_s in times_s)


def test_what_is_larger_than_restless_noise_is_confirmed_though_the_threshold_stands_at_its_ceiling() -> None:
    rate_hz, seconds = 250.0, 140.0
    scene = scenes.quiet(rate_hz, seconds, 4, seed=1)
    scene.signal_uv = KINDS["mixed"](Rest(41, rate_hz, 4), round(seconds * rate_hz))
    rng = scene.rng
    for at_s in rng.uniform(1.0, 139.0, 160):
        wave = 6.0 * rng.standard_normal(round(rng.uniform(0.02, 0.06) * rate_hz))
        scene.add(at_s, wave, np.eye(4)[rng.integers(4)])
    times_s = np.arange(65.0, 138.0, 8.0)
    for at_s in times_s:
        scene.add(at_s, 75.0 * scenes.volley(rng, rate_hz)[0], np.array([1.0, 0.3, 0.1, 0.0]))
    detector = TwitchDetector(rate_hz, 4)
    reported = [*detector.process(scene.signal_uv), *detector.flush()]
    assert (detector._kernel.thresholds() >= CEILING).any(axis=1).all()
    twitches_s = [event.onset_s for event in reported if isinstance(event, TwitchEvent) and event.label == "twitch"]
    assert all(np.min(np.abs(np.array(twitches_s) - at_s)) < 0.05 for at_s in times_s)
