"""How long after the arrival of its last sample a verdict was seen or heard."""

from collections import deque

import numpy as np

KEPT = 200
"""Verdicts over which the figures are told."""


class Latency:
    """Times from arrival to something that a person can notice, in milliseconds."""

    def __init__(self) -> None:
        self._kept_ms: deque[float] = deque(maxlen=KEPT)

    def add(self, arrival_s: float, noticed_s: float) -> None:
        """Take one: both times by the same clock, in seconds."""
        self._kept_ms.append(1e3 * (noticed_s - arrival_s))

    @property
    def kept_ms(self) -> list[float]:
        """The last `KEPT` of them."""
        return list(self._kept_ms)

    @property
    def last_ms(self) -> float | None:
        """The last one, None before the first."""
        return self._kept_ms[-1] if self._kept_ms else None

    @property
    def p99_ms(self) -> float | None:
        """What one in a hundred exceeds, None before the first."""
        return float(np.quantile(self._kept_ms, 0.99)) if self._kept_ms else None
