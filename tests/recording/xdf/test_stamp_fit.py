"""Losses and rate from time stamps that jitter, drift, stall and step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from acquisition.recording.xdf.stamp_fit import StampFit, _quantiles, fit_stamps, fit_stamps_at
from tests.cost import assert_costs_at_most


def stamps(
    duration_s: float, rate_hz: float, chunk: int, jitter_s: float, kind: str = "both ways", drift: float = 0.0, seed=1
) -> NDArray[np.float64]:
    """Return stamps of chunks that jitter as a whole; within a chunk they follow at the nominal rate, as in LSL."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(int(duration_s * rate_hz))
    first = numbers // chunk * chunk
    n_chunks = int(first[-1]) // chunk + 1
    late_s = rng.normal(0, jitter_s, n_chunks) if kind == "both ways" else rng.exponential(jitter_s, n_chunks)
    return 1000.0 + first / (rate_hz * (1.0 + drift)) + (numbers - first) / rate_hz + late_s[numbers // chunk]


def fit_of(times_s: NDArray[np.float64], declared_hz: float | None) -> StampFit:
    found = fit_stamps(times_s, declared_hz)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["both ways", "late only"])
@pytest.mark.parametrize("jitter_s", [0.0005, 0.001, 0.003, 0.005])
@pytest.mark.parametrize("chunk", [1, 5, 20, 64])
@pytest.mark.parametrize("rate_hz", [250, 1000, 4000])
def test_jitter_alone_is_no_loss(rate_hz: int, chunk: int, jitter_s: float, kind: str) -> None:
    for drift in (0.0, 0.005, -0.005):
        found = fit_of(stamps(60, rate_hz, chunk, jitter_s, kind, drift), rate_hz)
        assert (found.n_lost, found.suspect_s) == ((), ())
        assert 1.0 / found.period_s == pytest.approx(rate_hz * (1.0 + drift), rel=3e-4)


@settings(max_examples=60, deadline=None)
@given(
    rate_hz=st.integers(250, 4000),
    chunk=st.integers(1, 64),
    jitter_s=st.floats(0.0, 0.005),
    kind=st.sampled_from(["both ways", "late only"]),
    drift=st.floats(-0.005, 0.005),
    seed=st.integers(0, 1000),
)
def test_no_complete_stream_loses_anything(
    rate_hz: int, chunk: int, jitter_s: float, kind: str, drift: float, seed: int
) -> None:
    assert fit_of(stamps(40, rate_hz, chunk, jitter_s, kind, drift, seed), rate_hz).n_lost == ()


def lose(times_s: NDArray[np.float64], *gaps: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the times without `gaps` (first sample, number of samples), and their positions."""
    is_left = np.ones(len(times_s), np.bool_)
    for first, n_lost in gaps:
        is_left[first : first + n_lost] = False
    return times_s[is_left], np.flatnonzero(is_left)


@pytest.mark.parametrize("kind", ["both ways", "late only"])
@pytest.mark.parametrize("jitter_s", [0.0, 0.001, 0.003])
@pytest.mark.parametrize("length_s", [0.02, 0.1, 0.5, 3.0, 60.0])
@pytest.mark.parametrize("rate_hz", [250, 1000, 4000])
def test_a_loss_is_found_with_its_length(rate_hz: int, length_s: float, jitter_s: float, kind: str) -> None:
    chunk = rate_hz // 50
    whole_s = stamps(120, rate_hz, chunk, jitter_s, kind, drift=0.002)
    times_s, places = lose(whole_s, (20 * rate_hz, round(length_s * rate_hz)))
    found = fit_of(times_s, rate_hz)
    error_s = np.abs(found.places(len(times_s)) - places) / rate_hz
    assert len(found.starts) == 1
    assert error_s[-1] <= max(1 / rate_hz, jitter_s) + 5e-5 * length_s  # accuracy of the rate
    assert abs(found.starts[0] - 20 * rate_hz) <= (0.1 * rate_hz if jitter_s else 0)


@pytest.mark.parametrize("jitter_s", [0.0, 0.0005, 0.002])
def test_losses_in_a_row_are_found_one_by_one(jitter_s: float) -> None:
    gaps = ((20_000, 20), (20_500, 500), (21_500, 100), (22_000, 3000), (40_000, 20), (50_000, 40))
    times_s, places = lose(stamps(60, 1000, 20, jitter_s), *gaps)
    found = fit_of(times_s, 1000)
    assert len(found.starts) == len(gaps)
    assert found.n_lost == pytest.approx([n_lost for _, n_lost in gaps], abs=2000 * jitter_s)
    assert np.abs(found.places(len(times_s)) - places)[-1] <= 2000 * jitter_s


def test_single_samples_are_seen_to_be_lost_where_stamps_are_exact() -> None:
    for rate_hz, declared_hz in ((1000.0, 1000.0), (995.0, 1000.0), (1000.0, None)):
        firsts = np.arange(1000, 59_000, 300)
        times_s, places = lose(1000 + np.arange(60_000) / rate_hz, *((first, 1) for first in firsts))
        found = fit_of(times_s, declared_hz)
        assert np.array_equal(found.places(len(times_s)), places)
        assert 1.0 / found.period_s == pytest.approx(rate_hz)


def test_a_loss_as_large_as_the_jitter_is_suspected_only() -> None:
    times_s, _ = lose(stamps(120, 4000, 20, 0.005, seed=3), (40 * 4000, 48))
    found = fit_of(times_s, 4000)
    assert found.n_lost == ()
    assert found.suspect_s == pytest.approx([0.012], abs=0.003)


@pytest.mark.parametrize("length_s", [0.1, 0.5, 5.0])
def test_a_program_held_up_loses_nothing(length_s: float) -> None:
    times_s = 1000 + np.arange(60_000) / 1000
    n_held = round(1000 * length_s)
    for first in (10_000, 30_000, 60_000 - n_held // 2):
        late_s = length_s - np.arange(n_held) / 1000
        times_s[first : first + n_held] += late_s[: 60_000 - first]
    assert fit_of(times_s, 1000).n_lost == ()


def test_stamps_that_are_late_for_a_while_and_come_back_lose_nothing() -> None:
    times_s = 1000 + np.arange(60_000) / 1000
    times_s[20_000:30_000] += 0.3
    assert fit_of(times_s, 1000).n_lost == ()


def test_a_loss_shortly_before_the_end_is_found() -> None:
    times_s, places = lose(1000 + np.arange(60_000) / 1000, (30_000, 29_000))
    assert np.array_equal(fit_of(times_s, 1000).places(len(times_s)), places)


def test_one_stamp_for_a_whole_chunk_is_no_loss() -> None:
    numbers = np.arange(60_000)
    for chunk in (32, 250):
        found = fit_of(1000 + (numbers // chunk * chunk + chunk) / 1000, 1000)
        assert (found.n_lost, round(1.0 / found.period_s)) == ((), 1000)


@pytest.mark.parametrize("true_hz", [500, 970, 2000])
def test_a_rate_that_is_not_as_stated_is_measured(true_hz: int) -> None:
    found = fit_of(1000 + np.arange(60_000) / true_hz, 1000)
    assert (found.n_lost, round(1.0 / found.period_s, 3)) == ((), true_hz)


def test_where_the_rate_is_sure_stamps_tell_losses_alone() -> None:
    times_s, places = lose(1000 + np.arange(60_000) / 1000, *((first, 20) for first in range(200, 59_000, 200)))
    found = fit_stamps_at(times_s, 1000)
    assert np.abs(found.places(len(times_s)) - places).max() <= 20


@pytest.mark.parametrize("times_s", [[5.0], [5.0, 5.0, 5.0], [3.0, 2.0, 1.0]])
def test_stamps_that_do_not_go_on_tell_nothing(times_s: list[float]) -> None:
    assert fit_stamps(np.array(times_s), 1000) is None


def test_times_keep_with_the_signal_whatever_single_stamps_do() -> None:
    times_s = stamps(60, 1000, 20, 0.003, drift=-0.01)
    times_s, _ = lose(times_s, (30_000, 2000))
    found = fit_of(times_s, 1000)
    asked = np.array([5000, 25_000, 40_000, 50_000])  # samples: the true ones come at 990 a second
    there_s = 1000.0 + asked / 990.0 - times_s[0]
    assert found.places_of(there_s) == pytest.approx(asked, abs=3)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300), st.sampled_from([None, 0.5, 100.0]))
def test_any_stamps_at_all_give_places_that_rise(times_s: list[float], declared_hz: float | None) -> None:
    found = fit_stamps(np.array(times_s), declared_hz)
    if found is not None:
        places = found.places(len(times_s))
        assert places[0] == 0
        assert np.all(np.diff(places) >= 1)
        assert np.isfinite(found.places_of(np.array([0.0, 1.0]))).all()


def test_an_hour_is_fitted_without_work_on_every_sample_in_python() -> None:
    times_s = stamps(3600, 1000, 20, 0.003)

    def fit() -> None:
        assert fit_of(times_s, 1000).n_lost == ()

    # Measured: 5. Work on every sample in Python takes some hundred times as long as a loop that only counts.
    assert_costs_at_most(25.0, fit, lambda: sum(1 for _ in times_s))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_quantiles_are_those_of_numpy(values: list[float]) -> None:
    shares = (0.05, 0.25, 0.5, 0.75)
    assert _quantiles(np.array(values), *shares) == pytest.approx(np.quantile(values, shares).tolist(), abs=1e-9)
