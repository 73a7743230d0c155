"""Train the verdict's classifier on simulated signals alone, and write its weights.

Run as ``python -m bench.detection.train`` from the project's root, with the bench extra installed. Seeds: 1000 to 1999
for training scenes, patients and rest; 3000 to 4399 and 20000 to 22399 for more scenes; 20000 to 20199 for more
patients; 5000 to 5799 for scenes of evoked answers; 6000 to 7199 for scenes of muscles in use; 2000 to 2119 for the
choice of the threshold; 1000 to 2199 for sessions of the two further generators, `bench.detection.units` and
`bench.detection.envelopes`. None of the seeds that ``python -m bench.detection`` scores are used here.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.detection.samples import gather
from dsp.verdict.evidence import NAMES
from dsp.verdict.forest import VERDICT_WEIGHTS

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

HERE = Path(__file__).resolve().parent
WEIGHTS = HERE.parents[1] / "dsp" / VERDICT_WEIGHTS

SETS = {
    "train_scenes": ("scene", [*range(1000, 2000), *range(3000, 4400), *range(20000, 22400)]),
    "train_patients": ("patient", [*range(1000, 1400), *range(20000, 20200)]),
    "train_rest": ("rest", range(1000, 1240)),
    "train_evoked": ("evoked", range(5000, 5800)),
    "train_active": ("active", range(6000, 7200)),
    "train_units": ("units", range(1000, 2200)),
    "train_envelopes": ("envelopes", range(1000, 2200)),
    "steer_scenes": ("scene", range(2000, 2120)),
    "steer_patients": ("patient", range(2000, 2040)),
    "steer_rest": ("rest", range(2000, 2040)),
}

N_TREES, N_LEAVES, RATE, SMALLEST_LEAF, RIDGE, SHARE = 800, 31, 0.06, 30, 6.0, 0.3

MINUTES = {"scenes": 1.25, "patients": 1.5, "rest": 1.5, "evoked": 1.25}
"""Length of one signal in minutes."""

SET_WEIGHTS = {"train_patients": 2.0, "train_rest": 3.0, "train_evoked": 1.5, "train_active": 0.4}
"""Weights of the bursts of sets whose size does not match their importance; the others have weight 1."""

OTHERS = 1.5
"""Weight of bursts that are not twitches."""

LONG, LONG_S, EVOKED, EVOKED_OVER = 2.0, 0.09, 2.0, 60.0
"""Extra weights of twitches longer than `LONG_S`, and of those with a peak above `EVOKED_OVER` times the noise, as
evoked answers have; both are rare in the training data."""

Table = dict[str, NDArray[np.float64]]


def collect(folder: Path, n_processes: int) -> dict[str, Table]:
    """Return each set of bursts, from its file in `folder` or newly drawn by `n_processes` processes."""
    tables = {}
    for name, (kind, seeds) in SETS.items():
        path = folder / f"{name}.npz"
        if not path.exists():
            gather(kind, seeds, path, n_processes)
        with np.load(path) as kept:
            tables[name] = {key: kept[key] for key in kept.files}
    return tables


def together(tables: list[Table]) -> Table:
    """Join sets; bursts of weight 0 are left out."""
    joined = {key: np.concatenate([table[key] for table in tables]) for key in tables[0]}
    counts = joined["weight"] > 0.0
    return {key: values[counts] for key, values in joined.items()}


def weighted(name: str, table: Table) -> Table:
    """Return a set with the weights of its bursts in the fit."""
    duration_s = 10.0 ** table["evidence"][:, NAMES.index("duration")]
    is_twitch = table["is_twitch"] == 1
    weight = table["weight"] * SET_WEIGHTS.get(name, 1.0)
    weight = np.where(is_twitch & (duration_s > LONG_S), LONG * weight, weight)
    weight = np.where(is_twitch & (table["over"] > EVOKED_OVER), EVOKED * weight, weight)
    return {**table, "weight": np.where(is_twitch, weight, OTHERS * weight)}


def fit(table: Table) -> "HistGradientBoostingClassifier":
    """Fit boosted trees to bursts."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=N_TREES, max_leaf_nodes=N_LEAVES, learning_rate=RATE, min_samples_leaf=SMALLEST_LEAF,
        l2_regularization=RIDGE, max_features=SHARE, random_state=0, early_stopping=False,
    )  # fmt: skip
    return model.fit(table["evidence"], table["is_twitch"], sample_weight=table["weight"])


def as_text(model: "HistGradientBoostingClassifier", threshold: float, names: Sequence[str] = NAMES) -> str:
    """Return a fitted model in the text format that `dsp.verdict.forest` reads."""
    trees, deepest = [], 0
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        at = np.arange(len(nodes))
        leaf = nodes["is_leaf"].astype(bool)
        if np.any(nodes["left"][~leaf] != at[~leaf] + 1):
            raise ValueError("each node must be followed by its left side, which the text leaves out")
        value = nodes["value"].copy()
        for k in at[::-1]:  # the value of an inner node is the mean of its leaves
            if not leaf[k]:
                a, b = nodes["left"][k], nodes["right"][k]
                n_a, n_b = int(nodes["count"][a]), int(nodes["count"][b])
                value[k] = (n_a * value[a] + n_b * value[b]) / (n_a + n_b)
        limit = np.where(leaf, 0.0, nodes["num_threshold"])
        trees.append(
            {
                "f": np.where(leaf, 0, nodes["feature_idx"]).astype(int).tolist(),
                "l": [float(f"{one:.6g}") or 0 for one in limit],
                "a": np.where(leaf, at, nodes["right"]).astype(int).tolist(),
                "v": [round(float(one), 5) for one in value],
            }
        )
        deepest = max(deepest, int(nodes["depth"].max()))
    bias = float(np.ravel(model._baseline_prediction)[0])
    rows = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in trees)
    head = {"names": list(names), "depth": deepest, "bias": round(bias, 6), "threshold": round(threshold, 4)}
    return json.dumps(head)[:-1] + ', "trees": [\n' + rows + "\n]}\n"


def report(name: str, table: Table, probability: NDArray[np.float64]) -> None:
    """Print sensitivity and false alarms at several thresholds, and the calibration of the probabilities."""
    true = table["is_twitch"] == 1
    strong = true & (table["over"] >= 5.0)
    kinds = {">= 5": strong, "weaker": true & ~strong}
    minutes = MINUTES[name.split("_")[1]] * len(np.unique(table["source"]))
    print(f"{name}: {true.sum()} twitches, {strong.sum()} of at least 5, {(~true).sum()} others, {minutes:.0f} min")
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        yes = probability >= threshold
        shares = [f"{100 * yes[these].mean():5.1f} % of {what}" for what, these in kinds.items() if these.any()]
        print(f"  {threshold:.1f}: " + ", ".join((*shares, f"{(yes & ~true).sum() / minutes:.2f} false a minute")))
    edges = np.linspace(0.0, 1.0, 6)
    bins = np.clip(np.digitize(probability, edges) - 1, 0, 4)
    calibration = [
        f"{probability[bins == k].mean():.2f}->{true[bins == k].mean():.2f}" for k in range(5) if (bins == k).any()
    ]
    print("  said -> so:", ", ".join(calibration))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.detection.train", description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder in which the bursts are kept between runs")
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count(), help="processes that draw (default: %(default)s)"
    )
    parser.add_argument("--threshold", type=float, default=0.45, help="probability from which a burst is confirmed")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        tables = collect(args.keep or Path(scratch), args.processes)
    model = fit(together([weighted(name, tables[name]) for name in SETS if name.startswith("train_")]))
    for name in ("steer_scenes", "steer_patients", "steer_rest"):
        table = together([tables[name]])
        report(name, table, model.predict_proba(table["evidence"])[:, 1])
    args.out.write_text(as_text(model, args.threshold), encoding="utf-8")


if __name__ == "__main__":
    main()
