"""Program for the ATmega328P: it builds without warnings, fits, and meets its budget of cycles."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.firmware.build import FIRMWARE, make_firmware, need_avr_compiler, need_simulator

LATENCY_PAGE = FIRMWARE.parent / "hardware_docs" / "latency.md"
SHOWN = re.compile(r"`make size budget` with (avr-gcc \S+ and simavr \S+) .*?\n```\n(.*?)\n```\n", re.DOTALL)


def _shown() -> tuple[str, list[str]]:
    """Return the tools named in the README and the lines of `make size budget` that it shows."""
    shown = SHOWN.search((FIRMWARE / "README.md").read_text("utf-8"))
    assert shown is not None, "firmware/README.md shows no `make size budget` with its tools"
    return shown[1], shown[2].splitlines()


def _tools_here() -> str:
    compiler = subprocess.run(["avr-gcc", "-dumpversion"], capture_output=True, text=True, check=True).stdout.strip()
    settings = Path("/usr/include/simavr/sim_core_config.h").read_text("utf-8")
    simulator = re.search(r'CONFIG_SIMAVR_VERSION "(.+)"', settings)[1]  # type: ignore[index]
    return f"avr-gcc {compiler} and simavr {simulator}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_avr_compiler()
    return tmp_path_factory.mktemp("avr")


@pytest.fixture(scope="module")
def budget(folder: Path) -> str:
    """Output of `make size budget`, which fails when a limit is exceeded."""
    need_simulator()
    return make_firmware(folder, "size", "budget")


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


def test_2000_sps_stay_within_the_budget(budget: str) -> None:
    """The program itself checks and prints: no overrun, a quarter of the cycles idle, stack size measured."""
    assert "0 gaps, 0 overruns, 0 dropped, 0 SPI faults" in budget


def test_the_readme_shows_what_size_budget_prints(budget: str) -> None:
    """With the tools named in the README to the last digit; with others, whose figures differ, only the words."""
    tools, shown = _shown()
    printed = budget.splitlines()
    if tools != _tools_here():
        shown, printed = _words_of(shown), _words_of(printed)
    missing = [line for line in shown if line not in printed]
    assert not missing, f"firmware/README.md shows {missing}; `make size budget` printed:\n{budget}"


def _words_of(lines: list[str]) -> list[str]:
    return [re.sub(r"\d+(\.\d+)?", "…", line) for line in lines]


def test_the_latency_page_promises_no_more_than_the_readme_shows() -> None:
    worst_us = int(re.search(r"first bit read \d+ cycles, (\d+) us", "\n".join(_shown()[1]))[1])  # type: ignore[index]
    promised = re.search(r"first bit read \| less than ([\d.]+) ms", LATENCY_PAGE.read_text("utf-8"))
    assert worst_us < 1000 * float(promised[1])  # type: ignore[index]
