"""Needle as an electrode: potentials of fibres near its tip, and spontaneous activity of endplates.

Only the tip records, as with the monopolar and concentric needles of the literature, unless metal above it is bare. A
conductor averages the potentials along its surface. A bare acupuncture needle therefore records much less of the
activity at its tip, and averages that along its shaft. Grades as in `muscle.trigger_point`.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, resample

from acquisition.simulated.muscle.motor_units import (
    ANISOTROPY,
    CONDUCTIVITY_INSIDE_S_M,
    CONDUCTIVITY_RADIAL_S_M,
    ENDPLATE_SCATTER_MM,
    FIBRE_DIAMETER_M,
    PoolGeometry,
    line_source,
)
from acquisition.simulated.muscle.trigger_point import NIDUS_RADIUS_MM
from acquisition.simulated.signal.canvas import Canvas

RADII_MM = np.geomspace(0.2, 6.0, 12)
"""Distances between tip and fibre that are computed; fibres farther away are ignored."""

ENDPLATE_OFFSETS_MM = np.array([0.0, 1.0, 2.0, 3.0])
"""Distances between tip and endplate along the fibre: the tip is in the endplate zone, where trigger points are."""

TERRITORY_RADIUS_MM = 5.0
"""Motor units are 5-10 mm across [M]. The model of the skin uses narrower ones, which makes no difference there."""

FINE_GRID_MM = 0.2
FINE_RATE_HZ = 16_000.0

FIBRE_POTENTIAL_S = 0.012
"""Duration of a fibre's potential near the needle."""

HALF_LENGTH_MM = 50.0

MINIATURE_RATE_HZ = 1500.0
MINIATURE_SHAPE = 4.0
MINIATURE_TAU_S = 0.0005
"""Endplate noise is a dense sum of monophasic negative potentials of 1-2 ms (Preston & Shapiro [M]); their rate and the
spread of their size (gamma distributed with this shape) are assumptions."""

SPIKE_S = 0.0035
SPIKE_UV = (100.0, 600.0)
SPIKE_AMPLITUDE_SPREAD = 0.1
N_SPIKING_FIBRES = 3
SHORTEST_INTERVAL_S = 0.004
INTERVAL_SPREAD = 0.9
"""Endplate spikes: biphasic, negative first, 3-4 ms [M], 100-600 µV (Simons 2001, 2004 [M]), highly irregular, up to
50/s [C2]; intervals lognormal with this spread, from a few fibres, each with its own size [D]."""

SHAFT_STEP_MM = 1.0
"""Distance of the points at which the potential along a bare shaft is evaluated."""

INSERTION_S = (0.3, 0.5)
INSERTION_RATE_HZ = 150.0
INSERTION_UV = 150.0
"""Every movement of a needle injures fibres for 300-500 ms [C2]; rate and size of their discharges [D]."""


def tip_share(bare_mm: float) -> float:
    """Return the share of a potential within the nidus around the tip recorded with `bare_mm` of bare metal."""
    return min(1.0, NIDUS_RADIUS_MM / bare_mm) if bare_mm > 0.0 else 1.0


def needle_potentials(
    velocity_m_s: float, pool: PoolGeometry, bare_mm: float, internal_rate_hz: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the potentials of a pool's units at the needle.

    Parameters
    ----------
    velocity_m_s : float
        Conduction velocity.
    pool : PoolGeometry
        Geometry of the units; the tip is in the middle of the taut band.
    bare_mm : float
        Bare metal above the tip, over which potentials are averaged; 0 for the tip alone.
    internal_rate_hz : float
        Rate of the potentials.
    rng : Generator
        Source of the fibre positions.

    Returns
    -------
    ndarray, shape (n_units, n_samples)
        µV against a remote electrode.
    """
    table_uv = _fibre_table(velocity_m_s)
    shaft_mm = np.arange(0.0, bare_mm + SHAFT_STEP_MM / 2.0, SHAFT_STEP_MM)
    units = []
    for n_fibres in pool.sizes():
        across_mm, below_mm = (pool.across_mm, pool.below_mm) + pool.spread_mm * rng.standard_normal(2)
        angle = rng.uniform(0.0, 2.0 * np.pi, round(n_fibres))
        out_mm = TERRITORY_RADIUS_MM * np.sqrt(rng.random(angle.size))
        x_mm, y_mm = across_mm + out_mm * np.cos(angle), below_mm + out_mm * np.sin(angle)
        # An endplate as far on the other side of the tip gives the same potential, so one side is enough.
        offset_mm = ENDPLATE_SCATTER_MM * rng.random(angle.size)
        column = np.abs(offset_mm[:, None] - ENDPLATE_OFFSETS_MM).argmin(axis=1)
        counts = np.zeros(table_uv.shape[:2])
        for above_mm in shaft_mm:
            radius_mm = np.hypot(x_mm, y_mm + above_mm)
            near = radius_mm < RADII_MM[-1]
            row = np.abs(np.log(np.maximum(radius_mm[near, None], RADII_MM[0]) / RADII_MM)).argmin(axis=1)
            np.add.at(counts, (row, column[near]), 1.0)
        units.append(np.tensordot(counts / shaft_mm.size, table_uv, 2))
    potentials_uv = np.stack(units)
    n_samples = round(FIBRE_POTENTIAL_S * internal_rate_hz)
    return np.asarray(resample(np.pad(potentials_uv, ((0, 0), (0, potentials_uv.shape[1]))), 2 * n_samples, axis=1))[
        :, :n_samples
    ]


@lru_cache(maxsize=4)  # one muscle has one velocity and many pools
def _fibre_table(velocity_m_s: float) -> NDArray[np.float64]:
    """Return potentials of one fibre, shape (n_radii, n_offsets, n_samples), in µV at `FINE_RATE_HZ`.

    The model is a line source in an infinite anisotropic medium, against a remote electrode.
    """
    time_s = np.arange(round(FIBRE_POTENTIAL_S * FINE_RATE_HZ)) / FINE_RATE_HZ
    area_m2 = np.pi * FIBRE_DIAMETER_M**2 / 4.0
    scale_m = CONDUCTIVITY_INSIDE_S_M * area_m2 / (4.0 * np.pi * CONDUCTIVITY_RADIAL_S_M)
    table = np.empty((RADII_MM.size, ENDPLATE_OFFSETS_MM.size, time_s.size))
    for column, offset_mm in enumerate(ENDPLATE_OFFSETS_MM):
        z_mm, source = line_source(
            time_s, velocity_m_s, offset_mm, -HALF_LENGTH_MM, HALF_LENGTH_MM, grid_mm=FINE_GRID_MM
        )
        distance_sq = ANISOTROPY * RADII_MM[:, None] ** 2 + z_mm**2
        weights = z_mm / (distance_sq * np.sqrt(distance_sq))
        table[:, column] = weights @ source * (scale_m * 1e9 * FINE_GRID_MM)
    # The window ends before the potentials reach the tendons, so the rest is faded out.
    table *= np.clip((FIBRE_POTENTIAL_S - time_s) / 0.003, 0.0, 1.0)
    return table


class EndplateActivity:
    """Spontaneous electrical activity at the needle tip, and insertional bursts.

    Parameters
    ----------
    rate_hz : float
        Internal rate.
    rng : Generator
        Source of every discharge.
    """

    def __init__(self, rate_hz: float, rng: np.random.Generator) -> None:
        self._rate_hz = rate_hz
        self._rng = rng
        self._canvas = Canvas(rate_hz, 1)
        time_s = np.arange(round(8.0 * MINIATURE_TAU_S * rate_hz)) / rate_hz
        pulse = -time_s * np.exp(-time_s / MINIATURE_TAU_S)
        # Campbell's theorem: with amplitudes of mean 1 and variance 1/shape, this gives noise of RMS 1.
        power = (1.0 + 1.0 / MINIATURE_SHAPE) * MINIATURE_RATE_HZ / rate_hz * np.sum(pulse**2)
        self._pulse = pulse / np.sqrt(power)
        self._pulse_state = np.zeros(self._pulse.size - 1)
        self._spike = _spike(rate_hz)
        self._spike_sizes_uv = SPIKE_UV[0] * (SPIKE_UV[1] / SPIKE_UV[0]) ** rng.random(N_SPIKING_FIBRES)
        self._next_spike_s = 0.0
        self._n_done = 0
        self._level_uv: float | None = None
        self._silences_s: list[tuple[float, float]] = []

    def interrupt(self, start_s: float, stop_s: float) -> None:
        """Silence the endplates during and after a twitch."""
        self._silences_s.append((start_s, stop_s))

    def insert(self, time_s: float) -> float:
        """Add the burst of a needle movement, and return its end."""
        duration_s = self._rng.uniform(*INSERTION_S)
        for at_s in np.sort(self._rng.random(self._rng.poisson(INSERTION_RATE_HZ * duration_s))) * duration_s:
            fading = 1.0 - 0.6 * at_s / duration_s
            size_uv = INSERTION_UV * self._rng.lognormal(0.0, 0.5) * fading * self._rng.choice([-1.0, 1.0])
            self._canvas.add(time_s + at_s, size_uv * self._spike)
        return float(time_s + duration_s)

    def next_step(self, n_samples: int, noise_uv: float, spikes_per_s: float) -> NDArray[np.float64]:
        """Return the next samples in µV, shape (n_samples,).

        Parameters
        ----------
        n_samples : int
            Number of samples.
        noise_uv : float
            RMS of endplate noise at the end of the step, approached linearly.
        spikes_per_s : float
            Mean rate of endplate spikes within the step.
        """
        start_s, end_s = self._n_done / self._rate_hz, (self._n_done + n_samples) / self._rate_hz
        self._spikes(start_s, end_s, spikes_per_s)
        first_uv = noise_uv if self._level_uv is None else self._level_uv
        gain_uv = np.linspace(first_uv, noise_uv, n_samples)
        time_s = (self._n_done + np.arange(n_samples)) / self._rate_hz
        for silence_start_s, silence_stop_s in self._silences_s:
            gain_uv[(time_s >= silence_start_s) & (time_s < silence_stop_s)] = 0.0
        self._silences_s = [silence for silence in self._silences_s if silence[1] > end_s]
        total_uv = gain_uv * self._unit_noise(n_samples) + self._canvas.next_step(n_samples)[0]
        self._n_done += n_samples
        self._level_uv = noise_uv
        return np.asarray(total_uv)

    def _unit_noise(self, n_samples: int) -> NDArray[np.float64]:
        """Return endplate noise of RMS 1 without its mean, which no EMG amplifier passes."""
        rate = MINIATURE_RATE_HZ / self._rate_hz
        # The sum of n gamma distributed amplitudes is gamma distributed, so one draw per sample is enough.
        n_at_once = self._rng.poisson(rate, n_samples)
        drive = self._rng.standard_gamma(MINIATURE_SHAPE * n_at_once) / MINIATURE_SHAPE - rate
        noise, self._pulse_state = lfilter(self._pulse, [1.0], drive, zi=self._pulse_state)
        return np.asarray(noise)

    def _spikes(self, start_s: float, end_s: float, per_s: float) -> None:
        if per_s < 0.1:
            return
        self._next_spike_s = max(self._next_spike_s, start_s)
        mean_s = max(1.0 / per_s - SHORTEST_INTERVAL_S, SHORTEST_INTERVAL_S)
        while self._next_spike_s < end_s:
            at_s, size_uv = self._next_spike_s, self._spike_sizes_uv[self._rng.integers(N_SPIKING_FIBRES)]
            size_uv *= np.exp(SPIKE_AMPLITUDE_SPREAD * self._rng.standard_normal())
            if not any(silence_start <= at_s < silence_stop for silence_start, silence_stop in self._silences_s):
                self._canvas.add(at_s, size_uv * self._spike)
            gap = self._rng.lognormal(-0.5 * INTERVAL_SPREAD**2, INTERVAL_SPREAD)
            self._next_spike_s = at_s + SHORTEST_INTERVAL_S + mean_s * gap


def _spike(rate_hz: float) -> NDArray[np.float64]:
    """Return an endplate spike of height 1, negative first, shape (1, n_samples)."""
    time = (np.arange(round(SPIKE_S * rate_hz)) + 0.5) / (SPIKE_S * rate_hz)
    shape = -np.sin(2.0 * np.pi * time) * np.exp(-1.5 * time)
    return np.asarray(shape / np.abs(shape).max())[np.newaxis]
