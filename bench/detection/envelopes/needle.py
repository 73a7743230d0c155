"""Needling in a session of noise under envelopes: twitches after some passes, and a tug at the skin at each.

A twitch is coloured noise or wavelets under one envelope. All ranges are assumptions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.detection.draft import TrueTwitch
from bench.detection.envelopes.draft import Draft
from bench.detection.envelopes.noise import Spectrum, emg, rise
from bench.detection.sessions import REST_S, SECONDS, betweens
from bench.detection.waves import Rng, Samples, between

OVER = (2.5, 40.0)
"""Peak of a twitch over the noise RMS, in the band."""

LEAST_APART_S = 0.4
"""Least time from one answered pass to the next."""

BEFORE_S, AFTER_S = 0.3, 0.25
"""Padding before and after a twitch in which the filter settles."""

LOW_RATE_HZ = 500.0
"""Below this sampling rate twitches have lower frequencies, so that a part of them remains."""


def add_needle(draft: Draft) -> None:
    """Add needle passes in bouts at 1 to 2 per second; some are answered by a twitch."""
    rng = draft.rng
    answered = rng.uniform(0.15, 0.30) if draft.kind.answers else 0.0
    at_s = REST_S + rng.uniform(0.3, 2.0)
    while at_s < SECONDS - 2:
        end_s = min(at_s + rng.uniform(3, 8), SECONDS - 1.5)
        pace_hz = rng.uniform(1.0, 2.0)
        while at_s < end_s:
            draft.passes_s.append(at_s)
            at_s += max(0.4, (1 / pace_hz) * (1 + rng.normal(0, 0.08)))
        at_s += rng.uniform(3.5, 8.5)
    near = rng.permutation(draft.surface)[: int(rng.integers(1, 5))]
    last_s = 0.0
    for pass_s in draft.passes_s:
        if rng.random() < answered and pass_s - last_s > LEAST_APART_S:
            _put_twitch(draft, pass_s + rng.uniform(0.010, 0.080), near)
            last_s = pass_s


@dataclass(frozen=True, eq=False)
class _Shape:
    """Envelope of a twitch, duration until it falls to a tenth in s, spectrum, and whether it is made of wavelets."""

    envelope: Samples
    seconds: float
    spectrum: Spectrum
    of_wavelets: bool


def _draw_shape(draft: Draft) -> _Shape:
    rng = draft.rng
    seconds = between(rng, 0.015, 0.200)
    rise_s = min(between(rng, 0.0015, 0.012), 0.3 * seconds)
    t = np.arange(int(1.2 * seconds * draft.analog_hz) + 1) / draft.analog_hz
    decay_s = (seconds - rise_s) / np.log(10)
    envelope = np.where(t < rise_s, np.sin(0.5 * np.pi * t / rise_s), np.exp(-(t - rise_s) / decay_s))
    n_fall = max(2, int(0.2 * seconds * draft.analog_hz))
    envelope[-n_fall:] *= rise(n_fall)[::-1]
    low_hz, high_hz = rng.uniform(30, 70), rng.uniform(90, 220)
    if draft.rate_hz < LOW_RATE_HZ:
        high_hz = rng.uniform(60, 120)
    return _Shape(envelope, seconds, (low_hz, high_hz), rng.random() >= 0.55)


def _wavelets(rng: Rng, n_rows: int, n: int, rate_hz: float, seconds: float, slower: float) -> Samples:
    """Draw polyphasic wavelets of 4 to 12 ms spread over a twitch, shape (n_rows, n), RMS 1."""
    t = np.arange(n) / rate_hz
    out = np.zeros((n_rows, n))
    for row in out:
        k = int(rng.integers(2, 5) + seconds * 80)
        first_s = rng.uniform(0, min(0.004, seconds / 4))
        spread_s = (np.arange(k) + rng.uniform(0, 1, k)) * seconds / k  # one per k-th part avoids gaps of tens of ms
        for at_s in np.r_[first_s, spread_s]:
            width_s, hz = rng.uniform(0.0015, 0.0045), rng.uniform(50, 160) * slower
            u = t - at_s - 1.2 * width_s
            size = rng.uniform(0.4, 1) * rng.choice([-1, 1])
            row += size * np.exp(-0.5 * (u / width_s) ** 2) * np.cos(2 * np.pi * hz * u + rng.uniform(0, 6.3))
    scaled: Samples = out / (out.std(axis=1, keepdims=True) + 1e-9)
    return scaled


def _draw_waves(draft: Draft, shape: _Shape, n_rows: int) -> Samples:
    rng, n = draft.rng, shape.envelope.size
    if shape.of_wavelets:
        slower = 0.6 if draft.rate_hz < LOW_RATE_HZ else 1
        return _wavelets(rng, n_rows, n, draft.analog_hz, shape.seconds, slower)
    return emg(rng, n_rows, n + 400, draft.analog_hz, shape.spectrum)[:, 200 : 200 + n]


def _draw_reach(draft: Draft, near: NDArray[np.int64]) -> tuple[NDArray[np.int64], Samples]:
    """Draw the channels that show a twitch and its gain on each; sometimes it is weak on a reference pair, too."""
    rng = draft.rng
    n_near = min(len(near), int(rng.integers(1, 5)))
    channels, gains = near[:n_near], np.r_[1.0, betweens(rng, 0.1, 0.7, n_near - 1)]
    if draft.is_reference.any() and rng.random() < 0.12:
        channels = np.r_[channels, np.flatnonzero(draft.is_reference)[0]]
        gains = np.r_[gains, rng.uniform(0.05, 0.2)]
    return channels, gains


def _put_twitch(draft: Draft, at_s: float, near: NDArray[np.int64]) -> None:
    """Add a twitch and record its truth: the beginning and the end of its envelope."""
    rng, rate_hz, factor = draft.rng, draft.analog_hz, draft.factor
    shape = _draw_shape(draft)
    channels, gains = _draw_reach(draft, near)
    waves = _draw_waves(draft, shape, 1 + len(channels))
    own = rng.uniform(0.0, 0.6)
    onset, n = round(at_s * rate_hz), shape.envelope.size
    pad = int(BEFORE_S * draft.rate_hz) * factor
    start = onset // factor * factor - pad  # on the converter's sampling grid
    total = np.zeros((len(channels), ((pad + n + int(AFTER_S * rate_hz)) // factor + 2) * factor))
    for row, c in enumerate(channels):
        wave = waves[0] if row == 0 else np.sqrt(1 - own**2) * waves[0] + own * waves[1 + row]
        late = 0 if row == 0 else int(rng.uniform(0, 0.005) * rate_hz)
        first = onset - start + late
        size = gains[row] * rng.choice([-1, 1])
        total[row, first : first + n] += size * (wave * shape.envelope) * draft.noise_rms_uv[c]
    peaks = np.abs(draft.in_band(total)).max(axis=1) / draft.noise_rms_uv[channels]
    over = between(rng, *OVER)
    draft.analog[channels, start : start + total.shape[1]] += total * (over / peaks.max())
    peak_uv = over * float(draft.noise_rms_uv[channels[np.argmax(peaks)]])
    onset_s = onset / rate_hz
    draft.twitches.append(TrueTwitch(onset_s, onset_s + shape.seconds, peak_uv, over, np.nan))


def add_tugs(draft: Draft) -> None:
    """Add a tug at the skin at each pass: a smooth wave, almost entirely below 15 Hz."""
    rng, rate_hz = draft.rng, draft.analog_hz
    size_uv = between(rng, 5, 120)
    gains_uv = size_uv * betweens(rng, 0.05, 1.0, draft.n_channels) * rng.choice([-1, 1], draft.n_channels)
    for pass_s in draft.passes_s:
        width_s = rng.uniform(0.08, 0.25)
        i, n_whole = int((pass_s - 0.5 * width_s) * rate_hz), int(2 * width_s * rate_hz)
        n = min(n_whole, draft.n - i)
        t = np.arange(n) / rate_hz
        bump = np.sin(2 * np.pi * t / (2 * width_s)) * np.hanning(n_whole)[:n] * rng.uniform(0.5, 1.3)
        draft.analog[:, i : i + n] += gains_uv[:, np.newaxis] * bump
