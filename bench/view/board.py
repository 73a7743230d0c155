"""Board with negligible CPU cost: it repeats one minute of noise with volleys."""

import numpy as np
from numpy.typing import NDArray

from acquisition.core import Block, Board, BoardInfo, Clock, ads1299_channels, make_block

BLOCK_S = 0.010
FAST_BLOCK_S = 0.1
LOOP_S = 60.0
EVERY_S = 4.0
"""Default interval between two volleys."""

JITTER = 0.3
"""Jitter of the volleys in either direction, as a share of the interval. A regular train would be classified as
heartbeats."""

NOISE_UV = 2.0
PEAK_UV = 90.0
GAIN = 24.0


class LoopBoard(Board):
    """Board that repeats a signal, at the pace of the clock or as fast as it is read.

    Parameters
    ----------
    n_channels : int
        Number of channels, at least 2.
    rate_hz : float
        Sampling rate.
    seconds : float
        Length of the signal.
    every_s : float
        Mean interval between two volleys.
    keeps_time : bool
        False to deliver samples as fast as they are read.
    clock : Clock, optional
        Clock that paces the samples.

    Attributes
    ----------
    is_paced : bool
        Whether samples currently come at the pace of the clock; may be changed at any time.
    """

    is_wired_to_a_person = False

    def __init__(
        self,
        n_channels: int,
        rate_hz: float,
        seconds: float,
        every_s: float = EVERY_S,
        *,
        keeps_time: bool = True,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(None, clock)
        self.keeps_time = self.is_paced = keeps_time
        self._n_channels = n_channels
        self._rate_hz = rate_hz
        self._every_s = every_s
        self._n_total = round(seconds * rate_hz)

    def _open(self) -> BoardInfo:
        channels = ads1299_channels((GAIN,) * self._n_channels)
        info = BoardInfo("Loop", self._rate_hz, channels, 0.262 * self._rate_hz)
        loop_counts = _loop_uv(self._n_channels, self._rate_hz, self._every_s) / info.microvolts_per_count
        self._counts = np.ascontiguousarray(loop_counts.round().astype(np.int32))
        return info

    def _start(self) -> None:
        self._due_s = self.clock.now_s()

    def _read(self, timeout_s: float) -> Block | None:
        first = self.next_index
        is_paced = self.is_paced
        n_block = round((BLOCK_S if is_paced else FAST_BLOCK_S) * self._rate_hz)
        stop = min(first + n_block, self._n_total)
        if stop <= first:
            return None
        if is_paced:
            self._due_s += (stop - first) / self._rate_hz
            self.clock.wait_s(self._due_s - self.clock.now_s())
        else:
            self._due_s = self.clock.now_s()
        places = np.arange(first, stop) % len(self._counts)
        return make_block(first, self._counts[places], self.clock.now_s())

    def _stop(self) -> None:
        """Do nothing: nothing is running."""

    def _close(self) -> None:
        """Do nothing: no resources are held."""


def _loop_uv(n_channels: int, rate_hz: float, every_s: float) -> NDArray[np.float64]:
    rng = np.random.default_rng(1)
    signal_uv = NOISE_UV * rng.standard_normal((round(LOOP_S * rate_hz), n_channels))
    time_s = np.arange(0.0, 0.012, 1.0 / rate_hz)
    unit = np.sin(2.0 * np.pi * 110.0 * time_s) * np.hanning(time_s.size)
    places_s = np.arange(2.0, LOOP_S - 1.0, every_s)
    for at_s in places_s + JITTER * every_s * rng.uniform(-1.0, 1.0, places_s.size):
        volley = np.zeros(round(0.09 * rate_hz))
        for start in np.sort(rng.integers(0, round(0.055 * rate_hz), 8)):
            volley[start : start + unit.size] += unit * rng.uniform(0.6, 1.0)
        volley *= PEAK_UV / np.abs(volley).max()
        here = slice(round(at_s * rate_hz), round(at_s * rate_hz) + volley.size)
        signal_uv[here, 0] += volley
        signal_uv[here, 1] += 0.3 * volley
    return signal_uv
