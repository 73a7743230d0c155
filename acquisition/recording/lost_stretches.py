"""Stretches of lost samples: collected from validity flags until they are written, and merged when they are read."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Stretch = tuple[int, int]
"""First sample, and the one after the last."""

MAX_PENDING = 64
"""Maximum number of pending stretches. Beyond it, they are replaced by one that spans them all."""


class LostStretches:
    """Queue of the stretches that are not written yet, in order."""

    def __init__(self) -> None:
        self._pending: list[Stretch] = []

    def __bool__(self) -> bool:
        """Return whether any stretch is pending."""
        return bool(self._pending)

    def add(self, first_index: int, valid: NDArray[np.bool_]) -> None:
        """Add the samples that are False in `valid`; its first sample has index `first_index`."""
        for start, stop in invalid_runs(valid):
            self._pending = merged([*self._pending, (first_index + start, first_index + stop)])
        if len(self._pending) > MAX_PENDING:
            self._pending = [(self._pending[0][0], self._pending[-1][1])]

    def take(self, n_most: int) -> list[Stretch]:
        """Remove and return the first stretches, at most `n_most`."""
        taken, self._pending = self._pending[:n_most], self._pending[n_most:]
        return taken


def invalid_runs(valid: NDArray[np.bool_]) -> list[Stretch]:
    """Return the runs of False as (start, stop)."""
    if valid.all():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate(([True], valid, [True])).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the stretches sorted, with touching or overlapping ones joined and empty ones omitted."""
    result: list[Stretch] = []
    for start, stop in sorted(stretches):
        if stop <= start:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(stop, result[-1][1]))
        else:
            result.append((start, stop))
    return result
