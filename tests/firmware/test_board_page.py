"""Agreement of the page about the board with the firmware: pins and fuses."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "hardware_docs" / "board.md").read_text("utf-8")
AVR_PORT = (ROOT / "firmware" / "port" / "avr" / "hal_avr.c").read_text("utf-8")


@pytest.mark.parametrize("pin", ["PB2", "PB3", "PB4", "PB5", "PD2", "PD3", "PD4", "PD5", "PD6"])
def test_each_pin_of_the_port_is_wired_on_the_page(pin: str) -> None:
    (job,) = re.findall(rf"{pin} (?:\(INT0\) )?(\w+)|PD4 and {pin} (event)", AVR_PORT)[:1]
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {pin}"))
    names = {"MOSI": "DIN", "MISO": "DOUT", "SCK": "SCLK"} | {name: name for name in ("CS", "DRDY", "RESET", "sync")}
    assert names.get(job[0], "event") in row


def test_the_fuses_fit_the_clock_of_the_build() -> None:
    makefile = (ROOT / "firmware" / "Makefile").read_text("utf-8")
    assert "-DF_CPU=7372800UL" in makefile
    assert "7.3728 MHz" in PAGE
    low = int(re.search(r"lfuse:w:(0x[0-9A-F]{2})", PAGE)[1], 16)  # type: ignore[index]
    assert low & 0x80, "CKDIV8 must be unprogrammed: the clock is not divided"
    assert low & 0x0E == 0x0C, "CKSEL3..1 = 110: a crystal of 3 to 8 MHz"
