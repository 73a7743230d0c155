"""Causal decimation of fast signals to a rate of the detector, with the same result for any chunking."""

import numpy as np
from numpy.typing import NDArray

ORDER = 8
EDGE_PER_RATE = 0.36
"""Cutoff frequency of the anti-alias filter as a fraction of the output rate."""


class Decimator:
    """Anti-alias low-pass followed by selection of every `factor`-th sample.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the input.
    factor : int
        Decimation factor, at least 2.
    full_scale_uv : ndarray of float64, shape (n_channels,)
        A sample at or beyond ± this value is railed.
    """

    def __init__(self, sampling_rate_hz: float, factor: int, full_scale_uv: NDArray[np.float64]) -> None:
        from scipy import signal  # takes a second to import, so only where a filter is designed

        self.factor = factor
        self._full_scale_uv = full_scale_uv
        self._filter = signal.sosfilt
        out_hz = sampling_rate_hz / factor
        self._sos = signal.butter(ORDER, EDGE_PER_RATE * out_hz, fs=sampling_rate_hz, output="sos")
        self._rest = signal.sosfilt_zi(self._sos)
        n_channels = full_scale_uv.size
        self._state = np.zeros((*self._rest.shape, n_channels))
        self._good = np.zeros(n_channels)
        self._was_bad = np.ones(n_channels, np.bool_)
        self._phase_bad = np.zeros(n_channels, np.bool_)
        self._phase = 0
        self.delay_samples = self._group_delay(sampling_rate_hz)
        """Group delay of the filter at 100 Hz, inside the detection band, in input samples."""

    def _group_delay(self, sampling_rate_hz: float) -> int:
        from scipy import signal

        around_hz = np.array([95.0, 105.0])
        _, response = signal.sosfreqz(self._sos, around_hz, fs=sampling_rate_hz)
        turn = np.diff(np.unwrap(np.angle(response)))[0] / np.diff(2.0 * np.pi * around_hz / sampling_rate_hz)[0]
        return round(-float(turn))

    def process(self, signal_uv: NDArray[np.float64], valid: NDArray[np.bool_] | None) -> NDArray[np.float64]:
        """Return the decimated samples in µV; NaN where any sample of the group of `factor` samples was bad."""
        n = signal_uv.shape[0]
        with np.errstate(invalid="ignore"):
            good = np.abs(signal_uv) < self._full_scale_uv
        if valid is not None:
            good &= valid[:, np.newaxis]
        kept = np.arange(self.factor - 1 - self._phase, n, self.factor)
        held = np.where(good, signal_uv, 0.0)
        out = np.empty((n, signal_uv.shape[1]))
        for channel in range(signal_uv.shape[1]):
            out[:, channel] = self._filter_channel(channel, held[:, channel], good[:, channel])
        bad = ~good
        result = out[kept]
        result[self._collect_bad(bad, kept)] = np.nan
        self._phase = (self._phase + n) % self.factor
        return result

    def _filter_channel(self, channel: int, held: NDArray[np.float64], good: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Filter one channel; hold the last good value during bad samples and restart without a step after them."""
        out = np.empty(held.size)
        start = 0
        while start < held.size:
            is_good = bool(good[start])
            ends = np.flatnonzero(good[start:] != is_good)
            stop = start + int(ends[0]) if ends.size else held.size
            if is_good:
                if self._was_bad[channel]:
                    self._state[:, :, channel] = self._rest * held[start]
                    self._was_bad[channel] = False
                out[start:stop], state = self._filter(self._sos, held[start:stop], zi=self._state[:, :, channel])
                self._state[:, :, channel] = state
                self._good[channel] = held[stop - 1]
            else:
                out[start:stop] = self._good[channel]
                self._was_bad[channel] = True
            start = stop
        return out

    def _collect_bad(self, bad: NDArray[np.bool_], kept: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return whether any sample of each full group was bad; carry over that of an incomplete group."""
        if kept.size == 0:
            self._phase_bad = self._phase_bad | np.any(bad, axis=0)
            return bad[:0]
        first = np.concatenate(([0], kept[:-1] + 1))
        result: NDArray[np.bool_] = np.logical_or.reduceat(bad[: kept[-1] + 1], first, axis=0)
        result[0] |= self._phase_bad
        self._phase_bad = np.any(bad[kept[-1] + 1 :], axis=0)
        return result
