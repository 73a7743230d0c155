"""Score the detector on seeded scenes, kind by kind: sensitivity and false alarms a minute, with their intervals.

Run as ``python -m bench.detection.scenes`` from the project's root. Seeds from 9000 on are the ones to be reported;
nothing is trained or chosen on them.
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from bench.detection.composer import Scene, TrueTwitch, compose
from bench.detection.recipes import REST_S, Recipe
from bench.detection.score import Known
from bench.detection.score import match as match_onsets
from bench.detection.waves import between
from dsp import TwitchDetector, TwitchEvent
from dsp.intervals import poisson_interval, share_interval

STRONG, CLEAR = 5.0, 10.0
"""Peak over the noise's RMS from which a twitch must be found, and from which it is measured."""

MUSCLE = {"winces": 5.0, "contractions": 3.0, "guarding": 1.5}
FAULTS = {"cables": 4.0, "pops": 4.0, "glitches": 8.0, "impulses": 6.0, "saturations": 1.0, "losses": 2.0}
KINDS: dict[str, Recipe] = {
    "clean": Recipe(),
    "mains": Recipe(mains_uv=50.0),
    "heart": Recipe(heart=6.0),
    "muscle": Recipe(**MUSCLE),
    "all": Recipe(heart=6.0, mains_uv=20.0, **MUSCLE, **FAULTS),
    "no answer": Recipe(heart=6.0, mains_uv=20.0, answered=0.0, **MUSCLE, **FAULTS),
    "250 clean": Recipe(rate_hz=250, heart=6.0),
    "250 all": Recipe(rate_hz=250, heart=6.0, mains_uv=20.0, **MUSCLE, **FAULTS),
}


@dataclass
class Tally:
    """Sums over the scenes of one kind."""

    n_strong: int = 0
    found_strong: int = 0
    n_weak: int = 0
    found_weak: int = 0
    n_false: int = 0
    seconds: float = 0.0
    onset_ms: list[float] = field(default_factory=list)
    duration_ms: list[float] = field(default_factory=list)
    peak_share: list[float] = field(default_factory=list)
    rms_share: list[float] = field(default_factory=list)
    onset_is_within: list[bool] = field(default_factory=list)

    def add(
        self,
        pairs: list[tuple[TrueTwitch, TwitchEvent]],
        others: list[TwitchEvent],
        twitches: list[TrueTwitch],
        seconds: float,
    ) -> None:
        """Count one scene: what `match` told of it, and its twitches."""
        self.n_strong += sum(one.over >= STRONG for one in twitches)
        self.n_weak += sum(one.over < STRONG for one in twitches)
        self.found_strong += sum(true.over >= STRONG for true, _ in pairs)
        self.found_weak += sum(true.over < STRONG for true, _ in pairs)
        self.n_false += len(others)
        self.seconds += seconds
        for true, event in pairs:
            if true.over >= CLEAR:
                self.onset_ms.append(1e3 * (event.onset_s - true.onset_s))
                self.onset_is_within.append(abs(self.onset_ms[-1]) <= (event.onset_uncertainty_ms or 0.0))
                self.duration_ms.append(1e3 * (event.offset_s - event.onset_s - true.offset_s + true.onset_s))
                self.peak_share.append(event.peak_uv / true.peak_uv - 1.0)
                self.rms_share.append(event.rms_uv / true.rms_uv - 1.0)


def vary(recipe: Recipe, seed: int) -> Recipe:
    """Draw noise, heart, mains and motion of a scene; what is 0 stays 0."""
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
    detector = TwitchDetector(
        scene.recipe.rate_hz,
        scene.recipe.n_channels,
        bandwidth_hz=scene.bandwidth_hz,
        full_scale_uv=scene.full_scale_uv,
    )
    told = [*detector.process(scene.signal_uv, scene.valid), *detector.flush()]
    return [one for one in told if isinstance(one, TwitchEvent)]


def match(
    events: list[TwitchEvent], twitches: list[TrueTwitch]
) -> tuple[list[tuple[TrueTwitch, TwitchEvent]], list[TwitchEvent]]:
    """Return each twitch that was found with its verdict, and the verdicts that belong to none."""
    said = [one for one in events if one.label == "twitch"]
    known = [Known(one.onset_s, one.offset_s, one.over) for one in twitches]
    partners = match_onsets(known, [one.onset_s for one in said])
    pairs = [(twitches[k], event) for k, event in zip(partners, said, strict=True) if k is not None]
    return pairs, [event for k, event in zip(partners, said, strict=True) if k is None]


def score(recipe: Recipe, seeds: Iterable[int]) -> Tally:
    """Score one kind of scene over its seeds."""
    tally = Tally()
    for seed in seeds:
        scene = compose(vary(recipe, seed), seed)
        tally.add(*match(detect(scene), scene.twitches), scene.twitches, scene.recipe.seconds - REST_S)
    return tally


def line(kind: str, tally: Tally) -> str:
    """Return one row of the table."""
    minutes = tally.seconds / 60.0
    low, high = share_interval(tally.found_strong, tally.n_strong)
    few, many = (one / minutes for one in poisson_interval(tally.n_false))
    found = tally.found_strong + tally.found_weak
    f1 = 2 * found / max(1, found + tally.n_false + tally.n_strong + tally.n_weak)
    weak = f"{100 * tally.found_weak / tally.n_weak:.0f} %" if tally.n_weak else "–"
    strong = (
        f"{100 * tally.found_strong / tally.n_strong:.1f} % ({100 * low:.0f}–{100 * high:.0f})"
        if tally.n_strong
        else "–"
    )
    sizes = "–"
    if tally.onset_ms:
        sizes = (
            f"{np.median(np.abs(tally.onset_ms)):.1f} ms, {np.median(np.abs(tally.duration_ms)):.0f} ms, "
            f"{100 * np.median(np.abs(tally.peak_share)):.0f} %, {100 * np.median(np.abs(tally.rms_share)):.0f} %, "
            f"{100 * np.mean(tally.onset_is_within):.0f} %"
        )
    false = f"{tally.n_false / minutes:.2f} ({few:.2f}–{many:.2f})"
    return f"| {kind} | {tally.n_strong} | {strong} | {weak} | {false} | {f1:.2f} | {sizes} |"


def heading() -> str:
    """Return the first two rows of the table."""
    columns = (
        "| scene | twitches ≥ 5× | found (95 %) | of 2.5–5× | false a minute (95 %) | F1 "
        "| ≥ 10×: median error of onset, duration, peak, RMS; onsets within their uncertainty |"
    )
    return columns + "\n" + "| --- " * 7 + "|"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.detection.scenes", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs=2, default=(9000, 9020), metavar=("FIRST", "STOP"))
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    args = parser.parse_args()
    first, stop = args.seeds
    print(f"Made by `python -m bench.detection.scenes --seeds {first} {stop}`: 90 s a scene, 8 channels.\n")
    print(heading())
    for kind in args.kinds:
        print(line(kind, score(KINDS[kind], range(*args.seeds))), flush=True)


if __name__ == "__main__":
    main()
