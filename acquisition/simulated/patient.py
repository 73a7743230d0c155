"""Simulated patient: all layers combined, sample by sample."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from acquisition.core import ACCEL_G_PER_COUNT, BoardConfigError
from acquisition.simulated.electrodes import MAX_CHANNELS, electrode_pairs
from acquisition.simulated.muscle.contractions import reflex_latency_s, twitch_volley
from acquisition.simulated.muscle.motor_units import MotorUnitPool, PoolGeometry
from acquisition.simulated.muscle.trigger_point import SILENCE_S, NeedleContact, TriggerPoint, nearness
from acquisition.simulated.needle.electrode import EndplateActivity, needle_potentials, tip_share
from acquisition.simulated.needle.hand import NeedleHand
from acquisition.simulated.needle.script import NeedlingScript
from acquisition.simulated.scenario import Scenario, needle_channels_of
from acquisition.simulated.signal import nuisances
from acquisition.simulated.signal.adc import CONVERTER_RATES_HZ, DEFAULT_GAIN, Converter, Decimator, internal_rate_hz
from acquisition.simulated.signal.measure import TwitchMeter
from acquisition.simulated.stage import Stage
from acquisition.simulated.troubles import WINCE_AFTER_S, Troubles
from acquisition.simulated.truth import Truth

STEP_S = 0.2
"""Length of the simulation steps, independent of the chunks requested; a whole number of samples at every rate and of
accelerometer values."""

ACCEL_RATE_HZ = 25
ACCEL_REST_G = (0.03, -0.05, 0.99)
ACCEL_NOISE_G = 0.004
"""Accelerometer of a board on a table that is not quite level [D]."""

REQUESTED_S, REQUESTED_RAMP_S, REQUESTED_LEVEL = 3.0, 0.5, 0.5
"""Duration, ramp and level of a contraction on request; an assumption [D]."""

CONFOUNDERS_AFTER_S = 3.0
"""Delay of the confounders after the first pass, so that baseline and first twitch are undisturbed."""

POOLS = {
    "band": PoolGeometry(n_units=20, across_mm=0.0, spread_mm=1.5),
    "muscle": PoolGeometry(n_units=36, across_mm=0.0, spread_mm=15.0, largest_fibres=1000.0),
    "synergist": PoolGeometry(n_units=18, across_mm=70.0, spread_mm=10.0, largest_fibres=1000.0),
    "remote": PoolGeometry(n_units=18, across_mm=200.0, spread_mm=8.0, largest_fibres=1000.0),
    "deep": PoolGeometry(n_units=5, across_mm=0.0, spread_mm=1.5, below_mm=30.0, largest_fibres=150.0),
    "other side": PoolGeometry(n_units=10, across_mm=222.0, spread_mm=1.5),
}
"""Motor units of the taut band, of the rest of its muscle, of a synergist, of the muscle under the reference; a small
fascicle far below the band; and the fascicle of the other side, beside the reference. Whole muscles have larger units
than the band, so that a wince is larger than a twitch. Positions and numbers are assumptions [D]."""


OTHER_SIDE_STRENGTH = 0.3
LATEST_OTHER_SIDE_S = 0.01
OTHER_SIDE_TAIL_S = 0.02
"""Strength of the contralateral answer relative to the twitch, chosen for 5-20 % of its amplitude; maximum additional
delay; and duration of its last potential after its last discharge [D]."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Consecutive samples before the converter's last stage.

    Attributes
    ----------
    signal_uv : ndarray, shape (n_samples, n_channels)
        Decimated signal.
    unit_noise : ndarray, shape (n_samples, n_channels)
        White noise of variance 1, which the converter scales to its own noise by gain.
    accel : ndarray of int32, shape (n_samples, 3)
        Accelerometer counts, held between new values.
    """

    signal_uv: NDArray[np.float64]
    unit_noise: NDArray[np.float64]
    accel: NDArray[np.int32]


class SimulatedPatient:
    """Simulated patient under needling, recorded through bipolar pairs and an ADS1299.

    The same scenario, seed, rate and number of channels give the same samples, independent of the chunks. The analog
    signal is generated at four times the sampling rate or more and decimated by a sinc³ filter, so that droop and
    aliasing are realistic. The converter's noise is added afterwards, with the values of the datasheet.

    Parameters
    ----------
    scenario : Scenario
        Description of the patient.
    seed : int
        Seed of the patient, 0 or more.
    sampling_rate_hz : int
        One of the ADS1299's: 250, 500, 1000, 2000, 4000, 8000, 16000.
    n_channels : int
        1 to 16; the first is over the band, the last on another muscle.
    needle_channels : collection of int, optional
        Channels (from 0) whose electrode is the needle, against a remote one; by default the scenario's. The needle
        rests at the locus until the first pass, so that its spontaneous activity can be measured before and after.
    motion_channels : collection of int, optional
        Channels (from 0) with the acceleration of the needling hand; by default the scenario's.

    Raises
    ------
    BoardConfigError
        If the rate or the number of channels is invalid, or the scenario's needle channel does not exist.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        sampling_rate_hz: int,
        n_channels: int,
        needle_channels: Collection[int] | None = None,
        motion_channels: Collection[int] | None = None,
    ) -> None:
        if sampling_rate_hz not in CONVERTER_RATES_HZ:
            known = ", ".join(str(rate) for rate in CONVERTER_RATES_HZ)
            raise BoardConfigError(f"the simulated patient has no rate of {sampling_rate_hz:g} SPS; it knows {known}")
        if not 1 <= n_channels <= MAX_CHANNELS:
            raise BoardConfigError(f"the simulated patient has 1 to {MAX_CHANNELS} channels, not {n_channels}")
        self.scenario = scenario
        self.sampling_rate_hz = int(sampling_rate_hz)
        self.pairs = electrode_pairs(n_channels, scenario.skin.electrode_spacing_mm)
        self.converter = Converter(self.sampling_rate_hz, [DEFAULT_GAIN] * n_channels)
        self.point = TriggerPoint(scenario.trigger_point.irritability)
        self._n_made = 0
        self._step_number = 0
        self._step = Samples(np.empty((0, n_channels)), np.empty((0, n_channels)), np.empty((0, 3), np.int32))
        needles, motions = needle_channels_of(scenario, n_channels)
        self._needle_channels = needles if needle_channels is None else sorted(needle_channels)
        self._motion_channels = motions if motion_channels is None else sorted(motion_channels)
        self._tip_mm = 0.0
        self._n_requested_contractions = 0
        # One generator per layer: a change of one layer, or of the scenario, leaves the draws of the others unchanged.
        streams = np.random.SeedSequence(seed).spawn(13)
        rngs = [np.random.Generator(np.random.PCG64(stream)) for stream in streams]
        self._build(rngs)

    def _build(self, rngs: list[np.random.Generator]) -> None:
        skin, rate_hz, n_channels = self.scenario.skin, internal_rate_hz(self.sampling_rate_hz), len(self.pairs)
        anatomy, skin_rng, mains_rng, heart_rng, script_rng, self._twitch_rng, trouble_rng, self._adc_rng = rngs[:8]
        self._needle_rng, self._other_side_rng, self._deep_rng, hand_rng, self._request_rng = rngs[8:]
        muscle = self.scenario.muscle
        pools = {name: MotorUnitPool(muscle, pool, self.pairs, rate_hz, anatomy) for name, pool in POOLS.items()}
        self._stage = Stage(pools, self.pairs, rate_hz, self.sampling_rate_hz)
        self._noise = nuisances.SkinNoise(skin, n_channels, rate_hz, skin_rng)
        self._mains = nuisances.Mains(skin, n_channels, rate_hz, mains_rng)
        self._heart = nuisances.Heart(skin, n_channels, rate_hz, heart_rng)
        self._script = NeedlingScript(self.scenario.needling, muscle.locus_depth_mm, script_rng)
        self._decimator = Decimator(round(rate_hz / self.sampling_rate_hz), n_channels)
        self._hand = NeedleHand(rate_hz, hand_rng)
        other_channels = [*self._needle_channels, *self._motion_channels]
        self._meter = TwitchMeter(self._noise, self.pairs, self.sampling_rate_hz, other_channels)
        self._quiet_until_s = self._script.first_pass_s + CONFOUNDERS_AFTER_S
        self._troubles = Troubles(self._stage, self.scenario, self._quiet_until_s, trouble_rng)
        self._endplates = EndplateActivity(rate_hz, self._needle_rng)
        self._seen_of_tip = tip_share(self.scenario.needle.bare_mm)
        for channel in self._needle_channels:
            for name, pool in POOLS.items():
                potentials_uv = needle_potentials(
                    muscle.conduction_velocity_m_s, pool, self.scenario.needle.bare_mm, rate_hz, self._needle_rng
                )
                pools[name].replace_channel(channel, potentials_uv)

    @property
    def n_made(self) -> int:
        """Number of samples returned so far."""
        return self._n_made

    @property
    def truth(self) -> Truth:
        """True events that began within the samples returned so far."""
        return self._stage.truth.until(self._n_made / self.sampling_rate_hz)

    def next_counts(self, n_samples: int) -> NDArray[np.int32]:
        """Return the next samples as counts at the gains of `converter`, shape (n_samples, n_channels)."""
        samples = self.next_samples(n_samples)
        return self.converter.convert(samples.signal_uv, samples.unit_noise)

    def contacts_from(self, time_s: float) -> list[float]:
        """Return the needle contacts from `time_s` on, latest first, including those planned slightly ahead."""
        known = reversed(self._stage.truth.needle_contacts)
        return list(takewhile(lambda contact_s: contact_s >= time_s, known))

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

    def needle(self, depth_mm: float, across_mm: float = 0.0) -> None:
        """Pass the needle by hand, in addition to the script, as soon as the samples already generated allow.

        This is within `STEP_S` of the samples returned so far. The same calls at the same samples give the same signal.
        May be called from any thread.

        Parameters
        ----------
        depth_mm : float
            Depth of the tip below the skin; the locus is at the fat's thickness plus the band's depth.
        across_mm : float
            Distance of the tip from the locus along the skin.
        """
        self._script.add_pass(depth_mm, across_mm)

    def contract(self) -> None:
        """Contract the muscle and its synergist for some seconds, as on request; timing and threads as for `needle`."""
        self._n_requested_contractions += 1

    def _next_step(self) -> Samples:
        n_out = round(STEP_S * self.sampling_rate_hz)
        n_in = round(STEP_S * self._stage.canvas.rate_hz)
        end_s = (self._step_number + 1) * STEP_S
        self._plan(end_s)
        analog_uv = self._stage.canvas.next_step(n_in)
        analog_uv += self._noise.next_step(n_in)
        analog_uv += self._mains.next_step(n_in)
        if self._needle_channels:
            analog_uv[self._needle_channels] += self._spontaneous(n_in, end_s)
        if self._motion_channels:
            analog_uv[self._motion_channels] = self._hand.next_step(n_in)
        signal_uv = self._decimator(analog_uv).T.copy()
        self._stage.add_output_events(signal_uv, self._step_number * n_out)
        n_accel = round(STEP_S * ACCEL_RATE_HZ)
        accel_g = ACCEL_REST_G + ACCEL_NOISE_G * self._adc_rng.standard_normal((n_accel, 3))
        accel = np.rint(accel_g / ACCEL_G_PER_COUNT).astype(np.int32)
        self._step_number += 1
        return Samples(
            signal_uv, self._adc_rng.standard_normal(signal_uv.shape), np.repeat(accel, n_out // n_accel, axis=0)
        )

    def _spontaneous(self, n_samples: int, time_s: float) -> NDArray[np.float64]:
        """Return the spontaneous endplate activity at the tip as recorded by the needle, in µV at the internal rate."""
        share = nearness(self._tip_mm) if self.scenario.trigger_point.irritability > 0.0 else 0.0
        self.point.live_until(time_s)
        at_tip_uv = self._endplates.next_step(
            n_samples, share * self.point.sea_uv(time_s), share * self.point.spikes_per_s()
        )
        return self._seen_of_tip * at_tip_uv

    def _plan(self, end_s: float) -> None:
        """Generate all events that begin before `end_s`."""
        if self._n_requested_contractions:
            self._n_requested_contractions = 0
            start_s = end_s - STEP_S
            self._stage.contract(
                start_s,
                REQUESTED_S,
                REQUESTED_RAMP_S,
                REQUESTED_LEVEL,
                ("band", "muscle", "synergist"),
                self._request_rng,
            )
            self._stage.note(start_s, start_s + REQUESTED_S, "voluntary")
        if self.scenario.skin.ecg_uv > 0.0:
            for r_s in self._heart.beats_before(end_s):
                self._stage.canvas.add(r_s - nuisances.HEART_START_S, self._heart.waveform_uv)
                self._stage.note(r_s - nuisances.QRS_HALF_S, r_s + nuisances.QRS_HALF_S, "heartbeat")
        for contact in self._script.passes_before(end_s):
            self._pass_needle(contact)
        self._troubles.happen_before(end_s)

    def _pass_needle(self, contact: NeedleContact) -> None:
        rng, stage = self._twitch_rng, self._stage
        stage.truth.needle_contacts.append(contact.time_s)
        size_uv = self.scenario.confounders.needle_motion_uv
        stage.canvas.add(contact.time_s, nuisances.needle_motion(self.pairs, size_uv, stage.canvas.rate_hz, rng))
        self._tip_mm = contact.distance_mm
        if self._needle_channels:
            stage.note(contact.time_s, self._endplates.insert(contact.time_s), "insertional")
        if self._motion_channels:
            self._hand.jab(contact.time_s)
        latency_s = reflex_latency_s(self.scenario.muscle, rng)
        wince, tap, wince_after_s = rng.random(), rng.random(), rng.uniform(*WINCE_AFTER_S)
        strength = self.point.contact(contact) if self.scenario.trigger_point.irritability > 0.0 else None
        if strength is not None:
            self._twitch(contact.time_s, contact.time_s + latency_s, strength)
        self._troubles.answer_pass(contact.time_s, tap, wince, wince_after_s, rng)

    def _twitch(self, contact_s: float, start_s: float, strength: float) -> None:
        stage = self._stage
        discharges = twitch_volley(strength, self._twitch_rng)
        is_deep = self._deep_rng.random() < self.scenario.trigger_point.deep_share
        if is_deep and contact_s > self._quiet_until_s:
            discharges = [(time_s, unit) for time_s, unit in discharges if unit < stage.pools["deep"].n_units]
            waveform_uv = stage.volley_waveform("deep", discharges)
        else:
            waveform_uv = stage.volley_waveform("band", discharges)
        start_index = stage.canvas.index_at(start_s)
        stage.canvas.add(start_s, waveform_uv)
        n_units = len({unit for _, unit in discharges})
        stage.truth.twitches.append(self._meter.measure(waveform_uv, start_index, contact_s, n_units))
        if self._needle_channels:
            stop_s = start_s + max(time_s for time_s, _ in discharges)
            self._endplates.interrupt(start_s, stop_s + self._needle_rng.uniform(*SILENCE_S))
        self._answer_other_side(start_s, strength)

    def _answer_other_side(self, start_s: float, strength: float) -> None:
        """Add a weak contralateral answer, some milliseconds later, in the scenario's share of twitches."""
        rng, stage = self._other_side_rng, self._stage
        answers, later_s = (
            rng.random() < self.scenario.trigger_point.contralateral_share,
            rng.uniform(0.0, LATEST_OTHER_SIDE_S),
        )
        if not answers or start_s < self._quiet_until_s:
            return
        n_units = stage.pools["other side"].n_units
        discharges = [
            (time_s, unit) for time_s, unit in twitch_volley(OTHER_SIDE_STRENGTH * strength, rng) if unit < n_units
        ]
        stage.fire(start_s + later_s, "other side", discharges)
        stop_s = start_s + later_s + max(time_s for time_s, _ in discharges)
        stage.note(start_s + later_s, stop_s + OTHER_SIDE_TAIL_S, "contralateral answer")
