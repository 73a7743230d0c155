"""The simulated patient: all layers together, sample by sample."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acquisition.core import BoardConfigError
from acquisition.simulated import nuisances
from acquisition.simulated.adc import DEFAULT_GAIN, SAMPLING_RATES_HZ, Converter, Decimator, internal_rate_hz
from acquisition.simulated.canvas import Canvas
from acquisition.simulated.contractions import (
    Discharge,
    contraction,
    fasciculation,
    reflex_latency_s,
    tap_reflex,
    twitch_volley,
)
from acquisition.simulated.electrodes import MAX_CHANNELS, electrode_pairs
from acquisition.simulated.measure import TwitchMeter
from acquisition.simulated.motor_units import MotorUnitPool, MuscleGeometry, PoolGeometry
from acquisition.simulated.needling import NeedlingScript
from acquisition.simulated.scenario import Scenario
from acquisition.simulated.trigger_point import NeedleContact, TriggerPoint
from acquisition.simulated.truth import Confounder, Truth

STEP_S = 0.2
"""The patient lives in steps of this length, whatever the chunks that are asked for; a whole number of samples at
every rate and of accelerometer values."""

ACCEL_RATE_HZ = 25
ACCEL_G_PER_COUNT = 0.000125
"""The Cyton's LIS3DH."""

ACCEL_REST_G = (0.03, -0.05, 0.99)
ACCEL_NOISE_G = 0.004

CONFOUNDERS_AFTER_S = 3.0
"""Confounders begin this long after the first pass, so that baseline and first twitch are undisturbed."""

POOLS = {
    "band": PoolGeometry(n_units=20, across_mm=0.0, spread_mm=1.5),
    "muscle": PoolGeometry(n_units=24, across_mm=0.0, spread_mm=15.0),
    "synergist": PoolGeometry(n_units=12, across_mm=70.0, spread_mm=10.0),
    "remote": PoolGeometry(n_units=12, across_mm=200.0, spread_mm=8.0),
}
"""Motor units of the taut band, of the rest of its muscle, of a synergist, and of the muscle under the reference."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Consecutive samples before the converter's last stage.

    Attributes
    ----------
    signal_uv : ndarray, shape (n_samples, n_channels)
        Decimated signal.
    unit_noise : ndarray, shape (n_samples, n_channels)
        White noise of variance 1, which the converter scales to its own by gain.
    accel : ndarray of int32, shape (n_samples, 3)
        Accelerometer counts, held between new values.
    """

    signal_uv: NDArray[np.float64]
    unit_noise: NDArray[np.float64]
    accel: NDArray[np.int32]


class SimulatedPatient:
    """A patient under the needle, seen through bipolar pairs and an ADS1299.

    The same scenario, seed, rate and number of channels give the same samples whatever the chunks. The analog world is
    drawn at four times the sampling rate or more and decimated by a sinc³ filter, so droop and aliasing are real; the
    converter's noise is added behind it at the figures of the data sheet.

    Parameters
    ----------
    scenario : Scenario
        What the patient is like.
    seed : int
        Which patient, 0 or more.
    sampling_rate_hz : int
        One of the ADS1299's: 250, 500, 1000, 2000, 4000, 8000, 16000.
    n_channels : int
        1 to 16; the first looks at the band, the last at another muscle.

    Raises
    ------
    BoardConfigError
        When the rate or the number of channels is not one of those.
    """

    def __init__(self, scenario: Scenario, seed: int, sampling_rate_hz: int, n_channels: int) -> None:
        if sampling_rate_hz not in SAMPLING_RATES_HZ:
            known = ", ".join(str(rate) for rate in SAMPLING_RATES_HZ)
            raise BoardConfigError(f"the simulated patient has no rate of {sampling_rate_hz:g} SPS; it knows {known}")
        if not 1 <= n_channels <= MAX_CHANNELS:
            raise BoardConfigError(f"the simulated patient has 1 to {MAX_CHANNELS} channels, not {n_channels}")
        self.scenario = scenario
        self.sampling_rate_hz = int(sampling_rate_hz)
        self.pairs = electrode_pairs(n_channels)
        self.converter = Converter(self.sampling_rate_hz, [DEFAULT_GAIN] * n_channels)
        self.point = TriggerPoint(scenario.trigger_point.irritability)
        self._n_made = 0
        self._step_number = 0
        self._step = Samples(np.empty((0, n_channels)), np.empty((0, n_channels)), np.empty((0, 3), np.int32))
        self._truth = Truth()
        self._output_events: list[tuple[int, int, NDArray[np.float64]]] = []
        # One generator for each layer: another layer, or another scenario, leaves the draws of the rest alone.
        streams = np.random.SeedSequence(seed).spawn(8)
        rngs = [np.random.Generator(np.random.PCG64(stream)) for stream in streams]
        self._build(rngs)

    def _build(self, rngs: list[np.random.Generator]) -> None:
        skin, rate_hz, n_channels = self.scenario.skin, internal_rate_hz(self.sampling_rate_hz), len(self.pairs)
        anatomy, skin_rng, mains_rng, heart_rng, script_rng, self._twitch_rng, trouble_rng, self._adc_rng = rngs
        muscle = self.scenario.muscle
        geometry = MuscleGeometry(muscle.depth_mm, muscle.fat_mm, muscle.half_length_mm, muscle.conduction_velocity_m_s)
        self._pools = {
            name: MotorUnitPool(geometry, pool, self.pairs, rate_hz, anatomy) for name, pool in POOLS.items()
        }
        self._canvas = Canvas(rate_hz, n_channels)
        self._noise = nuisances.SkinNoise(skin, n_channels, rate_hz, skin_rng)
        self._mains = nuisances.Mains(skin, n_channels, rate_hz, mains_rng)
        self._heart = nuisances.Heart(skin, n_channels, rate_hz, heart_rng)
        self._script = NeedlingScript(self.scenario.needling, script_rng)
        self._decimator = Decimator(round(rate_hz / self.sampling_rate_hz), n_channels)
        self._meter = TwitchMeter(self._noise, self.pairs, self.sampling_rate_hz)
        self._troubles = self._schedule(trouble_rng)

    @property
    def n_made(self) -> int:
        """Samples handed out so far."""
        return self._n_made

    @property
    def truth(self) -> Truth:
        """What really began within the samples handed out so far."""
        return self._truth.until(self._n_made / self.sampling_rate_hz)

    def next_counts(self, n_samples: int) -> NDArray[np.int32]:
        """Return the next samples as counts at the gains of `converter`, shape (n_samples, n_channels)."""
        samples = self.next_samples(n_samples)
        return self.converter.convert(samples.signal_uv, samples.unit_noise)

    def next_samples(self, n_samples: int) -> Samples:
        """Return the next samples before the converter's last stage."""
        parts = []
        missing = n_samples
        while missing > 0:
            if len(self._step.signal_uv) == 0:
                self._step = self._next_step()
            step = self._step
            n = min(missing, len(step.signal_uv))
            parts.append(Samples(step.signal_uv[:n], step.unit_noise[:n], step.accel[:n]))
            self._step = Samples(step.signal_uv[n:], step.unit_noise[n:], step.accel[n:])
            missing -= n
        self._n_made += n_samples
        if len(parts) == 1:
            return parts[0]
        return Samples(
            np.concatenate([part.signal_uv for part in parts] or [np.empty((0, len(self.pairs)))]),
            np.concatenate([part.unit_noise for part in parts] or [np.empty((0, len(self.pairs)))]),
            np.concatenate([part.accel for part in parts] or [np.empty((0, 3), np.int32)]),
        )

    def _next_step(self) -> Samples:
        n_out = round(STEP_S * self.sampling_rate_hz)
        n_in = round(STEP_S * self._canvas.rate_hz)
        end_s = (self._step_number + 1) * STEP_S
        self._plan(end_s)
        analog_uv = self._canvas.next_step(n_in)
        analog_uv += self._noise.next_step(n_in)
        analog_uv += self._mains.next_step(n_in)
        signal_uv = self._decimator(analog_uv).T.copy()
        self._add_output_events(signal_uv, self._step_number * n_out)
        n_accel = round(STEP_S * ACCEL_RATE_HZ)
        accel_g = ACCEL_REST_G + ACCEL_NOISE_G * self._adc_rng.standard_normal((n_accel, 3))
        accel = np.rint(accel_g / ACCEL_G_PER_COUNT).astype(np.int32)
        self._step_number += 1
        return Samples(
            signal_uv, self._adc_rng.standard_normal(signal_uv.shape), np.repeat(accel, n_out // n_accel, axis=0)
        )

    def _add_output_events(self, signal_uv: NDArray[np.float64], first_index: int) -> None:
        """Add what happens behind the decimator: bit errors and impulses shorter than its response."""
        for start, channel, values_uv in self._output_events:
            low = start - first_index
            part = values_uv[: max(0, len(signal_uv) - low)]
            signal_uv[low : low + len(part), channel] += part
        self._output_events.clear()

    def _plan(self, end_s: float) -> None:
        """Let everything happen that begins before `end_s`."""
        if self.scenario.skin.ecg_uv > 0.0:
            for r_s in self._heart.beats_before(end_s):
                self._canvas.add(r_s - nuisances.HEART_START_S, self._heart.waveform_uv)
                self._note(r_s - nuisances.QRS_HALF_S, r_s + nuisances.QRS_HALF_S, "heartbeat")
        for contact in self._script.passes_before(end_s):
            self._pass_needle(contact)
        for trouble in self._troubles:
            trouble.happen_before(end_s)

    def _note(self, start_s: float, stop_s: float, kind: str) -> None:
        self._truth.confounders.append(Confounder(float(start_s), float(stop_s), kind))

    def _pass_needle(self, contact: NeedleContact) -> None:
        rng, confounders = self._twitch_rng, self.scenario.confounders
        self._truth.needle_contacts.append(contact.time_s)
        motion_uv = nuisances.needle_motion(self.pairs, confounders.needle_motion_uv, self._canvas.rate_hz, rng)
        self._canvas.add(contact.time_s, motion_uv)
        latency_s = reflex_latency_s(self.scenario.muscle, rng)
        wince, tap, wince_after_s = rng.random(), rng.random(), rng.uniform(0.08, 0.3)
        strength = self.point.contact(contact) if self.scenario.trigger_point.irritability > 0.0 else None
        if strength is not None:
            self._twitch(contact.time_s, contact.time_s + latency_s, strength)
        if contact.time_s <= self._script.first_pass_s + CONFOUNDERS_AFTER_S:
            return
        if tap < confounders.tap_reflex_share:
            for pool in ("muscle", "synergist"):
                self._fire(contact.time_s, pool, tap_reflex(self._pools[pool].n_units, rng))
            self._note(contact.time_s + 0.015, contact.time_s + 0.08, "tap reflex")
        if wince < confounders.wince_share:
            self._contract(contact.time_s + wince_after_s, rng.uniform(0.2, 0.5), 0.05, 0.9, "wince", rng)

    def _twitch(self, contact_s: float, start_s: float, strength: float) -> None:
        pool = self._pools["band"]
        discharges = twitch_volley(strength, self._twitch_rng)
        rate_hz, length = self._canvas.rate_hz, pool.potentials_uv.shape[2]
        starts = [round(time_s * rate_hz) for time_s, _ in discharges]
        waveform_uv = np.zeros((len(self.pairs), max(starts) + length))
        for start, (_, unit) in zip(starts, discharges, strict=True):
            waveform_uv[:, start : start + length] += pool.potentials_uv[unit]
        start_index = self._canvas.index_at(start_s)
        self._canvas.add(start_s, waveform_uv)
        n_units = len({unit for _, unit in discharges})
        self._truth.twitches.append(self._meter.measure(waveform_uv, start_index, contact_s, n_units))

    def _fire(self, start_s: float, pool_name: str, discharges: Iterable[Discharge]) -> None:
        potentials_uv = self._pools[pool_name].potentials_uv
        for time_s, unit in discharges:
            self._canvas.add(start_s + time_s, potentials_uv[unit])

    def _contract(
        self, start_s: float, duration_s: float, ramp_s: float, level: float, kind: str, rng: np.random.Generator
    ) -> None:
        pools = ("muscle", "synergist", "remote") if kind == "wince" else ("muscle", "synergist")
        for pool in pools:
            n_units = self._pools[pool].n_units
            self._fire(start_s, pool, contraction(n_units, duration_s, ramp_s, level, rng))
        self._note(start_s, start_s + duration_s, kind)

    def _schedule(self, rng: np.random.Generator) -> "list[Trouble]":
        """Return everything that comes at random times, each with its own generator."""
        what = self.scenario.confounders
        later_s = self._script.first_pass_s + CONFOUNDERS_AFTER_S
        kinds: list[tuple[float, float, Callable[[float, np.random.Generator], None]]] = [
            (what.voluntary_per_min, later_s, self._move_voluntarily),
            (what.guarding_per_min, later_s, self._guard),
            (what.fasciculations_per_min, 0.0, self._fasciculate),
            (what.cable_per_min, later_s, self._swing_cables),
            (what.pops_per_min, later_s, self._pop_electrode),
            (what.glitches_per_min, later_s, self._glitch),
            (what.impulses_per_min, later_s, self._strike),
        ]
        return [
            Trouble(per_min, from_s, happen, stream)
            for (per_min, from_s, happen), stream in zip(kinds, rng.spawn(len(kinds)), strict=True)
        ]

    def _move_voluntarily(self, time_s: float, rng: np.random.Generator) -> None:
        duration_s = rng.uniform(0.4, 2.0)
        self._contract(time_s, duration_s, 0.3 * duration_s, rng.uniform(0.3, 0.9), "voluntary", rng)

    def _guard(self, time_s: float, rng: np.random.Generator) -> None:
        self._contract(time_s, rng.uniform(5.0, 15.0), 1.5, rng.uniform(0.1, 0.4), "guarding", rng)

    def _fasciculate(self, time_s: float, rng: np.random.Generator) -> None:
        self._fire(time_s, "muscle", fasciculation(self._pools["muscle"].n_units, rng))
        self._note(time_s, time_s + 0.02, "fasciculation")

    def _swing_cables(self, time_s: float, rng: np.random.Generator) -> None:
        waveform_uv, duration_s = nuisances.cable_motion(self.pairs, self._canvas.rate_hz, rng)
        self._canvas.add(time_s, waveform_uv)
        self._note(time_s, time_s + duration_s, "cable")

    def _pop_electrode(self, time_s: float, rng: np.random.Generator) -> None:
        waveform_uv, duration_s = nuisances.electrode_pop(len(self.pairs), self._canvas.rate_hz, rng)
        self._canvas.add(time_s, waveform_uv)
        self._note(time_s, time_s + duration_s, "pop")

    def _glitch(self, time_s: float, rng: np.random.Generator) -> None:
        self._strike_output(time_s, nuisances.digital_glitch(rng), "glitch", rng)

    def _strike(self, time_s: float, rng: np.random.Generator) -> None:
        self._strike_output(time_s, nuisances.impulse(rng), "impulse", rng)

    def _strike_output(
        self, time_s: float, values_uv: NDArray[np.float64], kind: str, rng: np.random.Generator
    ) -> None:
        start = int(time_s * self.sampling_rate_hz)
        self._output_events.append((start, int(rng.integers(len(self.pairs))), values_uv))
        start_s = start / self.sampling_rate_hz
        self._note(start_s, start_s + len(values_uv) / self.sampling_rate_hz, kind)


class Trouble:
    """Something that happens at random times (a Poisson process)."""

    def __init__(
        self,
        per_min: float,
        from_s: float,
        happen: Callable[[float, np.random.Generator], None],
        rng: np.random.Generator,
    ) -> None:
        self._mean_s = 60.0 / per_min if per_min > 0.0 else np.inf
        self._happen = happen
        self._rng = rng
        self._next_s = from_s + self._gap_s()

    def happen_before(self, time_s: float) -> None:
        """Let it happen at all its times before `time_s` that are not past yet."""
        while self._next_s < time_s:
            self._happen(self._next_s, self._rng)
            self._next_s += self._gap_s()

    def _gap_s(self) -> float:
        return float(self._mean_s * self._rng.standard_exponential())
