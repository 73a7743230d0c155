"""Hand-made signals for the tests of the detector, and helpers to select from its results."""

import numpy as np

from dsp import TwitchDetector, TwitchEvent

RATE_HZ = 1000.0


def noise(seconds: float, n_channels: int = 4, rate_hz: float = RATE_HZ, seed: int = 0) -> np.ndarray:
    return 3.0 * np.random.default_rng(seed).standard_normal((round(seconds * rate_hz), n_channels))


def unit_wave(rate_hz: float = RATE_HZ, length_s: float = 0.010) -> np.ndarray:
    t = np.linspace(-2.4, 2.4, max(4, round(length_s * rate_hz)))
    wave = -t * np.exp(-(t**2))
    return wave / np.max(np.abs(wave))


def add_twitch(
    signal: np.ndarray, at_s: float, peak_uv: float, channel: int = 1, rate_hz: float = RATE_HZ, n_units: int = 5
) -> float:
    """Add a volley of motor units 14 ms apart; return its end in seconds."""
    unit = unit_wave(rate_hz)
    for k in range(n_units):
        start = round((at_s + 0.014 * k) * rate_hz)
        signal[start : start + unit.size, channel] += peak_uv * (1.0 if k % 2 else -0.8) * unit
    return at_s + 0.014 * (n_units - 1) + 0.010


def heart_signal(seconds: float, n_channels: int, seed: int = 3) -> tuple[np.ndarray, list[float]]:
    x = noise(seconds, n_channels, seed=seed)
    t = np.arange(600) / RATE_HZ - 0.2
    qrs = 110.0 * np.exp(-((t / 0.012) ** 2)) - 35.0 * np.exp(-(((t - 0.025) / 0.010) ** 2))
    wave = qrs + 25.0 * np.exp(-(((t - 0.25) / 0.05) ** 2))
    rng = np.random.default_rng(seed)
    at, beats = 0.4, []
    while at < seconds - 1.0:
        start = round(at * RATE_HZ)
        x[start : start + 600] += wave[:, np.newaxis] * np.linspace(1.0, 0.5, n_channels)
        beats.append(at + 0.2)
        at += 0.85 * rng.normal(1.0, 0.02)
    return x, beats


def twitches(events: list) -> list[TwitchEvent]:
    return [event for event in events if isinstance(event, TwitchEvent) and event.label == "twitch"]


def near(events: list, at_s: float, within_s: float = 0.15) -> list[TwitchEvent]:
    return [
        event
        for event in events
        if isinstance(event, TwitchEvent) and event.onset_s - within_s <= at_s <= event.offset_s + within_s
    ]


def run(detector: TwitchDetector, signal: np.ndarray, valid: np.ndarray | None = None, block: int = 50) -> list:
    reported: list = []
    for start in range(0, len(signal), block):
        part = None if valid is None else valid[start : start + block]
        reported += detector.process(signal[start : start + block], part)
    return reported + detector.flush()
