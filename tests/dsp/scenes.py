"""Seeded synthetic EMG with known truth for the tests of the detector, independent of the simulated patient."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Samples = NDArray[np.float64]
FLOOR_UV = 3.0


@dataclass
class Scene:
    """Signal under construction in µV, with its true content."""

    rate_hz: float
    seconds: float
    n_channels: int
    rng: np.random.Generator
    signal_uv: Samples = field(init=False)
    twitches: list[tuple[float, float, float]] = field(default_factory=list)
    """Onset and offset in seconds, and peak over the RMS of the noise in the detection band."""
    busy: list[tuple[float, float]] = field(default_factory=list)
    """Start and end in seconds of lasting confounders."""

    def __post_init__(self) -> None:
        n = round(self.seconds * self.rate_hz)
        self.signal_uv = FLOOR_UV * self.rng.standard_normal((n, self.n_channels))

    @property
    def band(self) -> Samples:
        """Second-order sections of a band-pass from 30 Hz to 0.4 fs, at most 450 Hz."""
        high = min(0.4 * self.rate_hz, 450.0)
        return signal.butter(4, (30.0, high), "bandpass", fs=self.rate_hz, output="sos")

    def add(self, at_s: float, wave_uv: Samples, gains: Samples) -> None:
        """Add a wave to all channels."""
        start = round(at_s * self.rate_hz)
        stop = min(start + wave_uv.size, self.signal_uv.shape[0])
        if start < 0 or stop <= start:
            return
        self.signal_uv[start:stop] += wave_uv[: stop - start, np.newaxis] * gains


def quiet(rate_hz: float, seconds: float, n_channels: int, seed: int) -> Scene:
    """Return a scene with amplifier and electrode noise alone."""
    return Scene(rate_hz, seconds, n_channels, np.random.default_rng(seed))


def motor_unit(rng: np.random.Generator, rate_hz: float) -> Samples:
    """Return one surface potential of 5 to 15 ms with two or three phases and peak 1."""
    length_s = rng.uniform(0.005, 0.015)
    n = max(3, round(length_s * rate_hz))
    t = np.linspace(-2.4, 2.4, n)
    gauss = np.exp(-(t**2))
    wave = -t * gauss if rng.random() < 0.6 else (1.0 - 2.0 * t**2) * gauss
    if rng.random() < 0.3:
        wave = wave + 0.5 * np.roll(wave, n // 3)
    return wave / np.max(np.abs(wave))


def volley(rng: np.random.Generator, rate_hz: float) -> tuple[Samples, float]:
    """Return a twitch, 3 to 20 potentials in 20 to 150 ms, at least 25/s, densest at the start, and its duration."""
    length_s = rng.uniform(0.02, 0.15)
    n_units = int(rng.integers(max(3, round(25 * length_s) + 1), 21))
    wave = np.zeros(round((length_s + 0.02) * rate_hz) + 2)
    starts = np.sort(rng.beta(1.0, 1.5, n_units))
    starts = (starts - starts[0]) * (length_s - 0.010) / (starts[-1] - starts[0])
    last = 0
    for start_s in starts:
        unit = motor_unit(rng, rate_hz) * rng.uniform(0.4, 1.0) * rng.choice([-1.0, 1.0])
        at = round(start_s * rate_hz)
        stop = min(at + unit.size, wave.size)
        wave[at:stop] += unit[: stop - at]
        last = max(last, stop)
    return wave[:last], last / rate_hz


def interference(rng: np.random.Generator, rate_hz: float, envelope: Samples) -> Samples:
    """Return voluntary EMG: many units that fire at random under an envelope, which is about the RMS."""
    n = envelope.size
    out = np.zeros(n + round(0.02 * rate_hz) + 2)
    per_s = 150.0
    for at in np.flatnonzero(
        rng.random(n) < per_s / rate_hz * np.minimum(1.0, envelope / (envelope.max() + 1e-9) + 0.1)
    ):
        unit = motor_unit(rng, rate_hz) * rng.choice([-1.0, 1.0]) * envelope[at]
        out[at : at + unit.size] += unit
    return out[:n]


def add_twitches(
    scene: Scene, low: float = 5.0, high: float = 30.0, answered: float = 0.25, start_s: float = 12.0
) -> None:
    """Add bouts of 1 to 2 needle passes per second, some with a twitch; peaks are log-uniform over the noise RMS."""
    at = start_s
    rng = scene.rng
    noise_rms = float(
        np.std(signal.sosfilt(scene.band, FLOOR_UV * np.random.default_rng(0).standard_normal(60_000))[500:])
    )
    while at < scene.seconds - 1.5:
        at += rng.uniform(0.5, 1.0)
        if rng.random() < 0.1:
            at += rng.uniform(3.0, 6.0)
        if rng.random() >= answered or at > scene.seconds - 1.5:
            continue
        wave, length_s = volley(rng, scene.rate_hz)
        padded = np.concatenate((wave, np.zeros(round(0.05 * scene.rate_hz))))
        peak = float(np.max(np.abs(signal.sosfilt(scene.band, padded))))
        over = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        onset = at + rng.uniform(0.02, 0.08)
        if any(start - 0.3 < onset < stop + 0.3 for start, stop in scene.busy):
            continue
        gains = np.zeros(scene.n_channels)
        main = int(rng.integers(0, min(2, scene.n_channels)))
        gains[main] = 1.0
        if scene.n_channels > 1:
            gains[1 - main] = rng.uniform(0.1, 0.4)
        scene.add(onset, wave * over * noise_rms / peak, gains)
        onset = round(onset * scene.rate_hz) / scene.rate_hz
        scene.twitches.append((onset, onset + length_s, over))


def add_mains(scene: Scene, hz: float = 50.02, uv: float = 50.0) -> None:
    """Add mains with harmonics and slowly varying amplitude, different on each channel."""
    t = np.arange(scene.signal_uv.shape[0]) / scene.rate_hz
    for h, share in ((1, 1.0), (2, 0.1), (3, 0.3), (5, 0.1)):
        if h * hz > 0.48 * scene.rate_hz:
            continue
        for c in range(scene.n_channels):
            slow = 1.0 + 0.1 * np.sin(2 * np.pi * 0.05 * t + c)
            scene.signal_uv[:, c] += share * uv * slow * np.sin(2 * np.pi * h * hz * t + scene.rng.uniform(0, 6.28))


def add_heart(scene: Scene, over: float = 6.0, rr_s: float = 0.85) -> list[float]:
    """Add P, QRS and T waves to every channel; on the strongest the filtered QRS is `over` times the noise."""
    rng, rate = scene.rng, scene.rate_hz
    t = np.arange(round(0.6 * rate)) / rate - 0.2
    wave = 0.12 * np.exp(-(((t + 0.16) / 0.025) ** 2)) + 0.3 * np.exp(-(((t - 0.25) / 0.05) ** 2))
    wave += (
        -0.15 * np.exp(-(((t + 0.022) / 0.008) ** 2))
        + np.exp(-((t / 0.012) ** 2))
        - 0.3 * np.exp(-(((t - 0.025) / 0.01) ** 2))
    )
    noise_rms = float(
        np.std(signal.sosfilt(scene.band, FLOOR_UV * np.random.default_rng(0).standard_normal(60_000))[500:])
    )
    peak = float(np.max(np.abs(signal.sosfilt(scene.band, wave))))
    gains = rng.uniform(0.2, 1.0, scene.n_channels) * rng.choice([-1.0, 1.0], scene.n_channels)
    gains[0] = 1.0
    at, times = 0.3, []
    while at < scene.seconds - 1:
        scene.add(at, wave * over * noise_rms / peak * rng.normal(1.0, 0.04), gains)
        times.append(at + 0.2)
        at += rr_s * (1.0 + 0.03 * np.sin(2 * np.pi * 0.25 * at)) * rng.normal(1.0, 0.02)
    return times


def add_muscle(scene: Scene, kind: str, every_s: float = 8.0) -> None:
    """Add winces, contractions or guarding at random times."""
    rng, rate = scene.rng, scene.rate_hz
    at = 11.0 + rng.uniform(0, every_s)
    while at < scene.seconds - 4:
        if kind == "wince":
            length, size = rng.uniform(0.15, 0.6), FLOOR_UV * rng.uniform(5, 25)
            rise = 0.15 * length
        elif kind == "contraction":
            length, size = rng.uniform(0.8, 3.0), FLOOR_UV * rng.uniform(5, 40)
            rise = rng.uniform(0.1, 0.3)
        else:
            length, size = rng.uniform(4.0, 12.0), FLOOR_UV * rng.uniform(0.7, 2.0)
            rise = rng.uniform(0.5, 2.0)
        n = round(length * rate)
        ramp = np.clip(np.minimum(np.arange(n), np.arange(n)[::-1]) / (rise * rate), 0, 1)
        gains = rng.uniform(0.3, 1.0, scene.n_channels)
        for c in range(scene.n_channels):
            one = np.zeros(scene.n_channels)
            one[c] = gains[c]
            scene.add(at, interference(rng, rate, size * ramp**1.5), one)
        if kind != "guarding":  # a twitch within a contraction cannot be distinguished from it
            scene.busy.append((at, at + length))
        at += length + rng.uniform(0.5, 1.5) * every_s


def add_faults(scene: Scene, every_s: float = 3.0) -> None:
    """Add cable motion, pops, steps, single-sample outliers and analogue impulses."""
    rng, rate = scene.rng, scene.rate_hz
    at = 11.0
    while at < scene.seconds - 3:
        at += rng.exponential(every_s)
        kind = rng.choice(["cable", "pop", "step", "outlier", "impulse"])
        gains = np.zeros(scene.n_channels)
        gains[rng.integers(scene.n_channels)] = 1.0
        sign = rng.choice([-1.0, 1.0])
        if kind == "cable":
            n = round(rng.uniform(0.3, 2.0) * rate)
            wave = signal.sosfilt(signal.butter(2, rng.uniform(3, 8), fs=rate, output="sos"), rng.standard_normal(n))
            wave *= np.hanning(n) * rng.uniform(200, 2000) / np.max(np.abs(wave))
            gains = rng.uniform(0.0, 1.0, scene.n_channels)
        elif kind == "pop":
            t = np.arange(round(0.5 * rate)) / rate
            wave = sign * rng.uniform(30, 800) * np.exp(-t / rng.uniform(0.01, 0.08))
        elif kind == "step":
            wave = np.full(scene.signal_uv.shape[0], sign * rng.uniform(50, 2000))
        elif kind == "outlier":
            wave = np.array([sign * rng.uniform(100, 5000)])
        else:
            wave = sign * rng.uniform(50, 1000) * np.array([0.1, 0.7, 0.9, 0.2])
        scene.add(at, wave, gains)


def score(scene: Scene, events: list, tolerance_s: float = 0.05) -> dict[str, object]:  # type: ignore[type-arg]
    """Match the reported twitches with the truth."""
    confirmed = [e for e in events if e.label == "twitch"]
    taken: set[int] = set()
    found, errors, missed = [], [], []
    for onset, offset, over in scene.twitches:
        hits = [
            i for i, e in enumerate(confirmed) if i not in taken and onset - tolerance_s <= e.onset_s <= offset + 0.02
        ]
        if hits:
            taken.add(hits[0])
            found.append(over)
            errors.append(
                (over, 1e3 * (confirmed[hits[0]].onset_s - onset), 1e3 * (confirmed[hits[0]].offset_s - offset))
            )
        else:
            near = [
                e
                for e in events
                if onset - tolerance_s <= e.onset_s <= offset + 0.02 or e.onset_s <= onset <= e.offset_s
            ]
            missed.append((onset, offset, over, [(e.label, *e.reasons) for e in near]))
    false = [e for i, e in enumerate(confirmed) if i not in taken]
    return {"n": len(scene.twitches), "found": len(found), "false": false, "missed": missed, "errors": errors}
