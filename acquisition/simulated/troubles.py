"""Confounders: events at random times, or in answer to a needle pass, that are not twitches.

Lengths, levels and shares without a source are assumptions [D].
"""

from collections.abc import Callable, Iterable

import numpy as np

from acquisition.simulated.muscle.contractions import (
    STRETCH_SPREAD_S,
    TAP_VOLLEYS_S,
    Discharge,
    cramp,
    fasciculation,
    reflex_delay_s,
    stretch_reflex,
    tap_reflex,
)
from acquisition.simulated.scenario import Scenario
from acquisition.simulated.signal import nuisances
from acquisition.simulated.stage import Stage

SAME_SIDE = ("muscle", "synergist")
BOTH_SIDES = ("muscle", "synergist", "remote")

WINCE_AFTER_S = (0.08, 0.3)
STARTLE_AFTER_S = (0.05, 0.15)
"""A wince follows 80-300 ms after the pass, a startle after 50-150 ms [D], both bilaterally (Marker 2016, J
Neurophysiol 117:457 [C], that a startle reaches the neck; latency [D])."""

STARTLE_S = (0.08, 0.25)
CRAMP_S = (3.0, 20.0)
"""Seconds to minutes [M]; cramps occurred in 92.9 % after glutamate into latent points (Ge 2008 [C])."""

LEAD_OFF_S = (2.0, 8.0)

JAB_FORCE = (0.5, 1.0)
"""Force of a jab, which scales the tap and stretch reflexes."""

SKIN_POTENTIAL_S = 0.03
"""Duration of a motor unit's potential at the skin after its discharge."""


class Trouble:
    """Event at random times (a Poisson process)."""

    def __init__(
        self,
        per_min: float,
        from_s: float,
        happen: Callable[[float, np.random.Generator], None],
        rng: np.random.Generator,
    ) -> None:
        self._mean_s = 60.0 / per_min if per_min > 0.0 else np.inf
        self._happen = happen
        self._rng = rng
        self._next_s = from_s + self._gap_s()

    def happen_before(self, time_s: float) -> None:
        """Generate all pending events before `time_s`."""
        while self._next_s < time_s:
            self._happen(self._next_s, self._rng)
            self._next_s += self._gap_s()

    def _gap_s(self) -> float:
        return float(self._mean_s * self._rng.standard_exponential())


class Troubles:
    """All confounders of a session.

    Parameters
    ----------
    stage : Stage
        Target of the events.
    scenario : Scenario
        Their rates, and the muscle.
    later_s : float
        Time before which there are only fasciculations.
    rng : Generator
        Source of one generator per kind, so that a new kind leaves the draws of the others unchanged.
    """

    def __init__(self, stage: Stage, scenario: Scenario, later_s: float, rng: np.random.Generator) -> None:
        self._stage = stage
        self._what = what = scenario.confounders
        self._reflex_delay_s = reflex_delay_s(scenario.muscle)
        self._later_s = later_s
        kinds: list[tuple[float, float, Callable[[float, np.random.Generator], None]]] = [
            (what.voluntary_per_min, later_s, self._move_voluntarily),
            (what.guarding_per_min, later_s, self._guard),
            (what.fasciculations_per_min, 0.0, self._fasciculate),
            (what.cable_per_min, later_s, self._swing_cables),
            (what.pops_per_min, later_s, self._pop_electrode),
            (what.glitches_per_min, later_s, self._glitch),
            (what.impulses_per_min, later_s, self._strike),
            (what.cramps_per_min, later_s, self._cramp),
            (what.leads_off_per_min, later_s, self._lose_lead),
        ]
        *streams, self._startle_rng, self._jab_rng = rng.spawn(len(kinds) + 2)
        self._at_random = [
            Trouble(per_min, from_s, happen, stream)
            for (per_min, from_s, happen), stream in zip(kinds, streams, strict=True)
        ]

    def happen_before(self, time_s: float) -> None:
        """Generate all random events before `time_s`."""
        for trouble in self._at_random:
            trouble.happen_before(time_s)

    def answer_pass(
        self, contact_s: float, tap_draw: float, wince_draw: float, wince_after_s: float, rng: np.random.Generator
    ) -> None:
        """Generate the answers to a pass that are not twitches; the draws are uniform in [0, 1)."""
        stage, startle_draw, stretch_draw = self._stage, self._startle_rng.random(), self._jab_rng.random()
        if contact_s <= self._later_s:
            return
        if tap_draw < self._what.tap_reflex_share:
            self._answer_jab(contact_s, tap_reflex, 0.0, "tap reflex")
        if stretch_draw < self._what.stretch_reflex_share:
            self._answer_jab(contact_s, stretch_reflex, STRETCH_SPREAD_S[1], "stretch reflex")
        if wince_draw < self._what.wince_share:
            start_s, duration_s = contact_s + wince_after_s, rng.uniform(0.2, 0.5)
            stage.contract(start_s, duration_s, 0.05, 0.9, BOTH_SIDES, rng)
            stage.note(start_s, start_s + duration_s, "wince")
        if startle_draw < self._what.startle_share:
            self._startle(contact_s + self._startle_rng.uniform(*STARTLE_AFTER_S), self._startle_rng)

    def _answer_jab(
        self,
        contact_s: float,
        reflex: Callable[[int, float, np.random.Generator], Iterable[Discharge]],
        spread_s: float,
        kind: str,
    ) -> None:
        """Add a reflex of muscle and synergist to a jab, whose second volley spreads over `spread_s`."""
        from_s, force = contact_s + self._reflex_delay_s, self._jab_rng.uniform(*JAB_FORCE)
        for pool in SAME_SIDE:
            self._stage.fire(from_s, pool, reflex(self._stage.pools[pool].n_units, force, self._jab_rng))
        self._stage.note(from_s + TAP_VOLLEYS_S[0], from_s + TAP_VOLLEYS_S[1] + spread_s + SKIN_POTENTIAL_S, kind)

    def _startle(self, time_s: float, rng: np.random.Generator) -> None:
        duration_s = rng.uniform(*STARTLE_S)
        self._stage.contract(time_s, duration_s, 0.02, 0.6, BOTH_SIDES, rng)
        self._stage.note(time_s, time_s + duration_s, "startle")

    def _move_voluntarily(self, time_s: float, rng: np.random.Generator) -> None:
        duration_s = rng.uniform(0.4, 2.0)
        self._stage.contract(time_s, duration_s, 0.3 * duration_s, rng.uniform(0.3, 0.9), SAME_SIDE, rng)
        self._stage.note(time_s, time_s + duration_s, "voluntary")

    def _guard(self, time_s: float, rng: np.random.Generator) -> None:
        duration_s, level = rng.uniform(5.0, 15.0), rng.uniform(0.1, 0.4)
        self._stage.contract(time_s, duration_s, 1.5, level, SAME_SIDE, rng)
        self._stage.note(time_s, time_s + duration_s, "guarding")

    def _cramp(self, time_s: float, rng: np.random.Generator) -> None:
        duration_s = rng.uniform(*CRAMP_S)
        self._stage.fire(time_s, "band", cramp(self._stage.pools["band"].n_units, duration_s, rng))
        self._stage.note(time_s, time_s + duration_s, "cramp")

    def _fasciculate(self, time_s: float, rng: np.random.Generator) -> None:
        self._stage.fire(time_s, "muscle", fasciculation(self._stage.pools["muscle"].n_units, rng))
        self._stage.note(time_s, time_s + 0.02, "fasciculation")

    def _swing_cables(self, time_s: float, rng: np.random.Generator) -> None:
        waveform_uv, duration_s = nuisances.cable_motion(self._stage.pairs, self._stage.canvas.rate_hz, rng)
        self._stage.canvas.add(time_s, waveform_uv)
        self._stage.note(time_s, time_s + duration_s, "cable")

    def _pop_electrode(self, time_s: float, rng: np.random.Generator) -> None:
        waveform_uv, duration_s = nuisances.electrode_pop(len(self._stage.pairs), self._stage.canvas.rate_hz, rng)
        self._stage.canvas.add(time_s, waveform_uv)
        self._stage.note(time_s, time_s + duration_s, "pop")

    def _lose_lead(self, time_s: float, rng: np.random.Generator) -> None:
        off_s = rng.uniform(*LEAD_OFF_S)
        waveform_uv, duration_s = nuisances.lead_off(len(self._stage.pairs), off_s, self._stage.canvas.rate_hz, rng)
        self._stage.canvas.add(time_s, waveform_uv)
        self._stage.note(time_s, time_s + duration_s, "lead off")

    def _glitch(self, time_s: float, rng: np.random.Generator) -> None:
        self._stage.strike_output(time_s, nuisances.digital_glitch(rng), "glitch", rng)

    def _strike(self, time_s: float, rng: np.random.Generator) -> None:
        self._stage.strike_output(time_s, nuisances.impulse(rng), "impulse", rng)
