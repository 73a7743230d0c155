"""The truth about composed scenes."""

import numpy as np
import pytest

from bench.detection.composer import compose
from bench.detection.draft import Draft, Scene
from bench.detection.recipes import Recipe
from bench.detection.waves import RATE_HZ

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
