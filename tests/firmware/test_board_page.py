"""The page about the board agrees with the firmware: registers and pins."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "hardware_docs" / "board.md").read_text("utf-8")
ADS_DRIVER = (ROOT / "firmware" / "src" / "ads1299.c").read_text("utf-8")
AVR_PORT = (ROOT / "firmware" / "port" / "avr" / "hal_avr.c").read_text("utf-8")


def _registers_of_the_page() -> dict[str, str]:
    return dict(re.findall(r"^\| ([A-Z0-9_]+)(?: … CH8SET)? \| (0x[0-9A-F]{2})[^|]*\|", PAGE, re.MULTILINE))


def _registers_of_the_firmware() -> dict[str, str]:
    writes = re.findall(r"ads_write\((?:\(uint8_t\)\()?ADS_(\w+)[^,]*, (?:\(uint8_t\)\()?(0x[0-9A-F]{2})", ADS_DRIVER)
    return dict(writes)


def test_every_register_is_on_the_page_with_its_value() -> None:
    written = _registers_of_the_firmware()
    assert len(written) >= 13
    assert _registers_of_the_page() == written


@pytest.mark.parametrize("pin", ["PB2", "PB3", "PB4", "PB5", "PD2", "PD3", "PD4", "PD5"])
def test_each_pin_of_the_port_is_wired_on_the_page(pin: str) -> None:
    (told,) = re.findall(rf"{pin} (?:\(INT0\) )?(\w+)|PD4 and {pin} (event)", AVR_PORT)[:1]
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {pin}"))
    names = {"CS": "CS", "MOSI": "DIN", "MISO": "DOUT", "SCK": "SCLK", "DRDY": "DRDY", "RESET": "RESET"}
    assert names.get(told[0], "event") in row


def test_the_fuses_fit_the_clock_of_the_build() -> None:
    makefile = (ROOT / "firmware" / "Makefile").read_text("utf-8")
    assert "-DF_CPU=7372800UL" in makefile
    assert "7.3728 MHz" in PAGE
    low = int(re.search(r"lfuse:w:(0x[0-9A-F]{2})", PAGE)[1], 16)  # type: ignore[index]
    assert low & 0x80, "CKDIV8 must be unprogrammed: the clock is not divided"
    assert low & 0x0E == 0x0C, "CKSEL3..1 = 110: a crystal of 3 to 8 MHz"
