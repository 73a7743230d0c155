"""Sessions made of coloured noise and simple waveforms under envelopes."""

from bench.detection.envelopes.session import make
from bench.detection.sessions import KINDS

__all__ = ["KINDS", "make"]
