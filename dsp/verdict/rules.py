"""The rules of the verdict, in order of weight, each with the reason that it gives."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from dsp.bands import FULL_VERDICT_RATE_HZ
from dsp.events import Label, TwitchEvent
from dsp.measuring.features import Features
from dsp.measuring.local_rise import NO_RISE

LONGEST_TWITCH_S = 0.25
LONG, NEAR_NOISE, ONE_UNIT = "long", "near the noise", "fasciculation"
"""Reasons: of a burst that lasts longer, of one below the confirmation threshold, and of a single motor unit."""

REFERENCE_ONLY = "on the reference pair alone"
"""Reason: nothing of the muscle's own shows the burst."""
SURE_TWITCH_S = 0.18
LONGEST_ABRUPT_S = 0.13
"""A longer burst must begin with at least `LEAST_ATTACK` of its power."""
LEAST_ATTACK = 0.05

SOONEST_WINCE_S = 0.05
"""After a needle contact nobody winces sooner: what begins on most channels by then is rather a reflex of the jab."""

FAIRLY_SHORT_S, LEAST_ATTACK_FAIRLY_SHORT = 0.1, 0.02
"""A burst of this length to `LONGEST_ABRUPT_S` may begin softer: its onset may be found a little early."""

MOST_OF_ONE_UNIT_DB, SURELY_COMPOUND_DB = 35.0, 48.0
"""Stronger than the first, a short burst that is no impulse is a compound response and not one motor unit."""

LEAST_IMPULSE = 0.97
"""Share of a burst's energy that one impulse explains, from which on it is one: the fit is that sharp."""

LEAST_UNIT = 0.92
"""The same of one motor unit, which is no volley."""

RAISED = 1.5
"""Local floor over resting baseline, in power, at which the muscle is not at rest: then a unit has the doubt."""

MOST_BEFORE = 0.12
"""Power before the onset, as a share of the burst's own, at which it does not begin there."""

FINE_HZ = 700.0
"""At lower rates two pulses, and single steepnesses of 1 ms, explain about anything that is short."""

LEAST_UNIT_COARSE = 0.95
"""`LEAST_UNIT` there."""

LEAST_STEEP = 0.92
"""Share of the unfiltered steepness within a few milliseconds at which a burst is an impulse or a step."""

MOTION_HZ = 60.0
"""What leaks from slow motion through the band-pass stays below this; muscle does not."""

STANDS_OUT = 6.0
"""Energy over the confirmation threshold at which a burst is not one of many small ones."""

ONGOING_S, ONGOING_BURSTS, ALIKE = 2.5, 3, 0.25
"""With this many bursts within that time, of at least that share of the peak, the muscle is not at rest."""

REBURST_S = 0.06
"""A burst on the same channel that begins so soon after a twitch's end is the rest of it. What a filter rings on for is
waited for before the verdict; the second twitch of a pass may come 80 ms after the first. With half of it, sparse
volleys were told twice."""

AFTERMATH_S = 0.5
"""After a contraction single motor units still fire for this long."""

MOST_OF_MUSCLE_UV = 20_000.0
"""Peak in the detection band above which no muscle made it. An assumption: what a whole muscle answers to a stimulus of
its nerve is the largest that surface electrodes see, and has 1 to 15 mV; a volley at a needle has a few. A plug that
bounces makes tens."""

SMALL_AFTER, TINY_AFTER = 0.15, 0.05
"""Amplitude, as a share of a contraction's, of what may still be its rest, and of what may be it four times as long."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Label, confidence and reasons."""

    label: Label
    confidence: float
    reasons: tuple[str, ...]


MAINS = Verdict("artifact", 0.9, ("mains",))
GLITCH_ON_MAINS = Verdict("artifact", 0.8, ("glitch or pop", "one sample, on mains"))


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that the rules look at.

    Attributes
    ----------
    event : TwitchEvent
        Place and size; its label is not set yet.
    features : Features
        Numbers of the burst, without the heartbeat if there was one.
    margin : float
        Energy over the confirmation threshold.
    was_cut : bool
        A channel became unusable during the burst, or stood still in it.
    is_learning : bool
        The stream is too young to confirm anything.
    is_needle_only : bool
        No surface channel saw it.
    is_reference_only : bool
        A reference pair saw it, and no channel of the muscle's own at the skin.
    n_elsewhere : int
        Channels in a burst of another group at the same time.
    on_beat : bool
        A heartbeat was found in it, and taken out.
    beat_over : float
        Energy with the heartbeat over that without it; 1 where there was none, or it lies beside what is weighed.
    beat_left : float
        What is left without the beat, over what beats usually leave; 0 where none was found.
    needle_hand_moves : bool
        A motion channel moved.
    due : float
        How much later than the nearest beat of the heart it begins, in beats; -1 where no heart is known.
    may_be_heart : bool
        The same shape was there once, a heart's interval earlier, and the heart is not known yet.
    since_contact_s : float
        Since the last needle contact that hardware stamped, infinite without one.
    other_side : float
        Amplitude at a reference pair over that at the muscle; 0 where none shows it.
    piece : int
        0 where the event is the group's strongest burst, 1 another channel's, 2 what lies before a pause, 3 a summit.
    whole_s : float
        Length of the burst that it is a piece of.
    beyond : float
        Mean power of that burst outside the piece over that inside.
    rise : tuple of float
        How far it rises over what is just before and after it, in the order of `dsp.measuring.local_rise.NAMES`.
    """

    event: TwitchEvent
    features: Features
    margin: float
    was_cut: bool
    is_learning: bool
    is_needle_only: bool
    is_reference_only: bool
    n_elsewhere: int
    on_beat: bool
    beat_over: float
    beat_left: float
    needle_hand_moves: bool
    due: float
    may_be_heart: bool
    since_contact_s: float = math.inf
    other_side: float = 0.0
    piece: int = 0
    whole_s: float = 0.0
    beyond: float = 0.0
    rise: tuple[float, ...] = NO_RISE


@dataclass(frozen=True, slots=True)
class _Past:
    index: int
    """When it was decided."""
    offset_index: int
    peak_uv: float
    channel: int
    label: Label


class Rules:
    """Decides on one case after the other, and remembers the last ones.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    largest_uv : float
        What is larger was made by no muscle.
    """

    def __init__(self, sampling_rate_hz: float, largest_uv: float = MOST_OF_MUSCLE_UV) -> None:
        self._rate_hz = sampling_rate_hz
        self._largest_uv = largest_uv
        self._past: deque[_Past] = deque(maxlen=16)
        self._artifacts: deque[_Past] = deque(maxlen=8)

    def decide(self, case: Case) -> Verdict:
        """Return the first rule's verdict that applies; what none speaks against is a twitch."""
        return self._artifact(case) or self._weak(case) or self._voluntary(case) or self._unclear(case) or _twitch(case)

    def remember(self, event: TwitchEvent, label: Label) -> None:
        """Keep what was decided in the end."""
        kept = self._artifacts if label == "artifact" else self._past
        kept.append(_Past(event.decided_index, event.offset_index, event.peak_uv, event.channel, label))

    def is_barred(self, case: Case) -> bool:
        """Tell whether nothing may confirm this burst, whatever it looks like."""
        return (
            case.was_cut
            or case.is_learning
            or case.margin < 1.0
            or case.is_needle_only
            or case.is_reference_only
            or case.event.peak_uv > self._largest_uv
            or self._rate_hz < FULL_VERDICT_RATE_HZ
            or self._goes_on(case.event)
        )

    def is_as_one_unit(self, f: Features) -> bool:
        """Tell whether one motor unit, which may fire twice, explains a burst; units in step look the same."""
        doubt = 0.5 * f.pulses.doubt if f.raised < RAISED else 0.0
        over = f.pulses.doublet - LEAST_UNIT if self._rate_hz >= FINE_HZ else f.pulses.unit - LEAST_UNIT_COARSE
        return over > doubt

    def may_be_fasciculation(self, case: Case) -> bool:
        """Tell whether one motor unit explains a burst that is no stronger than one unit is."""
        f, snr_db = case.features, case.event.snr_db
        is_compound = snr_db > SURELY_COMPOUND_DB or (snr_db > MOST_OF_ONE_UNIT_DB and f.impulse_share < 0.5)
        return self.is_as_one_unit(f) and not is_compound

    def _goes_on(self, event: TwitchEvent) -> bool:
        """Tell whether a burst is the rest of the last twitch on its channel, or of one that it overlaps on any."""
        twitches = [past for past in self._past if past.label == "twitch"]
        ends = [past.offset_index for past in twitches if past.channel == event.channel]
        is_rest = bool(ends) and event.onset_index - ends[-1] < REBURST_S * self._rate_hz
        return is_rest or any(event.onset_index < past.offset_index for past in twitches)

    def _artifact(self, case: Case) -> Verdict | None:
        f = case.features
        if case.was_cut:
            return Verdict("artifact", 0.7, ("cut off", "saturation, lost samples or a flat signal"))
        if case.event.peak_uv > self._largest_uv:
            return Verdict("artifact", 0.9, ("larger than any muscle", f"{1e-3 * case.event.peak_uv:.0f} mV"))
        if f.mains_share > 0.85 and f.duration_s > 0.06:
            return MAINS
        most_slow = 0.5 if case.needle_hand_moves else 1.0
        if f.slow_ratio > most_slow and (f.frequency_hz < MOTION_HZ or f.impulse_share > 0.6):
            kind = "pop" if f.impulse_share > 0.6 else "cable or electrode motion"
            return Verdict("artifact", min(0.99, 0.6 + 0.1 * f.slow_ratio), (kind, "energy below 20 Hz"))
        is_steep = self._rate_hz >= FINE_HZ and f.impulse_share > LEAST_STEEP
        if is_steep or f.pulses.impulse > LEAST_IMPULSE:
            return Verdict("artifact", 0.8, ("glitch or pop", "one impulse"))
        return None

    def _weak(self, case: Case) -> Verdict | None:
        if case.margin < 1.0:
            return Verdict("uncertain", 0.5, (NEAR_NOISE,))
        if case.is_learning:
            return Verdict("uncertain", 0.5, ("still learning", "too soon after the start"))
        if case.is_needle_only:
            kind = "insertional" if case.features.duration_s > 0.2 else "endplate spikes"
            return Verdict("uncertain", 0.5, ("needle electrode only", f"may be {kind}"))
        return None

    def _voluntary(self, case: Case) -> Verdict | None:
        f = case.features
        if f.duration_s > LONGEST_TWITCH_S:
            return Verdict("voluntary", min(0.99, 0.5 + f.duration_s), (LONG,))
        if f.n_channels >= 3 and f.spread > 0.5:
            if case.since_contact_s < SOONEST_WINCE_S:
                after = f"{1e3 * case.since_contact_s:.0f} ms after a needle contact"
                return Verdict("voluntary", 0.5 + 0.5 * f.spread, ("tap reflex", after))
            return Verdict("voluntary", 0.5 + 0.5 * f.spread, ("wince", "on most channels"))
        least_attack = LEAST_ATTACK if f.duration_s > LONGEST_ABRUPT_S else LEAST_ATTACK_FAIRLY_SHORT
        if f.duration_s > FAIRLY_SHORT_S and f.attack < least_attack:
            return Verdict("voluntary", 0.7, ("slow rise",))
        return None

    def _unclear(self, case: Case) -> Verdict | None:
        if case.is_reference_only:
            return Verdict("uncertain", 0.5, (REFERENCE_ONLY, "none of the muscle's own shows it"))
        f = case.features
        if self.may_be_fasciculation(case):
            return Verdict("uncertain", 0.5, (ONE_UNIT, "one motor unit, not a volley"))
        if self._rate_hz < FULL_VERDICT_RATE_HZ:
            return Verdict("uncertain", 0.5, ("sampling rate too low to confirm",))
        if case.may_be_heart:
            return Verdict("uncertain", 0.5, ("may be the heart", "the same shape was there before"))
        if case.n_elsewhere >= 2:
            return Verdict("uncertain", 0.5, ("during activity on other channels",))
        is_clear = case.margin > 2.0 and f.n_channels >= 4 and f.spread < 0.3
        what_went_before = self._aftermath(case.event, case.margin, is_clear)
        if what_went_before is not None:
            return Verdict("uncertain", 0.5, ("aftermath", what_went_before))
        if (f.raised > RAISED and case.margin < 1.6) or (f.raised > 10.0 and case.margin < 5.0):
            return Verdict("uncertain", 0.5, ("guarding", "little above a raised floor"))
        if f.before > 2.5 and f.before > MOST_BEFORE * f.own:
            return Verdict("uncertain", 0.5, ("guarding", "activity before the onset"))
        if f.company > 0.35 and f.company > 0.12 * f.own:
            return Verdict("uncertain", 0.5, ("guarding", "activity on the other channels"))
        return None

    def _aftermath(self, event: TwitchEvent, margin: float, is_clear: bool) -> str | None:
        """Say why a burst that would be a twitch rather belongs to what went before."""
        for past in self._artifacts:
            is_soon = event.onset_index - past.index < AFTERMATH_S * self._rate_hz
            if is_soon and past.channel == event.channel and event.peak_uv < SMALL_AFTER * past.peak_uv:
                return "just after an artifact"
        if self._goes_on(event):
            return "goes on after a twitch"
        since = [(past, (event.onset_index - past.index) / self._rate_hz) for past in self._past]
        for past, seconds in since:
            share = event.peak_uv / max(past.peak_uv, 1e-9)
            is_soon = seconds < AFTERMATH_S and (share < SMALL_AFTER or not is_clear)
            if past.label == "voluntary" and (is_soon or (seconds < 4.0 * AFTERMATH_S and share < TINY_AFTER)):
                return "just after a contraction"
        alike = [
            seconds
            for past, seconds in since
            if past.label != "twitch" and seconds < ONGOING_S and past.peak_uv > ALIKE * event.peak_uv
        ]
        if len(alike) >= ONGOING_BURSTS and margin < STANDS_OUT:
            return "one of many bursts"
        return None


def _twitch(case: Case) -> Verdict:
    f = case.features
    confidence = 0.99 - 0.3 * float(np.exp(-2.0 * (case.margin - 1.0)))
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
