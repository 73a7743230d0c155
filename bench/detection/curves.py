"""Figure of the operating curves of all methods."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.detection.contest import OURS, Entry, Kind, Results

FAMILIES = {"TwitchScope": "#000000", "TKEO": "#D55E00", "BioSPPy": "#0072B2", "NeuroKit2": "#009E73"}
"""Okabe-Ito colours, distinct for every kind of colour vision; markers distinguish the members of a family."""

MARKERS = "osv^D<>Xp"
LEFT_PER_MIN, RIGHT_PER_MIN = 0.05, 100.0
N_COLUMNS = 4


def draw(results: Results, kinds: Sequence[Kind], methods: Sequence[str], path: Path) -> None:
    """Draw sensitivity against false alarms per minute, one panel per kind, and write the picture."""
    from matplotlib.figure import Figure

    n_rows = math.ceil((len(kinds) + 1) / N_COLUMNS)
    figure = Figure(figsize=(14.0, 3.4 * n_rows), layout="constrained")
    axes = list(figure.subplots(n_rows, N_COLUMNS, sharex=True, sharey=True).flat)
    handles: list[Any] = []
    for k, (axis, kind) in enumerate(zip(axes, kinds, strict=False)):
        handles = [_curve(axis, results[kind.name][method], method, methods) for method in methods]
        axis.set_title(kind.name)
        axis.set_xscale("symlog", linthresh=LEFT_PER_MIN, linscale=0.4)
        axis.set_xlim(-0.005, RIGHT_PER_MIN)
        axis.set_xticks([0.0, 0.1, 1.0, 10.0, 100.0], ["0", "0.1", "1", "10", "100"])
        axis.minorticks_off()
        axis.set_ylim(-2.0, 102.0)
        axis.grid(visible=True, alpha=0.3)
        if k % N_COLUMNS == 0:
            axis.set_ylabel("twitches ≥ 5× found, %")
        if k + N_COLUMNS >= len(kinds):
            axis.set_xlabel("false alarms a minute")
            axis.tick_params(labelbottom=True)
    for axis in axes[len(kinds) :]:
        axis.axis("off")
    axes[len(kinds)].legend(handles=handles, loc="center", frameon=False)
    figure.savefig(path, dpi=72, metadata={"Software": None})


def _curve(axis: Any, entry: Entry, method: str, methods: Sequence[str]) -> Any:
    """Draw the curve of one method; a ring marks our default."""
    family = next(name for name in FAMILIES if method.startswith(name))
    within = [name for name in methods if name.startswith(family)]
    ours = method == OURS
    points = frontier(entry)
    (line,) = axis.plot(
        [x for x, _ in points], [y for _, y in points], color=FAMILIES[family], marker=MARKERS[within.index(method)],
        linewidth=2.5 if ours else 0.9, markersize=6.0 if ours else 4.5, zorder=3 if ours else 2, label=method,
        clip_on=False,
    )  # fmt: skip
    if entry.default is not None:
        strong = entry.default.strong
        axis.plot(
            [strong.others_per_min], [100.0 * strong.sensitivity], "o", markersize=13, markerfacecolor="none",
            markeredgecolor="#CC79A7", markeredgewidth=2.0, zorder=4, clip_on=False,
        )  # fmt: skip
    return line


def frontier(entry: Entry) -> list[tuple[float, float]]:
    """Return false alarms per minute and sensitivity in per cent at the Pareto-optimal thresholds."""
    points = sorted(
        (result.strong.others_per_min, -100.0 * result.strong.sensitivity) for result in entry.by_threshold.values()
    )
    kept: list[tuple[float, float]] = []
    for x, minus_y in points:
        if not kept or -minus_y > kept[-1][1]:
            kept.append((x, -minus_y))
    return kept
