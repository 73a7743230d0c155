"""A weak heart is found by its beats at steady intervals, and nothing else is taken for one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp import TwitchDetector, detect_twitches
from dsp.heart.echoes import LOOK_BACK_S, SHORTEST_ECHO_S, STEP_S, earlier_beats
from tests.dsp import scenes

NOW = round(LOOK_BACK_S / STEP_S)
QRS = np.array([-0.6, 0.0, 1.0, 1.6, 0.2, -1.4, -0.8])
"""QRS complex in means of 4 ms, relative to their noise."""


def with_pulses(every_s: float, size: float = 3.0, n_channels: int = 4, seed: int = 1) -> np.ndarray:
    """Return noise of RMS 1 with a pulse at `NOW` and earlier ones at steady intervals."""
    rng = np.random.default_rng(seed)
    means = rng.standard_normal((NOW + 40, n_channels))
    for k in range(int(LOOK_BACK_S / every_s) + 1):
        at = NOW - round((k * every_s + (0.01 * rng.standard_normal() if k else 0.0)) / STEP_S)
        if at >= 3:
            means[at - 3 : at + 4] += size * np.outer(QRS, np.linspace(1.0, 0.5, n_channels))
    return means


@pytest.mark.parametrize("every_s", [0.5, 0.85, 1.3])
@pytest.mark.parametrize("seed", range(4))
def test_beats_are_found_where_they_are(every_s: float, seed: int) -> None:
    found = earlier_beats(with_pulses(every_s, seed=seed), NOW, STEP_S, is_alone=False)
    gaps_s = -np.diff([NOW, *found]) * STEP_S
    assert len(found) >= 4
    assert np.median(gaps_s) == pytest.approx(every_s, abs=0.02)


@given(seed=st.integers(0, 10_000), n_channels=st.integers(1, 6), size=st.floats(0.0, 20.0))
def test_one_burst_in_noise_is_no_heart(seed: int, n_channels: int, size: float) -> None:
    means = np.random.default_rng(seed).standard_normal((NOW + 40, n_channels))
    means[NOW - 3 : NOW + 4] += size * QRS[:, np.newaxis]
    assert earlier_beats(means, NOW, STEP_S, is_alone=n_channels == 1) == []


def test_a_motor_unit_that_fires_faster_than_a_heart_is_none() -> None:
    every_s = SHORTEST_ECHO_S / 3.0
    assert earlier_beats(with_pulses(every_s), NOW, STEP_S, is_alone=False) == []


@pytest.mark.parametrize("n_rows", [0, 1, 12, 25, 40])
def test_too_short_a_signal_holds_no_heart(n_rows: int) -> None:
    assert earlier_beats(np.ones((n_rows, 2)), n_rows // 2, STEP_S, is_alone=False) == []


def test_a_signal_of_nothing_holds_no_heart() -> None:
    assert earlier_beats(np.zeros((NOW + 40, 2)), NOW, STEP_S, is_alone=False) == []


@pytest.mark.parametrize("rate_hz", [500.0, 1000.0, 4000.0])
def test_a_heart_that_seldom_crosses_the_threshold_is_known(rate_hz: float) -> None:
    scene = scenes.quiet(rate_hz, 60.0, 8, seed=5)
    beats_s = np.array(scenes.add_heart(scene, over=4.0))
    events = [event for event in detect_twitches(scene.signal_uv, rate_hz) if event.onset_s > 20.0]
    beats = [event for event in events if np.min(np.abs(beats_s - event.onset_s)) < 0.06]
    assert len(beats) >= 10
    assert sum(event.label == "heartbeat" for event in beats) >= 0.8 * len(beats)
    assert not any(event.label == "twitch" for event in events)


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 1500.0])
def test_the_means_of_the_last_seconds_are_those_of_the_signal(rate_hz: float) -> None:
    rng = np.random.default_rng(8)
    detector = TwitchDetector(rate_hz, 3)
    heart, kernel, step = detector._judge._heart, detector._kernel, max(1, round(STEP_S * rate_hz))
    for n in rng.integers(1, round(1.5 * rate_hz), 20):
        detector.process(rng.standard_normal((n, 3)))
        stop = max(0, kernel.index - 1) // step
        oldest = max(0, stop - round(LOOK_BACK_S * rate_hz) // step)
        for first in (oldest, (oldest + stop) // 2, stop):
            means = heart._echoes._means.between(first, stop, kernel)
            np.testing.assert_array_equal(means, kernel.band_means(first * step, stop - first, step))


@pytest.mark.parametrize("rr_s", [0.6, 0.85, 1.2])
def test_a_known_heart_tells_when_the_next_beat_is_due(rr_s: float) -> None:
    scene = scenes.quiet(1000.0, 30.0, 4, seed=6)
    beats_s = scenes.add_heart(scene, over=8.0, rr_s=rr_s)
    detector = TwitchDetector(1000.0, 4)
    heart = detector._judge._heart
    assert heart.due(1000) == -1.0
    detector.process(scene.signal_uv)
    last_s = max(beat_s for beat_s in beats_s if beat_s < 28.5)
    assert heart._rhythm.beat_s == pytest.approx(rr_s, rel=0.1)
    assert abs(heart.due(round(1000.0 * last_s))) < 0.1
    assert abs(heart.due(round(1000.0 * (last_s + 0.5 * rr_s)))) > 0.35


@pytest.mark.parametrize(("rate_hz", "over"), [(250.0, 5.0), (250.0, 9.0), (1000.0, 4.0), (1000.0, 9.0)])
def test_an_electrode_offset_changes_no_verdict_under_a_heart(rate_hz: float, over: float) -> None:
    scene = scenes.quiet(rate_hz, 40.0, 4, seed=3)
    beats_s = scenes.add_heart(scene, over=over, rr_s=0.8)
    for beat_s in beats_s[5::3]:
        wave, _ = scenes.volley(scene.rng, rate_hz)
        scene.add(beat_s + scene.rng.uniform(-0.1, 0.05), 40.0 * wave, scene.rng.uniform(0.2, 1.0, 4))
    without = detect_twitches(scene.signal_uv, rate_hz)
    offset = detect_twitches(scene.signal_uv + 30_000.0, rate_hz)
    assert len(without) > 30
    assert [(event.onset_index, event.label) for event in offset] == [
        (event.onset_index, event.label) for event in without
    ]


@pytest.mark.parametrize(("hz", "is_heart"), [(30.0, True), (90.0, False)])
def test_what_comes_at_a_heart_s_intervals_is_one_only_where_it_is_slow(hz: float, is_heart: bool) -> None:
    scene = scenes.quiet(1000.0, 20.0, 4, seed=2)
    t = np.arange(-40, 40) / 1000.0
    wave = 4.5 * scenes.FLOOR_UV * np.cos(2.0 * np.pi * hz * t) * np.exp(-((t / 0.012) ** 2))
    for at_s in np.arange(0.3, 19.5, 0.8):
        scene.add(at_s, wave, np.array([1.0, 0.8, 0.6, 0.9]))
    detector = TwitchDetector(1000.0, 4)
    detector.process(scene.signal_uv)
    assert (detector._judge._heart.due(19_000) != -1.0) == is_heart
