"""Memory of the last brief bursts, with which the next one is compared: heartbeats repeat their shape."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from dsp.compiled._alike import products, window_energies
from dsp.heart.likeness import Samples
from dsp.heart.slow_changes import LEAST_GAIN, LEAST_LIKENESS_SLOW, MOST_GAIN

LEAST_SLOW_PEAK = 4.0
"""Least peak of a beat's slow changes, relative to their usual size; noise stays below."""

MOST_KEPT = 16


@dataclass(frozen=True, slots=True, eq=False)
class BriefBurst:
    """A brief burst of the last seconds.

    Attributes
    ----------
    start : int
        Sample index at which its snippet begins.
    band_uv, raw_uv : ndarray of float64, shape (length, n_channels)
        The snippet, band-passed and unfiltered.
    slot : int
        Row of the arrays in which its shapes are kept.
    """

    start: int
    band_uv: Samples
    raw_uv: Samples
    slot: int


Fit = tuple[BriefBurst, int]
"""An earlier burst and the lag in rows at which it matches a later one."""


class _Shapes:
    """Fixed number of multi-channel shapes, all compared with a signal in one pass."""

    def __init__(self) -> None:
        self._shapes, self._energies = np.zeros((MOST_KEPT, 0, 0)), np.zeros((MOST_KEPT, 0))

    def keep(self, slot: int, shape: Samples) -> None:
        """Store a shape. A shape of another length or number of channels clears all others."""
        if self._shapes.shape[1:] != shape.shape:
            self._shapes = np.zeros((MOST_KEPT, *shape.shape))
            self._energies = np.zeros((MOST_KEPT, shape.shape[1]))
        self._shapes[slot], self._energies[slot] = shape, np.sum(shape * shape, axis=0)

    def alike(self, rows: Samples, weights: Samples, slots: list[int], least: float) -> list[tuple[int, int]]:
        """Return the shapes found in the signal at the size of a beat, as pairs of index into `slots` and lag."""
        power = weights * weights
        own = np.maximum(window_energies(rows, weights, self._shapes.shape[1]), 1e-12)
        theirs = np.maximum(np.sum(self._energies[slots] * power, axis=1), 1e-12)
        # skip shapes far larger or smaller than every window: their gain is not that of a beat
        may_fit = (theirs > 0.99 * LEAST_GAIN**2 * own.min()) & (theirs < 1.01 * (MOST_GAIN / least) ** 2 * own.max())
        places = np.flatnonzero(may_fit)
        if not places.size:
            return []
        dots = products(rows * power, self._shapes, np.array(slots, np.int64)[places])
        likeness = dots / np.sqrt(own * theirs[places, np.newaxis])
        best = np.argmax(likeness, axis=1)
        at = np.arange(len(places)), best
        gain = dots[at] / own[best]
        is_alike = (likeness[at] >= least) & (gain >= LEAST_GAIN) & (gain <= MOST_GAIN)
        return [(int(places[k]), int(best[k])) for k in np.flatnonzero(is_alike)]


class BriefBursts:
    """Memory of brief bursts, searched for those that resemble a new one.

    Bursts are compared in rows, each of which is one sample or the mean of several.

    Parameters
    ----------
    least_apart : float
        Least distance between two beats in samples.
    core : slice
        Rows of a snippet in which shapes are compared.
    slack : int
        Number of rows by which the position of a burst in its snippet may differ between bursts.
    """

    def __init__(self, least_apart: float, core: slice, slack: int) -> None:
        self._least_apart, self._core, self._slack = least_apart, core, slack
        self._kept: deque[BriefBurst] = deque(maxlen=MOST_KEPT)
        self._n_kept = 0
        self._in_band, self._slow = _Shapes(), _Shapes()

    def forget(self, before: float) -> None:
        """Discard bursts that began before a sample."""
        while self._kept and self._kept[0].start < before:
            self._kept.popleft()

    def keep(self, start: int, snippets_uv: tuple[Samples, Samples], around: Samples, slow: Samples) -> None:
        """Store a brief burst; with `MOST_KEPT` bursts stored, it replaces the oldest one.

        Parameters
        ----------
        start : int
            Sample index at which its snippet begins.
        snippets_uv : tuple of ndarray of float64, shape (length, n_channels)
            The snippet band-passed and unfiltered, one row per sample, as `BriefBurst` keeps it.
        around, slow : ndarray of float64, shape (n_rows + 2 * slack, n_channels)
            The signal around the snippet, in compared rows: band-passed, and its slow changes relative to their usual
            size.
        """
        slot = self._n_kept % MOST_KEPT
        core = slice(self._slack + self._core.start, self._slack + self._core.stop)
        self._in_band.keep(slot, around[core])
        self._slow.keep(slot, slow[core])
        self._kept.append(BriefBurst(start, *snippets_uv, slot))
        self._n_kept += 1

    def alike(self, around: Samples, weights: Samples, now: int, least: float) -> dict[int, Fit]:
        """Return earlier bursts of the same shape and size in the detection band, by the index at which they began.

        Parameters
        ----------
        around : ndarray of float64, shape (n_rows + 2 * slack, n_channels)
            The band-passed signal around a burst's snippet.
        weights : ndarray of float64, shape (n_channels,)
            One over the noise of each channel.
        now : int
            Sample index at which the snippet begins.
        least : float
            Least likeness of two bursts of the same shape.
        """
        return self._find(self._in_band, around, weights, now, least)

    def alike_slowly(self, slow: Samples, now: int) -> dict[int, Fit]:
        """Return the same by slow changes relative to their usual size; nothing if all are below `LEAST_SLOW_PEAK`."""
        if np.max(np.abs(slow)) < LEAST_SLOW_PEAK:
            return {}
        return self._find(self._slow, slow, np.ones(slow.shape[1]), now, LEAST_LIKENESS_SLOW)

    def _find(self, shapes: _Shapes, around: Samples, weights: Samples, now: int, least: float) -> dict[int, Fit]:
        earlier = [one for one in self._kept if now - one.start >= self._least_apart]
        if not earlier:
            return {}
        rows = around[self._core.start : self._core.stop + 2 * self._slack]
        found = shapes.alike(rows, weights, [one.slot for one in earlier], least)
        return {earlier[k].start: (earlier[k], at - self._slack) for k, at in found}
