"""Heartbeats of a session of noise under envelopes: sums of Gaussians after McSharry et al. 2003, in two leads.

All ranges are assumptions.
"""

from dataclasses import dataclass

import numpy as np

from bench.detection.envelopes.draft import Draft
from bench.detection.sessions import SECONDS, betweens
from bench.detection.waves import Rng, Samples, between

BEFORE_S, AFTER_S = 0.35, 0.55
"""Extent of a beat before and after its R wave."""

QRS_S = 0.08
"""A beat's peak is searched within this time of its R wave."""

EARLY, EARLY_WIDER, EARLY_FARTHER = 0.25, np.array([1, 2.6, 2.6, 2.6, 1.3]), 1.8
"""Ectopic beat: prematurity as a share of the mean interval, and factors on the widths and distances of its waves."""


@dataclass(frozen=True, eq=False)
class _Person:
    """Mean interval, breathing frequency and phase, and P, Q, R, S, T waves: centre and width in s, height per lead."""

    interval_s: float
    breath_hz: float
    breath_phase: float
    centre_s: Samples
    width_s: Samples
    heights: tuple[Samples, Samples]


def add_heart(draft: Draft, overs: tuple[float, float]) -> None:
    """Add heartbeats whose median peak over the noise on the best channel is drawn from the range `overs`."""
    rng, n_channels = draft.rng, draft.n_channels
    leads, beats_s = _two_leads(rng, draft.n, draft.analog_hz)
    mix = np.stack([rng.normal(0, 1, n_channels), rng.normal(0, 0.6, n_channels)])
    mix[:, draft.is_reference] *= rng.uniform(0.3, 1.2)
    seen = draft.in_band(leads)
    middles = [int(at_s * draft.rate_hz) for at_s in beats_s if 1 < at_s < SECONDS - 1]
    near = int(QRS_S * draft.rate_hz)
    peaks = []
    for c in range(n_channels):
        amplitude = np.abs(mix[:, c] @ seen)
        peaks.append(np.median([amplitude[i - near : i + near].max() for i in middles]))
    over = between(rng, *overs)
    spread = betweens(rng, 0.2, 1.0, n_channels)
    spread[rng.integers(n_channels)] = 1.0
    draft.analog += (mix * (over * spread * draft.noise_rms_uv / np.array(peaks))).T @ leads


def _two_leads(rng: Rng, n: int, rate_hz: float) -> tuple[Samples, list[float]]:
    """Draw two leads, shape (2, n), and the times of the beats in s."""
    interval_s = 60 / rng.uniform(52, 98)
    beats_s, breath_hz, breath_phase = _beats(rng, interval_s)
    is_early = np.zeros(len(beats_s), np.bool_)
    if rng.random() < 0.2:
        is_early[rng.choice(np.arange(12, len(beats_s) - 2), int(rng.integers(1, 4)), replace=False)] = True
    person = _Person(
        interval_s,
        breath_hz,
        breath_phase,
        np.array([-0.17, -0.028, 0.0, 0.030, 0.27]) * rng.uniform(0.9, 1.1),
        np.array([0.022, 0.007, 0.0085, 0.008, 0.045]) * between(rng, 0.85, 1.3),
        (
            np.array([0.12, -0.12, 1.0, -0.25, 0.3]) * betweens(rng, 0.7, 1.4, 5),
            np.array([0.06, -0.25, 0.45, -0.7, 0.15]) * betweens(rng, 0.6, 1.6, 5) * rng.choice([-1, 1]),
        ),
    )
    leads = np.zeros((2, n))
    for b, at_s in enumerate(beats_s):
        last_s = at_s - beats_s[b - 1] if b else interval_s
        if is_early[b]:
            at_s -= EARLY * interval_s
        start, stop = max(0, int((at_s - BEFORE_S) * rate_hz)), min(n, int((at_s + AFTER_S) * rate_hz))
        if stop > start:
            t = np.arange(start, stop) / rate_hz - at_s
            waves = _early_waves(person, t, last_s) if is_early[b] else _waves(person, t, last_s)
            breath = 1 + 0.08 * np.sin(2 * np.pi * breath_hz * at_s + breath_phase) + rng.normal(0, 0.015)
            first, second = person.heights
            leads[0, start:stop] += breath * (first * (1.3 if is_early[b] else 1)) @ waves
            leads[1, start:stop] += (2 - breath) * second @ waves
    return leads, beats_s


def _beats(rng: Rng, interval_s: float) -> tuple[list[float], float, float]:
    """Draw the beat times with slow and respiratory variability, and the frequency and phase of breathing."""
    spread, ratio = rng.uniform(0.012, 0.05), rng.uniform(0.4, 2.0)
    breath_hz, (slow_phase, breath_phase) = rng.uniform(0.2, 0.3), rng.uniform(0, 6, 2)
    at_s = -rng.uniform(0, 1)
    slow_s, breath_s = spread * np.array([ratio, 1]) / np.hypot(ratio, 1) * np.sqrt(2)
    beats_s = []
    while at_s < SECONDS + 1:
        step_s = interval_s + slow_s * np.sin(0.2 * np.pi * at_s + slow_phase)
        step_s += breath_s * np.sin(2 * np.pi * breath_hz * at_s + breath_phase)
        at_s += max(step_s + rng.normal(0, 0.006), 0.4)
        beats_s.append(at_s)
    return beats_s, breath_hz, breath_phase


def _waves(person: _Person, t: Samples, last_s: float) -> Samples:
    """Return the five waves of a beat, shape (5, n); the T wave is later and wider after a long interval."""
    later = np.array([1, 1, 1, 1, np.sqrt(last_s / person.interval_s)])
    return _gaussians(t, person.centre_s * later, person.width_s * later)


def _early_waves(person: _Person, t: Samples, last_s: float) -> Samples:
    """Return the waves of an ectopic beat, shape (5, n): without P wave, and wider."""
    later = np.array([1, 1, 1, 1, np.sqrt(last_s / person.interval_s)])
    waves = _gaussians(t, person.centre_s * later * EARLY_FARTHER, person.width_s * later * EARLY_WIDER)
    waves[0] = 0
    return waves


def _gaussians(t: Samples, centres_s: Samples, widths_s: Samples) -> Samples:
    shapes: Samples = np.exp(-0.5 * ((t - centres_s[:, np.newaxis]) / widths_s[:, np.newaxis]) ** 2)
    return shapes
