"""Skin of a session of motor units: positions, noise and drift of the electrodes; all are assumptions."""

from dataclasses import dataclass

import numpy as np
from scipy import signal
from scipy.interpolate import CubicSpline

from bench.detection.sessions import betweens
from bench.detection.units.muscle import RATE_HZ
from bench.detection.waves import Rng, Samples, between

N_CHANNELS = {1: 0.06, 2: 0.1, 3: 0.1, 4: 0.3, 6: 0.1, 8: 0.29, 16: 0.05}
"""Share of the sessions by number of channels."""

SPACING_MM = 20.0
"""Distance of the electrodes of a pair, as recommended by SENIAM."""

NOISE_CORNER_HZ = 25
"""Below this frequency the noise of skin and electrodes increases."""


@dataclass(frozen=True, eq=False)
class Electrodes:
    """Pairs over the muscle, and reference pairs over the same muscle of the other side.

    `pairs_mm` holds the position along and across the fibres and the spacing of each pair over the muscle; `fat_mm` is
    the thickness of the fat between skin and muscle.
    """

    pairs_mm: Samples
    n_reference: int
    fat_mm: float

    @property
    def n_skin(self) -> int:
        """Number of pairs over the muscle; the reference pairs follow them."""
        return len(self.pairs_mm)

    @property
    def n_channels(self) -> int:
        """Number of all pairs."""
        return self.n_skin + self.n_reference

    @property
    def roles(self) -> tuple[str, ...]:
        """Role of each channel."""
        return ("surface",) * self.n_skin + ("reference",) * self.n_reference


def draw_electrodes(rng: Rng) -> Electrodes:
    """Draw pairs in rows on both sides of the innervation zone, from the needle outward."""
    n_channels = int(rng.choice(list(N_CHANNELS), p=list(N_CHANNELS.values())))
    n_reference = 0
    if n_channels == 2:
        n_reference = int(rng.integers(0, 2))
    elif n_channels > 2:
        n_reference = 1 if n_channels < 8 else int(rng.integers(1, 3))
    pairs = []
    for i in range(n_channels - n_reference):
        side = 1 if i % 2 == 0 else -1
        row = (i // 2 + 1) // 2 * (1 if (i // 2) % 2 else -1)  # 0, 1, -1, 2, -2 ...
        pairs.append((side * rng.uniform(18, 34), row * rng.uniform(17, 28) + rng.normal(0, 2), SPACING_MM))
    return Electrodes(np.array(pairs), n_reference, rng.uniform(1.0, 4.5))


def noise(rng: Rng, n: int, n_channels: int) -> Samples:
    """Draw noise of skin and electrodes, shape (n, n_channels): white noise plus low-frequency noise."""
    white = rng.standard_normal((n, n_channels))
    pole = np.exp(-2 * np.pi * NOISE_CORNER_HZ / RATE_HZ)
    slow = np.asarray(signal.lfilter([1.0], [1.0, -pole], rng.standard_normal((n, n_channels)), axis=0))
    slow /= slow.std(axis=0)
    mixed: Samples = white + rng.uniform(0.1, 0.5, n_channels) * slow
    return mixed


def drift(rng: Rng, n: int, n_channels: int) -> Samples:
    """Draw the drift of electrode potentials, breathing and temperature below 1 Hz in µV, shape (n, n_channels)."""
    step = RATE_HZ // 20
    walk = np.cumsum(rng.standard_normal((n // step + 3, n_channels)), axis=0) * betweens(rng, 0.5, 6.0, n_channels)
    coarse = np.asarray(signal.lfilter([0.15], [1, -0.85], walk - walk[0], axis=0))
    t = np.arange(len(coarse)) * step / RATE_HZ
    breath = np.sin(2 * np.pi * rng.uniform(0.18, 0.33) * t + rng.uniform(0, 6.28))
    coarse += breath[:, np.newaxis] * betweens(rng, 2, 60, n_channels)
    fine: Samples = CubicSpline(t, coarse)(np.arange(n) / RATE_HZ)  # kinks would reach the band of the EMG
    return fine


def level(rng: Rng, n_channels: int) -> Samples:
    """Draw the noise RMS of each channel in the band, in µV."""
    return np.minimum(between(rng, 1.3, 5.0) * betweens(rng, 0.75, 1.35, n_channels), 8.0)
