"""History of the bursts of the last seconds, whatever their label: number, size, similarity and intervals."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from dsp.compiled._alike import averaged_rows, centre_row, products, window_energies
from dsp.measuring.features import LONGEST_TWITCH_S
from dsp.measuring.measures import energy_of
from dsp.recent import Samples

MEMORY_S = 12.0
MOST_BURSTS = 32
SNIPPET_S = 0.080
SLACK_S = 0.010
SNIPPET_RATE_HZ = 1000.0
"""Faster signals are averaged down to about this rate before bursts are compared."""

LARGE, LARGER = 0.3, 1.5
"""Amplitude over that of the new burst from which an earlier one counts as large, and as larger."""

ALIKE = 0.75
"""Likeness (correlation) above which two bursts have the same shape."""

PERIOD_S = (0.33, 1.6)
"""Range of heartbeat intervals."""
STEADY = 0.15
"""Share by which successive heartbeat intervals may differ."""

NAMES = (
    "bursts_1s", "bursts_3s", "bursts_10s", "large_2s", "since_any", "since_larger", "larger_ratio", "since_long",
    "long_ratio", "likeness", "alike", "rhythm", "alike_since",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Earlier burst: first and last sample, amplitude over the floor, duration, and the slot that stores its shape."""

    onset: int
    offset: int
    over: float
    duration_s: float
    slot: int


class BurstHistory:
    """Memory of recent bursts, with which each new one is compared.

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
        self._n_past = 0
        self._shapes = np.zeros((MOST_BURSTS, 0, 0))

    def compare(
        self, signal_uv: Samples, weights: Samples, start: int, onset: int, offset: int, over: float
    ) -> tuple[float, ...]:
        """Return the features of `NAMES` for a burst, and remember it.

        Parameters
        ----------
        signal_uv : ndarray of float64, shape (n, n_channels)
            Recent signal; row 0 is sample `start`.
        weights : ndarray of float64, shape (n_channels,)
            One over the RMS of each channel's noise.
        start, onset, offset : int
            Sample of row 0, and first and last sample of the burst.
        over : float
            Peak over the floor's RMS.
        """
        rate_hz = self._rate_hz
        while self._past and onset - self._past[0].onset > MEMORY_S * rate_hz:
            self._past.popleft()
        window = self._window(signal_uv, weights, onset - start, offset - start)
        likeness = self._likeness(window)
        since = [(onset - past.offset) / rate_hz for past in self._past]
        counts = [len([seconds for seconds in since if seconds < limit]) for limit in (1.0, 3.0, 10.0)]
        large = len([s for s, past in zip(since, self._past, strict=True) if s < 2.0 and past.over > LARGE * over])
        larger = [(s, past.over) for s, past in zip(since, self._past, strict=True) if past.over > LARGER * over]
        long = [(s, past.over) for s, past in zip(since, self._past, strict=True) if past.duration_s > LONGEST_TWITCH_S]
        last_larger, last_long = larger[-1] if larger else (MEMORY_S, 0.0), long[-1] if long else (MEMORY_S, 0.0)
        alike = [past.onset for past, like in zip(self._past, likeness, strict=True) if like > ALIKE]
        self._past.append(Past(onset, offset, over, (offset - onset) / rate_hz, self._keep(window)))
        return (
            *map(float, counts), float(large), since[-1] if since else MEMORY_S, last_larger[0],
            math.log10(max(last_larger[1], over) / over), last_long[0],
            math.log10(max(last_long[1], 0.01 * over) / over), max(likeness, default=0.0), float(len(alike)),
            float(self._rhythm(onset, alike)), (onset - alike[-1]) / rate_hz if alike else MEMORY_S,
        )  # fmt: skip

    def _window(self, signal_uv: Samples, weights: Samples, onset: int, last: int) -> Samples:
        """Return the burst's surroundings, centred on its energy, long enough to slide a shape over."""
        n_rows = self._length + 2 * self._slack
        first = centre_row(signal_uv, weights, onset, last + 1) - n_rows * self._step // 2
        return averaged_rows(signal_uv, weights, first, n_rows, self._step)

    def _keep(self, window: Samples) -> int:
        """Store the shape in the middle of a window in place of the oldest one, and return its slot."""
        shape = window[self._slack : self._slack + self._length]
        if self._n_past == 0:
            self._shapes = np.zeros((MOST_BURSTS, *shape.shape))
        slot = self._n_past % MOST_BURSTS
        self._shapes[slot] = shape / max(energy_of(shape) ** 0.5, 1e-12)
        self._n_past += 1
        return slot

    def _likeness(self, window: Samples) -> list[float]:
        """Return the best correlation of each remembered shape with the window, at any lag within the slack."""
        if not self._past:
            return []
        every = max(1, self._slack // 5)
        slots = np.array([past.slot for past in self._past], np.int64)
        dots = products(window, self._shapes, slots)[:, ::every]
        energies = window_energies(window, np.ones(window.shape[1]), self._length)[::every]
        alike: list[float] = np.max(dots / np.sqrt(np.maximum(energies, 1e-24)), axis=1).tolist()
        return alike

    def _rhythm(self, onset: int, alike: list[int]) -> int:
        """Return how many bursts of one shape lead up to this one at heartbeat intervals; single gaps are allowed."""
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
