"""The program for the ATmega328P builds without a warning and fits."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"


def test_the_avr_program_fits_into_flash_and_ram(tmp_path: Path) -> None:
    if shutil.which("avr-gcc") is None:
        message = "the ATmega328P's program needs avr-gcc (Debian packages gcc-avr and avr-libc)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    done = subprocess.run(
        ["make", "-C", str(FIRMWARE), f"BUILD={tmp_path}", "size"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stderr
    assert "flash " in done.stdout
