"""Discharge times of motor units: the volley of a twitch, and all other activity of the same units."""

from collections.abc import Iterator

import numpy as np

from acquisition.simulated.scenario import Muscle

Discharge = tuple[float, int]
"""Seconds after the start of the event, and the number of the unit in its pool."""

MIN_UNITS, MAX_UNITS = 3, 20
MIN_VOLLEY_S, MAX_VOLLEY_S = 0.020, 0.150
FIRST_RATE_HZ = (50.0, 80.0)
LAST_RATE_HZ = 20.0
RATE_FALL = 0.7
"""A twitch is 3-20 units within 20-150 ms, each at an instantaneous rate that falls from up to 80 to 20 per second
[D]: no human value is published."""

DRIVE_SPREAD = 0.1
SHORTEST_MEAN_S, LONGEST_MEAN_S = 0.025, 0.075
LENGTH_SPREAD = 0.3
JOINING_SHARE = 0.4
"""Within those limits [D]: standard deviation of the logarithm of the drive around the strength; mean length of the
weakest and of the strongest volley, and its scatter; and share of the volley in which units join."""

AFFERENT_SPREAD = 0.5
"""A contact excites afferents of groups II and III; their velocity varies by this share around the mean [D]."""

CENTRAL_S = 0.003
JUNCTION_S = 0.001
"""Delay in the cord, of 1-5 ms, and at the endplate [M]."""

DISCHARGE_JITTER = 0.15
"""Coefficient of variation of the intervals of a sustained contraction [M]."""

LOWEST_RATE_HZ = 8.0
RATE_SPAN_HZ = 16.0
"""Units begin at 8 per second and reach about 20; low-threshold units of the trapezius fire 10.5-12.5 per s [C]."""

HIGHEST_THRESHOLD = 0.9
LOOK_AGAIN_S = 0.02
START_SCATTER_S = 0.05
SHORTEST_INTERVAL_S = 0.01
"""Share of the full drive at which the last unit joins; interval at which a silent unit is checked again; scatter of
the first discharges; refractory time of a unit in a contraction [D]."""

LARGE_AFFERENT_M_S = 60.0
"""Conduction velocity of group I/II afferents, 50-70 m/s [M]."""

TAP_VOLLEYS_S = (0.0193, 0.0446)
"""Latencies of the tap reflex in paraspinal muscles (Zedka 1999, J Physiol 520:591 [C]); `reflex_delay_s` adds the
delay of a longer nerve."""

TAP_SHARES = (0.4, 0.25)
TAP_SCATTER_S = 0.0015
"""Share of a pool that answers the hardest tap, first and second volley, and their scatter [D]."""

STRETCH_SPREAD_S = (0.030, 0.055)
STRETCH_SHARES = (0.3, 0.4)
"""A stretch by a jab is slower than a tap: its volleys begin with those of a tap and spread over the epochs of human
reflexes, 20-50 and 50-100 ms (Neural Plast 2020, 8864407 [C]); shares of the pool [D]."""

EARLIEST_REFLEX_S = 0.005
"""Minimum latency of a tap volley, whatever its scatter."""

DOUBLET_SHARE = 0.2
DOUBLET_S = (0.032, 0.002)
"""A fasciculation may repeat as a doublet after about 32 ms (Kleine 2012, Clin Neurophysiol 123:399 [C]), mean and
standard deviation; share [D]."""

CRAMP_RATE_HZ = (40.0, 80.0)
"""Units of a cramp fire 40-150 times a second [M]; the lower half is used, because a whole band takes part."""

CRAMP_JOINING = (0.0, 0.3)
CRAMP_LEAVING = (0.7, 1.0)
SHORTEST_CRAMP_INTERVAL_S = 0.005
"""Shares of a cramp's length within which its units join and leave, and their refractory time [D]."""


def reflex_latency_s(muscle: Muscle, rng: np.random.Generator) -> float:
    """Return the delay from contact to the first motor discharge, from distances and velocities."""
    afferent_m_s = muscle.afferent_velocity_m_s * rng.uniform(1.0 - AFFERENT_SPREAD, 1.0 + AFFERENT_SPREAD)
    return _loop_s(muscle, afferent_m_s)


def _loop_s(muscle: Muscle, afferent_m_s: float) -> float:
    """Return the delay of a reflex from the muscle to the cord, through it, back, and across the endplate."""
    way_s = muscle.nerve_distance_m * (1.0 / afferent_m_s + 1.0 / muscle.motor_velocity_m_s)
    return way_s + CENTRAL_S + JUNCTION_S


def twitch_volley(strength: float, rng: np.random.Generator) -> list[Discharge]:
    """Return the discharges of a twitch of `strength` in [0, 1]: small units first, larger ones with more strength."""
    drive = min(1.0, strength * np.exp(DRIVE_SPREAD * rng.standard_normal()))
    n_units = round(np.clip(MIN_UNITS + (MAX_UNITS - MIN_UNITS) * drive, MIN_UNITS, MAX_UNITS))
    mean_s = SHORTEST_MEAN_S + (LONGEST_MEAN_S - SHORTEST_MEAN_S) * drive
    length_s = float(np.clip(mean_s * rng.lognormal(0.0, LENGTH_SPREAD), MIN_VOLLEY_S, MAX_VOLLEY_S))
    discharges = []
    for unit in range(n_units):
        time_s = length_s * rng.uniform(0.0, JOINING_SHARE)
        rate_hz = rng.uniform(*FIRST_RATE_HZ)
        while time_s <= length_s:
            discharges.append((float(time_s), unit))
            time_s += 1.0 / rate_hz
            rate_hz = max(LAST_RATE_HZ, RATE_FALL * rate_hz)
    first_s = min(time_s for time_s, _ in discharges)
    return [(time_s - first_s, unit) for time_s, unit in discharges]


def contraction(
    n_units: int, duration_s: float, ramp_s: float, level: float, rng: np.random.Generator
) -> Iterator[Discharge]:
    """Yield the discharges of a contraction that ramps up to `level` in [0, 1] of the pool and down again.

    A unit fires while the drive exceeds its threshold, at a rate that rises with the excess.
    """
    for unit in range(n_units):
        threshold = HIGHEST_THRESHOLD * unit / n_units
        time_s = ramp_s * threshold / max(level, 1e-6) + rng.uniform(0.0, START_SCATTER_S)
        while time_s < duration_s:
            drive = level * min(1.0, time_s / ramp_s, (duration_s - time_s) / ramp_s)
            if drive <= threshold:
                if time_s > duration_s / 2.0 or level <= threshold:
                    break
                time_s += LOOK_AGAIN_S
                continue
            yield float(time_s), unit
            rate_hz = LOWEST_RATE_HZ + RATE_SPAN_HZ * (drive - threshold)
            time_s += max(SHORTEST_INTERVAL_S, (1.0 + DISCHARGE_JITTER * rng.standard_normal()) / rate_hz)


def reflex_delay_s(muscle: Muscle) -> float:
    """Return the additional delay of a reflex in `muscle` relative to a paraspinal muscle, with large afferents."""
    return max(0.0, _loop_s(muscle, LARGE_AFFERENT_M_S) - TAP_VOLLEYS_S[0])


def tap_reflex(n_units: int, force: float, rng: np.random.Generator) -> Iterator[Discharge]:
    """Yield the two short volleys of the reflex to a jab's tap of `force` in (0, 1], in a paraspinal muscle."""
    for volley_s, share in zip(TAP_VOLLEYS_S, TAP_SHARES, strict=True):
        for unit in range(max(1, round(force * share * n_units))):
            yield float(max(EARLIEST_REFLEX_S, volley_s + TAP_SCATTER_S * rng.standard_normal())), unit


def stretch_reflex(n_units: int, force: float, rng: np.random.Generator) -> Iterator[Discharge]:
    """Yield the two spread volleys of the reflex to the stretch of a jab of `force` in (0, 1]."""
    for volley_s, spread_s, share in zip(TAP_VOLLEYS_S, STRETCH_SPREAD_S, STRETCH_SHARES, strict=True):
        for unit in range(max(1, round(force * share * n_units))):
            yield float(volley_s + spread_s * rng.random()), unit


def fasciculation(n_units: int, rng: np.random.Generator) -> Iterator[Discharge]:
    """Yield one discharge of one unit, sometimes a second one as the doublet of an F-wave."""
    unit = int(rng.integers(n_units))
    yield 0.0, unit
    if rng.random() < DOUBLET_SHARE:
        yield float(DOUBLET_S[0] + DOUBLET_S[1] * rng.standard_normal()), unit


def cramp(n_units: int, duration_s: float, rng: np.random.Generator) -> Iterator[Discharge]:
    """Yield the discharges of a cramp: units join one by one, fire fast, and drop out towards its end."""
    for unit in range(n_units):
        time_s = duration_s * rng.uniform(*CRAMP_JOINING)
        end_s = duration_s * rng.uniform(*CRAMP_LEAVING)
        rate_hz = rng.uniform(*CRAMP_RATE_HZ)
        while time_s < end_s:
            yield float(time_s), unit
            time_s += max(SHORTEST_CRAMP_INTERVAL_S, (1.0 + DISCHARGE_JITTER * rng.standard_normal()) / rate_hz)
