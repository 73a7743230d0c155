"""From the feed to columns: pulls what is new, takes the slow baseline off, keeps a column that is not whole yet."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from twitchscope.live.columns import Columns, to_columns
from twitchscope.live.feed import SignalSource

SLOW_BASELINE_HZ = 10.0
"""What is slower is taken off the picture only: electrode offsets are thousands of times larger than EMG."""


class Puller:
    """Turns the samples of a feed into columns of a picture.

    Parameters
    ----------
    feed : SignalSource
        Where the samples come from.
    samples_per_column : float
        At least 1.
    first_index : int
        Where to begin.
    """

    def __init__(self, feed: SignalSource, samples_per_column: float, first_index: int) -> None:
        self._feed = feed
        self._samples_per_column = samples_per_column
        self._next_index = first_index
        self.n_skipped = 0
        """Samples never drawn, because the ring had turned over before they were pulled."""
        info = feed.info
        self._full_scale_uv = info.microvolts_per_count * info.full_scale_counts
        self._pole = math.exp(-2.0 * math.pi * SLOW_BASELINE_HZ / info.sampling_rate_hz)
        self._filter_state: NDArray[np.float64] | None = None
        self._waiting_uv = np.empty((0, info.n_channels))
        self._waiting_bad = np.empty((0, info.n_channels), np.bool_)

    def pull(self) -> Columns:
        """Return the columns that have become whole since the last call."""
        samples = self._feed.samples_from(self._next_index)
        if samples.first_index > self._next_index:  # the ring has turned over: begin anew behind what was missed
            self.n_skipped += samples.first_index - self._next_index
            self._filter_state = None
            self._waiting_uv, self._waiting_bad = self._waiting_uv[:0], self._waiting_bad[:0]
        raw_uv = self._feed.info.to_microvolts(samples.counts)
        usable = np.array(self._feed.state.is_usable)
        railed = np.abs(raw_uv) >= self._full_scale_uv
        bad = ~samples.valid[:, np.newaxis] | railed | ~usable
        trace_uv = np.concatenate([self._waiting_uv, self._without_slow_baseline(raw_uv)])
        bad = np.concatenate([self._waiting_bad, bad])
        first_index = samples.first_index - len(self._waiting_uv)
        self._next_index = samples.first_index + len(raw_uv)
        columns, n_left = to_columns(first_index, trace_uv, bad, self._samples_per_column)
        self._waiting_uv, self._waiting_bad = trace_uv[len(trace_uv) - n_left :], bad[len(bad) - n_left :]
        return columns

    def _without_slow_baseline(self, raw_uv: NDArray[np.float64]) -> NDArray[np.float64]:
        if not len(raw_uv):
            return raw_uv
        if self._filter_state is None:
            self._filter_state = self._pole * raw_uv[:1]
        slow_uv, self._filter_state = lfilter(
            [1.0 - self._pole], [1.0, -self._pole], raw_uv, axis=0, zi=self._filter_state
        )
        difference: NDArray[np.float64] = raw_uv - slow_uv
        return difference
