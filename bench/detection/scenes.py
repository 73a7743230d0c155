"""Kinds of composed scenes on the scoreboard."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from bench.detection.composer import compose
from bench.detection.contest import Outcome, assess_events, our_events
from bench.detection.contest import pair_up as match
from bench.detection.draft import Scene
from bench.detection.recipes import Recipe
from bench.detection.signals import from_scene
from bench.detection.waves import between
from dsp import TwitchEvent

__all__ = ["KINDS", "detect", "match", "score", "vary"]

MUSCLE = Recipe(winces=5.0, contractions=3.0, guarding=1.5)
REFLEXES = Recipe(tap_reflexes=0.05, fasciculations=4.0, cramps=0.3)
ALL = replace(
    MUSCLE, heart=6.0, mains_uv=20.0, cables=4.0, pops=4.0, glitches=8.0, impulses=6.0, saturations=1.0, losses=2.0
)
KINDS: dict[str, Recipe] = {
    "clean": Recipe(),
    "mains": Recipe(mains_uv=50.0),
    "heart": Recipe(heart=6.0),
    "muscle": MUSCLE,
    "reflexes": REFLEXES,
    "all": ALL,
    "no answer": replace(ALL, answered=0.0),
    "250 clean": Recipe(rate_hz=250, heart=6.0),
    "250 all": replace(ALL, rate_hz=250),
}


def vary(recipe: Recipe, seed: int) -> Recipe:
    """Draw noise, heart, mains and skin motion of a scene; a heart, mains or motion of 0 stays 0."""
    rng = np.random.default_rng([seed, 80])
    return replace(
        recipe,
        noise_uv=between(rng, 1.5, 6.0),
        heart=recipe.heart * between(rng, 0.5, 2.5),
        mains_uv=recipe.mains_uv * between(rng, 0.3, 3.0),
        jab_uv=between(rng, 5.0, 100.0) if recipe.cables else 0.0,
    )


def detect(scene: Scene) -> list[TwitchEvent]:
    """Return every event of a scene."""
    return our_events(from_scene(scene, ""))


def score(recipe: Recipe, seeds: Iterable[int]) -> Outcome:
    """Score one kind of scene over its seeds."""
    outcome = Outcome()
    for seed in seeds:
        one = from_scene(compose(vary(recipe, seed), seed), "")
        outcome += assess_events(one, our_events(one))
    return outcome
