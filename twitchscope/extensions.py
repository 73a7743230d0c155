"""Compiled extensions of a source tree that are older than their sources, as after a pull without ``make build``."""

import re
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

ROOT = Path(__file__).parents[1]

INCLUDED = re.compile(r'^\s*(?:from \.(\w+) cimport|(?:cdef extern from|#include) "(\w+\.h)")', re.MULTILINE)
"""Statement of Cython or C that includes a file of the same folder: the module, or the header."""


def old_extensions(root: Path = ROOT) -> list[str]:
    """Return the names of the extensions that must be built; none outside a source tree, where nobody can build them.

    File times are compared, as in make. An extension may be valid all the same, so this is called only after an error.
    """
    if not (root / "Makefile").is_file():
        return []
    sources = [source for package in ("acquisition", "dsp") for source in sorted((root / package).rglob("*.pyx"))]
    return [".".join(source.relative_to(root).with_suffix("").parts) for source in sources if _is_old(source)]


def _is_old(source: Path) -> bool:
    built = [path for suffix in EXTENSION_SUFFIXES if (path := source.with_suffix(suffix)).exists()]
    return not built or built[0].stat().st_mtime < max(path.stat().st_mtime for path in _with_included(source))


def _with_included(source: Path) -> set[Path]:
    """Return a source and the files that it includes, directly or through others."""
    found, left = {source}, [source]
    while left:
        path = left.pop()
        for module, header in INCLUDED.findall(path.read_text("utf-8")):
            included = path.with_name(header or f"{module}.pxd")
            if included not in found and included.exists():
                found.add(included)
                left.append(included)
    return found
