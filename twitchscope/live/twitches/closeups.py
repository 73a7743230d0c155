"""Signal around the onsets of confirmed twitches, copied from the ring buffer before it is overwritten."""

import math
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twitchscope.findings.event import DetectedEvent
from twitchscope.findings.site import SiteSpan
from twitchscope.live.feed import SignalSource
from twitchscope.live.lanes.puller import SLOW_BASELINE_HZ, SlowBaseline

BEFORE_S, AFTER_S = 0.05, 0.2
"""Time in s that is kept before and after the onset."""

WARM_UP_S = 0.3
"""Run-in of the slow baseline before that time; five of its time constants are 0.08 s."""

MOST_KEPT = 200
"""Number of twitches whose signal is kept: 13 MB with 16 channels at 4000 samples/s."""


@dataclass(frozen=True, slots=True, eq=False)
class Closeup:
    """Confirmed twitch with the signal around it.

    Attributes
    ----------
    event : DetectedEvent
        The twitch.
    number : int
        Number of the twitch from 1, within the site if from `Closeups.of_site`.
    time_ms : ndarray of float32, shape (n_samples,)
        Time since the onset.
    trace_uv : ndarray of float32, shape (n_samples, n_channels)
        Signal minus the slow baseline; NaN where a sample was lost.
    """

    event: DetectedEvent
    number: int
    time_ms: NDArray[np.float32]
    trace_uv: NDArray[np.float32]


class Closeups:
    """Collector of the signal around each twitch, once it is complete.

    Parameters
    ----------
    feed : SignalSource
        Source of the samples.

    Attributes
    ----------
    kept : deque of Closeup
        The last `MOST_KEPT` closeups of the session, oldest first.
    """

    def __init__(self, feed: SignalSource) -> None:
        self.kept: deque[Closeup] = deque(maxlen=MOST_KEPT)
        self._feed = feed
        self._expected: list[DetectedEvent] = []
        self._events: list[DetectedEvent] = []  # of all collected twitches, with or without signal

    def expect(self, event: DetectedEvent) -> None:
        """Register a confirmed twitch."""
        self._expected.append(event)

    def events(self, span: SiteSpan) -> list[DetectedEvent]:
        """Return all twitches with onset in a site, in order of onset."""
        return sorted((one for one in self._events if span.holds(one.onset_s)), key=lambda one: one.onset_s)

    def of_site(self, span: SiteSpan) -> list[Closeup]:
        """Return the closeups with onset in a site, oldest first, numbered within the site."""
        onsets_s = [one.onset_s for one in self.events(span)]
        own = [one for one in self.kept if span.holds(one.event.onset_s)]
        return [replace(one, number=bisect_right(onsets_s, one.event.onset_s)) for one in own]

    def advance(self) -> bool:
        """Collect the twitches whose signal is complete; return whether there were any."""
        rate_hz = self._feed.info.sampling_rate_hz
        ready = [one for one in self._expected if self._feed.end_index >= (one.onset_s + AFTER_S) * rate_hz]
        self._take(ready)
        return bool(ready)

    def take_rest(self) -> bool:
        """Collect the remaining twitches with the available signal, as no more comes; return whether there were any."""
        rest = list(self._expected)
        self._take(rest)
        return bool(rest)

    def _take(self, events: list[DetectedEvent]) -> None:
        for event in events:
            self._expected.remove(event)
            self._events.append(event)
            closeup = take_closeup(self._feed, event, len(self._events))
            if closeup is not None:
                self.kept.append(closeup)


def take_closeup(feed: SignalSource, event: DetectedEvent, number: int) -> Closeup | None:
    """Return the signal around the onset of an event, or None if it is no longer in the ring buffer."""
    info = feed.info
    onset = round(event.onset_s * info.sampling_rate_hz)
    start = onset - round(BEFORE_S * info.sampling_rate_hz)
    stop = onset + round(AFTER_S * info.sampling_rate_hz)
    samples = feed.samples_from(max(0, start - round(WARM_UP_S * info.sampling_rate_hz)))
    if samples.first_index > max(start, 0) or not len(samples.counts):
        return None
    raw_uv = info.to_microvolts(samples.counts[: max(0, stop - samples.first_index)])
    slow = SlowBaseline(math.exp(-2.0 * math.pi * SLOW_BASELINE_HZ / info.sampling_rate_hz))
    trace_uv = raw_uv - slow.follow(raw_uv)
    trace_uv[~samples.valid[: len(trace_uv)]] = np.nan
    trace_uv = trace_uv[max(0, start - samples.first_index) :]
    first = max(start, samples.first_index)
    time_ms = 1e3 * ((np.arange(first, first + len(trace_uv)) / info.sampling_rate_hz) - event.onset_s)
    return Closeup(event, number, time_ms.astype(np.float32), trace_uv.astype(np.float32))
