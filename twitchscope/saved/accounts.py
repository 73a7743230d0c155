"""Accounts of a session other than the detector's (marks, imports, ratings) and their agreement with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsp import LABELS
from twitchscope.entries.marks import MARK_KINDS, NEEDLE_IN, NEEDLE_OUT
from twitchscope.findings.event import Event
from twitchscope.findings.site_text import estimate_text
from twitchscope.saved.agreement import (
    MARK_WITHIN_S,
    NEEDLE_KEY_WITHIN_S,
    ONSET_WITHIN_S,
    REFERENCE_WITHIN_S,
    Overlap,
    Pass,
    PassTable,
    marked_pass_table,
    overlap,
    pair_marks,
    pair_onsets,
    pair_references,
    pass_table,
    passes_between,
)
from twitchscope.saved.rating import NO_EVENT, Decision, twitch_onsets_s
from twitchscope.saved.session_files import Mark
from twitchscope.saved.sync_marks import TABLE_LABELS

COMPARED_MARKS = ("seen", "felt_by_practitioner", "felt_by_patient")
"""Marks that are compared with the automatic events."""

CLAIM_NOTHING = {*TABLE_LABELS, *(kind.label for kind in MARK_KINDS), *LABELS, NO_EVENT} - {*COMPARED_MARKS, "twitch"}
"""Labels of imported times that claim no twitch: sync marks, needle marks, and labels that deny a twitch."""

WORDS = {kind.label: kind.words for kind in MARK_KINDS}

HEADER = (
    "account", "verdicts were", "marks", "with a twitch", "twitches without", "positive agreement",
    "κ over marked passes",
)  # fmt: skip

HOW = (
    f"A mark pairs with the nearest confirmed twitch in the {MARK_WITHIN_S:g} s before it, an imported time with one "
    f"within {REFERENCE_WITHIN_S:g} s, a rater's with one within {ONSET_WITHIN_S:g} s. Positive agreement: twice the "
    "pairs over all marks and twitches; chance is not taken off it, which only marked needle passes allow (Cohen's κ): "
    f"was there one? A pass counts from {NEEDLE_KEY_WITHIN_S:g} s before its mark to its end; beside marks by hand, "
    f"for both, {MARK_WITHIN_S:g} s longer, but not into the next; for a rater, only with all events in it judged. "
    "In brackets: 95 % intervals. Where verdicts were shown, an account is not independent of them."
)


@dataclass(frozen=True, slots=True)
class Account:
    """Account: its name, whether verdicts were ``shown`` or ``hidden``, and its agreement with the automatic one."""

    name: str
    verdicts: str
    counted: Overlap
    table: PassTable

    def row(self) -> tuple[str, ...]:
        """Return the row for a person, under `HEADER`."""
        counted, table = self.counted, self.table
        kappa = f"{estimate_text(table.kappa)} of {table.n}" if table.kappa else f"not known from {table.n}"
        return (
            self.name,
            self.verdicts,
            str(counted.n_both + counted.n_only_second),
            str(counted.n_both),
            str(counted.n_only_first),
            estimate_text(counted.positive_agreement),
            kappa if table.n else "no pass compared",
        )


def accounts(
    events: Sequence[Event],
    marks: Sequence[Mark],
    references: Mapping[str, Sequence[Mark]],
    ratings: Mapping[str, Sequence[Decision]],
    duration_s: float,
) -> list[Account]:
    """Compare every account with the twitches that the detector confirmed.

    Parameters
    ----------
    events : sequence of Event
        Events of the detector.
    marks : sequence of Mark
        Marks of the session.
    references, ratings : mapping
        Imported times by file, of which only those that may claim a twitch count, and decisions by rater.
    duration_s : float
        Duration of the signal in seconds.
    """
    twitches = [event for event in events if event.label == "twitch"]
    passes = marked_passes(marks, duration_s)
    onsets_s = [event.onset_s for event in twitches]
    found = [*_marked(twitches, marks, passes)]
    for name, imported in references.items():
        times_s = [mark.time_s for mark in imported if claims_twitch(mark.label)]
        if not times_s:
            continue
        counted = overlap(len(onsets_s), pair_references(onsets_s, times_s))
        found.append(Account(name, "imported", counted, pass_table(passes, onsets_s, times_s)))
    return found + [_rated(rater, decisions, events, passes) for rater, decisions in ratings.items() if decisions]


def claims_twitch(label: str) -> bool:
    """Return whether an imported time with this label may be a twitch: any label that means nothing else here."""
    return _plain(label) not in map(_plain, CLAIM_NOTHING)


def _plain(label: str) -> str:
    return label.strip().lower().replace(" ", "_").replace("-", "_")


def left_out_text(whose: str, labels: Sequence[str]) -> str:
    """Return the note on imported times that are not compared, given the labels of all; empty if all are compared."""
    others = [label for label in labels if not claims_twitch(label)]
    if not others:
        return ""
    called = ", ".join(sorted(set(others)))
    return f"{len(others)} of {len(labels)} times from {whose} claim no twitch and are not compared: {called}"


def left_out_texts(references: Mapping[str, Sequence[Mark]]) -> list[str]:
    """Return `left_out_text` of each import of which something is left out."""
    texts = [left_out_text(name, [one.label for one in imported]) for name, imported in references.items()]
    return [text for text in texts if text]


def marked_passes(marks: Sequence[Mark], duration_s: float) -> list[Pass]:
    """Return the needle passes of a session."""
    times_s = {label: [mark.time_s for mark in marks if mark.label == label] for label in (NEEDLE_IN, NEEDLE_OUT)}
    return passes_between(times_s[NEEDLE_IN], times_s[NEEDLE_OUT], duration_s)


def _marked(twitches: Sequence[Event], marks: Sequence[Mark], passes: Sequence[Pass]) -> list[Account]:
    found = []
    for label in COMPARED_MARKS:
        for was_shown in (False, True):
            times_s = [mark.time_s for mark in marks if (mark.label, mark.feedback_shown) == (label, was_shown)]
            onsets_s = [event.onset_s for event in twitches if event.feedback_shown is was_shown]
            if times_s:
                counted = overlap(len(onsets_s), pair_marks(onsets_s, times_s))
                verdicts = "shown" if was_shown else "hidden"
                same = _passes_when(passes, marks, was_shown)
                found.append(Account(WORDS[label], verdicts, counted, marked_pass_table(same, onsets_s, times_s)))
    return found


def _passes_when(passes: Sequence[Pass], marks: Sequence[Mark], was_shown: bool) -> list[Pass]:
    """Return the passes that began while verdicts were shown, or hidden; the account does not cover the others."""
    starts_s = {mark.time_s for mark in marks if mark.label == NEEDLE_IN and mark.feedback_shown is was_shown}
    return [one for one in passes if one.start_s in starts_s]


def _rated(rater: str, decisions: Sequence[Decision], events: Sequence[Event], passes: Sequence[Pass]) -> Account:
    """Compare a rater's decisions with the judged twitches; passes are compared only if all twitches were judged."""
    twitches = [event for event in events if event.label == "twitch"]
    judged = [event for event in twitches if _is_judged(event, decisions)]
    onsets_s, rated_s = [event.onset_s for event in judged], twitch_onsets_s(decisions)
    verdicts = "hidden" if all(decision.is_blind for decision in decisions) else "shown"
    counted = overlap(len(onsets_s), pair_onsets(onsets_s, rated_s))
    answered = [one for one in passes if _is_answered(one, events, decisions)]
    table = pass_table(answered if len(judged) == len(twitches) else (), onsets_s, rated_s)
    return Account(f"rater {rater}", verdicts, counted, table)


def _is_judged(event: Event, decisions: Sequence[Decision]) -> bool:
    return any(decision.is_about(event) for decision in decisions)


def _is_answered(needle_pass: Pass, events: Sequence[Event], decisions: Sequence[Decision]) -> bool:
    """Return whether a rater judged every event in a pass except heartbeats; unjudged does not mean "no twitch"."""
    held = [one for one in events if one.label != "heartbeat" and needle_pass.holds(one.onset_s)]
    return all(_is_judged(event, decisions) for event in held)
