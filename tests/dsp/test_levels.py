import numpy as np
import pytest

from dsp.levels import RISE_PER_S, band_levels_uv, line_amplitudes_uv
from dsp.slow_twins.kernel import settle

RATE_HZ = 1000.0
BAND_HZ = (30.0, 262.0)


def _noise(seconds: float, rms_uv: float, n_channels: int = 2, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, rms_uv, (round(seconds * RATE_HZ), n_channels))


def test_white_noise_has_its_share_of_the_band() -> None:
    levels = band_levels_uv(_noise(60.0, 3.0), RATE_HZ, BAND_HZ, 0.1)
    assert levels.shape == (600, 2)
    share = ((BAND_HZ[1] - BAND_HZ[0]) / (0.5 * RATE_HZ)) ** 0.5
    assert np.sqrt(np.mean(levels**2)) == pytest.approx(3.0 * share, rel=0.02)


@pytest.mark.parametrize("frequency_hz", [0.5, 3.0, 12.0, 20.0, 400.0])
def test_what_lies_outside_of_the_band_leaks_little(frequency_hz: float) -> None:
    times_s = np.arange(1000) / RATE_HZ
    wave = 100.0 * np.sin(2.0 * np.pi * frequency_hz * times_s + 0.7)[:, np.newaxis] + 5000.0
    assert np.median(band_levels_uv(wave, RATE_HZ, BAND_HZ, 0.1)) < 0.02 * 70.7


def test_mains_are_left_out_and_noise_is_not() -> None:
    times_s = np.arange(2000) / RATE_HZ
    mains = sum(40.0 / order * np.sin(2.0 * np.pi * 50.0 * order * times_s) for order in (1, 2, 3))
    quiet = band_levels_uv(_noise(2.0, 2.0), RATE_HZ, BAND_HZ, 0.1)
    loud = band_levels_uv(_noise(2.0, 2.0) + mains[:, np.newaxis], RATE_HZ, BAND_HZ, 0.1)
    assert np.median(loud) == pytest.approx(np.median(quiet), rel=0.1)


@pytest.mark.parametrize("line_hz", [49.95, 50.02, 60.0, 60.05])
@pytest.mark.parametrize("phase", [0.0, 2.0])
def test_strong_mains_whose_period_does_not_fit_leave_the_level_of_rest(line_hz: float, phase: float) -> None:
    turns = 2.0 * np.pi * line_hz * np.arange(1000) / RATE_HZ
    mains = 2000.0 * np.sin(turns + phase) + 500.0 * np.sin(3.0 * turns)
    quiet = band_levels_uv(_noise(1.0, 3.0), RATE_HZ, BAND_HZ, 0.1)
    loud = band_levels_uv(_noise(1.0, 3.0) + mains[:, np.newaxis] + 3000.0, RATE_HZ, BAND_HZ, 0.1)
    assert np.median(loud) == pytest.approx(np.median(quiet), rel=0.25)


@pytest.mark.parametrize("rate_hz", [100.0, 200.0, 600.0])
def test_a_line_at_half_the_rate_is_taken_as_any_other(rate_hz: float) -> None:
    turns = 2.0 * np.pi * 50.0 * np.arange(2.0 * rate_hz) / rate_hz
    signal = _noise(2.0, 1.0)[: len(turns)]
    signal += sum(200.0 * np.cos(order * turns) for order in range(1, round(0.01 * rate_hz) + 1))[:, np.newaxis]
    assert np.median(band_levels_uv(signal, rate_hz, (20.0, 0.5 * rate_hz), 0.1)) < 1.0


def test_a_burst_stands_in_its_own_windows() -> None:
    signal = _noise(1.0, 1.0)
    signal[400:500] += _noise(0.1, 50.0, seed=2)
    levels = band_levels_uv(signal, RATE_HZ, BAND_HZ, 0.1)
    assert levels[4].min() > 20.0
    assert np.delete(levels, 4, axis=0).max() < 0.2 * levels[4].min()


def test_less_than_a_window_has_no_level() -> None:
    assert band_levels_uv(np.zeros((50, 3)), RATE_HZ, BAND_HZ, 0.1).shape == (0, 3)


def test_a_line_has_its_amplitude() -> None:
    times_s = np.arange(1500) / RATE_HZ
    signal = np.stack([30.0 * np.sin(2.0 * np.pi * 50.0 * times_s), 0.0 * times_s], axis=1) + _noise(1.5, 2.0)
    found = line_amplitudes_uv(signal, RATE_HZ, 50.0)
    assert found[0] == pytest.approx(30.0, rel=0.03)
    assert found[1] < 1.0


def test_a_settled_level_falls_at_once_and_rises_slowly() -> None:
    settled = np.zeros(3)
    for level in ([1.0, 4.0, 0.0], [8.0, 1.0, 2.0], [8.0, 1.0, 2.0]):
        settled = settle(settled, np.array(level), RISE_PER_S)
    np.testing.assert_allclose(settled, [RISE_PER_S**2, 1.0, 2.0])


def test_noise_that_drifts_within_two_minutes_stays_settled_and_guarding_does_not() -> None:
    seconds = np.arange(240.0)
    drift = 4.0 ** np.sin(2.0 * np.pi * seconds / 150.0)
    guarding = np.where((seconds > 100.0) & (seconds < 110.0), 4.0, 1.0)
    settled = np.zeros(2)
    risen = []
    for level in np.column_stack((drift, guarding)):
        settled = settle(settled, level, RISE_PER_S)
        risen.append(level / settled)
    assert np.max(risen, axis=0)[0] < 1.5
    assert np.all(np.array(risen)[101:110, 1] > 1.5)
