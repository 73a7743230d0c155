"""Seeded scenes with known truth, composed of waveforms and independent of the simulated patient."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from bench.detection import waves
from bench.detection.draft import Confounder, Draft, Scene
from bench.detection.recipes import MIXTURE, MOST_TWITCH_SIZE, Recipe
from bench.detection.waves import RATE_HZ, TWITCHES, Rng, between

Samples = NDArray[np.float64]

STIMULUS_S, STIMULUS_BEFORE_S = (0.0002, 0.002), (0.01, 0.035)
"""Artefact of an electrical stimulus: its duration, and its lead before the answer."""

JERK_S, JERK_OVER = (0.08, 0.35), (50.0, 1500.0)
"""Duration of a jerk, and its largest amplitude over the noise (assumption)."""

BURST_S, BURST_OVER = (0.012, 0.8), (3.0, 80.0)
"""Bursts of an active muscle: duration, and amplitude over the noise."""

TAP_LATENCY_S, TAP_OVER = (0.015, 0.038), (3.0, 60.0)
"""Reflex to a tap: latency of its first volley, from a muscle of the back to one of the calf, and amplitude over the
noise (assumption)."""

BLIP_S, BLIPS_BEFORE_S, BLIPS_AFTER_S, BLIP_SHARES, LEAST_BLIP = (0.02, 0.2), 0.4, 2.5, (0.01, 0.25), 3.0
"""Small bursts around a contraction: duration, largest time before its start and after its end, amplitude as a share of
the contraction's, and least amplitude over the noise."""


def compose(recipe: Recipe, seed: int) -> Scene:
    """Return the scene of a recipe and a seed; the result is reproducible to the bit."""
    rng = np.random.default_rng([seed, recipe.rate_hz])
    draft = Draft(recipe, rng)
    _add_heart(draft)
    _needle(draft)
    _add_muscle(draft)
    _add_faults(draft)
    _add_mains(draft)
    return _finish(draft)


def _focal(rng: Rng, n_channels: int, home: int, n_reference: int = 0) -> Samples:
    """Draw the channel gains of a twitch: 1 at `home`, times 0.1 to 0.6 per channel away; sometimes on the far side."""
    gains = np.zeros(n_channels)
    for c in range(n_channels):
        away = abs(c - home)
        gains[c] = rng.uniform(0.1, 0.6) ** away if rng.random() < 0.8 else 0.0
    if n_channels >= 4 and rng.random() < 0.15:
        gains[(home + n_channels // 2) % n_channels] = rng.uniform(0.05, 0.4)
    gains[home] = 1.0
    if n_reference:
        gains[n_channels - n_reference :] *= 0.2
    return gains


def _anywhere(rng: Rng, n_channels: int, home: int, n_reference: int) -> Samples:
    """Draw the channel gains of a twitch if neighbouring channels are not neighbours on the skin."""
    gains = np.exp(rng.uniform(np.log(0.03), np.log(0.6), n_channels))
    gains[home] = 1.0
    gains[n_channels - n_reference :] *= 0.2
    return gains


def _wide(rng: Rng, n_channels: int) -> Samples:
    """Draw the channel gains of a contraction: on all channels, most of them or a few."""
    gains: Samples = rng.lognormal(0.0, 0.5, n_channels) * (rng.random(n_channels) < rng.choice([1.0, 0.8, 0.45]))
    gains[rng.integers(n_channels)] = 1.0
    return np.clip(gains, 0.0, 3.0)


def _needle(draft: Draft) -> None:
    """Add the needle passes in bouts; a share of them is answered by a twitch."""
    recipe, rng = draft.recipe, draft.rng
    n_near = recipe.n_channels - recipe.n_reference
    home = int(rng.integers(n_near))
    pace_hz = rng.uniform(0.8, 2.0)
    own_jab = waves.jab(rng)
    own_place = _place(draft, home) if recipe.is_steady else None
    answer_tap = _tapped_muscle(draft, home) if recipe.tap_reflexes else None
    at, bout_ends, has_begun = recipe.rest_s + rng.uniform(0.2, 1.0), 0.0, False
    while at < recipe.seconds - 1.0:
        if at > bout_ends:
            at += rng.uniform(0.5, 5.0) if has_begun else 0.0
            bout_ends = at + rng.uniform(5.0, 20.0)
        has_begun = True
        if recipe.jab_uv > 0.0:
            gains = recipe.jab_uv * rng.lognormal(0.0, 0.4) * rng.uniform(0.1, 1.0, recipe.n_channels)
            draft.put_raw(max(0.0, at - 0.2), waves.sway(rng) if recipe.sways else own_jab, gains, "jab")
        if rng.random() < recipe.answered:
            near = home if rng.random() < 0.8 else int(rng.integers(n_near))
            place = _place(draft, near) if own_place is None else own_place * rng.uniform(0.9, 1.1, own_place.size)
            _answer(draft, at + rng.uniform(0.010, 0.110), place)
        if rng.random() < recipe.winces / 90.0:
            _wince(draft, at + rng.uniform(0.08, 0.30))
        if answer_tap is not None and rng.random() < recipe.tap_reflexes:
            answer_tap(at)
        at += rng.normal(1.0, 0.12) / pace_hz


def _place(draft: Draft, home: int) -> Samples:
    """Draw the channel gains of a twitch."""
    recipe = draft.recipe
    if recipe.reach == "anywhere":
        return _anywhere(draft.rng, recipe.n_channels, home, recipe.n_reference)
    return _focal(draft.rng, recipe.n_channels, home, recipe.n_reference)


def _answer(draft: Draft, at_s: float, gains: Samples) -> None:
    """Add one twitch of the scene's family."""
    recipe, rng = draft.recipe, draft.rng
    family = recipe.family
    kind = family if family != "any" else str(rng.choice(list(MIXTURE), p=list(MIXTURE.values())))
    wave = TWITCHES[kind](rng, gains)
    size = recipe.size if kind == "evoked" else min(recipe.size, MOST_TWITCH_SIZE)
    over = between(rng, recipe.peaks[0], recipe.peaks[1] * size)
    if recipe.stimulated and rng.random() < recipe.stimulated:
        pulse = np.ones((round(between(rng, *STIMULUS_S) * RATE_HZ), 1)) * gains
        draft.put(at_s - rng.uniform(*STIMULUS_BEFORE_S), pulse, "stimulus", over * between(rng, 0.05, 1.0))
    draft.put_twitch(at_s, wave, over)


def _tapped_muscle(draft: Draft, home: int) -> Callable[[float], None]:
    """Return a function that adds the reflex to a pass at a time: it always has the same latency and the same units."""
    rng, recipe = draft.rng, draft.recipe
    gains = _place(draft, home) if rng.random() < 0.4 else _wide(rng, recipe.n_channels)
    if recipe.n_reference and rng.random() < 0.7:
        gains[recipe.n_channels - recipe.n_reference :] *= 0.05
    muscle = waves.TappedMuscle(rng, gains)
    latency_s, over = between(rng, *TAP_LATENCY_S), between(rng, *TAP_OVER)

    def answer(at_s: float) -> None:
        late_s = latency_s + rng.normal(0.0, 0.001) - waves.TAP_LEAD_S
        draft.put(at_s + late_s, muscle.answer(), "tap reflex", over * rng.lognormal(0.0, 0.35))

    return answer


def _wince(draft: Draft, at_s: float) -> None:
    rng = draft.rng
    seconds = between(rng, 0.12, 0.9)
    wave = waves.contraction(rng, seconds, rng.uniform(0.05, 0.4) * seconds, _wide(rng, draft.recipe.n_channels))
    draft.put(at_s, wave, "wince", between(rng, 4.0, 60.0 * draft.recipe.size))


def _times(draft: Draft, per_min: float) -> list[float]:
    """Draw random times after the rest, or after `moves_from_s` if the patient moves earlier."""
    start = min(draft.recipe.moves_from_s, draft.recipe.rest_s)
    seconds = draft.recipe.seconds - start - 1.0
    count = draft.rng.poisson(per_min * seconds / 60.0)
    return sorted(float(at) for at in start + seconds * draft.rng.random(count))


def _add_muscle(draft: Draft) -> None:
    recipe, rng = draft.recipe, draft.rng
    for at in _times(draft, recipe.contractions):
        seconds = between(rng, 0.25 if recipe.size == 1.0 else 0.12, 5.0)
        rise_s, gains = rng.uniform(0.05, 0.45) * seconds, _wide(rng, recipe.n_channels)
        _contract(draft, at, seconds, rise_s, gains, "contraction", (4.0, 100.0 * recipe.size))
    for at in _times(draft, recipe.jerks):
        seconds, home = between(rng, *JERK_S), int(rng.integers(recipe.n_channels))
        gains = _wide(rng, recipe.n_channels) if rng.random() < 0.5 else _place(draft, home)
        _contract(draft, at, seconds, rng.uniform(0.1, 0.45) * seconds, gains, "jerk", JERK_OVER)
    for at in _times(draft, recipe.guarding):
        wave = waves.guarding(rng, between(rng, 2.0, 15.0), _wide(rng, recipe.n_channels))
        draft.put(at, wave, "guarding", between(rng, 2.5, 18.0))
    for at in _times(draft, recipe.cramps):
        wave = waves.cramp(rng, between(rng, 1.0, 12.0), _any_reach(draft))
        draft.put(at, wave, "cramp", between(rng, 4.0, 60.0))
    _add_bursts(draft)
    pool = [waves.motor_unit(rng) for _ in range(5)]
    homes = rng.integers(recipe.n_channels, size=5)
    for at in _times(draft, recipe.fasciculations):
        k = int(rng.integers(5))
        single = pool[k][:, np.newaxis] * _focal(rng, recipe.n_channels, int(homes[k]))
        wave = single
        if rng.random() < 0.2:
            late = round(rng.uniform(0.028, 0.036) * RATE_HZ)
            wave = np.zeros((late + len(single), recipe.n_channels))
            wave[: len(single)] += single
            wave[late:] += single
        draft.put(at, wave, "fasciculation", between(rng, 3.0, 40.0))


def _contract(
    draft: Draft, at_s: float, seconds: float, rise_s: float, gains: Samples, kind: str, overs: tuple[float, float]
) -> None:
    """Add a contraction and, in ragged scenes, small bursts of the same muscle before and after it."""
    recipe, rng = draft.recipe, draft.rng
    wave = waves.contraction(rng, seconds, rise_s, gains)
    over = between(rng, *overs)
    draft.put(at_s, wave, kind, over)
    if not recipe.ragged or rng.random() > recipe.ragged:
        return
    for _ in range(int(rng.integers(1, 5))):
        brief_s = between(rng, *BLIP_S)
        blip = waves.contraction(rng, brief_s, rng.uniform(0.05, 0.45) * brief_s, gains)
        when_s = max(0.0, at_s + rng.uniform(-BLIPS_BEFORE_S, seconds + BLIPS_AFTER_S))
        draft.put(when_s, blip, "blip", max(LEAST_BLIP, over * between(rng, *BLIP_SHARES)))


def _add_bursts(draft: Draft) -> None:
    """Add the activity of a muscle in use: bursts of any length and size, some in quick succession, and tremor."""
    recipe, rng = draft.recipe, draft.rng
    for at in _times(draft, recipe.bursts):
        gains = _any_reach(draft)
        size = between(rng, *BURST_OVER)
        for _ in range(int(rng.geometric(0.6))):
            seconds = between(rng, *BURST_S)
            wave = waves.contraction(rng, seconds, rng.uniform(0.05, 0.45) * seconds, gains)
            draft.put(at, wave, "burst", max(LEAST_BLIP, size * between(rng, 0.3, 1.0)))
            if rng.random() < 0.3:
                _add_lone_units(draft, at, seconds, gains, size)
            at = min(at + seconds + between(rng, 0.03, 0.6), recipe.seconds - 0.1)
    for at in _times(draft, recipe.tremors):
        wave = waves.tremor(rng, between(rng, 2.0, 20.0), _any_reach(draft))
        draft.put(at, wave, "tremor", between(rng, 4.0, 60.0))


def _add_lone_units(draft: Draft, at_s: float, seconds: float, gains: Samples, over: float) -> None:
    """Add lone firing of the first recruited and last released units before and after a burst."""
    rng = draft.rng
    for start_s, lasts_s in ((at_s - between(rng, 0.1, 1.0), 0.5), (at_s + seconds, between(rng, 0.1, 1.0))):
        drive = np.full(round(lasts_s * waves.RATE_HZ), rng.uniform(0.1, 0.5))
        wave = waves.firing(rng, lasts_s, gains, drive, int(rng.integers(2, 6)), 8.0)
        if wave.any() and start_s > 0.0:
            draft.put(start_s, wave, "lone units", max(LEAST_BLIP, over * between(rng, 0.05, 0.5)))


def _any_reach(draft: Draft) -> Samples:
    """Draw the channel gains of a burst: those of a contraction or of a twitch."""
    if draft.rng.random() < 0.5:
        return _wide(draft.rng, draft.recipe.n_channels)
    return _place(draft, int(draft.rng.integers(draft.recipe.n_channels)))


def _add_heart(draft: Draft) -> None:
    recipe, rng = draft.recipe, draft.rng
    if recipe.heart <= 0.0:
        return
    shapes = [waves.heartbeat(rng), waves.heartbeat(rng)]
    mix = rng.random(recipe.n_channels) < (0.3 if rng.random() < 0.5 else 0.0)
    gains = rng.uniform(0.15, 1.0, recipe.n_channels) * rng.choice([-1.0, 1.0], recipe.n_channels, p=[0.3, 0.7])
    gains[rng.integers(recipe.n_channels)] = 1.0

    def at_pairs(two: list[Samples]) -> Samples:
        drawn = [waves.beat(parts) for parts in two]
        stacked: Samples = np.stack([drawn[int(other)] for other in mix], axis=1) * gains
        return stacked

    both = at_pairs(shapes)
    shown, _ = draft.seen(0, both)
    gains *= recipe.heart / float(np.max(np.max(np.abs(shown), axis=0) / draft.noise_rms_uv))
    both = at_pairs(shapes)
    period, breath, varies = 60.0 / rng.uniform(45.0, 140.0), rng.uniform(0.0, 0.08), rng.uniform(0.005, 0.05)
    at = rng.uniform(0.0, period)
    while at < recipe.seconds - 0.8:
        if recipe.heart_varies > 0.0:
            both = at_pairs([waves.varied(rng, parts, recipe.heart_varies) for parts in shapes])
        size = rng.normal(1.0, 0.05) * (1.0 + breath * np.sin(2.0 * np.pi * 0.25 * at))
        start = round(at * RATE_HZ)
        stop = min(start + len(both), len(draft.analog))
        draft.analog[start:stop] += size * both[: stop - start]
        draft.confounders.append(Confounder(at + 0.19, at + 0.32, "heartbeat", recipe.heart))
        at += period * (1.0 + breath * np.sin(2.0 * np.pi * 0.25 * at)) * rng.normal(1.0, varies)


def _add_faults(draft: Draft) -> None:
    recipe, rng = draft.recipe, draft.rng
    n = recipe.n_channels

    def one() -> Samples:
        gains = np.zeros(n)
        gains[rng.integers(n)] = rng.choice([-1.0, 1.0])
        return gains

    for at in _times(draft, recipe.cables):
        gains = rng.uniform(-0.3, 1.0, n) * (rng.random(n) < rng.choice([1.0, 0.6, 0.25]))
        gains[rng.integers(n)] = 1.0
        draft.put_raw(at, waves.cable(rng), between(rng, 80.0, 5000.0) * gains, "cable")
    for at in _times(draft, recipe.pops):
        draft.put_raw(at, waves.pop(rng), between(rng, 40.0, 8000.0) * one(), "pop")
    for at in _times(draft, recipe.impulses):
        gains = one() if rng.random() < 0.7 else rng.uniform(0.2, 1.0, n) * rng.choice([-1.0, 1.0])
        wave = waves.impulse(rng)
        size = between(rng, 20.0, 3000.0) * draft.factor / wave.size
        draft.put_raw(at, wave, size * gains, "impulse")


def _add_mains(draft: Draft) -> None:
    recipe, rng = draft.recipe, draft.rng
    for at in _times(draft, recipe.mains_bursts):
        t = np.arange(round(between(rng, 0.05, 3.0) * RATE_HZ)) / RATE_HZ
        hum = np.sin(2.0 * np.pi * float(rng.choice([50.0, 60.0])) * t + rng.uniform(0.0, 6.28))
        gains = between(rng, 10.0, 300.0) * rng.uniform(0.2, 1.0, recipe.n_channels)
        draft.put_raw(at, hum, gains, "mains")
    if recipe.mains_uv <= 0.0:
        return
    t = np.arange(len(draft.analog)) / RATE_HZ
    hz = rng.choice([50.0, 60.0]) + rng.uniform(-0.05, 0.05)
    slow = 1.0 + rng.uniform(0.0, 0.2) * np.sin(2.0 * np.pi * rng.uniform(0.02, 0.1) * t)
    for multiple, share in ((1, 1.0), (2, rng.uniform(0, 0.1)), (3, rng.uniform(0, 0.4)), (5, rng.uniform(0, 0.2))):
        wave = slow * np.sin(2.0 * np.pi * multiple * hz * t + rng.uniform(0.0, 6.28))
        hum = share * recipe.mains_uv * wave[:, np.newaxis] * rng.uniform(0.3, 1.0, recipe.n_channels)
        draft.analog += hum
        draft.mains += hum


def _finish(draft: Draft) -> Scene:
    """Sample the signal and add the faults that occur after the converter."""
    recipe, rng = draft.recipe, draft.rng
    seen = draft.sampled(draft.analog)
    full_scale_uv = 187_500.0
    seen = seen + rng.uniform(-1.0, 1.0, recipe.n_channels) * between(rng, 10.0, 30_000.0)
    if recipe.high_pass_hz:
        ends = signal.butter(1, recipe.high_pass_hz, "highpass", fs=recipe.rate_hz, output="sos")
        seen = signal.sosfilt(ends, seen - seen[0], axis=0)
    if recipe.notch:
        ends = signal.tf2sos(*signal.iirnotch(float(rng.choice([50.0, 60.0])), 30.0, fs=recipe.rate_hz))
        seen = signal.sosfilt(ends, seen - seen[0], axis=0)
    valid, unseen = np.ones(len(seen), np.bool_), np.zeros(seen.shape, np.bool_)
    for at in _times(draft, recipe.glitches):
        row = int(at * recipe.rate_hz)
        columns = rng.integers(recipe.n_channels) if rng.random() < 0.7 else slice(None)
        seen[row, columns] += rng.choice([-1.0, 1.0]) * between(rng, 50.0, 80_000.0)
        draft.confounders.append(Confounder(at, at + 0.002, "glitch", 10.0))
    for at in _times(draft, recipe.saturations):
        row, n = int(at * recipe.rate_hz), int(between(rng, 0.005, 1.0) * recipe.rate_hz) + 1
        columns = rng.integers(recipe.n_channels) if rng.random() < 0.7 else slice(None)
        seen[row : row + n, columns] = rng.choice([-1.0, 1.0]) * full_scale_uv
        unseen[row : row + n, columns] = True
        draft.confounders.append(Confounder(at, at + n / recipe.rate_hz + 0.15, "saturation", 1e4))
    for at in _times(draft, recipe.losses):
        row, n = int(at * recipe.rate_hz), int(between(rng, 0.003, 0.6) * recipe.rate_hz) + 1
        valid[row : row + n] = False
        unseen[row : row + n] = True
        seen[row : row + n] = seen[max(0, row - 1)]
        draft.confounders.append(Confounder(at, at + n / recipe.rate_hz + 0.15, "lost", 1e4))
    np.clip(seen, -full_scale_uv, full_scale_uv, out=seen)
    if recipe.step_uv:
        seen = recipe.step_uv * np.round(seen / recipe.step_uv)
    twitches = draft.measured_twitches(unseen)
    return Scene(recipe, seen, valid, full_scale_uv, draft.bandwidth_hz, twitches, draft.confounders)
