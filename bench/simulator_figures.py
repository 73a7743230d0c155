"""Draw the figures of ``hardware_docs/simulator.md`` with the simulator itself, and print the numbers behind them.

Run as ``python -m bench.simulator_figures`` from the root folder, after ``make build``. The figures are seeded and
reproducible.
"""

from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from acquisition.core import ads1299_microvolts_per_count
from acquisition.simulated.electrodes import electrode_pairs
from acquisition.simulated.muscle.motor_units import MotorUnitPool
from acquisition.simulated.muscle.trigger_point import NeedleContact, TriggerPoint
from acquisition.simulated.needle.electrode import needle_potentials
from acquisition.simulated.patient import POOLS, SimulatedPatient
from acquisition.simulated.scenario import Muscle, load_scenario
from acquisition.simulated.signal.adc import DEFAULT_GAIN

IMAGES = Path(__file__).parents[1] / "hardware_docs" / "img"
RATE_HZ = 2000
SECONDS = 180
SEED = 4
SCENARIO = "active_trapezius"
NEEDLE = 1
STILL_S = 1.0
"""Endplate noise is measured after the needle has been still for this long, as its definition requires."""

WINDOW_S = 0.8
DAY_S = 86_400.0


def muap_against_depth() -> Figure:
    figure = Figure(figsize=(9.0, 3.4), layout="constrained")
    waves, sizes = figure.subplots(1, 2)
    depths_mm = np.array([3.0, 6.0, 10.0, 15.0, 20.0, 30.0, 40.0])
    for fat_mm in (2.0, 6.0, 15.0, 30.0):
        peaks_uv = []
        for depth_mm in depths_mm:
            potentials_uv = skin_potentials(float(depth_mm), fat_mm)
            peaks_uv.append(np.median(np.ptp(potentials_uv[:, 0], axis=1)))
            if fat_mm == 2.0 and depth_mm in (6.0, 10.0, 20.0):
                wave_uv = potentials_uv[15, 0]
                time_ms = np.arange(wave_uv.size) / 4.0
                waves.plot(time_ms, wave_uv, label=f"{depth_mm:g} mm deep")
        sizes.semilogy(depths_mm, peaks_uv, "o-", label=f"fat {fat_mm:g} mm")
        peaks = [f"{depth:g} mm {peak:.1f} µV" for depth, peak in zip(depths_mm, peaks_uv, strict=True)]
        print(f"MUAP, fat {fat_mm:g} mm:", ", ".join(peaks))
    waves.set(title="One motor unit at a skin pair, fat 2 mm", xlabel="ms after its endplates fired", ylabel="µV")
    sizes.axhline(8.0, color="0.5", lw=0.8, ls="--")
    sizes.set(title="Median of 20 units", xlabel="depth of the band, mm", ylabel="µV peak to peak")
    sizes.annotate("the noise, peak to peak", (29.0, 8.8), fontsize=8, color="0.4")
    waves.legend(fontsize=8)
    sizes.legend(fontsize=8)
    return figure


def skin_potentials(depth_mm: float, fat_mm: float) -> NDArray[np.float64]:
    muscle = Muscle(depth_mm=depth_mm, fat_mm=fat_mm)
    rng = np.random.default_rng(SEED)
    return MotorUnitPool(muscle, POOLS["band"], electrode_pairs(2), 4000.0, rng).potentials_uv


def needled() -> tuple[SimulatedPatient, NDArray[np.float64]]:
    """Return a patient after a session, and the skin and needle signals above 20 Hz in µV."""
    patient = SimulatedPatient(load_scenario(SCENARIO), SEED, RATE_HZ, 3, needle_channels=[NEEDLE])
    signal_uv = patient.next_counts(SECONDS * RATE_HZ) * ads1299_microvolts_per_count(DEFAULT_GAIN)
    return patient, sosfiltfilt(butter(4, 20.0, "highpass", fs=RATE_HZ, output="sos"), signal_uv, axis=0)


def twitch(patient: SimulatedPatient, signal_uv: NDArray[np.float64]) -> Figure:
    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    axes = figure.subplots(2, 1, sharex=True)
    first = patient.truth.twitches[0]
    start = round((first.contact_s - 0.15) * RATE_HZ)
    part = slice(start, start + round(0.6 * RATE_HZ))
    time_ms = 1000.0 * (np.arange(part.start, part.stop) / RATE_HZ - first.contact_s)
    for axis, channel, title in ((axes[0], 0, "at the skin, 30 mm along the band"), (axes[1], NEEDLE, "at the needle")):
        axis.plot(time_ms, signal_uv[part, channel], lw=0.6)
        axis.axvline(0.0, color="0.4", lw=0.8, ls="--")
        axis.set(title=title, ylabel="µV")
    axes[1].set_xlabel("ms after the needle's contact")
    onset_ms = 1000.0 * (first.onset_s - first.contact_s)
    sizes_uv = np.ptp(signal_uv[round(first.onset_s * RATE_HZ) : round(first.offset_s * RATE_HZ)], axis=0)
    print(f"twitch: onset {onset_ms:.0f} ms after contact, {sizes_uv[0]:.0f} µV pp skin, {sizes_uv[NEEDLE]:.0f} needle")
    return figure


def still_windows(patient: SimulatedPatient) -> list[int]:
    """Return the first sample of each window of a still needle, 0.5 s after it has been still for `STILL_S`."""
    contacts_s = np.array([0.0, *patient.truth.needle_contacts, SECONDS])
    gaps = [(a, b) for a, b in pairwise(contacts_s) if b - a > STILL_S + 2.0 * WINDOW_S]
    return [round((before_s + STILL_S + 0.5) * RATE_HZ) for before_s, _ in gaps]


def spontaneous_activity(patient: SimulatedPatient, signal_uv: NDArray[np.float64]) -> Figure:
    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    axes = figure.subplots(2, 1, sharex=True, sharey=True)
    windows = still_windows(patient)
    robust_uv = [
        np.median(np.abs(signal_uv[start : start + round(WINDOW_S * RATE_HZ), NEEDLE])) / 0.6745 for start in windows
    ]
    print("endplate noise, still needle, robust µV RMS:", ", ".join(f"{value:.1f}" for value in robust_uv))
    # The tip rests elsewhere after each bout; the last window whose tip still reaches the locus is shown.
    last = max(number for number, value in enumerate(robust_uv) if value > 0.35 * robust_uv[0])
    for axis, number, title in (
        (axes[0], 0, "needle at the locus, before the first pass"),
        (axes[1], last, "after the session's twitches"),
    ):
        start = windows[number]
        part = signal_uv[start : start + round(WINDOW_S * RATE_HZ), NEEDLE]
        axis.plot(1000.0 * np.arange(part.size) / RATE_HZ, part, lw=0.6)
        axis.set(title=f"{title}, {start / RATE_HZ:.0f} s: noise {robust_uv[number]:.1f} µV RMS", ylabel="µV")
    axes[1].set_xlabel("ms")
    return figure


def circle() -> Figure:
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    names = ("irritability", "acetylcholine", "contracture", "substances", "sensitisation", "flow", "oxygen")
    for axis, span_s, unit_s, label in ((axes[0], 3600.0, 60.0, "minutes"), (axes[1], 21 * DAY_S, DAY_S, "days")):
        point = TriggerPoint(0.8)
        times_s, rows = np.linspace(0.0, span_s, 400), []
        for number, time_s in enumerate(times_s):
            point.live_until(float(time_s))
            rows.append([getattr(point, name) for name in names])
            if number == 1:
                for wait_s in range(4):
                    point.contact(NeedleContact(float(time_s) + wait_s, 0.0, 0.0))
        for name, values in zip(names, np.array(rows).T, strict=True):
            axis.plot(times_s / unit_s, values, ls="--" if name in ("flow", "oxygen") else "-", label=name)
        axis.set(xlabel=label, title=f"four twitches, then left alone: {label}")
    axes[1].legend(fontsize=8, ncols=2, loc="lower right")
    return figure


def main() -> None:
    mpl.rcParams.update({"font.size": 9.0, "axes.grid": True, "grid.alpha": 0.3})
    IMAGES.mkdir(exist_ok=True)
    patient, signal_uv = needled()
    needle_uv = np.ptp(needle_potentials(4.0, POOLS["band"], 0.0, 16_000.0, np.random.default_rng(SEED)), axis=1)
    print(f"motor units at the needle: {needle_uv.min():.0f} to {needle_uv.max():.0f} µV peak to peak")
    figures = {
        "muap_depth": muap_against_depth(),
        "twitch_skin_needle": twitch(patient, signal_uv),
        "sea_before_after": spontaneous_activity(patient, signal_uv),
        "vicious_circle": circle(),
    }
    for name, figure in figures.items():
        path = IMAGES / f"simulator_{name}.png"
        figure.savefig(path, dpi=90, metadata={"Software": None})
        print(f"{path.name}: {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
