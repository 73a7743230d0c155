"""Memory of brief bursts and the search for those that resemble the next one."""

import numpy as np
import pytest

from dsp.heart.brief_bursts import LEAST_SLOW_PEAK, MOST_KEPT, BriefBursts
from dsp.heart.slow_changes import SlowChanges, slow_changes
from dsp.recent import Recent, Samples

RATE_HZ, SLACK, N = 250.0, 3, 40
CORE = slice(8, 34)
WEIGHTS = np.ones(2)


def shape(seed: int) -> Samples:
    """Return the signal around a burst, of the length that is compared."""
    wave = np.random.default_rng(seed).standard_normal((N + 2 * SLACK, 2))
    return 5.0 * wave * np.hanning(N + 2 * SLACK)[:, np.newaxis]


def kept(bursts: dict[int, Samples]) -> BriefBursts:
    brief = BriefBursts(80.0, CORE, SLACK)
    for start, around in bursts.items():
        brief.keep(start, (around[SLACK : SLACK + N],) * 2, around, around)
    return brief


@pytest.mark.parametrize("lag", [-2, 0, 3])
def test_the_same_shape_is_found_at_its_lag_in_the_band_and_in_slow_changes(lag: int) -> None:
    brief = kept({0: shape(1), 200: shape(2)})
    again = 1.2 * np.roll(shape(1), lag, axis=0)
    for found in (
        brief.alike(again, WEIGHTS, 400, 0.8),
        brief.alike_slowly(again, 400),
    ):
        assert {start: at for start, (_, at) in found.items()} == {0: lag}


@pytest.mark.parametrize("size", [0.3, 3.0])
def test_the_same_shape_of_another_size_is_no_beat(size: float) -> None:
    brief = kept({0: shape(1)})
    assert brief.alike(size * shape(1), WEIGHTS, 400, 0.8) == {}
    assert brief.alike_slowly(size * shape(1), 400) == {}


def test_what_is_too_near_or_too_old_is_not_compared() -> None:
    brief = kept({0: shape(1), 200: shape(1)})
    assert set(brief.alike(shape(1), WEIGHTS, 270, 0.8)) == {0}
    brief.forget(100.0)
    assert set(brief.alike(shape(1), WEIGHTS, 400, 0.8)) == {200}


def test_only_the_latest_are_kept() -> None:
    brief = kept({200 * k: shape(k) for k in range(MOST_KEPT + 3)})
    found = [set(brief.alike(shape(k), WEIGHTS, 10_000, 0.9)) for k in range(MOST_KEPT + 3)]
    assert found[:3] == [set()] * 3
    assert found[3:] == [{200 * k} for k in range(3, MOST_KEPT + 3)]


def test_slow_changes_that_do_not_stand_out_are_not_compared() -> None:
    brief = kept({0: shape(1)})
    flat = shape(1) * 0.9 * LEAST_SLOW_PEAK / np.max(np.abs(shape(1)))
    assert brief.alike_slowly(flat, 400) == {}


def test_slow_changes_are_measured_over_what_is_usual_and_a_channel_that_is_not_used_is_left_out() -> None:
    raw_uv = np.random.default_rng(5).standard_normal((500, 2)) * (1.0, 50.0)
    ones, slow = np.ones(2), SlowChanges(RATE_HZ, 1, CORE)
    over = slow.of(raw_uv, 0, 500) * slow.weigh(Recent(0, raw_uv, raw_uv, np.array([1.0, 0.02]), ones, ones))
    assert np.median(np.abs(over), axis=0) == pytest.approx(0.67, abs=0.15)
    assert slow.weigh(Recent(0, raw_uv, raw_uv, np.array([1.0, 0.0]), ones, ones))[1] == 0.0
    short = Recent(0, raw_uv[:5], raw_uv[:5], ones, ones, ones)
    assert np.isfinite(slow.weigh(short)).all()


@pytest.mark.parametrize("step", [1, 4])
@pytest.mark.parametrize(("first", "stop"), [(0, 500), (4, 40), (200, 320), (480, 600), (7, 500)])
def test_slow_changes_of_some_samples_are_those_of_all(step: int, first: int, stop: int) -> None:
    raw_uv = np.cumsum(np.random.default_rng(6).standard_normal((500, 3)), axis=0)
    slow = SlowChanges(1000.0 * step, step, CORE)
    whole_steps = raw_uv[first % step :][: 500 // step * step - step].reshape(-1, step, 3)
    all_of_them = slow_changes(whole_steps.mean(axis=1), 18)
    found = slow.of(raw_uv, first, stop)
    assert len(found) == (min(stop, 500) - first) // step
    n = min(len(found), len(all_of_them) - first // step)
    np.testing.assert_allclose(found[:n], all_of_them[first // step :][:n], atol=1e-9)
