"""Content of seeded scenes, and the random recipes of the training scenes."""

from dataclasses import dataclass, replace

import numpy as np

from bench.detection.waves import between

REST_S = 11.0
"""Only heart, mains and noise are present before this time, which is long enough to learn a resting baseline."""


MOST_TWITCH_SIZE = 3.0
"""At 180 times the noise a twitch at the skin is 0.5 mV over 3 µV (assumption: no published sizes exist)."""

MIXTURE = {"units": 0.36, "noise": 0.34, "wavelets": 0.25, "evoked": 0.05}
"""Shares of the families of twitches in a scene of the family ``any``."""


@dataclass(frozen=True)
class Recipe:
    """Content of a scene; rates are per minute, shares per needle pass, `winces` per 90 passes.

    `size` multiplies the largest contractions and evoked answers, and by up to `MOST_TWITCH_SIZE` the largest other
    twitches: larger events that are not as brief as an evoked answer are taken to be voluntary. `jerks` are brief
    contractions far stronger than the twitches; `ragged` is the share of contractions and jerks with small bursts
    around them. `bursts` of any length and size occur when a muscle is used. `heart_varies` is the variation between
    beats. `tissue_hz` is the cutoff of the low-pass between muscle and skin, 0 for none. `stimulated` is the share of
    answers that are preceded by a stimulus artefact. `tap_reflexes` is the share of passes whose tap the stretch reflex
    answers, always after the same time and with the same units. `reach` is the spread of twitches over the channels:
    ``near`` (decreasing from channel to channel) or ``anywhere``; with `is_steady` all twitches have the same spread.
    With `sways` the skin moves differently at each pass. `converter` is ``sinc``, ``smooth``, ``plain`` (decimation
    without a filter) or ``any`` of the first two. `step_uv` is one count.
    """

    rate_hz: int = 1000
    n_channels: int = 8
    seconds: float = 90.0
    family: str = "any"
    noise_uv: float = 3.0
    answered: float = 0.25
    peaks: tuple[float, float] = (2.5, 60.0)
    mains_uv: float = 0.0
    heart: float = 0.0
    heart_varies: float = 0.0
    winces: float = 0.0
    contractions: float = 0.0
    guarding: float = 0.0
    jerks: float = 0.0
    ragged: float = 0.0
    bursts: float = 0.0
    tremors: float = 0.0
    tissue_hz: float = 0.0
    stimulated: float = 0.0
    fasciculations: float = 0.0
    tap_reflexes: float = 0.0
    cramps: float = 0.0
    cables: float = 0.0
    pops: float = 0.0
    glitches: float = 0.0
    impulses: float = 0.0
    saturations: float = 0.0
    losses: float = 0.0
    jab_uv: float = 0.0
    drifting_noise: float = 0.0
    tail: str = "gaussian"
    size: float = 1.0
    mains_bursts: float = 0.0
    rest_s: float = REST_S
    moves_from_s: float = REST_S
    n_reference: int = 0
    high_pass_hz: float = 0.0
    notch: bool = False
    step_uv: float = 0.0
    converter: str = "any"
    tells_bandwidth: bool = True
    reach: str = "near"
    is_steady: bool = False
    sways: bool = False


def draw_recipe(seed: int, family: str = "any") -> Recipe:
    """Draw the recipe of a training scene: any rate, any number of channels, any mixture of confounders."""
    rng = np.random.default_rng([seed, 77])

    def maybe(chance: float, low: float, high: float) -> float:
        return between(rng, low, high) if rng.random() < chance else 0.0

    n_channels = int(rng.choice([1, 2, 3, 4, 6, 8, 12, 16], p=[0.14, 0.14, 0.06, 0.18, 0.06, 0.38, 0.02, 0.02]))
    rest_s = REST_S if rng.random() < 0.5 else between(rng, 3.0, REST_S)
    noise_uv = between(rng, 1.0, 10.0)
    recipe = Recipe(
        rate_hz=int(rng.choice([250, 400, 500, 800, 1000, 2000, 4000], p=[0.32, 0.02, 0.10, 0.03, 0.38, 0.13, 0.02])),
        n_channels=n_channels,
        seconds=75.0,
        family=family,
        noise_uv=noise_uv,
        answered=float(rng.choice([0.25, 0.6])),
        mains_uv=maybe(0.35, 3.0, 200.0),
        heart=maybe(0.5, 1.5, 30.0),
        winces=maybe(0.5, 2.0, 10.0),
        contractions=maybe(0.5, 1.0, 6.0),
        guarding=maybe(0.5, 0.5, 3.0),
        fasciculations=maybe(0.12, 1.0, 12.0),
        cables=maybe(0.45, 1.0, 8.0),
        pops=maybe(0.45, 1.0, 8.0),
        glitches=maybe(0.4, 1.0, 15.0),
        impulses=maybe(0.4, 1.0, 12.0),
        saturations=maybe(0.2, 0.5, 3.0),
        losses=maybe(0.2, 0.5, 4.0),
        jab_uv=maybe(0.5, 5.0, 400.0),
        drifting_noise=maybe(0.3, 0.05, 0.3),
        tail=str(rng.choice(["gaussian", "laplace", "mixed"], p=[0.88, 0.06, 0.06])),
        size=1.0 if rng.random() < (0.3 if family == "evoked" else 0.82) else between(rng, 3.0, 30.0),
        mains_bursts=maybe(0.1, 0.5, 4.0),
        rest_s=rest_s,
        moves_from_s=0.0 if rng.random() < 0.12 else REST_S,
        n_reference=int(rng.integers(1, 3)) if n_channels >= 3 and rng.random() < 0.25 else 0,
        high_pass_hz=maybe(0.15, 5.0, 20.0),
        notch=bool(rng.random() < 0.08),
        step_uv=maybe(0.12, 0.05, 0.6) * noise_uv,
        converter=str(rng.choice(["sinc", "smooth", "plain"], p=[0.5, 0.15, 0.35])),
        tells_bandwidth=bool(rng.random() < 0.7),
    )
    recipe = replace(recipe, answered=0.0) if rng.random() < 0.08 else recipe
    return replace(
        recipe,
        reach="anywhere" if rng.random() < 0.3 else "near",
        is_steady=bool(rng.random() < 0.5),
        sways=bool(rng.random() < 0.5),
        jerks=maybe(0.2, 1.0, 8.0),
        ragged=maybe(0.5, 0.1, 1.0),
        heart_varies=maybe(0.6, 0.02, 0.3),
    )


def draw_active_recipe(seed: int) -> Recipe:
    """Draw the recipe of a training scene with constantly active muscles: bursts of any length besides the twitches."""
    rng = np.random.default_rng([seed, 83])
    return replace(
        draw_recipe(seed),
        bursts=between(rng, 4.0, 40.0),
        tremors=between(rng, 0.5, 4.0) if rng.random() < 0.4 else 0.0,
        contractions=between(rng, 1.0, 12.0),
        answered=float(rng.choice([0.0, 0.25, 0.6])),
        moves_from_s=0.0 if rng.random() < 0.4 else REST_S,
        tissue_hz=between(rng, 40.0, 250.0) if rng.random() < 0.6 else 0.0,
    )


def draw_evoked_recipe(seed: int) -> Recipe:
    """Draw the recipe of a training scene of evoked answers: deep muscles, stimulus artefacts, and fasciculations."""
    rng = np.random.default_rng([seed, 84])
    recipe = draw_recipe(seed, "evoked")
    return replace(
        recipe,
        tissue_hz=between(rng, 30.0, 250.0) if rng.random() < 0.6 else 0.0,
        stimulated=float(rng.choice([0.0, 0.0, 1.0])),
        fasciculations=between(rng, 4.0, 60.0) if rng.random() < 0.4 else recipe.fasciculations,
    )
