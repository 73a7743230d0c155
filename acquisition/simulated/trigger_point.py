"""Layer 1: the state of a trigger point, and what a needle contact does to it.

A phenomenological model: one number, the irritability I in [0, 1], stands for all that makes a point sensitive. The
rules are those of section 3 of the project's notes on physiology; they are design assumptions shaped on the sources
that each constant names, and nothing here is evidence. Grades: [C] abstract read, [M] from memory, [D] assumption.
"""

import math
from dataclasses import dataclass

TWITCH_FACTOR = 0.75
"""Irritability left after each of the first three twitches [D], shaped on the fall of peak RMS over three twitches in
Baraja-Vegas 2020, Pain Med 21:1224 [C]."""

LATER_TWITCH_FACTOR = 0.95
"""The same for every later twitch: "then stable" [D], same source."""

N_STEEP_TWITCHES = 3
"""Twitches over which the response falls (Baraja-Vegas 2020 [C])."""

MISS_FACTOR = 0.97
"""Irritability left after a needle pass without a twitch [D]."""

FLOOR_SHARE = 0.40
"""A session does not push irritability below this share of its start [D]: endplate noise fell to 0.45 of its value in
Chou 2009, Arch Phys Med Rehabil 90:905 [C], and to about 0.57 in Chen 2001 [M]."""

ANSWER_BASE = 0.02
ANSWER_SLOPE = 0.35
"""Probability that a pass is answered: ANSWER_BASE + ANSWER_SLOPE * I [D]; Kuan 2012, J Musculoskelet Pain 20:250 [C]
has the direction only."""

NIDUS_RADIUS_MM = 2.0
"""Size of the sensitive locus, 1-2 mm in Hubbard & Berkoff 1993, Spine 18:1803 [C]."""

SEA_BASE_UV = 5.0
SEA_SLOPE_UV = 20.0
"""Endplate noise at a needle electrode in µV RMS: base + slope * I [D], so that I = 0.8 gives the 21.3 µV of active
points in Chou 2009 [C]. Not a signal of the skin."""

NEEDLE_MOTION_SEA_GAIN = 0.35
NEEDLE_MOTION_TAU_S = 10.0
"""A moving needle raises endplate noise by 20-50 % for 5-20 s [D]; Hsieh 2011, Arch Phys Med Rehabil 92:1098 [C] has
the direction only."""

RECOVERY_TAU_S = 5.0 * 86_400.0
"""Irritability comes back over 3-7 days [D]: still low after 24 h to 1 week in Sanchez-Infante 2022, Liu 2017 [C]."""


@dataclass(frozen=True, slots=True)
class NeedleContact:
    """One pass of the needle.

    Attributes
    ----------
    time_s : float
        When the tip is deepest, seconds since the start.
    distance_mm : float
        Distance of the tip from the sensitive locus.
    threshold_draw : float
        Uniform draw in [0, 1): the pass is answered when it lies below the probability of an answer, so the state
        itself holds no randomness.
    """

    time_s: float
    distance_mm: float
    threshold_draw: float


class TriggerPoint:
    """A trigger point that answers needle contacts and tires.

    Parameters
    ----------
    irritability : float
        I at the start, in [0, 1].
    """

    def __init__(self, irritability: float) -> None:
        if not 0.0 <= irritability <= 1.0:
            raise ValueError(f"irritability must lie between 0 and 1, not {irritability}")
        self.irritability = irritability
        self.n_twitches = 0
        self._untreated = irritability
        self._floor = FLOOR_SHARE * irritability
        self._last_time_s = 0.0
        self._last_motion_s = -math.inf

    def answer_probability(self, distance_mm: float) -> float:
        """Return the probability that a pass at `distance_mm` from the locus is answered.

        Within the nidus it is the model's; outside it falls off like a bell of the nidus' size.
        """
        beyond_mm = max(0.0, distance_mm - NIDUS_RADIUS_MM)
        return (ANSWER_BASE + ANSWER_SLOPE * self.irritability) * math.exp(-((beyond_mm / NIDUS_RADIUS_MM) ** 2))

    def contact(self, contact: NeedleContact) -> float | None:
        """Take a needle pass and return the strength of the twitch in [0, 1], or None when there is none.

        Strength follows irritability as it stands before the pass. Passes come in order of time.
        """
        self._recover(contact.time_s)
        self._last_motion_s = contact.time_s
        if contact.threshold_draw >= self.answer_probability(contact.distance_mm):
            self._lower(MISS_FACTOR)
            return None
        strength = self.irritability
        self._lower(TWITCH_FACTOR if self.n_twitches < N_STEEP_TWITCHES else LATER_TWITCH_FACTOR)
        self.n_twitches += 1
        return strength

    def sea_uv(self, time_s: float) -> float:
        """Return the endplate noise in µV RMS that a needle electrode at the locus would see at `time_s`."""
        moved = math.exp(-(time_s - self._last_motion_s) / NEEDLE_MOTION_TAU_S)
        return (SEA_BASE_UV + SEA_SLOPE_UV * self.irritability) * (1.0 + NEEDLE_MOTION_SEA_GAIN * moved)

    def _lower(self, factor: float) -> None:
        self.irritability = max(min(self.irritability, self._floor), factor * self.irritability)

    def _recover(self, time_s: float) -> None:
        share = -math.expm1(-(time_s - self._last_time_s) / RECOVERY_TAU_S)
        self.irritability += (self._untreated - self.irritability) * share
        self._last_time_s = time_s
