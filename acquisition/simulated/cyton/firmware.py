"""Firmware of the Cyton without any input or output: bytes in, bytes out, time as an argument.

Commands and replies are those of the stock firmware 3.1.5. There are two deliberate differences: streaming starts at
whatever rate is set (the real board returns to 250 behind its dongle), and there is neither an SD card nor a WiFi
shield.
"""

import numpy as np
from numpy.typing import NDArray

from acquisition.link.encoding import encode_packets
from acquisition.link.protocol import (
    ACCEL_AXIS_BY_COUNTER,
    CHANNEL_LETTERS,
    COUNTER_PERIOD,
    N_CHIP_CHANNELS,
    RATE_COMMANDS,
    Tail,
)
from acquisition.simulated.cyton.channels import FAST_TEST_HZ, SLOW_TEST_HZ, ChannelBank, Input, TestSignal
from acquisition.simulated.cyton.registers import register_dump
from acquisition.simulated.patient import ACCEL_RATE_HZ, Samples, SimulatedPatient
from acquisition.simulated.scenario import Scenario
from acquisition.simulated.signal.adc import Converter

VERSION, BANNER_VERSION = "v3.1.5", "v3.1.2"
"""Versions in the reply to `V` and in the banner. The stock firmware disagrees with itself: at its release 3.1.5 the
banner still said 3.1.2."""

OFF_COMMANDS = b"12345678qwertyui"
ON_COMMANDS = b"!@#$%^&*QWERTYUI"
SD_COMMANDS = b"ASFGHJKLa"
MODES = ("default", "debug", "analog", "digital", "marker", "BLE")
ANALOG_MODE, DIGITAL_MODE, MARKER_MODE = 2, 3, 4

TEST_COMMANDS = {
    ord("-"): TestSignal(SLOW_TEST_HZ, 1875.0),
    ord("="): TestSignal(FAST_TEST_HZ, 1875.0),
    ord("["): TestSignal(SLOW_TEST_HZ, 3750.0),
    ord("]"): TestSignal(FAST_TEST_HZ, 3750.0),
    ord("p"): TestSignal(0.0, 3750.0),
}

LONG_COMMANDS = {ord("x"): 9, ord("z"): 5, ord("~"): 2, ord("/"): 2, ord("`"): 2}
"""Length of multi-byte commands, by their first byte."""

TIMEOUT_S = 1.0
TIMEOUT_TEXT = "Timeout processing multi byte message - please send all commands at once as of v2"

RESTART_S = 0.010
"""Minimum loss of signal by a command that accesses the converter while streaming."""

LONGEST_CATCH_UP_S = 0.25
"""Maximum amount of signal per call; a host that was asleep gets the missed signal in pieces of this length."""

ACCEL_CLOCK = 0.987
"""Rate of the LIS3DH's clock relative to the ADS1299's [D]; its datasheet allows some per cent."""

RATE_BY_DIGIT = {command[1]: rate for rate, command in RATE_COMMANDS.items()}


class CytonFirmware:
    """Cyton with a simulated patient.

    Parameters
    ----------
    scenario : Scenario
        Description of the patient.
    seed : int
        Seed of the patient.
    sampling_rate_hz : int
        Rate after power-up.
    n_daisy_channels : int
        8 with a Daisy attached, else 0.
    packets_per_sample : int
        With a Daisy: 1 for means of two samples and alternating chips, as over the radio; 2 for every sample of both,
        the Daisy's at the even counter.
    clock_error : float
        Relative excess of the board's clock rate.
    boot_s : float
        Time at which the board was switched on.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        sampling_rate_hz: int,
        *,
        n_daisy_channels: int = 0,
        packets_per_sample: int = 1,
        clock_error: float = 0.0,
        boot_s: float = 0.0,
    ) -> None:
        self._scenario = scenario
        self._seed = seed
        self.sampling_rate_hz = sampling_rate_hz
        self._n_channels = N_CHIP_CHANNELS + n_daisy_channels
        self.daisy_is_attached = n_daisy_channels > 0
        self._packets_per_sample = packets_per_sample
        self._clock_error = clock_error
        self._boot_s = boot_s
        self.is_streaming = False
        self.mode = 0
        self.stamps_time = False
        self._sets_time = False
        self._marker = 0
        self._pending = bytearray()
        self._pending_since_s = 0.0
        impedances_ohm = np.random.default_rng(seed).uniform(3e3, 20e3, self._n_channels)
        self.bank = ChannelBank(self._n_channels, impedances_ohm)
        self._patient = self._new_patient()
        self._converter = Converter(sampling_rate_hz, self._gains())
        self._stream_start_s = 0.0
        self._n_due_before = 0
        self._counter = 0
        self._last_counts = np.zeros((1, self._n_channels), np.int32)

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Process bytes from the host at time `now_s` and return the replies."""
        return b"".join(self._take(byte, now_s) for byte in data)

    def expire(self, now_s: float) -> bytes:
        """Discard an unfinished command after a second and return the board's message about it."""
        if not self._pending or now_s - self._pending_since_s < TIMEOUT_S:
            return b""
        self._pending.clear()
        return self._say(TIMEOUT_TEXT)

    def packets(self, now_s: float) -> NDArray[np.uint8]:
        """Return the packets due by `now_s` that were not sent yet, shape (n_packets, 33)."""
        if not self.is_streaming:
            return np.empty((0, 33), np.uint8)
        rate_hz = self.sampling_rate_hz * (1.0 + self._clock_error)
        n_due = int((now_s - self._stream_start_s) * rate_hz + 1e-6) - self._n_due_before
        n_due = min(max(0, n_due), round(LONGEST_CATCH_UP_S * self.sampling_rate_hz))
        if n_due == 0:
            return np.empty((0, 33), np.uint8)
        first_index = self._patient.n_made
        samples = self._patient.next_samples(n_due)
        packets = self._encode(samples, first_index)
        self._n_due_before += n_due
        self._counter = (self._counter + len(packets)) % COUNTER_PERIOD
        return packets

    def start_streaming(self, now_s: float) -> None:
        """Start a new session of the patient and stream it (`b`)."""
        if self.is_streaming:
            return
        if self._patient.n_made > 0 or self._patient.sampling_rate_hz != self.sampling_rate_hz:
            self._patient = self._new_patient()
        self.is_streaming = True
        self._begin_conversions(now_s)

    def _begin_conversions(self, now_s: float) -> None:
        self._stream_start_s = now_s
        self._n_due_before = 0
        self._counter = 0
        self._last_counts = np.zeros((1, self._n_channels), np.int32)

    # Commands received.

    def _take(self, byte: int, now_s: float) -> bytes:
        if self._pending:
            return self._take_part(byte, now_s)
        if byte in LONG_COMMANDS:
            self._pending.append(byte)
            self._pending_since_s = now_s
            return b""
        return self._short_command(byte, now_s)

    def _take_part(self, byte: int, now_s: float) -> bytes:
        """Process a further byte of a multi-byte command."""
        kind, length = self._pending[0], LONG_COMMANDS[self._pending[0]]
        end = {ord("x"): ord("X"), ord("z"): ord("Z")}.get(kind)
        self._pending.append(byte)
        if end is not None and byte == end and len(self._pending) < length:
            self._pending.clear()
            return self._say("Failure: too few chars")
        if len(self._pending) < length:
            return b""
        command = bytes(self._pending)
        self._pending.clear()
        if end is not None and byte != end:
            return self._say(f"Failure: Err: {length}th char not {chr(end)}")
        return self._long_command(command, now_s)

    def _long_command(self, command: bytes, now_s: float) -> bytes:
        if command[:1] == b"~":
            return self._set_rate(command[1], now_s)
        if command[:1] == b"/":
            return self._set_mode(command[1])
        if command[:1] == b"`":
            self._marker = command[1]
            return b""
        # The firmware interprets every unknown letter as channel 1.
        channel = max(0, CHANNEL_LETTERS.find(command[1:2]))
        digits = [digit - 0x30 if 0x30 <= digit <= 0x39 else -1 for digit in command[2:-1]]
        if command[:1] == b"x":
            self.bank.configure(channel, digits)
            self._apply_settings(now_s)
            return self._say(f"Success: Channel set for {channel + 1}")
        self.bank.lead_off(channel, digits)
        self._apply_settings(now_s)
        return self._say(f"Success: Lead off set for {channel + 1}")

    def _short_command(self, byte: int, now_s: float) -> bytes:
        if byte in OFF_COMMANDS or byte in ON_COMMANDS:
            commands = OFF_COMMANDS if byte in OFF_COMMANDS else ON_COMMANDS
            self.bank.power(commands.index(byte), is_off=byte in OFF_COMMANDS)
            self._apply_settings(now_s)
            return b""
        if byte in TEST_COMMANDS or byte == ord("0"):
            self.bank.test_signal = TEST_COMMANDS.get(byte, self.bank.test_signal or TestSignal())
            self.bank.set_all_inputs(Input.SHORTED if byte == ord("0") else Input.TEST)
            self._apply_settings(now_s)
            return self._say("Success: Configured internal test signal.")
        if byte in SD_COMMANDS:
            return self._say("initialization failed. Things to check:\r\n* is a card is inserted?\r\n")
        return self._control_command(chr(byte), now_s)

    def _control_command(self, command: str, now_s: float) -> bytes:
        match command:
            case "b":
                self.start_streaming(now_s)
            case "s":
                self.is_streaming = False
            case "v":
                return self._reset()
            case "d":
                self.bank.defaults()
                self._apply_settings(now_s)
                return self._say("updating channel settings to default")
            case "D":
                return self._say("060110")
            case "V":
                return self._say(VERSION)
            case "?":
                return self._say(register_dump(self.bank, self.sampling_rate_hz))
            case "<" | ">":
                self.stamps_time = self._sets_time = command == "<"
                return self._say("Time stamp ON" if self.stamps_time else "Time stamp OFF")
            case "c" | "C":
                return self._switch_daisy(command == "C")
            case "j":
                return self._say("No open file to close\r\n")
            case "{" | "}" | ":" | ";":
                return self._say(_WIFI_REPLIES[command])
        return b""  # the firmware ignores unknown commands

    # Effects of the commands.

    def _say(self, text: str) -> bytes:
        """Return a reply; a streaming board sends none."""
        return b"" if self.is_streaming else text.encode("ascii") + b"$$$"

    def _reset(self) -> bytes:
        """Initialise everything except rate, mode and time stamps, and return the banner."""
        self.is_streaming = False
        self._pending.clear()
        self.bank.reset()
        self.daisy_is_attached = self._n_channels > N_CHIP_CHANNELS
        self._converter = Converter(self.sampling_rate_hz, self._gains())
        daisy = "On Daisy ADS1299 Device ID: 0x3E\n" if self.daisy_is_attached else ""
        return self._say(
            "OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x3E\n"
            f"{daisy}LIS3DH Device ID: 0x33\nFirmware: {BANNER_VERSION}\n"
        )

    def _set_rate(self, digit: int, now_s: float) -> bytes:
        if digit != ord("~"):
            if ord("7") <= digit <= ord("9"):
                return self._say("Failure: sample value out of bounds")
            if digit not in RATE_BY_DIGIT:
                return self._say("Failure: invalid sample value")
            self.sampling_rate_hz = RATE_BY_DIGIT[digit]
            # The whole converter is reinitialised: channel settings are lost, lead-off becomes DC.
            self.bank.reset()
            self.bank.lead_off_is_ac = False
            if self._patient.sampling_rate_hz != self.sampling_rate_hz:
                self._patient = self._new_patient()
            self._apply_settings(now_s)
        return self._say(f"Success: Sample rate is {self.sampling_rate_hz}Hz")

    def _set_mode(self, digit: int) -> bytes:
        if digit != ord("/"):
            if ord("6") <= digit <= ord("9"):
                return self._say("Failure: board mode value out of bounds.")
            if not ord("0") <= digit <= ord("5"):
                return self._say("Failure: invalid board mode value.")
            self.mode = digit - ord("0")
        return self._say(f"Success: {MODES[self.mode]}")

    def _switch_daisy(self, wanted: bool) -> bytes:
        had, self.daisy_is_attached = self.daisy_is_attached, wanted and self._n_channels > N_CHIP_CHANNELS
        if not wanted:
            return self._say("daisy removed") if had else b""
        if had:
            return self._say("16")
        return self._say("daisy attached16" if self.daisy_is_attached else "no daisy to attach!8")

    def _apply_settings(self, now_s: float) -> None:
        """Write the registers; while streaming, this restarts the conversions and the counter."""
        self._converter = Converter(self.sampling_rate_hz, self._gains())
        if self.is_streaming:
            self._begin_conversions(now_s + RESTART_S)

    def _gains(self) -> list[int]:
        return [state.gain for state in self.bank.states]

    def _new_patient(self) -> SimulatedPatient:
        return SimulatedPatient(self._scenario, self._seed, self.sampling_rate_hz, self._n_channels)

    # Packets sent.

    def _encode(self, samples: Samples, first_index: int) -> NDArray[np.uint8]:
        n_samples = len(samples.signal_uv)
        input_uv = self.bank.through_inputs(samples.signal_uv, first_index, self.sampling_rate_hz)
        counts = self._converter.convert(input_uv, samples.unit_noise)
        counts[:, [state.is_off for state in self.bank.states]] = 0
        if self.daisy_is_attached and self._packets_per_sample > 1:
            return self._whole_samples(counts, samples, first_index)
        counters = (self._counter + np.arange(n_samples)) % COUNTER_PERIOD
        if self.daisy_is_attached:
            counts = self._alternate_chips(counts, counters)
        elif self._n_channels > N_CHIP_CHANNELS:
            counts = counts[:, :N_CHIP_CHANNELS]
        packets = encode_packets(counts, self._counter, self._aux(samples, first_index, counters))
        packets[:, -1] = self._tails(n_samples)
        return packets

    def _whole_samples(self, counts: NDArray[np.int32], samples: Samples, first_index: int) -> NDArray[np.uint8]:
        """Return two packets per sample, the Daisy's at the even counter, followed by the board's."""
        halves = np.stack([counts[:, N_CHIP_CHANNELS:], counts[:, :N_CHIP_CHANNELS]], axis=1)
        counters = (self._counter + 1 + 2 * np.arange(len(counts))) % COUNTER_PERIOD
        aux = np.repeat(self._aux(samples, first_index, counters), 2, axis=0)
        packets = encode_packets(halves.reshape(-1, N_CHIP_CHANNELS), self._counter, aux)
        packets[:, -1] = np.repeat(self._tails(len(counts)), 2)
        return packets

    def _alternate_chips(self, counts: NDArray[np.int32], counters: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the radio data of two chips: averages of two samples, the Daisy's at even counters."""
        before = np.concatenate([self._last_counts, counts[:-1]]).astype(np.int64)
        self._last_counts = counts[-1:].copy()
        mean = np.trunc((counts + before) / 2.0).astype(np.int32)
        is_daisy = (counters % 2 == 0)[:, np.newaxis]
        return np.where(is_daisy, mean[:, N_CHIP_CHANNELS:], mean[:, :N_CHIP_CHANNELS]).astype(np.int32)

    def _tails(self, n_packets: int) -> NDArray[np.uint8]:
        carries_pins = self.mode in (ANALOG_MODE, DIGITAL_MODE, MARKER_MODE)
        if not self.stamps_time:
            return np.full(n_packets, Tail.RAW_AUX if carries_pins else Tail.ACCEL, np.uint8)
        tails = np.full(n_packets, Tail.TIME_RAW_AUX if carries_pins else Tail.TIME_ACCEL, np.uint8)
        if self._sets_time:
            tails[0] = Tail.TIME_SET_RAW_AUX if carries_pins else Tail.TIME_SET_ACCEL
            self._sets_time = False
        return tails

    def _aux(self, samples: Samples, first_index: int, counters: NDArray[np.int64]) -> NDArray[np.uint8]:
        n_packets = len(counters)
        words = self._aux_words(samples, first_index)
        if self.stamps_time:
            if self.mode not in (ANALOG_MODE, DIGITAL_MODE, MARKER_MODE):
                axes = [ACCEL_AXIS_BY_COUNTER.get(int(counter) % 10) for counter in counters]
                words[:, 0] = [0 if axis is None else samples.accel[row, axis] for row, axis in enumerate(axes)]
            index = self._n_due_before + 1 + np.arange(n_packets)
            stamp_s = self._stream_start_s - self._boot_s + index / self.sampling_rate_hz
            stamp_ms = (stamp_s * 1000.0).astype(np.int64) & 0xFFFF_FFFF
            words[:, 1], words[:, 2] = stamp_ms >> 16, stamp_ms & 0xFFFF
        return (words & 0xFFFF).astype(">u2").view(np.uint8).reshape(n_packets, 6)

    def _aux_words(self, samples: Samples, first_index: int) -> NDArray[np.int64]:
        """Return the three 16-bit words of each packet, without time stamps."""
        n_packets = len(samples.accel)
        words = np.zeros((n_packets, 3), np.int64)
        if self.mode == MARKER_MODE:
            # The character is signed in the firmware and therefore sign-extended.
            words[0, 0] = self._marker - 256 if self._marker > 0x7F else self._marker
            self._marker = 0
        elif self.mode == ANALOG_MODE:
            words[:] = 512 + samples.accel % 3  # open pins float around the middle
        elif self.mode != DIGITAL_MODE:
            # All zeros mean "no new value". The accelerometer has its own clock, so its values come with packets of any
            # parity.
            index = first_index + np.arange(n_packets + 1)
            n_new = np.diff(np.floor(index * (ACCEL_CLOCK * ACCEL_RATE_HZ / self.sampling_rate_hz)))
            words[n_new > 0] = samples.accel[n_new > 0]
        return words


_WIFI_REPLIES = {
    "{": "Failure: Wifi not attached",
    "}": "Failure: Wifi not removed",
    ":": "Wifi not present, send { to attach the shield",
    ";": "Wifi soft reset",
}
