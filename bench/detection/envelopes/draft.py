"""Session of noise under envelopes under construction: channels, background and sampling.

Levels are relative to each channel's noise RMS after the converter, from 20 to 450 Hz or to 0.9 of the Nyquist
frequency. All ranges are assumptions.
"""

import numpy as np
from scipy import signal

from acquisition.core import ADS1299_FULL_SCALE_COUNTS, ads1299_microvolts_per_count
from bench.detection.draft import TrueTwitch
from bench.detection.envelopes.noise import coloured, emg, emg_gain, slow
from bench.detection.sessions import SECONDS, Kind, Session, Stretch, betweens, in_order
from bench.detection.waves import Rng, Samples, between, sinc3

FACTORS = {250.0: 8, 1000.0: 4, 2000.0: 2}
"""Analogue samples per sample of the recording, by sampling rate."""

N_CHANNELS = {1: 0.05, 2: 0.10, 4: 0.27, 6: 0.10, 8: 0.36, 12: 0.04, 16: 0.08}
"""Share of the sessions by number of channels."""

NOISE_RMS_UV = (1.3, 5.0)

COUNT_UV = ads1299_microvolts_per_count(24)
FULL_SCALE_UV = COUNT_UV * ADS1299_FULL_SCALE_COUNTS
"""One count of an ADS1299 at gain 24, and its full scale."""


class Draft:
    """Session under construction; its arrays have one row per channel.

    Parameters
    ----------
    kind : Kind
        Content of the session.
    rng : numpy.random.Generator
        Generator of all random draws, in the order in which the parts are added.
    """

    def __init__(self, kind: Kind, rng: Rng) -> None:
        self.kind, self.rng = kind, rng
        self.rate_hz = 250.0 if kind.is_slow else (2000.0 if rng.random() < 0.2 else 1000.0)
        self.factor = FACTORS[self.rate_hz]
        self.analog_hz = self.rate_hz * self.factor
        self.n = int(SECONDS * self.analog_hz)
        self.kernel = sinc3(self.factor)
        self.band = signal.butter(
            4, (20.0, min(450.0, 0.9 * self.rate_hz / 2)), "bandpass", fs=self.rate_hz, output="sos"
        )
        self.n_channels = int(rng.choice(list(N_CHANNELS), p=list(N_CHANNELS.values())))
        self.is_reference = np.arange(self.n_channels) >= self.n_channels - self._draw_references()
        self.surface = np.flatnonzero(~self.is_reference)
        self.spectrum = rng.uniform(25, 60), rng.uniform(80, 170)  # of this patient's muscle
        self.passes_s: list[float] = []
        self.twitches: list[TrueTwitch] = []
        self.confounders: list[Stretch] = []
        self._make_noise()
        self._add_drift()

    def _draw_references(self) -> int:
        """Draw the number of reference pairs, which are the last channels."""
        rng, n_channels = self.rng, self.n_channels
        if n_channels < 2 or rng.random() >= (0.85 if n_channels >= 4 else 0.4):
            return 0
        return 1 if n_channels < 8 or rng.random() < 0.5 else 2

    def _make_noise(self) -> None:
        """Draw white noise, low-frequency noise and muscle tone; a part is shared between channels."""
        rng, n, n_channels = self.rng, self.n, self.n_channels
        white = rng.uniform(0.6, 1.4)
        corner_hz, exponent = between(rng, 5, 60), rng.uniform(0.7, 1.2)
        tone = rng.choice([0.0, 0.6, 1.5]) * rng.uniform(0.5, 1)

        def gain(hz: Samples) -> Samples:
            muscle = emg_gain(hz, self.spectrum)
            power = white**2 * (1 + (corner_hz / np.maximum(hz, 0.3)) ** exponent)
            power += (tone * muscle / muscle.max()) ** 2 * 2
            audible: Samples = np.sqrt(power) * (hz > 0.05)
            return audible

        common = rng.uniform(0.0, 0.45)
        self.analog = coloured(rng, n_channels, n, self.analog_hz, gain)
        if n_channels > 1:
            shared = common * coloured(rng, 1, n, self.analog_hz, gain)
            self.analog = np.sqrt(1 - common**2) * self.analog + shared
        if tone:
            self.analog *= np.exp(rng.uniform(0.02, 0.12) * slow(rng, n_channels, n, self.analog_hz, 0.1))
        settled = self.in_band(self.analog)[:, int(self.rate_hz) :]
        self.noise_rms_uv = between(rng, *NOISE_RMS_UV) * betweens(rng, 0.75, 1.35, n_channels)
        self.analog *= (self.noise_rms_uv / np.sqrt(np.mean(settled**2, axis=1)))[:, np.newaxis]

    def _add_drift(self) -> None:
        """Add baseline wander, breathing, offsets and their settling, all far below the band."""
        rng, n, n_channels, rate_hz = self.rng, self.n, self.n_channels, self.analog_hz
        t = np.arange(n) / rate_hz
        turns = 2 * np.pi * rng.uniform(0.18, 0.32) * t
        breath = np.sin(turns + rng.uniform(0, 6) + 0.6 * slow(rng, 1, n, rate_hz, 0.05)[0])
        for c in range(n_channels):
            wander_uv = between(rng, 10, 150)
            wander = wander_uv * slow(rng, 1, n, rate_hz, rng.uniform(0.05, 0.4))[0]
            self.analog[c] += wander + between(rng, 2, 40) * breath
        if rng.random() < 0.6:
            self.analog += rng.normal(0, 6000, n_channels)[:, np.newaxis]
        if rng.random() < 0.4:
            self.analog += rng.normal(0, 150, n_channels)[:, np.newaxis] * np.exp(-t / rng.uniform(5, 60))

    def sampled(self, analog: Samples) -> Samples:
        """Decimate a signal, shape (..., n), to the recording's rate, each sample centred on an analogue sample."""
        factor, taps = self.factor, len(self.kernel)
        lead = (taps - 1) // 2
        before, after = np.repeat(analog[..., :1], taps, axis=-1), np.repeat(analog[..., -1:], lead, axis=-1)
        padded = np.concatenate([before, analog, after], axis=-1)
        skipped = (lead + taps) % factor  # puts the first output sample on the grid
        first = (lead + taps - skipped) // factor
        filtered: Samples = signal.upfirdn(self.kernel, padded[..., skipped:], 1, factor, axis=-1)
        return filtered[..., first : first + analog.shape[-1] // factor]

    def in_band(self, analog: Samples) -> Samples:
        """Return a signal, shape (n_rows, n), as recorded and filtered to the band in which levels are measured."""
        return np.asarray(signal.sosfilt(self.band, self.sampled(analog), axis=1))

    def note(self, start_s: float, stop_s: float, kind: str) -> None:
        """Record an event that is not a twitch."""
        self.confounders.append(Stretch(float(start_s), float(stop_s), kind))

    def sign(self) -> int:
        """Draw -1 or 1."""
        return int(self.rng.choice([-1, 1]))

    def muscle(self, n: int) -> Samples:
        """Draw noise of this patient's muscle, shape (n_channels, n), RMS 1; a part is shared by all channels."""
        wave = emg(self.rng, self.n_channels, n, self.analog_hz, self.spectrum)
        if self.n_channels > 1:
            common = self.rng.uniform(0, 0.5)
            shared = common * emg(self.rng, 1, n, self.analog_hz, self.spectrum)
            wave = np.sqrt(1 - common**2) * wave + shared
        return wave

    def finish(self, signal_uv: Samples) -> Session:
        """Return the session; `signal_uv`, shape (n_channels, n_samples), is clipped and rounded to whole counts."""
        counts = np.round(np.clip(signal_uv, -FULL_SCALE_UV, FULL_SCALE_UV) / COUNT_UV)
        roles = tuple("reference" if is_reference else "surface" for is_reference in self.is_reference)
        return Session(
            np.ascontiguousarray((counts * COUNT_UV).T), self.rate_hz, roles, tuple(self.twitches),
            in_order(self.confounders),
        )  # fmt: skip
