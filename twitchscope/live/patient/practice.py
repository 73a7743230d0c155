"""Practice on a simulated patient: needled from the screen, and the truth afterwards."""

from collections.abc import Callable, Sequence

from acquisition.core import Board, KnowsTruth, NeedledByHand
from twitchscope.entries.marks import JAB
from twitchscope.findings.event import Event
from twitchscope.live.look.theme import Theme
from twitchscope.live.marks import Marks
from twitchscope.live.patient.reveal import Jab, reveal
from twitchscope.live.patient.section import Section
from twitchscope.live.patient.truth_view import TruthView
from twitchscope.words import for_later

TRUTH_KEY = "U"


class Practice:
    """A student's needle, and what really happened.

    Parameters
    ----------
    board : NeedledByHand
        The patient.
    name : str
        Of the board, which is the patient's too.
    marks : Marks
        Where a pass is kept.
    theme : Theme
        Colours to begin with.
    """

    def __init__(self, board: NeedledByHand, name: str, marks: Marks, theme: Theme) -> None:
        self.section = Section(board.fat_mm, board.locus_depth_mm, name, theme)
        self.truth_view = TruthView()
        self._board = board
        self._marks = marks
        self._jabs: list[Jab] = []

    def jab(self, time_s: float) -> None:
        """Pass the needle where the section aims; `time_s` is the signal's time of the press."""
        section = self.section
        # where the screen shows it, and not from the locus: the journal may be read before the truth is told
        text = for_later(
            "{depth:.1f} mm deep, {right:+.1f} mm to the right of the middle",
            depth=section.depth_mm,
            right=section.from_middle_mm,
        )
        if self._marks.mark(JAB, text, time_s):
            self._board.needle(section.depth_mm, section.across_mm)
            self._jabs.append(Jab(time_s, section.depth_mm, section.across_mm))

    def show_truth(self, events: Sequence[Event]) -> bool:
        """Show what really happened beside these verdicts; return whether the board tells it."""
        if not isinstance(self._board, KnowsTruth):
            return False
        revealed = reveal(self._board.true_events(), events, self._jabs)
        self.truth_view.show_truth(revealed)
        self.section.reveal(revealed.passes)
        return True


def practice_of(board: Board, marks: Marks, theme: Theme, jab: Callable[[], None]) -> Practice | None:
    """Return the practice on a patient who may be needled from the screen; None for everybody else.

    Parameters
    ----------
    board : Board
        Open.
    marks : Marks
        Where a pass is kept.
    theme : Theme
        Colours to begin with.
    jab : callable
        Called when the muscle was clicked.
    """
    if not isinstance(board, NeedledByHand):
        return None
    practice = Practice(board, board.info.name, marks, theme)
    practice.section.clicked.connect(jab)
    return practice
