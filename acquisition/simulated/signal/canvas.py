"""Sum of waveforms that start at any time, at the internal rate, step by step."""

import heapq

import numpy as np
from numpy.typing import NDArray


class Canvas:
    """Sum of waveforms, returned in consecutive steps.

    Parameters
    ----------
    rate_hz : float
        Internal rate.
    n_channels : int
        Channels.
    """

    def __init__(self, rate_hz: float, n_channels: int) -> None:
        self.rate_hz = rate_hz
        self.n_channels = n_channels
        self._next_index = 0
        self._order = 0
        self._future: list[tuple[int, int, NDArray[np.float64]]] = []
        self._running: list[tuple[int, NDArray[np.float64]]] = []

    def index_at(self, time_s: float) -> int:
        """Return the internal sample nearest to a time."""
        return round(time_s * self.rate_hz)

    def add(self, start_s: float, waveform_uv: NDArray[np.float64]) -> None:
        """Add a waveform of shape (n_channels, n_samples) at `start_s`, or at the next step if that is later."""
        # The sequence number fixes the order of the sum, and so its last bit, in every run.
        heapq.heappush(self._future, (max(self.index_at(start_s), self._next_index), self._order, waveform_uv))
        self._order += 1

    def next_step(self, n_samples: int) -> NDArray[np.float64]:
        """Return the sum over the next `n_samples` samples, shape (n_channels, n_samples)."""
        total = np.zeros((self.n_channels, n_samples))
        first, end = self._next_index, self._next_index + n_samples
        while self._future and self._future[0][0] < end:
            start, _, waveform = heapq.heappop(self._future)
            self._running.append((start, waveform))
        for start, waveform in self._running:
            low, high = max(start, first), min(start + waveform.shape[1], end)
            total[:, low - first : high - first] += waveform[:, low - start : high - start]
        self._running = [(start, waveform) for start, waveform in self._running if start + waveform.shape[1] > end]
        self._next_index = end
        return total
