"""Compare the measures of a still needle (endplate noise, spike rate, silences) with the simulated truth.

Run as ``python -m bench.needle_activity [N_SCENES]`` from the project's root; eight scenes per line take a minute. The
scenes are those of `bench.detection.needle_scenes`, with seeds from 8100 on.
"""

import sys
from dataclasses import dataclass, field

import numpy as np
from scipy import signal

from bench.detection.needle_scenes import RECIPES, NeedleScene, make_scene
from dsp import TwitchDetector
from dsp.bands import choose_band_hz
from dsp.needle_electrode.spontaneous import StillWindow
from dsp.needle_electrode.stillness import StillnessLog

FIRST_SEED = 8100
RATES_HZ = (1000.0, 2000.0, 4000.0)
NAMES = ("needle still, spike trains", "needle, spikes and passes", "needle, nothing answers")
NOISE_BAND_HZ, AMPLIFIER_UV = (60.0, 1200.0), 1.0
"""Band of the scenes' endplate noise, and the amplifier noise added to each sample."""


@dataclass
class Tally:
    """Results of the scenes of one line; lists hold one value per scene, except for silences."""

    n_windows: int = 0
    n_unrest: int = 0
    level_errors: list[float] = field(default_factory=list)
    n_found: int = 0
    n_known: int = 0
    rate_errors: list[float] = field(default_factory=list)
    silence_errors_s: list[float] = field(default_factory=list)


def level_in_band_uv(scene: NeedleScene) -> float:
    """Return the RMS of the scene's endplate noise and amplifier noise in the detection band."""
    fine_hz = scene.rate_hz * np.ceil(8000.0 / scene.rate_hz)
    at_hz = np.linspace(1.0, 0.5 * fine_hz, 20_000)
    low_hz, high_hz = choose_band_hz(scene.rate_hz, None)
    shapes = [
        np.abs(signal.sosfreqz(signal.butter(order, edges, "bandpass", fs=fine_hz, output="sos"), at_hz, fs=fine_hz)[1])
        for order, edges in ((2, NOISE_BAND_HZ), (4, (low_hz, high_hz)))
    ]
    share = np.sum((shapes[0] * shapes[1]) ** 2) / np.sum(shapes[0] ** 2)
    amplifier = AMPLIFIER_UV**2 * (high_hz - low_hz) / (0.5 * scene.rate_hz)
    return float(np.sqrt(scene.noise_uv**2 * share + amplifier))


def follow(scene: NeedleScene) -> StillnessLog:
    """Run a detector on a scene and return its log of the needle channel."""
    detector = TwitchDetector(scene.rate_hz, scene.signal_uv.shape[1], roles=scene.roles)
    detector.process(scene.signal_uv)
    detector.flush()
    return detector.needle_tracks[0].log


def _meets(window: StillWindow, rate_hz: float, spans_s: list[tuple[float, float]]) -> bool:
    start_s = window.start_index / rate_hz
    return any(start_s < stop_s and begin_s < start_s + window.activity.duration_s for begin_s, stop_s in spans_s)


def add(tally: Tally, scene: NeedleScene, log: StillnessLog) -> None:
    """Add the comparison of one scene with its truth to a tally."""
    rate_hz, spikes_s = scene.rate_hz, np.array(scene.spikes_s)
    unrest = [*scene.insertions_s, *scene.contractions_s, *((one.onset_s, one.offset_s) for one in scene.twitches)]
    tally.n_windows += len(log.windows)
    tally.n_unrest += sum(_meets(one, rate_hz, unrest) for one in log.windows)
    calm = [one for one in log.windows if not _meets(one, rate_hz, [*unrest, *scene.silences_s])]
    if calm:
        levels = [one.activity.noise_uv for one in calm if np.isfinite(one.activity.noise_uv)]
        tally.level_errors.append(float(np.mean(levels)) / level_in_band_uv(scene) - 1.0)
        starts_s = [one.start_index / rate_hz for one in calm]
        known = sum(int(np.sum((spikes_s >= at_s) & (spikes_s < at_s + 1.0))) for at_s in starts_s)
        found = sum(one.activity.n_spikes or 0 for one in calm)
        tally.n_found, tally.n_known = tally.n_found + found, tally.n_known + known
        tally.rate_errors.append(found / known - 1.0 if known else np.nan)
    for silence in (one for one in log.silences if not one.is_open):
        after_s = silence.after_index / rate_hz
        known_s = [stop_s - after_s for start_s, stop_s in scene.silences_s if start_s < after_s < stop_s]
        if known_s:
            tally.silence_errors_s.append(silence.duration_s - known_s[0])


def line(name: str, rate_hz: float, n_scenes: int) -> str:
    """Return one row of the table."""
    tally = Tally()
    for seed in range(FIRST_SEED, FIRST_SEED + n_scenes):
        scene = make_scene(RECIPES[name], rate_hz, seed)
        add(tally, scene, follow(scene))
    level = 100.0 * np.abs(tally.level_errors)
    text = f"{name:28s}{rate_hz:6g}{tally.n_windows:8d}{tally.n_unrest:7d}"
    text += f"   {np.median(level):5.1f} {np.max(level):5.1f}" if level.size else "       –     –"
    if rate_hz >= 2000.0 and tally.n_known:
        rate = 100.0 * np.abs(tally.rate_errors)
        text += f"   {tally.n_found / tally.n_known:5.2f} {np.nanmedian(rate):5.1f} {np.nanmax(rate):5.1f}"
    else:
        text += "       –     –     –"
    silences_ms = 1e3 * np.abs(tally.silence_errors_s)
    return text + (f"   {silences_ms.size:3d} {np.median(silences_ms):5.0f}" if silences_ms.size else "     –     –")


def main() -> None:
    n_scenes = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    print("errors in %, median and worst scene      still  of them  noise        spikes found/true     silences, ms")
    print(f"{'scene':28s}{'SPS':>6s}{'seconds':>8s}{'unrest':>7s}   level worst   sum   rate worst     n error")
    for rate_hz in RATES_HZ:
        for name in NAMES:
            print(line(name, rate_hz, n_scenes), flush=True)


if __name__ == "__main__":
    main()
