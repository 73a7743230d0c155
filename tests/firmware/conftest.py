"""Build of the firmware, made once for all tests that run it."""

from pathlib import Path

import pytest

from tests.firmware.build import make_firmware, need_host_compiler


@pytest.fixture(scope="session")
def firmware_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the host port and its unit tests, built under the sanitizers."""
    need_host_compiler()
    folder = tmp_path_factory.mktemp("firmware")
    make_firmware(folder, *(f"{folder}/{name}" for name in ("host-pipe", "stream-tests", "command-tests")))
    return folder
