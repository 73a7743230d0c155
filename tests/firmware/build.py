"""Builds of the firmware. A missing tool skips the test with the reason, or fails it when CI=true."""

import shutil
import subprocess
from pathlib import Path

from tests.needs import missing
from tests.patience import DEADLINE_S

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"


def make_firmware(folder: Path, *targets: str, source: Path = FIRMWARE) -> str:
    """Run make in the firmware's folder, or in a changed copy of it, building into `folder`; return its output."""
    done = subprocess.run(
        ["make", "-C", str(source), f"BUILD={folder}", *targets],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stderr
    return done.stdout


def need_host_compiler() -> None:
    """Skip or fail without the tools for the host port."""
    _need_tools("the firmware's host port", "make", "cc")
    _need_header("the firmware's unit tests", "cmocka.h", "libcmocka-dev")


def need_fuzzer() -> None:
    """Skip or fail without libFuzzer."""
    _need_tools("the firmware's fuzzer (Debian packages clang and libclang-rt-dev)", "make", "clang")
    found = subprocess.run(["clang", "-print-runtime-dir"], capture_output=True, text=True, check=True)
    if not list(Path(found.stdout.strip()).glob("libclang_rt.fuzzer*.a")):
        missing("the firmware's fuzzer needs libclang_rt.fuzzer (Debian package libclang-rt-dev)")


def need_avr_compiler() -> None:
    """Skip or fail without the tools for the ATmega328P's program."""
    _need_tools("the ATmega328P's program (Debian packages gcc-avr and avr-libc)", "make", "avr-gcc", "avr-size")


def need_simulator() -> None:
    """Skip or fail without the tools for the simulated board."""
    need_avr_compiler()
    _need_tools("the simulated board", "cc")
    _need_header("the simulated board", "simavr/sim_avr.h", "libsimavr-dev")
    _need_header("the simulated board", "libelf.h", "libelf-dev")


def _need_tools(what: str, *tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            missing(f"{what} needs {tool}")


def _need_header(what: str, header: str, package: str) -> None:
    if not Path("/usr/include", header).exists():
        missing(f"{what} needs {header} (Debian package {package})")
