"""What the steps look at: levels of the signal second by second, and what was found in it."""

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
"""Seconds at the start of a recording that count for nothing: filters and electrodes settle."""

MOST_TOLD = 1000
"""Verdicts that are kept whole, of about 1 kB each; a site has tens."""

RECENT = 200
"""Of these so many are looked through for a burst in one of the last seconds."""

MOST_LEFT_OUT_S = 5.0
"""More signal than this at once means that nobody looked for long: what came before is left out."""


class Monitor:
    """Follows a session's signal for the steps; whoever draws frames calls `advance` and hands on what was found.

    Parameters
    ----------
    source : SignalSource
        Where the samples come from.
    band_hz : tuple of float
        The detector's band.
    """

    def __init__(self, source: SignalSource, band_hz: tuple[float, float]) -> None:
        self._source = source
        self._band_hz = band_hz
        self._n_second = round(source.info.sampling_rate_hz)
        self._next_second = SETTLE_S
        self._windows_uv: deque[NDArray[np.float64]] = deque(maxlen=KEPT_S)
        self._lost: deque[bool] = deque(maxlen=KEPT_S)
        self._onsets_s = array("d")  # of twitches: 8 bytes each for as long as a session lasts
        self.told: deque[DetectedEvent] = deque(maxlen=MOST_TOLD)
        """The last verdicts, heartbeats left out."""

    @property
    def info(self) -> BoardInfo:
        """Channels, rate and scale."""
        return self._source.info

    @property
    def is_usable(self) -> tuple[bool, ...]:
        """Which channels the detector can use now."""
        return self._source.state.is_usable

    @property
    def baseline_is_learnt(self) -> bool:
        """Whether the detector has its resting baseline."""
        return self._source.state.baseline_is_learnt

    def none_seen(self, span: SiteSpan) -> str:
        """Return what is said of a stretch in which nothing was confirmed."""
        return self._source.state.none_seen(span.start_s, span.stop_s)

    @property
    def end_second(self) -> int:
        """The second behind the last one that is whole and was looked at."""
        return self._next_second

    def advance(self) -> None:
        """Look at the seconds that have become whole since the last call."""
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
        """Take a verdict."""
        if event.label != "heartbeat":  # one a second, for hours, and no step asks for them
            self.told.append(event)
        if event.label == "twitch":
            self._onsets_s.append(event.onset_s)

    def n_twitches(self, span: SiteSpan) -> int:
        """Return how many twitches were confirmed so far that began in this stretch."""
        return sum(map(span.holds, self._onsets_s))

    def burst_in(self, second: int) -> bool:
        """Tell whether something other than a heartbeat stood out of the noise in a second."""
        return any(
            one.snr_db >= LEAST_SHOWN_DB and one.offset_s >= second and one.onset_s < second + 1
            for one in islice(reversed(self.told), RECENT)
        )

    def is_kept(self, second: int) -> bool:
        """Tell whether the levels of a second are there."""
        return 0 < self._next_second - second <= len(self._windows_uv)

    def windows_uv(self, first_second: int, stop_second: int) -> NDArray[np.float64]:
        """Return the levels of short windows of whole seconds, shape (n_windows, n_channels)."""
        kept = [self._windows_uv[self._place(one)] for one in range(first_second, stop_second) if self.is_kept(one)]
        return np.concatenate(kept) if kept else np.empty((0, self.info.n_channels))

    def level_uv(self, second: int) -> NDArray[np.float64]:
        """Return the median level of a second that is kept, shape (n_channels,): a heartbeat does not count."""
        level: NDArray[np.float64] = np.median(self._windows_uv[self._place(second)], axis=0)
        return level

    def was_lost(self, second: int) -> bool:
        """Tell whether samples were lost in a second that is kept."""
        return self._lost[self._place(second)]

    def contacts(self) -> list[ContactLook]:
        """Judge the contact of every channel now; none before enough of the signal has settled."""
        first_s = max(SETTLE_S, self._source.end_index / self.info.sampling_rate_hz - LOOK_S)
        samples = self._source.samples_from(round(first_s * self.info.sampling_rate_hz))
        return look_at_contacts(self.info, samples.counts, samples.valid, self._band_hz)

    def _place(self, second: int) -> int:
        return len(self._windows_uv) - (self._next_second - second)
