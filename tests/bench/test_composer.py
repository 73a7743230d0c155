"""Truth of composed scenes."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.detection.composer import compose
from bench.detection.draft import Draft, Scene
from bench.detection.recipes import Recipe, draw_active_recipe, draw_evoked_recipe
from bench.detection.waves import RATE_HZ, TappedMuscle

CONVERTERS = ("plain", "sinc", "smooth")


def scene(rate_hz: int, converter: str) -> Scene:
    return compose(Recipe(rate_hz=rate_hz, n_channels=2, seconds=20.0, answered=1.0, converter=converter), 7)


def draft(rate_hz: int, converter: str) -> Draft:
    return Draft(Recipe(rate_hz=rate_hz, n_channels=1, seconds=12.0, converter=converter), np.random.default_rng(1))


@pytest.mark.parametrize("rate_hz", [250, 500, 1000, 2000, 4000])
@pytest.mark.parametrize("converter", CONVERTERS)
def test_a_twitch_is_as_late_as_the_converter_makes_it(rate_hz: int, converter: str) -> None:
    made = draft(rate_hz, converter)
    at = round(0.5 * RATE_HZ)
    wave = np.zeros((2 * at, 1))
    wave[at : at + round(RATE_HZ / 20.0)] = np.hanning(round(RATE_HZ / 20.0))[:, np.newaxis]  # nothing above 60 Hz
    seen = made.sampled(wave)[:, 0]
    centre_s = float(np.arange(seen.size) @ seen / seen.sum()) / rate_hz
    true_s = float(np.arange(wave.size) @ wave[:, 0] / wave.sum()) / RATE_HZ
    assert centre_s - true_s == pytest.approx(made.delay_s, abs=2e-5)


@pytest.mark.parametrize("rate_hz", [250, 1000])
def test_the_truth_differs_by_the_delay_alone(rate_hz: int) -> None:
    plain, *others = (scene(rate_hz, converter) for converter in CONVERTERS)
    assert len(plain.twitches) >= 3
    for other, converter in zip(others, CONVERTERS[1:], strict=True):
        late_s = draft(rate_hz, converter).delay_s
        for one, same in zip(plain.twitches, other.twitches, strict=True):
            assert same.onset_s - one.onset_s == pytest.approx(late_s)
            assert same.offset_s - one.offset_s == pytest.approx(late_s)


def test_a_twitch_is_told_over_all_else_that_its_channel_shows() -> None:
    quiet = Recipe(n_channels=2, seconds=40.0, answered=1.0, peaks=(5.0, 40.0), mains_uv=30.0)
    for one in compose(quiet, 4).twitches:
        assert one.over_all == pytest.approx(one.over, rel=0.35)
    loud = [one.over_all / one.over for one in compose(replace(quiet, guarding=120.0), 4).twitches]
    assert len(loud) > 10 and np.median(loud) < 0.5


def test_a_twitch_that_was_lost_is_nothing_over_the_rest() -> None:
    made = compose(Recipe(n_channels=1, seconds=40.0, answered=1.0, losses=200.0), 4)
    at_hz = made.recipe.rate_hz
    lost = [not made.valid[round(one.onset_s * at_hz) : round(one.offset_s * at_hz) + 1].all() for one in made.twitches]
    assert 0 < sum(lost) < len(lost)
    assert [one.over_all == 0.0 for one in made.twitches] == lost


def test_a_muscle_in_use_has_bursts_of_every_length() -> None:
    recipe = Recipe(n_channels=2, seconds=40.0, answered=0.0, bursts=60.0, tremors=3.0, moves_from_s=0.0)
    made = compose(recipe, 3)
    lengths_s = [one.stop_s - one.start_s for one in made.confounders if one.kind == "burst"]
    assert min(lengths_s) < 0.08 < 0.4 < max(lengths_s)
    assert {"burst", "tremor", "lone units"} <= {one.kind for one in made.confounders}


def test_what_lies_above_a_muscle_makes_it_slower() -> None:
    recipe = Recipe(n_channels=1, seconds=20.0, answered=1.0, noise_uv=0.5, peaks=(40.0, 60.0), family="noise")
    near, deep = compose(recipe, 5), compose(replace(recipe, tissue_hz=40.0), 5)

    def steepness(made: Scene) -> float:
        parts = [made.signal_uv[round(1e3 * one.onset_s) : round(1e3 * one.offset_s)] for one in made.twitches]
        return float(np.median([np.sum(np.diff(part, axis=0) ** 2) / np.sum(part**2) for part in parts]))

    assert len(near.twitches) == len(deep.twitches) > 3
    assert steepness(deep) < 0.7 * steepness(near)


def test_the_beats_of_a_heart_that_varies_differ() -> None:
    recipe = Recipe(n_channels=1, seconds=15.0, answered=0.0, noise_uv=0.01, heart=1000.0)
    alike, others = compose(recipe, 2), compose(replace(recipe, heart_varies=0.2), 2)

    def likeness(made: Scene) -> float:
        starts = [round(1e3 * one.start_s) for one in made.confounders if one.kind == "heartbeat"][1:-1]
        beats = [made.signal_uv[start : start + 130, 0] for start in starts]
        return float(np.median([np.corrcoef(beats[0], beat)[0, 1] for beat in beats[1:]]))

    assert likeness(others) < likeness(alike)


def test_drawn_recipes_are_the_same_for_the_same_seed_and_hold_what_they_are_for() -> None:
    assert draw_active_recipe(6001) == draw_active_recipe(6001) != draw_active_recipe(6002)
    assert all(draw_active_recipe(seed).bursts >= 4.0 for seed in range(6000, 6020))
    evoked = [draw_evoked_recipe(seed) for seed in range(5000, 5030)]
    assert {recipe.family for recipe in evoked} == {"evoked"}
    assert {recipe.stimulated for recipe in evoked} == {0.0, 1.0}


def test_a_stimulus_comes_just_before_its_answer() -> None:
    recipe = Recipe(n_channels=1, seconds=20.0, answered=1.0, family="evoked", stimulated=1.0)
    made = compose(recipe, 4)
    stimuli_s = np.array([one.start_s for one in made.confounders if one.kind == "stimulus"])
    assert len(stimuli_s) >= len(made.twitches) > 3
    for twitch in made.twitches:
        before_s = twitch.onset_s - stimuli_s
        assert np.any((before_s > 0.0) & (before_s < 0.06))


def likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the largest cosine similarity of two signals, whatever their delay."""
    return float(np.max(np.correlate(one, other, "full")) / np.sqrt(np.sum(one**2) * np.sum(other**2)))


@pytest.mark.parametrize("seed", range(5))
def test_the_same_units_answer_every_tap(seed: int) -> None:
    muscle, other = (TappedMuscle(np.random.default_rng([seed, k]), np.ones(1)) for k in range(2))
    first, *later = (muscle.answer()[:, 0] for _ in range(12))
    alike = float(np.median([likeness(first, one) for one in later]))
    assert alike > 0.5 and alike > likeness(first, other.answer()[:, 0])


def test_a_tap_is_answered_after_the_same_time() -> None:
    recipe = Recipe(n_channels=2, seconds=30.0, answered=0.0, noise_uv=0.05, jab_uv=0.01, tap_reflexes=1.0)
    made = compose(recipe, 6)
    passes_s = np.array([one.start_s + 0.2 for one in made.confounders if one.kind == "jab"])
    reflexes_s = np.array([one.start_s for one in made.confounders if one.kind == "tap reflex"])
    assert reflexes_s.size > 15 and not made.twitches
    delays_s = reflexes_s - passes_s[np.searchsorted(passes_s, reflexes_s) - 1]
    assert np.ptp(delays_s) < 0.008 and np.max(delays_s) < 0.04


def test_a_cramp_lasts_for_seconds() -> None:
    recipe = Recipe(n_channels=1, seconds=60.0, answered=0.0, cramps=10.0, moves_from_s=0.0)
    cramps = [one for one in compose(recipe, 3).confounders if one.kind == "cramp"]
    assert cramps and min(one.stop_s - one.start_s for one in cramps) > 0.9
