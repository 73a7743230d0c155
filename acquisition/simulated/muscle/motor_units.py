"""Layer 2: motor units and the volume conductor between them and the skin.

The source is that of a line fibre of finite length. Two copies of the slope of the intracellular action potential are
generated at the endplate, travel to both tendons with the conduction velocity and are extinguished there
(Dimitrov & Dimitrova 1998; Farina & Merletti 2001 [M]). The transmembrane current therefore sums to zero at every
instant, and the end effects follow from the model. The muscle is an anisotropic half-space below insulating air.

Not modelled: curved or pennate fibres, bone, the size of the electrodes, a fat layer of its own conductivity (fat acts
as distance, see `FAT_DISTANCE_FACTOR`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample

from acquisition.simulated.electrodes import ElectrodePair
from acquisition.simulated.scenario import Muscle

CONDUCTIVITY_RADIAL_S_M = 0.063
CONDUCTIVITY_AXIAL_S_M = 0.33
"""Conductivity of muscle across and along the fibres (Andreassen & Rosenfalck 1981 [M])."""

CONDUCTIVITY_INSIDE_S_M = 1.01
"""Conductivity inside a fibre (Andreassen & Rosenfalck 1981 [M])."""

FIBRE_DIAMETER_M = 55e-6
"""Diameter of a human skeletal muscle fibre [M]."""

ANISOTROPY = CONDUCTIVITY_AXIAL_S_M / CONDUCTIVITY_RADIAL_S_M

FAT_DISTANCE_FACTOR = 1.6
"""Isotropic millimetres with the attenuation of a millimetre of fat [D]; a surface signal then falls roughly as in
Kuiken 2003, Prosthet Orthot Int 27:48 [C] (31, 80 and 90 % with 3, 9 and 18 mm added fat)."""

ROSENFALCK_MV = 96.0
"""Intracellular action potential 96 z^3 exp(-z) - 90 mV with z in mm (Rosenfalck 1969 [M])."""

GRID_MM = 1.0
"""Step of the integral along the fibre, small relative to the distance of the electrodes."""

TEMPLATE_RATE_HZ = 4000.0
"""Rate at which potentials are computed before interpolation; at the skin they contain nothing above 1 kHz."""

TAIL_MM = 15.0
"""Length that the action potential needs to leave the fibre at its tendon."""

N_LINES = 5
"""Number of lines that represent the fibres of one unit."""

ENDPLATE_SCATTER_MM = 3.0
TENDON_SCATTER_MM = 3.0
TERRITORY_SD_MM = 3.0
"""Scatter of the fibres of one unit [D]: endplates and tendons uniformly within plus and minus these distances, fibres
across the band with this standard deviation, in depth with half of it."""


@dataclass(frozen=True, slots=True)
class PoolGeometry:
    """Positions and sizes of the units of a pool.

    Attributes
    ----------
    n_units : int
        Number of units.
    across_mm, spread_mm : float
        Centre and standard deviation of their positions across the fibres.
    below_mm : float
        Depth below the taut band.
    smallest_fibres, largest_fibres : float
        Number of fibres of the first and of the last recruited unit; sizes in between grow exponentially. They are
        smaller than whole units of a large muscle (about 1900 in the gastrocnemius, Feinstein 1955 [M]), so that the
        potentials at the skin have human amplitudes [D].
    """

    n_units: int
    across_mm: float
    spread_mm: float
    below_mm: float = 0.0
    smallest_fibres: float = 80.0
    largest_fibres: float = 500.0

    def sizes(self) -> NDArray[np.float64]:
        """Return the number of fibres of every unit, in order of recruitment."""
        return np.asarray(np.geomspace(self.smallest_fibres, self.largest_fibres, self.n_units))


class MotorUnitPool:
    """Motor units in order of recruitment, with their potentials at every pair.

    Attributes
    ----------
    potentials_uv : ndarray, shape (n_units, n_channels, n_samples)
        Motor-unit action potentials from the moment that the endplates fire, in µV at the internal rate.
    """

    def __init__(
        self,
        muscle: Muscle,
        pool: PoolGeometry,
        pairs: Sequence[ElectrodePair],
        internal_rate_hz: float,
        rng: np.random.Generator,
    ) -> None:
        muscle = replace(muscle, depth_mm=muscle.depth_mm + pool.below_mm)
        potentials = []
        for place, n_fibres in zip(np.linspace(0.0, 1.0, pool.n_units), pool.sizes(), strict=True):
            # Larger units conduct slightly faster (Andreassen & Arendt-Nielsen 1987 [M]).
            velocity = muscle.conduction_velocity_m_s * (0.93 + 0.14 * place + 0.03 * rng.standard_normal())
            across_mm = pool.across_mm + pool.spread_mm * rng.standard_normal()
            potentials.append(n_fibres * _unit_potential(muscle, across_mm, velocity, pairs, rng))
        length = max(potential.shape[1] for potential in potentials)
        padded = [np.pad(potential, ((0, 0), (0, length - potential.shape[1]))) for potential in potentials]
        self.potentials_uv = _at_rate(np.stack(padded), internal_rate_hz)

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.potentials_uv)

    def replace_channel(self, channel: int, potentials_uv: NDArray[np.float64]) -> None:
        """Set the potentials of a channel that is not a pair on the skin, shape (n_units, n_samples)."""
        length = min(potentials_uv.shape[1], self.potentials_uv.shape[2])
        self.potentials_uv[:, channel] = 0.0
        self.potentials_uv[:, channel, :length] = potentials_uv[:, :length]


def _unit_potential(
    muscle: Muscle,
    across_mm: float,
    velocity_m_s: float,
    pairs: Sequence[ElectrodePair],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the mean potential of one fibre of a unit at each pair, shape (n_channels, n_samples), in µV."""
    duration_s = (muscle.half_length_mm + 3.0 * TENDON_SCATTER_MM + TAIL_MM) / (1000.0 * velocity_m_s)
    time_s = np.arange(int(duration_s * TEMPLATE_RATE_HZ) + 1) / TEMPLATE_RATE_HZ
    zone_mm = 2.0 * rng.standard_normal()
    total = np.zeros((len(pairs), time_s.size))
    for _ in range(N_LINES):
        depth_mm = max(1.0, muscle.depth_mm + TERRITORY_SD_MM * rng.standard_normal() / 2.0)
        x_mm = across_mm + TERRITORY_SD_MM * rng.standard_normal()
        endplate_mm = zone_mm + ENDPLATE_SCATTER_MM * rng.uniform(-1.0, 1.0)
        ends_mm = muscle.half_length_mm + TENDON_SCATTER_MM * rng.uniform(-1.0, 1.0, 2)
        z_mm, source = line_source(time_s, velocity_m_s, endplate_mm, -ends_mm[0], ends_mm[1])
        total += pair_weights(z_mm, depth_mm, muscle.fat_mm, x_mm, pairs) @ source
    return total / N_LINES


def line_source(
    time_s: NDArray[np.float64],
    velocity_m_s: float,
    endplate_mm: float,
    left_mm: float,
    right_mm: float,
    grid_mm: float = GRID_MM,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the axial current density of a fibre whose endplate fires at time 0.

    Parameters
    ----------
    time_s : ndarray, shape (n_samples,)
        Seconds since the endplate fired.
    velocity_m_s : float
        Conduction velocity.
    endplate_mm, left_mm, right_mm : float
        Positions of the endplate and of both tendons along the fibre.
    grid_mm : float
        Distance of the points.

    Returns
    -------
    z_mm : ndarray, shape (n_points,)
        Points along the fibre.
    source : ndarray, shape (n_points, n_samples)
        Slope of the intracellular potential in mV/mm, positive towards the right tendon, zero beyond the tendons.
        The transmembrane current is its derivative along z.
    """
    z_mm = np.arange(left_mm + grid_mm / 2.0, right_mm, grid_mm)
    distance_mm = np.abs(z_mm - endplate_mm)[:, np.newaxis]
    front_mm = 1000.0 * velocity_m_s * time_s[np.newaxis, :]
    behind = np.maximum(front_mm - distance_mm, 0.0)
    # exp(-behind) as a product, which needs a tenth of the exponentials; where behind is 0, the product is 0 anyway
    slope = (ROSENFALCK_MV * np.exp(distance_mm)) * (3.0 - behind) * behind**2 * np.exp(-front_mm)
    # The wave to the left is the mirror image: its slope along z has the opposite sign.
    return z_mm, np.where(z_mm >= endplate_mm, -1.0, 1.0)[:, np.newaxis] * slope


def pair_weights(
    z_mm: NDArray[np.float64], depth_mm: float, fat_mm: float, x_mm: float, pairs: Sequence[ElectrodePair]
) -> NDArray[np.float64]:
    """Return the contribution of each point of a fibre's source at each pair, shape (n_channels, n_points).

    The product with `line_source` is in µV. The weights are the derivative along the fibre of the potential of a point
    current in an anisotropic medium, doubled by the insulating surface, at one electrode minus the other.
    """
    across_mm = np.array([pair.across_mm for pair in pairs])
    radial_sq = (np.sqrt(ANISOTROPY) * depth_mm + FAT_DISTANCE_FACTOR * fat_mm) ** 2
    radial_sq = (radial_sq + ANISOTROPY * (across_mm - x_mm) ** 2)[:, np.newaxis]
    weights = np.zeros((len(pairs), z_mm.size))
    for sign in (1.0, -1.0):
        electrode_mm = np.array([pair.along_mm + sign * pair.spacing_mm / 2.0 for pair in pairs])
        away_mm = z_mm[np.newaxis, :] - electrode_mm[:, np.newaxis]
        distance_sq = radial_sq + away_mm**2
        weights += sign * away_mm / (distance_sq * np.sqrt(distance_sq))
    area_m2 = np.pi * FIBRE_DIAMETER_M**2 / 4.0
    scale_m = 2.0 * CONDUCTIVITY_INSIDE_S_M * area_m2 / (4.0 * np.pi * CONDUCTIVITY_RADIAL_S_M)
    # mV/mm is V/m, the weights are per mm^2 and integrate over mm: 1e3 for 1/mm, 1e6 for µV.
    return weights * (scale_m * 1e9 * GRID_MM)


def _at_rate(potentials_uv: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    """Interpolate potentials from `TEMPLATE_RATE_HZ` to a whole multiple of it."""
    factor = round(rate_hz / TEMPLATE_RATE_HZ)
    if factor == 1:
        return potentials_uv
    n_samples = potentials_uv.shape[2]
    # Pad, so that the interpolation's ringing does not wrap from the end into the start.
    padded = np.pad(potentials_uv, ((0, 0), (0, 0), (0, n_samples)))
    return np.asarray(resample(padded, factor * padded.shape[2], axis=2))[:, :, : factor * n_samples]
