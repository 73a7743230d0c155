"""Latency of verdicts: from the arrival of the deciding sample to the callback."""

from collections.abc import Iterator
from itertools import pairwise

from twitchscope.histogram import LogHistogram

EDGES_MS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Upper edges of the printed rows in ms."""

LEAST_MS, MOST_MS = 1e-3, 1e6


class _Column:
    """One column of the table."""

    def __init__(self) -> None:
        self.histogram = LogHistogram(LEAST_MS, MOST_MS)
        self.longest_ms = 0.0

    def add(self, latency_s: float) -> None:
        self.histogram.add(1e3 * latency_s)
        self.longest_ms = max(self.longest_ms, 1e3 * latency_s)

    def cells(self) -> Iterator[str]:
        before = 0
        for edge_ms in EDGES_MS:
            below = self.histogram.n_below(edge_ms)
            yield str(below - before)
            before = below
        yield str(self.histogram.n_values() - before)
        for value_ms in (self.histogram.quantile(0.5), self.histogram.quantile(0.99), self.longest_ms):
            yield f"{value_ms:.2f}"


class Latency:
    """Times in milliseconds from the return of the read that brought a block.

    What the detector itself needs (the end of a burst and the silence after it) is part of the signal and not
    included: the latency of a verdict counts from the block that decided it.
    """

    def __init__(self) -> None:
        self._verdicts, self._blocks = _Column(), _Column()

    def add_verdict(self, latency_s: float) -> None:
        """Add the time until a verdict was passed on."""
        self._verdicts.add(latency_s)

    def add_block(self, latency_s: float) -> None:
        """Add the time until everything from a block was passed on: the latency of any verdict in it."""
        self._blocks.add(latency_s)

    def lines(self) -> Iterator[str]:
        """Yield a table of the number of verdicts and blocks per latency range."""
        yield "from a sample's arrival to the verdict's callback, beyond what the detector needs"
        starts = (0.0, *EDGES_MS)
        names = [f"{low:g} to {high:g} ms" for low, high in pairwise(starts)] + [f"{starts[-1]:g} ms and more"]
        names += ["median (ms)", "p99 (ms)", "longest (ms)"]
        yield f"{'':>16}{'verdicts':>10}{'blocks':>10}"
        for name, verdicts, blocks in zip(names, self._verdicts.cells(), self._blocks.cells(), strict=True):
            yield f"{name:>16}{verdicts:>10}{blocks:>10}"
