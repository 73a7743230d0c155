"""Build the Cython extensions; everything else about the package is in pyproject.toml.

Set ``TWITCHSCOPE_CHECKED=1`` for a build with bounds and initialisation checks (CI runs the same tests on it), and
``TWITCHSCOPE_SCALAR=1`` for a build without vector types, which MSVC does not have.
"""

import os
import sys

from Cython.Build import cythonize
from setuptools import Extension, setup

CHECKED = os.environ.get("TWITCHSCOPE_CHECKED", "0") == "1"

# Contracted multiply-adds would make the results on arm64 differ in their last bits from those on x86-64. For the
# differences that NumPy's libraries add, see docs/adr/0003. MSVC does not contract under its default /fp:precise.
COMPILE_ARGS = [] if sys.platform == "win32" else ["-ffp-contract=off"]

if os.environ.get("TWITCHSCOPE_SCALAR", "0") == "1":
    COMPILE_ARGS.append("-DTWITCHSCOPE_SCALAR")

MEASURES = ("_alike", "_burst", "_channels", "_contact", "_line", "_pulses", "_shape", "_trees")
LEVELS = {f"dsp.compiled.{name}": "-O3" for name in MEASURES}
"""Optimisation level. The chain is vectorised by hand and is slower at -O3; the compiler vectorises the other loops."""

LANES = ["_lanes.h", "_lanes_begin.h", "_lanes_end.h"]
HEADERS = {
    "_alike": [*LANES, "_products.h", "_products_lanes.h"],
    "_burst": [*LANES, "_onset.h", "_onset_lanes.h"],
    "_channels": ["_lanes.h", "_rows.h"],
    "_kernel": [*LANES, "_chain.h", "_chain_lanes.h", "_rows.h"],
    "_pulses": [*LANES, "_products.h", "_products_lanes.h"],
}

EXTENSIONS = [
    Extension(
        name,
        [name.replace(".", "/") + ".pyx"],
        depends=[f"dsp/compiled/{header}" for header in headers],
        extra_compile_args=COMPILE_ARGS if sys.platform == "win32" else [*COMPILE_ARGS, LEVELS.get(name, "-O2")],
    )
    for name, headers in (
        ("acquisition.link._framing", []),
        *((f"dsp.compiled.{name}", HEADERS.get(name, [])) for name in ("_kernel", *MEASURES)),
    )
]

setup(
    ext_modules=cythonize(
        EXTENSIONS,
        compiler_directives={
            "language_level": 3,
            "boundscheck": CHECKED,
            "initializedcheck": CHECKED,
            "show_performance_hints": False,  # the checked build is slow on purpose
        },
        force=CHECKED,
    )
)
