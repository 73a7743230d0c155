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

MEASURES = (
    "dsp._alike", "dsp._burst", "dsp._channels", "dsp._contact", "dsp._line", "dsp._pulses", "dsp._shape", "dsp._trees",
)  # fmt: skip
LEVELS = dict.fromkeys(MEASURES, "-O3")
"""Optimisation level. The chain is vectorised by hand and is slower at -O3; the other modules' loops are vectorised by
the compiler."""

LANES = ["dsp/_lanes.h", "dsp/_lanes_begin.h", "dsp/_lanes_end.h"]
HEADERS = {
    "dsp._alike": [*LANES, "dsp/_products.h", "dsp/_products_lanes.h"],
    "dsp._burst": [*LANES, "dsp/_onset.h", "dsp/_onset_lanes.h"],
    "dsp._channels": ["dsp/_lanes.h", "dsp/_rows.h"],
    "dsp._pulses": [*LANES, "dsp/_products.h", "dsp/_products_lanes.h"],
}

EXTENSIONS = [
    Extension(
        name,
        [name.replace(".", "/") + ".pyx"],
        depends=headers,
        extra_compile_args=COMPILE_ARGS if sys.platform == "win32" else [*COMPILE_ARGS, LEVELS.get(name, "-O2")],
    )
    for name, headers in (
        ("acquisition.link._framing", []),
        ("dsp._kernel", [*LANES, "dsp/_chain.h", "dsp/_chain_lanes.h", "dsp/_rows.h"]),
        *((name, HEADERS.get(name, [])) for name in MEASURES),
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
