"""Lines shown when a session opens."""

from twitchscope.notice import NOT_A_MEDICAL_DEVICE
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session
from twitchscope.storage.parts import last_session_if_cut_off
from twitchscope.words import for_later

MOST_MINUTES = 120.0
"""A longer time is given in hours."""


def opening_lines(session: Session) -> list[str]:
    """Return the first lines for a terminal."""
    info = session.board.info
    low_hz, high_hz = session.detection.detector.band_hz
    return [
        NOT_A_MEDICAL_DEVICE,
        f"{info.name}: {info.channel_count_text}, {info.sampling_rate_hz:g} samples a second, "
        f"detecting in {low_hz:.0f} to {high_hz:.0f} Hz; Ctrl-C ends the session",
        session.room.warning or f"room on the disk for {how_long(session.room.minutes_left)}",
        *(["each sync mark lets the board's sync output pulse"] if session.board.has_sync_output else []),
        *opening_notes(session),
    ]


def opening_notes(session: Session) -> list[str]:
    """Return the notes for any opening session: on the last session, the board and the detector."""
    return [*_cut_off_lines(session.plan), *session.notes.all(), *session.detection.remarks]


def _cut_off_lines(plan: SessionPlan) -> list[str]:
    """Return a line if the last session of the same person was cut off."""
    cut_off = last_session_if_cut_off(plan.out, plan.pseudonym) if plan.continues is None else None
    if cut_off is None:
        return []
    return [
        f"the last session was not closed, and what was written of it is whole: --continue {cut_off} goes on with it"
    ]


def how_long(minutes: float) -> str:
    """Return a recording time, in minutes or hours, in English; `tr` translates it for the screen."""
    if minutes < MOST_MINUTES:
        return for_later("{n:.0f} minutes", n=minutes)
    return for_later("{n:.0f} hours", n=minutes / 60.0)
