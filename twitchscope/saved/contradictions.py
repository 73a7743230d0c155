"""Consistency of the files of a session: its document, its recording and its journal."""

from collections import Counter
from collections.abc import Mapping

from acquisition.recording import Recording
from dsp import LABELS
from twitchscope.entries.visit import FIELDS, NUMBERS
from twitchscope.findings.measured_site import SiteRecord
from twitchscope.saved.recording import rate_doubt
from twitchscope.saved.session_files import SessionFiles
from twitchscope.storage.fields import Fields

LATEST_MARK_S = 600.0
"""Longest time in seconds of a mark after the last sample: while a board is silent, marks still get times as if it sent
samples. An assumption."""


def contradictions(session: SessionFiles, recording: Recording) -> list[str]:
    """Return the contradictions between the files of a session, a sentence each.

    A session that was not closed has no result, and its recording ends before its journal: nothing is compared.

    Raises
    ------
    RecordingError
        If ``session.json`` contains what this program does not write.
    """
    if not is_closed(session):
        return []
    _require_readable(session.document)
    wrong_rate = rate_doubt(session.document)
    return [
        *([wrong_rate] if wrong_rate else []),
        *_length_texts(session, recording),
        *_count_texts(session, recording),
        *_place_texts(session, recording),
    ]


def is_closed(session: SessionFiles) -> bool:
    """Return whether the document contains the result of the session."""
    return session.document.table("result").number("n_samples") is not None


def journal_doubt(session: SessionFiles) -> str:
    """Return why the journal does not give the events found, empty if it does."""
    return _counts_doubt(session) if session.is_journal_whole else f"{session.names.journal} is not whole"


def _counts_doubt(session: SessionFiles) -> str:
    claimed, found = _claimed_counts(session), _found_counts(session)
    if claimed is None or claimed == found:
        return ""
    return (
        f"{session.names.document} states {_counts_text(claimed)}, {session.names.journal} holds {_counts_text(found)}"
    )


def _require_readable(document: Fields) -> None:
    """Raise RecordingError if a value of the document that a report uses has the wrong type."""
    result = document.table("result")
    SiteRecord.from_json(result.table("site"))
    for site in document.tables("sites"):
        site.number("number")
        SiteRecord.from_json(site.table("measures"))
        for channel in site.tables("channels"):
            channel.number("usable_fraction")
    for channel in result.tables("channels"):
        channel.text("name")
        channel.number("baseline_rms_uv")
        channel.number("usable_fraction")
    result.number("n_lost")
    result.number("measured_rate_hz")
    document.text("started_at")
    document.text("software")
    document.table("board").texts("notes")
    document.table("detector").texts("remarks")
    document.table("detector").number("false_alarms_per_min")
    visit = document.table("visit")
    for key in FIELDS:
        (visit.number if key in NUMBERS else visit.text)(key)


def _length_texts(session: SessionFiles, recording: Recording) -> list[str]:
    result = session.document.table("result")
    n_samples, n_found = result.number("n_samples"), recording.header.n_samples
    duration_s = result.number("duration_s")
    is_as_long = duration_s is None or abs(duration_s - recording.duration_s) * recording.info.sampling_rate_hz < 1.0
    if n_samples == n_found and is_as_long:
        return []
    claimed = f"{n_samples:.0f} samples" + ("" if duration_s is None else f" in {duration_s:.3f} s")
    return [
        f"{session.names.document} states {claimed}, {session.names.recording} holds {n_found} in "
        f"{recording.duration_s:.3f} s: was another recording put in its place?"
    ]


def _count_texts(session: SessionFiles, recording: Recording) -> list[str]:
    """Return where the numbers of events per label, or of markers, differ between the files."""
    found = _found_counts(session)
    claimed = _claimed_counts(session) or found
    # Verdicts have a duration; the words of a marker's annotation have none.
    spans = Counter(note.text.split(" ")[0] for note in recording.header.annotations if note.duration_s > 0.0)
    noted = Counter({label: spans[label] for label in (found | claimed).keys() | LABELS if spans[label]})
    n_noted = sum(note.text.startswith("marker ") for note in recording.header.annotations)
    texts = [] if claimed == found else [f"{_counts_doubt(session)}: were lines added to it, or lost?"]
    if noted not in (found, claimed):
        texts.append(
            f"{session.names.recording} is annotated with {_counts_text(noted)}, {session.names.journal} holds "
            f"{_counts_text(found)}"
        )
    if n_noted != session.n_markers:
        texts.append(
            f"{session.names.recording} is annotated with {n_noted} marker, {session.names.journal} holds "
            f"{session.n_markers}"
        )
    return texts


def _place_texts(session: SessionFiles, recording: Recording) -> list[str]:
    """Return what is outside of the recording: onsets, and names of channels that it lacks."""
    duration_s, journal = recording.duration_s, session.names.journal
    outside_s = [event.onset_s for event in session.events if not 0.0 <= event.onset_s <= duration_s]
    outside_s += [mark.time_s for mark in session.marks if not 0.0 <= mark.time_s <= duration_s + LATEST_MARK_S]
    names = {channel.name for channel in recording.info.channels}
    named = {name for event in session.events for name in (event.channel, *event.channels) if name}
    texts = []
    if outside_s:
        texts.append(
            f"onsets in {journal} lie outside of {session.names.recording}, which has {duration_s:.1f} s: "
            f"{len(outside_s)} in all, the first at {outside_s[0]:.3f} s"
        )
    if unknown := sorted(named - names):
        texts.append(
            f"{journal} names channels that the session has not: {', '.join(unknown[:5])}"
            + (" and more" if len(unknown) > 5 else "")
        )
    return texts


def _claimed_counts(session: SessionFiles) -> "Counter[str] | None":
    """Return the number of verdicts per label in the document, None if it has none."""
    result = session.document.table("result")
    if not is_closed(session) or "n_events" not in result:
        return None
    return Counter({label: round(count) for label, count in result.numbers("n_events").items() if round(count)})


def _found_counts(session: SessionFiles) -> "Counter[str]":
    return Counter(event.label for event in session.events)


def _counts_text(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {label}" for label, count in sorted(counts.items())) or "no event"
