"""Detection of stillness of a needle, hop by hop: spontaneous endplate activity is measured only while it is still.

A needle that stays in one place shows activity of a constant level, be it low or high. A move fills half a second with
activity of injured fibres and leaves a different level behind. Spikes, even many, do not change the noise between them.
"""

from dataclasses import dataclass

import numpy as np

from dsp.compiled._kernel import Kernel
from dsp.needle_electrode.spontaneous import WINDOW_S, Silence, StillWindow, measure_spontaneous

STILL_S = 1.0
"""Time for which the needle must have been still before anything is measured; insertional activity lasts 0.3-0.5 s."""

LATE_S = 0.3
"""A second is measured only if the needle stayed still for this long after it: a move shows with a delay."""

LOOK_S, LEVEL_S = 0.1, 0.2
"""Interval at which the level is estimated, and the stretch that it is estimated from: an insertional burst fills at
least one such stretch."""

LEVEL_SHARE = 0.3
"""The level is this quantile of the powers of the stretch's hops; spikes leave this share of hops between them."""

UNEVEN, ELSEWHERE = 1.9, 3.0
"""Change of the level, up or down, against the stretches since the last change at which the needle is not still; and
rise over the level of the last place at which it is in another one. White, low-pass filtered and shot noise of one
place stay within the first for most of the time, and within the second
(`tests/dsp/needle_electrode/test_stillness.py`)."""

REMEMBERED_S = 2.0
MOST_RUN_S, MOST_STRONG_S = 0.025, 0.06
"""Longest strong stretch, and total strong time, of most bursts of spikes; half of the bursts of insertions exceed
them. The others are recognised by their level."""


@dataclass(slots=True)
class _Place:
    """Place of the needle: its number, the level of its last still second, and whether it has one."""

    number: int = 0
    level: float = 0.0
    has_window: bool = False


class StillnessLog:
    """Log of still seconds and silences of a needle channel that is followed hop by hop.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    hop_samples : int
        Length of a hop.

    Attributes
    ----------
    windows : list of StillWindow
        Seconds with the needle still.
    silences : list of Silence
        Silences after twitches, in order of time.
    """

    def __init__(self, sampling_rate_hz: float, hop_samples: int) -> None:
        self._rate_hz, self._hop = sampling_rate_hz, hop_samples
        hop_s = hop_samples / sampling_rate_hz
        self._look_hops = max(1, round(LOOK_S / hop_s))
        self._recent = np.zeros(max(1, round(LEVEL_S / hop_s)))
        self._window_hops, self._late_hops = round(WINDOW_S / hop_s), round(LATE_S / hop_s)
        self._waiting_hops = round(STILL_S / hop_s)
        self._levels: list[float] = []
        self._still_hops = 0
        self._n_hops = 0
        self._place = _Place()
        self._pending: list[StillWindow] = []
        self.windows: list[StillWindow] = []
        self.silences: list[Silence] = []

    def step(self, k: int, power: float, is_usable: bool, in_burst: bool, kernel: Kernel, channel: int) -> None:
        """Process hop number `k`; what was measured by then waits during a burst until `end_burst` classifies it."""
        self._recent[k % self._recent.size] = power
        self._n_hops += 1
        if self._n_hops % self._look_hops == 0 and self._n_hops >= self._recent.size:
            self._look()
        if not is_usable:
            self._unsettle(has_moved=True)
            return
        self._still_hops += 1
        over = self._still_hops - self._waiting_hops - self._late_hops
        if over > 0 and over % self._window_hops == 0:
            start = (k + 1 - self._late_hops - self._window_hops) * self._hop
            band_uv = kernel.band(start, start + self._window_hops * self._hop)[:, channel]
            activity = measure_spontaneous(band_uv, self._rate_hz)
            self._pending.append(StillWindow(start, self._place.number, activity))
        if not in_burst:
            self._keep_pending()

    def end_burst(self, longest_run_s: float, strong_s: float, is_twitch: bool) -> None:
        """Process the end of a burst; one of spikes alone leaves the needle still.

        Parameters
        ----------
        longest_run_s, strong_s : float
            Longest stretch of it without a gap, and total time in which it is strong.
        is_twitch : bool
            Whether it was classified as a twitch.
        """
        if is_twitch or longest_run_s > MOST_RUN_S or strong_s > MOST_STRONG_S:
            self._unsettle(has_moved=True)

    @property
    def noise_power(self) -> float:
        """Power in µV² of the endplate noise in the last still second; 0 before there was one."""
        noise_uv = self.windows[-1].activity.noise_uv if self.windows else 0.0
        return noise_uv * noise_uv if noise_uv == noise_uv else 0.0

    def _look(self) -> None:
        """Compare the level of the last stretch with those since the last change."""
        level = float(np.quantile(self._recent, LEVEL_SHARE))
        usual = float(np.median(self._levels)) if self._levels else level
        if not usual / UNEVEN <= level <= UNEVEN * usual:
            self._levels.clear()
            self._unsettle(has_moved=level > ELSEWHERE * self._place.level)
        self._levels = [*self._levels[1 - round(REMEMBERED_S / LOOK_S) :], level]

    def _unsettle(self, *, has_moved: bool) -> None:
        """Restart the waiting time; a level that only fell, as after a twitch, may be that of the same place."""
        self._still_hops = 0
        self._pending.clear()
        if has_moved and self._place.has_window:
            self._place = _Place(self._place.number + 1)

    def _keep_pending(self) -> None:
        if self._pending:
            self.windows += self._pending
            self._place.level, self._place.has_window = float(np.median(self._levels)), True
            self._pending.clear()
