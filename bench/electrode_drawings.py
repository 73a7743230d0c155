"""Draw where electrodes go, for ``hardware_docs/electrodes.md``: a sketch of each muscle, to a scale of its own.

Run as ``python -m bench.electrode_drawings`` from the root folder, after ``make build``.
"""

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

IMAGES = Path(__file__).parents[1] / "hardware_docs" / "img"
PAIR_MM = (20.0, 40.0)
"""Places of the two electrodes along the fibres, from the innervation zone."""

INK, FLESH, ZONE = "0.1", "0.9", "0.72"


@dataclass(frozen=True, slots=True)
class Sketch:
    """A muscle between two landmarks that can be felt.

    Attributes
    ----------
    name : str
        The muscle.
    landmarks : tuple of str
        At its two ends.
    length_mm, width_mm : float
        Of the part that lies under the skin, in an adult: assumptions, for the drawing alone.
    zone : float
        Place of the innervation zone, as a share of the length.
    note : str
        What to mind there.
    """

    name: str
    landmarks: tuple[str, str]
    length_mm: float
    width_mm: float
    zone: float
    note: str


SKETCHES = (
    Sketch("Upper trapezius", ("C7", "acromion"), 180.0, 45.0, 0.5, "heart in every channel"),
    Sketch("Infraspinatus", ("medial border\nof scapula", "humerus"), 150.0, 55.0, 0.5, "superficial below the spine"),
    Sketch("Medial gastrocnemius", ("medial knee", "Achilles tendon"), 220.0, 55.0, 0.4, "best signal of all"),
    Sketch("Forearm extensors", ("lateral epicondyle", "wrist"), 170.0, 35.0, 0.35, "neighbours come through"),
    Sketch("Lumbar paraspinals", ("L1", "sacrum"), 170.0, 45.0, 0.5, "heart; deep twitches do not reach the skin"),
    Sketch("Gluteus medius", ("iliac crest", "greater trochanter"), 130.0, 70.0, 0.5, "thick fat: may show nothing"),
)


def draw_muscle(axes: Axes, sketch: Sketch) -> None:
    """Draw one muscle, its innervation zone, the pair on one side of it and the point beside it."""
    x_mm = np.linspace(0.0, sketch.length_mm, 200)
    half_mm = 0.5 * sketch.width_mm * np.sin(np.pi * x_mm / sketch.length_mm) ** 0.6
    axes.fill_between(x_mm, -half_mm, half_mm, color=FLESH, ec=INK, lw=1.0)
    for share in (-0.6, -0.2, 0.2, 0.6):
        axes.plot(x_mm, share * half_mm, color="0.8", lw=0.6)
    zone_mm = sketch.zone * sketch.length_mm
    reach_mm = 0.44 * sketch.width_mm
    axes.plot([zone_mm, zone_mm], [-reach_mm, reach_mm], color=ZONE, lw=9.0, solid_capstyle="butt")
    axes.plot(zone_mm + 10.0, 0.0, marker="x", color=INK, ms=9, mew=2.2)
    for offset_mm, sign in zip(PAIR_MM, "+−", strict=True):
        place_mm = zone_mm + offset_mm + 10.0
        axes.plot(place_mm, 0.0, marker="o", ms=13, mfc="white", mec=INK, mew=1.6)
        axes.annotate(sign, (place_mm, 0.0), ha="center", va="center", fontsize=9)
    ends = ((0.0, -6.0, "right"), (sketch.length_mm, 6.0, "left"))
    for (place_mm, shift_mm, side), label in zip(ends, sketch.landmarks, strict=True):
        axes.plot(place_mm, 0.0, marker="s", ms=5, color=INK)
        axes.annotate(label, (place_mm + shift_mm, 0.0), ha=side, va="center", fontsize=8)
    scale_mm = -0.5 * sketch.width_mm - 22.0
    middle_mm = 0.5 * sketch.length_mm
    axes.plot([middle_mm - 10.0, middle_mm + 10.0], [scale_mm, scale_mm], color=INK, lw=1.5)
    axes.annotate("20 mm", (middle_mm, scale_mm + 2.0), ha="center", va="bottom", fontsize=8)
    axes.set_title(f"{sketch.name}: {sketch.note}", fontsize=9)
    axes.set(xlim=(-85.0, 300.0), ylim=(-65.0, 45.0), aspect="equal")
    axes.axis("off")


def electrodes() -> Figure:
    figure = Figure(figsize=(10.0, 6.6), layout="constrained")
    for axes, sketch in zip(figure.subplots(3, 2).flat, SKETCHES, strict=True):
        draw_muscle(axes, sketch)
    figure.supxlabel(
        "■ landmark   grey bar: innervation zone   ✕ taut band's point, where the needle works   "
        "○ electrodes of the pair, + on the board's P pin, − on its N pin",
        fontsize=9,
    )
    return figure


def needle_clip() -> Figure:
    """Draw the chain from skin and needle to the computer, and what must not be in it."""
    figure = Figure(figsize=(10.0, 3.0), layout="constrained")
    axes = figure.subplots()
    boxes = {
        (0.0, "target pair\n(band)"): 2.0,
        (0.0, "reference pair\n(another segment)"): 1.0,
        (0.0, "needle's handle, by a clip\n(research only)"): 0.0,
        (3.4, "amplifier board\non a battery"): 1.0,
        (6.2, "radio or\nisolated USB"): 1.0,
        (8.8, "laptop\non its battery"): 1.0,
    }
    for (x, label), y in boxes.items():
        axes.text(x, y, label, ha="center", va="center", fontsize=9, bbox={"boxstyle": "round,pad=0.5", "fc": "white"})
    for y in (0.0, 1.0, 2.0):
        axes.annotate("", (2.75, 0.8 + 0.2 * y), (1.2, y), arrowprops={"arrowstyle": "-"})
    for start, stop in ((4.25, 5.5), (6.9, 8.1)):
        axes.annotate("", (stop, 1.0), (start, 1.0), arrowprops={"arrowstyle": "->"})
    never = "never: mains charger · electrotherapy on the needles · a second earthed device on the patient"
    axes.text(6.2, -0.35, never, ha="center", fontsize=9, style="italic")
    axes.set(xlim=(-1.6, 10.0), ylim=(-0.8, 2.6))
    axes.axis("off")
    return figure


def main() -> None:
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "twitchscope", "font.family": "DejaVu Sans"})
    for name, draw in (("electrodes", electrodes), ("patient_chain", needle_clip)):
        path = IMAGES / f"{name}.svg"
        draw().savefig(path, metadata={"Date": None})
        print(path.relative_to(IMAGES.parents[1]))


if __name__ == "__main__":
    main()
