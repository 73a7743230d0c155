"""From a group of bursts that has ended to a measured event with a verdict."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dsp._kernel import Kernel
from dsp.bursts import Group
from dsp.events import TwitchEvent
from dsp.features import Features, measure
from dsp.heartbeat import LOOK_BACK_S, Beat, HeartMemory
from dsp.measures import PEAK_SHARE, find_offset, find_onset, size_of
from dsp.pulses import PulseFitter
from dsp.recent import Recent, Samples
from dsp.rules import LONGEST_TWITCH_S, Case, Rules, Verdict

SHORT_S, LONG_S = 0.012, 0.040
"""Windows of the kernel's two energies."""

BUTTERWORTH_DELAY = 2.613
"""Group delay of a 4th-order Butterworth low-pass, times its edge in radians a second."""

MOST_BEAT_S = 0.5
"""A group that is longer holds more than heartbeats."""

BEAT_SLACK, BEAT_SLACK_ALONE = 0.08, 0.3
"""What a beat may differ from the template, as a share of its power; the latter where no second channel tells how."""

BEAT_MARGIN = 1.4
"""What is left of a burst without its beat must be this much above the threshold."""

PIECES = ("fasciculation", "near the noise")
"""What a part of a volley looks like alone."""

LONGEST_GAP_S = 0.1
"""Units of one volley lie no further apart: they fire at 20 a second or faster, not in step."""

QUIET_BEFORE_S = 0.6
"""A volley comes out of this much rest."""

ECG_WEIGHT = 12.0
"""Peak of an ECG lead, in units of the other channels' noise, in the fit of the template."""


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
    is_learning : bool
        The stream is too young to confirm anything.
    n_active_elsewhere : int
        Channels in a burst of another group.
    """

    kernel: Kernel
    index: int
    usable: NDArray[np.bool_]
    mains_hz: float
    is_learning: bool
    n_active_elsewhere: int


class Judge:
    """Measures each group of bursts and gives the verdict on it.

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
        self._roles = np.array(roles)
        self._heart = HeartMemory(sampling_rate_hz)
        self._piece: TwitchEvent | None = None
        self._last_offset = 0
        self._rules = Rules(sampling_rate_hz)
        self._fitter = PulseFitter(sampling_rate_hz, band_hz)
        self._filter_delay = round(BUTTERWORTH_DELAY / (2.0 * np.pi * band_hz[1]) * sampling_rate_hz)
        self._surface = np.isin(self._roles, ("surface", "reference"))
        self._ecg = self._roles == "ecg"
        self._motion = np.flatnonzero(self._roles == "motion")

    def judge(self, group: Group, around: Surroundings) -> TwitchEvent:
        """Return the event; indices are samples of the kernel's signal, seconds are not set."""
        recent = self._recent(group, around)
        thresholds = around.kernel.thresholds()
        first = max(0, group.started - recent.start - round(0.020 * self._rate_hz))
        last = min(recent.band_uv.shape[0], max(first + 1, group.last_above - recent.start + 1))
        margin = max(mark.margin for mark in group.ended.values())
        first = self._with_pieces(group, recent, first)
        self._heart.may_be = False
        beat = self._find_beat(recent, first, last) if last - first < MOST_BEAT_S * self._rate_hz else None
        if beat is not None:
            without = beat.take_out(recent)
            is_alone = np.count_nonzero(recent.weights) < 2
            slack = (BEAT_SLACK_ALONE if is_alone else BEAT_SLACK) * self._margin(recent, first, last, thresholds)
            margin = self._margin(without, first, last, thresholds)
            if margin < BEAT_MARGIN + slack:
                self._heart.confirm(recent, beat)
                event = self._event(group, recent, first, thresholds, around.index)
                return _with(event, Verdict("heartbeat", 0.9, (beat.evidence,)))
            recent = without
        event = self._event(group, recent, first, thresholds, around.index)
        features = self._features(recent, event, first, around)
        case = Case(
            event=event,
            features=features,
            margin=margin,
            was_cut=group.was_cut,
            is_learning=around.is_learning,
            is_needle_only=all(self._roles[channel] == "needle" for channel in group.ended),
            n_elsewhere=max(group.context, around.n_active_elsewhere),
            has_beat=beat is not None,
            needle_hand_moves=self._needle_hand_moves(recent, first),
            may_be_heart=self._heart.may_be,
        )
        verdict = self._rules.decide(case)
        self._note_piece(event, verdict)
        return _with(event, verdict)

    def _note_piece(self, event: TwitchEvent, verdict: Verdict) -> None:
        """Keep what may be the first piece of a volley; not where more of it went before, as in guarding."""
        was_quiet = event.onset_index - self._last_offset > QUIET_BEFORE_S * self._rate_hz
        self._piece = event if was_quiet and verdict.reasons[0] in PIECES else None
        self._last_offset = event.offset_index

    def _with_pieces(self, group: Group, recent: Recent, first: int) -> int:
        """Return the row at which the burst begins when what came just before on the same channel was a piece of it.

        The units of a sparse volley lie further apart than a verdict can wait.
        """
        piece = self._piece
        if piece is None or piece.channel not in group.ended:
            return first
        gap_s = (group.started - piece.offset_index) / self._rate_hz
        length_s = (group.last_above - piece.onset_index) / self._rate_hz
        if gap_s > LONGEST_GAP_S or length_s > LONGEST_TWITCH_S:
            return first
        return max(0, min(first, piece.onset_index - recent.start - round(0.020 * self._rate_hz)))

    def _recent(self, group: Group, around: Surroundings) -> Recent:
        stop = around.index
        start = max(0, group.started - round(LOOK_BACK_S * self._rate_hz))
        rest = around.kernel.rest_power()
        floor = np.maximum(np.maximum(around.kernel.floor_power(), rest), 1e-9)
        band_uv = around.kernel.band(start, stop)
        weights = np.where(self._surface & around.usable, 1.0 / np.sqrt(floor), 0.0)
        if band_uv.shape[0]:
            peaks = np.max(np.abs(band_uv), axis=0)
            weights = np.where(self._ecg, ECG_WEIGHT / np.maximum(peaks, 1e-9), weights)
        return Recent(start, band_uv, around.kernel.raw(start, stop), weights, floor, rest)

    def _find_beat(self, recent: Recent, first: int, last: int) -> Beat | None:
        if not np.any(recent.weights > 0.0):
            return None
        beat = self._heart.recall(recent, first, last)
        return beat if beat is not None else self._heart.search(recent, first, last)

    def _features(self, recent: Recent, event: TwitchEvent, first: int, around: Surroundings) -> Features:
        seeing = np.isin(self._roles, ("surface", "reference", "needle")) & around.usable
        return measure(recent, event, first, self._rate_hz, around.mains_hz, seeing, self._fitter)

    def _needle_hand_moves(self, recent: Recent, first: int) -> bool:
        """Tell whether a motion channel moves in the burst far more than it did in the seconds before."""
        for channel in self._motion:
            signal = recent.raw_uv[:, channel]
            before = signal[max(0, first - round(2.0 * self._rate_hz)) : first]
            if before.size < 0.5 * self._rate_hz:
                continue
            level = float(np.median(before))
            usual = float(np.quantile(np.abs(before - level), 0.9))
            if float(np.max(np.abs(signal[first:] - level), initial=0.0)) > 4.0 * usual + 1e-9:
                return True
        return False

    def _margin(self, recent: Recent, first: int, last: int, thresholds: Samples) -> float:
        """Return the largest energy of a surface channel over its confirmation threshold, in either window."""
        part = recent.band_uv[first:last]
        sums = np.concatenate((np.zeros((1, part.shape[1])), np.cumsum(part * part, axis=0)))
        largest = 0.0
        for k, seconds in enumerate((SHORT_S, LONG_S)):
            full = max(1, round(seconds * self._rate_hz))
            width = min(full, part.shape[0])
            power = np.max(sums[width:] - sums[:-width], axis=0) / full
            over = np.where(self._surface & (recent.weights > 0.0), power / (recent.floor * thresholds[:, k]), 0.0)
            largest = max(largest, float(np.max(over)))
        return largest

    def _event(self, group: Group, recent: Recent, first: int, thresholds: Samples, decided_index: int) -> TwitchEvent:
        """Measure the burst on the channel where it stands out most."""
        channels = tuple(sorted(group.ended))
        heard = [c for c in channels if self._surface[c]] or list(channels)
        peaks = np.max(np.abs(recent.band_uv[first:]), axis=0, initial=0.0) / np.sqrt(recent.floor)
        channel = max(heard, key=lambda c: float(peaks[c]))
        floor = float(recent.floor[channel])
        band_uv = recent.band_uv[:, channel]
        low, noticed = self._noticed(band_uv, first, floor, float(thresholds[channel, 0]))
        onset = max(0, low + find_onset(band_uv[low:noticed], floor) - self._filter_delay)
        offset = onset + find_offset(band_uv[onset:], floor, self._rate_hz)
        baseline = float(recent.rest[channel]) if recent.rest[channel] > 0.0 else floor
        size = size_of(band_uv[onset : offset + 1], baseline**0.5)
        return TwitchEvent(
            onset_index=recent.start + onset,
            offset_index=recent.start + offset,
            onset_s=0.0,
            offset_s=0.0,
            label="uncertain",
            confidence=0.0,
            reasons=(),
            channel=channel,
            channels=channels,
            peak_uv=size.peak_uv,
            rms_uv=size.rms_uv,
            snr_db=size.snr_db,
            grade=size.grade,
            latency_ms=None,
            decided_index=decided_index,
        )

    def _noticed(self, band_uv: Samples, first: int, floor: float, threshold: float) -> tuple[int, int]:
        """Return the rows between which the onset lies: up to where the short window clearly rises over the floor."""
        width = max(1, round(SHORT_S * self._rate_hz))
        sums = np.concatenate((np.zeros(width), np.cumsum(band_uv[first:] ** 2)))
        short = (sums[width:] - sums[:-width]) / width
        top = float(np.max(short, initial=0.0))
        level = min(max(0.5 * threshold * floor, PEAK_SHARE**2 * top), 0.9 * top)
        crossed = first + int(np.argmax(short > level))
        return max(first - width, crossed - round(0.025 * self._rate_hz), 0), crossed + 1


def _with(event: TwitchEvent, verdict: Verdict) -> TwitchEvent:
    return replace(event, label=verdict.label, confidence=verdict.confidence, reasons=verdict.reasons)
