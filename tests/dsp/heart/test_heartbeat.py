"""Hearts whose beats differ in the detection band, twitches beside beats, the rhythm and the template."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import signal

from dsp import TwitchDetector, TwitchEvent, detect_twitches
from dsp.heart.heartbeat import HeartMemory
from dsp.heart.rhythm import Rhythm
from dsp.heart.slow_changes import slow_changes
from dsp.heart.template import LEARNING, Beat
from dsp.recent import Recent, Rows
from dsp.verdict.extent import BurstMeter
from dsp.verdict.survey import BEFORE_S, SILENCE_S, Survey
from tests.dsp import scenes

RATE_HZ = 250.0
BEAT_S = 0.8


def restless_heart(seed: int, fast_uv: float = 15.0) -> tuple[np.ndarray, np.ndarray]:
    """Return 60 s of one channel with the same slow QRS in each beat, but another fast part, and the beats' times."""
    rng = np.random.default_rng(seed)
    n = round(60.0 * RATE_HZ)
    signal_uv = 4.0 * rng.standard_normal(n)
    beats_s = np.arange(1.0, 59.0, BEAT_S) + rng.normal(0.0, 0.01, size=len(np.arange(1.0, 59.0, BEAT_S)))
    t = np.arange(-0.1, 0.1, 1.0 / RATE_HZ)
    fast = signal.butter(2, (35.0, 90.0), "bandpass", fs=RATE_HZ, output="sos")
    for beat_s in beats_s:
        wave = 300.0 * np.exp(-0.5 * (t / 0.012) ** 2) - 150.0 * np.exp(-0.5 * ((t + 0.03) / 0.01) ** 2)
        wave += signal.sosfilt(fast, fast_uv * rng.standard_normal(t.size)) * np.exp(-0.5 * (t / 0.015) ** 2)
        start = round((beat_s - 0.1) * RATE_HZ)
        signal_uv[start : start + t.size] += wave
    return signal_uv[:, np.newaxis], beats_s


@pytest.mark.parametrize("seed", range(3))
def test_beats_that_differ_in_the_band_are_heartbeats_and_no_pops(seed: int) -> None:
    signal_uv, beats_s = restless_heart(seed)
    events = [event for event in detect_twitches(signal_uv, RATE_HZ) if event.onset_s > 15.0]
    at_beats = [event for event in events if np.min(np.abs(beats_s - event.onset_s)) < 0.08]
    assert len(at_beats) > 40
    assert sum(event.label == "heartbeat" for event in at_beats) > 0.7 * len(at_beats)
    assert any(event.reasons == ("slow changes as in the heart",) for event in at_beats)


@pytest.mark.parametrize("seed", range(3))
def test_most_beats_no_two_of_which_are_alike_in_the_band_are_heartbeats(seed: int) -> None:
    signal_uv, beats_s = restless_heart(seed, fast_uv=80.0)
    events = detect_twitches(signal_uv, RATE_HZ)
    at_beats = [e for e in events if e.onset_s > 15.0 and np.min(np.abs(beats_s - e.onset_s)) < 0.08]
    assert len(at_beats) > 40
    assert sum(event.label == "heartbeat" for event in at_beats) > 0.7 * len(at_beats)


def twitches_beside_beats(gap_s: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 60 s of eight channels with a twitch `gap_s` after every fourth beat, and the times of those beats."""
    scene = scenes.quiet(RATE_HZ, 60.0, 8, seed=seed)
    beats_s = scenes.add_heart(scene, over=8.0, rr_s=0.9)[12::4]
    for beat_s in beats_s:
        wave, _ = scenes.volley(scene.rng, RATE_HZ)
        scene.add(beat_s + gap_s, 25.0 * wave, np.array([1.0, 0.7, 0.3, 0.1, 0.0, 0.0, 0.0, 0.0]))
    return scene.signal_uv, beats_s


def twitches_found_beside_beats(gap_s: float) -> float:
    """Return the share of twitches found `gap_s` after every fourth beat."""
    n_found = n_made = 0
    for seed in range(8):
        signal_uv, beats_s = twitches_beside_beats(gap_s, seed)
        found_s = [e.onset_s for e in detect_twitches(signal_uv, RATE_HZ) if e.label == "twitch"]
        n_made += len(beats_s)
        n_found += sum(any(abs(at_s - beat_s - gap_s) < 0.06 for at_s in found_s) for beat_s in beats_s)
    return n_found / n_made


@pytest.mark.parametrize("gap_s", [-0.12, 0.0, 0.1])
def test_a_twitch_is_found_before_on_and_after_a_beat(gap_s: float) -> None:
    assert twitches_found_beside_beats(gap_s) > 0.88


def test_the_last_bit_of_an_energy_decides_nothing_on_a_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    """The removal of a beat beside a burst changes the energy of the burst only by rounding."""
    signal_uv, _ = twitches_beside_beats(-0.12, seed=0)
    as_it_is = detect_twitches(signal_uv, RATE_HZ)
    assert any("on a heartbeat" in event.reasons for event in as_it_is)
    margin = Survey.margin
    for side in (0.0, np.inf):
        n_asked = itertools.count()  # energies with and without the beat alternate

        def nudged(*arguments: Any, side: float = side, n_asked: Iterator[int] = n_asked) -> float:
            energy = margin(*arguments)
            return float(np.nextafter(energy, side)) if next(n_asked) % 2 else energy

        monkeypatch.setattr(Survey, "margin", nudged)
        events = detect_twitches(signal_uv, RATE_HZ)
        assert [(e.label, e.confidence, e.reasons) for e in events] == [
            (e.label, e.confidence, e.reasons) for e in as_it_is
        ]


def test_what_is_left_without_a_beat_begins_and_ends_where_it_is_above_the_threshold() -> None:
    rng = np.random.default_rng(4)
    band_uv = rng.standard_normal((500, 2))
    band_uv[200:220, 1] *= 10.0
    ones = np.ones(2)
    roles = np.array(["surface", "surface"])
    survey = Survey(RATE_HZ, roles, BurstMeter(RATE_HZ, (30.0, 100.0)))
    recent = Recent(0, band_uv, band_uv, ones, ones, ones)
    first, stop = survey.extent(recent, 100, 400, np.full((2, 2), 15.0))
    before, silence = round(BEFORE_S * RATE_HZ), round(SILENCE_S * RATE_HZ)
    assert 200 - before - 3 <= first <= 200
    assert 215 + silence <= stop <= 223 + silence
    assert survey.extent(recent, 100, 400, np.full((2, 2), 1e6)) == (100, 500)
    assert survey.extent(recent, 100, 101, np.full((2, 2), 15.0)) == (100, 500)


def test_a_rhythm_learnt_with_every_other_beat_missing_is_put_right() -> None:
    rhythm = Rhythm(RATE_HZ)
    rhythm.learn(1200, [800, 400])
    assert rhythm.beat_s == pytest.approx(1.6)
    for k in range(1, 6):
        rhythm.follow(1200 + 200 * k)
    assert rhythm.beat_s == pytest.approx(0.8)
    assert rhythm.due(1200 + 200 * 6) == pytest.approx(0.0)


def test_a_beat_that_is_missed_now_and_then_does_not_change_the_rhythm() -> None:
    rhythm = Rhythm(RATE_HZ)
    rhythm.learn(600, [400, 200])
    for start in (800, 1200, 1400, 1800, 2000):
        rhythm.follow(start)
        assert rhythm.beat_s == pytest.approx(0.8)


def test_the_longer_ago_the_last_beat_the_wider_the_next_ones_are_expected() -> None:
    rhythm = Rhythm(RATE_HZ)
    rhythm.learn(600, [400, 200])
    near, far, lost = (rhythm.expected(index, slice(10, 30)) for index in (600, 1200, 9000))
    assert near == (600 + 10 - 12, 200, 20 + 2 * 12)
    assert far == (600 + 10 - 24, 200, 20 + 2 * 24)
    assert lost == (600 + 10 - 30, 200, 20 + 2 * 30)


def test_slow_changes_are_those_of_means_and_hold_no_mains() -> None:
    n, rate_hz = 20, 1000.0
    t = np.arange(2000) / rate_hz
    steps = np.where(t >= 1.0, 5.0, 0.0)[:, np.newaxis]
    changes = slow_changes(steps, n)
    assert changes.shape == steps.shape
    assert np.max(changes) == pytest.approx(5.0)
    assert int(np.argmax(changes)) == 1000 + n - 1
    mains = slow_changes(100.0 * np.sin(2.0 * np.pi * 50.0 * t)[:, np.newaxis], n)
    assert np.max(np.abs(mains[2 * n :])) < 1e-6


@pytest.mark.parametrize("beat", [2, 3])
def test_a_twitch_on_one_of_the_beats_from_which_a_heart_is_learnt_is_not_in_its_template(beat: int) -> None:
    for seed in range(4):
        scene = scenes.quiet(1000.0, 20.0, 8, seed=seed)
        beats_s = scenes.add_heart(scene, over=12.0, rr_s=1.0)
        wave, _ = scenes.volley(scene.rng, 1000.0)
        scene.add(beats_s[beat] - 0.02, 40.0 * wave, np.eye(8)[5])
        events = detect_twitches(scene.signal_uv, 1000.0)
        assert sum(event.label == "heartbeat" for event in events) >= 13
        assert not [event.onset_s for event in events if event.label == "twitch"]


def test_beats_in_noise_that_comes_and_goes_do_not_put_it_into_the_template() -> None:
    rate_hz, n_noisy = 1000.0, 3
    scene = scenes.quiet(rate_hz, 30.0, 8, seed=1)
    scenes.add_heart(scene, over=8.0, rr_s=0.6)
    t = np.arange(len(scene.signal_uv)) / rate_hz
    guarding_uv = np.interp(t, (15.0, 19.0, 22.0, 22.3), (0.0, 15.0, 15.0, 0.0))[:, np.newaxis]
    scene.signal_uv[:, :n_noisy] += guarding_uv * scene.rng.standard_normal((t.size, n_noisy))
    detector = TwitchDetector(rate_hz, 8)
    detector.process(scene.signal_uv[:14_000])
    template = detector._judge._heart._template
    assert template is not None
    before = template.band_uv.copy()
    events = detector.process(scene.signal_uv[14_000:22_000])
    assert sum(isinstance(event, TwitchEvent) and event.label == "heartbeat" for event in events) > 4
    template = detector._judge._heart._template
    assert template is not None
    assert np.max(np.std(template.band_uv - before, axis=0)[:n_noisy]) < 0.5 * scenes.FLOOR_UV


def test_a_channel_that_is_not_usable_teaches_nothing_of_a_beat() -> None:
    memory = HeartMemory(RATE_HZ, np.zeros(0, np.int64))
    wave = 50.0 * np.sin(np.arange(memory._length) / 3.0)
    shape = np.column_stack((wave, wave))
    ones = np.ones(2)
    seen = 2.0 * shape
    recent = Recent(600, seen, seen, ones, ones, ones)
    memory._learn(400, [200, 0], [shape, shape], [shape, shape], recent)
    beat = Beat(0, shape, shape, np.zeros_like(shape), "")
    memory.confirm(recent, beat, Rows(0, seen, seen), np.array([True, False]))
    assert memory._template is not None
    np.testing.assert_allclose(memory._template.band_uv, np.column_stack(((1.0 + LEARNING) * wave, wave)))


def test_a_channel_that_came_after_the_heart_was_learnt_teaches_its_beats() -> None:
    memory = HeartMemory(RATE_HZ, np.zeros(0, np.int64))
    wave = 50.0 * np.sin(np.arange(memory._length) / 3.0)
    shape = np.column_stack((wave, np.zeros_like(wave)))
    ones, dead = np.ones(2), np.array([1.0, 1e-9])
    memory._learn(
        400, [200, 0], [shape, shape], [shape, shape], Recent(600, shape, shape, np.array([1.0, 0.0]), dead, ones)
    )
    seen = np.column_stack((wave, wave))
    beat = Beat(0, shape, shape, np.zeros_like(shape), "")
    memory.confirm(Recent(800, seen, seen, ones, ones, ones), beat, Rows(0, seen, seen), np.array([True, True]))
    assert memory._template is not None
    np.testing.assert_allclose(memory._template.band_uv, np.column_stack((wave, LEARNING * wave)))
