"""Needle channels of a detector: their bursts as events, merged with events at the skin that show the same burst."""

from collections import deque
from dataclasses import dataclass, replace

from dsp.bands import FULL_VERDICT_RATE_HZ
from dsp.bursts import JOIN_S, Group
from dsp.compiled._kernel import Kernel
from dsp.events import Candidate, Label, TwitchEvent
from dsp.needle_electrode.model import weigh_burst
from dsp.needle_electrode.track import LONG_S, LONGEST_BURST_S, NeedleBurst, NeedleStart, NeedleTrack

SLACK_S = 0.02
"""Propagation along the fibres and the ends of the filters: bursts this far apart may be the same."""

LONGEST_WAIT_S = 0.3
"""A verdict at the needle waits at most this long for that on a burst at the skin that may be the same."""

AGAIN_S = 0.1
"""A burst this soon after a twitch is its continuation."""

N_REMEMBERED = 8


@dataclass(slots=True)
class _Held:
    """Event at the needle that waits for a verdict at the skin."""

    event: TwitchEvent
    until: int


class NeedleWatch:
    """Events from the bursts of the needle channels.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the kernel's signal.
    hop_samples : int
        Length of the kernel's hop.
    channels : list of int
        Needle channels, from 0.
    band_hz : tuple of float
        Edges of the detection band.
    """

    def __init__(
        self, sampling_rate_hz: float, hop_samples: int, channels: list[int], band_hz: tuple[float, float]
    ) -> None:
        self._rate_hz, self._hop = sampling_rate_hz, hop_samples
        self.tracks = {channel: NeedleTrack(sampling_rate_hz, hop_samples, channel, band_hz) for channel in channels}
        self._held: list[_Held] = []
        self._at_skin: deque[TwitchEvent] = deque(maxlen=N_REMEMBERED)
        self._at_needle: deque[TwitchEvent] = deque(maxlen=N_REMEMBERED)

    def advance(self, kernel: Kernel, skin: list[Group], confirms_from: int) -> list[Candidate | TwitchEvent]:
        """Process what the kernel has added.

        Parameters
        ----------
        kernel : Kernel
            Kernel that has just run.
        skin : list of Group
            Ongoing bursts at the skin, as before the marks of this run.
        confirms_from : int
            Sample before which nothing is confirmed.

        Returns
        -------
        list of Candidate or TwitchEvent
            Indices are samples of the kernel's signal; seconds are not set.
        """
        reported: list[Candidate | TwitchEvent] = []
        for track in self.tracks.values():
            for one in track.advance(kernel):
                if isinstance(one, NeedleStart):
                    reported.append(Candidate(one.onset_index, 0.0, one.channel, one.decided_index))
                    continue
                event = self._beside_skin(self._event(one, one.decided_index < confirms_from))
                if event is not None and any(self._may_be_one(event, group) for group in skin):
                    until = event.decided_index + round(LONGEST_WAIT_S * self._rate_hz)
                    self._held.append(_Held(event, until))
                elif event is not None:
                    reported.append(self._report(event))
        return [*reported, *self._release((kernel.index - 1) // self._hop * self._hop + 1)]

    def join(self, event: TwitchEvent) -> list[TwitchEvent]:
        """Take an event at the skin, and return what to report of it and of the needle events that waited for it."""
        self._at_skin.append(event)
        held = [one.event for one in self._held if self._overlap(one.event, event)]
        self._held = [one for one in self._held if not self._overlap(one.event, event)]
        if event.label in ("heartbeat", "artifact"):
            return [*(self._report(replace(one, decided_index=event.decided_index)) for one in held), event]
        is_reported = any(one.label == "twitch" and self._overlap(one, event) for one in self._at_needle)
        if is_reported and event.label in ("twitch", "uncertain"):
            return []
        twitches = [one for one in held if one.label == "twitch"]
        channels = tuple(sorted({*event.channels, *(one.channel for one in held)}))
        if event.label == "twitch" and held:
            confidence = max(event.confidence, *(one.confidence for one in held))
            reasons = (*event.reasons, "seen by the needle") if twitches else event.reasons
            return [replace(event, channels=channels, confidence=confidence, reasons=reasons)]
        if event.label == "uncertain" and twitches:
            best = max(twitches, key=lambda one: one.confidence)
            joined = replace(
                best, channels=channels, decided_index=event.decided_index, reasons=(*best.reasons, "also at the skin")
            )
            return [self._report(joined)]
        return [replace(event, channels=channels)]

    def flush(self) -> list[TwitchEvent]:
        """Return what is still waiting at the end of the signal."""
        return self._release(None)

    def _release(self, index: int | None) -> list[TwitchEvent]:
        ready = [one for one in self._held if index is None or one.until <= index]
        self._held = [one for one in self._held if one not in ready]
        return [
            self._report(one.event if index is None else replace(one.event, decided_index=one.until)) for one in ready
        ]

    def _report(self, event: TwitchEvent) -> TwitchEvent:
        self._at_needle.append(event)
        return event

    def _may_be_one(self, event: TwitchEvent, group: Group) -> bool:
        return abs(group.started - event.onset_index) <= JOIN_S * self._rate_hz

    def _overlap(self, one: TwitchEvent, other: TwitchEvent) -> bool:
        slack = SLACK_S * self._rate_hz
        return one.onset_index <= other.offset_index + slack and other.onset_index <= one.offset_index + slack

    def _beside_skin(self, event: TwitchEvent) -> TwitchEvent | None:
        """Return the event, uncertain in a contraction at the skin or just after a twitch; None if already reported."""
        for seen in self._at_skin:
            if not self._overlap(event, seen):
                continue
            if seen.label == "twitch":
                return None
            if seen.label == "voluntary" and event.label == "twitch":
                event = replace(
                    event, label="uncertain", confidence=0.5, reasons=("needle electrode", "a contraction at the skin")
                )
        if event.label == "twitch" and any(self._goes_on(reported, event) for reported in self._reported_twitches()):
            return replace(event, label="uncertain", confidence=0.5, reasons=("aftermath", "goes on after a twitch"))
        return event

    def _reported_twitches(self) -> list[TwitchEvent]:
        reported = (*self._at_needle, *(one.event for one in self._held))
        return [one for one in reported if one.label == "twitch"]

    def _goes_on(self, reported: TwitchEvent, event: TwitchEvent) -> bool:
        latest = reported.offset_index + AGAIN_S * self._rate_hz
        return reported.onset_index <= event.offset_index and event.onset_index <= latest

    def _event(self, burst: NeedleBurst, is_learning: bool) -> TwitchEvent:
        label, confidence, reasons = self._verdict(burst, is_learning)
        return TwitchEvent(
            burst.onset_index, burst.offset_index, 0.0, 0.0, label, confidence, reasons, burst.channel,
            (burst.channel,), burst.peak_uv, burst.rms_uv, burst.snr_db, burst.grade, None, burst.decided_index,
            burst.onset_uncertainty_ms, burst.over_floor,
        )  # fmt: skip

    def _verdict(self, burst: NeedleBurst, is_learning: bool) -> tuple[Label, float, tuple[str, ...]]:
        duration_s = (burst.offset_index - burst.onset_index + 1) / self._rate_hz
        if burst.is_cut:
            return "artifact", 0.7, ("cut off", "saturation, lost samples or a flat signal")
        weighed = weigh_burst(burst.features)
        if duration_s >= 0.9 * LONGEST_BURST_S:
            return "voluntary", 0.7, ("needle electrode", "long")
        if not weighed.is_twitch:
            kind = "insertional" if duration_s > LONG_S else "endplate spikes or insertional"
            return "uncertain", min(0.95, 1.0 - 0.5 * weighed.probability), ("needle electrode", f"may be {kind}")
        if is_learning:
            return "uncertain", 0.5, ("still learning", "too soon after the start")
        if self._rate_hz < FULL_VERDICT_RATE_HZ:
            return "uncertain", 0.5, ("sampling rate too low to confirm",)
        return "twitch", min(0.99, weighed.probability), ("needle electrode", *weighed.reasons)
