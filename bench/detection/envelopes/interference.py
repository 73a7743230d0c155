"""Artefacts of mains, cables, electrodes and converter in a session of noise under envelopes; all are assumptions."""

import numpy as np

from bench.detection.envelopes.draft import Draft
from bench.detection.envelopes.noise import plateau, slow
from bench.detection.sessions import REST_S, SECONDS, betweens
from bench.detection.waves import Samples, between

HARMONICS = {1: 1.0, 2: 0.12, 3: 0.35, 4: 0.05, 5: 0.18, 7: 0.08}
"""Harmonics of the mains and their amplitudes relative to the first, before a random factor."""


def add_mains(draft: Draft, overs: tuple[float, float], n_bursts: int) -> None:
    """Add mains with an RMS over the noise in the range `overs`, and `n_bursts` bursts in which it is stronger."""
    rng, n, n_channels, rate_hz = draft.rng, draft.n, draft.n_channels, draft.analog_hz
    mains_hz = float(rng.choice([50.0, 60.0])) + rng.uniform(-0.05, 0.05)
    phase = 2 * np.pi * np.cumsum(mains_hz + 0.02 * slow(rng, 1, n, rate_hz, 0.05)[0]) / rate_hz
    strength = np.exp(rng.uniform(0.05, 0.3) * slow(rng, 1, n, rate_hz, 0.08)[0])
    sizes_uv = between(rng, *overs) * betweens(rng, 0.4, 1.0, n_channels) * draft.noise_rms_uv * np.sqrt(2)
    for _ in range(n_bursts):
        _strengthen(draft, strength)
    phases = rng.uniform(0, 2 * np.pi, n_channels)
    total = np.zeros((n_channels, n))
    for order, share in HARMONICS.items():
        own_uv = share * (1 if order == 1 else between(rng, 0.2, 1.2)) * sizes_uv
        own_phases = order * phases
        if order > 1:
            own_phases = own_phases + (rng.normal(0, 0.3, n_channels) + rng.uniform(0, 6))
        sine = (own_uv * np.cos(own_phases))[:, np.newaxis] * (np.sin(order * phase) * strength)
        cosine = (own_uv * np.sin(own_phases))[:, np.newaxis] * (np.cos(order * phase) * strength)
        total += sine + cosine
    draft.analog += total


def _strengthen(draft: Draft, strength: Samples) -> None:
    """Increase the mains up to 9 times for a while, in place."""
    rng, rate_hz = draft.rng, draft.analog_hz
    seconds = between(rng, 0.15, 3.0)
    start_s = rng.uniform(REST_S, SECONDS - seconds - 1)
    start, stop = int(start_s * rate_hz), int((start_s + seconds) * rate_hz)
    edge = min(int(rng.uniform(0.005, 0.1) * rate_hz), (stop - start) // 2)
    strength[start:stop] *= 1 + plateau(stop - start, edge, edge) * between(rng, 1.0, 8.0)
    draft.note(start_s, start_s + seconds, "mains burst")


def add_swings(draft: Draft, count: int) -> None:
    """Add cable movements, sometimes of a single lead, with spikes from rubbing."""
    rng, rate_hz, n_channels = draft.rng, draft.analog_hz, draft.n_channels
    for _ in range(count):
        seconds = rng.uniform(0.5, 3.0)
        start_s = rng.uniform(REST_S + 0.2, SECONDS - seconds - 0.5)
        n = int(seconds * rate_hz)
        t = np.arange(n) / rate_hz
        swing = np.zeros(n)
        for _ in range(int(rng.integers(1, 4))):
            swing += rng.uniform(0.3, 1) * np.sin(2 * np.pi * rng.uniform(0.8, 9) * t + rng.uniform(0, 6))
        swing += 0.3 * slow(rng, 1, n, rate_hz, 12.0)[0]
        swing *= np.hanning(n) ** 0.6
        spikes = _rubbing(draft, n)
        gains = betweens(rng, 0.1, 1.0, n_channels) * rng.choice([-1, 1], n_channels)
        if rng.random() < 0.4:
            gains *= 0.03
            gains[rng.integers(n_channels)] = 1.0
        wave_uv = between(rng, 80, 2000) * swing + between(rng, 4, 60) * draft.noise_rms_uv.mean() * spikes
        start = int(start_s * rate_hz)
        draft.analog[:, start : start + n] += np.outer(gains, wave_uv)
        draft.note(start_s, start_s + seconds, "cable")


def _rubbing(draft: Draft, n: int) -> Samples:
    """Draw up to 8 spikes of size 0.3 to 1 that decay within milliseconds."""
    rng, rate_hz = draft.rng, draft.analog_hz
    spikes = np.zeros(n)
    for _ in range(int(rng.integers(0, 9))):
        at = int(rng.uniform(0.1, 0.9) * n)
        decay_s = between(rng, 0.0008, 0.006)
        n_spike = min(n - at, int(8 * decay_s * rate_hz))
        size = draft.sign() * between(rng, 0.3, 1.0)
        spikes[at : at + n_spike] += size * np.exp(-np.arange(n_spike) / rate_hz / decay_s)
    return spikes


def add_pops(draft: Draft, count: int) -> None:
    """Add decaying steps of single electrodes."""
    rng, rate_hz = draft.rng, draft.analog_hz
    for _ in range(count):
        start_s = rng.uniform(REST_S + 0.2, SECONDS - 1.5)
        start, decay_s, rise_s = int(start_s * rate_hz), between(rng, 0.03, 0.6), between(rng, 0.0002, 0.002)
        n = min(draft.n - start, int(8 * decay_s * rate_hz))
        t = np.arange(n) / rate_hz
        c = rng.integers(draft.n_channels)
        size_uv = draft.sign() * between(rng, 40, 4000)
        draft.analog[c, start : start + n] += size_uv * (np.exp(-t / decay_s) - np.exp(-t / rise_s))
        draft.note(start_s, start_s + 3 * decay_s, "pop")


def add_impulses(draft: Draft, count: int) -> None:
    """Add analogue impulses, on all channels or on one; after the converter they are 2 to 4 samples wide."""
    rng, n_channels = draft.rng, draft.n_channels
    for _ in range(count):
        start_s = rng.uniform(REST_S + 0.2, SECONDS - 1)
        start, n = int(start_s * draft.analog_hz), max(1, int(rng.uniform(0.2, 1.2) * draft.factor))
        size_uv = between(rng, 6, 300) * draft.noise_rms_uv.mean() * draft.factor / n * draft.sign()
        if rng.random() < 0.4:
            gains = rng.uniform(0.3, 1, n_channels)
        else:
            gains = (np.arange(n_channels) == rng.integers(n_channels)).astype(np.float64)
        draft.analog[:, start : start + n] += (size_uv * gains)[:, np.newaxis]
        draft.note(start_s, start_s + 4 / draft.rate_hz, "impulse")


def add_glitches(draft: Draft, signal_uv: Samples, count: int) -> None:
    """Corrupt single samples on one channel or on all, in place; shape (n_channels, n_samples)."""
    rng = draft.rng
    for _ in range(count):
        at = int(rng.uniform(REST_S + 0.2, SECONDS - 1) * draft.rate_hz)
        size_uv = between(rng, 10, 3000) * draft.noise_rms_uv.mean() * draft.sign()
        rows = slice(None) if rng.random() < 0.25 else int(rng.integers(draft.n_channels))
        signal_uv[rows, at] += size_uv
        draft.note(at / draft.rate_hz, (at + 1) / draft.rate_hz, "glitch")
