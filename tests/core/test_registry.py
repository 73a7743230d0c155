"""Registry of boards by URL, with lazy imports."""

import subprocess
import sys

import pytest

from acquisition.core import BoardConfigError, BoardNotFound, load, make_board, open_board
from acquisition.core.registry import DRIVERS
from tests.patience import DEADLINE_S


def test_an_unknown_scheme_names_the_known_ones() -> None:
    with pytest.raises(BoardNotFound, match=r"no board called 'cython'; known are brainflow, cyton, .*playback"):
        open_board("cython:/dev/ttyUSB0")


@pytest.mark.parametrize("url", ["", "recording.bdf", "cyton"])
def test_no_url_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(BoardConfigError, match="expected something like simulated"):
        open_board(url)


@pytest.mark.parametrize("scheme", DRIVERS)
def test_every_driver_can_be_loaded(scheme: str) -> None:
    assert callable(load(DRIVERS[scheme]))


@pytest.mark.parametrize("scheme", DRIVERS)
def test_every_driver_refuses_an_option_that_it_does_not_know(scheme: str) -> None:
    with pytest.raises(BoardConfigError, match="no option 'colour'"):
        make_board(f"{scheme}:SYNTHETIC_BOARD?colour=red")


def test_a_missing_library_hurts_only_its_user() -> None:
    with pytest.raises(BoardNotFound, match=r"acquisition\.drivers\.nothing cannot be loaded: No module"):
        load("acquisition.drivers.nothing:board_from_url")


def test_a_native_library_that_is_missing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def import_module(_name: str) -> None:
        raise OSError("libvendor.so: cannot open shared object file")

    monkeypatch.setattr("acquisition.core.registry.importlib.import_module", import_module)
    with pytest.raises(BoardNotFound, match="libvendor"):
        load("vendor:board_from_url")


def test_no_driver_is_imported_before_its_board_is_asked_for() -> None:
    program = (
        "import acquisition, acquisition.core, sys; "
        "print([name for name in sys.modules if name.startswith(('acquisition.drivers', 'acquisition.simulated',"
        " 'serial', 'brainflow', 'pyxdf', 'PySide6'))])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=DEADLINE_S
    )
    assert answer.stdout.strip() == "[]"
