"""Contents of ``session.json``."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from twitchscope import __version__
from twitchscope.notice import NOT_A_MEDICAL_DEVICE

if TYPE_CHECKING:  # spares readers of a document the slow import of the detector
    from twitchscope.session.documented import DocumentedSession
    from twitchscope.session.result import SessionResult

SESSION_FORMAT = 1
"""Version of ``session.json``. A larger one is refused, except by `check`, which reports what it can."""


def session_document(
    session: "DocumentedSession", started_at: datetime, result: "SessionResult | None"
) -> dict[str, Any]:
    """Return the document: without a result at the start, with it at the end."""
    info = session.board.info
    low_hz, high_hz = session.detection.detector.band_hz
    return {
        "format": SESSION_FORMAT,
        "notice": NOT_A_MEDICAL_DEVICE,
        "software": f"twitchscope {__version__}",
        "started_at": started_at.isoformat(timespec="milliseconds"),
        "visit": session.plan.visit.to_json(),
        "board": {
            "name": info.name,
            "sampling_rate_hz": info.sampling_rate_hz,
            "bandwidth_hz": info.bandwidth_hz,
            "amplitude_unit": info.amplitude_unit,
            "counter_bits": info.counter_bits,
            "notes": session.notes.all(),
        },
        "channels": [asdict(channel) for channel in info.channels],
        "aux": [asdict(channel) for channel in info.aux],
        "inputs": [asdict(mark) for mark in session.plan.inputs],
        "detector": {
            "band_hz": [low_hz, high_hz],
            "false_alarms_per_min": session.plan.false_alarms_per_min,
            "remarks": session.detection.remarks,
        },
        "checks": list(session.sites.book.checks),
        "sites": [] if result is None else _site_records(session, result),
        "result": None if result is None else _result_record(result),
    }


def _site_records(session: "DocumentedSession", result: "SessionResult") -> list[dict[str, Any]]:
    """Return each site with its entries and its measures."""
    return [
        {
            **site.to_json(),
            "start_s": start_s,
            "stop_s": stop_s,
            "channels": session.detection.usable_records(start_s, stop_s),
            "measures": session.detection.measured_site(start_s, stop_s).to_json(),
        }
        for site, start_s, stop_s in session.sites.book.spans(result.duration_s)
    ]


def _result_record(result: "SessionResult") -> dict[str, Any]:
    return {
        "duration_s": result.duration_s,
        "n_samples": result.n_samples,
        "n_lost": result.n_lost,
        "why_uncounted": result.why_uncounted,
        "n_not_watched": result.n_not_watched,
        "measured_rate_hz": result.measured_rate_hz,
        "wrong_rate": result.wrong_rate,
        "n_events": result.n_events,
        "site": result.site.to_json(),
        "channels": [channel.to_json() for channel in result.channels],
    }
