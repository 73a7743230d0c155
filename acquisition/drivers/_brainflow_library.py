"""BrainFlow's native library, where its own search does not find it."""

import importlib.resources
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


def _package_files(_module: str) -> Traversable:
    return importlib.resources.files("brainflow")
