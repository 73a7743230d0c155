"""A session on the disk, as the program writes it."""

from pathlib import Path

from acquisition.core import ChannelSetup, Setup
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from twitchscope.session import Session, SessionPlan

HOSTILE_NAME = "<script>&'µ"
"""Name of the first channel: nothing of it may reach a page as it is."""


def record_session(out: Path, *, feedback_shown: bool = True) -> Path:
    """Record 20 s with two twitches, the first one seen and felt, in the first of two passes; return the folder."""
    setup = Setup({1: ChannelSetup(name=HOSTILE_NAME, muscle="upper trapezius", side="left", needled_band=True)})
    blocks = with_burst(with_burst(noise_blocks(20.0), at_s=15.0), at_s=18.0, peak_counts=2500.0, seed=6)
    with ScriptedBoard(blocks, setup=setup) as board:
        session = Session(
            board,
            SessionPlan(out, "p07", feedback_shown=feedback_shown),
            lambda record: _mark(session, record["onset_s"]),
        )
        folder = session.run().folder
    assert folder is not None
    return folder


def _mark(session: Session, onset_s: float) -> None:
    """Mark what somebody did around the first twitch, when it is told."""
    if onset_s < 16.0:
        session.mark("needle_in", 14.0)
        session.mark("seen", onset_s + 0.8)
        session.mark("felt_by_patient", onset_s + 1.0)
        session.mark("felt_by_patient", onset_s + 1.5)
        session.undo_mark("felt_by_patient", onset_s + 1.5, onset_s + 1.6)
        session.mark("needle_out", 16.5)
        session.mark("needle_in", 17.0)
