"""Heartbeats of a session of motor units: two leads, mixed at every pair; shapes and ranges are assumptions."""

import numpy as np

from bench.detection.sessions import betweens
from bench.detection.units.draft import Draft
from bench.detection.units.muscle import RATE_HZ
from bench.detection.waves import Rng, Samples

BEFORE_S, AFTER_S = 0.35, 0.55
"""Extent of a beat before and after its R wave."""

OVER = (4.0, 8.0)
"""Range of a beat's peak over the noise RMS in the band, on the channel where it is largest."""

VENTRICULAR = ((1.2, 0.0, 0.028), (-0.9, 0.07, 0.035), (-0.4, 0.27, 0.06))
"""Ectopic beat: wide, with an inverted T wave."""

EXTRA, EARLY, PAUSE = 0.02, 0.68, 1.35
"""Share of the beats that are followed by an ectopic beat, and factors on the intervals before and after it."""

Waves = tuple[tuple[float, float, float], ...]
"""Height, time in s and width in s of each wave."""


def add_heart(draft: Draft) -> None:
    """Add heartbeats to every channel."""
    rng, n_channels = draft.rng, draft.n_channels
    leads, beat = _two_leads(rng, draft.n)
    mix = rng.dirichlet([2, 1], n_channels) * draft.sign() * betweens(rng, 0.45, 1.0, n_channels)[:, np.newaxis]
    mix[:, 1] *= rng.choice([-1, 1], n_channels)
    seen = draft.in_band(draft.sampled(beat @ mix.T))
    worst = (np.abs(seen).max(axis=0) / draft.noise_rms_uv).max()
    draft.analog += leads @ (mix.T * rng.uniform(*OVER) / worst)


def _two_leads(rng: Rng, n: int) -> tuple[Samples, Samples]:
    """Draw two leads with breathing, jitter and rare ectopic beats, shape (n, 2), and one beat in both."""
    mean_s = rng.uniform(0.62, 1.1)
    breath_hz = rng.uniform(0.18, 0.33)
    beats = _beats(rng, n / RATE_HZ, mean_s, breath_hz)
    t = np.arange(-BEFORE_S, AFTER_S, 1 / RATE_HZ)
    width_s = rng.uniform(0.007, 0.012)
    shape = np.array([_beat(t, _sinus(rng, width_s)) for _ in range(2)]).T
    odd_shape = np.array([_beat(t, VENTRICULAR)] * 2).T
    leads = np.zeros((n, 2))
    for at_s, is_odd in beats:
        i = int((at_s - BEFORE_S) * RATE_HZ)
        gain = 1 + 0.1 * np.sin(2 * np.pi * breath_hz * at_s)
        start, stop = max(i, 0), min(i + len(t), n)
        leads[start:stop] += gain * (odd_shape if is_odd else shape)[start - i : stop - i]
    return leads, shape


def _beats(rng: Rng, seconds: float, mean_s: float, breath_hz: float) -> list[tuple[float, bool]]:
    """Draw the beat times and which beats are ectopic: these come early and are followed by a pause."""
    beats = []
    at_s = rng.uniform(0, mean_s)
    extra = EXTRA if rng.random() < 0.15 else 0.0
    is_odd = False
    while at_s < seconds - 0.5:
        beats.append((at_s, is_odd))
        step_s = mean_s * (1 + 0.05 * np.sin(2 * np.pi * breath_hz * at_s) + 0.015 * rng.normal())
        is_early = not is_odd and rng.random() < extra
        at_s += step_s * (PAUSE if is_odd else EARLY if is_early else 1.0)
        is_odd = is_early
    return beats


def _sinus(rng: Rng, width_s: float) -> Waves:
    """Draw the P, Q, R, S and T waves of one lead; the height of R is 1."""
    q, s = rng.uniform(-0.35, 0.0), rng.uniform(-0.9, -0.05)
    p, t = rng.uniform(0.05, 0.15), rng.uniform(0.1, 0.4)
    return (
        (p, -0.17, 0.022), (q, -2.3 * width_s, width_s), (1.0, 0.0, width_s),
        (s, 2.4 * width_s, width_s * 1.1), (t, 0.26, 0.045),
    )  # fmt: skip


def _beat(t: Samples, waves: Waves) -> Samples:
    return sum((h * np.exp(-0.5 * ((t - at) / w) ** 2) for h, at, w in waves), start=np.zeros(t.size))
