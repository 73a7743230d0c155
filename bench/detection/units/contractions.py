"""Muscle activity of a session of motor units: contractions, winces, guarding and fasciculations.

One pool of units lies under all pairs over the muscle, and a separate one under each reference pair. All ranges are
assumptions.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bench.detection.sessions import REST_S, SECONDS
from bench.detection.units.draft import Draft
from bench.detection.units.muscle import (
    POTENTIAL_S,
    STEP_S,
    Effort,
    add_spikes,
    draw_pool,
    drive,
    potentials,
    typical,
)
from bench.detection.units.skin import SPACING_MM
from bench.detection.waves import Samples, between

N_UNITS, N_FAR_UNITS = 70, 50
"""Number of units of the muscle, and of the muscle under a reference pair."""

TYPICAL_UV = (8.0, 40.0)
"""Range of the median peak of a pool's potentials."""

TRIES, TRIES_IN_PAUSES, WINCE_TRIES = 40, 25, 30
"""Number of attempts to place a contraction, how many of them in the needle's pauses, and attempts to place a wince."""


@dataclass(eq=False)
class _Muscle:
    """Potentials of a pool at its channels, the columns of these channels, and the signal fired so far."""

    shapes: Samples
    columns: slice
    fired: Samples


class _Muscles:
    """All pools of a session, and the times when they are active."""

    def __init__(self, draft: Draft) -> None:
        self.draft, self.taken_s = draft, list[tuple[float, float]]()
        rng, electrodes = draft.rng, draft.electrodes
        spread_mm = rng.uniform(14, 26)
        wide = draw_pool(rng, N_UNITS, 0, spread_mm, (1.0, 16.0), 6.0)
        shapes = potentials(rng, wide, electrodes.pairs_mm, electrodes.fat_mm)
        shapes = shapes * (between(rng, *TYPICAL_UV) / typical(shapes))
        self.pools = [self._muscle(shapes, slice(electrodes.n_skin))]
        for c in range(electrodes.n_skin, electrodes.n_channels):
            far = draw_pool(rng, N_FAR_UNITS, 0, 12, (1.0, 14.0), 6.0)
            pair = np.array([(rng.uniform(18, 34), 0.0, SPACING_MM)])
            shapes = potentials(rng, far, pair, electrodes.fat_mm)
            shapes = shapes * between(rng, *TYPICAL_UV) / typical(shapes)
            self.pools.append(self._muscle(shapes, slice(c, c + 1)))

    def _muscle(self, shapes: Samples, columns: slice) -> _Muscle:
        return _Muscle(shapes, columns, np.zeros((self.draft.n, shapes.shape[2])))

    def is_free(self, start_s: float, stop_s: float, margin_s: float) -> bool:
        """Return whether no pool is active within `margin_s` of a stretch."""
        return all(stop_s + margin_s < a or start_s - margin_s > b for a, b in self.taken_s)

    def act(self, kind: str, start_s: float, efforts: Iterable[tuple[int, Samples]], variation: float) -> None:
        """Let some pools fire, each with its own excitation, and record the event."""
        stop_s = start_s
        for k, excitation in efforts:
            drive(self.draft.rng, self.pools[k].fired, self.pools[k].shapes, start_s, excitation, variation)
            stop_s = max(stop_s, start_s + len(excitation) * STEP_S)
        self.draft.note(start_s, stop_s, kind)
        self.taken_s.append((start_s, stop_s))


def add_muscle(draft: Draft) -> None:
    """Add all muscle activity except twitches."""
    rng, is_full = draft.rng, draft.kind.faults
    muscles = _Muscles(draft)
    for _ in range(int(rng.integers(1, 3)) if is_full else int(rng.integers(1, 4)) + 1):
        _contract(muscles)
    for _ in range(int(rng.integers(1, 5 if is_full else 6))):
        _wince(muscles)
    for _ in range(int(rng.integers(0 if is_full else 1, 3))):
        _guard(muscles)
    if is_full and rng.random() < 0.3:
        for _ in range(int(rng.integers(1, 4))):
            _fasciculate(muscles)
    for pool in muscles.pools:
        draft.analog[:, pool.columns] += pool.fired


def _contract(muscles: _Muscles) -> None:
    """Add a contraction away from the twitches, on one side or both."""
    draft, rng = muscles.draft, muscles.draft.rng
    effort = Effort(between(rng, 0.15, 0.8), between(rng, 0.4, 3.0), between(rng, 0.15, 0.7), wobble=0.08)
    for attempt in range(TRIES):
        if attempt < TRIES_IN_PAUSES:
            start_s = rng.uniform(*draft.pauses_s[rng.integers(len(draft.pauses_s))])
        else:
            start_s = rng.uniform(REST_S + 0.5, SECONDS - 3)
        stop_s = start_s + effort.seconds
        if stop_s >= SECONDS or not draft.is_clear_of_twitches(start_s, stop_s, 0.25):
            continue
        if muscles.is_free(start_s, stop_s, 0.3):
            power = between(rng, 0.04, 0.5)
            efforts = [(0, effort.excitation(rng, power))]
            efforts += [
                (k, effort.excitation(rng, power * between(rng, 0.15, 1.0)))
                for k in range(1, len(muscles.pools))
                if rng.random() < 0.5
            ]
            muscles.act("contraction", start_s, efforts, 0.2)
            return


def _wince(muscles: _Muscles) -> None:
    """Add a startle on both sides, 80 to 200 ms after a pass or 100 to 200 ms after the end of its twitch."""
    draft, rng = muscles.draft, muscles.draft.rng
    for _ in range(WINCE_TRIES):
        at = int(rng.integers(len(draft.passes_s)))
        start_s = draft.passes_s[at] + rng.uniform(0.08, 0.2)
        if at in draft.answered:
            if rng.random() < 0.6:
                continue
            start_s = _end_of_answer(draft, at) + rng.uniform(0.1, 0.2)
        effort = Effort(rng.uniform(0.03, 0.08), rng.uniform(0.08, 0.35), rng.uniform(0.12, 0.4), wobble=0.1)
        stop_s = start_s + effort.seconds
        if stop_s >= SECONDS or not draft.is_clear_of_twitches(start_s, stop_s, 0.08):
            continue
        if muscles.is_free(start_s, stop_s, 0.05):
            power = between(rng, 0.06, 0.6)
            efforts = [(0, effort.excitation(rng, power))]
            efforts += [
                (k, effort.excitation(rng, power * between(rng, 0.3, 1.2))) for k in range(1, len(muscles.pools))
            ]
            muscles.act("wince", start_s, efforts, 0.3)
            return


def _end_of_answer(draft: Draft, at: int) -> float:
    """Return the end of the twitch that answered a pass, or the time of the pass if none began within 0.2 s."""
    pass_s = float(draft.passes_s[at])
    return next((one.offset_s for one in draft.twitches if 0 <= one.onset_s - pass_s < 0.2), pass_s)


def _guard(muscles: _Muscles) -> None:
    """Add guarding: weak, slow activity that continues during needling."""
    rng = muscles.draft.rng
    effort = Effort(rng.uniform(1.5, 5), rng.uniform(2, 9), rng.uniform(1.5, 5), wobble=0.15)
    start_s = rng.uniform(REST_S + 0.5, SECONDS - 10)
    power = between(rng, 0.012, 0.04)
    efforts = [(k, effort.excitation(rng, power)) for k in range(len(muscles.pools)) if k == 0 or rng.random() < 0.4]
    muscles.act("guarding", start_s, efforts, 0.25)


def _fasciculate(muscles: _Muscles) -> None:
    """Add a single spike of one of the larger units."""
    draft, rng, pool = muscles.draft, muscles.draft.rng, muscles.pools[0]
    at_s, unit = rng.uniform(REST_S, SECONDS - 1), int(rng.integers(20, N_UNITS))
    add_spikes(pool.fired, pool.shapes[unit], np.array([at_s]))
    draft.note(at_s, at_s + POTENTIAL_S, "fasciculation")
