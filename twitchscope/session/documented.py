"""Part of a session that its document and its end use."""

from typing import Protocol

from acquisition.core import Board
from twitchscope.entries.sites import SiteLog
from twitchscope.findings.detection import Detection
from twitchscope.session.notes import SessionNotes
from twitchscope.session.plan import SessionPlan


class DocumentedSession(Protocol):
    """Part of a `Session` that ``session.json`` describes.

    Attributes
    ----------
    board : Board
        Its board, open.
    plan : SessionPlan
        Its settings.
    notes : SessionNotes
        Notes so far.
    detection : Detection
        What was found so far.
    sites : SiteLog
        Entries about the sites so far.
    """

    board: Board
    plan: SessionPlan
    notes: SessionNotes
    detection: Detection
    sites: SiteLog
