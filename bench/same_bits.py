"""Check whether the detector's results are bit-identical on another processor, or with another NumPy, BLAS or libm.

Run as ``python -m bench.same_bits > one.txt`` from the project's root on both machines; it prints each event of seeded
simulated scenes, with numbers as hexadecimal floats. ``python -m bench.same_bits one.txt other.txt`` then prints the
differences. ``OPENBLAS_CORETYPE=Nehalem`` and ``NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4 AVX512_ICL"`` (NumPy's own
names: ``numpy.show_config()``) make one x86-64 machine act as another.
"""

import sys
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from bench.detection.composer import compose
from bench.detection.scenes import KINDS, detect, vary
from dsp import TwitchEvent

FIRST_SEED = 7600
RATES_HZ = (250, 500, 1000, 2000)
STEP_UV = 2.0**-6
"""The scenes' values are rounded to this step: NumPy makes them too, and their last bit may differ."""

EventText = dict[str, str]


def exactly(value: object) -> str:
    """Return the exact text of a value; floats are hexadecimal."""
    return value.hex() if isinstance(value, float) else repr(value)


def tell(event: TwitchEvent) -> str:
    """Return an event as one line of tab-separated fields."""
    return "\t".join(f"{field.name}={exactly(getattr(event, field.name))}" for field in fields(event))


def print_events() -> None:
    """Print the events detected in each kind of scene at each rate."""
    for rate_hz in RATES_HZ:
        for seed, (kind, recipe) in enumerate(KINDS.items(), FIRST_SEED):
            scene = compose(replace(vary(recipe, seed), rate_hz=rate_hz), seed)
            scene.signal_uv[:] = np.round(scene.signal_uv / STEP_UV) * STEP_UV
            for event in detect(scene):
                print(f"scene={kind} {rate_hz}\t{tell(event)}")


def read(path: str) -> list[EventText]:
    """Return the events of a file."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return [dict(part.split("=", 1) for part in line.split("\t")) for line in lines]


def compare(one: list[EventText], other: list[EventText]) -> None:
    """Print how many events differ, and in which fields."""
    if [event["scene"] for event in one] != [event["scene"] for event in other]:
        print(f"other events: {len(one)} and {len(other)}")
        return
    pairs = list(zip(one, other, strict=True))
    differing = Counter(name for a, b in pairs for name in a if a[name] != b[name])
    n_differing = sum(a != b for a, b in pairs)
    print(f"{n_differing} of {len(pairs)} events differ", *(f"{name} {n}" for name, n in differing.items()), sep="; ")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        compare(read(sys.argv[1]), read(sys.argv[2]))
    else:
        print_events()
