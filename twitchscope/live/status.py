"""State machine of the sign, without Qt, driven by signal time, events and keys."""

import math
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from acquisition.core import AmplitudeUnit
from twitchscope.entries.marks import NEEDLE_IN, NEEDLE_OUT, MadeMark
from twitchscope.findings.detection import default_none_seen
from twitchscope.findings.event import DetectedEvent
from twitchscope.findings.site import SiteSpan
from twitchscope.saved.agreement import Pass, passes_between
from twitchscope.words import for_later, tr, tr_n

TWITCH_SHOWN_S = 3.0
OTHER_SHOWN_S = 2.0
LEAST_SHOWN_DB = 14.0
"""Peak over resting baseline (5 times) below which a burst other than a twitch is not shown."""
MOST_DISPLAYED_DB = 200.0
"""Upper limit of a displayed ratio, as a file may contain any value."""
CANDIDATE_SHOWN_S = 1.5
"""Time after which a candidate without a verdict is dropped; a longer burst is no twitch."""
MOST_VERDICTS = 100
"""Number of latest twitches whose peak can still be shown; all of them are counted."""


class Condition(Enum):
    """Conditions that the large sign shows."""

    LEARNING = for_later("learning")
    RESTING = for_later("resting")
    NEEDLE_IN = for_later("needle in")
    CANDIDATE = for_later("burst …")
    TWITCH = for_later("TWITCH")
    NOT_A_TWITCH = for_later("not a twitch")
    ELECTRODES = for_later("electrodes")
    STOPPED = for_later("stopped")


@dataclass(frozen=True, slots=True)
class Glance:
    """Content of the sign: two lines beside it, and large numbers with words below them."""

    condition: Condition
    headline: str
    detail: str
    counts: str
    numbers: tuple[tuple[int, str], ...] = ()


class Status:
    """State of a session for display.

    `hear_candidate` and `hear_verdict` take results of the detector, `needle_in` and `needle_out` actions of the
    operator; `glance` is called at every frame. A twitch belongs to the pass and the site of its onset, whenever its
    verdict comes, as in the report.

    Parameters
    ----------
    unit : AmplitudeUnit
        Unit of peaks.

    Attributes
    ----------
    n_in_pass, n_at_site : int
        Number of twitches in the current or last pass, and at the site.
    site : SiteSpan
        Time span of the site until another one begins; everything shown on a site refers to it.
    """

    def __init__(self, unit: AmplitudeUnit) -> None:
        self._unit = unit
        self.n_in_pass = self.n_at_site = 0
        self._onsets_s = array("d")  # of twitches: 8 bytes each, kept for the whole session
        self._verdicts: deque[DetectedEvent] = deque(maxlen=MOST_VERDICTS)
        self.site = SiteSpan()
        self._needle: list[MadeMark] = []
        self._pass: Pass | None = None
        self._shown: DetectedEvent | None = None
        self._shown_until_s = 0.0
        self._candidate_until_s = 0.0
        self._stopped: str | None = None

    @property
    def n_twitches(self) -> int:
        """Number of twitches in the session."""
        return len(self._onsets_s)

    @property
    def in_pass(self) -> bool:
        """Whether the needle is in."""
        return bool(self._needle) and self._needle[-1].label == NEEDLE_IN

    def hear_candidate(self, now_s: float) -> None:
        """Record that a burst has begun; a verdict may follow."""
        self._candidate_until_s = now_s + CANDIDATE_SHOWN_S

    def hear_verdict(self, event: DetectedEvent, now_s: float) -> None:
        """Record the verdict on a burst."""
        self._candidate_until_s = 0.0
        is_twitch = event.label == "twitch"
        self.hear_late(event)
        if not is_twitch and (not is_worth_a_look(event) or self._shows_twitch(now_s)):
            return  # a twitch is not replaced by what follows it
        self._shown = event
        self._shown_until_s = now_s + (TWITCH_SHOWN_S if is_twitch else OTHER_SHOWN_S)

    def hear_late(self, event: DetectedEvent) -> None:
        """Count a withheld verdict without showing it as new."""
        if event.label == "twitch":
            self._onsets_s.append(event.onset_s)
            self._verdicts.append(event)
            self._count()

    def begin_site(self) -> None:
        """Start a new site, which begins where the last one was closed."""
        if math.isfinite(self.site.stop_s):
            self.site = SiteSpan(self.site.stop_s)
        self._count()

    def close_site(self, time_s: float) -> None:
        """Close the site at `time_s` of the signal; later onsets do not belong to it."""
        self.site = SiteSpan(self.site.start_s, time_s)
        self._count()

    def needle_in(self, time_s: float) -> None:
        """Begin a pass at `time_s` of the signal."""
        self._needle.append(MadeMark(NEEDLE_IN, time_s))
        self._count()

    def needle_out(self, time_s: float) -> None:
        """End the pass at `time_s` of the signal."""
        self._needle.append(MadeMark(NEEDLE_OUT, time_s))
        self._count()

    def undo_needle(self) -> None:
        """Undo the last needle mark."""
        if self._needle:
            self._needle.pop()
        self._count()

    def stop(self, reason: str) -> None:
        """Show that the session has stopped, with `reason` in a few words."""
        self._stopped = reason

    def glance(
        self,
        now_s: float,
        *,
        is_learnt: bool,
        unusable: list[str],
        none_seen: Callable[[float, float], str] = default_none_seen,
    ) -> Glance:
        """Return what to show at `now_s`.

        Parameters
        ----------
        now_s : float
            Signal time in seconds.
        is_learnt : bool
            Whether the resting baseline is learnt.
        unusable : list of str
            Names of the watched channels that are currently unusable.
        none_seen : callable
            Returns the words for a pass or a site without a twitch, given its start and stop in s.
        """
        condition = self._condition(now_s, is_learnt, bool(unusable))
        headline = tr(condition.value)
        if condition is Condition.TWITCH and self._shown is not None:
            headline = f"{tr(condition.value)} {tr(self._shown.grade)}"
        elif condition is Condition.NOT_A_TWITCH and self._shown is not None:
            headline = tr(self._shown.label if self._shown.label in ("uncertain", "artifact") else condition.value)
        if condition is Condition.ELECTRODES:
            counts = tr("is the electrode on the skin, its plug in, the cable whole?")
        else:
            counts = self._counts()
        return Glance(condition, headline, self._detail(condition, unusable, none_seen), counts, self._numbers())

    def _shows_twitch(self, now_s: float) -> bool:
        return self._shown is not None and self._shown.label == "twitch" and now_s < self._shown_until_s

    def _condition(self, now_s: float, is_learnt: bool, has_unusable: bool) -> Condition:
        if self._stopped is not None:
            return Condition.STOPPED
        if self._shows_twitch(now_s):
            return Condition.TWITCH
        if now_s < self._candidate_until_s:
            return Condition.CANDIDATE
        if has_unusable:
            return Condition.ELECTRODES
        if self._shown is not None and now_s < self._shown_until_s:
            return Condition.NOT_A_TWITCH
        if self.in_pass:
            return Condition.NEEDLE_IN
        return Condition.RESTING if is_learnt else Condition.LEARNING

    def _detail(self, condition: Condition, unusable: list[str], none_seen: Callable[[float, float], str]) -> str:
        if condition is Condition.STOPPED:
            return self._stopped or ""
        if condition is Condition.ELECTRODES:
            names = f"{', '.join(unusable[:3])}{' …' if len(unusable) > 3 else ''}"
            return tr("look at {names}").format(names=names)
        if condition is Condition.CANDIDATE:
            return tr("not judged yet")
        if condition in (Condition.TWITCH, Condition.NOT_A_TWITCH) and self._shown is not None:
            return _measures(self._shown, self._unit)
        if condition is Condition.LEARNING:
            return tr("resting baseline: keep the muscle at rest")
        place, where = (self.site, tr("this site")) if self._pass is None else (self._pass, tr("this pass"))
        last = next((one for one in reversed(self._verdicts) if place.holds(one.onset_s)), None)
        if last is None:
            return f"{where}: {tr(none_seen(place.start_s, place.stop_s))}"
        return tr("last twitch: {measures}").format(measures=_measures(last, self._unit))

    def _counts(self) -> str:
        return tr_n("{n} twitch in this session", "{n} twitches in this session", self.n_twitches)

    def _numbers(self) -> tuple[tuple[int, str], ...]:
        at_site = (self.n_at_site, tr("this site"))
        return (at_site,) if self._pass is None else ((self.n_in_pass, tr("this pass")), at_site)

    def _count(self) -> None:
        """Find the current pass, or the last one of this site, and count the twitches."""
        times_s = {
            label: [mark.time_s for mark in self._needle if mark.label == label] for label in (NEEDLE_IN, NEEDLE_OUT)
        }
        last = passes_between(times_s[NEEDLE_IN][-1:], times_s[NEEDLE_OUT], math.inf)
        self._pass = next((one for one in last if self.in_pass or self.site.holds(one.start_s)), None)
        self.n_at_site = sum(self.site.holds(onset_s) for onset_s in self._onsets_s)
        self.n_in_pass = sum(self._pass.holds(onset_s) for onset_s in self._onsets_s) if self._pass else 0


def is_worth_a_look(event: DetectedEvent) -> bool:
    """Return whether a verdict is shown and heard, unlike heartbeats and bursts near the noise."""
    label, snr_db = event.label, event.snr_db
    return label == "twitch" or (label != "heartbeat" and snr_db >= LEAST_SHOWN_DB)


def ratio_text(snr_db: float, over_floor: bool | None) -> str:
    """Return an event's ratio to the resting baseline, or to the local floor if `over_floor`, as text."""
    ratio = 10.0 ** (min(snr_db, MOST_DISPLAYED_DB) / 20.0)
    words = tr("{ratio:.0f} × local floor") if over_floor else tr("{ratio:.0f} × baseline")
    return words.format(ratio=ratio)


def _measures(event: DetectedEvent, unit: AmplitudeUnit) -> str:
    """Return peak, ratio and channel of an event as text."""
    text = f"{event.peak_uv:.0f} {tr(unit)} · {ratio_text(event.snr_db, event.over_floor)} · {event.channel}"
    return text if event.label in ("twitch", "uncertain", "artifact") else f"{tr(event.label)} · {text}"
