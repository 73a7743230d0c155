"""The program for the ATmega328P: it builds without a warning, fits, and meets its budget cycle by cycle."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.firmware.build import make_firmware, need_avr_compiler, need_simulator


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_avr_compiler()
    return tmp_path_factory.mktemp("avr")


def test_it_fits_into_flash_and_ram(folder: Path) -> None:
    assert "flash " in make_firmware(folder, "size")


def test_the_registers_of_the_transmit_interrupt_are_nobody_elses(folder: Path) -> None:
    make_firmware(folder, "avr")
    program = folder / "twitchscope-328p.elf"
    listing = subprocess.run(["avr-objdump", "-d", str(program)], capture_output=True, text=True, check=True).stdout
    functions = re.split(r"\n(?=[0-9a-f]{8} <)", listing)
    users = {
        re.match(r"[0-9a-f]{8} <(.+)>:", function)[1]  # type: ignore[index]
        for function in functions
        if re.search(r"\t[a-z]+\t(?:\w+, )?r[2-5]\b", function)
    }
    assert users == {"__vector_19"}


def test_it_answers_after_every_byte_floods_and_half_commands(folder: Path) -> None:
    need_simulator()
    assert "the board answers v after every byte in every state" in make_firmware(folder, "hostile")


def test_2000_sps_stay_within_the_budget(folder: Path) -> None:
    """No overrun, a quarter of the cycles idle, the stack measured: the program itself compares and prints."""
    need_simulator()
    told = make_firmware(folder, "budget")
    assert "0 gaps, 0 overruns, 0 dropped, 0 SPI faults" in told
