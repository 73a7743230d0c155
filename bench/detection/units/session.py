"""Generation of a complete session of motor units."""

import numpy as np

from bench.detection.sessions import KINDS, Session
from bench.detection.units.contractions import add_muscle
from bench.detection.units.draft import Draft
from bench.detection.units.heart import add_heart
from bench.detection.units.interference import add_faults, add_glitches, add_mains
from bench.detection.units.needle import add_tugs, add_twitches

STREAM = 0x5A17
"""Separates these seeds from those of other generators."""


def make(kind: str, seed: int) -> Session:
    """Return a finished session; the result is reproducible to the bit.

    Parameters
    ----------
    kind : str
        One of `bench.detection.sessions.KINDS`.
    seed : int
        Seed of the random generator.
    """
    holds = KINDS[kind]
    draft = Draft(holds, np.random.default_rng([STREAM, list(KINDS).index(kind), seed]))
    add_twitches(draft)
    add_tugs(draft)
    if holds.muscle:
        add_muscle(draft)
    if holds.heart:
        add_heart(draft)
    add_mains(draft)
    if holds.faults:
        add_faults(draft)
    signal_uv = draft.convert()
    if holds.faults:
        add_glitches(draft, signal_uv)
    return draft.finish(signal_uv)
