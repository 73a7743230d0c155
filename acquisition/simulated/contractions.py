"""When motor units fire: the volley of a twitch, and everything else that the same units do."""

from collections.abc import Iterator

import numpy as np

from acquisition.simulated.scenario import Muscle

Discharge = tuple[float, int]
"""Seconds after the start of the whole, and the number of the unit in its pool."""

MIN_UNITS, MAX_UNITS = 3, 20
MIN_VOLLEY_S, MAX_VOLLEY_S = 0.020, 0.150
FIRST_RATE_HZ = (50.0, 80.0)
LAST_RATE_HZ = 20.0
RATE_FALL = 0.7
"""A twitch is 3-20 units within 20-150 ms, each at an instantaneous rate that falls from up to 80 to 20 per second
[D], project's notes on physiology section 2: no human value is published."""

AFFERENT_M_S = (20.0, 60.0)
MOTOR_M_S = 55.0
CENTRAL_S = 0.003
JUNCTION_S = 0.001
"""Conduction of group II/III afferents and motor axons, delay in the cord and at the endplate [M]."""

DISCHARGE_JITTER = 0.15
"""Coefficient of variation of the intervals of a sustained contraction [M]."""

LOWEST_RATE_HZ = 8.0
RATE_SPAN_HZ = 16.0
"""Units begin at 8 per second and reach some 20; low-threshold units of the trapezius fire 10.5-12.5 per second [C]."""

LARGE_AFFERENT_M_S = 60.0
"""Conduction of group I/II afferents, 50-70 m/s [M]."""

TAP_VOLLEYS_S = (0.0193, 0.0446)
"""Latencies of the tap reflex in muscles beside the spine (Zedka 1999, J Physiol 520:591 [C]); `reflex_delay_s`
adds what a longer nerve takes."""

TAP_SHARES = (0.4, 0.25)
TAP_SCATTER_S = 0.0015
"""Share of a pool that answers the hardest tap, first and second volley, and their scatter [D]."""

STRETCH_SPREAD_S = (0.030, 0.055)
STRETCH_SHARES = (0.3, 0.4)
"""A jab that stretches is slower than one that taps: its volleys begin where those of a tap do and spread over the
epochs of human reflexes, 20-50 and 50-100 ms (Neural Plast 2020, 8864407 [C]); shares of the pool [D]."""

CRAMP_RATE_HZ = (40.0, 80.0)
"""Units of a cramp fire 40-150 times a second [M]; the lower half, since a whole band takes part."""


def reflex_latency_s(muscle: Muscle, rng: np.random.Generator) -> float:
    """Return the delay from contact to the first motor discharge, made of distances and velocities."""
    afferent_m_s = rng.uniform(*AFFERENT_M_S)
    return muscle.nerve_distance_m * (1.0 / afferent_m_s + 1.0 / MOTOR_M_S) + CENTRAL_S + JUNCTION_S


def twitch_volley(strength: float, rng: np.random.Generator) -> list[Discharge]:
    """Return the discharges of a twitch of `strength` in [0, 1]: small units first, bigger ones as it is stronger."""
    drive = min(1.0, strength * np.exp(0.1 * rng.standard_normal()))
    n_units = round(np.clip(MIN_UNITS + (MAX_UNITS - MIN_UNITS) * drive, MIN_UNITS, MAX_UNITS))
    length_s = float(np.clip((0.025 + 0.05 * drive) * rng.lognormal(0.0, 0.3), MIN_VOLLEY_S, MAX_VOLLEY_S))
    discharges = []
    for unit in range(n_units):
        time_s = length_s * rng.uniform(0.0, 0.4)
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

    A unit fires while the drive exceeds its threshold, faster the more it does.
    """
    for unit in range(n_units):
        threshold = 0.9 * unit / n_units
        time_s = ramp_s * threshold / max(level, 1e-6) + rng.uniform(0.0, 0.05)
        while time_s < duration_s:
            drive = level * min(1.0, time_s / ramp_s, (duration_s - time_s) / ramp_s)
            if drive <= threshold:
                if time_s > duration_s / 2.0 or level <= threshold:
                    break
                time_s += 0.02
                continue
            yield float(time_s), unit
            rate_hz = LOWEST_RATE_HZ + RATE_SPAN_HZ * (drive - threshold)
            time_s += max(0.01, (1.0 + DISCHARGE_JITTER * rng.standard_normal()) / rate_hz)


def reflex_delay_s(muscle: Muscle) -> float:
    """Return how much later than beside the spine large afferents and motor axons bring a reflex to `muscle`."""
    there_and_back_s = muscle.nerve_distance_m * (1.0 / LARGE_AFFERENT_M_S + 1.0 / MOTOR_M_S)
    return max(0.0, there_and_back_s + CENTRAL_S + JUNCTION_S - TAP_VOLLEYS_S[0])


def tap_reflex(n_units: int, force: float, rng: np.random.Generator) -> Iterator[Discharge]:
    """Yield the two short volleys with which a jab's tap of `force` in (0, 1] is answered beside the spine."""
    for volley_s, share in zip(TAP_VOLLEYS_S, TAP_SHARES, strict=True):
        for unit in range(max(1, round(force * share * n_units))):
            yield float(max(0.005, volley_s + TAP_SCATTER_S * rng.standard_normal())), unit


def stretch_reflex(n_units: int, force: float, rng: np.random.Generator) -> Iterator[Discharge]:
    """Yield the two spread volleys with which the stretch of a jab of `force` in (0, 1] is answered."""
    for volley_s, spread_s, share in zip(TAP_VOLLEYS_S, STRETCH_SPREAD_S, STRETCH_SHARES, strict=True):
        for unit in range(max(1, round(force * share * n_units))):
            yield float(volley_s + spread_s * rng.random()), unit


def fasciculation(n_units: int, rng: np.random.Generator) -> Iterator[Discharge]:
    """Yield one discharge of one unit; one in five comes again after 32 ms (Kleine 2012 [C])."""
    unit = int(rng.integers(n_units))
    yield 0.0, unit
    if rng.random() < 0.2:
        yield float(0.032 + 0.002 * rng.standard_normal()), unit


def cramp(n_units: int, duration_s: float, rng: np.random.Generator) -> Iterator[Discharge]:
    """Yield the discharges of a cramp: units join one by one, fire fast, and drop out towards its end."""
    for unit in range(n_units):
        time_s = duration_s * 0.3 * rng.random()
        end_s = duration_s * rng.uniform(0.7, 1.0)
        rate_hz = rng.uniform(*CRAMP_RATE_HZ)
        while time_s < end_s:
            yield float(time_s), unit
            time_s += max(0.005, (1.0 + DISCHARGE_JITTER * rng.standard_normal()) / rate_hz)
