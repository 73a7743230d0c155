"""Sessions of firing motor units, each with its own spike train and a potential at every electrode pair."""

from bench.detection.sessions import KINDS
from bench.detection.units.session import make

__all__ = ["KINDS", "make"]
