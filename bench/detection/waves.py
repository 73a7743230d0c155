"""Waveforms of seeded scenes: muscle, heart, cables and electrodes, at 4000 SPS.

Shapes and ranges are deliberately wide; they are assumptions. Nothing is shared with the simulated patient, so that a
classifier trained on one can be tested on the other. Amplitudes are relative; the scene scales them.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Samples = NDArray[np.float64]
Rng = np.random.Generator

RATE_HZ = 4000.0
"""All waveforms are made at this rate and then decimated to the scene's rate."""

VISIBLE = 0.06
"""A twitch lasts while it exceeds this share of its peak, at the source; an assumption."""


def visible_rows(wave: Samples) -> tuple[int, int]:
    """Return the first and last row of a single-channel wave that exceed `VISIBLE` of its peak."""
    amplitude = np.abs(wave)
    above = np.flatnonzero(amplitude > VISIBLE * np.max(amplitude))
    return int(above[0]), int(above[-1])


def between(rng: Rng, low: float, high: float) -> float:
    """Draw a number from a log-uniform distribution."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def length(rng: Rng, low_s: float, high_s: float) -> float:
    """Draw a twitch's duration, uniform or log-uniform: the notes give its range but not its distribution."""
    return float(rng.uniform(low_s, high_s)) if rng.random() < 0.5 else between(rng, low_s, high_s)


def motor_unit(rng: Rng) -> Samples:
    """Draw a motor unit potential at the skin with two or more phases, 5 to 16 ms long, peak 1."""
    n = round(rng.uniform(0.005, 0.016) * RATE_HZ)
    t = np.linspace(-2.6, 2.6, n)
    wave = np.zeros(n)
    for _ in range(1 if rng.random() < 0.7 else int(rng.integers(2, 4))):
        u = (t - rng.uniform(-0.6, 0.6)) * rng.uniform(0.8, 1.5)
        gauss = np.exp(-(u**2))
        shape = (-u * gauss, (1.0 - 2.0 * u**2) * gauss, u * (2.0 * u**2 - 3.0) * gauss)[int(rng.integers(3))]
        wave += rng.uniform(0.4, 1.0) * rng.choice([-1.0, 1.0]) * shape
    wave *= np.hanning(n + 2)[1:-1] ** 0.25
    return wave / max(float(np.max(np.abs(wave))), 1e-9)


def _place(total: Samples, at: int, wave: Samples, gains: Samples) -> None:
    stop = min(at + wave.size, total.shape[0])
    if 0 <= at < stop:
        total[at:stop] += wave[: stop - at, np.newaxis] * gains


def _pool(rng: Rng, gains: Samples, n_units: int) -> list[tuple[Samples, Samples]]:
    """Draw motor units: for each its scaled potential and its gains on the channels."""
    pool = []
    for _ in range(n_units):
        size = rng.lognormal(0.0, 0.5)
        reach = gains * np.clip(rng.normal(1.0, 0.25, gains.size), 0.1, 2.0)
        pool.append((size * motor_unit(rng), reach))
    return pool


def _stretched(wave: Samples, n: int) -> Samples:
    return np.interp(np.linspace(0.0, wave.size - 1.0, n), np.arange(wave.size), wave)


def unit_volley(rng: Rng, gains: Samples) -> Samples:
    """Draw a twitch of 3 to 60 motor units that fire within 14 to 150 ms, some of them more than once."""
    length_s = length(rng, 0.014, 0.150)
    n_units = int(np.clip(between(rng, 5, 60), 5, 60)) if rng.random() < 0.75 else int(rng.integers(3, 9))
    total = np.zeros((round((length_s + 0.03) * RATE_HZ), gains.size))
    spread = int(rng.integers(4))
    for wave, reach in _pool(rng, gains, n_units):
        if spread == 0:
            at_s = rng.uniform(0.0, length_s)
        elif spread == 1:
            at_s = min(rng.exponential(0.35 * length_s), length_s)
        elif spread == 2:
            at_s = float(np.clip(rng.normal(0.45, 0.2), 0.0, 1.0)) * length_s
        else:
            at_s = rng.uniform(0.0, 0.4) * length_s
        rate_hz = rng.uniform(20.0, 80.0)
        while at_s <= length_s:
            _place(total, round(at_s * RATE_HZ), wave, reach)
            if spread < 3 and rng.random() < 0.6:
                break
            at_s += 1.0 / rate_hz
            rate_hz = max(20.0, 0.75 * rate_hz)
    return total


def noise_volley(rng: Rng, gains: Samples) -> Samples:
    """Draw a twitch of noise under a gamma, Gaussian, half-sine, box-like, exponential or triangular envelope."""
    length_s = length(rng, 0.020, 0.160)
    n = round(length_s * RATE_HZ)
    t = (np.arange(n) + 0.5) / n
    kind = int(rng.integers(6))
    if kind == 0:
        shape = rng.uniform(1.0, 3.0)
        envelope = (t / 0.25) ** shape * np.exp(shape * (1.0 - t / 0.25))
    elif kind == 1:
        envelope = np.exp(-0.5 * ((t - rng.uniform(0.3, 0.6)) / 0.18) ** 2)
    elif kind == 2:
        envelope = np.sin(np.pi * t) ** rng.uniform(0.5, 1.5)
    elif kind == 3:
        envelope = np.clip(np.minimum(t, 1.0 - t) / rng.uniform(0.02, 0.2), 0.0, 1.0)
    elif kind == 4:
        envelope = np.exp(-rng.uniform(2.0, 5.0) * t) * np.minimum(1.0, t / rng.uniform(0.02, 0.15))
    else:
        peak = rng.uniform(0.1, 0.6)
        envelope = np.interp(t, (0.0, peak, 1.0), (0.0, 1.0, 0.0))
    return interference(rng, n, gains) * envelope[:, np.newaxis]


def evoked_response(rng: Rng, gains: Samples) -> Samples:
    """Draw a compound response of many units almost at once: two to five widened potentials within 10 to 40 ms."""
    total = np.zeros((round(0.08 * RATE_HZ), gains.size))
    at = 0
    for wave, reach in _pool(rng, gains, int(rng.integers(2, 6))):
        wide = np.interp(np.arange(0, wave.size - 1, 1.0 / rng.uniform(1.0, 2.0)), np.arange(wave.size), wave)
        _place(total, at, wide, reach)
        at += int(rng.exponential(0.005) * RATE_HZ)
    return total


def wavelet_volley(rng: Rng, gains: Samples) -> Samples:
    """Draw a twitch of 4 to 30 wavelets of two or three phases in 15 to 150 ms, of equal or different widths."""
    n = round(length(rng, 0.015, 0.150) * RATE_HZ)
    total = np.zeros((n + round(0.016 * RATE_HZ), gains.size))
    early, late, own = rng.uniform(1.0, 2.0), rng.uniform(1.0, 4.0), rng.random() < 0.5
    width_s, reach = rng.uniform(0.006, 0.014), gains * np.clip(rng.normal(1.0, 0.2, gains.size), 0.2, 2.0)
    for _ in range(int(between(rng, 4, 31))):
        t = np.linspace(-3.0, 3.0, round((rng.uniform(0.006, 0.014) if own else width_s) * RATE_HZ))
        wave = -t * np.exp(-0.5 * t**2) if rng.random() < 0.5 else (1.0 - t**2) * np.exp(-0.5 * t**2)
        at = round(float(rng.beta(early, late)) * n)
        _place(total, at, wave * rng.lognormal(0.0, 0.5) * (rng.choice([-1.0, 1.0]) if own else 1.0), reach)
    used = np.flatnonzero(np.any(total != 0.0, axis=1))
    return total[used[0] : used[-1] + 1]


TAP_LEAD_S, TAP_LATE_S = 0.008, (0.02, 0.03)
"""Time from the start of a reflex to a tap to the middle of its first volley, and from there to the second."""

TWITCHES = {"units": unit_volley, "noise": noise_volley, "evoked": evoked_response, "wavelets": wavelet_volley}
"""Families of twitches by name."""


def interference(rng: Rng, n: int, gains: Samples) -> Samples:
    """Draw partly shared muscle noise per channel, from 15-50 Hz to 110-400 Hz; RMS about 1 before the gains."""
    low, high = rng.uniform(15.0, 50.0), between(rng, 110.0, 400.0)
    pad = round(0.1 * RATE_HZ)
    source = rng.standard_normal((n + pad, gains.size))
    shared = rng.uniform(0.0, 0.9)
    source = np.sqrt(1.0 - shared) * source + np.sqrt(shared) * rng.standard_normal((n + pad, 1))
    sos = signal.butter(int(rng.integers(1, 3)), (low, high), "bandpass", fs=RATE_HZ, output="sos")
    wave = signal.sosfilt(sos, source, axis=0)[pad:]
    return wave / max(float(np.std(wave)), 1e-9) * gains


def firing(rng: Rng, seconds: float, gains: Samples, drive: Samples, n_units: int, top_hz: float = 25.0) -> Samples:
    """Draw a contraction as trains of motor units that are recruited one by one with the drive (0 to 1, per sample)."""
    n = round(seconds * RATE_HZ)
    total = np.zeros((n + round(0.03 * RATE_HZ), gains.size))
    for k, (wave, reach) in enumerate(_pool(rng, gains, n_units)):
        threshold = 0.9 * k / n_units
        at = rng.uniform(0.0, 0.05)
        while at < seconds:
            over = drive[min(n - 1, int(at * RATE_HZ))] - threshold
            if over <= 0.0:
                at += 0.02
                continue
            _place(total, round(at * RATE_HZ), wave * (0.6 + 0.8 * k / n_units), reach)
            at += max(0.012, rng.normal(1.0, 0.15) / (8.0 + top_hz * over))
    return total


class TappedMuscle:
    """Muscle whose motor units answer each tap, always the same ones first and each after its own time.

    Erector spinae answers a tap after 19.3 ± 2.1 and 44.6 ± 2.5 ms (Zedka 1999, J Physiol 520:591).

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the muscle, and later what differs from tap to tap.
    gains : ndarray of float64, shape (n_channels,)
        Gain of each channel.
    """

    def __init__(self, rng: Rng, gains: Samples) -> None:
        self._rng = rng
        common, alike = motor_unit(rng), rng.uniform(0.3, 0.95)  # fibres between the same ends have similar potentials
        self._pool = [
            (alike * common + (1.0 - alike) * _stretched(wave, common.size), reach)
            for wave, reach in _pool(rng, gains, int(rng.integers(8, 40)))
        ]
        spread_s = between(rng, 0.0005, 0.004)
        self._delays_s = np.clip(rng.normal(0.0, spread_s, len(self._pool)), -TAP_LEAD_S, 0.02)
        self._jitter_s = between(rng, 0.0002, 0.001)
        self._late_s = rng.uniform(*TAP_LATE_S)
        self._late_share = rng.uniform(0.1, 0.8) if rng.random() < 0.6 else 0.0

    def answer(self) -> Samples:
        """Draw the reflex to one tap; its first volley is centred at `TAP_LEAD_S`."""
        rng, pool = self._rng, self._pool
        total = np.zeros((round((self._late_s + 0.04) * RATE_HZ), pool[0][1].size))
        force = rng.uniform(0.4, 1.0)
        for at_s, share in ((0.0, force), (self._late_s, force * self._late_share)):
            n_answering = max(1, round(share * len(pool))) if share > 0.0 else 0
            for k, (wave, reach) in enumerate(pool[:n_answering]):
                late_s = max(0.0, TAP_LEAD_S + self._delays_s[k] + self._jitter_s * rng.standard_normal())
                _place(total, round((at_s + late_s) * RATE_HZ), wave, reach)
        return total


def cramp(rng: Rng, seconds: float, gains: Samples) -> Samples:
    """Draw a cramp: units that join one by one and fire at 40 to 150 Hz (Ge 2008, Exp Brain Res 187:623)."""
    drive = ramp(rng, seconds, rng.uniform(0.1, 0.4) * seconds, rng.uniform(0.1, 0.4) * seconds)
    return firing(rng, seconds, gains, drive, int(rng.integers(4, 20)), between(rng, 40.0, 150.0))


def ramp(rng: Rng, seconds: float, rise_s: float, fall_s: float) -> Samples:
    """Return a drive that rises, holds and falls, with a slow tremor."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    drive = np.clip(np.minimum(t / rise_s, (seconds - t) / fall_s), 0.0, 1.0) ** rng.uniform(0.7, 1.8)
    tremor = 1.0 + rng.uniform(0.0, 0.35) * np.sin(2.0 * np.pi * (rng.uniform(1.0, 6.0) * t + rng.random()))
    return np.clip(drive * tremor, 0.0, 1.2)


def contraction(rng: Rng, seconds: float, rise_s: float, gains: Samples) -> Samples:
    """Draw a wince or a contraction, as firing units or as noise under the drive."""
    drive = ramp(rng, seconds, rise_s, rise_s * rng.uniform(0.5, 2.0))
    if rng.random() < 0.5:
        return firing(rng, seconds, gains, drive, int(rng.integers(6, 25)))
    return interference(rng, drive.size, gains) * drive[:, np.newaxis]


def tremor(rng: Rng, seconds: float, gains: Samples) -> Samples:
    """Draw a tremor: noise bursts at 3.5 to 12 Hz whose amplitude rises and falls."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    phase = 2.0 * np.pi * np.cumsum(rng.uniform(3.5, 12.0) * (1.0 + 0.1 * np.sin(2.0 * np.pi * 0.5 * t))) / RATE_HZ
    swing = (0.5 + 0.5 * np.sin(phase)) ** between(rng, 1.0, 8.0)
    rise_s = rng.uniform(0.1, 0.4) * seconds
    drive = ramp(rng, seconds, rise_s, rise_s) * swing
    return interference(rng, drive.size, gains) * drive[:, np.newaxis]


def guarding(rng: Rng, seconds: float, gains: Samples) -> Samples:
    """Draw guarding: sustained low firing of few units, or noise, that rises and falls over seconds."""
    rise_s = rng.uniform(0.2, 0.3 * seconds)
    drive = ramp(rng, seconds, rise_s, rise_s)
    if rng.random() < 0.65:
        return firing(rng, seconds, gains, drive * rng.uniform(0.3, 1.0), int(rng.integers(2, 14)), 16.0)
    return interference(rng, drive.size, gains) * drive[:, np.newaxis]


def heartbeat(rng: Rng) -> Samples:
    """Draw one person's heartbeat at an electrode pair: time, width and height of P, QRS (50 to 110 ms) and T waves."""
    width = rng.uniform(0.006, 0.014)
    parts = [
        (rng.uniform(-0.20, -0.13), rng.uniform(0.015, 0.030), rng.uniform(0.0, 0.2)),
        (rng.uniform(-0.035, -0.018), width * rng.uniform(0.6, 1.1), -rng.uniform(0.0, 0.5)),
        (0.0, width, 1.0),
        (rng.uniform(0.018, 0.040), width * rng.uniform(0.7, 1.4), -rng.uniform(0.0, 0.8)),
        (rng.uniform(0.20, 0.30), rng.uniform(0.030, 0.060), rng.uniform(-0.1, 0.35)),
    ]
    if rng.random() < 0.2:
        parts.append((rng.uniform(0.03, 0.05), width * 0.6, rng.uniform(0.1, 0.4)))
    return np.array(parts)


def beat(parts: Samples) -> Samples:
    """Return the heartbeat composed of such waves; peak about 1."""
    t = np.arange(round(0.7 * RATE_HZ)) / RATE_HZ - 0.25
    return sum((h * np.exp(-0.5 * ((t - at) / w) ** 2) for at, w, h in parts), start=np.zeros(t.size))


def varied(rng: Rng, parts: Samples, share: float) -> Samples:
    """Draw another beat of the same heart, with random changes in the time, width and height of each wave."""
    at, width, height = parts.T
    by = share * rng.standard_normal((3, len(parts)))
    return np.stack((at + by[0] * width, width * np.exp(by[1]), height * (1.0 + by[2])), axis=1)


def cable(rng: Rng) -> Samples:
    """Draw a cable movement: below 20 Hz, sometimes with weak broadband rubbing; peak about 1."""
    n = round(between(rng, 0.15, 2.5) * RATE_HZ)
    sos = signal.butter(2, rng.uniform(2.0, 14.0), fs=RATE_HZ, output="sos")
    wave = signal.sosfilt(sos, rng.standard_normal(n)) * np.hanning(n) ** rng.uniform(0.3, 1.0)
    wave /= max(float(np.max(np.abs(wave))), 1e-9)
    if rng.random() < 0.4:
        rub = signal.sosfilt(
            signal.butter(1, (20.0, 300.0), "bandpass", fs=RATE_HZ, output="sos"), rng.standard_normal(n)
        )
        gate = signal.sosfilt(signal.butter(1, 15.0, fs=RATE_HZ, output="sos"), rng.standard_normal(n)).clip(0.0)
        rub *= gate * np.hanning(n)
        wave += between(rng, 0.01, 0.12) * rub / max(float(np.max(np.abs(rub))), 1e-9)
    return wave


def jab(rng: Rng) -> Samples:
    """Draw the skin movement under a pair at a needle pass: one or two slow waves; peak 1."""
    t = np.arange(round(0.5 * RATE_HZ)) / RATE_HZ - 0.2
    width = rng.uniform(0.02, 0.08)
    wave = np.exp(-0.5 * (t / width) ** 2)
    if rng.random() < 0.6:
        wave = -t / width * wave
    return wave / float(np.max(np.abs(wave)))


def sway(rng: Rng) -> Samples:
    """Draw another skin movement at a needle pass: an oscillation at 3 to 14 Hz; peak 1."""
    n = round(between(rng, 0.06, 0.4) * RATE_HZ)
    lead = np.zeros(round(rng.uniform(0.1, 0.25) * RATE_HZ))
    t = np.arange(n) / RATE_HZ
    wave = np.hanning(n) * np.sin(2.0 * np.pi * (rng.uniform(3.0, 14.0) * t + rng.random()))
    return np.concatenate((lead, wave / max(float(np.max(np.abs(wave))), 1e-9)))


def pop(rng: Rng) -> Samples:
    """Draw an electrode's step and recovery, with time constants of 0.1 to 3 ms and 4 to 500 ms; peak 1."""
    tau_s = between(rng, 0.004, 0.5)
    t = np.arange(round(min(6.0 * tau_s, 2.0) * RATE_HZ) + 4) / RATE_HZ
    wave = (1.0 - np.exp(-t / between(rng, 0.0001, 0.003))) * np.exp(-t / tau_s)
    if rng.random() < 0.25:
        late = round(between(rng, 0.004, 0.08) * RATE_HZ)
        wave[late:] -= rng.uniform(0.3, 1.2) * wave[: max(0, wave.size - late)][: wave.size - late]
    return wave / max(float(np.max(np.abs(wave))), 1e-9)


def impulse(rng: Rng) -> Samples:
    """Draw an analogue impulse of 1 to 5 samples at `RATE_HZ`, at times followed by its opposite; peak 1."""
    n = int(rng.integers(1, 6))
    wave = np.ones(n)
    if rng.random() < 0.2:
        wave = np.concatenate((wave, -rng.uniform(0.3, 1.0) * wave))
    return wave


def sinc3(factor: int) -> Samples:
    """Return the impulse response of a delta-sigma converter's sinc3 filter, before decimation."""
    box = np.ones(factor) / factor
    return np.convolve(np.convolve(box, box), box)
