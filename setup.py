"""Build the Cython extensions; everything else about the package is in pyproject.toml.

Set ``TWITCHSCOPE_CHECKED=1`` for a build with bounds and initialisation checks, on which CI runs the same tests, and
``TWITCHSCOPE_SCALAR=1`` for one without vector types, as MSVC has none.
"""

import os
import sys

from Cython.Build import cythonize
from setuptools import Extension, setup

CHECKED = os.environ.get("TWITCHSCOPE_CHECKED", "0") == "1"

# Contracted multiply-adds would make these sources give other bits on arm64 than on x86-64; what NumPy's libraries add
# to that is told in docs/adr/0003. MSVC does not contract under its default /fp:precise.
COMPILE_ARGS = [] if sys.platform == "win32" else ["-ffp-contract=off"]

if os.environ.get("TWITCHSCOPE_SCALAR", "0") == "1":
    COMPILE_ARGS.append("-DTWITCHSCOPE_SCALAR")

MEASURES = ("_alike", "_burst", "_channels", "_contact", "_line", "_pulses", "_shape", "_trees")
LEVELS = {f"dsp.compiled.{name}": "-O3" for name in MEASURES}
"""The chain has its vectors by hand and is slower at -O3; the others have loops that the compiler turns into them."""

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
