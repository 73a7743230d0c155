"""The heart in the EMG: learnt from the stream by its repeating shape, recognised, and taken out of a burst."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

SHORTEST_BEAT_S = 0.33
LONGEST_BEAT_S = 1.7
LOOK_BACK_S = 7.0
LEAST_LIKENESS = 0.6
LEAST_GAIN, MOST_GAIN = 0.55, 1.8
BEAT_TOLERANCE = 0.22
"""How far one beat may be longer or shorter than the next."""

TEMPLATE_BEFORE_S, TEMPLATE_AFTER_S = 0.045, 0.075
LEARNING = 0.2
MAX_LENGTH_S = 0.25
"""A burst longer than this holds more than a QRS complex."""


@dataclass(frozen=True, slots=True, eq=False)
class Beat:
    """What was found of the heart in a burst.

    Attributes
    ----------
    start : int
        Sample at which the template begins.
    part_uv : ndarray of float64, shape (n, n_channels)
        The heart's part of the signal from there on.
    evidence : str
        What it rests on.
    """

    start: int
    part_uv: Samples
    evidence: str


def _project(signal: Samples, pattern: Samples) -> tuple[Samples, Samples]:
    """Return gain and likeness of `pattern` at each lag within `signal`, both (n, n_channels)."""
    length = pattern.shape[0]
    dots = np.zeros(signal.shape[0] - length + 1)
    for channel in range(signal.shape[1]):
        dots += np.correlate(signal[:, channel], pattern[:, channel], "valid")
    energy = np.concatenate(([0.0], np.cumsum(np.sum(signal * signal, axis=1))))
    window = np.maximum(energy[length:] - energy[:-length], 1e-12)
    own = max(float(np.sum(pattern * pattern)), 1e-12)
    return dots / own, dots / np.sqrt(own * window)


class HeartMemory:
    """Template of the heartbeat over all channels, and when the last beat was.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self._rate_hz = sampling_rate_hz
        self._before = round(TEMPLATE_BEFORE_S * sampling_rate_hz)
        self._length = self._before + round(TEMPLATE_AFTER_S * sampling_rate_hz)
        self._template: Samples | None = None
        self.beat_s = 0.0
        """Last known time from beat to beat, 0 before the heart is known."""

    def recall(self, band_uv: Samples, weights: Samples, first: int, last: int) -> Beat | None:
        """Fit the template that was learnt into a burst.

        Parameters
        ----------
        band_uv : ndarray of float64, shape (n, n_channels)
            Recent band-passed signal.
        weights : ndarray of float64, shape (n_channels,)
            One over each channel's floor, 0 where a channel is not usable.
        first, last : int
            Rows between which the burst lies.
        """
        if self._template is None:
            return None
        low = max(0, first - self._before - round(0.02 * self._rate_hz))
        high = min(band_uv.shape[0], last + self._length)
        if high - low < self._length:
            return None
        gain, likeness = _project(band_uv[low:high] * weights, self._template * weights)
        best = int(np.argmax(gain * (gain <= MOST_GAIN)))
        if not LEAST_GAIN <= gain[best] <= MOST_GAIN:
            return None
        evidence = "same shape as the heart" if likeness[best] >= LEAST_LIKENESS else "on a heartbeat"
        return Beat(low + best, gain[best] * self._template, evidence)

    def search(self, band_uv: Samples, weights: Samples, first: int, last: int) -> Beat | None:
        """Look back for the same shape at a heart's intervals, and learn the template from what is found."""
        centre = self._centre(band_uv[first:last] * weights) + first
        start = centre - self._before
        stop = start + self._length
        if start < 0 or stop > band_uv.shape[0]:
            return None
        pattern = band_uv[start:stop] * weights
        back = band_uv[: start - round(SHORTEST_BEAT_S * self._rate_hz) + self._length] * weights
        if back.shape[0] < self._length:
            return None
        gain, likeness = _project(back, pattern)
        like = (likeness >= LEAST_LIKENESS) & (gain >= LEAST_GAIN) & (gain <= MOST_GAIN)
        starts = self._peaks(np.where(like, likeness, 0.0))
        beats = self._chain(start, starts)
        if len(beats) < 2:
            return None
        self.beat_s = float(np.median(-np.diff([start, *beats]))) / self._rate_hz
        self._template = np.mean([band_uv[at : at + self._length] for at in [start, *beats]], axis=0)
        return Beat(start, band_uv[start:stop] * 1.0, f"repeats every {self.beat_s:.2f} s in the same shape")

    def confirm(self, band_uv: Samples, beat: Beat) -> None:
        """Let the template follow a beat that was recognised."""
        seen = band_uv[beat.start : beat.start + self._length]
        if self._template is not None and seen.shape == self._template.shape:
            self._template = (1.0 - LEARNING) * self._template + LEARNING * seen

    def _centre(self, burst: Samples) -> int:
        energy = np.sum(burst * burst, axis=1)
        total = float(energy.sum())
        return int(np.sum(energy * np.arange(energy.size)) / total) if total > 0.0 else 0

    def _peaks(self, likeness: Samples) -> list[int]:
        """Return the best lag of each stretch that is alike, latest first."""
        apart = round(SHORTEST_BEAT_S * self._rate_hz)
        left = likeness.copy()
        found: list[int] = []
        while left.size and len(found) < 24:
            at = int(np.argmax(left))
            if left[at] <= 0.0:
                break
            found.append(at)
            left[max(0, at - apart) : at + apart] = 0.0
        return sorted(found, reverse=True)

    def _chain(self, start: int, starts: list[int]) -> list[int]:
        """Return the beats that lead up to `start` at steady intervals, latest first; one in a row may be missed."""
        chain: list[int] = []
        previous, period = start, 0.0
        for at in starts:
            gap = (previous - at) / self._rate_hz
            if period == 0.0:
                if gap > LONGEST_BEAT_S:
                    break
                period = gap
            elif abs(gap - period) > BEAT_TOLERANCE * period:
                if abs(gap - 2.0 * period) > BEAT_TOLERANCE * period:
                    break
            else:
                period = gap
            chain.append(at)
            previous = at
        return chain
