"""Content of a report on each site."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from acquisition.core import Channel
from twitchscope.entries.marks import NEEDLE_IN
from twitchscope.entries.questions import questions
from twitchscope.entries.sites import AFTER, BEFORE, Answer, Site
from twitchscope.findings.measured_site import SiteRecord
from twitchscope.findings.site import SiteSpan, channels_at_site
from twitchscope.saved.session_files import SessionFiles
from twitchscope.saved.site_lines import measures_of

ANSWER_HEADER = ("question", "before", "after", "change")
ANSWER_WIDTHS = (36, 24, 24, 16)

AFTER_LAST = "After the last site"


@dataclass(frozen=True, slots=True)
class ReportSite:
    """Site in a report.

    Attributes
    ----------
    number : int
        Number from 1. It is 0 for the whole session if no site was named, and for what came after the last site.
    title : str
        Text of the heading.
    span : SiteSpan
        Time span of the site.
    record : SiteRecord or None
        Measures of the site.
    answers : tuple of tuple of str
        Rows under `ANSWER_HEADER`.
    """

    number: int
    title: str
    span: SiteSpan
    record: SiteRecord | None
    answers: tuple[tuple[str, ...], ...]


def report_sites(session: SessionFiles, channels: Sequence[Channel], duration_s: float) -> list[ReportSite]:
    """Return the sites of a session in order, at least one, and what came after the last one, if anything.

    Raises
    ------
    RecordingError
        If ``session.json`` contains entries that this program does not write.
    """
    spans = session.book.spans(duration_s)
    if not spans:
        whole = SiteRecord.from_json(session.document.table("result").table("site"))
        return [ReportSite(0, f"Site: {_place(channels) or 'muscle not stated'}", SiteSpan(), whole, ())]
    found = []
    for site, start_s, stop_s in spans:
        measures = measures_of(session.document, site.number)
        found.append(
            ReportSite(
                site.number,
                _title(site, channels),
                SiteSpan(start_s, math.inf if site.end_s is None else stop_s),
                None if measures is None else SiteRecord.from_json(measures),
                _answer_rows(site),
            )
        )
    after = ReportSite(0, AFTER_LAST, SiteSpan(found[-1].span.stop_s), None, ())
    return [*found, after] if _holds_any(after, session) else found


def _holds_any(after: ReportSite, session: SessionFiles) -> bool:
    """Return whether an event other than a heartbeat, or a needle pass, came after the last site."""
    times_s = [event.onset_s for event in session.events if event.label != "heartbeat"]
    times_s += [mark.time_s for mark in session.marks if mark.label == NEEDLE_IN]
    return any(map(after.span.holds, times_s))


def _title(site: Site, channels: Sequence[Channel]) -> str:
    details = site.details
    place = (
        " ".join(details[key] for key in ("muscle", "side") if key in details)
        or _place(channels)
        or "muscle not stated"
    )
    needle = " × ".join(details[key] for key in ("needle_gauge", "needle_length_mm") if key in details)
    rest = [
        f"{details['point']} point" if "point" in details else "",
        details.get("position", ""),
        f"needle {needle} mm" * bool(needle),
    ]
    return f"Site {site.number}: {', '.join([place, *(one for one in rest if one)])}"


def _place(channels: Sequence[Channel]) -> str:
    at_site = channels_at_site(channels)
    places = dict.fromkeys(" ".join(part for part in (ch.muscle, ch.side) if part) for ch in at_site)
    return ", ".join(place for place in places if place)


def _answer_rows(site: Site) -> tuple[tuple[str, ...], ...]:
    """Return the answers before and after, in the order of the questions."""
    words = {question.label: question.words for when in (BEFORE, AFTER) for question in questions(when)}
    labels = dict.fromkeys([*words, *(label for label, _ in site.answers)])
    rows = []
    for label in labels:
        before, after = (site.answers.get((label, when)) for when in (BEFORE, AFTER))
        if before is not None or after is not None:
            rows.append(
                (words.get(label, label.replace("_", " ")), *map(_text, (before, after)), _change(before, after))
            )
    return tuple(rows)


def _text(answer: Answer | None) -> str:
    return "–" if answer is None else answer.text


def _change(before: Answer | None, after: Answer | None) -> str:
    """Return the change of a measured number; ordinal answers have no difference."""
    if before is None or after is None or before.value is None or after.value is None:
        return ""
    is_number = bool(after.unit) or after.label == "pain"
    return f"{after.value - before.value:+g} {after.unit}".strip() if is_number else ""
