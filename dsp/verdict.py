"""The verdict on a burst that has ended, and what decided it."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dsp._kernel import Kernel
from dsp.bands import FULL_VERDICT_RATE_HZ
from dsp.bursts import Group
from dsp.events import Label, TwitchEvent
from dsp.features import Features, measure
from dsp.heartbeat import LOOK_BACK_S, Beat, HeartMemory
from dsp.measures import PEAK_SHARE, find_offset, find_onset, size_of, smooth_power

Samples = NDArray[np.float64]

BEFORE_S = 0.40
"""How much of the signal before a burst the verdict looks at."""

SHORT_S, LONG_S = 0.012, 0.040
ONGOING_S = 1.0
ONGOING_BURSTS = 3
"""With this many bursts within that time the muscle is not at rest."""

REBURST_S = 0.2
"""A burst on the same channel so soon after a twitch is the rest of it."""

SMALL_AFTER = 0.05
"""Amplitude, as a share of a contraction's, of what may still be its rest four times as long after it."""

AFTERMATH_S = 0.5
"""After a voluntary burst single motor units still fire for this long."""

BUTTERWORTH_DELAY = 2.613
"""Group delay of a 4th-order Butterworth low-pass, times its edge in radians a second."""

MOTION_HZ = 70.0
"""What leaks from slow motion through the band-pass stays below this; muscle does not."""

LONGEST_TWITCH_S = 0.25
SURE_TWITCH_S = 0.18
SHORTEST_TWITCH_S = 0.006

MOST_OF_ONE_UNIT_DB = 35.0
"""Stronger than this, a short burst is a compound response and not one motor unit."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a verdict may look at besides the group itself.

    Attributes
    ----------
    kernel : Kernel
        The recent signal, floors and thresholds.
    index : int
        Last sample known.
    usable : ndarray of bool, shape (n_channels,)
        Channels usable now.
    mains_hz : float
        0 where none was found.
    n_active_elsewhere : int
        Channels in a burst of another group.
    """

    kernel: Kernel
    index: int
    usable: NDArray[np.bool_]
    mains_hz: float
    n_active_elsewhere: int


@dataclass(frozen=True, slots=True)
class _Past:
    """A burst that was judged."""

    index: int
    peak_uv: float
    channel: int
    label: Label


@dataclass(frozen=True, slots=True)
class Verdict:
    """Label, confidence and reasons."""

    label: Label
    confidence: float
    reasons: tuple[str, ...]


class Judge:
    """Gives the verdict on each group of bursts.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the kernel's signal.
    roles : tuple of str
        Per channel.
    band_hz : tuple of float
        Detection band.
    """

    def __init__(self, sampling_rate_hz: float, roles: tuple[str, ...], band_hz: tuple[float, float]) -> None:
        self._rate_hz = sampling_rate_hz
        self._roles = roles
        self._heart = HeartMemory(sampling_rate_hz)
        self._filter_delay = round(BUTTERWORTH_DELAY / (2.0 * np.pi * band_hz[1]) * sampling_rate_hz)
        self._recent: deque[_Past] = deque(maxlen=16)
        self._watched = np.array([role in ("surface", "needle", "reference") for role in roles], np.bool_)
        self._surface = np.array([role in ("surface", "reference") for role in roles], np.bool_)

    def judge(self, group: Group, around: Surroundings) -> TwitchEvent:
        """Measure a group and give the verdict; indices are samples of the kernel's signal, seconds are not set."""
        stop = around.index
        start = max(0, group.started - round(LOOK_BACK_S * self._rate_hz))
        band_uv = around.kernel.band(start, stop)
        floor = np.maximum(np.maximum(around.kernel.floor_power(), around.kernel.rest_power()), 1e-9)
        weights = np.where(self._surface & around.usable, 1.0 / np.sqrt(floor), 0.0)
        first = max(0, group.started - start - round(0.020 * self._rate_hz))
        last = min(band_uv.shape[0], max(first + 1, group.last_above - start + 1))

        beat = None
        if (last - first) < 0.5 * self._rate_hz:
            beat = self._find_beat(band_uv, weights, first, last)
        if beat is not None:
            rest_uv = band_uv.copy()
            rest_uv[beat.start : beat.start + len(beat.part_uv)] -= beat.part_uv[: len(rest_uv) - beat.start]
            margin = self._margin(rest_uv[first:last], floor, around.kernel.thresholds(), weights > 0.0)
            # What a beat differs from the template grows with the beat.
            slack = 0.06 * self._margin(band_uv[first:last], floor, around.kernel.thresholds(), weights > 0.0)
            if margin < 1.0 + slack:
                self._heart.confirm(band_uv, beat)
                verdict = Verdict("heartbeat", 0.9, (beat.evidence,))
                return self._event(group, around, band_uv, start, first, floor, verdict)
            band_uv = rest_uv
        else:
            margin = max(mark.margin for mark in group.ended.values())

        event = self._event(group, around, band_uv, start, first, floor, Verdict("uncertain", 0.5, ()))
        features = measure(
            band_uv,
            around.kernel.raw(start, stop),
            event,
            start,
            first,
            floor,
            self._rate_hz,
            around.mains_hz,
            self._watched & around.usable,
            around.kernel.rest_power(),
            beat is not None,
        )
        verdict = self._decide(group, around, event, features, margin)
        if beat is not None:
            verdict = replace(verdict, reasons=(*verdict.reasons, "on a heartbeat"))
        self._remember(event, verdict)
        return replace(event, label=verdict.label, confidence=verdict.confidence, reasons=verdict.reasons)

    def _find_beat(self, band_uv: Samples, weights: Samples, first: int, last: int) -> Beat | None:
        if not np.any(weights > 0.0):
            return None
        beat = self._heart.recall(band_uv, weights, first, last)
        return beat if beat is not None else self._heart.search(band_uv, weights, first, last)

    def _remember(self, event: TwitchEvent, verdict: Verdict) -> None:
        if verdict.label not in ("heartbeat", "artifact"):
            self._recent.append(_Past(event.decided_index, event.peak_uv, event.channel, verdict.label))

    def _aftermath(self, event: TwitchEvent, is_clear: bool) -> str | None:
        """Say why a burst that would be a twitch rather belongs to what went before."""
        since = [(past, (event.onset_index - past.index) / self._rate_hz) for past in self._recent]
        if any(past.label == "twitch" and past.channel == event.channel and s < REBURST_S for past, s in since):
            return "goes on after a twitch"
        for past, seconds in since:
            share = event.peak_uv / max(past.peak_uv, 1e-9)
            if past.label == "voluntary" and (
                (seconds < AFTERMATH_S and (share < 0.15 or not is_clear))
                or (seconds < 4.0 * AFTERMATH_S and share < SMALL_AFTER)
            ):
                return "just after a contraction"
        if sum(s < ONGOING_S for _, s in since) >= ONGOING_BURSTS:
            return "one of many bursts"
        return None

    def _margin(self, band_uv: Samples, floor: Samples, thresholds: Samples, channels: NDArray[np.bool_]) -> float:
        """Largest energy over its confirmation threshold in either window."""
        largest = 0.0
        sums = np.concatenate((np.zeros((1, band_uv.shape[1])), np.cumsum(band_uv * band_uv, axis=0)))
        for k, seconds in enumerate((SHORT_S, LONG_S)):
            width = min(max(1, round(seconds * self._rate_hz)), band_uv.shape[0])
            n_full = max(1, round(seconds * self._rate_hz))
            power = np.max(sums[width:] - sums[:-width], axis=0) / n_full
            over = np.where(channels, power / (floor * thresholds[:, k]), 0.0)
            largest = max(largest, float(np.max(over)))
        return largest

    def _event(
        self,
        group: Group,
        around: Surroundings,
        band_uv: Samples,
        start: int,
        first: int,
        floor: Samples,
        verdict: Verdict,
    ) -> TwitchEvent:
        channels = tuple(sorted(group.ended))
        candidates = [c for c in channels if self._surface[c]] or list(channels)
        peaks = {c: float(np.max(np.abs(band_uv[first:, c]), initial=0.0)) / floor[c] ** 0.5 for c in candidates}
        channel = max(candidates, key=lambda c: peaks[c])
        low, noticed = self._noticed(band_uv[:, channel], first, floor[channel], around.kernel.thresholds()[channel, 0])
        onset = low + find_onset(band_uv[low:noticed, channel], floor[channel])
        onset = max(0, onset - self._filter_delay)
        offset = onset + find_offset(band_uv[onset:, channel], floor[channel], self._rate_hz)
        rest = around.kernel.rest_power()[channel]
        baseline = rest if rest > 0.0 else floor[channel]
        size = size_of(band_uv[onset : offset + 1, channel], float(baseline) ** 0.5)
        return TwitchEvent(
            start + onset,
            start + offset,
            0.0,
            0.0,
            verdict.label,
            verdict.confidence,
            verdict.reasons,
            channel,
            channels,
            size.peak_uv,
            size.rms_uv,
            size.snr_db,
            size.grade,
            None,
            around.index,
        )

    def _noticed(self, band_uv: Samples, first: int, floor: float, threshold: float) -> tuple[int, int]:
        """Return the rows between which the onset lies: up to where the short window clearly rises over the floor."""
        width = max(1, round(SHORT_S * self._rate_hz))
        power = smooth_power(band_uv[first:], 1)
        sums = np.concatenate((np.zeros(width), np.cumsum(power)))
        short = (sums[width:] - sums[:-width]) / width
        level = max(0.5 * threshold * floor, PEAK_SHARE**2 * float(np.max(short)))
        crossed = first + int(np.argmax(short > min(level, 0.9 * float(np.max(short)))))
        return max(first - width, crossed - round(0.025 * self._rate_hz), 0), crossed + 1

    def _decide(self, group: Group, around: Surroundings, event: TwitchEvent, f: Features, margin: float) -> Verdict:
        """Rules in order of weight: what cannot be EMG, what is too weak, what is too long, broad or slow."""
        if group.was_cut:
            return Verdict("artifact", 0.7, ("cut off", "saturation, lost samples or a flat signal"))
        if f.mains_share > 0.75 and f.duration_s > 0.06:
            return Verdict("artifact", 0.9, ("mains",))
        if f.slow_ratio > 1.0 and (f.frequency_hz < MOTION_HZ or f.impulse_share > 0.6):
            kind = "pop" if f.impulse_share > 0.6 else "cable or electrode motion"
            return Verdict("artifact", min(0.99, 0.6 + 0.1 * f.slow_ratio), (kind, "energy below 20 Hz"))
        if f.impulse_share > 0.9:
            return Verdict("artifact", 0.8, ("glitch or pop", "one impulse"))
        if margin < 1.0:
            return Verdict("uncertain", 0.5, ("near the noise",))
        if all(self._roles[c] == "needle" for c in group.ended):
            kind = "insertional" if f.duration_s > 0.2 else "endplate spikes"
            return Verdict("uncertain", 0.5, ("needle electrode only", f"may be {kind}"))
        if f.duration_s > LONGEST_TWITCH_S:
            return Verdict("voluntary", min(0.99, 0.5 + f.duration_s), ("long",))
        if f.n_channels >= 3 and f.spread > 0.5:
            return Verdict("voluntary", 0.5 + 0.5 * f.spread, ("wince", "on most channels"))
        if f.duration_s > 0.1 and f.attack < 0.1:
            return Verdict("voluntary", 0.7, ("slow rise",))
        if f.effective_s < SHORTEST_TWITCH_S and event.snr_db < MOST_OF_ONE_UNIT_DB:
            return Verdict("uncertain", 0.5, ("fasciculation", "one motor unit, not a volley"))
        if self._rate_hz < FULL_VERDICT_RATE_HZ:
            return Verdict("uncertain", 0.5, ("sampling rate too low to confirm",))
        if around.n_active_elsewhere >= 2 or group.context >= 2:
            return Verdict("uncertain", 0.5, ("during activity on other channels",))
        is_clear = margin > 2.0 and f.n_channels >= 4 and f.spread < 0.3
        aftermath = self._aftermath(event, is_clear)
        if aftermath is not None:
            return Verdict("uncertain", 0.5, ("guarding", aftermath))
        if f.raised > 1.5 and margin < 1.6:
            return Verdict("uncertain", 0.5, ("guarding", "little above a raised floor"))
        if f.before > 2.5:
            return Verdict("uncertain", 0.5, ("guarding", "activity before the onset"))
        if f.company > 0.5 and f.company > 0.02 * f.own:
            return Verdict("uncertain", 0.5, ("guarding", "activity on the other channels"))
        return self._twitch(f, margin)

    def _twitch(self, f: Features, margin: float) -> Verdict:
        confidence = 0.99 - 0.3 * float(np.exp(-2.0 * (margin - 1.0)))
        reasons = ["brief"]
        if f.n_channels >= 3:
            reasons.append("focal")
            confidence -= 0.2 * f.spread
        if f.duration_s > SURE_TWITCH_S:
            confidence -= 2.0 * (f.duration_s - SURE_TWITCH_S)
            reasons[0] = "fairly brief"
        if f.attack > 0.3:
            reasons.append("abrupt")
        return Verdict("twitch", float(np.clip(confidence, 0.05, 0.99)), tuple(reasons))
