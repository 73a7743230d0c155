"""Motor units in a muscle under the skin: positions, potentials at electrode pairs, and firing.

The fibres of a unit run along x. A current tripole starts at the innervation zone, travels in both directions and ends
at the tendons, in a half space that conducts better along the fibres than across. Positions are in millimetres; the
potential has an arbitrary unit. Figures without a source are assumptions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import signal

from bench.detection.waves import Rng, Samples

RATE_HZ = 4000
"""All analogue signals are made at this rate."""

POTENTIAL_S = 0.036
"""Length of a motor unit action potential: the slowest one along the longest fibre ends after 30 ms."""

N_FIBRES = 4
"""Number of fibres that represent all fibres of a unit."""

SINK_MM, TAIL_MM = 2.2, 9.0
"""Distances from the front of the action potential to its sink and to its tail."""

POLES = ((0.0, (TAIL_MM - SINK_MM) / TAIL_MM), (SINK_MM, -1.0), (TAIL_MM, SINK_MM / TAIL_MM))
"""Distance behind the front in mm, and charge; the charges and their first moments sum to 0."""

ACROSS = 3.0
"""Weight of the squared distance across the fibres relative to along them: the anisotropy of muscle."""

STEP_S = 0.004
"""Time step of the excitation."""

SIZES = 20
"""Ratio of the largest to the smallest unit's potential."""

RECRUITMENT, LEAST_RATE_HZ, GAIN_HZ, PEAK_RATES_HZ = 55.0, 8.0, 45.0, (22.0, 38.0)
"""Range of thresholds, first rate, gain of the rate on the excitation, peak rates (Fuglevand, Winter & Patla 1993)."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Motor units: position across the fibres, depth below the fat and innervation zone in mm, and relative size."""

    across_mm: Samples
    depth_mm: Samples
    zone_mm: Samples
    size: Samples


def draw_pool(
    rng: Rng, n_units: int, middle_mm: float, spread_mm: float, depths_mm: tuple[float, float], zones_mm: float
) -> Pool:
    """Draw motor units around a middle position, with sizes that increase from 1 to almost `SIZES`."""
    return Pool(
        rng.normal(middle_mm, spread_mm, n_units),
        rng.uniform(*depths_mm, n_units),
        rng.normal(0, zones_mm, n_units),
        np.exp(np.log(SIZES) * np.arange(n_units) / n_units),
    )


def potentials(rng: Rng, pool: Pool, pairs: Samples, fat_mm: float) -> Samples:
    """Draw the potential of each unit at each electrode pair.

    Parameters
    ----------
    rng : numpy.random.Generator
    pool : Pool
    pairs : ndarray, shape (n_pairs, 3)
        Position along and across the fibres, and distance of the two electrodes, in mm.
    fat_mm : float
        Thickness of the fat between skin and muscle.

    Returns
    -------
    ndarray of float64, shape (n_units, n_samples, n_pairs)
        Potentials at `RATE_HZ`, which begin and end at 0.
    """
    n_units = len(pool.size)
    t_ms = np.arange(int(POTENTIAL_S * RATE_HZ)) / RATE_HZ * 1000.0
    velocity = rng.normal(4.0, 0.35, n_units).clip(3.0, 5.2)  # mm/ms
    zones = pool.zone_mm[:, np.newaxis] + rng.normal(0, 2.0, (n_units, N_FIBRES))
    lengths = rng.normal(55, 6, (n_units, N_FIBRES, 2)).clip(35, 75)
    late_ms = rng.uniform(0, 1.2, (n_units, N_FIBRES))  # terminal branches of the axon differ in length
    travelled = (t_ms - late_ms[:, :, np.newaxis]) * velocity[:, np.newaxis, np.newaxis]
    poles = list(_poles(travelled, zones[:, :, np.newaxis], lengths))
    depth = fat_mm + pool.depth_mm
    out = np.zeros((n_units, len(t_ms), len(pairs)))
    for c, (along, across, spacing) in enumerate(pairs):
        lateral = (pool.across_mm - across) ** 2
        radial = (fat_mm + 1.0) ** 2 + ACROSS * (lateral + depth**2)  # electrodes have a size: at least 1 mm away
        for sign, electrode in ((1.0, along - spacing / 2), (-1.0, along + spacing / 2)):
            for charge, place in poles:
                away = place - electrode
                seen = 1.0 / np.sqrt(away * away + radial[:, np.newaxis, np.newaxis])
                out[:, :, c] += sign * charge * seen.sum(axis=1)
    out *= pool.size[:, np.newaxis, np.newaxis]
    out -= out[:, :1]
    out *= signal.windows.tukey(2 * len(t_ms), 0.12)[len(t_ms) :][np.newaxis, :, np.newaxis]
    return out


def _poles(travelled: Samples, zones: Samples, lengths: Samples) -> Iterator[tuple[float, Samples]]:
    """Yield the charge and the position, shape (n_units, n_fibres, n_samples), of each pole in both directions."""
    for d, direction in enumerate((1.0, -1.0)):
        for behind, charge in POLES:
            reached = np.minimum(np.maximum(travelled - behind, 0.0), lengths[:, :, d, np.newaxis])
            yield charge, zones + direction * reached


def typical(shapes: Samples) -> float:
    """Return the median of the units' peaks."""
    return float(np.median(np.abs(shapes).max(axis=(1, 2))))


def add_spikes(target: Samples, shape: Samples, times_s: Samples) -> None:
    """Add one unit's potential at each of its spikes, in place; spikes outside the signal are ignored.

    Parameters
    ----------
    target : ndarray, shape (n_samples, n_channels)
    shape : ndarray, shape (n_rows, n_channels)
    times_s : ndarray of float64
    """
    for i in np.round(times_s * RATE_HZ).astype(int):
        if 0 <= i < len(target):
            stop = min(len(target), i + len(shape))
            target[i:stop] += shape[: stop - i]


def drive(rng: Rng, target: Samples, shapes: Samples, start_s: float, excitation: Samples, variation: float) -> None:
    """Add the firing of a pool from `start_s` on, in place.

    Thresholds increase with size, rates increase with excitation, and intervals follow a gamma renewal process.

    Parameters
    ----------
    rng : numpy.random.Generator
    target : ndarray, shape (n_samples, n_channels)
    shapes : ndarray, shape (n_units, n_rows, n_channels)
    start_s : float
    excitation : ndarray
        Excitation from 0 to 1, one value per `STEP_S`.
    variation : float
        Coefficient of variation of the intervals.
    """
    n_units = len(shapes)
    thresholds = 0.01 * np.exp(np.log(RECRUITMENT) * np.arange(n_units) / n_units)
    peak_rates_hz = rng.uniform(*PEAK_RATES_HZ, n_units)
    for unit in range(n_units):
        above = excitation > thresholds[unit]
        if not above.any():
            continue
        rising_hz = LEAST_RATE_HZ + GAIN_HZ * (excitation - thresholds[unit])
        expected = np.cumsum(np.where(above, np.minimum(rising_hz, peak_rates_hz[unit]), 0.0)) * STEP_S
        total = expected[-1]
        order = 1.0 / variation**2
        steps = rng.gamma(order, 1.0 / order, int(total * 1.5) + 6)
        marks = np.cumsum(steps) - rng.uniform(0, 1)
        marks = marks[(marks > 0) & (marks < total)]
        if len(marks):
            at_s = np.interp(marks, expected, np.arange(len(expected)) * STEP_S)
            add_spikes(target, shapes[unit], start_s + at_s)


@dataclass(frozen=True)
class Effort:
    """Time course of an effort: rise, hold and fall in seconds, and the size of its fluctuations."""

    rise_s: float
    hold_s: float
    fall_s: float
    wobble: float

    @property
    def seconds(self) -> float:
        """Total duration in seconds."""
        return self.rise_s + self.hold_s + self.fall_s

    def excitation(self, rng: Rng, level: float) -> Samples:
        """Return a smooth trapezoid of height `level` with slow noise, one value per `STEP_S`."""
        t = np.arange(0, self.seconds, STEP_S)
        ramp = np.interp(t, [0, self.rise_s, self.rise_s + self.hold_s, self.seconds], [0, 1, 1, 0])
        ramp = ramp * ramp * (3 - 2 * ramp)
        noise = signal.lfilter([STEP_S / 0.15], [1, STEP_S / 0.15 - 1], rng.normal(0, 1, len(t)))
        wobbling: Samples = level * ramp * np.maximum(0.2, 1 + self.wobble * noise / (noise.std() + 1e-9))
        return wobbling
