"""Voluntary muscle activity of a session of noise under envelopes: contractions, winces, guarding (assumed ranges)."""

from collections.abc import Sequence

import numpy as np

from bench.detection.draft import TrueTwitch
from bench.detection.envelopes.draft import Draft
from bench.detection.envelopes.noise import plateau, slow
from bench.detection.sessions import REST_S, SECONDS, Stretch, betweens
from bench.detection.waves import Samples, between

TRIES, TRIES_AFTER_PASSES = 60, 20
"""Number of attempts to place an event before it is left out, and before a wince is placed elsewhere."""

MEANT = ("wince", "contraction")
"""Kinds of events that do not overlap each other."""

LATEST_WINCE_S = 0.025
"""Largest delay of a wince on a channel."""


def add_contractions(draft: Draft, count: int) -> None:
    """Add contractions with a tremor, away from the twitches; they are weak on some channels."""
    rng, rate_hz, n_channels = draft.rng, draft.analog_hz, draft.n_channels
    for _ in range(count):
        seconds = between(rng, 0.3, 5.0)
        start_s = _place(draft, seconds, 0.15)
        if start_s is None:
            seconds = rng.uniform(0.3, 0.8)
            start_s = _place(draft, seconds, 0.15)
            if start_s is None:
                continue
        n = int(seconds * rate_hz)
        rise_s, fall_s = min(between(rng, 0.05, 0.6), 0.3 * seconds), min(between(rng, 0.08, 0.8), 0.35 * seconds)
        envelope = plateau(n, int(rise_s * rate_hz), int(fall_s * rate_hz))
        envelope *= np.exp(rng.uniform(0.1, 0.35) * slow(rng, 1, n, rate_hz, 3.0)[0])
        t = np.arange(n) / rate_hz
        envelope *= 1 + rng.uniform(0, 0.3) * np.sin(2 * np.pi * rng.uniform(8, 12) * t + rng.uniform(0, 6))
        overs = between(rng, 3, 40) * betweens(rng, 0.25, 1.0, n_channels)
        left_out = rng.random(n_channels) < 0.15
        left_out[draft.surface[0]] = False
        overs[left_out] *= 0.1
        overs[draft.is_reference] *= between(rng, 0.1, 0.8)
        delays_s = rng.uniform(0, 0.04, n_channels) if seconds > 0.5 else np.zeros(n_channels)
        _add_noise(draft, start_s, envelope, overs, delays_s)
        draft.note(start_s, start_s + seconds, "contraction")


def add_winces(draft: Draft, count: int) -> None:
    """Add winces on all channels: after a twitch, after a pass, or anywhere."""
    rng, rate_hz, n_channels = draft.rng, draft.analog_hz, draft.n_channels
    startling = [draft.twitches[k] for k in rng.permutation(len(draft.twitches))]
    for _ in range(count):
        # On a single channel, only the duration distinguishes a wince.
        seconds = rng.uniform(0.15 if n_channels > 1 else 0.25, 0.6)
        start_s = _wince_start(draft, seconds, startling)
        if start_s is None:
            continue
        n = int(seconds * rate_hz)
        rise_s, fall_s = min(rng.uniform(0.02, 0.08), 0.3 * seconds), min(rng.uniform(0.06, 0.25), 0.6 * seconds)
        envelope = plateau(n, int(rise_s * rate_hz), int(fall_s * rate_hz))
        envelope *= np.exp(0.25 * slow(rng, 1, n, rate_hz, 8.0)[0])
        overs = between(rng, 3, 25) * betweens(rng, 0.4, 1.0, n_channels)
        _add_noise(draft, start_s, envelope, overs, rng.uniform(0, LATEST_WINCE_S, n_channels))
        draft.note(start_s, start_s + seconds + LATEST_WINCE_S, "wince")


def add_guarding(draft: Draft, count: int) -> None:
    """Add guarding: weak activity for seconds that continues during needling."""
    rng, rate_hz, n_channels = draft.rng, draft.analog_hz, draft.n_channels
    for _ in range(count):
        seconds = rng.uniform(4, 15)
        start_s = rng.uniform(REST_S, SECONDS - seconds - 0.5)
        n = int(seconds * rate_hz)
        envelope = plateau(n, int(rng.uniform(0.5, 2) * rate_hz), int(rng.uniform(0.5, 2) * rate_hz))
        envelope *= np.exp(0.12 * slow(rng, 1, n, rate_hz, 1.0)[0])
        overs = between(rng, 0.5, 1.8) * betweens(rng, 0.5, 1.0, n_channels)
        overs[draft.is_reference] *= rng.uniform(0.1, 0.7)
        _add_noise(draft, start_s, envelope, overs, np.zeros(n_channels))
        draft.note(start_s, start_s + seconds, "guarding")


def _add_noise(draft: Draft, start_s: float, envelope: Samples, overs: Samples, delays_s: Samples) -> None:
    """Add muscle noise under an envelope; `overs` is its RMS at the envelope's top over the noise RMS, per channel."""
    wave = draft.muscle(len(envelope))
    for c in range(draft.n_channels):
        i = int((start_s + delays_s[c]) * draft.analog_hz)
        n = min(len(envelope), draft.n - i)
        draft.analog[c, i : i + n] += (overs[c] * draft.noise_rms_uv[c] * envelope[:n]) * wave[c, :n]


def _is_clear(start_s: float, stop_s: float, spans_s: Sequence[tuple[float, float]], margin_s: float) -> bool:
    """Return whether a stretch is more than `margin_s` away from each of the spans."""
    return all(stop_s + margin_s < first_s or start_s - margin_s > last_s for first_s, last_s in spans_s)


def _of_twitches(twitches: Sequence[TrueTwitch]) -> list[tuple[float, float]]:
    return [(one.onset_s, one.offset_s) for one in twitches]


def _of_others(others: Sequence[Stretch]) -> list[tuple[float, float]]:
    return [(one.start_s, one.stop_s) for one in others]


def _place(draft: Draft, seconds: float, margin_s: float) -> float | None:
    """Draw a start away from twitches, contractions and winces; None if there is no room."""
    twitches = _of_twitches(draft.twitches)
    meant = _of_others([one for one in draft.confounders if one.kind in MEANT])
    for _ in range(TRIES):
        start_s = draft.rng.uniform(REST_S + 0.2, SECONDS - seconds - 0.5)
        stop_s = start_s + seconds
        if _is_clear(start_s, stop_s, twitches, margin_s) and _is_clear(start_s, stop_s, meant, 0.2):
            return start_s
    return None


def _wince_start(draft: Draft, seconds: float, startling: list[TrueTwitch]) -> float | None:
    """Draw the start of a wince, None if there is no room; a twitch that causes it is removed from `startling`."""
    rng, others = draft.rng, _of_others(draft.confounders)
    drawn = rng.random()
    if drawn < 0.2 and startling:
        cause = startling.pop()
        start_s = cause.onset_s + rng.uniform(0.1, 0.3)
        twitches = _of_twitches([one for one in draft.twitches if one is not cause])
        stop_s = start_s + seconds
        if _is_clear(start_s, stop_s, twitches, 0.1) and _is_clear(start_s, stop_s, others, 0.0):
            return start_s
    elif drawn < 0.6:
        twitches = _of_twitches(draft.twitches)
        for _ in range(TRIES_AFTER_PASSES):
            start_s = float(rng.choice(draft.passes_s)) + rng.uniform(0.08, 0.25)
            stop_s = start_s + seconds
            is_clear = _is_clear(start_s, stop_s, twitches, 0.1) and _is_clear(start_s, stop_s, others, 0.2)
            if is_clear and stop_s < SECONDS - 0.3:
                return start_s
    return _place(draft, seconds, 0.1)
