"""Workarounds for finding and loading BrainFlow's native library."""

import importlib.resources
import platform
import sys
from importlib.resources.abc import Traversable

import brainflow.board_shim as board_shim


def find_library_beside_module() -> None:
    """Make BrainFlow find its library on Python 3.11.

    BrainFlow 5.23 passes a module to `importlib.resources.files`, which only Python 3.12 accepts. Its fallback is
    pkg_resources, which setuptools 82 has removed.
    """
    if sys.version_info < (3, 12):
        board_shim.files = _package_files


def why_it_does_not_load() -> str:
    """Return a note if the library does not load because it is for another processor; empty otherwise.

    The Linux library is for x86-64 only. On other processors the system reports it as missing.
    """
    is_there = _package_files("brainflow").joinpath("lib", "libBoardController.so").is_file()
    processor = platform.machine()
    if sys.platform != "linux" or processor == "x86_64" or not is_there:
        return ""
    return f"; BrainFlow has no library for this processor ({processor})"


def _package_files(_module: str) -> Traversable:
    return importlib.resources.files("brainflow")
