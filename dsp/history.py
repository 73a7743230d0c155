"""The bursts of the last seconds, whatever they were called: how many, how large, how alike, at what intervals."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from dsp.recent import Samples, windows_of

MEMORY_S = 12.0
MOST_BURSTS = 32
SNIPPET_S = 0.080
SLACK_S = 0.010
SNIPPET_RATE_HZ = 1000.0
"""Faster signals are averaged down to about this before bursts are compared."""

ALIKE = 0.75
"""Likeness from which two bursts are of one shape."""

PERIOD_S = (0.33, 1.6)
"""Intervals at which a heart may beat."""
STEADY = 0.15
"""Share by which one such interval may differ from the next."""

NAMES = (
    "bursts_1s", "bursts_3s", "bursts_10s", "large_2s", "since_any", "since_larger", "larger_ratio", "since_long",
    "long_ratio", "likeness", "alike", "rhythm", "alike_since",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """A burst that was judged: samples, amplitude over the floor, length, channel, and its shape."""

    onset: int
    offset: int
    over: float
    duration_s: float
    channel: int
    shape: Samples


class BurstHistory:
    """Remembers bursts and tells of a new one what went before.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self._rate_hz = sampling_rate_hz
        self._step = max(1, round(sampling_rate_hz / SNIPPET_RATE_HZ))
        self._length = max(4, round(SNIPPET_S * sampling_rate_hz / self._step))
        self._slack = max(1, round(SLACK_S * sampling_rate_hz / self._step))
        self._past: deque[Past] = deque(maxlen=MOST_BURSTS)
        self.reach_samples = (self._length + 2 * self._slack) * self._step
        """So much before and after a burst is looked at, at most."""

    def compare(
        self, weighted: Samples, start: int, onset: int, offset: int, over: float, channel: int
    ) -> tuple[float, ...]:
        """Return the numbers of `NAMES` for a burst, and remember it.

        Parameters
        ----------
        weighted : ndarray of float64, shape (n, n_channels)
            Recent signal over each channel's noise; row 0 is sample `start`.
        start, onset, offset : int
            Samples.
        over : float
            Peak over the floor's RMS.
        channel : int
            Strongest channel.
        """
        rate_hz = self._rate_hz
        while self._past and onset - self._past[0].onset > MEMORY_S * rate_hz:
            self._past.popleft()
        window = self._window(weighted, onset - start, offset - start)
        shape = window[self._slack : self._slack + self._length]
        norm = float(np.sqrt(np.sum(shape * shape)))
        likeness = self._likeness(window)
        since = [(onset - past.offset) / rate_hz for past in self._past]
        counts = [len([seconds for seconds in since if seconds < limit]) for limit in (1.0, 3.0, 10.0)]
        large = len([s for s, past in zip(since, self._past, strict=True) if s < 2.0 and past.over > 0.3 * over])
        larger = [(s, past.over) for s, past in zip(since, self._past, strict=True) if past.over > 1.5 * over]
        long = [(s, past.over) for s, past in zip(since, self._past, strict=True) if past.duration_s > 0.25]
        last_larger, last_long = larger[-1] if larger else (MEMORY_S, 0.0), long[-1] if long else (MEMORY_S, 0.0)
        alike = [past.onset for past, like in zip(self._past, likeness, strict=True) if like > ALIKE]
        self._past.append(Past(onset, offset, over, (offset - onset) / rate_hz, channel, shape / max(norm, 1e-12)))
        return (
            *map(float, counts), float(large), since[-1] if since else MEMORY_S, last_larger[0],
            float(np.log10(max(last_larger[1], over) / over)), last_long[0],
            float(np.log10(max(last_long[1], 0.01 * over) / over)), max(likeness, default=0.0), float(len(alike)),
            float(self._rhythm(onset, alike)), (onset - alike[-1]) / rate_hz if alike else MEMORY_S,
        )  # fmt: skip

    def _window(self, weighted: Samples, onset: int, stop: int) -> Samples:
        """Return the burst's surroundings, centred on its energy, long enough to slide a shape over."""
        burst = weighted[max(0, onset) : stop + 1]
        energy = np.einsum("ij,ij->i", burst, burst)
        total = float(energy.sum())
        centre = max(0, onset) + (int(energy @ np.arange(energy.size) / total) if total > 0.0 else 0)
        n = self.reach_samples
        low = centre - n // 2
        rows = np.zeros((n, weighted.shape[1]))
        first, last = max(0, low), min(len(weighted), low + n)
        if last > first:
            rows[first - low : last - low] = weighted[first:last]
        averaged: Samples = rows.reshape(-1, self._step, rows.shape[1]).mean(axis=1)
        return averaged

    def _likeness(self, window: Samples) -> list[float]:
        """Return the best correlation of each remembered shape with the window, at any lag within the slack."""
        if not self._past:
            return []
        n_channels = window.shape[1]
        size = self._length * n_channels
        every = max(1, self._slack // 5)
        views = windows_of(window.reshape(-1), size, n_channels * every)
        shapes = np.array([past.shape for past in self._past]).reshape(-1, size)
        norms = np.sqrt(np.einsum("ij,ij->i", views, views))
        found: list[float] = np.max((views @ shapes.T) / np.maximum(norms, 1e-12)[:, np.newaxis], axis=0).tolist()
        return found

    def _rhythm(self, onset: int, alike: list[int]) -> int:
        """Return how many alike bursts lead up to this one at a heart's intervals; one in a row may be missed."""
        best = 0
        for first in alike[-4:]:
            period = (onset - first) / self._rate_hz
            if not PERIOD_S[0] <= period <= PERIOD_S[1]:
                continue
            chain, previous = 1, first
            for at in reversed(alike):
                gap = (previous - at) / self._rate_hz
                if at < previous and min(abs(gap - k * period) / k for k in (1, 2)) < STEADY * period:
                    chain, previous = chain + 1, at
            best = max(best, chain)
        return best
