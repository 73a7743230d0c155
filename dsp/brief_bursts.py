"""The brief bursts of the last seconds, to be compared with the next one: a heart repeats its shape."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from dsp._alike import products, window_energies
from dsp.likeness import Samples
from dsp.slow_changes import LEAST_GAIN, MOST_GAIN, SlowChanges

MOST_KEPT = 16


@dataclass(frozen=True, slots=True, eq=False)
class BriefBurst:
    """A brief burst of the last seconds.

    Attributes
    ----------
    start : int
        Where its snippet begins.
    band_uv, raw_uv : ndarray of float64, shape (n, n_channels)
        The snippet, band-passed and unfiltered.
    slow : ndarray of float64, shape (n + 2 * slack, n_channels)
        Slow changes around it, over their usual size.
    slot : int
        Where the core of the first and its energies are kept.
    """

    start: int
    band_uv: Samples
    raw_uv: Samples
    slow: Samples
    slot: int


Fit = tuple[BriefBurst, int]
"""An earlier burst, and the lag at which it fits a later one."""


class BriefBursts:
    """Keeps brief bursts and tells which of them another one is like.

    Parameters
    ----------
    least_apart : float
        Samples: two beats lie no nearer.
    core : slice
        Rows of a snippet in which shapes are compared.
    slack : int
        Rows by which one burst may lie elsewhere in its snippet than another.
    """

    def __init__(self, least_apart: float, core: slice, slack: int) -> None:
        self._least_apart, self._core, self._slack = least_apart, core, slack
        self._kept: deque[BriefBurst] = deque(maxlen=MOST_KEPT)
        self._n_kept = 0
        self._cores, self._energies = np.zeros((MOST_KEPT, 0, 0)), np.zeros((MOST_KEPT, 0))

    def forget(self, before: float) -> None:
        """Forget what began before a sample."""
        while self._kept and self._kept[0].start < before:
            self._kept.popleft()

    def keep(self, start: int, band_uv: Samples, raw_uv: Samples, slow: Samples) -> None:
        """Remember a brief burst, in place of the oldest one if there are many; what they are, `BriefBurst` says."""
        core = band_uv[self._core]
        slot = self._n_kept % MOST_KEPT
        if self._n_kept == 0:
            self._cores = np.zeros((MOST_KEPT, *core.shape))
            self._energies = np.zeros((MOST_KEPT, core.shape[1]))
        self._cores[slot], self._energies[slot] = core, np.einsum("ij,ij->j", core, core)
        self._kept.append(BriefBurst(start, band_uv, raw_uv, slow, slot))
        self._n_kept += 1

    def _earlier(self, now: int) -> list[BriefBurst]:
        return [one for one in self._kept if now - one.start >= self._least_apart]

    def alike(self, around: Samples, weights: Samples, now: int, least: float) -> dict[int, Fit]:
        """Return the earlier bursts of the same shape and size in the band, by where they began.

        Parameters
        ----------
        around : ndarray of float64, shape (n + 2 * slack, n_channels)
            The band-passed signal around a burst's snippet.
        weights : ndarray of float64, shape (n_channels,)
            One over each channel's noise.
        now : int
            Where the snippet begins.
        least : float
            Likeness from which two are of one shape.
        """
        earlier = self._earlier(now)
        if not earlier:
            return {}
        rows = around[self._core.start : self._core.stop + 2 * self._slack]
        power = weights * weights
        own = np.maximum(window_energies(rows, weights, self._core.stop - self._core.start), 1e-12)
        theirs = np.maximum(self._energies[[one.slot for one in earlier]] @ power, 1e-12)
        # what is far larger or smaller than any window has no gain of a beat, however alike it may be
        may_fit = (theirs > 0.99 * LEAST_GAIN**2 * own.min()) & (theirs < 1.01 * (MOST_GAIN / least) ** 2 * own.max())
        earlier, theirs = [one for one, may in zip(earlier, may_fit, strict=True) if may], theirs[may_fit]
        if not earlier:
            return {}
        dots = products(rows * power, self._cores, np.array([one.slot for one in earlier], np.int64))
        likeness = dots / np.sqrt(own * theirs[:, np.newaxis])
        best = np.argmax(likeness, axis=1)
        at = np.arange(len(earlier)), best
        gain = dots[at] / own[best]
        is_alike = (likeness[at] >= least) & (gain >= LEAST_GAIN) & (gain <= MOST_GAIN)
        return {earlier[k].start: (earlier[k], int(best[k]) - self._slack) for k in np.flatnonzero(is_alike)}

    def alike_slowly(self, slow: Samples, changes: SlowChanges, now: int) -> dict[int, Fit]:
        """Return the earlier bursts of the same shape and size in their slow changes, by where they began.

        Parameters
        ----------
        slow : ndarray of float64, shape (n + 2 * slack, n_channels)
            Slow changes around a burst's snippet, over their usual size.
        changes : SlowChanges
            Compares them.
        now : int
            Where the snippet begins.
        """
        found = {}
        for one in self._earlier(now):
            if one.slow.shape != slow.shape:
                continue
            at = changes.find(slow, one.slow[self._slack : slow.shape[0] - self._slack])
            if at is not None:
                found[one.start] = one, at - self._slack
        return found
