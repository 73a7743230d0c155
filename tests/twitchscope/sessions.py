"""Sessions on the disk, as written by the program."""

from pathlib import Path

from acquisition.core import ChannelSetup, Setup
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from tests.twitchscope.listening import listened
from twitchscope.entries.questions import questions
from twitchscope.entries.sites import AFTER, BEFORE, Answer
from twitchscope.entries.visit import Visit
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

HOSTILE_NAME = "<script>&'µ"
"""Name of the first channel; it must not reach a page unescaped."""


def record_session(out: Path, *, feedback_shown: bool = True) -> Path:
    """Record 20 s with two twitches, the first one seen and felt, in the first of two passes; return the folder."""
    setup = Setup({1: ChannelSetup(name=HOSTILE_NAME, muscle="upper trapezius", side="left", needled_band=True)})
    blocks = with_burst(with_burst(noise_blocks(20.0), at_s=15.0), at_s=18.0, peak_counts=2500.0, seed=6)
    with ScriptedBoard(blocks, setup=setup) as board:
        session = listened(
            Session(board, SessionPlan(out, "p07", feedback_shown=feedback_shown)),
            on_event=lambda event: _mark(session, event.onset_s),
        )
        folder = session.run().folder
    assert folder is not None
    return folder


def _mark(session: Session, onset_s: float) -> None:
    """Add a person's marks around the first twitch, when it is reported."""
    if onset_s < 16.0:
        session.mark("needle_in", 14.0)
        session.mark("seen", onset_s + 0.8)
        session.mark("felt_by_patient", onset_s + 1.0)
        session.mark("felt_by_patient", onset_s + 1.5)
        session.undo_mark("felt_by_patient", onset_s + 1.5, onset_s + 1.6)
        session.mark("needle_out", 16.5)
        session.mark("needle_in", 17.0)


def record_two_sites(out: Path) -> Path:
    """Record 20 s with a twitch in each of two sites, verdicts hidden until the first site is closed."""
    setup = Setup({1: ChannelSetup(name="Band A", muscle="upper trapezius", side="left", needled_band=True)})
    blocks = with_burst(with_burst(noise_blocks(20.0), at_s=15.0), at_s=18.0, peak_counts=2500.0, seed=6)
    visit = Visit(operator="op-1", visit="v2", study_arm="B", electrode_spacing_mm=20.0, needle_gauge="0.30")
    with ScriptedBoard(blocks, setup=setup) as board:
        session = listened(
            Session(board, SessionPlan(out, "p08", feedback_shown=False, visit=visit)),
            on_event=lambda event: _work_on_sites(session, event.onset_s),
        )
        folder = session.run().folder
    assert folder is not None
    return folder


def _work_on_sites(session: Session, onset_s: float) -> None:
    """Add a person's entries about both sites, when the twitch of each is reported."""
    sites = session.sites
    if onset_s > 16.0:
        session.mark("seen", onset_s + 0.5)
        sites.end(19.0)
        return
    sites.check("contraction", 4, 10, "seen: Band A 80 µV, 40.0 × rest", [{"name": "Band A", "contraction_uv": 80.0}])
    sites.begin(12.0, {"muscle": "upper trapezius", "side": "left", "point": "active", "position": "<b>3 cm"})
    for answer in (
        Answer("pain", BEFORE, 9.0, "9"),
        Answer("pain", BEFORE, 7.0, "7"),
        Answer("pressure_threshold", BEFORE, 2.5, "2.5 kg/cm²", "kg/cm²"),
        Answer("pain", AFTER, 3.0, "3"),
        Answer("pressure_threshold", AFTER, 4.0, "4 kg/cm²", "kg/cm²"),
        Answer("sensation", AFTER, 1.0, "shock"),
    ):
        sites.answer(15.5, answer)
    sites.end(16.5)
    session.feedback_shown = True
    sites.begin(17.0, {"muscle": "infraspinatus"})


def record_many_sites(out: Path, n_sites: int) -> Path:
    """Record 20 s in which `n_sites` sites are needled, each with every question answered; return the folder."""
    blocks = with_burst(with_burst(noise_blocks(20.0), at_s=15.0), at_s=18.0, peak_counts=2500.0, seed=6)
    with ScriptedBoard(blocks) as board:
        session = listened(
            Session(board, SessionPlan(out, "p09")), on_event=lambda event: _name_sites(session, n_sites)
        )
        folder = session.run().folder
    assert folder is not None
    return folder


def _name_sites(session: Session, n_sites: int) -> None:
    """Add all entries when the first twitch is reported."""
    for number in range(0 if session.sites.book.sites else n_sites):
        start_s = 12.0 + number
        session.sites.begin(start_s, {"muscle": "infraspinatus", "side": "right", "point": "latent"})
        for when, value in ((BEFORE, 8.0), (AFTER, 2.0)):
            for question in questions(when):
                text = f"{value:g} {question.unit}".strip()
                session.sites.answer(start_s, Answer(question.label, when, value, text, question.unit))
        session.mark("needle_in", start_s + 0.1)
        session.mark("needle_out", start_s + 0.9)
        session.sites.end(start_s + 0.95)
