"""Input of the steps: levels of the signal per second, and the verdicts."""

from array import array
from collections import deque
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from acquisition.core import BoardInfo
from dsp.levels import band_levels_uv
from twitchscope.electrodes.contact import LOOK_S, WINDOW_S, ContactLook, look_at_contacts
from twitchscope.findings.event import DetectedEvent
from twitchscope.findings.site import SiteSpan
from twitchscope.live.feed import SignalSource
from twitchscope.live.status import LEAST_SHOWN_DB

KEPT_S = 30
SETTLE_S = 2
"""Seconds at the start of a recording that are ignored, while filters and electrodes settle."""

MOST_VERDICTS = 1000
"""Number of stored verdicts, about 1 kB each; a site has tens."""

RECENT = 200
"""Number of latest verdicts that are searched for a burst in one of the last seconds."""

MOST_LEFT_OUT_S = 5.0
"""If more new signal than this has accumulated since the last call, older seconds are skipped."""


class Monitor:
    """Monitor of a session's signal for the steps; the caller runs `advance` and passes verdicts on.

    Parameters
    ----------
    source : SignalSource
        Source of the samples.
    band_hz : tuple of float
        Detection band in Hz.
    """

    def __init__(self, source: SignalSource, band_hz: tuple[float, float]) -> None:
        self._source = source
        self._band_hz = band_hz
        self._n_second = round(source.info.sampling_rate_hz)
        self._next_second = SETTLE_S
        self._windows_uv: deque[NDArray[np.float64]] = deque(maxlen=KEPT_S)
        self._lost: deque[bool] = deque(maxlen=KEPT_S)
        self._onsets_s = array("d")  # of twitches: 8 bytes each, kept for the whole session
        self.verdicts: deque[DetectedEvent] = deque(maxlen=MOST_VERDICTS)
        """Latest verdicts without heartbeats."""

    @property
    def info(self) -> BoardInfo:
        """Channels, sampling rate and scale."""
        return self._source.info

    @property
    def is_usable(self) -> tuple[bool, ...]:
        """Channels that the detector can use now."""
        return self._source.state.is_usable

    @property
    def baseline_is_learnt(self) -> bool:
        """Whether the detector has learnt its resting baseline."""
        return self._source.state.baseline_is_learnt

    def none_seen(self, span: SiteSpan) -> str:
        """Return the words for a stretch without a confirmed twitch."""
        return self._source.state.none_seen(span.start_s, span.stop_s)

    @property
    def end_second(self) -> int:
        """Second after the last complete one that was evaluated."""
        return self._next_second

    def advance(self) -> None:
        """Evaluate the seconds completed since the last call."""
        rate_hz = self._source.info.sampling_rate_hz
        end_second = int(self._source.end_index / rate_hz)
        if end_second - self._next_second > MOST_LEFT_OUT_S:
            self._windows_uv.clear()
            self._lost.clear()
            self._next_second = end_second - 1
        while self._next_second < end_second:
            first_index = round(self._next_second * rate_hz)
            samples = self._source.samples_from(first_index)
            if samples.first_index > first_index:
                self._next_second += 1
                continue
            part_uv = self._source.info.to_microvolts(samples.counts[: self._n_second])
            self._windows_uv.append(band_levels_uv(part_uv, rate_hz, self._band_hz, WINDOW_S))
            self._lost.append(not bool(samples.valid[: self._n_second].all()))
            self._next_second += 1

    def take_verdict(self, event: DetectedEvent) -> None:
        """Store a verdict."""
        if event.label != "heartbeat":  # one per second for hours, and not used by any step
            self.verdicts.append(event)
        if event.label == "twitch":
            self._onsets_s.append(event.onset_s)

    def n_twitches(self, span: SiteSpan) -> int:
        """Return the number of twitches confirmed so far with onset in this stretch."""
        return sum(map(span.holds, self._onsets_s))

    def burst_in(self, second: int) -> bool:
        """Return whether a burst other than a heartbeat of at least `LEAST_SHOWN_DB` overlaps a second."""
        return any(
            one.snr_db >= LEAST_SHOWN_DB and one.offset_s >= second and one.onset_s < second + 1
            for one in islice(reversed(self.verdicts), RECENT)
        )

    def is_kept(self, second: int) -> bool:
        """Return whether the levels of a second are stored."""
        return 0 < self._next_second - second <= len(self._windows_uv)

    def windows_uv(self, first_second: int, stop_second: int) -> NDArray[np.float64]:
        """Return the levels of short windows in whole seconds, shape (n_windows, n_channels)."""
        kept = [self._windows_uv[self._place(one)] for one in range(first_second, stop_second) if self.is_kept(one)]
        return np.concatenate(kept) if kept else np.empty((0, self.info.n_channels))

    def level_uv(self, second: int) -> NDArray[np.float64]:
        """Return the median level of a stored second, shape (n_channels,), which a heartbeat does not affect."""
        level: NDArray[np.float64] = np.median(self._windows_uv[self._place(second)], axis=0)
        return level

    def was_lost(self, second: int) -> bool:
        """Return whether samples were lost in a stored second."""
        return self._lost[self._place(second)]

    def contacts(self) -> list[ContactLook]:
        """Judge the current contact of every channel; empty before enough of the signal has settled."""
        first_s = max(SETTLE_S, self._source.end_index / self.info.sampling_rate_hz - LOOK_S)
        samples = self._source.samples_from(round(first_s * self.info.sampling_rate_hz))
        return look_at_contacts(self.info, samples.counts, samples.valid, self._band_hz)

    def _place(self, second: int) -> int:
        return len(self._windows_uv) - (self._next_second - second)
