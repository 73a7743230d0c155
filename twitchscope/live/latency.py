"""Latency of verdicts on screen and in sound after the arrival of their last sample."""

from collections import deque

import numpy as np

from twitchscope.words import tr

KEPT = 200
"""Number of latest values used for the statistics."""


class Latency:
    """Latencies from arrival to something that a person can notice, in milliseconds."""

    def __init__(self) -> None:
        self._kept_ms: deque[float] = deque(maxlen=KEPT)

    def add(self, arrival_s: float, noticed_s: float) -> None:
        """Add a latency from two times of the same clock, in seconds."""
        self._kept_ms.append(1e3 * (noticed_s - arrival_s))

    @property
    def kept_ms(self) -> list[float]:
        """The last `KEPT` values."""
        return list(self._kept_ms)

    @property
    def last_ms(self) -> float | None:
        """Last value, None before the first."""
        return self._kept_ms[-1] if self._kept_ms else None

    @property
    def p99_ms(self) -> float | None:
        """99th percentile, None before the first value."""
        return float(np.quantile(self._kept_ms, 0.99, method="higher")) if self._kept_ms else None


def delays_text(painted: Latency, heard: Latency) -> str:
    """Return the text with the latencies of twitches on screen and in sound; empty before the first."""
    delays = [
        f"{word} {latency.last_ms:.0f} ms (p99 {latency.p99_ms:.0f})"
        for word, latency in ((tr("shown"), painted), (tr("heard"), heard))
        if latency.last_ms is not None and latency.p99_ms is not None
    ]
    return tr("twitch {delays} after its sample").format(delays=", ".join(delays)) if delays else ""
