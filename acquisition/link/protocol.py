"""Constants and tables of the OpenBCI Cyton protocol: packets, auxiliary layouts, commands and replies.

Source: OpenBCI_Cyton_Library 3.1.5 and OpenBCI_Radios. The firmware takes precedence over its documentation.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum

PACKET_BYTES = 33
HEAD = 0xA0
"""First byte of a packet, as sent by the dongle or a native USB board."""

RAW_HEAD = 0x41
"""First byte on the board's own UART; after `HEAD` it reveals an old dongle that shifts everything by one byte."""

TAIL_FIRST, TAIL_LAST = 0xC0, 0xC6
"""Range of the last byte, whose low nibble gives the layout of the auxiliary bytes."""

COUNTER_OFFSET = 1
COUNTER_PERIOD = 256
SAMPLES_OFFSET = 2
SAMPLE_BYTES = 3
N_CHIP_CHANNELS = 8
"""Channels of one ADS1299, and of one packet."""

AUX_OFFSET = 26
AUX_BYTES = 6
TAIL_OFFSET = 32

BITS_PER_BYTE_ON_THE_LINE = 10
"""8-N-1: start bit, eight bits, stop bit."""

DEFAULT_BAUD = 115_200

DAISY_BANDWIDTH_PER_RATE = 0.368
"""-3 dB point of a board with Daisy as a fraction of its sampling rate, which is half of the converter's.

It combines the ADS1299's sinc3 and the firmware's mean of two neighbouring samples: 46 Hz at 125 SPS.
"""

REPLY_END = b"$$$"
FAILURE = b"Failure"

START = b"b"
STOP = b"s"
RESET = b"v"
QUERY_RATE = b"~~"
ATTACH_DAISY = b"C"
REMOVE_DAISY = b"c"
TIME_STAMPS_OFF = b">"
DONGLE_STATUS = b"\xf0\x07"
QUERY_COUNTS = b"?"
"""Query of the registers and, on the wired board, of its loss counters."""

SYNC_PULSE = b"o"
"""Pulse at the sync output of the wired board; a Cyton ignores it."""

BAUD_COMMANDS = {115_200: b"\xf0\x05", 230_400: b"\xf0\x06", 921_600: b"\xf0\x0a"}
"""Baud rate → command of the dongle, also known to the wired board."""

RATE_COMMANDS = {
    16_000: b"~0",
    8_000: b"~1",
    4_000: b"~2",
    2_000: b"~3",
    1_000: b"~4",
    500: b"~5",
    250: b"~6",
}
"""Sampling rate in SPS → command."""

LONGEST_COMMAND_BYTES = 9
"""Length of a channel setting, the longest command."""

DONGLE_RATE_SPS = 250
"""Only rate of the radio; the firmware returns to it at `START`."""

GAIN_CODES = {1: b"0", 2: b"1", 4: b"2", 6: b"3", 8: b"4", 12: b"5", 24: b"6"}
"""Gain → digit in a channel setting."""

CHANNEL_LETTERS = b"12345678QWERTYUI"
"""Name of channels 1 to 16 in a channel setting; any other letter silently means channel 1."""


class Tail(IntEnum):
    """Last byte of a packet, which gives the layout of its auxiliary bytes."""

    ACCEL = 0xC0
    RAW_AUX = 0xC1
    USER_DEFINED = 0xC2
    TIME_SET_ACCEL = 0xC3
    TIME_ACCEL = 0xC4
    TIME_SET_RAW_AUX = 0xC5
    TIME_RAW_AUX = 0xC6


class AuxContent(Enum):
    """Meaning of the words before a time stamp, or of all three without one."""

    ACCEL = "accelerometer"
    RAW = "pins, as set by the board mode"
    USER = "user defined"


@dataclass(frozen=True, slots=True)
class AuxLayout:
    """Layout of the six auxiliary bytes.

    Attributes
    ----------
    content : AuxContent
        Meaning of the words.
    has_time : bool
        True for one 16-bit word and the board's milliseconds as uint32, False for three words. All are big-endian.
    """

    content: AuxContent
    has_time: bool = False


AUX_LAYOUTS = {
    Tail.ACCEL: AuxLayout(AuxContent.ACCEL),
    Tail.RAW_AUX: AuxLayout(AuxContent.RAW),
    Tail.USER_DEFINED: AuxLayout(AuxContent.USER),
    Tail.TIME_SET_ACCEL: AuxLayout(AuxContent.ACCEL, has_time=True),
    Tail.TIME_ACCEL: AuxLayout(AuxContent.ACCEL, has_time=True),
    Tail.TIME_SET_RAW_AUX: AuxLayout(AuxContent.RAW, has_time=True),
    Tail.TIME_RAW_AUX: AuxLayout(AuxContent.RAW, has_time=True),
}

ACCEL_AXIS_BY_COUNTER = {7: 0, 8: 1, 9: 2}
"""counter % 10 → axis (X, Y, Z) in the time-stamped accelerometer layouts. Other packets carry no axis."""

ANALOG_V_PER_COUNT = 3.3 / 1023
"""Volts per count of the 10-bit converter at 3.3 V."""


def packets_per_second(baud: int) -> float:
    """Return the number of packets per second that a UART at `baud` carries."""
    return baud / BITS_PER_BYTE_ON_THE_LINE / PACKET_BYTES


def channel_setting(number: int, gain: int, in_bias: bytes) -> bytes:
    """Return the command that makes channel `number` (from 1) a bipolar EMG input.

    Powered up, normal input, SRB2 and SRB1 off: the signal is the voltage between the channel's own two pins.

    Parameters
    ----------
    number : int
        Channel from 1 to 16.
    gain : int
        One of the ADS1299's gains.
    in_bias : bytes
        ``b"1"`` when the channel is part of the bias drive, else ``b"0"``.
    """
    return b"x" + channel_letter(number) + b"0" + GAIN_CODES[gain] + b"0" + in_bias + b"00X"


def channel_off(number: int, gain: int) -> bytes:
    """Return the command that switches channel `number` (from 1) off: powered down, inputs shorted, no bias.

    Unused inputs are tied to a supply (hardware_docs/board.md), so in the bias sum they would drive it to its rail. The
    channel reads 0.
    """
    return b"x" + channel_letter(number) + b"1" + GAIN_CODES[gain] + b"1000X"


def channel_letter(number: int) -> bytes:
    """Return the letter of channel `number` (from 1 to 16) in commands."""
    return CHANNEL_LETTERS[number - 1 : number]
