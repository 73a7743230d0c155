import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition.recording.text.timing.sample_counter import SamplePlaces
from acquisition.recording.text.timing.time_gaps import LONGEST_S, TimeGaps

LOST = ((3000, 3001), (3500, 3503), (5000, 5010), (7000, 7700), (9000, 11_000), (11_060, 11_120))


def arrived(n_samples: int) -> NDArray[np.int64]:
    """Return the positions of the samples received."""
    keeps = np.ones(n_samples, np.bool_)
    for start, stop in LOST:
        keeps[start:stop] = False
    return np.flatnonzero(keeps)


def found(times_s: NDArray[np.float64], rate_hz: float, resolution_s: float, n_chunk: int = 700) -> NDArray[np.int64]:
    gaps = TimeGaps(rate_hz, resolution_s)
    for start in range(0, len(times_s), n_chunk):
        gaps.add(times_s[start : start + n_chunk])
    return SamplePlaces(None, rate_hz, gaps.losses()).of(None, None, len(times_s))


@pytest.mark.parametrize("n_chunk", [1, 77, 700, 99_999])
@pytest.mark.parametrize("rate_hz, n_decimals", [(250, 3), (256, 3), (1000, 3), (1000, 6), (2048, 4), (1925.926, 6)])
def test_every_loss_keeps_its_place(rate_hz, n_decimals, n_chunk):
    made = arrived(20_000)
    assert np.array_equal(found(np.round(made / rate_hz, n_decimals), rate_hz, 10.0**-n_decimals, n_chunk), made)


@pytest.mark.parametrize("rate_hz", [400, 900, 999, 1000, 1001, 1500, 5000])
@pytest.mark.parametrize("n_decimals", [1, 2, 3, 4])
def test_few_decimals_make_no_gap_and_hide_none_of_many_samples(rate_hz, n_decimals):
    made, n_blurred = arrived(20_000), 6 * 10.0**-n_decimals * rate_hz
    for cut in (np.round, np.floor):
        times_s = cut(np.arange(20_000) / rate_hz * 10**n_decimals + 1e-9) / 10**n_decimals
        assert np.array_equal(found(times_s, rate_hz, 10.0**-n_decimals), np.arange(20_000))
        assert np.abs(found(times_s[made], rate_hz, 10.0**-n_decimals) - made).max() <= n_blurred


def test_times_that_grow_coarser_jitter_or_drift_make_no_gap():
    steady = np.arange(50_000) / 1000
    jitter_s = np.random.default_rng(0).uniform(-5e-5, 5e-5, 50_000)
    six_digits = np.array([float(f"{time_s:g}") for time_s in steady + 990.0])
    for times_s, resolution_s in ((six_digits, 1e-3), (steady + jitter_s, 1e-6), (steady * 1.0005, 1e-4)):
        assert np.array_equal(found(times_s, 1000, resolution_s), np.arange(50_000))


def test_late_missing_and_absurd_times_make_no_gap():
    times_s = np.arange(5000) / 250
    times_s[1000:1010] += 0.1
    times_s[2000] = 1e9
    times_s[3000:3100] = np.nan
    times_s[4995:] += 3.0
    assert np.array_equal(found(times_s, 250, 1e-3), np.arange(5000))


@pytest.mark.parametrize("jump_s, n_jumps", [(-5.0, 0), (LONGEST_S + 10.0, 1)])
def test_another_recording_in_the_same_file_is_no_gap(jump_s, n_jumps):
    gaps = TimeGaps(250, 1e-3)
    gaps.add(np.arange(4000) / 250 + jump_s * (np.arange(4000) >= 2000))
    assert not len(gaps.losses())
    assert gaps.n_jumps == n_jumps


@pytest.mark.parametrize("rate_hz", [200, 250, 256, 1000, 1925.926])
def test_a_clock_that_is_set_to_summer_time_is_no_gap(rate_hz):
    gaps = TimeGaps(rate_hz, 1e-3)
    gaps.add(np.round(7185.0 + np.arange(4000) / rate_hz + LONGEST_S * (np.arange(4000) >= 2000), 3))
    assert (gaps.losses().tolist(), gaps.n_jumps) == ([], 1)


@pytest.mark.parametrize("n_chunk", [1, 77, 700, 99_999])
def test_times_that_go_back_are_counted_and_those_over_midnight_go_on(n_chunk):
    times_s = np.concatenate((np.arange(3000), np.arange(2000), np.arange(1500))) / 1000
    gaps = TimeGaps(1000, 1e-3)
    for start in range(0, len(times_s), n_chunk):
        gaps.add(times_s[start : start + n_chunk])
    assert (gaps.n_back, len(gaps.losses())) == (2, 0)
    made = np.arange(9000)[np.r_[0:5000, 5010:9000]]
    over_midnight = TimeGaps(1000, 1e-3)
    day_s = (86_398.0 + made / 1000) % 86_400
    for start in range(0, len(day_s), n_chunk):
        over_midnight.add(day_s[start : start + n_chunk])
    assert (over_midnight.n_back, over_midnight.losses().tolist()) == (0, [[5000, 10]])
