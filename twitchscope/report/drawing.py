"""Picture of the report in black on white: the whole session, its twitches aligned on onset, and their peaks."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acquisition.core import AmplitudeUnit
from twitchscope.findings.event import Event
from twitchscope.report.page import Picture
from twitchscope.report.signal import ChannelSignal
from twitchscope.saved.session_files import Mark

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE_INCH = (7.32, 3.5)
DOTS_PER_INCH = 220
MOST_IN_RASTER = 12
LEGEND = "▼ twitch, S seen, F felt by practitioner, P felt by patient, 0 none; grey: needle in; hatched: lost"

ROOM = 1.3
"""Half height of the signal's axis as a multiple of the largest twitch."""

SMALL_PT, SMALLER_PT = 7.0, 6.0
MARK_LETTERS = {"seen": "S", "felt_by_practitioner": "F", "felt_by_patient": "P", "none_this_pass": "0"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """Data of the picture: one channel, its confirmed twitches in order of onset, marks, and passes as (start, stop) s.

    `begins` holds the sites except the first, and what came after the last, each as (name, start in s). `unit` is the
    unit of amplitudes.
    """

    channel_name: str
    band_hz: tuple[float, float]
    signal: ChannelSignal
    twitches: Sequence[Event]
    marks: Sequence[Mark]
    passes: Sequence[tuple[float, float]]
    begins: Sequence[tuple[str, float]]
    unit: AmplitudeUnit


def draw(drawn: Drawn) -> Picture:
    """Draw the picture of a session."""
    from matplotlib.figure import Figure  # slow import, rarely needed

    figure = Figure(figsize=SIZE_INCH, layout="constrained")
    places = figure.add_gridspec(2, 2, height_ratios=(1.0, 1.25), width_ratios=(1.4, 1.0))
    _draw_session(figure.add_subplot(places[0, :]), drawn)
    _draw_raster(figure.add_subplot(places[1, 0]), drawn)
    _draw_sizes(figure.add_subplot(places[1, 1]), drawn)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DOTS_PER_INCH)
    n = len(drawn.twitches)
    words = (
        f"The whole session on {drawn.channel_name} in {drawn.band_hz[0]:.0f} to {drawn.band_hz[1]:.0f} Hz, "
        f"its {n} confirmed twitches aligned on their onset, and the peak of each."
    )
    return Picture(file.getvalue(), words)


def _draw_session(axes: "Axes", drawn: Drawn) -> None:
    signal = drawn.signal
    times_s = (np.arange(len(signal.low_uv)) + 0.5) * signal.column_s
    reach_uv = _reach_uv(drawn)
    for start_s, stop_s in drawn.passes:
        axes.axvspan(start_s, stop_s, color="0.88", linewidth=0)
    axes.vlines(times_s, signal.low_uv, signal.high_uv, color="0.25", linewidth=0.5)
    for place in np.flatnonzero(signal.is_lost):
        left_s = place * signal.column_s
        axes.axvspan(left_s, left_s + signal.column_s, facecolor="none", edgecolor="0", hatch="//////", linewidth=0)
    axes.plot(
        [event.onset_s for event in drawn.twitches], [0.9 * reach_uv] * len(drawn.twitches),
        linestyle="", marker="v", color="0", markersize=5,
    )  # fmt: skip
    for mark in drawn.marks:
        letter = MARK_LETTERS.get(mark.label)
        if letter is not None:
            axes.text(mark.time_s, -0.98 * reach_uv, letter, fontsize=SMALL_PT, ha="center", va="bottom", weight="bold")
    for name, begin_s in drawn.begins:
        axes.axvline(begin_s, color="0", linewidth=1.0, linestyle="--")
        axes.text(begin_s, 0.98 * reach_uv, f" {name}", fontsize=SMALL_PT, va="top")
    axes.set_xlim(0.0, max(len(signal.low_uv), 1) * signal.column_s)
    axes.set_ylim(-reach_uv, reach_uv)
    _label(axes, "time (s)", drawn.unit)
    band = f"{drawn.band_hz[0]:.0f} to {drawn.band_hz[1]:.0f} Hz"
    _title(axes, f"{drawn.channel_name}, {band}: {LEGEND}")


def _draw_raster(axes: "Axes", drawn: Drawn) -> None:
    shown = drawn.signal.twitches_uv[:MOST_IN_RASTER]
    step_uv = float(np.nanmax(np.abs(shown))) if shown.size and np.isfinite(shown).any() else 1.0
    for row, twitch_uv in enumerate(shown):
        axes.plot(drawn.signal.times_ms, np.clip(twitch_uv / step_uv, -1.0, 1.0) - row, color="0", linewidth=0.7)
    axes.axvline(0.0, color="0.4", linewidth=0.6, linestyle=":")
    axes.set_yticks([-row for row in range(len(shown))], [str(row + 1) for row in range(len(shown))])
    axes.set_ylim(-max(len(shown), 1) - 0.1, 1.1)
    _label(axes, "from the onset (ms)", "twitch")
    more = len(drawn.twitches) - len(shown)
    _title(
        axes,
        f"the twitches on {drawn.channel_name}; one step is {step_uv:.0f} {drawn.unit}"
        + (f"; {more} more" if more > 0 else ""),
    )


def _draw_sizes(axes: "Axes", drawn: Drawn) -> None:
    numbers, peaks_uv, same = [], [], []
    for number, event in enumerate(drawn.twitches, start=1):
        if event.peak_uv is not None and event.peak_uv > 0.0:
            numbers.append(number)
            peaks_uv.append(event.peak_uv)
            same.append(event.channel == drawn.channel_name)
    for is_same, filling in ((True, "0"), (False, "none")):
        chosen = [place for place, one in enumerate(same) if one is is_same]
        axes.plot(
            [numbers[place] for place in chosen], [peaks_uv[place] for place in chosen],
            linestyle="", marker="o", markersize=4, color="0", markerfacecolor=filling,
        )  # fmt: skip
    if peaks_uv:
        axes.set_ylim(0.0, 1.15 * max(peaks_uv))
    axes.set_xlim(0.4, max(len(drawn.twitches), 1) + 0.6)
    axes.locator_params(axis="x", integer=True)
    _label(axes, "twitch", f"peak ({drawn.unit})")
    _title(axes, f"peaks; filled: strongest on {drawn.channel_name}")


def _reach_uv(drawn: Drawn) -> float:
    """Return the half height of the signal's axis: the largest twitch fits, larger artifacts are clipped."""
    twitches_uv = drawn.signal.twitches_uv
    if twitches_uv.size and np.isfinite(twitches_uv).any():
        return max(ROOM * float(np.nanmax(np.abs(twitches_uv))), 1.0)
    highest = np.maximum(drawn.signal.high_uv, -drawn.signal.low_uv)
    return max(float(np.quantile(highest, 0.995)) * ROOM, 1.0) if highest.size else 1.0


def _label(axes: "Axes", below: str, beside: str) -> None:
    axes.set_xlabel(below, fontsize=SMALL_PT, labelpad=1.0)
    axes.set_ylabel(beside, fontsize=SMALL_PT, labelpad=1.0)
    axes.tick_params(labelsize=SMALLER_PT, pad=1.5, length=2.0)
    axes.spines[["top", "right"]].set_visible(False)


def _title(axes: "Axes", text: str) -> None:
    axes.set_title(text.replace("$", r"\$"), fontsize=SMALL_PT, loc="left", pad=2.0)
