"""Channel settings of a simulated Cyton, and their effect on the inputs."""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from acquisition.core import ADS1299_GAINS

N_PER_CHIP = 8
LEAD_OFF_UA = 0.006
"""Lead-off current, 6 nA."""

SERIES_OHM = 2200.0
"""Resistor in series with every input of a Cyton."""

TEST_SIGNAL_UV = 1875.0
"""Amplitude of the ADS1299's test signal, (VREF) / 2400."""

SLOW_TEST_HZ = 2.048e6 / 2**21
FAST_TEST_HZ = 2.048e6 / 2**20
LEAD_OFF_HZ = 31.25
N_LEAD_OFF_HARMONICS = 8
"""Odd harmonics of the lead-off current's square wave, up to 469 Hz; higher ones are not visible at 1 kSPS."""

TEMPERATURE_UV = 151_000.0
"""Reading of the ADS1299's temperature sensor at about 36 °C (145.3 mV at 25 °C, 490 µV/K)."""


class Input(IntEnum):
    """Setting of a channel's input multiplexer."""

    NORMAL = 0
    SHORTED = 1
    BIAS_MEASURE = 2
    SUPPLY = 3
    TEMPERATURE = 4
    TEST = 5
    BIAS_DRIVE_P = 6
    BIAS_DRIVE_N = 7


@dataclass(frozen=True, slots=True)
class ChannelState:
    """Settings of one channel; the defaults are those after a reset: gain 24, in the bias, SRB2 on."""

    is_off: bool = False
    gain: int = 24
    input: Input = Input.NORMAL
    in_bias: bool = True
    on_srb2: bool = True
    lead_off_p: bool = False
    lead_off_n: bool = False


@dataclass(frozen=True, slots=True)
class TestSignal:
    """Square wave of `Input.TEST`: frequency in Hz (0 for DC) and amplitude in µV."""

    __test__ = False

    frequency_hz: float = SLOW_TEST_HZ
    amplitude_uv: float = TEST_SIGNAL_UV


class ChannelBank:
    """Settings of all channels of one or two chips.

    Not modelled: the effect of the SRB switches on the signal (every channel stays the bipolar pair of the patient,
    with its sign), and the bias drive.
    """

    def __init__(self, n_channels: int, impedances_ohm: NDArray[np.float64]) -> None:
        self._n_channels = n_channels
        self._impedances_ohm = impedances_ohm
        self.reset()

    def reset(self) -> None:
        """Restore the state after `v`."""
        self.states = [ChannelState()] * self._n_channels
        self.on_srb1 = [False] * (self._n_channels // N_PER_CHIP)
        self.test_signal: TestSignal | None = None  # not generated before the first test command
        self.lead_off_is_ac = True

    def defaults(self) -> None:
        """Restore the default channel settings and end lead-off currents (`d`: setChannelsToDefault)."""
        self.states = [ChannelState()] * self._n_channels
        self.on_srb1 = [False] * len(self.on_srb1)

    def power(self, channel: int, is_off: bool) -> None:
        """Switch a channel (from 0) off or on; a missing channel is ignored, as by the firmware."""
        if channel < self._n_channels:
            self.states[channel] = replace(self.states[channel], is_off=is_off)

    def configure(self, channel: int, digits: list[int]) -> None:
        """Apply the fields P G I B S2 S1 of an ``x…X`` command."""
        if channel >= self._n_channels:
            return
        off, gain, mux, bias, srb2, srb1 = digits
        self.states[channel] = replace(
            self.states[channel],
            is_off=off == 1,
            gain=ADS1299_GAINS[gain] if 0 <= gain < len(ADS1299_GAINS) else 24,
            input=Input(mux) if 0 <= mux <= 7 else Input.NORMAL,
            in_bias=bias == 1,
            on_srb2=srb2 == 1,
        )
        self.on_srb1[channel // N_PER_CHIP] = srb1 == 1

    def lead_off(self, channel: int, digits: list[int]) -> None:
        """Apply the fields P N of a ``z…Z`` command."""
        if channel < self._n_channels:
            self.states[channel] = replace(self.states[channel], lead_off_p=digits[0] == 1, lead_off_n=digits[1] == 1)

    def set_all_inputs(self, mux: Input) -> None:
        """Set the multiplexer of every channel to one input."""
        self.states = [replace(state, input=mux) for state in self.states]

    def through_inputs(
        self, signal_uv: NDArray[np.float64], first_index: int, sampling_rate_hz: float
    ) -> NDArray[np.float64]:
        """Return the signal behind the multiplexers for the patient's `signal_uv`, same shape, in µV."""
        out_uv = signal_uv.copy()
        time_s = (first_index + np.arange(len(signal_uv))) / sampling_rate_hz
        for channel, state in enumerate(self.states):
            if state.input is Input.NORMAL:
                if state.lead_off_p or state.lead_off_n:
                    out_uv[:, channel] += self._lead_off_uv(channel, state, time_s, sampling_rate_hz)
            elif state.input is Input.TEST and self.test_signal is not None:
                phase = (self.test_signal.frequency_hz * time_s) % 1.0
                out_uv[:, channel] = self.test_signal.amplitude_uv * np.where(phase < 0.5, 1.0, -1.0)
            else:
                out_uv[:, channel] = TEMPERATURE_UV if state.input is Input.TEMPERATURE else 0.0
        return out_uv

    def _lead_off_uv(
        self, channel: int, state: ChannelState, time_s: NDArray[np.float64], sampling_rate_hz: float
    ) -> NDArray[np.float64]:
        n_currents = state.lead_off_p + state.lead_off_n
        amplitude_uv = n_currents * LEAD_OFF_UA * (self._impedances_ohm[channel] + SERIES_OHM)
        if not self.lead_off_is_ac:
            return np.full(len(time_s), amplitude_uv)
        return np.asarray(amplitude_uv * _lead_off_wave(time_s, sampling_rate_hz))


def _lead_off_wave(time_s: NDArray[np.float64], sampling_rate_hz: float) -> NDArray[np.float64]:
    """Return the square wave of the lead-off current, amplitude 1, after the converter's sinc³ filter."""
    harmonics = 2 * np.arange(N_LEAD_OFF_HARMONICS) + 1
    heights = 4.0 / (np.pi * harmonics) * np.sinc(harmonics * LEAD_OFF_HZ / sampling_rate_hz) ** 3
    wave: NDArray[np.float64] = np.sin(2.0 * np.pi * LEAD_OFF_HZ * np.outer(time_s, harmonics)) @ heights
    return wave
