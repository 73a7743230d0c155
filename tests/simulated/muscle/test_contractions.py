import numpy as np
import pytest

from acquisition.simulated.muscle.contractions import (
    contraction,
    cramp,
    fasciculation,
    reflex_delay_s,
    reflex_latency_s,
    stretch_reflex,
    tap_reflex,
    twitch_volley,
)
from acquisition.simulated.scenario import Muscle


@pytest.mark.parametrize("seed", range(30))
def test_a_twitch_is_a_short_volley_of_a_few_units(seed: int) -> None:
    rng = np.random.default_rng(seed)
    discharges = twitch_volley(rng.random(), rng)
    times_s = [time_s for time_s, _ in discharges]
    assert 3 <= len({unit for _, unit in discharges}) <= 20
    assert min(times_s) == 0.0
    assert max(times_s) <= 0.150


def test_a_unit_slows_down_within_a_twitch() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        times_s: dict[int, list[float]] = {}
        for time_s, unit in twitch_volley(1.0, rng):
            times_s.setdefault(unit, []).append(time_s)
        for train in times_s.values():
            intervals_s = np.diff(train)
            assert np.all(np.diff(intervals_s) >= -1e-12)
            assert np.all((intervals_s > 1 / 80.1) & (intervals_s < 1 / 19.9))


def test_a_stronger_twitch_recruits_more() -> None:
    rng = np.random.default_rng(1)
    weak, strong = ([len(twitch_volley(strength, rng)) for _ in range(200)] for strength in (0.2, 0.9))
    assert np.mean(strong) > 2.0 * np.mean(weak)


@pytest.mark.parametrize(("distance_m", "low_s", "high_s"), [(0.2, 0.010, 0.020), (0.9, 0.030, 0.070)])
def test_latency_is_made_of_distance_and_velocity(distance_m: float, low_s: float, high_s: float) -> None:
    rng = np.random.default_rng(2)
    latencies_s = [reflex_latency_s(Muscle(nerve_distance_m=distance_m), rng) for _ in range(200)]
    assert low_s < min(latencies_s) < max(latencies_s) < high_s


def test_a_contraction_ramps_and_fires_at_human_rates() -> None:
    discharges = list(contraction(20, 4.0, 1.0, 0.8, np.random.default_rng(3)))
    times_s = np.array([time_s for time_s, _ in discharges])
    assert np.count_nonzero(times_s < 0.5) < 0.5 * np.count_nonzero((times_s > 1.5) & (times_s < 2.0))
    first_unit_s = np.sort([time_s for time_s, unit in discharges if unit == 0])
    assert 8.0 < (first_unit_s.size - 1) / np.ptp(first_unit_s) < 25.0
    assert times_s.max() < 4.0
    assert {unit for _, unit in discharges} < set(range(20))  # the largest units stay silent


def test_a_contraction_of_no_drive_ends() -> None:
    assert len(list(contraction(20, 4.0, 1.0, 0.0, np.random.default_rng(3)))) == 0


def test_a_tap_is_answered_at_19_and_45_ms() -> None:
    times_s = np.array([time_s for time_s, _ in tap_reflex(24, 1.0, np.random.default_rng(4))])
    assert np.all((np.abs(times_s - 0.0193) < 0.008) | (np.abs(times_s - 0.0446) < 0.008))


def test_a_harder_tap_is_answered_by_more_units_and_a_stretch_is_spread() -> None:
    soft, hard = ([*tap_reflex(24, force, np.random.default_rng(4))] for force in (0.5, 1.0))
    assert len(soft) < len(hard)
    times_s = np.array([time_s for time_s, _ in stretch_reflex(24, 1.0, np.random.default_rng(4))])
    short_s, long_s = times_s[times_s < 0.04], times_s[times_s > 0.0494]
    assert short_s.min() >= 0.0193
    assert 0.0446 <= long_s.min() < long_s.max() <= 0.1
    assert np.std(times_s) > 0.02


@pytest.mark.parametrize(("distance_m", "delay_s"), [(0.05, 0.0), (0.2, 0.0), (0.9, 0.018)])
def test_a_reflex_beside_the_spine_comes_first(distance_m: float, delay_s: float) -> None:
    """A calf's tendon reflex takes about 37 ms, 18 ms more than that of the erector spinae."""
    assert reflex_delay_s(Muscle(nerve_distance_m=distance_m)) == pytest.approx(delay_s, abs=0.001)


def test_a_fasciculation_is_one_unit_once_or_twice() -> None:
    rng = np.random.default_rng(5)
    trains = [list(fasciculation(24, rng)) for _ in range(200)]
    assert all(len({unit for _, unit in train}) == 1 for train in trains)
    assert {len(train) for train in trains} == {1, 2}


def test_a_cramp_lasts_seconds_and_fires_faster_than_will() -> None:
    """Units fire 40-150 times a second for seconds to minutes [M]."""
    discharges = list(cramp(20, 6.0, np.random.default_rng(6)))
    assert {unit for _, unit in discharges} == set(range(20))
    assert 4.0 < max(time_s for time_s, _ in discharges) < 6.0
    for unit in range(20):
        rate_hz = 1.0 / np.median(np.diff([time_s for time_s, of in discharges if of == unit]))
        assert 35.0 < rate_hz < 90.0
