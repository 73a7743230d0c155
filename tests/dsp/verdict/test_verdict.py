"""Golden scenes of the bench's own generator: limits below which the verdict must not fall."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from bench.detection.composer import compose
from bench.detection.recipes import Recipe
from bench.detection.scenes import KINDS, score, vary
from dsp import detect_twitches
from dsp.bands import choose_band_hz

SEEDS, MORE_SEEDS = range(7000, 7004), range(7000, 7010)


@pytest.mark.parametrize(
    ("kind", "seeds", "least", "most_false_per_min"),
    [
        ("clean", SEEDS, 0.93, 0.2),
        ("heart", SEEDS, 0.92, 0.4),
        ("muscle", SEEDS, 0.9, 0.6),
        ("all", MORE_SEEDS, 0.68, 0.6),
        ("250 clean", MORE_SEEDS, 0.9, 0.2),
    ],
)
def test_most_twitches_are_found_and_little_else(
    kind: str, seeds: range, least: float, most_false_per_min: float
) -> None:
    strong = score(KINDS[kind], seeds).strong
    assert strong.n_known > 20
    assert strong.sensitivity >= least
    assert strong.others_per_min <= most_false_per_min


def test_passes_that_never_answer_stay_unanswered() -> None:
    strong = score(KINDS["no answer"], MORE_SEEDS).strong
    assert strong.n_known == 0
    assert strong.others_per_min <= 0.76


def _volley(rng: np.random.Generator, rate_hz: int, length_s: float) -> np.ndarray:
    """Return motor units of some 11 ms in succession for `length_s`, with a peak of 1."""
    wave, at_s = np.zeros(round((length_s + 0.02) * rate_hz)), 0.0
    while at_s < length_s - 0.008:
        t = np.linspace(-2.4, 2.4, max(4, round(rng.uniform(0.008, 0.014) * rate_hz)))
        unit = -t * np.exp(-t * t + 0.3 * rng.standard_normal()) * rng.choice([-1.0, 1.0])
        start = round(at_s * rate_hz)
        wave[start : start + unit.size] += unit[: wave.size - start]
        at_s += rng.uniform(0.005, 0.015)
    return wave / np.max(np.abs(wave))


@pytest.mark.parametrize("rate_hz", [250, 1000])
@pytest.mark.parametrize(("shortest_s", "longest_s", "share"), [(0.03, 0.15, 1.0), (0.2, 0.3, 0.0)])
def test_length_decides_where_nothing_else_speaks(
    rate_hz: int, shortest_s: float, longest_s: float, share: float
) -> None:
    rng = np.random.default_rng(1)
    signal_uv = 3.0 * rng.standard_normal((72 * rate_hz, 2))
    onsets_s = np.arange(12.0, 70.0, 3.0)
    for onset_s in onsets_s:
        wave = 80.0 * _volley(rng, rate_hz, rng.uniform(shortest_s, longest_s))
        start = round(onset_s * rate_hz)
        signal_uv[start : start + wave.size] += wave[:, np.newaxis] * (1.0, 0.3)
    twitches = [event for event in detect_twitches(signal_uv, rate_hz) if event.label == "twitch"]
    assert len(twitches) == share * onsets_s.size


def test_scene_is_the_same_for_the_same_seed() -> None:
    recipe = replace(vary(KINDS["all"], 3), seconds=14.0)
    one, two = compose(recipe, 3), compose(recipe, 3)
    np.testing.assert_array_equal(one.signal_uv, two.signal_uv)
    assert one.twitches == two.twitches
    assert not np.array_equal(one.signal_uv, compose(recipe, 4).signal_uv)


@pytest.mark.parametrize("noise_uv", [1.5, 4.0])
@pytest.mark.parametrize("rate_hz", [250, 500, 1000, 2000, 4000])
def test_scene_has_the_rate_and_noise_that_were_asked(rate_hz: int, noise_uv: float) -> None:
    scene = compose(Recipe(rate_hz=rate_hz, n_channels=8, seconds=13.0, noise_uv=noise_uv, answered=0.0), 5)
    assert scene.signal_uv.shape == (13 * rate_hz, 8)
    low_hz, high_hz = band_hz = choose_band_hz(rate_hz, None)
    band = signal.butter(4, band_hz, "bandpass", fs=rate_hz, output="sos")
    rms_uv = np.std(signal.sosfilt(band, scene.signal_uv, axis=0)[rate_hz:], axis=0)
    of_all_uv = rms_uv / np.sqrt((high_hz - low_hz) / (0.5 * rate_hz))
    assert np.median(of_all_uv) == pytest.approx(noise_uv, rel=0.3)  # channels differ by 0.7 to 1.4
