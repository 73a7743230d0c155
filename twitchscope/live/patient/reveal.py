"""Comparison of the truth about a simulated patient with the verdicts, pass by pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twitchscope.findings.event import Event
from twitchscope.words import tr, tr_n

PASS_WITHIN_S = 0.6
"""Largest time between the key of a pass and its contact: the patient advances in steps of 0.2 s, and the clock is
extrapolated by up to 0.25 s."""

BEFORE_S, AFTER_S = 0.05, 0.15
"""Largest time by which an event's onset may precede or follow that of the true twitch that it matches."""

SHOWN_DB = 9.5
"""Peak over noise (three times) above which a twitch on the skin is visible; an assumption."""


@dataclass(frozen=True, slots=True)
class Jab:
    """Pass made from the screen: its time in s, depth, and distance beside the locus in mm."""

    time_s: float
    depth_mm: float
    across_mm: float


@dataclass(frozen=True, slots=True)
class TrueTwitch:
    """Twitch that really happened.

    Attributes
    ----------
    contact_s, onset_s : float
        Time of the needle tip's greatest depth, and onset of the burst.
    peak_uv, snr_db : float
        Peak at the skin in µV, and its ratio to the noise in dB.
    grade : str
        Grade for this ratio.
    """

    contact_s: float
    onset_s: float
    peak_uv: float
    snr_db: float
    grade: str

    @staticmethod
    def from_json(event: Mapping[str, Any]) -> "TrueTwitch":
        """Return a twitch from an entry of `KnowsTruth.true_events`."""
        return TrueTwitch(event["contact_s"], event["onset_s"], event["peak_uv"], event["snr_db"], event["grade"])


@dataclass(frozen=True, slots=True)
class TruePass:
    """Pass of the needle.

    Attributes
    ----------
    time_s : float
        Time of the tip's greatest depth.
    jab : Jab or None
        Position of the pass, if it was made from the screen.
    twitch : TrueTwitch or None
        Twitch evoked by the pass.
    label : str or None
        Label that the detector gave the burst at that time; None if it reported none.
    """

    time_s: float
    jab: Jab | None
    twitch: TrueTwitch | None
    label: str | None

    @property
    def is_shown(self) -> bool:
        """Whether the twitch was visible on the skin."""
        return self.twitch is not None and self.twitch.snr_db >= SHOWN_DB

    def row(self) -> tuple[str, ...]:
        """Return the texts of a table row under `header`."""
        jab, twitch = self.jab, self.twitch
        where = "" if jab is None else tr("{depth:.0f} mm deep, {beside:.0f} mm beside").format(
            depth=jab.depth_mm, beside=abs(jab.across_mm)
        )  # fmt: skip
        skin = ""
        if twitch is not None:
            skin = tr("{uv:.0f} µV, {grade}") if self.is_shown else tr("hidden in the noise ({uv:.0f} µV)")
            skin = skin.format(uv=twitch.peak_uv, grade=twitch.grade)
        label = "" if twitch is None and self.label is None else self.label or tr("nothing")
        return (f"{self.time_s:.1f} s", where, tr("twitch") if twitch is not None else "–", skin, label)


@dataclass(frozen=True, slots=True)
class Revealed:
    """All passes in order, and the onsets in s of false alarms."""

    passes: Sequence[TruePass]
    false_s: Sequence[float]

    def text(self) -> str:
        """Return a summary in some sentences."""
        answered = [one for one in self.passes if one.twitch is not None]
        hidden = sum(not one.is_shown for one in answered)
        confirmed = sum(one.label == "twitch" for one in answered)
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
    """Return the header of the table."""
    return (tr("pass at"), tr("tip"), tr("answer"), tr("at the skin"), tr("verdict of the detector"))


def reveal(truth: Mapping[str, Any], events: Sequence[Event], jabs: Sequence[Jab]) -> Revealed:
    """Compare the truth with the verdicts.

    Parameters
    ----------
    truth : mapping
        As returned by `KnowsTruth.true_events`.
    events : sequence of Event
        Verdicts.
    jabs : sequence of Jab
        Passes from the screen, in order.
    """
    twitches = [TrueTwitch.from_json(event) for event in truth["twitches"]]
    answers = {twitch.contact_s: twitch for twitch in twitches}
    left = list(jabs)
    passes = []
    for contact_s in truth["needle_contacts"]:
        twitch = answers.get(contact_s)
        at_s = twitch.onset_s if twitch is not None else contact_s
        label = _label_at(events, at_s, AFTER_S if twitch is not None else AFTER_S + BEFORE_S)
        passes.append(TruePass(contact_s, _jab_of(left, contact_s), twitch, label))
    false_s = [
        event.onset_s
        for event in events
        if event.label == "twitch" and not any(_is_near(event, one.onset_s, AFTER_S) for one in twitches)
    ]
    return Revealed(passes, false_s)


def _jab_of(left: list[Jab], contact_s: float) -> Jab | None:
    """Return the jab of a pass, and remove it and earlier ones from the list."""
    for place, jab in enumerate(left):
        if abs(contact_s - jab.time_s) <= PASS_WITHIN_S:
            del left[: place + 1]
            return jab
    return None


def _label_at(events: Sequence[Event], time_s: float, after_s: float) -> str | None:
    near = [event for event in events if event.label != "heartbeat" and _is_near(event, time_s, after_s)]
    return min(near, key=lambda event: abs(event.onset_s - time_s)).label if near else None


def _is_near(event: Event, time_s: float, after_s: float) -> bool:
    return -BEFORE_S <= event.onset_s - time_s <= after_s
