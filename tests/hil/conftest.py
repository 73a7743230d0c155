"""Build of the simulated board, made once."""

import sys
from pathlib import Path

import pytest

from tests.firmware.build import make_firmware, need_simulator


@pytest.fixture(scope="session")
def hil_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the simulated board and its program."""
    if sys.platform == "win32":
        pytest.skip("Windows has no pseudo-terminals")
    need_simulator()
    folder = tmp_path_factory.mktemp("hil")
    make_firmware(folder, "sim")
    return folder
