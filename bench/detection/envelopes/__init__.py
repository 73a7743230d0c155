"""Sessions in which everything is coloured noise or a plain waveform under an envelope."""

from bench.detection.envelopes.session import make
from bench.detection.sessions import KINDS

__all__ = ["KINDS", "make"]
