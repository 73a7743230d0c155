"""Practice on a simulated patient: needled from the screen, with the truth shown afterwards."""

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
    """A student's needle, and the truth about its passes.

    Parameters
    ----------
    board : NeedledByHand
        The patient.
    name : str
        Name of the board, which identifies the patient too.
    marks : Marks
        Stores each pass.
    theme : Theme
        Initial colours.
    """

    def __init__(self, board: NeedledByHand, name: str, marks: Marks, theme: Theme) -> None:
        self.section = Section(board.fat_mm, board.locus_depth_mm, name, theme)
        self.truth_view = TruthView()
        self._board = board
        self._marks = marks
        self._jabs: list[Jab] = []

    def jab(self, time_s: float) -> None:
        """Pass the needle at the aim of the section; `time_s` is the signal time of the key press."""
        section = self.section
        # Relative to the screen and not to the locus, as the journal may be read before the truth is revealed.
        text = for_later(
            "{depth:.1f} mm deep, {right:+.1f} mm to the right of the middle",
            depth=section.depth_mm,
            right=section.from_middle_mm,
        )
        if self._marks.mark(JAB, text, time_s):
            self._board.needle(section.depth_mm, section.across_mm)
            self._jabs.append(Jab(time_s, section.depth_mm, section.across_mm))

    def show_truth(self, events: Sequence[Event]) -> bool:
        """Show the truth beside these verdicts; return whether the board provides it."""
        if not isinstance(self._board, KnowsTruth):
            return False
        revealed = reveal(self._board.true_events(), events, self._jabs)
        self.truth_view.show_truth(revealed)
        self.section.reveal(revealed.passes)
        return True


def practice_of(board: Board, marks: Marks, theme: Theme, jab: Callable[[], None]) -> Practice | None:
    """Return the practice on a patient who may be needled from the screen; None for other boards.

    Parameters
    ----------
    board : Board
        An open board.
    marks : Marks
        Stores each pass.
    theme : Theme
        Initial colours.
    jab : callable
        Called when the muscle was clicked.
    """
    if not isinstance(board, NeedledByHand):
        return None
    practice = Practice(board, board.info.name, marks, theme)
    practice.section.clicked.connect(jab)
    return practice
