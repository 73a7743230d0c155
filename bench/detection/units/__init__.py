"""Sessions whose muscle is made of motor units, each with a potential at every electrode pair and spikes of its own."""

from bench.detection.sessions import KINDS
from bench.detection.units.session import make

__all__ = ["KINDS", "make"]
