"""Needling in a session of motor units: twitches after some passes, and a tug at the skin at each.

All ranges are assumptions. That a twitch lasts 10 to 150 ms and begins 10 to 90 ms after the pass is close to what the
simulated patient assumes (hardware_docs/simulator.md).
"""

from dataclasses import replace

import numpy as np

from bench.detection.draft import TrueTwitch
from bench.detection.sessions import betweens
from bench.detection.units.draft import Draft
from bench.detection.units.muscle import POTENTIAL_S, RATE_HZ, add_spikes, draw_pool, potentials
from bench.detection.waves import Rng, Samples, between

N_UNITS = 60
"""Number of units near the needle."""

OVER = (2.5, 40.0)
"""Peak of a twitch over the noise RMS, in the band."""

SEEN = 0.05
"""A twitch lasts from the first to the last sample above this share of its peak."""

AFTER_S, PAD_S = 0.03, 0.25
"""Padding after a volley, and on both sides of it for the filter to settle."""


def add_twitches(draft: Draft) -> None:
    """Add twitches after 8 to 12 passes; their sizes are in random order, or decrease within each bout."""
    rng, electrodes = draft.rng, draft.electrodes
    middle_mm, spread_mm, deepest_mm = rng.normal(0, 5), rng.uniform(2, 5), rng.uniform(5, 11)
    pool = draw_pool(rng, N_UNITS, middle_mm, spread_mm, (1.0, deepest_mm), 4.0)
    pool = replace(pool, size=rng.permutation(pool.size))  # the needle does not recruit in order of size
    shapes = potentials(rng, pool, electrodes.pairs_mm, electrodes.fat_mm)
    if not draft.kind.answers:  # returns only here to keep the seed's other draws the same
        return
    count = min(int(rng.integers(8, 13)), len(draft.passes_s))
    picked = np.sort(rng.choice(len(draft.passes_s), count, replace=False))
    overs = betweens(rng, *OVER, count)
    if rng.random() < 0.5:
        for bout in np.unique(draft.bouts[picked]):
            here = draft.bouts[picked] == bout
            overs[here] = np.sort(overs[here])[::-1]
    crossed = 0.0
    if electrodes.n_reference and rng.random() < 0.2:  # an active point also answers on the other side
        crossed = rng.uniform(0.05, 0.2)
    for at, over in zip(picked, overs, strict=True):
        volley = _volley(rng, shapes)
        _put_twitch(draft, int(at), volley, float(over), crossed)


def _volley(rng: Rng, shapes: Samples) -> Samples:
    """Draw a brief volley, denser at its start, shape (n_samples, n_pairs); in long volleys some units fire again."""
    recruited = rng.permutation(N_UNITS)[: rng.integers(10, N_UNITS + 1)]
    length_s = between(rng, 0.010, 0.150)
    first_s = np.sort(rng.beta(1.0, rng.uniform(1.2, 3.0), len(recruited))) * length_s
    first_s -= first_s[0]
    spikes = list(zip(recruited, first_s, strict=True))
    if length_s > 0.04:
        for unit, at_s in list(spikes):
            interval_s = 1.0 / rng.uniform(30, 80)
            while rng.random() < 0.35 and at_s + interval_s < length_s:
                at_s += interval_s
                spikes.append((unit, at_s))
                interval_s *= rng.uniform(1.1, 1.5)
    last_s = max(at_s for _, at_s in spikes)
    wave = np.zeros((int((last_s + POTENTIAL_S + AFTER_S) * RATE_HZ), shapes.shape[2]))
    for unit, at_s in spikes:
        add_spikes(wave, shapes[unit], np.array([at_s]))
    return wave


def _peaks(draft: Draft, wave: Samples) -> Samples:
    """Return the peak over the noise RMS, per channel, of a wave as recorded and filtered to the band."""
    pad = int(PAD_S * RATE_HZ) // draft.factor * draft.factor
    seen = draft.in_band(draft.sampled(np.pad(wave, ((pad, pad), (0, 0)))))
    peaks: Samples = np.abs(seen).max(axis=0) / draft.noise_rms_uv
    return peaks


def _put_twitch(draft: Draft, at: int, volley: Samples, over: float, crossed: float) -> None:
    """Add a volley after a pass, with a peak of `over` times the noise on its best channel, and record its truth.

    A share `crossed` of it appears at the reference pairs, up to 10 ms later.
    """
    rng, n_skin, rms_uv = draft.rng, draft.electrodes.n_skin, draft.noise_rms_uv
    wave = np.zeros((len(volley), draft.n_channels))
    wave[:, :n_skin] = volley
    start_s = draft.passes_s[at] + rng.uniform(0.010, 0.090)
    first = int(start_s * RATE_HZ) // draft.factor * draft.factor
    peaks = _peaks(draft, wave)
    best = int(np.argmax(peaks))
    wave *= over / peaks[best]
    if crossed:
        for c in range(n_skin, draft.n_channels):
            late = int(rng.uniform(0.0, 0.01) * RATE_HZ)
            wave[late:, c] += crossed * wave[: len(wave) - late, best] * rms_uv[c] / rms_uv[best]
    stop = min(draft.n, first + len(wave))
    draft.twitching[first:stop] += wave[: stop - first]
    sampled = np.abs(np.convolve(wave[:, best], draft.kernel))  # before decimation
    lasting = np.flatnonzero(sampled > SEEN * sampled.max())
    onset_s, offset_s = (first + lasting[0]) / RATE_HZ, (first + lasting[-1]) / RATE_HZ
    peak_uv = over * float(rms_uv[best])
    draft.twitches.append(TrueTwitch(float(onset_s), float(offset_s), peak_uv, over, np.nan))
    draft.answered.add(at)


def add_tugs(draft: Draft) -> None:
    """Add a slow, smooth tug at the skin near the needle at each pass; it is smaller in sessions without faults."""
    rng, electrodes = draft.rng, draft.electrodes
    tug_uv = between(rng, 2, 25) * (3 if draft.kind.faults else 1)
    near = np.exp(-np.abs(electrodes.pairs_mm[:, 1]) / 25.0)
    reach = np.concatenate([near, np.full(electrodes.n_reference, 0.03)]) * rng.choice([-1, 1], draft.n_channels)
    width_s = rng.uniform(0.06, 0.12)
    t = np.arange(-0.45, 0.45, 1 / RATE_HZ)
    for at_s in draft.passes_s:
        own_s = width_s * rng.uniform(0.8, 1.25)
        wave = -t / own_s * np.exp(0.5 - 0.5 * (t / own_s) ** 2) * tug_uv * between(rng, 0.6, 1.6)
        i = int(at_s * RATE_HZ) - len(t) // 2
        stop = min(draft.n, i + len(wave))
        draft.analog[i:stop] += wave[: stop - i, np.newaxis] * reach
