"""BrainFlow's native library, where its own search does not find it or it does not load."""

import importlib.resources
import platform
import sys
from importlib.resources.abc import Traversable

import brainflow.board_shim as board_shim


def find_library_beside_module() -> None:
    """Let BrainFlow find its library on Python 3.11.

    BrainFlow 5.23 asks `importlib.resources.files` for a module, which only Python 3.12 takes, and then falls back on
    pkg_resources, which setuptools 82 has dropped.
    """
    if sys.version_info < (3, 12):
        board_shim.files = _package_files


def why_it_does_not_load() -> str:
    """Return what the system does not say of a library for another processor: that of Linux is for x86-64 alone.

    Empty where that is not the cause. The system says of such a file that it is not there.
    """
    is_there = _package_files("brainflow").joinpath("lib", "libBoardController.so").is_file()
    processor = platform.machine()
    if sys.platform != "linux" or processor == "x86_64" or not is_there:
        return ""
    return f"; BrainFlow has no library for this processor ({processor})"


def _package_files(_module: str) -> Traversable:
    return importlib.resources.files("brainflow")
