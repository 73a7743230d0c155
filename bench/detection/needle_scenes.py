"""Seeded scenes at a needle electrode, made for scoring and independent of the simulated patient.

The formulas of the potentials are not those of the simulated patient. A scene holds: endplate noise of 10-50 µV RMS;
endplate spikes of 100-600 µV, occasionally 1 mV, biphasic and initially negative, up to 50 per second in irregular
trains; a burst of 300-500 ms at every move of the needle; a movement artefact below 20 Hz; volleys of 3-20 motor units
of 0.3-4 mV within 20-150 ms after a share of the passes, with or without a subsequent silence; voluntary contractions;
mains. All figures are assumptions based on textbooks: no public recording of any of this was found.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from bench.detection.score import Known
from bench.detection.waves import visible_rows
from dsp.bands import choose_band_hz

Samples = NDArray[np.float64]

REST_S = 13.0
"""Rest before the first pass, in which a detector can learn its baseline."""

SURFACE_NOISE_UV = 3.0
AROUND_S = 0.1
"""Time before and after a volley over which all else is measured."""


@dataclass(frozen=True)
class NeedleScene:
    """Needle signal with known truth.

    Attributes
    ----------
    rate_hz : float
        Sampling rate.
    signal_uv : ndarray, shape (n_samples, n_channels)
        The needle first, then surface pairs.
    roles : tuple of str
        Role of each channel.
    twitches : list of Known
        Volleys, with their sizes in the detection band; `peak_ratio` is the peak over the RMS of the resting needle,
        spikes included, and `over_all` that over the RMS of all else from 0.1 s before to 0.1 s after, insertion
        included. Sizes in µV are unknown with surface pairs, as the event of needle and skin has the size at the skin.
    moves_s : list of float
        Times of the needle's moves.
    insertions_s, contractions_s, silences_s : list of (float, float)
        Start and end of insertional bursts, of voluntary contractions, and of endplate silences after a twitch.
    noise_uv : float
        RMS of the endplate noise (60 to 1200 Hz, before decimation).
    spikes_s : list of float
        Times of the endplate spikes.
    """

    rate_hz: float
    signal_uv: Samples
    roles: tuple[str, ...]
    twitches: list[Known] = field(default_factory=list)
    moves_s: list[float] = field(default_factory=list)
    insertions_s: list[tuple[float, float]] = field(default_factory=list)
    contractions_s: list[tuple[float, float]] = field(default_factory=list)
    silences_s: list[tuple[float, float]] = field(default_factory=list)
    noise_uv: float = 0.0
    spikes_s: list[float] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.signal_uv) / self.rate_hz


@dataclass(frozen=True)
class Recipe:
    """Content of a scene.

    Attributes
    ----------
    seconds : float
        Length of the scene.
    n_surface : int
        Number of surface pairs besides the needle.
    answered : float
        Share of the passes that are answered by a twitch.
    spikes_per_s : tuple of float
        Range of the rate of endplate spikes within a train.
    contractions_per_min, mains_uv : float
        Rate of voluntary contractions, and amplitude of the mains.
    passes : bool
        Whether the needle moves at all.
    insertion_uv : tuple of float
        Range of the median size of the potentials in an insertional burst.
    """

    seconds: float = 60.0
    n_surface: int = 0
    answered: float = 0.25
    spikes_per_s: tuple[float, float] = (0.0, 50.0)
    contractions_per_min: float = 0.0
    mains_uv: float = 0.0
    passes: bool = True
    insertion_uv: tuple[float, float] = (60.0, 250.0)


RECIPES = {
    "needle, spikes and passes": Recipe(),
    "needle, contractions and mains": Recipe(contractions_per_min=2.0, mains_uv=15.0),
    "needle, nothing answers": Recipe(answered=0.0, contractions_per_min=1.0),
    "needle still, spike trains": Recipe(passes=False, spikes_per_s=(20.0, 50.0)),
    "needle and surface pairs": Recipe(n_surface=3),
}


def make_scene(recipe: Recipe, rate_hz: float, seed: int) -> NeedleScene:
    """Draw a scene; the same arguments give the same signal.

    Parameters
    ----------
    recipe : Recipe
        Content of the scene.
    rate_hz : float
        Sampling rate; the signal is made at 8 kSPS or more and decimated.
    seed : int
        Seed, 0 or more.
    """
    rng = np.random.default_rng([seed, round(rate_hz)])
    factor = int(np.ceil(8000.0 / rate_hz))
    draft = _Draft(recipe, rate_hz * factor, rng)
    draft.pass_needle()
    draft.contract()
    draft.rest_of_it()
    needle_uv, volleys_uv, *pairs_uv = (
        signal.resample_poly(fine_uv, 1, factor) if factor > 1 else fine_uv
        for fine_uv in (draft.needle_uv, draft.volleys_uv, *draft.surface_uv)
    )
    n = round(recipe.seconds * rate_hz)
    channels = [needle_uv[:n] + rng.standard_normal(n)]
    channels += [pair_uv[:n] + SURFACE_NOISE_UV * rng.standard_normal(n) for pair_uv in pairs_uv]
    scene = NeedleScene(
        rate_hz, np.column_stack(channels), ("needle", *("surface",) * recipe.n_surface), draft.twitches, draft.moves_s,
        draft.insertions_s, draft.contractions_s, draft.silences_s, draft.noise_uv, draft.spikes_s,
    )  # fmt: skip
    return _with_sizes(scene, volleys_uv[:n])


class _Draft:
    """Scene under construction, at the fine rate."""

    def __init__(self, recipe: Recipe, rate_hz: float, rng: np.random.Generator) -> None:
        self.recipe, self.rate_hz, self.rng = recipe, rate_hz, rng
        n = round(recipe.seconds * rate_hz)
        self.needle_uv = np.zeros(n)
        self.volleys_uv = np.zeros(n)  # also in `needle_uv`
        self.surface_uv = [np.zeros(n) for _ in range(recipe.n_surface)]
        self.twitches: list[Known] = []
        self.silences_s: list[tuple[float, float]] = []
        self.insertions_s: list[tuple[float, float]] = []
        self.contractions_s: list[tuple[float, float]] = []
        self.moves_s: list[float] = []
        self.noise_uv = 0.0
        self.spikes_s: list[float] = []
        self.units = [_unit(rate_hz, rng) for _ in range(20)]
        self.silence_s = float(rng.choice([0.0, 1.0])) * rng.uniform(0.1, 1.0)

    def add(self, at_s: float, wave_uv: Samples, onto: Samples | None = None) -> None:
        target = self.needle_uv if onto is None else onto
        start = round(at_s * self.rate_hz)
        stop = min(start + wave_uv.size, target.size)
        if start >= 0 and stop > start:
            target[start:stop] += wave_uv[: stop - start]

    def pass_needle(self) -> None:
        rng, at_s = self.rng, REST_S
        while self.recipe.passes and at_s < self.recipe.seconds - 2.0:
            self.moves_s.append(at_s)
            self._insert(at_s)
            if rng.random() < self.recipe.answered:
                self._twitch(at_s + rng.uniform(0.02, 0.12))
            at_s += rng.uniform(0.5, 1.0) if rng.random() > 0.15 else rng.uniform(3.0, 7.0)

    def _insert(self, at_s: float) -> None:
        rng = self.rng
        length_s, per_s = rng.uniform(0.3, 0.5), rng.uniform(80.0, 300.0)
        size_uv = rng.uniform(*self.recipe.insertion_uv)
        for offset_s in rng.random(rng.poisson(per_s * length_s)) * length_s:
            size = size_uv * rng.lognormal(0.0, 0.5) * (1.0 - rng.uniform(0.3, 0.8) * offset_s / length_s)
            self.add(at_s + offset_s, size * rng.choice([-1.0, 1.0]) * _fibre(self.rate_hz, rng))
        bump = np.hanning(round(rng.uniform(0.06, 0.25) * self.rate_hz))
        self.add(at_s - 0.02, rng.uniform(50.0, 1500.0) * rng.choice([-1.0, 1.0]) * bump)
        self.insertions_s.append((at_s, at_s + length_s))

    def _twitch(self, at_s: float) -> None:
        rng = self.rng
        length_s = rng.uniform(0.02, 0.13)
        wave = np.zeros(round((length_s + 0.03) * self.rate_hz))
        last_s = 0.0
        n_units = int(rng.integers(3, 21))
        for k, unit in enumerate(rng.permutation(20)[:n_units]):
            t, per_s = (0.0 if k == 0 else length_s * rng.uniform(0.0, 0.5)), rng.uniform(40.0, 80.0)
            while t < length_s:
                self.add(t, self.units[unit], wave)
                last_s = max(last_s, t + self.units[unit].size / self.rate_hz)
                t += 1.0 / per_s
                per_s *= 0.75
        peak_uv = float(np.exp(rng.uniform(np.log(300.0), np.log(4000.0))))
        wave *= peak_uv / np.max(np.abs(wave))
        self.add(at_s, wave)
        self.add(at_s, wave, self.volleys_uv)
        seen_uv = rng.uniform(0.0, 60.0)
        for k, pair in enumerate(self.surface_uv):
            soft = np.convolve(wave, np.hanning(round(0.006 * self.rate_hz)), "same")
            self.add(at_s + 0.004, soft / np.max(np.abs(soft)) * seen_uv * 0.4**k, pair)
        first, last = visible_rows(wave)
        self.twitches.append(Known(at_s + first / self.rate_hz, at_s + last / self.rate_hz))
        if self.silence_s:
            self.silences_s.append((at_s, at_s + last_s + self.silence_s))

    def contract(self) -> None:
        rng = self.rng
        for _ in range(rng.poisson(self.recipe.contractions_per_min * self.recipe.seconds / 60.0)):
            start_s, length_s = rng.uniform(REST_S, self.recipe.seconds - 3.0), rng.uniform(0.4, 2.0)
            span = (start_s - 0.3, start_s + length_s + 0.3)
            if any(span[0] < one.offset_s and one.onset_s < span[1] for one in self.twitches):
                continue
            peak_uv = rng.uniform(300.0, 3000.0)
            for unit in range(12):
                t, late_s = rng.uniform(0.0, 0.2 * length_s), rng.uniform(0.8, 1.0) * length_s
                while t < late_s:
                    self.add(start_s + t, peak_uv / 1.5 * self.units[unit])
                    for k, pair in enumerate(self.surface_uv):
                        soft = np.convolve(self.units[unit], np.hanning(round(0.006 * self.rate_hz)), "same")
                        self.add(start_s + t, soft / np.max(np.abs(soft)) * 40.0 * 0.7**k, pair)
                    t += rng.normal(1.0, 0.15) / rng.uniform(8.0, 20.0)
            self.contractions_s.append((start_s, start_s + length_s))

    def rest_of_it(self) -> None:
        rng, n = self.rng, self.needle_uv.size
        time_s = np.arange(n) / self.rate_hz
        sos = signal.butter(2, (60.0, 1200.0), "bandpass", fs=self.rate_hz, output="sos")
        noise = signal.sosfilt(sos, rng.standard_normal(n))
        self.noise_uv = float(rng.uniform(10.0, 50.0))
        gain = np.full(n, self.noise_uv / float(np.std(noise)))
        for start_s, stop_s in self.silences_s:
            gain[(time_s >= start_s) & (time_s < stop_s)] = 0.0
        self.needle_uv += gain * noise
        self.needle_uv += self.recipe.mains_uv * np.sin(2.0 * np.pi * rng.uniform(49.9, 50.1) * time_s)
        self.spikes_s = self._spike()

    def _spike(self) -> list[float]:
        """Add the spikes of one to four fibres in irregular trains of seconds, and return their times."""
        rng, fired = self.rng, []
        for _ in range(int(rng.integers(1, 5))):
            shape = _endplate_spike(self.rate_hz, rng)
            size_uv = float(np.exp(rng.uniform(np.log(100.0), np.log(600.0)))) * (1.7 if rng.random() < 0.05 else 1.0)
            at_s = rng.uniform(0.0, 2.0)
            while at_s < self.recipe.seconds:
                stop_s, per_s = at_s + rng.exponential(4.0), rng.uniform(*self.recipe.spikes_per_s)
                while at_s < stop_s and per_s > 0.5:
                    if not any(start <= at_s < stop for start, stop in self.silences_s):
                        self.add(at_s, size_uv * rng.normal(1.0, 0.1) * shape)
                        fired.append(at_s)
                    at_s += 0.003 + rng.gamma(1.2, 1.0 / 1.2) * max(1.0 / per_s - 0.003, 0.001)
                at_s = stop_s + rng.exponential(2.0)
        return sorted(fired)


def _unit(rate_hz: float, rng: np.random.Generator) -> Samples:
    """Return a motor unit potential of 4 to 14 ms with two to five phases, peak up to 1."""
    n = round(rng.uniform(0.004, 0.014) * rate_hz)
    t = np.linspace(0.0, 1.0, n)
    wave = np.zeros(n)
    for k in range(int(rng.integers(2, 6))):
        centre, width = rng.uniform(0.3, 0.7), rng.uniform(0.04, 0.12)
        wave += (-1.0) ** (k + 1) * rng.uniform(0.4, 1.0) * np.exp(-(((t - centre) / width) ** 2))
    return wave * np.hanning(n) ** 0.25 / float(np.max(np.abs(wave))) * rng.uniform(0.3, 1.0)


def _fibre(rate_hz: float, rng: np.random.Generator) -> Samples:
    """Return an injury potential of 1 to 5 ms with two phases or one."""
    n = round(rng.uniform(0.001, 0.005) * rate_hz)
    t = np.linspace(-2.5, 2.5, n)
    wave = -t * np.exp(-(t**2)) if rng.random() < 0.7 else np.exp(-(t**2))
    return wave / float(np.max(np.abs(wave)))


def _endplate_spike(rate_hz: float, rng: np.random.Generator) -> Samples:
    """Return a biphasic spike of 3 to 4 ms, negative first, peak 1."""
    n = round(rng.uniform(0.003, 0.004) * rate_hz)
    t = np.linspace(0.0, 1.0, n)
    wave = -np.exp(-(((t - 0.3) / 0.12) ** 2)) + rng.uniform(0.3, 0.8) * np.exp(-(((t - 0.62) / 0.16) ** 2))
    return wave / float(np.max(np.abs(wave)))


def _with_sizes(scene: NeedleScene, volleys_uv: Samples) -> NeedleScene:
    """Return the scene with the size of each twitch, measured in the detection band; `volleys_uv` holds them alone."""
    rate_hz = scene.rate_hz
    sos = signal.butter(4, choose_band_hz(rate_hz, None), "bandpass", fs=rate_hz, output="sos")
    shown_uv = signal.sosfilt(sos, volleys_uv)
    rest_uv = signal.sosfilt(sos, scene.signal_uv[:, 0] - volleys_uv)
    level_uv = float(np.std(rest_uv[round(rate_hz) : round(REST_S * rate_hz) - 1]))
    n_around, n_surface, twitches = round(AROUND_S * rate_hz), len(scene.roles) - 1, []
    for one in scene.twitches:
        first, last = round(one.onset_s * rate_hz), round(one.offset_s * rate_hz) + 1
        peak_uv, rms_uv = float(np.max(np.abs(shown_uv[first:last]))), float(np.std(shown_uv[first:last]))
        else_uv = float(np.sqrt(np.mean(rest_uv[first - n_around : last + n_around] ** 2)))
        sized = replace(one, peak_ratio=peak_uv / level_uv, over_all=peak_uv / else_uv)
        twitches.append(sized if n_surface else replace(sized, peak_uv=peak_uv, rms_uv=rms_uv))
    return replace(scene, twitches=twitches)
