"""What really happened in a simulated patient, beside what was seen: pass by pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twitchscope.findings.event import Event
from twitchscope.words import tr, tr_n

PASS_WITHIN_S = 0.6
"""A pass from the screen comes so soon after its key: the patient lives in steps of 0.2 s, and the clock is carried on
by up to 0.25 s."""

BEFORE_S, AFTER_S = 0.05, 0.15
"""An event tells of a twitch when its onset lies so near to the true one."""

SHOWN_DB = 9.5
"""Peak over noise (three times) from which an eye can tell a twitch from noise at the skin; an assumption."""


@dataclass(frozen=True, slots=True)
class Jab:
    """A pass that somebody made from the screen: when, how deep, and how far beside the locus, in mm."""

    time_s: float
    depth_mm: float
    across_mm: float


@dataclass(frozen=True, slots=True)
class TrueTwitch:
    """A twitch that really happened.

    Attributes
    ----------
    contact_s, onset_s : float
        When the needle's tip was deepest, and when the burst began.
    peak_uv, snr_db : float
        What the skin showed of it: its peak in µV, and that over the noise in dB.
    grade : str
        What so many dB are called.
    """

    contact_s: float
    onset_s: float
    peak_uv: float
    snr_db: float
    grade: str

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> "TrueTwitch":
        """Return a twitch of `KnowsTruth.true_events`."""
        return TrueTwitch(told["contact_s"], told["onset_s"], told["peak_uv"], told["snr_db"], told["grade"])


@dataclass(frozen=True, slots=True)
class TruePass:
    """One pass of the needle.

    Attributes
    ----------
    time_s : float
        When the tip was deepest.
    jab : Jab or None
        Where it went, if somebody made it from the screen.
    twitch : TrueTwitch or None
        The twitch that answered it.
    told : str or None
        The detector's label of the burst at that time; None where it told nothing.
    """

    time_s: float
    jab: Jab | None
    twitch: TrueTwitch | None
    told: str | None

    @property
    def is_shown(self) -> bool:
        """Whether the skin showed the twitch."""
        return self.twitch is not None and self.twitch.snr_db >= SHOWN_DB

    def row(self) -> tuple[str, ...]:
        """Return it for a person, under `header`."""
        jab, twitch = self.jab, self.twitch
        where = "" if jab is None else tr("{depth:.0f} mm deep, {beside:.0f} mm beside").format(
            depth=jab.depth_mm, beside=abs(jab.across_mm)
        )  # fmt: skip
        skin = ""
        if twitch is not None:
            skin = tr("{uv:.0f} µV, {grade}") if self.is_shown else tr("hidden in the noise ({uv:.0f} µV)")
            skin = skin.format(uv=twitch.peak_uv, grade=twitch.grade)
        told = "" if twitch is None and self.told is None else self.told or tr("nothing")
        return (f"{self.time_s:.1f} s", where, tr("twitch") if twitch is not None else "–", skin, told)


@dataclass(frozen=True, slots=True)
class Revealed:
    """All passes in order, and the onsets in s of twitches that the detector confirmed where there was none."""

    passes: Sequence[TruePass]
    false_s: Sequence[float]

    def text(self) -> str:
        """Return in some sentences what it comes to."""
        answered = [one for one in self.passes if one.twitch is not None]
        hidden = sum(not one.is_shown for one in answered)
        confirmed = sum(one.told == "twitch" for one in answered)
        hidden_text = tr(" The skin did not show {hidden} of these.").format(hidden=hidden) if hidden else ""
        return tr(
            "{passes}, {answered} of them answered by a twitch.{hidden} The detector confirmed {confirmed} of "
            "{answered}, and {false} where there was none."
        ).format(
            passes=tr_n("{n} pass", "{n} passes", len(self.passes)),
            answered=len(answered),
            hidden=hidden_text,
            confirmed=confirmed,
            false=len(self.false_s),
        )


def header() -> tuple[str, ...]:
    """Return what stands over the rows."""
    return (tr("pass at"), tr("tip"), tr("answer"), tr("at the skin"), tr("the detector said"))


def reveal(truth: Mapping[str, Any], events: Sequence[Event], jabs: Sequence[Jab]) -> Revealed:
    """Put the truth beside what the detector told.

    Parameters
    ----------
    truth : mapping
        As `KnowsTruth.true_events` returns it.
    events : sequence of Event
        Verdicts.
    jabs : sequence of Jab
        Passes from the screen, in their order.
    """
    twitches = [TrueTwitch.from_json(told) for told in truth["twitches"]]
    answers = {twitch.contact_s: twitch for twitch in twitches}
    left = list(jabs)
    passes = []
    for contact_s in truth["needle_contacts"]:
        twitch = answers.get(contact_s)
        at_s = twitch.onset_s if twitch is not None else contact_s
        told = _told_at(events, at_s, AFTER_S if twitch is not None else AFTER_S + BEFORE_S)
        passes.append(TruePass(contact_s, _jab_of(left, contact_s), twitch, told))
    false_s = [
        event.onset_s
        for event in events
        if event.label == "twitch" and not any(_is_near(event, one.onset_s, AFTER_S) for one in twitches)
    ]
    return Revealed(passes, false_s)


def _jab_of(left: list[Jab], contact_s: float) -> Jab | None:
    """Return the jab that a pass came from, and take it and those before it off the list."""
    for place, jab in enumerate(left):
        if abs(contact_s - jab.time_s) <= PASS_WITHIN_S:
            del left[: place + 1]
            return jab
    return None


def _told_at(events: Sequence[Event], time_s: float, after_s: float) -> str | None:
    near = [event for event in events if event.label != "heartbeat" and _is_near(event, time_s, after_s)]
    return min(near, key=lambda event: abs(event.onset_s - time_s)).label if near else None


def _is_near(event: Event, time_s: float, after_s: float) -> bool:
    return -BEFORE_S <= event.onset_s - time_s <= after_s
