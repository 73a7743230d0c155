"""How far what people marked goes along with what was confirmed."""

from collections.abc import Sequence
from dataclasses import asdict

from dsp.site import Estimate
from twitchscope.agreement import (
    MARK_WITHIN_S,
    REFERENCE_WITHIN_S,
    Overlap,
    Pass,
    PassTable,
    overlap,
    pair_marks,
    pair_references,
    pass_table,
    passes_between,
)
from twitchscope.marks import MARK_KINDS, NEEDLE_IN, NEEDLE_OUT
from twitchscope.report.page import Part, Table, Text
from twitchscope.session_files import Mark, Record, SessionFiles
from twitchscope.site import with_interval

REFERENCES = ("seen", "felt_by_practitioner", "felt_by_patient")
"""Marks with which the automatic events are compared."""

WORDS = {kind.label: kind.words for kind in MARK_KINDS}

HEADER = (
    "mark", "verdicts were", "marks", "with a twitch", "twitches without", "positive agreement", "κ over marked passes",
)  # fmt: skip
WIDTHS = (20, 14, 8, 13, 16, 22, 24)

HOW = (
    f"A mark pairs with the nearest confirmed twitch in the {MARK_WITHIN_S:g} s before it, an imported time with one "
    f"within {REFERENCE_WITHIN_S:g} s. Positive agreement: twice the pairs over all marks and twitches; chance is not "
    "taken off it, which only marked needle passes allow (Cohen's κ). In brackets: 95 % intervals. Where verdicts were "
    "shown, marks are not independent of them."
)


def marked_passes(marks: Sequence[Mark], end_s: float) -> list[Pass]:
    """Return the needle passes of a session that lasted until `end_s`."""
    times_s = {label: [mark.time_s for mark in marks if mark.label == label] for label in (NEEDLE_IN, NEEDLE_OUT)}
    return passes_between(times_s[NEEDLE_IN], times_s[NEEDLE_OUT], end_s)


def agreement_parts(session: SessionFiles, twitches: Sequence[Record], passes: Sequence[Pass]) -> list[Part]:
    """Return the table of every kind of mark and import, or a sentence where nobody marked anything."""
    rows = []
    for label in REFERENCES:
        for was_shown in (False, True):
            times_s = [mark.time_s for mark in session.marks if (mark.label, mark.feedback_shown) == (label, was_shown)]
            onsets_s = [event["onset_s"] for event in twitches if event["feedback_shown"] is was_shown]
            if times_s:
                counted = overlap(len(onsets_s), pair_marks(onsets_s, times_s))
                first = (WORDS[label], "shown" if was_shown else "hidden")
                rows.append((*first, *_row(counted, pass_table(passes, onsets_s, times_s))))
    onsets_s = [event["onset_s"] for event in twitches]
    for name, times_s in session.references.items():
        counted = overlap(len(onsets_s), pair_references(onsets_s, times_s))
        rows.append((name, "imported", *_row(counted, pass_table(passes, onsets_s, times_s))))
    if not rows:
        return [Text("Nobody marked what was seen or felt: there is nothing to compare the confirmed twitches with.")]
    return [Table(HEADER, tuple(rows), WIDTHS), Text(HOW)]


def _row(counted: Overlap, table: PassTable) -> tuple[str, ...]:
    kappa = f"{estimate_text(table.kappa)} of {table.n}" if table.kappa else f"not known from {table.n}"
    return (
        str(counted.n_both + counted.n_only_second),
        str(counted.n_both),
        str(counted.n_only_first),
        estimate_text(counted.positive_agreement),
        kappa if table.n else "no pass marked",
    )


def estimate_text(estimate: Estimate | None) -> str:
    """Return an estimate with its interval for a person."""
    return "not known" if estimate is None else with_interval(asdict(estimate))
