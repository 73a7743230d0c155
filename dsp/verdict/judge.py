"""Verdict on a group of bursts that has ended: from the group to a measured event."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dsp.arguments import WATCHED_ROLES
from dsp.artifacts.mains_burst import is_mains
from dsp.artifacts.mended import is_mended_sample
from dsp.artifacts.standstill import stands_still
from dsp.bursts import Group
from dsp.compiled._kernel import Kernel
from dsp.doubt.contacts import NO_CONTACT, ContactLock
from dsp.doubt.losses import CAUTION_S, STRICTER_AFTER_LOSS, required_after_loss
from dsp.doubt.other_side import OTHER_SIDE, OtherSide, shift_of
from dsp.doubt.prevalence import Prevalence, shifted
from dsp.events import TwitchEvent
from dsp.heart.heartbeat import HeartMemory
from dsp.heart.template import Beat
from dsp.measuring import local_rise
from dsp.measuring.character import Character
from dsp.measuring.features import Features, Gauge, glance, look_closely
from dsp.measuring.history import BurstHistory
from dsp.measuring.pieces import beyond
from dsp.measuring.pulses import PulseFitter
from dsp.recent import Recent, Rows, Samples
from dsp.thresholds.kernel_design import CEILING, KernelDesign
from dsp.verdict.alone import WEIGHED_S, AloneRule
from dsp.verdict.evidence import complete, gather
from dsp.verdict.extent import BurstMeter, Measured
from dsp.verdict.forest import load_forest
from dsp.verdict.reasons import explain, truer_words
from dsp.verdict.required import CLEAR_OF_NOISE, Required
from dsp.verdict.rules import GLITCH_ON_MAINS, MAINS, REFERENCE_ONLY, Case, Rules, Verdict
from dsp.verdict.survey import Scene, Surroundings, Survey

MOST_BEAT_S = 0.5
"""A group that is longer holds more than heartbeats."""

MOST_MAINS_S = 2.0
"""A longer burst is not tested for mains: a step of the mains is tracked by then."""

LEAST_LINE = 0.45
"""Share of the mains in the detection band above which a contraction is tested for mains. Steps of the mains that were
classified as contractions have more; most contractions have less."""

MOST_LEFT = 2.0
"""A beat that leaves more than this of the confirmation threshold does not teach the template."""

MOST_OF_USUAL = 1.5
"""Energy of a beat that only its slow changes reveal, over the usual energy of such beats, from which it may hide a
twitch."""

KEPT_ON_BEAT = (STRICTER_AFTER_LOSS, NO_CONTACT, OTHER_SIDE, REFERENCE_ONLY)
"""An uncertain burst on a beat is reported as the beat, unless it is uncertain for one of these reasons."""

BEAT_CAUTION = 3.0
"""Factor on the thresholds after a beat has been removed: its remains may begin before other activity."""

ROUNDING = 1e-9
"""Sums of the trees' values, or of a signal's squares, in another order differ by far less."""

Witness = Callable[[TwitchEvent, Samples], None]
"""Function that takes a burst and its evidence."""


class Weighed(NamedTuple):
    """Burst, or a piece of one, with the probability that it is a twitch and the leaves that its evidence reaches."""

    measured: Measured
    case: Case
    probability: float
    reached: NDArray[np.int64]


class Judge:
    """Measures each group of bursts and gives the verdict on it.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the kernel's signal.
    roles : tuple of str
        Role of each channel.
    band_hz : tuple of float
        Edges of the detection band.
    design : KernelDesign
        Design of the kernel: how far above the knee of its tail energy alone may confirm a twitch.
    largest_uv : float
        Amplitude in µV above which no muscle was the source.
    """

    def __init__(
        self,
        sampling_rate_hz: float,
        roles: tuple[str, ...],
        band_hz: tuple[float, float],
        design: KernelDesign,
        largest_uv: float,
    ) -> None:
        self._rate_hz = sampling_rate_hz
        self._roles = roles
        self._heart = HeartMemory(sampling_rate_hz, np.flatnonzero(np.array(roles) == "ecg"))
        self._rules = Rules(sampling_rate_hz, largest_uv)
        self._alone = AloneRule(sampling_rate_hz, design)
        self._history = BurstHistory(sampling_rate_hz)
        self._character = Character(sampling_rate_hz)
        self._forest = load_forest()
        self.required = Required(self._forest.threshold, sampling_rate_hz)
        self.witness: Witness | None = None
        """Called with each burst that might be a twitch and its evidence; the classifier then confirms nothing."""
        self._prevalence = Prevalence(sampling_rate_hz)
        self._lock = ContactLock()
        self._other_side = OtherSide(sampling_rate_hz, roles)
        self._high_hz = band_hz[1]
        self._fitter = PulseFitter(sampling_rate_hz, band_hz)
        self._meter = BurstMeter(sampling_rate_hz, band_hz)
        self._survey = Survey(sampling_rate_hz, np.array(roles), self._meter)
        self._watched = np.isin(roles, WATCHED_ROLES)

    @property
    def knows_heart(self) -> bool:
        """True while there is a heart whose beats are recognized."""
        return self._heart.is_known

    def follow(self, kernel: Kernel) -> None:
        """Add the signal since the last call, to which a verdict may look back; called once a second."""
        self._heart.follow(kernel)

    def judge(self, group: Group, around: Surroundings) -> TwitchEvent:
        """Return the event. Its indices are samples of the kernel's signal; its seconds are not set."""
        recent = self._survey.recent(group, around)
        first = self._survey.begin(group, recent)
        group.was_cut = group.was_cut or stands_still(group, recent, first)
        self._heart.take_out_earlier(recent)
        thresholds = around.kernel.thresholds()
        last = min(recent.band_uv.shape[0], max(first + 1, group.last_above - recent.start + 1))
        judging = self._survey.judging_channels(group)
        margin = max(mark.margin for mark in group.ended.values() if judging[mark.channel])
        self._heart.may_be = False
        beat_over, left = 1.0, 0.0
        is_brief = last - first < MOST_BEAT_S * self._rate_hz
        beat = self._find_beat(recent, around.kernel, first, last) if is_brief else None
        taken = None
        if beat is not None:
            whole = self._survey.margin(recent, first, last, thresholds, judging)
            taken = beat, self._heart.take_out(recent, beat)
            margin = self._survey.margin(recent, first, last, thresholds, judging)
            left = self._heart.over_usual(margin)
            if margin < 1.0:
                return self._report_beat(group, around, recent, first, *taken)
            beat_over = whole / margin if abs(whole - margin) > ROUNDING * margin else 1.0
            first, stop = self._survey.extent(recent, first, last, thresholds)
            recent, group = recent.until(stop), group.before(recent.start + stop)
            thresholds = BEAT_CAUTION * thresholds
        gauge = Gauge(self._rate_hz, around.mains_hz, self._watched & around.usable, self._fitter)
        scene = Scene(group, around, recent, first, thresholds, margin, beat is not None, beat_over, left, gauge)
        slow = self._heart.find_slow(recent, around.kernel, first, last) if beat is None and is_brief else None
        measured, verdict = self._weigh_up(scene, taken, slow)
        self._rules.remember(measured.event, verdict.label)
        self._survey.note(measured.event, verdict)
        return self._meter.report(measured, verdict)

    def _report_beat(
        self, group: Group, around: Surroundings, recent: Recent, first: int, beat: Beat, seen: Rows
    ) -> TwitchEvent:
        """Return the event of a burst that is below the threshold without its beat; the beat is put back."""
        recent.put(seen)
        self._heart.confirm(recent, beat, seen, around.usable)
        measured = self._survey.strongest(group, recent, first, around.kernel.thresholds(), around.index)
        self._compare(recent, measured.event)
        self._character.note_beat(measured.event)
        return self._meter.report(measured, Verdict("heartbeat", 0.9, (beat.evidence,)))

    def _weigh_up(self, scene: Scene, taken: tuple[Beat, Rows] | None, slow: slice | None) -> tuple[Measured, Verdict]:
        """Measure a burst that is more than a recognized beat, and return the verdict.

        Parameters
        ----------
        scene : Scene
            The burst and its surroundings.
        taken : tuple of Beat and Rows, optional
            The beat that was removed from it, and the original rows.
        slow : slice, optional
            Rows of a beat that only slow changes reveal.
        """
        recent = scene.recent
        measured = self._survey.strongest(scene.group, recent, scene.first, scene.thresholds, scene.around.index)
        features = glance(recent, measured.event, scene.first, scene.gauge)
        features = look_closely(features, recent, measured.event, scene.gauge)
        case = self._case(scene, measured, features)
        past = (*self._compare(recent, measured.event), *self._character.rates(measured.event))
        if scene.margin >= 1.0:
            self._character.note(measured.event, features)
        measured, verdict, probability = self._decide(scene, measured, case, past)
        if slow is not None and self._is_only_beat(slow, scene, measured.event, verdict):
            return measured, Verdict("heartbeat", 0.9, ("slow changes as in the heart",))
        self._prevalence.note(case.event.onset_index, probability)
        if taken is not None:
            if scene.margin < MOST_LEFT:
                self._heart.confirm(recent, *taken, scene.around.usable)
            if verdict.label == "uncertain" and verdict.reasons[0] not in KEPT_ON_BEAT:
                verdict = Verdict("heartbeat", 1.0 - 0.5 * probability, (taken[0].evidence,))
        return measured, verdict

    def _is_only_beat(self, beat: slice, scene: Scene, event: TwitchEvent, verdict: Verdict) -> bool:
        """Return whether a burst on a beat that only slow changes reveal is that beat: no twitch, or of its usual size.

        The burst is added to the record of what such beats usually are.
        """
        is_usual = self._heart.over_usual_whole(scene.margin) < MOST_OF_USUAL
        is_on_beat = beat.start <= event.onset_index - scene.recent.start < beat.stop
        return verdict.label != "twitch" or (is_usual and is_on_beat)

    def _case(
        self, scene: Scene, measured: Measured, features: Features, piece: int = 0, whole: TwitchEvent | None = None
    ) -> Case:
        """Return what the verdict on a burst, or on a piece of the whole one, depends on."""
        event, recent = measured.event, measured.recent
        length = 0 if whole is None else whole.offset_index - whole.onset_index + 1
        return Case(
            event=event,
            features=features,
            margin=scene.margin,
            was_cut=scene.group.was_cut,
            is_learning=scene.around.is_learning,
            is_needle_only=all(self._roles[channel] == "needle" for channel in scene.group.ended),
            is_reference_only=self._roles[event.channel] == "reference",
            n_elsewhere=max(scene.group.context, scene.around.n_active_elsewhere),
            on_beat=scene.on_beat,
            beat_over=scene.beat_over,
            beat_left=scene.beat_left,
            needle_hand_moves=self._survey.needle_hand_moves(recent, scene.first),
            due=self._heart.due(event.onset_index),
            may_be_heart=self._heart.may_be,
            since_contact_s=scene.around.since_contact(event.onset_index),
            other_side=self._other_side.share(recent, event),
            piece=piece,
            whole_s=length / self._rate_hz,
            beyond=0.0 if whole is None else beyond(scene.recent, event, whole),
            rise=local_rise.describe(scene.recent, event, self._rate_hz),
        )

    def _compare(self, recent: Recent, event: TwitchEvent) -> tuple[float, ...]:
        """Return the features that compare the burst with earlier ones, and store it."""
        over = float(event.peak_uv / np.sqrt(recent.floor[event.channel]))
        return self._history.compare(
            recent.band_uv, recent.weights, recent.start, event.onset_index, event.offset_index, max(over, 1e-3)
        )

    def _decide(
        self, scene: Scene, measured: Measured, case: Case, past: tuple[float, ...]
    ) -> tuple[Measured, Verdict, float]:
        """Return the verdict: the classifier detects twitches, the rules bar some of them and label everything else.

        A burst that is no twitch on the strongest channel may hide one: on another channel, or before a pause. The
        returned probability leaves needle contacts aside, as they do not determine how common twitches are.
        """
        by_rules = self._rules.decide(case)
        if self._rules.is_barred(case):
            return measured, by_rules, 0.0
        shift = self._prevalence.shift(case.event.onset_index)
        evidence = gather(scene.recent, case, past, self._rate_hz, self._high_hz)
        weighed = self._weigh(measured, case, evidence, shift)
        least = self._least(scene, case)
        if weighed.probability < least:
            weighed = self._find_hidden(scene, case.event, past, shift, least) or weighed
        verdict = self._choose(scene, weighed, least, by_rules, past)
        measured, case, probability, _ = weighed
        may_be_line = verdict.label == "voluntary" and case.features.mains_share > LEAST_LINE
        no_muscle = self._no_muscle(scene, case) if verdict.label == "twitch" or may_be_line else None
        if no_muscle is not None:
            return measured, no_muscle, 0.0
        at_any_time = shifted(probability, 1.0 / self._lock.shift(case.since_contact_s))
        self._lock.note(case.since_contact_s, shifted(probability, 1.0 / (shift * self._doubt(case))))
        return measured, verdict, at_any_time

    def _choose(
        self, scene: Scene, weighed: Weighed, least: float, by_rules: Verdict, past: tuple[float, ...]
    ) -> Verdict:
        """Return the first verdict that applies to a burst that is confirmed from the probability `least` on."""
        _, case, probability, reached = weighed
        doubt, since_loss_s = self._doubt(case), scene.around.since_loss_s
        if least <= probability < required_after_loss(least, since_loss_s):
            reasons = STRICTER_AFTER_LOSS, f"samples were lost {since_loss_s:.1f} s before"
            return Verdict("uncertain", 1.0 - probability, reasons)
        if probability >= least:
            return Verdict("twitch", probability, self._why_twitch(case, reached))
        if shifted(probability, 1.0 / doubt) >= least:
            return Verdict("uncertain", 1.0 - probability, self._why_doubted(case))
        if doubt == 1.0 and by_rules.label in ("twitch", "uncertain") and self._is_alone(scene, case, past):
            return Verdict("twitch", 0.5, ("alone in rest", "energy above the noise"))
        if by_rules.label == "twitch":
            return Verdict("uncertain", 1.0 - probability, explain(self._forest.shares(reached), speaks_for=False))
        return by_rules

    def _why_twitch(self, case: Case, reached: NDArray[np.int64]) -> tuple[str, ...]:
        is_as_one_unit = self._rules.is_as_one_unit(case.features)
        instead = truer_words(len(case.event.channels), case.features.n_channels, is_as_one_unit=is_as_one_unit)
        reasons = explain(self._forest.shares(reached), speaks_for=True, instead=instead)
        return (*reasons, "on a heartbeat") if case.on_beat else reasons

    def _find_hidden(
        self, scene: Scene, event: TwitchEvent, past: tuple[float, ...], shift: float, least_of_whole: float
    ) -> Weighed | None:
        """Return the first piece of a burst that is a twitch, or None.

        A piece needs at least the probability that the whole burst would need.
        """
        for piece, part in self._survey.hidden(scene, event):
            features = glance(part.recent, part.event, scene.first, scene.gauge)
            case = self._case(scene, part, features, piece, event)
            least = required_after_loss(self.required.of_piece(piece, least_of_whole), scene.around.since_loss_s)
            evidence = gather(part.recent, case, past, self._rate_hz, self._high_hz)
            if not self._may_be_twitch(evidence, shift * self._doubt(case), least):
                continue
            case = replace(case, features=look_closely(features, part.recent, part.event, scene.gauge))
            complete(evidence, case, self._rate_hz, self._high_hz)
            weighed = self._weigh(part, case, evidence, shift)
            is_sure = weighed.probability >= least and not self._rules.is_barred(case)
            if is_sure and self._no_muscle(scene, case) is None:
                return weighed
        return None

    def _no_muscle(self, scene: Scene, case: Case) -> Verdict | None:
        """Return a verdict if the burst is mains being switched on or off, or a sample mended on it; otherwise None."""
        event, start = case.event, scene.recent.start
        onset, stop = event.onset_index - start, event.offset_index - start + 1
        if stop - onset > MOST_MAINS_S * self._rate_hz:
            return None
        burst = scene.recent.raw_of(event.channel), onset, stop, self._rate_hz, scene.around.mains_hz
        if is_mains(*burst):
            return MAINS
        return GLITCH_ON_MAINS if is_mended_sample(*burst) else None

    def _least(self, scene: Scene, case: Case) -> float:
        """Return the probability from which a burst is confirmed."""
        is_at_ceiling = not self._heart.is_known and (scene.thresholds[case.event.channel] >= CEILING).any()
        return self.required.of_burst(
            case.margin,
            is_as_noise=is_at_ceiling and case.margin < CLEAR_OF_NOISE * self._margin_alone(scene, case),
            is_calm=self._character.is_calm(case.event),
            is_without_beats=self._heart.is_left_out,
        )

    def _is_alone(self, scene: Scene, case: Case, past: tuple[float, ...]) -> bool:
        """Return whether energy alone confirms this burst: never soon after a loss, which hides a part of the rest."""
        if scene.around.since_loss_s < CAUTION_S:
            return False
        channel = case.event.channel
        settled = max(scene.around.settled[channel], scene.recent.rest[channel], 1e-9)
        risen = float(scene.recent.floor[channel] / settled)
        if not self._alone.is_lonely(case, past, risen):
            return False
        return self._alone.confirms(case.margin, self._margin_alone(scene, case))

    def _margin_alone(self, scene: Scene, case: Case) -> float:
        """Return the energy over the threshold that noise of this channel reaches as often as the budget allows."""
        channel, onset, kernel = case.event.channel, case.event.onset_index, scene.around.kernel
        rest_uv = kernel.band(max(0, onset - round(WEIGHED_S * self._rate_hz)), onset)[:, channel]
        return self._alone.margin(scene.thresholds[channel], kernel.tail()[channel], rest_uv)

    def _weigh(self, measured: Measured, case: Case, evidence: Samples, shift: float) -> Weighed:
        """Weigh a burst, given the prevalence of twitches, the last needle contact and the reference pairs."""
        reached = self._forest.reach(evidence)
        probability = shifted(self._forest.probability(reached), shift * self._doubt(case))
        if self.witness is not None:
            self.witness(case.event, evidence)
            probability = 0.0
        return Weighed(measured, case, probability, reached)

    def _doubt(self, case: Case) -> float:
        """Return the factor on the odds, at most 1, for what is not among the classifier's features."""
        return self._lock.shift(case.since_contact_s) * shift_of(case.other_side)

    def _why_doubted(self, case: Case) -> tuple[str, str]:
        if self._lock.shift(case.since_contact_s) < shift_of(case.other_side):
            return NO_CONTACT, f"{case.since_contact_s:.1f} s after the last one"
        return OTHER_SIDE, f"{case.other_side:.1f} times as large at a reference pair"

    def _may_be_twitch(self, evidence: Samples, shift: float, least: float) -> bool:
        """Return whether a burst can reach a probability for any values of the features that are not known yet."""
        return self.witness is not None or shifted(self._forest.highest(evidence), shift) >= least - ROUNDING

    def _find_beat(self, recent: Recent, kernel: Kernel, first: int, last: int) -> Beat | None:
        if not recent.weights.any():
            return None
        beat = self._heart.recall(recent, kernel, first, last)
        beat = beat if beat is not None else self._heart.search(recent, kernel, first, last)
        beat = beat if beat is not None else self._heart.listen(recent, kernel, first, last)
        self._heart.learn_slowly(recent, kernel)
        return beat
