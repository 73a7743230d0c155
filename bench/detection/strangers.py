"""Second, simpler generator of sessions, on which nothing is trained or chosen.

It shares no waveform with `bench.detection.composer`: all signals are made at the recording's sampling rate, of
band-limited noise under envelopes and of wavelets, as in a quick test. Whatever is learnt on one generator must hold on
the other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from bench.detection.draft import TrueTwitch
from dsp.bands import choose_band_hz

Samples = NDArray[np.float64]

BURIED = 4.0
"""No twitch is added where its peak would be less than this multiple of the RMS of a contraction on its channel."""

MUSCLE = ("wince", "contraction", "guarding")
FAULTS = ("cable", "pop", "glitch")


@dataclass(frozen=True)
class Kind:
    """Content of a session; `rest_s` is the rest before the first pass, `heart` the QRS over the noise in the band."""

    rate_hz: int = 1000
    n_channels: int = 8
    heart: float = 0.0
    mains_uv: float = 0.0
    other: tuple[str, ...] = ()
    answered: float = 0.25
    rest_s: float = 10.0
    colour: float = 0.0


KINDS: dict[str, Kind] = {
    "clean": Kind(),
    "coloured": Kind(colour=1.0, mains_uv=30.0),
    "heart": Kind(heart=6.0),
    "muscle": Kind(other=MUSCLE),
    "all": Kind(heart=6.0, mains_uv=30.0, other=MUSCLE + FAULTS),
    "no answer": Kind(heart=6.0, mains_uv=30.0, other=MUSCLE + FAULTS, answered=0.0),
    "250 all": Kind(rate_hz=250, heart=6.0, mains_uv=10.0, other=MUSCLE + FAULTS),
    "2000 all": Kind(rate_hz=2000, heart=6.0, mains_uv=10.0, other=MUSCLE + FAULTS),
    "1 channel": Kind(n_channels=1, heart=6.0, other=(*MUSCLE, *FAULTS)),
    "2 channels": Kind(n_channels=2, heart=6.0, other=(*MUSCLE, *FAULTS)),
    "4 channels": Kind(n_channels=4, heart=6.0, other=(*MUSCLE, *FAULTS)),
}


class Session:
    """Session under construction.

    Parameters
    ----------
    kind : Kind
        Content of the session.
    seed : int
        Seed of the random generator.
    seconds : float
        Length of the session.
    """

    def __init__(self, kind: Kind, seed: int, seconds: float = 90.0) -> None:
        self.kind = kind
        self.rng = np.random.default_rng([seed, 4242, kind.rate_hz, kind.n_channels])
        self.seconds = seconds
        self.n = round(seconds * kind.rate_hz)
        self.band = signal.butter(4, choose_band_hz(kind.rate_hz, None), "bandpass", fs=kind.rate_hz, output="sos")
        self.noise_uv = float(self.rng.uniform(2.0, 5.0))
        self.total = self.noise_uv * self.rng.standard_normal((self.n, kind.n_channels))
        if kind.colour:
            slow = signal.lfilter([1.0], [1.0, -0.97], self.rng.standard_normal(self.total.shape), axis=0)
            self.total += kind.colour * self.noise_uv * slow / np.std(slow)
        self.rms_uv = np.std(signal.sosfilt(self.band, self.total[: 8 * kind.rate_hz], axis=0), axis=0)
        self.muscle = np.zeros_like(self.total)
        self.twitches: list[TrueTwitch] = []

    def emg(self, n: int) -> Samples:
        """Return band-limited noise of RMS 1, shape (n, n_channels)."""
        high_hz = min(0.45 * self.kind.rate_hz, self.rng.uniform(150.0, 450.0))
        sos = signal.butter(2, (self.rng.uniform(20.0, 50.0), high_hz), "bandpass", fs=self.kind.rate_hz, output="sos")
        lead = self.kind.rate_hz // 5
        wave = signal.sosfilt(sos, self.rng.standard_normal((n + lead, self.kind.n_channels)), axis=0)[lead:]
        scaled: Samples = wave / np.std(wave)
        return scaled

    def muap(self) -> Samples:
        """Return a wavelet of 6 to 14 ms with two or three phases, peak 1."""
        n = max(4, round(self.rng.uniform(0.006, 0.014) * self.kind.rate_hz))
        t = np.linspace(-3.0, 3.0, n)
        wave = t * np.exp(-0.5 * t**2) if self.rng.random() < 0.5 else (1.0 - t**2) * np.exp(-0.5 * t**2)
        return wave / float(np.max(np.abs(wave)))

    def envelope(self, n: int) -> Samples:
        """Return one of five envelopes, peak 1."""
        t = (np.arange(n) + 0.5) / n
        which = int(self.rng.integers(5))
        if which == 0:
            return np.hanning(n + 2)[1:-1]
        if which == 1:
            return np.exp(-3.0 * t) * np.minimum(1.0, t / 0.05)
        if which == 2:
            return np.exp(-0.5 * ((t - 0.5) / 0.18) ** 2)
        if which == 3:
            return np.minimum(1.0, np.minimum(t, 1.0 - t) / 0.15)
        return np.minimum(1.0, t / 0.2) * np.clip((1.0 - t) / 0.5, 0.0, 1.0)

    def add(self, at_s: float, wave: Samples, over: float) -> Samples:
        """Scale a wave to a peak in the band of `over` times the noise on its best channel; add and return it."""
        start = round(at_s * self.kind.rate_hz)
        stop = min(self.n, start + len(wave))
        pad = np.zeros((self.kind.rate_hz // 10, wave.shape[1]))
        seen = signal.sosfilt(self.band, np.concatenate((pad, wave, pad)), axis=0)
        size = float(np.max(np.max(np.abs(seen), axis=0) / self.rms_uv))
        scaled: Samples = wave[: stop - start] * over / max(size, 1e-9)
        self.total[start:stop] += scaled
        return scaled

    def twitch(self, at_s: float) -> None:
        """Add a brief burst of wavelets or of noise, strong on one channel, and record its truth."""
        rate_hz, rng = self.kind.rate_hz, self.rng
        n = round(rng.uniform(0.020, 0.150) * rate_hz)
        start = round(at_s * rate_hz)
        if start + n + rate_hz // 20 > self.n:
            return
        if rng.random() < 0.5:
            wave = self.emg(n) * self.envelope(n)[:, np.newaxis]
        else:
            wave = np.zeros((n + rate_hz // 50, self.kind.n_channels))
            for _ in range(int(rng.integers(5, 25))):
                unit = self.muap() * rng.lognormal(0.0, 0.4)
                row = int(rng.beta(1.5, 2.5) * max(1, n - unit.size))
                wave[row : row + unit.size] += unit[: len(wave) - row, np.newaxis]
            used = np.flatnonzero(np.any(wave != 0.0, axis=1))
            wave = wave[used[0] : used[-1] + 1]
        gains = rng.uniform(0.0, 0.4, self.kind.n_channels) * (rng.random(self.kind.n_channels) < 0.5)
        best = int(rng.integers(self.kind.n_channels))
        gains[best] = 1.0
        over = float(np.exp(rng.uniform(np.log(2.5), np.log(60.0))))
        wave = wave * gains
        other = self.muscle[max(0, start - rate_hz // 10) : start + n + rate_hz // 10, best]
        if over * self.rms_uv[best] < BURIED * float(np.std(other)):
            return
        self.add(at_s, wave, over)
        seen = signal.sosfilt(self.band, wave[:, best])
        rms_uv = float(np.sqrt(np.mean(seen**2)) / max(float(np.max(np.abs(seen))), 1e-9)) * over * self.rms_uv[best]
        first_s, last_s = start / rate_hz, (start + len(wave) - 1) / rate_hz
        self.twitches.append(TrueTwitch(first_s, last_s, over * float(self.rms_uv[best]), over, float(rms_uv)))

    def contract(self, at_s: float, seconds: float, rise_s: float, over: float) -> None:
        """Add muscle noise under a trapezoid on most channels."""
        rate_hz = self.kind.rate_hz
        n = round(seconds * rate_hz)
        t = np.arange(n) / rate_hz
        drive = np.clip(np.minimum(t, seconds - t) / rise_s, 0.0, 1.0)
        gains = self.rng.uniform(0.3, 1.0, self.kind.n_channels) * (self.rng.random(self.kind.n_channels) < 0.85)
        gains[self.rng.integers(self.kind.n_channels)] = 1.0
        start = round(at_s * rate_hz)
        wave = self.add(at_s, self.emg(n) * drive[:, np.newaxis] * gains, over)
        self.muscle[start : start + len(wave)] += wave

    def heart(self) -> None:
        """Add heartbeats of one shape, 55 to 100 per minute."""
        rng, rate_hz = self.rng, self.kind.rate_hz
        t = np.arange(round(0.5 * rate_hz)) / rate_hz - 0.2
        waves = ((0.12, -0.16, 0.02), (-0.15, -0.03, 0.008), (1.0, 0.0, 0.010), (-0.25, 0.03, 0.010))
        beat = sum((h * np.exp(-0.5 * ((t - at) / w) ** 2) for h, at, w in waves), start=np.zeros(t.size))
        gains = rng.uniform(0.4, 1.0, self.kind.n_channels)
        over = self.kind.heart * rng.uniform(0.8, 1.3)
        period_s, at_s = 60.0 / rng.uniform(55.0, 100.0), float(rng.uniform(0.0, 1.0))
        while at_s < self.seconds - 0.6:
            self.add(at_s, beat[:, np.newaxis] * gains, over)
            at_s += period_s * rng.normal(1.0, 0.03)

    def fault(self, what: str, at_s: float) -> None:
        """Add a cable movement, an electrode pop or a single wrong sample."""
        rng, rate_hz = self.rng, self.kind.rate_hz
        start = round(at_s * rate_hz)
        some = rng.random(self.kind.n_channels) < 0.5
        some[rng.integers(self.kind.n_channels)] = True
        if what == "cable":
            n = round(rng.uniform(0.3, 1.5) * rate_hz)
            t = np.arange(n) / rate_hz
            wave = np.sin(2.0 * np.pi * rng.uniform(1.0, 12.0) * t + rng.uniform(0.0, 6.3)) * np.hanning(n)
            uv = rng.uniform(100.0, 2000.0) * rng.uniform(0.3, 1.0, some.size) * some
        elif what == "pop":
            n = round(rng.uniform(0.1, 1.0) * rate_hz)
            wave = np.exp(-np.arange(n) / (rng.uniform(0.01, 0.3) * rate_hz))
            uv = np.zeros(some.size)
            uv[rng.integers(some.size)] = rng.choice([-1.0, 1.0]) * rng.uniform(100.0, 3000.0)
        else:
            wave = np.ones(1)
            uv = rng.choice([-1.0, 1.0]) * rng.uniform(100.0, 20_000.0) * some
        stop = min(self.n, start + wave.size)
        self.total[start:stop] += wave[: stop - start, np.newaxis] * uv

    def needle(self) -> None:
        """Add the needle passes; some are answered by a twitch, a few by a wince."""
        rng, kind = self.rng, self.kind
        at_s = kind.rest_s + float(rng.uniform(0.5, 1.5))
        pace_hz = rng.uniform(1.0, 2.0)
        while at_s < self.seconds - 1.5:
            if rng.random() < kind.answered:
                self.twitch(at_s + rng.uniform(0.01, 0.06))
            elif "wince" in kind.other and rng.random() < 0.05:
                seconds = rng.uniform(0.2, 1.0)
                self.contract(at_s + rng.uniform(0.1, 0.3), seconds, 0.2 * seconds, rng.uniform(4.0, 40.0))
            at_s += rng.normal(1.0, 0.1) / pace_hz

    def others(self) -> None:
        """Add contractions, guarding, faults and mains; events occur at random times."""
        rng, kind = self.rng, self.kind

        def times(per_min: float) -> list[float]:
            span_s = self.seconds - kind.rest_s - 2.0
            count = rng.poisson(per_min * span_s / 60.0)
            return [float(at) for at in kind.rest_s + span_s * rng.random(count)]

        if "contraction" in kind.other:
            for at_s in times(2.0):
                self.contract(at_s, rng.uniform(0.5, 4.0), rng.uniform(0.05, 0.2), rng.uniform(5.0, 60.0))
        if "guarding" in kind.other:
            for at_s in times(1.0):
                self.contract(at_s, rng.uniform(2.0, 10.0), rng.uniform(0.3, 0.9), rng.uniform(3.0, 10.0))
        for what in FAULTS:
            for at_s in times(4.0) if what in kind.other else ():
                self.fault(what, at_s)
        if kind.mains_uv:
            t = np.arange(self.n) / kind.rate_hz
            hum = kind.mains_uv * np.sin(2.0 * np.pi * float(rng.choice([50.0, 60.0])) * t + rng.uniform(0.0, 6.3))
            self.total += hum[:, np.newaxis] * rng.uniform(0.5, 1.0, kind.n_channels)


def make(kind: Kind, seed: int) -> Session:
    """Return a finished session; the result is reproducible to the bit."""
    session = Session(kind, seed)
    if kind.heart:
        session.heart()
    session.others()
    session.needle()
    return session
