"""Session of motor units under construction: its resting signal, needle passes and sampling."""

import numpy as np
from scipy import signal

from acquisition.core import ADS1299_FULL_SCALE_COUNTS, ads1299_microvolts_per_count
from bench.detection.draft import TrueTwitch
from bench.detection.sessions import REST_S, SECONDS, Kind, Session, Stretch, in_order
from bench.detection.units.muscle import RATE_HZ
from bench.detection.units.skin import draw_electrodes, drift, level, noise
from bench.detection.waves import Rng, Samples, sinc3

HALF_CELL_UV = 15e3
"""Largest offset of an electrode pair (assumption)."""

COUNT_UV = ads1299_microvolts_per_count(12)
FULL_SCALE_UV = COUNT_UV * ADS1299_FULL_SCALE_COUNTS
"""One count of an ADS1299 at gain 12, and its full scale."""


class Draft:
    """Session under construction.

    Parameters
    ----------
    kind : Kind
        Content of the session.
    rng : numpy.random.Generator
        Generator of all random draws, in the order in which the parts are added.
    """

    def __init__(self, kind: Kind, rng: Rng) -> None:
        self.kind, self.rng = kind, rng
        self.rate_hz = 250 if kind.is_slow else int(rng.choice([1000, 1000, 1000, 1000, 2000]))
        self.factor = RATE_HZ // self.rate_hz
        self.kernel = sinc3(self.factor)
        self.band = signal.butter(2, (20, min(450, 0.9 * self.rate_hz / 2)), "bandpass", fs=self.rate_hz, output="sos")
        self.n = int(SECONDS * RATE_HZ)
        self.electrodes = draw_electrodes(rng)
        self._make_noise()
        self.analog = drift(rng, self.n, self.n_channels)
        self.twitching = np.zeros((self.n, self.n_channels))
        self._draw_passes()
        self.twitches: list[TrueTwitch] = []
        self.answered: set[int] = set()
        self.confounders: list[Stretch] = []

    @property
    def n_channels(self) -> int:
        """Number of channels of the recording."""
        return self.electrodes.n_channels

    def _make_noise(self) -> None:
        """Draw the noise after the converter and measure its RMS in the band."""
        rng, n_channels = self.rng, self.n_channels
        level_uv = level(rng, n_channels)
        analog = noise(rng, self.n, n_channels)
        if rng.random() < 0.5:  # its level wanders
            analog *= np.exp(0.08 * signal.resample(rng.standard_normal((10, n_channels)), self.n, axis=0))
        self.noise_uv = self.sampled(analog)
        self.noise_uv *= level_uv / self._rest_rms()
        self.noise_rms_uv = self._rest_rms()

    def _rest_rms(self) -> Samples:
        rms: Samples = self.in_band(self.noise_uv[: int(REST_S * self.rate_hz)]).std(axis=0)
        return rms

    def _draw_passes(self) -> None:
        """Draw the times of the needle passes: bouts at 1 to 2 per second, with pauses between."""
        rng = self.rng
        times: list[float] = []
        bouts: list[int] = []
        self.pauses_s: list[tuple[float, float]] = []
        at_s = REST_S + rng.uniform(0.3, 1.2)
        while at_s < SECONDS - 2:
            pace_hz = rng.uniform(1.0, 2.0)
            for _ in range(rng.integers(5, 12)):
                if at_s > SECONDS - 1.5:
                    break
                times.append(at_s)
                bouts.append(len(self.pauses_s))
                at_s += max(0.4, rng.normal(1, 0.08)) / pace_hz
            pause_s = rng.uniform(2.5, 7.5)
            self.pauses_s.append((at_s, min(at_s + pause_s, SECONDS - 0.5)))
            at_s += pause_s
        self.passes_s, self.bouts = np.array(times), np.array(bouts)

    def sampled(self, analog: Samples) -> Samples:
        """Decimate a signal to the recording's rate with the converter's sinc3."""
        sampled: Samples = signal.upfirdn(self.kernel, analog, 1, self.factor, axis=0)[: self.n // self.factor]
        return sampled

    def in_band(self, sampled_uv: Samples) -> Samples:
        """Return a signal filtered to 20 to 450 Hz, or to 0.9 of the Nyquist frequency, with zero phase."""
        return np.asarray(signal.sosfiltfilt(self.band, sampled_uv, axis=0))

    def note(self, start_s: float, stop_s: float, kind: str) -> None:
        """Record an event that is not a twitch."""
        self.confounders.append(Stretch(float(start_s), float(stop_s), kind))

    def is_clear_of_twitches(self, start_s: float, stop_s: float, margin_s: float) -> bool:
        """Return whether no twitch lies within `margin_s` of a stretch."""
        return all(stop_s + margin_s < one.onset_s or start_s - margin_s > one.offset_s for one in self.twitches)

    def sign(self) -> int:
        """Draw -1 or 1."""
        return int(self.rng.choice([-1, 1]))

    def convert(self) -> Samples:
        """Return the samples in µV, rounded to whole counts."""
        offset_uv = self.rng.uniform(-HALF_CELL_UV, HALF_CELL_UV, self.n_channels)
        sampled_uv = self.sampled(self.analog) + self.noise_uv + self.sampled(self.twitching) + offset_uv
        return np.round(sampled_uv / COUNT_UV) * COUNT_UV

    def finish(self, signal_uv: Samples) -> Session:
        """Return the session; `signal_uv` is clipped at full scale, in place."""
        np.clip(signal_uv, -FULL_SCALE_UV, FULL_SCALE_UV, out=signal_uv)
        return Session(
            signal_uv, float(self.rate_hz), self.electrodes.roles, tuple(self.twitches), in_order(self.confounders)
        )
