"""Layer 1: the state of a trigger point, its vicious circle, and the effect of needle contacts.

The integrated hypothesis as a phenomenological model. Every state is a share between 0 (a healthy endplate) and 1 (the
worst in the model), except flow and oxygen, which are 1 in health:

    acetylcholine → contracture → less flow → less oxygen → sensitising substances → nociceptors → acetylcholine

The loop has a gain below 1. A constant load (posture, overuse) keeps it at the point's untreated level, so the effect
of needling is reversed over days. Irritability is the geometric mean of acetylcholine and sensitisation.

The rules are design assumptions based on the sources of each constant, not evidence. Grades: [C] abstract read, [M]
from memory, [D] assumption.
"""

import math
from dataclasses import dataclass

TWITCH_FACTOR = 0.75
"""Irritability left after each of the first three twitches [D], based on the fall of peak RMS over three twitches in
Baraja-Vegas 2020, Pain Med 21:1224 [C]."""

LATER_TWITCH_FACTOR = 0.95
"""The same for every later twitch: "then stable" [D], same source."""

N_STEEP_TWITCHES = 3
"""Twitches over which the response falls (Baraja-Vegas 2020 [C])."""

MISS_FACTOR = 0.97
"""Irritability left after a needle pass without a twitch [D]."""

FLOOR_SHARE = 0.40
"""Minimum irritability in a session as a share of its start [D]: endplate noise fell to 0.45 of its value in Chou 2009,
Arch Phys Med Rehabil 90:905 [C], and to about 0.57 in Chen 2001 [M]."""

ANSWER_BASE = 0.02
ANSWER_SLOPE = 0.35
"""Probability that a pass evokes a twitch: ANSWER_BASE + ANSWER_SLOPE * I [D]; Kuan 2012, J Musculoskelet Pain 20:250
[C] supports the direction only."""

NIDUS_RADIUS_MM = 2.0
"""Size of the sensitive locus, 1-2 mm in Hubbard & Berkoff 1993, Spine 18:1803 [C]."""

SEA_BASE_UV = 5.0
SEA_SLOPE_UV = 20.0
"""Endplate noise at a needle electrode in µV RMS: base + slope * I [D], so that I = 0.8 gives the 21.3 µV of active
points in Chou 2009 [C]. Not visible at the skin."""

NEEDLE_MOTION_SEA_GAIN = 0.35
NEEDLE_MOTION_TAU_S = 10.0
"""A moving needle raises endplate noise by 20-50 % for 5-20 s [D]; Hsieh 2011, Arch Phys Med Rehabil 92:1098 [C]
supports the direction only."""

LOOP_GAIN = 0.75
"""Share of the endplate's excess acetylcholine maintained by the circle itself [D]."""

ACETYLCHOLINE_TAU_S = 86_400.0
SENSITISATION_TAU_S = 6.0 * 3600.0
"""Time constants of endplate and nociceptors [D]. With `LOOP_GAIN`, the circle recovers within about 5 days: effects
persisted for 24 h to 1 week in Sanchez-Infante 2022 and Liu 2017 [C], 3-7 days in the notes [D]."""

CONTRACTURE_TAU_S = 600.0
OXYGEN_TAU_S = 60.0
"""Time constants of the contracture, which follows acetylcholine, and of tissue oxygen, which follows the flow [D]."""

FLOW_LOSS = 0.5
METABOLIC_DEMAND = 0.3
"""Full contracture halves the flow and increases the oxygen demand by this amount [D]."""

HYPERAEMIA_PER_TWITCH = 0.15
LARGEST_HYPERAEMIA = 0.5
HYPERAEMIA_TAU_S = 1500.0
"""Twitches raise the flow to at most 1.5 times for 20-30 min [D]; it was raised at needle removal and after 15 min in
Cagnie 2012, J Manipulative Physiol Ther 35:685 [C], whose abstract states no percentage."""

WASHOUT_TAU_S = 200.0
BUILD_UP_TAU_S = 7200.0
"""Substance P and CGRP fall within minutes of a twitch and stay low to the end of a record of 10-15 min (Shah 2005,
2008 [M])."""

LOOSENING = 0.85
"""Contracture left after a twitch [D]."""

PH_HEALTHY = 7.4
PH_FALL = 2.4
"""pH of about 5 at active points (Shah 2005, 2008 [M])."""

PRESSURE_THRESHOLD_FALL = 0.4
"""Share by which irritability lowers the pressure pain threshold [D]."""

SILENCE_S = (0.3, 1.0)
"""A twitch interrupts the spontaneous activity for its own duration plus this time [D]: no source was found."""

SPIKES_PER_S = 30.0
"""Endplate spikes per second at full acetylcholine [D]; up to 50/s in textbooks [C2]."""

LONGEST_STEP_S = 30.0
"""Step of the integration over a session; a gap of days is integrated in `LONGEST_GAP_STEPS` steps."""

LONGEST_GAP_STEPS = 2000


@dataclass(frozen=True, slots=True)
class NeedleContact:
    """Pass of the needle.

    Attributes
    ----------
    time_s : float
        Time of the deepest position of the tip, in seconds since the start.
    distance_mm : float
        Distance of the tip from the sensitive locus.
    threshold_draw : float
        Uniform draw in [0, 1). The pass evokes a twitch when it is below the probability of an answer, so that the
        state itself is deterministic.
    """

    time_s: float
    distance_mm: float
    threshold_draw: float


class TriggerPoint:
    """Trigger point that answers needle contacts and fatigues.

    Parameters
    ----------
    irritability : float
        Irritability I at the start, untreated, in [0, 1].

    Attributes
    ----------
    acetylcholine, contracture, substances, sensitisation : float
        Shares in [0, 1]: excess release at the endplate, shortening of the band, sensitising substances (bradykinin,
        substance P, CGRP, protons), sensitisation of the nociceptors.
    oxygen : float
        Oxygen of the tissue, 1 in health.
    n_twitches : int
        Twitches so far.
    """

    def __init__(self, irritability: float) -> None:
        if not 0.0 <= irritability <= 1.0:
            raise ValueError(f"irritability must lie between 0 and 1, not {irritability}")
        self.acetylcholine = self.contracture = self.substances = self.sensitisation = irritability
        self.oxygen = 1.0 - (FLOW_LOSS + METABOLIC_DEMAND) * irritability
        self.n_twitches = 0
        self._hyperaemia = 0.0
        self._load = (1.0 - LOOP_GAIN) * irritability
        self._floor = FLOOR_SHARE * irritability
        self._last_time_s = 0.0
        self._last_motion_s = -math.inf

    @property
    def irritability(self) -> float:
        """Irritability, in [0, 1]."""
        return math.sqrt(self.acetylcholine * self.sensitisation)

    @property
    def flow(self) -> float:
        """Local blood flow, 1 in health."""
        return (1.0 - FLOW_LOSS * self.contracture) * (1.0 + self._hyperaemia)

    @property
    def ph(self) -> float:
        """Tissue pH."""
        return PH_HEALTHY - PH_FALL * self.substances

    @property
    def pressure_threshold(self) -> float:
        """Pressure pain threshold as a share of the healthy one."""
        return 1.0 - PRESSURE_THRESHOLD_FALL * self.irritability

    def answer_probability(self, distance_mm: float) -> float:
        """Return the probability that a pass at `distance_mm` from the locus evokes a twitch."""
        return (ANSWER_BASE + ANSWER_SLOPE * self.irritability) * nearness(distance_mm)

    def contact(self, contact: NeedleContact) -> float | None:
        """Apply a needle pass and return the strength of the twitch in [0, 1], or None when there is none.

        The strength is the irritability before the pass. Passes must be in order of time.
        """
        self.live_until(contact.time_s)
        self._last_motion_s = contact.time_s
        if contact.threshold_draw >= self.answer_probability(contact.distance_mm):
            self._lower(MISS_FACTOR)
            return None
        strength = self.irritability
        self._lower(TWITCH_FACTOR if self.n_twitches < N_STEEP_TWITCHES else LATER_TWITCH_FACTOR)
        self.contracture *= LOOSENING
        self._hyperaemia = min(LARGEST_HYPERAEMIA, self._hyperaemia + HYPERAEMIA_PER_TWITCH)
        self.n_twitches += 1
        return strength

    def sea_uv(self, time_s: float) -> float:
        """Return the endplate noise in µV RMS at a needle electrode at the locus at `time_s`."""
        moved = math.exp(-max(0.0, time_s - self._last_motion_s) / NEEDLE_MOTION_TAU_S)
        return (SEA_BASE_UV + SEA_SLOPE_UV * self.acetylcholine) * (1.0 + NEEDLE_MOTION_SEA_GAIN * moved)

    def spikes_per_s(self) -> float:
        """Return the mean rate of endplate spikes at the locus."""
        return SPIKES_PER_S * self.acetylcholine

    def live_until(self, time_s: float) -> None:
        """Advance the state, without a needle, to `time_s`; an earlier time changes nothing."""
        gap_s = time_s - self._last_time_s
        if gap_s <= 0.0:
            return
        n_steps = min(LONGEST_GAP_STEPS, math.ceil(gap_s / LONGEST_STEP_S))
        for _ in range(n_steps):
            self._step(gap_s / n_steps)
        self._last_time_s = time_s

    def _step(self, step_s: float) -> None:
        """Advance every state towards its target, exactly for a target that is constant within the step."""
        self._hyperaemia *= math.exp(-step_s / HYPERAEMIA_TAU_S)
        self.contracture = _towards(self.contracture, self.acetylcholine, step_s / CONTRACTURE_TAU_S)
        supply = self.flow - METABOLIC_DEMAND * self.contracture
        self.oxygen = _towards(self.oxygen, supply, step_s / OXYGEN_TAU_S)
        lack = min(1.0, max(0.0, (1.0 - self.oxygen) / (FLOW_LOSS + METABOLIC_DEMAND)))
        tau_s = WASHOUT_TAU_S if lack < self.substances else BUILD_UP_TAU_S
        self.substances = _towards(self.substances, lack, step_s / tau_s)
        self.sensitisation = _towards(self.sensitisation, self.substances, step_s / SENSITISATION_TAU_S)
        driven = self._load + LOOP_GAIN * self.sensitisation
        self.acetylcholine = _towards(self.acetylcholine, driven, step_s / ACETYLCHOLINE_TAU_S)

    def _lower(self, factor: float) -> None:
        before = self.irritability
        share = max(min(before, self._floor), factor * before) / before if before > 0.0 else 1.0
        self.acetylcholine *= share
        self.sensitisation *= share


def nearness(distance_mm: float) -> float:
    """Return the share of a locus reached by a needle tip at `distance_mm`: 1 within the nidus, Gaussian outside."""
    beyond_mm = max(0.0, distance_mm - NIDUS_RADIUS_MM)
    return math.exp(-((beyond_mm / NIDUS_RADIUS_MM) ** 2))


def _towards(value: float, target: float, steps: float) -> float:
    return value - (target - value) * math.expm1(-steps)
