"""Start of the review window on a session or a recording."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from acquisition.core import Setup
from acquisition.recording import LOST_TEXT
from twitchscope.live.app import Run, Showing, desktop_theme, gui_application
from twitchscope.live.stop_signals import finished_by_signals
from twitchscope.review.background import Background
from twitchscope.review.signal import load_signal
from twitchscope.review.window import Material, ReviewWindow
from twitchscope.saved.rating import Rating, rating_path
from twitchscope.saved.recording import SessionRecording, open_with_session, read_recording_of
from twitchscope.saved.session_files import Mark, SessionFiles, read_session
from twitchscope.storage.files import is_folder


@dataclass(frozen=True, slots=True)
class Review:
    """Request for a review.

    Attributes
    ----------
    path : Path
        Session folder or recording.
    part : int
        Part of a session that was continued.
    rater : str
        Pseudonym or role of the rater.
    blind_seed : int or None
        Seed of the random order in which events are shown without verdicts; None to show everything.
    sampling_rate_hz : float or None
        Sampling rate of a file that does not contain it.
    setup : Setup
        The user's description of the channels of a recording; a session contains its own.
    unit : str or None
        Unit of the columns of a plain text file that does not contain it.
    """

    path: Path
    part: int
    rater: str
    blind_seed: int | None
    sampling_rate_hz: float | None
    setup: Setup
    unit: str | None = None


def run_review(review: Review, showing: Showing) -> int:
    """Show the window until it is closed and return the exit status.

    Raises
    ------
    AcquisitionError
        If there is nothing to review, or the screenshot cannot be written.
    """
    session = read_session(review.path, review.part) if is_folder(review.path) else None
    opened = (
        open_with_session(review.path, review.setup, review.sampling_rate_hz, review.unit)
        if session is None
        else SessionRecording(read_recording_of(session))
    )
    recording = opened.recording
    path = review.path if session is None else session.rated_path
    rating = Rating(
        rating_path(path, review.rater), review.rater, review.blind_seed, lambda: datetime.now().astimezone()
    )
    signal = load_signal(recording)
    application = gui_application()
    work = Background(recording, signal, opened.detection() if session is None else None)
    window = ReviewWindow(material_of(path, opened, session), signal, rating, work, showing.theme or desktop_theme())
    run = Run(application, window, showing)
    with finished_by_signals(window.finish):
        run.until_closed()
    if run.failure is not None:
        raise run.failure
    return 0


def material_of(path: Path, opened: SessionRecording, session: SessionFiles | None) -> Material:
    """Return what the files contain, before any computation."""
    warnings = opened.warnings
    if session is None:
        notes = [note for note in opened.recording.header.annotations if note.text != LOST_TEXT]
        marks = [Mark(note.text, note.onset_s, "", "recording", feedback_shown=True) for note in notes]
        return Material(path, None, marks, {}, {}, warnings)
    channels = session.document.table("result").tables("channels")
    baselines = {fields.text("name"): fields.number("baseline_rms_uv") for fields in channels}
    known = {name: rms_uv for name, rms_uv in baselines.items() if rms_uv is not None}
    marks = session.marks + _site_flags(session)
    return Material(path, session.events, marks, session.references, known, session.warnings + warnings)


def _site_flags(session: SessionFiles) -> list[Mark]:
    """Return flags at the start and end of each site."""
    times = [(f"site {site.title} begins", site.begin_s) for site in session.book.sites]
    times += [(f"site {site.number} ends", site.end_s) for site in session.book.sites if site.end_s is not None]
    return [Mark(label, time_s, "", "operator", feedback_shown=True) for label, time_s in times]
