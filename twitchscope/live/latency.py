"""How long after the arrival of its last sample a verdict was on screen or heard."""

from collections import deque

import numpy as np

from twitchscope.words import tr

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
        return float(np.quantile(self._kept_ms, 0.99, method="higher")) if self._kept_ms else None


def delays_text(painted: Latency, heard: Latency) -> str:
    """Return how long after its last sample a twitch was told on screen and heard; empty before the first."""
    told = [
        f"{word} {latency.last_ms:.0f} ms (p99 {latency.p99_ms:.0f})"
        for word, latency in ((tr("told"), painted), (tr("heard"), heard))
        if latency.last_ms is not None and latency.p99_ms is not None
    ]
    return tr("twitch {told} after its sample").format(told=", ".join(told)) if told else ""
