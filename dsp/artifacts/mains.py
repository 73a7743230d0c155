"""Detect the mains and its harmonics in the unfiltered signal; the kernel follows their frequency and amplitudes."""

import math

import numpy as np
from numpy.typing import NDArray

from dsp.compiled._kernel import Kernel

MAX_HARMONICS = 13
"""Number of harmonics that reaches `BEYOND_BAND` with 50 Hz."""

NOMINAL_HZ = (50.0, 60.0)
BEYOND_BAND = 1.5
"""Harmonics up to this many times the upper band edge are followed: the filter leaves a fifth of one there, which
matters if it is strong."""

FOUND_RATIO = 12.0
"""Ratio of the power at a line to that beside it above which the line is classified as mains."""

HOLD_SEARCHES = 20
"""Number of searches for which a harmonic is followed after it was last found."""

YOUNG_TICKS = 8
"""Seconds after the start and after each change in which every channel is searched every second."""

SETTLED_TICKS, LOOKS_A_ROUND = 4, 8
"""Later, the seconds between searches, and the number of searches in which each channel is searched once."""

OFFSETS_BESIDE_HZ = (-4.0, -3.0, 3.0, 4.0)

LEARNING_S, MAINS_LEARNING_S = 4.0, 2.5
"""Nothing is confirmed in this time after the start, and after mains was found in that time, so that the heart beats a
few times first."""


class MainsFinder:
    """Detector of the mains line and its harmonics.

    Harmonics that are absent are not followed, because a change in the strength of the mains would disturb them too.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the signal.
    high_edge_hz : float
        Upper edge of the detection band; harmonics far above it need no follower.
    tick_samples : int
        Samples of one second; `is_due` is called at every multiple of it.
    n_channels : int
        Number of channels of the signal.
    """

    def __init__(self, sampling_rate_hz: float, high_edge_hz: float, tick_samples: int, n_channels: int) -> None:
        self.sampling_rate_hz = sampling_rate_hz
        self.frequency_hz = 0.0
        """Frequency of the mains at the last update, up to 4 s ago; 0 while none is found."""
        self.orders: tuple[int, ...] = ()
        """Harmonics that are followed; the fundamental (1) is included if there is any."""
        self._tick_samples = tick_samples
        self._young_ticks = YOUNG_TICKS
        self._ticks_since_look = 0
        self._next = 0
        self._ages = np.full(MAX_HARMONICS, HOLD_SEARCHES + 1)
        self._found_before = np.zeros((n_channels, MAX_HARMONICS), np.bool_)
        self._found_last = np.zeros(MAX_HARMONICS, np.bool_)
        highest_hz = min(BEYOND_BAND * high_edge_hz, 0.48 * sampling_rate_hz)
        self._orders = {
            line_hz: np.arange(1, max(1, min(MAX_HARMONICS, int(highest_hz / line_hz))) + 1) for line_hz in NOMINAL_HZ
        }
        self._beside = np.rint(np.array(OFFSETS_BESIDE_HZ) * tick_samples / sampling_rate_hz).astype(np.intp)
        self._window = np.hanning(tick_samples + 2)[1:-1]
        self._window /= self._window.sum()

    def is_due(self) -> bool:
        """Count one more second and return whether `update` is due at its end."""
        self._ticks_since_look += 1
        self._young_ticks = max(0, self._young_ticks - 1)
        return self._young_ticks > 0 or self._ticks_since_look >= SETTLED_TICKS

    def channels_to_search(self, usable: NDArray[np.bool_]) -> list[int]:
        """Return the channels to search now: all usable ones after a start or change, later a few in turn."""
        channels: list[int] = np.flatnonzero(usable).tolist()
        if self._young_ticks > 0 or not channels:
            return channels
        n_now = math.ceil(len(channels) / LOOKS_A_ROUND)
        self._next %= len(channels)
        chosen = (channels + channels)[self._next : self._next + n_now]
        self._next += n_now
        return chosen

    def update(self, raw_uv: dict[int, NDArray[np.float64]], followed_hz: float) -> bool:
        """Search the last second; return True if the kernel has to follow other harmonics.

        Parameters
        ----------
        raw_uv : dict of int to ndarray of float64, shape (tick_samples,)
            Unfiltered signal of `channels_to_search` by channel; empty during a burst, which has energy at the
            frequency of the mains too.
        followed_hz : float
            Frequency that the kernel follows; not used while no mains is found.
        """
        orders_before = self.orders
        if self.frequency_hz:
            self.frequency_hz = followed_hz
        self._ticks_since_look = 0
        if raw_uv:
            self._search(raw_uv)
        if self.orders != orders_before:
            self._young_ticks = YOUNG_TICKS
        return self.orders != orders_before

    def _ratios(self, power: NDArray[np.float64], line_hz: float) -> NDArray[np.float64]:
        """Return the power at each harmonic over the mean power beside it."""
        orders = self._orders[_nominal_of(line_hz)]
        at = np.rint(orders * (line_hz * self._tick_samples / self.sampling_rate_hz)).astype(np.intp)
        beside = np.minimum(at[:, np.newaxis] + self._beside, power.size - 1)
        around = power[beside].sum(axis=1) / len(OFFSETS_BESIDE_HZ)
        ratios: NDArray[np.float64] = power[np.minimum(at, power.size - 1)] / (around + 1e-6)
        return ratios

    def _find(self, raw_uv: NDArray[np.float64]) -> tuple[float, NDArray[np.bool_]]:
        """Return the line found on one channel, and which of its harmonics stand out, shape (MAX_HARMONICS,)."""
        spectrum = np.fft.rfft(raw_uv * self._window)
        power = spectrum.real**2 + spectrum.imag**2
        if self.frequency_hz:
            line_hz, ratios = self.frequency_hz, self._ratios(power, self.frequency_hz)
        else:
            both = [(line_hz, self._ratios(power, line_hz)) for line_hz in NOMINAL_HZ]
            line_hz, ratios = max(both, key=lambda one: float(one[1][0]))
        found = np.zeros(MAX_HARMONICS, np.bool_)
        found[: ratios.size] = ratios > FOUND_RATIO
        return line_hz, found

    def _search(self, raw_uv: dict[int, NDArray[np.float64]]) -> None:
        """Search channels; a harmonic counts if the previous search, or the last one of its channel, found it too."""
        last, self._found_last = self._found_last, np.zeros(MAX_HARMONICS, np.bool_)
        twice, lines_hz = np.zeros(MAX_HARMONICS, np.bool_), list[float]()
        for channel, signal_uv in raw_uv.items():
            line_hz, found = self._find(signal_uv)
            believed = found & (last | self._found_before[channel])
            if believed.any():
                twice |= believed
                lines_hz.append(line_hz)
            self._found_last |= found
            self._found_before[channel] = found
        self._ages = np.where(twice, 0, np.minimum(self._ages + 1, HOLD_SEARCHES + 1))
        orders = (np.flatnonzero(self._ages <= HOLD_SEARCHES) + 1).tolist()
        self.orders = tuple(sorted({1, *orders})) if orders else ()
        if not self.orders:
            self.frequency_hz = 0.0
        elif not self.frequency_hz:
            self.frequency_hz = max(set(lines_hz), key=lines_hz.count)


class MainsFollower:
    """Controller that makes a kernel follow the mains found in its signal.

    Parameters
    ----------
    kernel : Kernel
        Kernel whose mains follower is set.
    sampling_rate_hz, high_edge_hz, tick_samples, n_channels
        As for `MainsFinder`.

    Attributes
    ----------
    finder : MainsFinder
        Detector of the mains; it also decides when to search.
    confirms_from : int
        Sample before which nothing is confirmed.
    """

    def __init__(
        self, kernel: Kernel, sampling_rate_hz: float, high_edge_hz: float, tick_samples: int, n_channels: int
    ) -> None:
        self.finder = MainsFinder(sampling_rate_hz, high_edge_hz, tick_samples, n_channels)
        self.confirms_from = round(LEARNING_S * sampling_rate_hz)
        self._kernel = kernel
        self._tick_samples = tick_samples

    def look(self, usable: NDArray[np.bool_], *, has_burst: bool) -> None:
        """Search for the mains at the end of a second and update the kernel's follower.

        Parameters
        ----------
        usable : ndarray of bool, shape (n_channels,)
            Channels that can be searched.
        has_burst : bool
            Whether a burst is open on any channel.
        """
        finder, index = self.finder, self._kernel.index
        # Only an open burst prevents the search: a heart may leave no quiet second.
        channels = finder.channels_to_search(usable) if not has_burst else []
        start = index - 1 - self._tick_samples
        raw = {channel: self._kernel.raw_of(channel, start, index - 1) for channel in channels}
        n_before = len(finder.orders)
        followed_hz = self._kernel.mains_radians_per_sample * finder.sampling_rate_hz / (2.0 * math.pi)
        if finder.update(raw, followed_hz):
            nominal_hz = _nominal_of(finder.frequency_hz) if finder.orders else 0.0
            self._kernel.set_mains(2.0 * math.pi * nominal_hz / finder.sampling_rate_hz, finder.orders)
        if len(finder.orders) > n_before and index < self.confirms_from:
            self.confirms_from = index + round(MAINS_LEARNING_S * finder.sampling_rate_hz)


def _nominal_of(line_hz: float) -> float:
    return min(NOMINAL_HZ, key=lambda nominal_hz: abs(nominal_hz - line_hz))
