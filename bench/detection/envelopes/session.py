"""Generation of a complete session of noise under envelopes."""

import zlib

import numpy as np

from bench.detection.envelopes.contractions import add_contractions, add_guarding, add_winces
from bench.detection.envelopes.draft import Draft
from bench.detection.envelopes.heart import add_heart
from bench.detection.envelopes.interference import add_glitches, add_impulses, add_mains, add_pops, add_swings
from bench.detection.envelopes.needle import add_needle, add_tugs
from bench.detection.sessions import KINDS, Session


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
    rng = np.random.default_rng([zlib.crc32(kind.encode()), seed])
    draft = Draft(holds, rng)
    _add_background(draft)
    add_needle(draft)
    if holds.faults:
        _add_muscle(draft, (2, 5), (2, 5), (0, 2))
        _add_faults(draft)
    elif holds.muscle:
        _add_muscle(draft, (3, 7), (3, 8), (0, 3))
    signal_uv = draft.sampled(draft.analog)
    if holds.faults:
        add_glitches(draft, signal_uv, int(rng.integers(4, 13)))
    return draft.finish(signal_uv)


def _add_background(draft: Draft) -> None:
    """Add mains and heart: strong if the kind holds them alone, of any size if it holds everything, otherwise faint."""
    rng, holds = draft.rng, draft.kind
    if holds.faults:
        add_mains(draft, (0.2, 3.0), int(rng.integers(1, 4)))
    elif holds.mains:
        add_mains(draft, (0.7, 7.0), int(rng.integers(0, 3)))
    else:
        add_mains(draft, (0.03, 0.4), 0)
    if holds.faults:
        add_heart(draft, (1.5, 7.0))
    elif holds.heart:
        add_heart(draft, (3.5, 8.0))
    elif rng.random() < 0.5:
        add_heart(draft, (0.1, 0.8))


Counts = tuple[int, int]
"""Range of a count: lower limit included, upper limit excluded."""


def _add_muscle(draft: Draft, contractions: Counts, winces: Counts, guarding: Counts) -> None:
    add_contractions(draft, int(draft.rng.integers(*contractions)))
    add_winces(draft, int(draft.rng.integers(*winces)))
    add_guarding(draft, int(draft.rng.integers(*guarding)))


def _add_faults(draft: Draft) -> None:
    add_tugs(draft)
    add_swings(draft, int(draft.rng.integers(2, 6)))
    add_pops(draft, int(draft.rng.integers(2, 5)))
    add_impulses(draft, int(draft.rng.integers(4, 9)))
