"""Learning of the resting baseline, and the levels of each second."""

import numpy as np
import pytest
from scipy import signal

from dsp import TwitchDetector, detect_twitches
from tests.dsp.by_hand import RATE_HZ, add_twitch, near, noise, twitches


def test_nothing_is_confirmed_before_there_is_a_floor() -> None:
    x = noise(7.0)
    add_twitch(x, 1.0, 90.0)
    add_twitch(x, 1.7, 90.0)
    add_twitch(x, 3.0, 90.0)
    add_twitch(x, 5.0, 90.0)
    events = detect_twitches(x, RATE_HZ)
    assert [event for event in events if event.onset_s < 2.0] == []
    assert [event.label for event in near(events, 3.03, 0.0)] == ["uncertain"]
    assert [round(event.onset_s) for event in twitches(events)] == [5]


def test_resting_baseline_is_learnt_after_ten_seconds() -> None:
    detector = TwitchDetector(RATE_HZ, 4)
    x = noise(20.0)
    detector.process(x[:9000])
    assert not detector.resting_baseline_is_learnt
    detector.process(x[9000:])
    assert detector.resting_baseline_is_learnt
    share = np.sqrt((detector.band_hz[1] - detector.band_hz[0]) / (RATE_HZ / 2))
    np.testing.assert_allclose(detector.baseline_rms_uv, 3.0 * share, rtol=0.06)


@pytest.mark.parametrize("rate_hz", [100.0, 250.0, 500.0, 1000.0, 4000.0])
def test_the_level_of_each_second_is_that_of_the_noise_at_any_rate(rate_hz: float) -> None:
    detector = TwitchDetector(rate_hz, 16)
    detector.process(noise(64.0, 16, rate_hz))
    impulse = np.zeros(round(8.0 * rate_hz))
    impulse[0] = 3.0
    sections = signal.butter(4, detector.band_hz, "bandpass", fs=rate_hz, output="sos")
    true_uv = np.linalg.norm(signal.sosfilt(sections, impulse))
    assert np.mean(detector.levels_uv[4:]) == pytest.approx(true_uv, rel=0.01)


def test_a_baseline_that_was_not_learnt_is_none_and_what_is_drawn_has_the_floor() -> None:
    short, restless = TwitchDetector(RATE_HZ, 1), TwitchDetector(RATE_HZ, 1)
    short.process(noise(6.0)[:, :1])
    loudness = np.where(np.arange(60 * RATE_HZ) // (3 * RATE_HZ) % 2, 3.0, 1.0)  # never steady for ten seconds
    restless.process(noise(60.0)[:, :1] * loudness[:, np.newaxis])
    for detector in (short, restless):
        assert detector.baseline_rms_uv.tolist() == [0.0]
        assert detector.quiet_rms_uv.tolist() == detector.floor_rms_uv.tolist()
        assert detector.quiet_rms_uv[0] > 0.0


def _needle_uv(n_samples: int) -> np.ndarray:
    """Return the signal of a needle in constant motion: its level changes every tenth of a second."""
    rng = np.random.default_rng(4)
    loudness = np.repeat(np.exp(rng.normal(0.0, 1.0, n_samples // 100)), 100)
    moved_uv: np.ndarray = 20.0 * loudness * rng.standard_normal(n_samples)
    return moved_uv


def test_a_needle_that_never_rests_does_not_keep_the_skin_from_being_learnt() -> None:
    x = noise(20.0)
    x[:, 1] = _needle_uv(len(x))
    detector = TwitchDetector(RATE_HZ, 4, roles=["surface", "needle", "surface", "reference"])
    detector.process(x[:9000])
    assert not detector.resting_baseline_is_learnt
    detector.process(x[9000:])
    assert detector.resting_baseline_is_learnt


def test_a_needle_alone_is_learnt_once_it_was_still_for_a_second() -> None:
    moved_uv, still_uv = _needle_uv(10_000), 10.0 * np.random.default_rng(5).standard_normal(4000)
    detector = TwitchDetector(RATE_HZ, 1, roles=["needle"])
    detector.process(moved_uv)
    assert not detector.resting_baseline_is_learnt
    detector.process(still_uv)
    assert detector.resting_baseline_is_learnt
    assert detector._kernel.rest_power()[0] == 0.0, "the kernel's own rest has not been learnt, and need not be"
