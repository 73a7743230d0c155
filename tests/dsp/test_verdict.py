"""Golden scenes of the bench's own generator: honest limits below which the verdict must not fall."""

from dataclasses import replace

import numpy as np
import pytest

from bench.detection.composer import compose
from bench.detection.recipes import Recipe
from bench.detection.scenes import KINDS, score, vary

SEEDS, MORE_SEEDS = range(7000, 7004), range(7000, 7010)


@pytest.mark.parametrize(
    ("kind", "seeds", "least", "most_false_per_min"),
    [
        ("clean", SEEDS, 0.93, 0.2),
        ("heart", SEEDS, 0.92, 0.4),
        ("muscle", SEEDS, 0.9, 0.6),
        ("all", MORE_SEEDS, 0.68, 0.6),
        ("250 clean", SEEDS, 0.78, 0.2),
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


def test_scene_is_the_same_for_the_same_seed() -> None:
    recipe = replace(vary(KINDS["all"], 3), seconds=14.0)
    one, two = compose(recipe, 3), compose(recipe, 3)
    np.testing.assert_array_equal(one.signal_uv, two.signal_uv)
    assert one.twitches == two.twitches
    assert not np.array_equal(one.signal_uv, compose(recipe, 4).signal_uv)


@pytest.mark.parametrize("rate_hz", [250, 500, 1000, 2000, 4000])
def test_scene_has_the_rate_and_noise_that_were_asked(rate_hz: int) -> None:
    scene = compose(Recipe(rate_hz=rate_hz, n_channels=2, seconds=13.0, noise_uv=4.0, answered=0.0), 5)
    assert scene.signal_uv.shape == (13 * rate_hz, 2)
    rough = np.diff(scene.signal_uv, axis=0).std()
    assert 0.5 < rough < 20.0
