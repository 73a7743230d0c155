"""Labelled bursts with their evidence, from seeded scenes and sessions and from the simulated patient."""

import argparse
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acquisition import open_board
from acquisition.simulated.board import SimulatedBoard
from bench.budget import KINDS as NOISES
from bench.budget import Rest
from bench.detection import envelopes, sessions, units
from bench.detection.composer import compose
from bench.detection.draft import TrueTwitch
from bench.detection.recipes import Recipe, draw_active_recipe, draw_evoked_recipe, draw_recipe
from bench.detection.score import EARLY_S, LATE_S
from bench.detection.waves import between
from dsp import TwitchDetector, TwitchEvent
from dsp.verdict.evidence import NAMES

REST_SHARES = (0.4, 0.2, 0.08, 0.08, 0.12, 0.12)
"""Shares of the kinds of noise of `bench.budget` at rest."""

REST_WEIGHT = 0.3
"""Weight of bursts of resting noise, which is processed with a far larger false-alarm budget than the default."""

PIECE, PIECE_MISFIT_S = NAMES.index("piece"), 0.06
"""`PIECE_MISFIT_S` is added to the misfit of a piece of a burst: a piece represents a twitch only if it fits that much
better than the whole burst, because the detector judges the whole burst first."""

SCORED_FROM = 2.5
"""Peak over the noise RMS; weaker twitches are neither right nor wrong."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Labelled burst: evidence, label (1 for a twitch), weight (0 if ambiguous), peak over the noise, and source."""

    evidence: NDArray[np.float64]
    is_twitch: int
    weight: float
    over: float
    source: int


def label(
    bursts: Sequence[tuple[TwitchEvent, NDArray[np.float64]]], twitches: Sequence[TrueTwitch], source: int
) -> list[Sample]:
    """Label each burst as twitch or not; of several bursts of one twitch, only the best-fitting one counts."""
    owners: dict[int, int] = {}
    misfits: dict[int, float] = {}
    for i, (event, evidence) in enumerate(bursts):
        for k, true in enumerate(twitches):
            if not true.onset_s - EARLY_S <= event.onset_s <= true.offset_s + LATE_S:
                continue
            misfit = abs(event.onset_s - true.onset_s) + abs(event.offset_s - true.offset_s)
            misfit += PIECE_MISFIT_S * (evidence[PIECE] > 0.0)
            if misfit < misfits.get(k, np.inf):
                owners[k], misfits[k] = i, misfit
    best: dict[int, float] = {}
    for k, i in owners.items():
        best[i] = max(best.get(i, 0.0), twitches[k].over)
    samples = []
    for i, (event, evidence) in enumerate(bursts):
        if i in best:
            weight = 0.0 if best[i] < SCORED_FROM else 0.4 if best[i] < 5.0 else 1.0
            samples.append(Sample(evidence, 1, weight, best[i], source))
            continue
        touches = any(
            event.onset_s <= true.offset_s + LATE_S and event.offset_s >= true.onset_s - EARLY_S for true in twitches
        )
        samples.append(Sample(evidence, 0, 0.0 if touches else 1.0, 0.0, source))
    return samples


def collect_bursts(detector: TwitchDetector) -> list[tuple[TwitchEvent, NDArray[np.float64]]]:
    """Return a list to which the detector appends each candidate burst; times are sample indices over the rate."""
    bursts: list[tuple[TwitchEvent, NDArray[np.float64]]] = []
    rate_hz = detector.sampling_rate_hz

    def note(event: TwitchEvent, evidence: NDArray[np.float64]) -> None:
        placed = replace(event, onset_s=event.onset_index / rate_hz, offset_s=event.offset_index / rate_hz)
        bursts.append((placed, evidence))

    detector.study_classifier(witness=note)
    return bursts


def from_scene(recipe: Recipe, seed: int) -> list[Sample]:
    """Return the bursts of one training scene."""
    scene = compose(recipe, seed)
    roles = ["surface"] * (recipe.n_channels - recipe.n_reference) + ["reference"] * recipe.n_reference
    detector = TwitchDetector(
        recipe.rate_hz, recipe.n_channels, roles=roles, bandwidth_hz=scene.bandwidth_hz,
        full_scale_uv=scene.full_scale_uv,
    )  # fmt: skip
    bursts = collect_bursts(detector)
    detector.process(scene.signal_uv, scene.valid)
    detector.flush()
    return label(bursts, scene.twitches, seed)


def from_rest(seed: int, seconds: float = 90.0) -> list[Sample]:
    """Return the bursts of resting noise of any kind, at a large false-alarm budget; none is a twitch."""
    rng = np.random.default_rng([seed, 81])
    rate_hz = int(rng.choice([250, 500, 1000, 2000, 4000], p=[0.35, 0.1, 0.35, 0.15, 0.05]))
    n_channels = int(rng.choice([1, 2, 4, 8, 16], p=[0.1, 0.15, 0.25, 0.45, 0.05]))
    budget = between(rng, 0.2, 2.0)
    detector = TwitchDetector(rate_hz, n_channels, false_alarms_per_min=budget)
    bursts = collect_bursts(detector)
    noise = NOISES[str(rng.choice(list(NOISES), p=REST_SHARES))](
        Rest(seed, rate_hz, n_channels), round(seconds * rate_hz)
    )
    detector.process(noise)
    detector.flush()
    return [replace(one, weight=REST_WEIGHT) for one in label(bursts, [], 2_000_000 + seed)]


def patient_scenario(seed: int) -> str:
    """Draw a simulated patient as the text of a scenario file."""
    rng = np.random.default_rng([seed, 78])

    def maybe(chance: float, low: float, high: float) -> float:
        return between(rng, low, high) if rng.random() < chance else 0.0

    tables = {
        "muscle": {
            "depth_mm": rng.uniform(4.0, 16.0), "fat_mm": rng.uniform(1.0, 8.0),
            "conduction_velocity_m_s": rng.uniform(3.2, 5.0), "nerve_distance_m": rng.uniform(0.15, 1.0),
        },
        "trigger_point": {"irritability": rng.uniform(0.4, 1.0) if rng.random() < 0.85 else 0.0,
                          "contralateral_share": maybe(0.3, 0.2, 0.8)},
        "needling": {"passes_per_s": rng.uniform(0.8, 2.0), "bout_s": 20.0, "pause_s": 3.0, "aim_mm": 0.7},
        "skin": {
            "noise_uv": between(rng, 1.0, 8.0), "drift_uv_per_s": between(rng, 5.0, 60.0),
            "mains_hz": float(rng.choice([50.0, 60.0])), "mains_uv": between(rng, 1.0, 80.0),
            "ecg_uv": maybe(0.45, 10.0, 200.0),
        },
        "confounders": {
            "voluntary_per_min": maybe(0.5, 0.5, 6.0), "guarding_per_min": maybe(0.5, 0.3, 2.5),
            "fasciculations_per_min": maybe(0.3, 1.0, 12.0), "cable_per_min": maybe(0.5, 1.0, 6.0),
            "pops_per_min": maybe(0.5, 1.0, 6.0), "glitches_per_min": maybe(0.5, 1.0, 10.0),
            "impulses_per_min": maybe(0.5, 1.0, 10.0), "wince_share": maybe(0.5, 0.01, 0.1),
            "tap_reflex_share": maybe(0.5, 0.01, 0.2), "startle_share": maybe(0.3, 0.01, 0.1),
            "cramps_per_min": maybe(0.1, 0.2, 0.8), "leads_off_per_min": maybe(0.1, 0.2, 1.0),
            "needle_motion_uv": between(rng, 2.0, 150.0),
        },
    }  # fmt: skip
    lines = []
    for table, values in tables.items():
        lines += [f"[{table}]", *(f"{key} = {value:.4f}" for key, value in values.items())]
    return "\n".join(lines)


def from_patient(seed: int, seconds: float = 90.0) -> list[Sample]:
    """Return the bursts of one session with a simulated patient."""
    rate_hz = int(np.random.default_rng([seed, 79]).choice([250, 500, 1000, 2000], p=[0.4, 0.1, 0.45, 0.05]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.toml"
        path.write_text(patient_scenario(seed), encoding="utf-8")
        url = f"simulated:?scenario={path}&seed={seed}&rate={rate_hz}&speed=0&seconds={seconds:g}"
        with open_board(url) as board:
            assert isinstance(board, SimulatedBoard)
            info = board.info
            detector = TwitchDetector(
                rate_hz, info.n_channels, roles=[str(channel.role) for channel in info.channels],
                bandwidth_hz=info.bandwidth_hz, full_scale_uv=info.full_scale_uv,
            )  # fmt: skip
            bursts = collect_bursts(detector)
            board.start()
            while (block := board.read()) is not None:
                detector.process(info.to_microvolts(block.counts), block.valid)
            detector.flush()
            truth = board.truth
    twitches = [
        TrueTwitch(one.onset_s, one.offset_s, one.peak_uv, 10.0 ** (one.snr_db / 20.0), 0.0) for one in truth.twitches
    ]
    return label(bursts, twitches, 1_000_000 + seed)


def session_kind(seed: int) -> str:
    """Return the kind of a seed: each in turn, but ``muscle`` for ``clean``, and ``all`` for two of three ``mains``."""
    kind = tuple(sessions.KINDS)[seed % len(sessions.KINDS)]
    if kind == "mains" and seed % 3:
        return "all"
    return "muscle" if kind == "clean" else kind


def _from_session(session: sessions.Session, source: int) -> list[Sample]:
    detector = TwitchDetector(session.rate_hz, session.signal_uv.shape[1], roles=session.roles)
    bursts = collect_bursts(detector)
    detector.process(session.signal_uv)
    detector.flush()
    return label(bursts, session.twitches, source)


def from_units(seed: int) -> list[Sample]:
    """Return the bursts of one session of motor units."""
    return _from_session(units.make(session_kind(seed), seed), 3_000_000 + seed)


def from_envelopes(seed: int) -> list[Sample]:
    """Return the bursts of one session of noise under envelopes."""
    return _from_session(envelopes.make(session_kind(seed), seed), 4_000_000 + seed)


SOURCES: dict[str, Callable[[int], list[Sample]]] = {
    "scene": lambda seed: from_scene(draw_recipe(seed), seed),
    "active": lambda seed: from_scene(draw_active_recipe(seed), seed),
    "evoked": lambda seed: from_scene(draw_evoked_recipe(seed), seed),
    "patient": from_patient,
    "rest": from_rest,
    "units": from_units,
    "envelopes": from_envelopes,
}


def _draw(kind: str, seed: int) -> list[Sample]:
    return SOURCES[kind](seed)


def gather(kind: str, seeds: Iterable[int], out: Path, n_processes: int = 1) -> None:
    """Write the bursts of many seeds of one of the `SOURCES` to one file; the number of processes changes nothing."""
    with get_context("spawn").Pool(n_processes) as pool:
        samples = [one for bursts in pool.imap(partial(_draw, kind), seeds) for one in bursts]
    np.savez_compressed(
        out,
        evidence=np.array([one.evidence for one in samples]).reshape(-1, len(NAMES)),
        is_twitch=np.array([one.is_twitch for one in samples]),
        weight=np.array([one.weight for one in samples]),
        over=np.array([one.over for one in samples]),
        source=np.array([one.source for one in samples]),
    )
    print(f"{out.name}: {len(samples)} bursts, {sum(one.is_twitch for one in samples)} of twitches")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.detection.samples", description=__doc__)
    parser.add_argument("kind", choices=SOURCES)
    parser.add_argument("first", type=int)
    parser.add_argument("stop", type=int)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    gather(args.kind, range(args.first, args.stop), args.out)


if __name__ == "__main__":
    main()
