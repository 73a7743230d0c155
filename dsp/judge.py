"""From a group of bursts that has ended to a measured event with a verdict."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dsp import local_rise
from dsp._channels import centres, top_amplitudes
from dsp._kernel import Kernel
from dsp.alone import AloneRule
from dsp.bands import CEILING, KernelDesign
from dsp.bursts import Group
from dsp.character import Character
from dsp.events import TwitchEvent
from dsp.evidence import complete, gather
from dsp.extent import BurstMeter, Measured
from dsp.features import Gauge, glance, look_closely
from dsp.forest import load_forest
from dsp.heartbeat import Beat, HeartMemory
from dsp.history import BurstHistory
from dsp.pieces import SHORT_S, beyond, find_apart, find_pause, find_summit
from dsp.prevalence import Prevalence, shifted
from dsp.pulses import PulseFitter
from dsp.reasons import explain
from dsp.recent import Recent, Samples
from dsp.rules import LONGEST_TWITCH_S, Case, Rules, Verdict

BEFORE_S = 0.020
"""A burst may begin so long before it is noticed."""

LEAST_OF_BURST = 0.05
"""Power, as a share of a channel's strongest burst in a group, from which another is the beginning of the same."""

LONG_S = 0.040
"""The longer window of the kernel's two energies."""

LOOK_BACK_S = 1.3
"""A verdict sees this much of what went before the burst; what is older is remembered in snippets."""

MOST_BEAT_S = 0.5
"""A group that is longer holds more than heartbeats."""

MOST_LEFT = 2.0
"""A beat that leaves more than this of the confirmation threshold does not teach the template."""

BEAT_CAUTION = 3.0
"""What is left of a beat may begin before what else is there: an onset is sought this much higher over the noise."""

APART_S, MOST_HIDDEN = 0.012, 2
"""Another channel's burst is one of its own if its energy lies this far from the strongest one's."""

LEAST_OF_PIECE = (1.0, 0.55, 0.6, 0.65)
"""Probability from which a piece is confirmed, by what piece it is: a contraction has many, each one more chance to be
wrong."""

ROUNDING = 1e-9
"""Sums of the trees' values in another order differ by far less."""

LEAST_AT_CEILING = 0.85
"""The same where the threshold stands at its ceiling and no heart explains that: this noise crosses it far more often
than the budget foresees. `bench.budget` with mixed noise at 250 samples a second shows what comes of it."""

LEAST_IN_CALM, CLEAR_MARGIN = 0.3, 1.7
"""The same where nothing long was seen for long, and the burst is larger than noise is: with no contraction about, few
bursts of this probability are none. Chosen on training draws and throwaway scenes."""

LEVEL_BEFORE_S = 0.040
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
    settled : ndarray of float64, shape (n_channels,)
        Power to which rest has settled, 0 where that is not known.
    """

    kernel: Kernel
    index: int
    usable: NDArray[np.bool_]
    mains_hz: float
    is_learning: bool
    n_active_elsewhere: int
    settled: Samples


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """A group of bursts and what it is judged in; `recent` is without the heartbeat if there was one."""

    group: Group
    around: Surroundings
    recent: Recent
    first: int
    thresholds: Samples
    margin: float
    beat_over: float
    """Energy with the beat over that without it; 1 where none was found."""
    gauge: Gauge


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
    design : KernelDesign
        Of the kernel: how far above the knee of its tail energy alone may confirm.
    """

    def __init__(
        self, sampling_rate_hz: float, roles: tuple[str, ...], band_hz: tuple[float, float], design: KernelDesign
    ) -> None:
        self._rate_hz = sampling_rate_hz
        self._roles = np.array(roles)
        self._heart = HeartMemory(sampling_rate_hz)
        self._piece: TwitchEvent | None = None
        self._last_offset = 0
        self._rules = Rules(sampling_rate_hz)
        self._alone = AloneRule(sampling_rate_hz, design)
        self._history = BurstHistory(sampling_rate_hz)
        self._character = Character(sampling_rate_hz)
        self._forest = load_forest()
        self._prevalence = Prevalence(sampling_rate_hz)
        self._high_hz = band_hz[1]
        self.witness: Callable[[TwitchEvent, Samples], None] | None = None
        """Told each burst that might be a twitch with its evidence: what the classifier is trained on."""
        self._fitter = PulseFitter(sampling_rate_hz, band_hz)
        self._meter = BurstMeter(sampling_rate_hz, band_hz)
        self._surface = np.isin(self._roles, ("surface", "reference"))
        self._watched = np.isin(self._roles, ("surface", "reference", "needle"))
        self._ecg = self._roles == "ecg"
        self._motion = np.flatnonzero(self._roles == "motion").tolist()

    def judge(self, group: Group, around: Surroundings) -> TwitchEvent:
        """Return the event; indices are samples of the kernel's signal, seconds are not set."""
        recent = self._recent(group, around)
        thresholds = around.kernel.thresholds()
        first = max(0, group.started - recent.start - round(BEFORE_S * self._rate_hz))
        last = min(recent.band_uv.shape[0], max(first + 1, group.last_above - recent.start + 1))
        margin = max(mark.margin for mark in group.ended.values())
        first = self._with_pieces(group, recent, first)
        self._heart.may_be = False
        beat_over = 1.0
        is_brief = last - first < MOST_BEAT_S * self._rate_hz
        beat = self._find_beat(recent, around.kernel, first, last) if is_brief else None
        if beat is not None:
            whole = self._margin(recent, first, last, thresholds)
            seen = beat.take_out(recent)
            margin = self._margin(recent, first, last, thresholds)
            if margin < 1.0:
                recent.put(seen)
                self._heart.confirm(recent, beat, seen)
                measured = self._event(group, recent, first, thresholds, around.index)
                self._compare(recent, measured.event)
                self._character.note_beat(measured.event)
                return self._meter.tell(measured, Verdict("heartbeat", 0.9, (beat.evidence,)))
            beat_over = whole / margin
            thresholds = BEAT_CAUTION * thresholds
        gauge = Gauge(self._rate_hz, around.mains_hz, self._watched & around.usable, self._fitter)
        scene = _Scene(group, around, recent, first, thresholds, margin, beat_over, gauge)
        measured = self._event(group, recent, first, thresholds, around.index)
        case = self._look_closely(scene, measured, self._case(scene, measured))
        past = (*self._compare(recent, measured.event), *self._character.tell(measured.event))
        if margin >= 1.0:
            self._character.note(measured.event, case.features)
        measured, verdict, probability = self._decide(scene, measured, case, past)
        if beat is not None:
            if margin < MOST_LEFT:
                self._heart.confirm(recent, beat, seen)
            if verdict.label == "uncertain":
                verdict = Verdict("heartbeat", 1.0 - 0.5 * probability, (beat.evidence,))
        self._rules.remember(measured.event, verdict.label)
        self._note_piece(measured.event, verdict)
        return self._meter.tell(measured, verdict)

    def _case(self, scene: "_Scene", measured: Measured, piece: int = 0, whole: TwitchEvent | None = None) -> Case:
        """Work out what the verdict looks at, of a burst or of a piece of the whole one, but for `look_closely`."""
        event, recent = measured.event, measured.recent
        length = 0 if whole is None else whole.offset_index - whole.onset_index + 1
        return Case(
            event=event,
            features=glance(recent, event, scene.first, scene.gauge),
            margin=scene.margin,
            was_cut=scene.group.was_cut,
            is_learning=scene.around.is_learning,
            is_needle_only=all(self._roles[channel] == "needle" for channel in scene.group.ended),
            n_elsewhere=max(scene.group.context, scene.around.n_active_elsewhere),
            beat_over=scene.beat_over,
            needle_hand_moves=self._needle_hand_moves(recent, scene.first),
            due=self._heart.due(event.onset_index),
            may_be_heart=self._heart.may_be,
            piece=piece,
            whole_s=length / self._rate_hz,
            beyond=0.0 if whole is None else beyond(scene.recent, event, whole),
            rise=local_rise.tell(scene.recent, event, self._rate_hz),
        )

    def _look_closely(self, scene: "_Scene", measured: Measured, case: Case) -> Case:
        """Return the case with the features that cost most."""
        features = look_closely(case.features, measured.recent, measured.event, scene.gauge)
        return replace(case, features=features)

    def _compare(self, recent: Recent, event: TwitchEvent) -> tuple[float, ...]:
        """Return what went before the burst, and remember it."""
        over = float(event.peak_uv / np.sqrt(recent.floor[event.channel]))
        return self._history.compare(
            recent.band_uv, recent.weights, recent.start, event.onset_index, event.offset_index, max(over, 1e-3)
        )

    def _decide(
        self, scene: "_Scene", measured: Measured, case: Case, past: tuple[float, ...]
    ) -> tuple[Measured, Verdict, float]:
        """Let the classifier tell twitches from the rest, and the rules bar it and name the rest.

        What is no twitch on the strongest channel may hide one: on another channel, or before a pause.
        """
        verdict = self._rules.decide(case)
        if self._rules.is_barred(case):
            return measured, verdict, 0.0
        shift = self._prevalence.shift(case.event.onset_index)
        evidence = gather(scene.recent, case, past, self._rate_hz, self._high_hz)
        probability = self._weigh(case, evidence, shift)
        least = self._least(scene, case)
        if probability < min(least, self._forest.threshold):
            found = self._find_hidden(scene, case.event, past, shift)
            if found is not None:
                measured, case, probability, evidence = found
        self._prevalence.note(case.event.onset_index, probability)
        if probability >= least:
            reasons = explain(self._forest.shares(evidence), speaks_for=True)
            verdict = Verdict("twitch", probability, (*reasons, "on a heartbeat") if case.beat_over != 1.0 else reasons)
        elif verdict.label in ("twitch", "uncertain") and self._is_alone(scene, case, past):
            verdict = Verdict("twitch", 0.5, ("alone in rest", "energy above the noise"))
        elif verdict.label == "twitch":
            verdict = Verdict("uncertain", 1.0 - probability, explain(self._forest.shares(evidence), speaks_for=False))
        return measured, verdict, probability

    def _find_hidden(
        self, scene: "_Scene", event: TwitchEvent, past: tuple[float, ...], shift: float
    ) -> tuple[Measured, Case, float, Samples] | None:
        """Return the first piece of a burst that is a twitch, if there is one, with its probability and evidence."""
        for piece, part in self._hidden(scene, event):
            case, least = self._case(scene, part, piece, event), LEAST_OF_PIECE[piece]
            evidence = gather(part.recent, case, past, self._rate_hz, self._high_hz)
            if not self._may_be_twitch(evidence, shift, least):
                continue
            case = self._look_closely(scene, part, case)
            complete(evidence, case, self._rate_hz, self._high_hz)
            probability = self._weigh(case, evidence, shift)
            if probability >= least and not self._rules.is_barred(case):
                return part, case, probability, evidence
        return None

    def _least(self, scene: "_Scene", case: Case) -> float:
        """Return the probability from which a burst is confirmed."""
        if not self._heart.is_known and (scene.thresholds[case.event.channel] >= CEILING).any():
            return max(self._forest.threshold, LEAST_AT_CEILING)
        is_clear = case.margin >= CLEAR_MARGIN and self._character.is_calm(case.event)
        return LEAST_IN_CALM if is_clear else self._forest.threshold

    def _is_alone(self, scene: "_Scene", case: Case, past: tuple[float, ...]) -> bool:
        """Tell whether energy alone confirms this burst."""
        channel = case.event.channel
        settled = max(scene.around.settled[channel], scene.recent.rest[channel], 1e-9)
        risen = float(scene.recent.floor[channel] / settled)
        tail = scene.around.kernel.tail()[channel]
        return self._alone.confirms(case, past, scene.thresholds[channel], tail, risen)

    def _weigh(self, case: Case, evidence: Samples, shift: float) -> float:
        """Return the probability of a twitch in this stream."""
        if self.witness is not None:
            self.witness(case.event, evidence)
            return 0.0
        return shifted(self._forest.probability(evidence), shift)

    def _may_be_twitch(self, evidence: Samples, shift: float, least: float) -> bool:
        """Tell whether a burst can reach a probability, whatever the numbers are that are not known yet."""
        return self.witness is not None or shifted(self._forest.highest(evidence), shift) >= least - ROUNDING

    def _hidden(self, scene: "_Scene", event: TwitchEvent) -> Iterator[tuple[int, Measured]]:
        """Yield bursts within the group that its strongest one may hide, each measured in the signal up to its end.

        The number before says which piece it is, as in `Case`.
        """
        recent, thresholds = scene.recent, scene.thresholds
        apart = APART_S * self._rate_hz
        rows = centres(recent.band_uv, scene.first)
        own = rows[event.channel]
        marks = sorted(scene.group.ended.values(), key=lambda mark: -mark.peak_short)
        others = [mark.channel for mark in marks if mark.margin >= 1.0 and self._surface[mark.channel]]
        others = [c for c in others if c != event.channel and abs(rows[c] - own) > apart][:MOST_HIDDEN]
        strongest = event
        for channel in (event.channel, *others):
            if channel != event.channel:
                threshold = float(thresholds[channel, 0])
                found = self._meter.measure(
                    recent, scene.first, channel, event.channels, threshold, event.decided_index
                )
                event = found.event
                yield 1, found
            stop = find_pause(recent, event, self._rate_hz)
            if stop is not None and stop - scene.first > SHORT_S * self._rate_hz:
                yield 2, self._part(scene, event, scene.first, stop)
            summit = find_summit(recent, event, self._rate_hz)
            if summit is not None:
                yield 3, self._part(scene, event, *summit)
        before = round(BEFORE_S * self._rate_hz)
        for mark in find_apart(scene.group, strongest, self._surface):
            burst = replace(strongest, channel=mark.channel)
            yield 2, self._part(scene, burst, mark.started - before - recent.start, mark.decided + 1 - recent.start)

    def _part(self, scene: "_Scene", whole: TwitchEvent, first: int, stop: int) -> Measured:
        """Measure what lies between two rows of a burst, in the signal up to its end."""
        recent = scene.recent
        before = recent.band_of(whole.channel)[max(0, first - round(LEVEL_BEFORE_S * self._rate_hz)) : first]
        level = float(before @ before) / before.size if before.size else 0.0
        threshold = float(scene.thresholds[whole.channel, 0])
        return self._meter.measure(
            recent.until(stop), first, whole.channel, whole.channels, threshold, whole.decided_index, level
        )

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
            self._piece = None
            return first
        return max(0, min(first, piece.onset_index - recent.start - round(BEFORE_S * self._rate_hz)))

    def _recent(self, group: Group, around: Surroundings) -> Recent:
        stop = around.index
        start = max(0, group.started - round(LOOK_BACK_S * self._rate_hz))
        rest = around.kernel.rest_power()
        floor = np.maximum(np.maximum(around.kernel.floor_power(), rest), 1e-9)
        band_uv = around.kernel.band(start, stop)
        weights = np.where(self._surface & around.usable, 1.0 / np.sqrt(floor), 0.0)
        if band_uv.shape[0] and self._ecg.any():
            peaks = top_amplitudes(band_uv, 0)
            weights = np.where(self._ecg, ECG_WEIGHT / np.maximum(peaks, 1e-9), weights)
        return Recent(start, band_uv, around.kernel.raw(start, stop), weights, floor, rest)

    def _find_beat(self, recent: Recent, kernel: Kernel, first: int, last: int) -> Beat | None:
        if not recent.weights.any():
            return None
        beat = self._heart.recall(recent, first, last)
        beat = beat if beat is not None else self._heart.search(recent, first, last)
        return beat if beat is not None else self._heart.listen(recent, kernel, first, last)

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

    def _event(self, group: Group, recent: Recent, first: int, thresholds: Samples, decided_index: int) -> Measured:
        """Measure the burst on the channel where it stands out most."""
        channels = tuple(sorted(group.ended))
        heard = [c for c in channels if self._surface[c]] or list(channels)
        peaks = top_amplitudes(recent.band_uv, first) / np.sqrt(recent.floor)
        channel = max(heard, key=lambda c: float(peaks[c]))
        first = max(first, self._start_of(group, recent, channel))
        return self._meter.measure(recent, first, channel, channels, float(thresholds[channel, 0]), decided_index)

    def _start_of(self, group: Group, recent: Recent, channel: int) -> int:
        """Return the first row that belongs to a channel's burst: a weak beat before it, or on others, does not."""
        if self._piece is not None and channel == self._piece.channel:
            return 0
        own = [mark for mark in group.bursts if mark.channel == channel]
        least = LEAST_OF_BURST * max(mark.peak_short for mark in own)
        started = min(mark.started for mark in own if mark.peak_short >= least)
        return started - recent.start - round(BEFORE_S * self._rate_hz)
