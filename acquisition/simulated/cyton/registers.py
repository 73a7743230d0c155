"""Register dump of a simulated Cyton (the reply to ``?``)."""

from collections.abc import Sequence

from acquisition.core import ADS1299_GAINS
from acquisition.simulated.cyton.channels import FAST_TEST_HZ, TEST_SIGNAL_UV, ChannelBank, ChannelState, TestSignal

RATE_CODES = {16_000: 0, 8_000: 1, 4_000: 2, 2_000: 3, 1_000: 4, 500: 5, 250: 6}

NAMES = (
    *("ADS_ID", "CONFIG1", "CONFIG2", "CONFIG3", "LOFF"),
    *(f"CH{number}SET" for number in range(1, 9)),
    *("BIAS_SENSP", "BIAS_SENSN", "LOFF_SENSP", "LOFF_SENSN", "LOFF_FLIP"),
    *("LOFF_STATP", "LOFF_STATN", "GPIO", "MISC1", "MISC2", "CONFIG4"),
)
"""Registers 0x00 to 0x17 of the ADS1299, as named by the firmware."""

ACCEL_BLOCKS = (range(0x07, 0x10), range(0x1F, 0x34), range(0x38, 0x3E))
"""Registers of the LIS3DH that the firmware prints, with a blank line between the blocks."""

ACCEL_VALUES = {0x0F: 0x33, 0x20: 0x08, 0x23: 0x18}
"""WHO_AM_I, and the values written by the firmware at startup: power-down, ±4 g in high resolution; others are 0."""


def register_dump(bank: ChannelBank, sampling_rate_hz: int) -> str:
    """Return the text printed by ``?``, without the ``$$$``."""
    text = ""
    for chip, title in enumerate(("Board", "Daisy")[: len(bank.on_srb1)]):
        values = chip_registers(bank, chip, sampling_rate_hz)
        rows = "".join(_row(name, address, values[address]) for address, name in enumerate(NAMES))
        text += f"\n{title} ADS Registers\n{rows}"
    blocks = ("".join(f"0x{a:02X} {ACCEL_VALUES.get(a, 0):02X}\n" for a in block) for block in ACCEL_BLOCKS)
    return text + "\nLIS3DH Registers\n" + "\n".join(blocks)


def chip_registers(bank: ChannelBank, chip: int, sampling_rate_hz: int) -> list[int]:
    """Return the 24 registers of a chip, 0 for the board's own and 1 for the Daisy's."""
    states = bank.states[8 * chip : 8 * chip + 8]
    shares_clock = chip == 0 and len(bank.on_srb1) == 2
    bias = _bits([state.in_bias for state in states])
    return [
        0x3E,
        0x90 | (0x20 if shares_clock else 0) | RATE_CODES[sampling_rate_hz],
        _test_register(bank.test_signal),
        0xEC,
        0x02 if bank.lead_off_is_ac else 0x00,
        *(_channel_register(state) for state in states),
        bias,
        bias,
        _bits([state.lead_off_p for state in states]),
        _bits([state.lead_off_n for state in states]),
        *(0, 0, 0),
        0x0F,
        0x20 if bank.on_srb1[chip] else 0x00,
        *(0, 0),
    ]


def _row(name: str, address: int, value: int) -> str:
    bits = ", ".join(f"{value:08b}")
    return f"{name}, {address:02X}, {value:02X}, {bits}\n"


def _channel_register(state: ChannelState) -> int:
    return state.is_off << 7 | ADS1299_GAINS.index(state.gain) << 4 | state.on_srb2 << 3 | int(state.input)


def _test_register(signal: TestSignal | None) -> int:
    if signal is None:
        return 0xC0
    frequency = 3 if signal.frequency_hz == 0.0 else int(signal.frequency_hz == FAST_TEST_HZ)
    return 0xD0 | (signal.amplitude_uv > TEST_SIGNAL_UV) << 2 | frequency


def _bits(flags: Sequence[bool]) -> int:
    return sum(flag << bit for bit, flag in enumerate(flags))
