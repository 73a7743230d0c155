"""Conversion of a feed to columns: pull new samples, subtract the slow baseline, keep the incomplete column."""

import math

import numpy as np
from numpy.typing import NDArray

from twitchscope.live.feed import SignalSource
from twitchscope.live.lanes.columns import Columns, to_columns

SLOW_BASELINE_HZ = 10.0
"""Slower components are removed from the picture only; electrode offsets are thousands of times larger than EMG."""

PART_SAMPLES = 64
"""Samples whose slow baseline is computed by one matrix product."""


class SlowBaseline:
    """One-pole low-pass independent of the chunking; `scipy.signal.lfilter` does the same but takes seconds to import.

    Parameters
    ----------
    pole : float
        Pole, between 0 and 1.
    """

    def __init__(self, pole: float) -> None:
        steps = np.arange(PART_SAMPLES)
        self._of_state = (pole ** (steps + 1.0))[:, np.newaxis]
        self._of_input = (1.0 - pole) * np.tril(pole ** np.abs(steps[:, np.newaxis] - steps))
        self._state: NDArray[np.float64] | None = None

    def forget(self) -> None:
        """Reset; the next sample initialises the filter."""
        self._state = None

    def follow(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the slow part of the next samples, shape (n_samples, n_channels)."""
        slow = np.empty_like(values)
        for start in range(0, len(values), PART_SAMPLES):
            part = values[start : start + PART_SAMPLES]
            n_part = len(part)
            state = part[0] if self._state is None else self._state
            followed = self._of_state[:n_part] * state + self._of_input[:n_part, :n_part] @ part
            slow[start : start + n_part] = followed
            self._state = followed[-1]
        return slow


class Puller:
    """Converter of a feed's samples to columns of a picture.

    Parameters
    ----------
    feed : SignalSource
        Source of the samples.
    samples_per_column : float
        At least 1.
    first_index : int
        Index of the first sample.
    """

    def __init__(self, feed: SignalSource, samples_per_column: float, first_index: int) -> None:
        self._feed = feed
        self._samples_per_column = samples_per_column
        self._next_index = first_index
        self.n_skipped = 0
        """Samples that were never drawn because they had left the ring buffer before they were pulled."""
        info = feed.info
        self._full_scale_uv = info.full_scale_uv
        self._slow = SlowBaseline(math.exp(-2.0 * math.pi * SLOW_BASELINE_HZ / info.sampling_rate_hz))
        self._waiting_uv = np.empty((0, info.n_channels))
        self._waiting_bad = np.empty((0, info.n_channels), np.bool_)

    def pull(self) -> Columns:
        """Return the columns completed since the last call."""
        samples = self._feed.samples_from(self._next_index)
        if samples.first_index > self._next_index:  # samples were overwritten: start again after the missing ones
            self.n_skipped += samples.first_index - self._next_index
            self._slow.forget()
            self._waiting_uv, self._waiting_bad = self._waiting_uv[:0], self._waiting_bad[:0]
        raw_uv = self._feed.info.to_microvolts(samples.counts)
        usable = np.array(self._feed.state.is_usable)
        railed = np.abs(raw_uv) >= self._full_scale_uv
        bad = ~samples.valid[:, np.newaxis] | railed | ~usable
        trace_uv = np.concatenate([self._waiting_uv, raw_uv - self._slow.follow(raw_uv)])
        bad = np.concatenate([self._waiting_bad, bad])
        first_index = samples.first_index - len(self._waiting_uv)
        self._next_index = samples.first_index + len(raw_uv)
        columns, n_left = to_columns(first_index, trace_uv, bad, self._samples_per_column)
        self._waiting_uv, self._waiting_bad = trace_uv[len(trace_uv) - n_left :], bad[len(bad) - n_left :]
        return columns
