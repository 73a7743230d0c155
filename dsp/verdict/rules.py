"""Rules of the verdict, in order of precedence, each with the reason that it gives."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from dsp.bands import FULL_VERDICT_RATE_HZ
from dsp.events import Label, TwitchEvent
from dsp.measuring.features import FINE_HZ, LEAST_IMPULSE, LEAST_STEEP, LEAST_UNIT, LONGEST_TWITCH_S, Features
from dsp.measuring.local_rise import NO_RISE

LONG, NEAR_NOISE, ONE_UNIT = "long", "near the noise", "fasciculation"
"""Reasons: a burst longer than `LONGEST_TWITCH_S`, one below the confirmation threshold, and a single motor unit."""

REFERENCE_ONLY = "on the reference pair alone"
"""Reason: no channel at the muscle shows the burst."""
SURE_TWITCH_S = 0.18
LONGEST_ABRUPT_S = 0.13
"""A burst longer than this must begin with at least `LEAST_ATTACK` of its largest power."""
LEAST_ATTACK = 0.05

SOONEST_WINCE_S = 0.05
"""Nobody winces sooner after a needle contact: a burst that begins on most channels before this is rather a tap
reflex."""

FAIRLY_SHORT_S, LEAST_ATTACK_FAIRLY_SHORT = 0.1, 0.02
"""A burst of this length to `LONGEST_ABRUPT_S` may begin more softly: its onset may have been placed a little early."""

MOST_OF_ONE_UNIT_DB, SURELY_COMPOUND_DB = 35.0, 48.0
"""Peak over baseline above which a short burst is a compound response and not one motor unit: the first where it is not
impulse-like (`impulse_share` below 0.5), the second in any case."""

RAISED = 1.5
"""Local floor over resting baseline, in power, from which the muscle is not at rest. A burst then counts as one motor
unit without an allowance for noise."""

MOST_BEFORE = 0.12
"""Power before the onset, as a share of the burst's own, above which the burst does not begin there."""

LEAST_UNIT_COARSE = 0.95
"""`LEAST_UNIT` below `FINE_HZ`, for a single discharge."""

MOTION_HZ = 60.0
"""Slow motion that leaks through the band-pass stays below this mean frequency; muscle activity does not."""

STANDS_OUT = 6.0
"""Energy over the confirmation threshold from which a burst is not one of many small ones."""

ONGOING_S, ONGOING_BURSTS, ALIKE = 2.5, 3, 0.25
"""With this many bursts within that time, each of at least that share of the peak, the muscle is not at rest."""

REBURST_S = 0.06
"""A burst on the same channel that begins this soon after the end of a twitch is its continuation. The filter's ringing
is over before the verdict is given. The second twitch of a pass may come 80 ms after the first. With half this time,
sparse volleys were reported twice."""

AFTERMATH_S = 0.5
"""Single motor units still fire for this long after a contraction."""

MOST_OF_MUSCLE_UV = 20_000.0
"""Peak in the detection band above which a burst is not of muscle origin. An assumption: the compound response of a
whole muscle to nerve stimulation is the largest that surface electrodes record, at 1 to 15 mV; a volley at a needle has
a few mV. A bouncing connector makes tens of mV."""

SMALL_AFTER, TINY_AFTER = 0.15, 0.05
"""Amplitude, as a share of that of a contraction (the first also: of an artifact), below which a burst may still be its
aftermath: the first within `AFTERMATH_S`, the second within four times that."""


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
    """Everything that the rules consider.

    Attributes
    ----------
    event : TwitchEvent
        Position and size; the label is not set yet.
    features : Features
        Features of the burst, with any heartbeat removed.
    margin : float
        Energy over the confirmation threshold.
    was_cut : bool
        Whether a channel became unusable during the burst, or stood still in it.
    is_learning : bool
        Whether the stream is too young to confirm anything.
    is_needle_only : bool
        Whether no surface channel saw it.
    is_reference_only : bool
        Whether a reference pair saw it, and no surface channel at the muscle.
    n_elsewhere : int
        Number of channels in a burst of another group at the same time.
    on_beat : bool
        Whether a heartbeat was found in it and removed.
    beat_over : float
        Energy with the heartbeat over that without it; 1 where none was found, or where removing it did not change the
        energy.
    beat_left : float
        Energy left after removing the heartbeat, over what beats usually leave; 0 where none was found.
    needle_hand_moves : bool
        Whether a motion channel moved.
    due : float
        Delay after the nearest heartbeat, in beat intervals; -1 where no heart is known.
    may_be_heart : bool
        Whether the same shape occurred one heartbeat interval earlier while the heart is not known yet.
    since_contact_s : float
        Time since the last needle contact stamped by hardware; infinite without one.
    other_side : float
        Amplitude at a reference pair over that at the muscle; 0 where no reference pair shows it.
    piece : int
        0 where the event is the group's strongest burst, 1 for that of another channel, 2 for the part before a pause
        or a separate burst of the group, 3 for a summit.
    whole_s : float
        Length of the burst that it is a piece of.
    beyond : float
        Mean power of that burst outside the piece over that inside.
    rise : tuple of float
        Rise over what comes just before and after it, in the order of `dsp.measuring.local_rise.NAMES`.
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
    """Sample at which it was decided."""
    offset_index: int
    peak_uv: float
    channel: int
    label: Label


class Rules:
    """Rule-based classifier of cases, with a memory of the last ones.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    largest_uv : float
        Peak above which a burst is not of muscle origin.
    """

    def __init__(self, sampling_rate_hz: float, largest_uv: float = MOST_OF_MUSCLE_UV) -> None:
        self._rate_hz = sampling_rate_hz
        self._largest_uv = largest_uv
        self._past: deque[_Past] = deque(maxlen=16)
        self._artifacts: deque[_Past] = deque(maxlen=8)

    def decide(self, case: Case) -> Verdict:
        """Return the verdict of the first rule that applies; a burst to which none applies is a twitch."""
        return self._artifact(case) or self._weak(case) or self._voluntary(case) or self._unclear(case) or _twitch(case)

    def remember(self, event: TwitchEvent, label: Label) -> None:
        """Record the final label of an event."""
        kept = self._artifacts if label == "artifact" else self._past
        kept.append(_Past(event.decided_index, event.offset_index, event.peak_uv, event.channel, label))

    def is_barred(self, case: Case) -> bool:
        """Return whether a burst cannot be confirmed, whatever it looks like."""
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
        """Return whether one motor unit, possibly firing twice, explains a burst; synchronous units look the same."""
        doubt = 0.5 * f.pulses.doubt if f.raised < RAISED else 0.0
        over = f.pulses.doublet - LEAST_UNIT if self._rate_hz >= FINE_HZ else f.pulses.unit - LEAST_UNIT_COARSE
        return over > doubt

    def may_be_fasciculation(self, case: Case) -> bool:
        """Return whether one motor unit explains a burst that is not too strong for a single unit."""
        f, snr_db = case.features, case.event.snr_db
        is_compound = snr_db > SURELY_COMPOUND_DB or (snr_db > MOST_OF_ONE_UNIT_DB and f.impulse_share < 0.5)
        return self.is_as_one_unit(f) and not is_compound

    def _goes_on(self, event: TwitchEvent) -> bool:
        """Return whether a burst continues the last twitch on its channel, or overlaps a twitch on any channel."""
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
        """Return why a burst that would be a twitch is rather the aftermath of an earlier one; None if it is not."""
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
