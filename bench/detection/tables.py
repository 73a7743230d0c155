"""Markdown tables of the scoreboard."""

import math
import statistics
from collections import Counter
from collections.abc import Sequence

from bench.detection.contest import OURS, Kind, Outcome, Results, shown
from bench.detection.score import Score
from bench.detection.signals import Signal
from dsp import LABELS, TwitchEvent


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def percent(share: float, digits: int = 0) -> str:
    """Return a share in per cent."""
    return "–" if math.isnan(share) else f"{100.0 * share:.{digits}f} %"


def found(result: Score) -> str:
    """Return a sensitivity with its interval."""
    if not result.n_known:
        return "–"
    low, high = result.sensitivity_interval
    return f"{percent(result.sensitivity, 1)} ({100.0 * low:.0f}–{100.0 * high:.0f})"


def standing(result: Score) -> str:
    """Return a sensitivity with the number of twitches."""
    return f"{percent(result.sensitivity, 1)} of {result.n_known}" if result.n_known else "–"


def false_alarms(result: Score) -> str:
    """Return the false alarms per minute with their interval."""
    low, high = result.others_interval_per_min
    return f"{result.others_per_min:.2f} ({low:.2f}–{high:.2f})"


OUR_HEAD = (
    "signal", "n", "minutes", "twitches ≥ 5×", "found (95 %)", "of those ≥ 5× all else", "of weaker twitches",
    "false alarms per minute (95 %)", "F1",
    "≥ 10×: median error of onset, duration, peak, RMS", "onsets within their uncertainty",
)  # fmt: skip


def _median_size(errors: Sequence[float]) -> float:
    return statistics.median(abs(error) for error in errors)


def clear_cells(outcome: Outcome) -> list[str]:
    """Return the median errors of clear twitches, as far as the truth is known."""
    onset_s, sizes = outcome.clear.median_onset_error_s, outcome.sizes
    if math.isnan(onset_s):
        return ["–", "–"]
    if not sizes.peak_errors:
        return [f"{1e3 * onset_s:.1f} ms", "–"]
    duration_ms = 1e3 * _median_size(sizes.duration_errors_s)
    measures = f"{percent(_median_size(sizes.peak_errors))}, {percent(_median_size(sizes.rms_errors))}"
    within = percent(sum(sizes.onsets_within) / len(sizes.onsets_within))
    return [f"{1e3 * onset_s:.1f} ms, {duration_ms:.0f} ms, {measures}", within]


def our_row(name: str, n_signals: int, outcome: Outcome) -> list[str]:
    """Return the row of one kind of signal with our defaults."""
    strong, f1 = outcome.strong, outcome.strong.f1
    return [
        name, str(n_signals), f"{strong.duration_s / 60.0:.0f}", str(strong.n_known), found(strong),
        standing(outcome.standing), percent(outcome.weak.sensitivity), false_alarms(strong),
        "–" if math.isnan(f1) else f"{f1:.2f}", *clear_cells(outcome),
    ]  # fmt: skip


def our_table(results: Results, kinds: Sequence[Kind]) -> str:
    """Return the table of our own results."""
    rows = []
    for kind in kinds:
        outcome = shown(results, kind, OURS)
        assert outcome is not None
        rows.append(our_row(kind.name, kind.n_signals, outcome))
    return table(OUR_HEAD, rows)


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return "–"
    strong = outcome.strong
    if not strong.n_known:
        return f"{strong.others_per_min:.2f}"
    return f"{100.0 * strong.sensitivity:.0f} % · {strong.others_per_min:.2f} · {strong.f1:.2f}"


def peer_table(results: Results, kinds: Sequence[Kind], methods: Sequence[str]) -> str:
    """Return the table of all methods: sensitivity · false alarms per minute · F1, or false alarms per minute alone."""
    rows = [[method, *(_cell(shown(results, kind, method)) for kind in kinds)] for method in methods]
    return table(["method", *(kind.name for kind in kinds)], rows)


def recording_row(one: Signal, outcome: Outcome, events: Sequence[TwitchEvent], note: str) -> list[str]:
    """Return the row of a whole recording."""
    labels = Counter(event.label for event in events)
    return [
        one.name, f"{one.rate_hz:g}", f"{one.duration_s:.0f}", found(outcome.strong), false_alarms(outcome.strong),
        *(str(labels[label]) for label in LABELS), note,
    ]  # fmt: skip


RECORDING_HEAD = (
    "recording", "SPS", "s", "known twitches found (95 %)", "other `twitch` verdicts per minute (95 %)",
    *LABELS, "note",
)  # fmt: skip
