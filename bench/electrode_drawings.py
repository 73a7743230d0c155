"""Draw the electrode positions for ``hardware_docs/electrodes.md``: one sketch per muscle, each to its own scale.

Run as ``python -m bench.electrode_drawings`` from the root folder, after ``make build``.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

IMAGES = Path(__file__).parents[1] / "hardware_docs" / "img"
POINT_MM = 10.0
"""Distance of the trigger point from the innervation zone (upper trapezius: 10.4 mm, Barbero 2013, an abstract;
elsewhere an assumption)."""

PAIR_MM = (20.0, 40.0)
"""Positions of the two electrodes along the fibres, relative to the trigger point."""

INK, FLESH, ZONE = "0.1", "0.9", "0.72"


@dataclass(frozen=True, slots=True)
class Sketch:
    """Muscle between two palpable landmarks.

    Attributes
    ----------
    name : str
        Name of the muscle.
    landmarks : tuple of str
        Landmarks at its two ends.
    length_mm, width_mm : float
        Size of the part under the skin in an adult: assumptions, for the drawing only.
    zone : float
        Position of the innervation zone, as a share of the length.
    note : str
        Remark on recording from this muscle.
    pair_mm : tuple of float
        Positions of the two electrodes along the fibres, relative to the trigger point.
    """

    name: str
    landmarks: tuple[str, str]
    length_mm: float
    width_mm: float
    zone: float
    note: str
    pair_mm: tuple[float, float] = PAIR_MM


SKETCHES = (
    Sketch("Upper trapezius", ("C7", "acromion"), 180.0, 45.0, 0.5, "heart in every channel"),
    Sketch("Infraspinatus", ("medial border\nof scapula", "humerus"), 150.0, 55.0, 0.5, "superficial below the spine"),
    Sketch("Levator scapulae", ("C1–C4", "upper angle\nof scapula"), 150.0, 30.0, 0.5, "mostly under the trapezius"),
    Sketch("Medial gastrocnemius", ("medial knee", "Achilles tendon"), 220.0, 55.0, 0.4, "best signal of all"),
    Sketch("Tibialis anterior", ("below knee,\nlateral", "ankle,\nmedial"), 220.0, 40.0, 0.3, "a good signal"),
    Sketch("Forearm extensors", ("lateral epicondyle", "wrist"), 170.0, 35.0, 0.35, "neighbours come through"),
    Sketch("Masseter", ("cheekbone", "angle of jaw"), 75.0, 40.0, 0.4, "short: 12 mm apart", (12.0, 24.0)),
    Sketch("Lumbar paraspinals", ("L1", "sacrum"), 170.0, 45.0, 0.5, "heart; deep twitches do not show"),
    Sketch("Gluteus medius", ("iliac crest", "greater trochanter"), 130.0, 70.0, 0.5, "thick fat: may show nothing"),
)


def draw_muscle(axes: Axes, sketch: Sketch) -> None:
    """Draw one muscle, its innervation zone, the trigger point beside it and the electrode pair on the same side."""
    x_mm = np.linspace(0.0, sketch.length_mm, 200)
    half_mm = 0.5 * sketch.width_mm * np.sin(np.pi * x_mm / sketch.length_mm) ** 0.6
    axes.fill_between(x_mm, -half_mm, half_mm, color=FLESH, ec=INK, lw=1.0)
    for share in (-0.6, -0.2, 0.2, 0.6):
        axes.plot(x_mm, share * half_mm, color="0.8", lw=0.6)
    zone_mm = sketch.zone * sketch.length_mm
    reach_mm = 0.44 * sketch.width_mm
    axes.plot([zone_mm, zone_mm], [-reach_mm, reach_mm], color=ZONE, lw=9.0, solid_capstyle="butt")
    point_mm = zone_mm + POINT_MM
    axes.plot(point_mm, 0.0, marker="x", color=INK, ms=8, mew=2.0)
    for offset_mm, sign in zip(sketch.pair_mm, "+−", strict=True):
        axes.add_patch(Circle((point_mm + offset_mm, 0.0), 5.0, fc="white", ec=INK, lw=1.3))
        axes.annotate(sign, (point_mm + offset_mm, 0.0), ha="center", va="center", fontsize=7)
    _measure(
        axes,
        (point_mm, *(point_mm + offset_mm for offset_mm in sketch.pair_mm)),
        -0.5 * sketch.width_mm - 0.05 * sketch.length_mm,
    )
    ends = ((0.0, -6.0, "right"), (sketch.length_mm, 6.0, "left"))
    for (place_mm, shift_mm, side), label in zip(ends, sketch.landmarks, strict=True):
        axes.plot(place_mm, 0.0, marker="s", ms=5, color=INK)
        axes.annotate(label, (place_mm + shift_mm, 0.0), ha=side, va="center", fontsize=8)
    axes.set_title(f"{sketch.name}: {sketch.note}", fontsize=9)
    margin_mm = 0.42 * sketch.length_mm
    height_mm = 0.5 * sketch.width_mm + 0.03 * sketch.length_mm
    axes.set(xlim=(-margin_mm, sketch.length_mm + margin_mm), aspect="equal")
    axes.set_ylim(-height_mm - 0.2 * sketch.length_mm, height_mm)
    axes.axis("off")


def _measure(axes: Axes, places_mm: tuple[float, ...], y_mm: float) -> None:
    """Write the distances between neighbouring positions below the muscle."""
    for start_mm, stop_mm in pairwise(places_mm):
        axes.plot([start_mm, stop_mm], [y_mm, y_mm], color=INK, lw=1.0, marker="|", ms=6)
        middle_mm = 0.5 * (start_mm + stop_mm)
        axes.annotate(
            f"{stop_mm - start_mm:.0f}",
            (middle_mm, y_mm),
            (0, -4),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8,
        )


def electrodes() -> Figure:
    figure = Figure(figsize=(12.0, 5.8), layout="constrained")
    for axes, sketch in zip(figure.subplots(3, 3).flat, SKETCHES, strict=True):
        draw_muscle(axes, sketch)
    figure.supxlabel(
        "■ landmark  ·  grey bar: innervation zone  ·  ✕ taut band's point, where the needle works  ·  "
        "○ electrodes (10 mm) of the pair: + on the board's P pin, − on its N pin  ·  distances in mm",
        fontsize=9,
    )
    return figure


def patient_chain() -> Figure:
    """Draw the chain from skin and needle to the computer, and what must not be connected to it."""
    figure = Figure(figsize=(12.0, 3.6), layout="constrained")
    axes = figure.subplots()
    inputs = {
        3.0: ("target pair (band)", "2.2 kΩ each, P and N"),
        2.0: ("reference pair (another segment)", "2.2 kΩ each, P and N"),
        1.0: ("bias electrode (over bone)", "100 kΩ, BIAS"),
        0.0: ("needle's handle, by a clip\n(research only)", "100 kΩ, P; a skin electrode on N"),
    }
    for y, (label, wire) in inputs.items():
        _box(axes, 0.0, y, label)
        axes.plot([1.55, 4.4, 5.15], [y, y, 1.2 + 0.2 * y], color=INK, lw=1.0)
        axes.annotate(wire, (3.0, y + 0.08), ha="center", va="bottom", fontsize=8)
    for x, label in (
        (6.0, "amplifier board\non its battery"),
        (8.4, "isolation:\nradio, or isolator"),
        (10.8, "laptop\non its battery"),
    ):
        _box(axes, x, 1.5, label)
    for start, stop in ((6.85, 7.55), (9.25, 9.95)):
        axes.plot([start, stop], [1.5, 1.5], color=INK, lw=1.0)
    never = (
        "never: a mains charger · electrotherapy, on needle or skin\na second device on the patient that may be earthed"
    )
    axes.annotate(never, (8.4, 0.15), ha="center", fontsize=9, style="italic")
    axes.set(xlim=(-1.7, 11.9), ylim=(-0.5, 3.5))
    axes.axis("off")
    return figure


def _box(axes: Axes, x: float, y: float, label: str) -> None:
    axes.text(x, y, label, ha="center", va="center", fontsize=9, bbox={"boxstyle": "round,pad=0.5", "fc": "white"})


def main() -> None:
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "twitchscope", "font.family": "DejaVu Sans"})
    for name, draw in (("electrodes", electrodes), ("patient_chain", patient_chain)):
        path = IMAGES / f"{name}.svg"
        draw().savefig(path, metadata={"Date": None})
        print(path.relative_to(IMAGES.parents[1]))


if __name__ == "__main__":
    main()
