"""Builds of the firmware: skip by name where a tool is missing, fail when CI=true."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"


def _missing(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def firmware_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the host port and its unit tests, built under the sanitizers."""
    for tool in ("make", "cc"):
        if shutil.which(tool) is None:
            _missing(f"the firmware's host port needs {tool}")
    if not Path("/usr/include/cmocka.h").exists():
        _missing("the firmware's unit tests need cmocka (Debian package libcmocka-dev)")
    folder = tmp_path_factory.mktemp("firmware")
    targets = [f"{folder}/host-pipe", f"{folder}/unit-tests"]
    done = subprocess.run(
        ["make", "-C", str(FIRMWARE), f"BUILD={folder}", *targets], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
