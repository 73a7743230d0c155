"""Scene under construction: the converter's noise, the events added to it, and their truth."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from bench.detection.recipes import Recipe
from bench.detection.waves import RATE_HZ, Rng, between, sinc3, visible_rows
from dsp.bands import choose_band_hz

Samples = NDArray[np.float64]


SINC3_BANDWIDTH = 0.262
"""-3 dB point of a sinc3 converter as a share of its sampling rate (ADS1299 datasheet)."""

AROUND_S = 0.1
"""The other signal around a twitch is measured from this time before it to this time after it."""


@dataclass(frozen=True)
class TrueTwitch:
    """True twitch: peak in µV and over the noise RMS, both in the detection band; times in seconds.

    The duration is that at the source; the times include the converter's delay. `over_all` is the peak over the RMS of
    all other signal around it, on the channel where this ratio is largest; NaN if it was not measured.
    """

    onset_s: float
    offset_s: float
    peak_uv: float
    over: float
    rms_uv: float
    over_all: float = math.nan


@dataclass(frozen=True)
class Confounder:
    """Event that is not a twitch; `size` is its largest amplitude over the noise RMS, in the detection band."""

    start_s: float
    stop_s: float
    kind: str
    size: float


@dataclass(eq=False)
class Scene:
    """Finished scene."""

    recipe: Recipe
    signal_uv: Samples
    valid: NDArray[np.bool_]
    full_scale_uv: float
    bandwidth_hz: float | None
    twitches: list[TrueTwitch]
    confounders: list[Confounder]


@dataclass(eq=False)
class Draft:
    """Scene under construction, at `RATE_HZ`."""

    recipe: Recipe
    rng: Rng
    analog: Samples = field(init=False)
    twitching: Samples = field(init=False)
    """The twitches alone."""
    mains: Samples = field(init=False)
    """The continuous mains interference alone, which the detector removes."""
    twitches: list[TrueTwitch] = field(default_factory=list)
    confounders: list[Confounder] = field(default_factory=list)

    def __post_init__(self) -> None:
        recipe, rng = self.recipe, self.rng
        self.factor = round(RATE_HZ / recipe.rate_hz)
        drawn = "sinc" if rng.random() < 0.75 else "smooth"
        self.converter = drawn if recipe.converter == "any" else recipe.converter
        self.has_sinc = self.converter == "sinc"
        self.delay_s = self._delay_samples() / RATE_HZ
        self.band = signal.butter(
            4, choose_band_hz(recipe.rate_hz, self.bandwidth_hz), "bandpass", fs=recipe.rate_hz, output="sos"
        )
        self.analog = self._noise()
        self.twitching, self.mains = np.zeros_like(self.analog), np.zeros_like(self.analog)
        rest = signal.sosfilt(self.band, self.sampled(self.analog[: round(8.0 * RATE_HZ)]), axis=0)
        self.noise_rms_uv = np.std(rest[recipe.rate_hz :], axis=0)

    def _noise(self) -> Samples:
        recipe, rng = self.recipe, self.rng
        n = round(recipe.seconds * RATE_HZ)
        spread = 1.0 if self.converter == "plain" else np.sqrt(self.factor)
        level = recipe.noise_uv * rng.uniform(0.7, 1.4, recipe.n_channels) * spread
        noise = level * rng.standard_normal((n, recipe.n_channels), dtype=np.float32).astype(np.float64)
        if recipe.tail == "laplace":
            noise *= np.sqrt(rng.standard_exponential(noise.shape))
        elif recipe.tail == "mixed":
            noise *= np.where(rng.random(noise.shape) < 0.05, 3.0, 1.0)
        if rng.random() < 0.6:  # electrode noise that rises towards low frequencies
            pole = np.exp(-2.0 * np.pi * between(rng, 0.5, 15.0) / RATE_HZ)
            slow = signal.lfilter([1.0], [1.0, -pole], noise, axis=0)
            noise += slow * rng.uniform(0.3, 2.0) * recipe.noise_uv / max(float(np.std(slow)), 1e-9)
        if recipe.drifting_noise > 0.0:
            knots = rng.normal(0.0, recipe.drifting_noise, (int(recipe.seconds / 8.0) + 3, recipe.n_channels))
            knots[:2] = 0.0
            at = np.arange(n) / RATE_HZ / 8.0
            for c in range(recipe.n_channels):
                noise[:, c] *= np.exp(np.interp(at, np.arange(len(knots)), np.cumsum(knots[:, c]) * 0.5))
        return noise

    @property
    def bandwidth_hz(self) -> float | None:
        """The converter's -3 dB point in Hz; None if it is not sinc3 or the recipe withholds it."""
        return SINC3_BANDWIDTH * self.recipe.rate_hz if self.has_sinc and self.recipe.tells_bandwidth else None

    def _delay_samples(self) -> float:
        """Return the converter's group delay in analogue samples, the same at every frequency."""
        if self.factor == 1 or self.converter == "plain":
            return 0.0
        return 1.5 * (self.factor - 1) if self.has_sinc else 3.0 * self.factor

    def sampled(self, analog: Samples) -> Samples:
        """Decimate a signal to the scene's rate, with a sinc3 of one sample's length or a gentler low-pass."""
        if self.factor == 1 or self.converter == "plain":
            return analog[:: self.factor]
        kernel = sinc3(self.factor) if self.has_sinc else signal.firwin(6 * self.factor + 1, 0.8 / self.factor)
        smooth = signal.oaconvolve(analog, kernel[:, np.newaxis], axes=0)[: analog.shape[0]]
        return smooth[:: self.factor]

    def seen(self, start: int, wave: Samples) -> tuple[Samples, int]:
        """Return a wave after converter and band-pass, and the scene's sample at which it starts."""
        lead = start % self.factor
        pad = round(0.06 * RATE_HZ)
        padded = np.pad(wave, ((lead, pad), (0, 0)))
        return signal.sosfilt(self.band, self.sampled(padded), axis=0), start // self.factor

    def through_tissue(self, wave: Samples) -> Samples:
        """Return a muscle's wave low-pass filtered by fat and skin; deeper muscles have a lower cutoff."""
        if self.recipe.tissue_hz <= 0.0:
            return wave
        sos = signal.butter(1, self.recipe.tissue_hz, fs=RATE_HZ, output="sos")
        return np.asarray(signal.sosfilt(sos, wave, axis=0))

    def put(self, at_s: float, wave: Samples, kind: str, over: float) -> None:
        """Add a wave scaled so that its peak in the band is `over` times the noise RMS on its best channel."""
        start = round(at_s * RATE_HZ)
        stop = min(start + len(wave), len(self.analog))
        if stop <= start:
            return
        wave = self.through_tissue(wave)
        shown, _ = self.seen(start, wave)
        size = float(np.max(np.max(np.abs(shown), axis=0) / self.noise_rms_uv))
        self.analog[start:stop] += wave[: stop - start] * (over / max(size, 1e-9))
        self.confounders.append(Confounder(at_s, stop / RATE_HZ, kind, over))

    def put_raw(self, at_s: float, wave: Samples, gains: Samples, kind: str) -> None:
        """Add one waveform on all channels, with gains in µV."""
        start = round(at_s * RATE_HZ)
        stop = min(start + wave.size, len(self.analog))
        if stop <= start:
            return
        part = wave[: stop - start, np.newaxis] * gains
        shown, _ = self.seen(start, part)
        size = float(np.max(np.max(np.abs(shown), axis=0) / self.noise_rms_uv))
        self.analog[start:stop] += part
        self.confounders.append(Confounder(at_s, stop / RATE_HZ, kind, size))

    def put_twitch(self, at_s: float, wave: Samples, over: float) -> float:
        """Add a twitch, record its truth and return its end in s; a twitch that passes the scene's end is left out."""
        start = round(at_s * RATE_HZ)
        if start + len(wave) > len(self.analog):
            return at_s
        wave = self.through_tissue(wave)
        shown, first = self.seen(start, wave)
        relative = np.max(np.abs(shown), axis=0) / self.noise_rms_uv
        best = int(np.argmax(relative))
        scale = over / max(float(relative[best]), 1e-9)
        stop = min(start + len(wave), len(self.analog))
        self.analog[start:stop] += wave[: stop - start] * scale
        self.twitching[start:stop] += wave[: stop - start] * scale
        onset_s, offset_s = ((start + row) / RATE_HZ + self.delay_s for row in visible_rows(wave[:, best]))
        rate_hz = self.recipe.rate_hz
        lasting = shown[round(onset_s * rate_hz) - first : round(offset_s * rate_hz) - first + 1, best] * scale
        rms_uv = float(np.sqrt(np.mean(lasting**2)))
        peak_uv = over * float(self.noise_rms_uv[best])
        self.twitches.append(TrueTwitch(onset_s, offset_s, peak_uv, over, rms_uv))
        return offset_s

    def measured_twitches(self, unseen: NDArray[np.bool_]) -> list[TrueTwitch]:
        """Return the twitches with `over_all`; `unseen`, shape (n, n_channels), marks samples hidden by faults."""
        rate_hz = self.recipe.rate_hz
        shown = signal.sosfilt(self.band, self.sampled(self.twitching), axis=0)
        rest = signal.sosfilt(self.band, self.sampled(self.analog - self.twitching - self.mains), axis=0)
        measured = []
        for one in sorted(self.twitches, key=lambda one: one.onset_s):
            first, last = round(one.onset_s * rate_hz), round(one.offset_s * rate_hz) + 1
            around = slice(max(0, first - round(AROUND_S * rate_hz)), last + round(AROUND_S * rate_hz))
            peaks = np.max(np.abs(shown[first:last]), axis=0) * ~unseen[first:last].any(axis=0)
            over = peaks / np.sqrt(np.mean(rest[around] ** 2, axis=0))
            measured.append(replace(one, over_all=float(np.max(over))))
        return measured
