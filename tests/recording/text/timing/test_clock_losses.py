import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition.recording.text.timing.clock_losses import MAX_JUMPS, LossClock
from acquisition.recording.text.timing.sample_counter import CounterModel, SamplePlaces

CYTON, DAISY, GANGLION = CounterModel(1, 256), CounterModel(2, 256), CounterModel(1, 201)


def arrived(n_samples: int, *lost: tuple[int, int]) -> NDArray[np.int64]:
    """Return the positions of the samples received."""
    keeps = np.ones(n_samples, np.bool_)
    for start, stop in lost:
        keeps[start:stop] = False
    return np.flatnonzero(keeps)


def found(
    made: NDArray[np.int64],
    times_s: NDArray[np.float64],
    model: CounterModel = CYTON,
    rate_hz: float = 250.0,
    counters: NDArray[np.float64] | None = None,
    n_chunk: int = 700,
) -> NDArray[np.int64]:
    """Return the positions from counter and clock together."""
    if counters is None:
        counters = (made * model.step % model.modulus).astype(np.float64)
    clock, places = LossClock(model, rate_hz), SamplePlaces(model, rate_hz)
    for start in range(0, len(made), n_chunk):
        part = slice(start, start + n_chunk)
        clock.add(times_s[part], counters[part], places.of(counters[part], times_s[part], len(made[part])))
    return SamplePlaces(model, rate_hz, clock.losses()).of(counters, times_s, len(made))


@pytest.mark.parametrize("n_chunk", [77, 700, 99_999])
@pytest.mark.parametrize(
    "model, rate_hz", [(CYTON, 250.0), (DAISY, 125.0), (GANGLION, 200.0), (CYTON, 1000.0), (CYTON, 512.0)]
)
def test_losses_of_more_than_a_turn_keep_their_places_under_late_stamps(model, rate_hz, n_chunk):
    rng = np.random.default_rng(7)
    n_turn = model.modulus // model.step
    n_lost = (3 * n_turn, n_turn + 40, 7 * n_turn + 100)
    starts = (10 * rate_hz, 30 * rate_hz, 70 * rate_hz)
    made = arrived(
        round(100 * rate_hz), *((int(start), int(start) + n) for start, n in zip(starts, n_lost, strict=True))
    )
    true_s = 1.7e9 + made / (rate_hz * 1.002)
    stamps_s = true_s + rng.exponential(0.005, len(made))
    for start in rng.integers(0, len(made), 40):  # bursts of late stamps
        stamps_s[start : start + 50] += rng.uniform(0.0, 0.12)
    for start in np.searchsorted(made, (20 * rate_hz, 50 * rate_hz)):  # the program stalled for 3 s
        stamps_s[start:] = np.maximum(stamps_s[start:], true_s[start] + 3.0)
    assert np.array_equal(found(made, np.round(stamps_s, 3), model, rate_hz, n_chunk=n_chunk), made)


def test_a_program_that_stands_still_before_the_end_has_lost_nothing():
    made = np.arange(5000)
    times_s = 1.7e9 + made / 250
    times_s[4600:] = times_s[4600] + 4.0
    assert np.array_equal(found(made, times_s), made)


@pytest.mark.parametrize("set_by_s", [-30.0, -0.4, 0.4, 40.5, 7200.0])
def test_a_clock_that_is_set_is_no_loss(set_by_s):
    made = np.arange(5000)
    times_s = 1.7e9 + made / 250 + set_by_s * (made >= 2000)
    assert np.array_equal(found(made, times_s), made)


def test_a_broken_stamp_is_no_loss():
    made = arrived(5000, (2000, 2010))
    times_s = 1.7e9 + made / 250
    times_s[[1000, 1999]] -= 10.0
    times_s[3000] += 1e4
    times_s[3500] = np.nan
    assert np.array_equal(found(made, times_s), made)


def test_a_pause_behind_which_the_counter_begins_anew_has_the_length_that_the_clock_tells():
    made = arrived(5000, (2000, 2900))
    counters = np.where(made < 2000, made, made - 2900) % 256.0
    assert np.array_equal(found(made, 1.7e9 + made / 250, counters=counters), made)


def test_a_clock_that_jumps_all_the_time_is_not_asked():
    made = arrived(20_000, (2000, 2512))
    times_s = 1.7e9 + made / 250 + 0.5 * (np.arange(len(made)) // 10)
    assert len(made) // 10 > MAX_JUMPS
    assert found(made, times_s)[-1] == len(made) - 1
