"""Train the model that tells a volley at the needle from spikes and insertions, and write its weights.

Run as ``python -m bench.detection.train_needle`` from the project's root; it takes some minutes. A logistic regression
on the features of `dsp.needle`, fitted to seeded scenes of `bench.detection.needle_scenes` that are scored nowhere
else; its bias leaves at most `FALSE_PER_MIN` false twitches a minute of those scenes.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from bench.detection.needle_scenes import RECIPES, NeedleScene, make_scene
from dsp._kernel import Kernel
from dsp.bands import choose_band_hz, design_kernel
from dsp.needle import FEATURES, NeedleBurst, NeedleTrack

COMMAND = "python -m bench.detection.train_needle"
SEEDS = range(20_000, 20_006)
RATES_HZ = (500.0, 1000.0, 2000.0)
FALSE_PER_MIN = 0.1
RIDGE = 1.0
LEAST_OVERLAP = 0.4
"""A burst that shares less with a twitch is taught neither as one nor as none."""

PATH = Path(__file__).resolve().parents[2] / "dsp" / "needle_model.py"


def find_bursts(scene: NeedleScene) -> list[NeedleBurst]:
    """Return the bursts on the needle of a scene, before any verdict."""
    band_hz = choose_band_hz(scene.rate_hz, None)
    design = design_kernel(scene.rate_hz, band_hz, 1, np.ones(1, np.bool_), np.full(1, np.inf), 0.05)
    kernel, track = Kernel(design), NeedleTrack(scene.rate_hz, design.hop_samples, 0)
    needle_uv = np.ascontiguousarray(scene.signal_uv[:, :1])
    bursts, start, step = [], 0, round(0.1 * scene.rate_hz)
    while start < needle_uv.shape[0]:
        n_taken, _ = kernel.run(needle_uv[start : start + step], None)
        start += n_taken
        bursts += [one for one in track.advance(kernel) if isinstance(one, NeedleBurst)]
    return bursts


def overlap(scene: NeedleScene, burst: NeedleBurst) -> float:
    """Return the largest share of burst and twitch together that both have in common; 0 where no twitch is near."""
    onset_s, offset_s = burst.onset_index / scene.rate_hz, burst.offset_index / scene.rate_hz
    shares = [
        max(0.0, min(offset_s, one.offset_s) - max(onset_s, one.onset_s))
        / (max(offset_s, one.offset_s) - min(onset_s, one.onset_s))
        for one in scene.twitches
    ]
    return max(shares, default=0.0)


def gather() -> tuple[NDArray[np.float64], NDArray[np.bool_], float]:
    """Return the features of all bursts, which of them are twitches, and how many minutes they come from."""
    rows, is_twitch, seconds = [], [], 0.0
    for recipe in (one for one in RECIPES.values() if one.n_surface == 0):
        for rate_hz in RATES_HZ:
            for seed in SEEDS:
                scene = make_scene(recipe, rate_hz, seed)
                for burst in find_bursts(scene):
                    share = overlap(scene, burst)
                    if share == 0.0 or share > LEAST_OVERLAP:
                        rows.append(burst.features)
                        is_twitch.append(share > 0.0)
                seconds += scene.duration_s
    return np.array(rows), np.array(is_twitch), seconds / 60.0


def fit(rows: NDArray[np.float64], is_twitch: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """Return weights of standardised features, and the bias."""
    inputs = np.column_stack((rows, np.ones(len(rows))))
    sign = np.where(is_twitch, 1.0, -1.0)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (inputs @ weights)
        slope = -(inputs * (sign / (1.0 + np.exp(np.clip(margin, -500.0, 500.0))))[:, None]).sum(axis=0)
        ridge = RIDGE * np.append(weights[:-1], 0.0)
        return float(np.logaddexp(0.0, -margin).sum() + 0.5 * ridge @ weights), slope + ridge

    weights = optimize.minimize(loss, np.zeros(inputs.shape[1]), jac=True).x
    return weights[:-1], float(weights[-1])


def write(
    path: Path, means: NDArray[np.float64], spreads: NDArray[np.float64], weights: NDArray[np.float64], bias: float
) -> None:
    lines = [
        f'"""Weights of the needle\'s verdict, made by ``{COMMAND}``; see `dsp.needle.FEATURES`."""',
        "",
    ]
    for name, values in (("MEANS", means), ("SPREADS", spreads), ("WEIGHTS", weights)):
        lines += [f"{name} = (", *[f"    {value:.5g}," for value in values], ")"]
    lines.append(f"BIAS = {bias:.5g}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    rows, is_twitch, minutes = gather()
    means, spreads = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    standard = (rows - means) / spreads
    weights, bias = fit(standard, is_twitch)
    margins = standard @ weights + bias
    false = np.sort(margins[~is_twitch])[::-1]
    limit = float(false[min(round(FALSE_PER_MIN * minutes), false.size - 1)])
    write(PATH, means, spreads, weights, bias - limit)
    print(f"{len(rows)} bursts in {minutes:.0f} min, {is_twitch.sum()} of them twitches")
    for name, weight in zip(FEATURES, weights, strict=True):
        print(f"{name:>16} {weight:6.2f}")
    for per_min in (0.05, 0.1, 0.2, 0.5, 1.0):
        at = false[min(round(per_min * minutes), false.size - 1)]
        print(f"{per_min:g} false a minute: {np.mean(margins[is_twitch] > at):.3f} of the twitches among the bursts")


if __name__ == "__main__":
    main()
