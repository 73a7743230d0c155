"""Board of the simulated patient."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acquisition.core import (
    ACCEL_G_PER_COUNT,
    ADS1299_BANDWIDTH_PER_RATE,
    ADS1299_GAINS,
    AuxChannel,
    Block,
    Board,
    BoardConfigError,
    BoardInfo,
    BoardUrl,
    Channel,
    Clock,
    Role,
    Setup,
    ads1299_microvolts_per_count,
    make_block,
)
from acquisition.simulated.electrodes import MAX_CHANNELS, electrode_pairs
from acquisition.simulated.patient import SimulatedPatient
from acquisition.simulated.scenario import Scenario, change_scenario, load_scenario, needle_channels_of
from acquisition.simulated.signal.adc import DEFAULT_GAIN
from acquisition.simulated.truth import Truth

SAMPLING_RATES_HZ = (250, 500, 1000, 2000, 4000)
DEFAULT_RATE_HZ = 1000
DEFAULT_CHANNELS = 8

BLOCK_S = 0.010
"""Minimum duration of the signal returned by a real-time read."""

LONGEST_BLOCK_S = 1.0
"""Maximum length of a block; after a pause, the reader gets the pending signal in several blocks."""

CONTACT_INPUT, CONTACT_S = "Digital E1", 0.04
"""Input to which the switch in the needle's holder is wired, and how long it stays closed [D]."""

FAST_BLOCK_S = 0.1
"""Length of blocks without pacing by the clock."""


def board_from_url(url: BoardUrl, setup: Setup, clock: Clock) -> "SimulatedBoard":
    """Return the board of ``simulated:?seed=7&rate=1000&scenario=trapezius_ecg&channels=8&speed=1&seconds=60``.

    Raises
    ------
    BoardConfigError
        For an unknown option or an invalid value.
    """
    changes = {key: text for key, text in url.options.items() if "." in key}
    url.allow("seed", "rate", "scenario", "channels", "speed", "seconds", *changes)
    if url.address:
        raise BoardConfigError(f"simulated: has no address, but {url.address!r} was given: is a ? missing before it?")
    return SimulatedBoard(
        change_scenario(load_scenario(url.options.get("scenario")), changes),
        setup,
        clock,
        seed=url.whole_number("seed", 1, 0, 2**63 - 1),
        sampling_rate_hz=url.whole_number("rate", DEFAULT_RATE_HZ, SAMPLING_RATES_HZ[0], SAMPLING_RATES_HZ[-1]),
        n_channels=url.whole_number("channels", DEFAULT_CHANNELS, 1, MAX_CHANNELS),
        speed=url.number("speed", 1.0, 0.0, 1000.0),
        seconds=url.number("seconds", math.inf, 0.0, math.inf),
    )


_NAMES = {Role.NEEDLE: "Needle", Role.MOTION: "Needle hand"}
"""Names of channels that are not a pair on the skin."""


def _roles(scenario: Scenario, n_channels: int) -> list[Role]:
    """Return the roles of a board's channels in a scenario."""
    needles, motions = needle_channels_of(scenario, n_channels)
    named = dict.fromkeys(needles, Role.NEEDLE) | dict.fromkeys(motions, Role.MOTION)
    return [named.get(channel, Role.SURFACE) for channel in range(n_channels)]


class SimulatedBoard(Board):
    """Board of a simulated patient; every start begins the same session again.

    Parameters
    ----------
    scenario : Scenario
        Description of the patient.
    setup : Setup, optional
        Channel settings of the user; its gains are applied.
    clock : Clock, optional
        Paces the samples.
    seed : int
        Seed of the patient.
    sampling_rate_hz : float
        One of `SAMPLING_RATES_HZ`.
    n_channels : int
        1 to 16.
    speed : float
        Speed relative to real time; 0 for as fast as it is read.
    seconds : float
        Length of signal after which the source ends; infinite by default.
    """

    is_wired_to_a_person = False

    def __init__(
        self,
        scenario: Scenario,
        setup: Setup | None = None,
        clock: Clock | None = None,
        *,
        seed: int = 1,
        sampling_rate_hz: float = DEFAULT_RATE_HZ,
        n_channels: int = DEFAULT_CHANNELS,
        speed: float = 1.0,
        seconds: float = math.inf,
    ) -> None:
        super().__init__(setup, clock)
        if sampling_rate_hz not in SAMPLING_RATES_HZ:
            known = ", ".join(str(rate) for rate in SAMPLING_RATES_HZ)
            raise BoardConfigError(f"simulated: has no rate={sampling_rate_hz:g}; it knows {known}")
        self.keeps_time = speed == 1.0
        self._scenario = scenario
        self._seed = seed
        self._rate_hz = int(sampling_rate_hz)
        self._n_channels = n_channels
        self._pace_hz = speed * sampling_rate_hz
        self._n_total = seconds * sampling_rate_hz
        self._patient: SimulatedPatient | None = None

    @property
    def truth(self) -> Truth:
        """True events since the last start; empty before the first."""
        return self._patient.truth if self._patient is not None else Truth()

    def needle(self, depth_mm: float, across_mm: float = 0.0) -> None:
        """Pass the needle by hand, as `SimulatedPatient.needle`; does nothing before the first start."""
        if self._patient is not None:
            self._patient.needle(depth_mm, across_mm)

    def contract(self) -> None:
        """Contract voluntarily, as `SimulatedPatient.contract`; does nothing before the first start."""
        if self._patient is not None:
            self._patient.contract()

    def true_events(self) -> dict[str, Any]:
        """Return the true events since the last start, as plain values."""
        return self.truth.to_json()

    @property
    def locus_depth_mm(self) -> float:
        """Depth of the sensitive locus below the skin."""
        return self._scenario.muscle.locus_depth_mm

    @property
    def fat_mm(self) -> float:
        """Skin and fat above the muscle."""
        return self._scenario.muscle.fat_mm

    def _open(self) -> BoardInfo:
        scripted = _roles(self._scenario, self._n_channels)
        roles = [self.setup.of(number).role or role for number, role in enumerate(scripted, start=1)]
        return BoardInfo(
            name=f"Simulated patient ({self._scenario.name}, seed {self._seed})",
            sampling_rate_hz=float(self._rate_hz),
            channels=tuple(
                Channel(_NAMES.get(role, pair.name), ads1299_microvolts_per_count(gain), role, float(gain))
                for pair, gain, role in zip(electrode_pairs(self._n_channels), self._gains(), roles, strict=True)
            ),
            bandwidth_hz=ADS1299_BANDWIDTH_PER_RATE * self._rate_hz,
            aux=(*(AuxChannel(f"Accel {axis}", "g", ACCEL_G_PER_COUNT) for axis in "XYZ"), *self._inputs()),
        )

    def _inputs(self) -> tuple[AuxChannel, ...]:
        return (AuxChannel(CONTACT_INPUT),) if self._scenario.needle.contact_input else ()

    def _contact_level(self, first: int, n_samples: int) -> NDArray[np.int32]:
        """Return the contact input for some samples: 1 for `CONTACT_S` from each contact on."""
        assert self._patient is not None  # as in `_read`
        level = np.zeros(n_samples, np.int32)
        for contact_s in self._patient.contacts_from(first / self._rate_hz - 2.0 * CONTACT_S):
            start = round(contact_s * self._rate_hz) - first
            level[max(0, start) : max(0, start + round(CONTACT_S * self._rate_hz))] = 1
        return level

    def _gains(self) -> list[int]:
        gains = []
        for number in range(1, self._n_channels + 1):
            gain = self.setup.of(number).gain
            if gain is not None and gain not in ADS1299_GAINS:
                known = ", ".join(str(known) for known in ADS1299_GAINS)
                raise BoardConfigError(f"the setup sets gain {gain:g} on channel {number}; an ADS1299 has {known}")
            gains.append(DEFAULT_GAIN if gain is None else int(gain))
        return gains

    def _channels_of(self, role: Role) -> list[int]:
        """Return the channels (from 0) of a role."""
        return [number for number, channel in enumerate(self.info.channels) if channel.role is role]

    def _start(self) -> None:
        self._patient = SimulatedPatient(
            self._scenario,
            self._seed,
            self._rate_hz,
            self._n_channels,
            self._channels_of(Role.NEEDLE),
            self._channels_of(Role.MOTION),
        )
        for channel, gain in enumerate(self._gains()):
            self._patient.converter.set_gain(channel, gain)
        self._start_s = self.clock.now_s()

    def _read(self, timeout_s: float) -> Block | None:
        patient = self._patient
        assert patient is not None  # the caller reads between start and stop only
        first = patient.n_made
        left = self._n_total - first
        if left < 1:
            return None
        n_samples = int(min(self._n_due(first, left, timeout_s), left))
        samples = patient.next_samples(n_samples)
        counts = patient.converter.convert(samples.signal_uv, samples.unit_noise)
        columns = [samples.accel, *(self._contact_level(first, n_samples) for _ in self._inputs())]
        return make_block(first, counts, self.clock.now_s(), np.column_stack(columns))

    def _n_due(self, first: int, left: float, timeout_s: float) -> int:
        """Wait until a block is due, or `timeout_s` has passed, and return the number of samples due."""
        if self._pace_hz == 0.0:
            return max(1, round(FAST_BLOCK_S * self._rate_hz))
        wanted = first + min(max(1, round(BLOCK_S * self._pace_hz)), left)
        wait_s = wanted / self._pace_hz - (self.clock.now_s() - self._start_s)
        self.clock.wait_s(min(wait_s, timeout_s))
        # The small offset counts a clock that was moved exactly to the due time as due.
        made = math.floor((self.clock.now_s() - self._start_s) * self._pace_hz + 1e-6)
        return min(max(0, made - first), round(LONGEST_BLOCK_S * self._pace_hz))

    def _stop(self) -> None:
        """Do nothing: the patient is kept, so that `truth` stays available."""

    def _close(self) -> None:
        """Do nothing: there is nothing to release."""
