"""Acceleration of the hand that holds the needle, as recorded by a channel of the role `motion`.

Sizes are assumptions [D] unless a source is named; grades as in `muscle.trigger_point`.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from acquisition.simulated.signal.canvas import Canvas

MICROVOLTS_PER_G = 30_000.0
"""An analog accelerometer of 300 mV/g (ADXL335 [M]) behind a divider by ten, to suit the amplifier's input range."""

TREMOR_HZ = 10.0
TREMOR_POLE = 0.995
TREMOR_G = 0.01
"""Physiological tremor of 8-12 Hz [M]; width and size [D]."""

SENSOR_NOISE_G = 0.002
JAB_G = (0.5, 2.0)
JAB_RING_HZ = (30.0, 60.0)
JAB_TAU_S = 0.012
JAB_S = 0.1
"""A jab ends with an impact at its deepest point that rings for some tens of milliseconds."""


class NeedleHand:
    """Acceleration of the needling hand, in steps.

    Parameters
    ----------
    rate_hz : float
        Internal rate.
    rng : Generator
        Source of tremor, noise and jabs.
    """

    def __init__(self, rate_hz: float, rng: np.random.Generator) -> None:
        self._rate_hz = rate_hz
        self._rng = rng
        self._canvas = Canvas(rate_hz, 1)
        pole = TREMOR_POLE ** (4000.0 / rate_hz)
        self._tremor = np.array([1.0, -2.0 * pole * np.cos(2.0 * np.pi * TREMOR_HZ / rate_hz), pole**2])
        _, first, second = self._tremor
        variance = (1.0 + second) / ((1.0 - second) * ((1.0 + second) ** 2 - first**2))
        self._drive_g = TREMOR_G / np.sqrt(variance)
        self._state = np.zeros(2)

    def jab(self, time_s: float) -> None:
        """Add the impact of a jab at `time_s`."""
        at_s = np.arange(round(JAB_S * self._rate_hz)) / self._rate_hz
        ring = np.sin(2.0 * np.pi * self._rng.uniform(*JAB_RING_HZ) * at_s) * np.exp(-at_s / JAB_TAU_S)
        self._canvas.add(time_s, (self._rng.uniform(*JAB_G) * ring / np.abs(ring).max())[np.newaxis])

    def next_step(self, n_samples: int) -> NDArray[np.float64]:
        """Return the next `n_samples` in µV, shape (n_samples,), without gravity."""
        drive_g = self._drive_g * self._rng.standard_normal(n_samples)
        tremor_g, self._state = lfilter([1.0], self._tremor, drive_g, zi=self._state)
        noise_g = SENSOR_NOISE_G * self._rng.standard_normal(n_samples)
        return np.asarray(MICROVOLTS_PER_G * (tremor_g + noise_g + self._canvas.next_step(n_samples)[0]))
