"""Artefacts of mains, cables, electrodes and converter in a session of motor units; ranges are assumptions."""

import numpy as np
from scipy import signal

from bench.detection.sessions import REST_S, SECONDS, betweens
from bench.detection.units.draft import Draft
from bench.detection.units.muscle import RATE_HZ
from bench.detection.waves import Rng, Samples, between

HARMONICS = (2, 3, 5, 7)

MAINS_UV, FAINT_UV = (3.0, 60.0), (0.05, 1.0)
"""Range of the mains amplitude in sessions with and without mains."""


def add_mains(draft: Draft) -> None:
    """Add mains to every channel, stronger while the needling hand touches needle or gel."""
    rng, n, n_channels, has_mains = draft.rng, draft.n, draft.n_channels, draft.kind.mains
    t = np.arange(n) / RATE_HZ
    wave = _mains_wave(rng, t, float(rng.choice([50.0, 60.0])))
    steady_uv = between(rng, *(MAINS_UV if has_mains else FAINT_UV)) * betweens(rng, 0.3, 1.5, n_channels)
    slow = 1 + 0.15 * np.interp(t, np.linspace(0, SECONDS, 20), rng.standard_normal(20))
    envelope_uv = slow[:, np.newaxis] * steady_uv
    for _ in range(int(rng.integers(1, 5)) if has_mains else 0):
        start_s, seconds = rng.uniform(REST_S, SECONDS - 3), between(rng, 0.08, 2.5)
        edge_s = rng.uniform(0.004, 0.03)
        rise, fall = (t - start_s) / edge_s + 0.5, (start_s + seconds - t) / edge_s + 0.5
        touch = np.clip(rise, 0, 1) * np.clip(fall, 0, 1)
        envelope_uv += touch[:, np.newaxis] * between(rng, 5, 60) * betweens(rng, 0.2, 1.0, n_channels)
        draft.note(start_s, start_s + seconds, "mains burst")
    draft.analog += wave[:, np.newaxis] * envelope_uv


def _mains_wave(rng: Rng, t: Samples, hz: float) -> Samples:
    """Draw mains of amplitude 1 with harmonics; the frequency wanders by a few hundredths of a hertz."""
    knots_s = np.linspace(0, len(t) / RATE_HZ, 12)
    wander_hz = np.interp(t, knots_s, rng.normal(0, 0.02, 12)) + rng.normal(0, 0.03)
    phase = 2 * np.pi * np.cumsum(hz + wander_hz) / RATE_HZ + rng.uniform(0, 6.28)
    wave: Samples = np.sin(phase)
    for k in HARMONICS:
        wave += between(rng, 0.01, 0.25) * np.sin(k * phase + rng.uniform(0, 6.28))
    return wave


def add_faults(draft: Draft) -> None:
    """Add cable movements, electrode pops and static discharges."""
    rng = draft.rng
    for _ in range(int(rng.integers(2, 7))):
        _swing(draft)
    for _ in range(int(rng.integers(1, 5))):
        _pop(draft)
    for _ in range(int(rng.integers(0, 4))):
        _discharge(draft)


def _swing(draft: Draft) -> None:
    """Add a random movement of the whole cable bundle, below 2 to 7 Hz."""
    rng, shape = draft.rng, (2, draft.n_channels)
    start_s, seconds = rng.uniform(REST_S, SECONDS - 3), between(rng, 0.3, 2.5)
    i, n = int(start_s * RATE_HZ), int(seconds * RATE_HZ)
    low_pass = signal.butter(3, rng.uniform(2, 7), fs=RATE_HZ, output="sos")
    low = np.asarray(signal.sosfilt(low_pass, rng.standard_normal((n + RATE_HZ, 2)), axis=0))[RATE_HZ:]
    low *= np.hanning(n)[:, np.newaxis] / low.std(axis=0)
    gains = betweens(rng, 0.05, 1.0, shape) * rng.choice([-1, 1], shape)
    draft.analog[i : i + n] += low @ gains * between(rng, 80, 2000)
    draft.note(start_s, start_s + seconds, "cable")


def _pop(draft: Draft) -> None:
    """Add a decaying step of one electrode."""
    rng = draft.rng
    at_s, c = rng.uniform(REST_S, SECONDS - 2), int(rng.integers(draft.n_channels))
    i = int(at_s * RATE_HZ)
    after_s = np.arange(draft.n - i) / RATE_HZ
    rise_s, decay_s = rng.uniform(0.0005, 0.003), between(rng, 0.02, 0.8)
    size_uv = draft.sign() * between(rng, 60, 3000)
    draft.analog[i:, c] += size_uv * (np.exp(-after_s / decay_s) - np.exp(-after_s / rise_s))
    draft.note(at_s, at_s + decay_s, "pop")


def _discharge(draft: Draft) -> None:
    """Add an analogue impulse on all channels; after the converter it is 2 to 4 samples wide."""
    rng = draft.rng
    i = int(rng.uniform(REST_S, SECONDS - 1) * RATE_HZ)
    size_uv = draft.sign() * between(rng, 100, 3000)
    draft.analog[i] += size_uv * betweens(rng, 0.1, 1.0, draft.n_channels) * draft.factor
    draft.note(i / RATE_HZ, i / RATE_HZ + 0.01, "impulse")


def add_glitches(draft: Draft, signal_uv: Samples) -> None:
    """Corrupt single samples on one channel or on all, in place."""
    rng = draft.rng
    for _ in range(int(rng.integers(1, 9))):
        i = int(rng.uniform(REST_S, SECONDS - 1) * draft.rate_hz)
        columns = int(rng.integers(draft.n_channels)) if rng.random() < 0.7 else slice(None)
        signal_uv[i, columns] += draft.sign() * between(rng, 50, 20000)
        draft.note(i / draft.rate_hz, i / draft.rate_hz, "glitch")
