"""Content of the report of a session."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from acquisition.core import AmplitudeUnit, Role
from acquisition.recording import Recording
from dsp.bands import choose_band_hz
from dsp.sites.intervals import share_interval
from dsp.sites.measures import Estimate
from twitchscope.entries.visit import FIELDS, NUMBERS
from twitchscope.findings.decibels import rounded_db
from twitchscope.findings.detection import none_seen
from twitchscope.findings.event import Event
from twitchscope.findings.measured_site import SiteRecord
from twitchscope.findings.site_text import estimate_text, site_facts
from twitchscope.notice import NOT_A_MEDICAL_DEVICE
from twitchscope.report.drawing import Drawn, draw
from twitchscope.report.many_sites import MOST_IN_FULL, many_sites
from twitchscope.report.page import Facts, Heading, Page, Part, Picture, Table, Text
from twitchscope.report.signal import channel_signal
from twitchscope.report.sites import ANSWER_HEADER, ANSWER_WIDTHS, ReportSite, report_sites
from twitchscope.saved.accounts import HEADER, HOW, accounts, left_out_texts, marked_passes
from twitchscope.saved.agreement import Pass, pass_table
from twitchscope.saved.contradictions import contradictions, journal_doubt
from twitchscope.saved.rating import ratings_beside, read_decisions
from twitchscope.saved.recording import read_recording_of
from twitchscope.saved.session_files import SessionFiles, read_session
from twitchscope.saved.site_lines import channels_at, last_checks
from twitchscope.storage.fields import Fields
from twitchscope.terminal.printing import FLOOR
from twitchscope.words import sentence

MOST_TWITCHES = 12
MOST_CHANNELS = 16
"""Largest number of rows of a table. Further rows are counted and left to ``events.jsonl`` and ``session.json``."""

MOST_REMARKS = 6

OVER_FLOOR = (
    "(floor): over the local floor, since the resting baseline of that channel was not learnt yet; so is the grade."
)

CHECK_WORDS = {
    "contact": "electrodes",
    "contraction": "contraction before",
    "resting_baseline": "resting baseline learnt",
}
"""Check made before needling (see `SiteLog.check`) → words."""

AFTER = "after"
"""Stands in place of a site number for what came after the last site."""

ACCOUNT_WIDTHS = (20, 14, 8, 13, 16, 22, 24)

MEANING = (
    "“Twitch” is a brief, focal, involuntary burst consistent with a local twitch response; a tap reflex, a hit on a "
    "motor axon or a short voluntary jerk can look the same. It proves neither placement nor benefit, and surface "
    "electrodes miss deep twitches. A grade describes the signal at these electrodes and in this band: it does not "
    "compare across sites, patients or bandwidths. More twitches are not better."
)


@dataclass(frozen=True, slots=True)
class _ReportData:
    """Data from which the page is made."""

    session: SessionFiles
    recording: Recording
    twitches: list[Event]
    passes: list[Pass]
    sites: list[ReportSite]
    band_hz: tuple[float, float]
    contradictions: list[str]

    @property
    def result(self) -> Fields:
        """Result of the session; empty if it was not closed."""
        return self.session.document.table("result")

    @property
    def unit(self) -> AmplitudeUnit:
        """Unit of amplitudes."""
        return self.recording.info.amplitude_unit


def report_page(folder: Path, part: int = 1) -> Page:
    """Return the report of a session, or of a further part of it.

    Raises
    ------
    RecordingError
        If it is not a session, or its files are damaged; the message is one sentence.
    """
    session = read_session(folder, part)
    recording = read_recording_of(session)
    twitches = [event for event in session.events if event.label == "twitch"]
    passes = marked_passes(session.marks, recording.duration_s)
    sites = report_sites(session, recording.info.channels, recording.duration_s)
    band_hz, contradicted = _band_hz(session, recording), contradictions(session, recording)
    data = _ReportData(session, recording, twitches, passes, sites, band_hz, contradicted)
    parts: list[Part] = [
        Text(NOT_A_MEDICAL_DEVICE, is_strong=True),
        Facts(tuple(_session_facts(data))),
        *(Text(f"The session contradicts itself: {text}", is_strong=True) for text in data.contradictions),
        *(Text(f"Note: {remark}") for remark in _remarks(data)),
        *_sites_parts(data),
        _picture(data),
        *_twitch_parts(data),
        Heading("Agreement with what was seen and felt"),
        *_agreement_parts(data),
        Heading("Signal"),
        *_signal_parts(data),
        Text(MEANING),
    ]
    named = folder.resolve().name + (f", part {part}" if part > 1 else "")
    return Page(f"TwitchScope: session {named}", tuple(parts))


def _session_facts(data: _ReportData) -> list[tuple[str, str]]:
    document, info = data.session.document, data.recording.info
    board, detector = document.table("board"), document.table("detector")
    measured = data.result.number("measured_rate_hz")
    rate = f"{info.sampling_rate_hz:g} samples a second" + (f" (measured {measured:.2f})" if measured else "")
    low_hz, high_hz = data.band_hz
    budget = detector.number("false_alarms_per_min")
    detecting = f"{low_hz:.0f} to {high_hz:.0f} Hz"
    if budget is not None:
        detecting += f", at most {budget:g} false alarms a minute from noise at rest"
    masked = {event.feedback_shown for event in data.session.events}
    masked |= {mark.feedback_shown for mark in data.session.marks}
    shown = {frozenset(): "no event", frozenset({True}): "shown as they came", frozenset({False}): "hidden (masked)"}
    return [
        ("started", _started(document.text("started_at", "not known"))),
        ("length", f"{data.recording.duration_s:.1f} s"),
        ("board", board.text("name", info.name)),
        ("sampling", f"{rate}; converter's band to {info.bandwidth_hz:.0f} Hz"),
        ("lost", _lost_text(data)),
        ("detector", detecting),
        ("verdicts", shown.get(frozenset(masked), "partly shown, partly hidden (masked)")),
        ("software", document.text("software", "not known")),
        *_visit_facts(document),
        *((CHECK_WORDS.get(label, label), text) for label, text in last_checks(data.session.book)),
    ]


def _visit_facts(document: Fields) -> list[tuple[str, str]]:
    visit = document.table("visit")
    return [
        (key.replace("_mm", "").replace("_", " "), f"{visit.number(key):g} mm" if key in NUMBERS else visit.text(key))
        for key in FIELDS
        if key in visit
    ]


def _started(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"
    except ValueError:
        return text


def _lost_text(data: _ReportData) -> str:
    n_samples, n_lost = data.result.number("n_samples"), data.result.number("n_lost")
    if n_samples is None or n_lost is None:
        return "not counted: the session was not closed"
    share = 100.0 * n_lost / n_samples if n_samples > 0 else 0.0
    return f"{n_lost:.0f} of {n_samples:.0f} samples ({share:.2f} %)"


def _remarks(data: _ReportData) -> list[str]:
    document = data.session.document
    found = [
        *data.session.warnings,
        *data.recording.header.warnings,
        *document.table("board").texts("notes"),
        *document.table("detector").texts("remarks"),
    ]
    remarks = list(dict.fromkeys(found))  # board and recording both note an unknown scale
    more = len(remarks) - MOST_REMARKS
    return [*remarks[:MOST_REMARKS], f"{more} more remarks in session.json"] if more > 0 else remarks


def _sites_parts(data: _ReportData) -> list[Part]:
    """Return the parts of all sites: in full up to `MOST_IN_FULL` sites, in tables beyond."""
    if len(data.session.book.sites) > MOST_IN_FULL:
        return many_sites(
            data.sites, lambda site: _outcome(data, site), lambda site: _passes_text(data, site), data.unit
        )
    return [part for site in data.sites for part in _site_parts(data, site)]


def _site_parts(data: _ReportData, site: ReportSite) -> list[Part]:
    """Return the results at a site, and the answers before and after it."""
    answers = [Table(ANSWER_HEADER, site.answers, ANSWER_WIDTHS)] if site.answers else []
    return [
        Heading(site.title),
        Text(_outcome(data, site), is_strong=True),
        Facts(tuple(_site_facts(data, site))),
        *answers,
    ]


def _outcome(data: _ReportData, site: ReportSite) -> str:
    events = [event for event in data.session.events if site.span.holds(event.onset_s)]
    n = sum(event.label == "twitch" for event in events)
    outcome = f"{n} twitch{'' if n == 1 else 'es'} confirmed" if n else _none_seen(data, site)
    if doubt := journal_doubt(data.session):
        outcome = f"{outcome}, as far as is known ({doubt})" if n else f"not known whether a twitch was seen ({doubt})"
    others = Counter(event.label for event in events if event.label != "twitch")
    listed = ", ".join(f"{count} {label}" for label, count in sorted(others.items()))
    return sentence(f"{outcome}; not counted: {listed}" if listed else outcome)


def _none_seen(data: _ReportData, site: ReportSite) -> str:
    """Return the words for a site without a twitch; channels of an unclosed session count as usable."""
    shares = [fields.number("usable_fraction") for fields in channels_at(data.session.document, site.number)]
    channels = data.recording.info.channels
    shares += [None] * (len(channels) - len(shares))
    return none_seen(
        (channel.role, 1.0 if share is None else share) for channel, share in zip(channels, shares, strict=False)
    )


def _site_facts(data: _ReportData, site: ReportSite) -> list[tuple[str, str]]:
    measured = site_facts(site.record, data.unit) if site.record is not None else []
    return [("marked needle passes with a twitch", _passes_text(data, site)), *measured]


def _passes_text(data: _ReportData, site: ReportSite) -> str:
    passes = [one for one in data.passes if site.span.holds(one.start_s)]
    if not passes:
        return "no pass marked"
    onsets_s = [event.onset_s for event in data.twitches if site.span.holds(event.onset_s)]
    table = pass_table(passes, onsets_s, [])
    answered = table.n_only_first
    share = Estimate(answered / table.n, *share_interval(answered, table.n), table.n)
    return f"{answered} of {table.n}: {estimate_text(share)}"


def _picture(data: _ReportData) -> Picture:
    names = [channel.name for channel in data.recording.info.channels]
    whole = SiteRecord.from_json(data.result.table("site"))
    wanted = whole.channel if whole is not None else data.twitches[0].channel if data.twitches else ""
    channel = names.index(wanted) if wanted in names else 0
    signal = channel_signal(data.recording, channel, data.band_hz, [event.onset_s for event in data.twitches])
    passes = [(one.start_s, one.stop_s) for one in data.passes]
    begins = [(f"site {one.number}" if one.number else AFTER, one.span.start_s) for one in data.sites[1:]]
    marks = data.session.marks
    return draw(Drawn(names[channel], data.band_hz, signal, data.twitches, marks, passes, begins, data.unit))


def _band_hz(session: SessionFiles, recording: Recording) -> tuple[float, float]:
    """Return the detection band of the session in Hz, or the current default if the session has none."""
    info = recording.info
    band_hz = session.document.table("detector").band("band_hz", 0.0, 0.5 * info.sampling_rate_hz)
    return band_hz or choose_band_hz(info.sampling_rate_hz, info.bandwidth_hz)


def _twitch_parts(data: _ReportData) -> list[Part]:
    if not data.twitches:
        return []
    has_sites = len(data.sites) > 1
    rows = [
        (*_site_cell(data, event, has_sites), *_twitch_row(data, number, event))
        for number, event in enumerate(data.twitches[:MOST_TWITCHES], start=1)
    ]
    header = ("site",) * has_sites + ("no.", "at", "channel", "length", "peak", "over baseline", "grade", "why")
    more = len(data.twitches) - len(rows)
    note = [Text(f"{more} more twitches are in events.jsonl.")] if more > 0 else []
    note += [Text(OVER_FLOOR)] if any(row[-3].endswith(FLOOR) for row in rows) else []
    return [Table(header, tuple(rows), (6,) * has_sites + (5, 11, 19, 9, 10, 16, 11, 42)), *note]


def _site_cell(data: _ReportData, event: Event, has_sites: bool) -> tuple[str, ...]:
    number = next((site.number for site in data.sites if site.span.holds(event.onset_s)), 0)
    return (str(number) if number else AFTER,) if has_sites else ()


def _is_over_floor(data: _ReportData, event: Event) -> bool:
    """Return whether decibels are over the local floor; in older sessions, whether no baseline was learnt."""
    if event.over_floor is not None:
        return event.over_floor
    return event.channel in [
        fields.text("name")
        for fields in data.result.tables("channels")
        if fields.number("baseline_rms_uv") is None and fields.text("role") != Role.NEEDLE
    ]


def _twitch_row(data: _ReportData, number: int, event: Event) -> tuple[str, ...]:
    others = len(event.channels) - 1
    snr_db = None if event.snr_db is None else rounded_db(event.snr_db, event.grade, 0)
    return (
        str(number),
        f"{event.onset_s:.3f} s",
        event.channel + (f" +{others}" if others > 0 else ""),
        f"{1000.0 * (event.offset_s - event.onset_s):.0f} ms",
        _with_unit(event.peak_uv, data.unit),
        _with_unit(snr_db, "dB" + FLOOR * _is_over_floor(data, event)),
        event.grade,
        ", ".join(event.reasons),
    )


def _with_unit(value: float | None, unit: str) -> str:
    return "not known" if value is None else f"{value:.0f} {unit}"


def _agreement_parts(data: _ReportData) -> list[Part]:
    session = data.session
    ratings = {rater: read_decisions(path) for rater, path in ratings_beside(session.rated_path).items()}
    found = accounts(session.events, session.marks, session.references, ratings, data.recording.duration_s)
    left_out = [Text(sentence(text)) for text in left_out_texts(session.references)]
    if not found:
        nothing = "Nobody marked what was seen or felt: there is nothing to compare the confirmed twitches with."
        return [Text(nothing), *left_out]
    return [Table(HEADER, tuple(account.row() for account in found), ACCOUNT_WIDTHS), *left_out, Text(HOW)]


def _signal_parts(data: _ReportData) -> list[Part]:
    channels, results = data.recording.info.channels, data.result.tables("channels")
    if len(results) != len(channels):  # matched by position, as two channels may have had the same name
        results = [Fields("session.json", {})] * len(channels)
    rows = []
    for channel, fields in zip(channels[:MOST_CHANNELS], results, strict=False):
        baseline_uv, usable = fields.number("baseline_rms_uv"), fields.number("usable_fraction")
        rows.append(
            (
                channel.name,
                channel.role.value,
                " ".join(part for part in (channel.muscle, channel.side) if part),
                "not known" if channel.gain is None else f"{channel.gain:g}",
                "not known" if baseline_uv is None else f"{baseline_uv:.2f} {data.unit}",
                "not known" if usable is None else f"{100.0 * usable:.1f} %",
            )
        )
    header = ("channel", "role", "muscle and side", "gain", "resting RMS", "usable")
    more = len(channels) - len(rows)
    note = [Text(f"{more} more channels are in session.json.")] if more > 0 else []
    return [Table(header, tuple(rows), (16, 10, 30, 9, 20, 10)), *note]
