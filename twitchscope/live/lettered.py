"""A widget that is painted by hand: what stands around its letters grows with them."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QWidget

LETTER_PX = 13
"""Size of the letters of a small window, in its logical pixels: all other sizes are those that go with it."""


class LetteredWidget(QWidget):
    """Knows how large its letters are.

    Attributes
    ----------
    letter_scale : float
        How many times as large as those of a small window; a theme sets the font and so this.
    """

    def __init__(self) -> None:
        super().__init__()
        self.letter_scale = 1.0

    def px(self, usual_px: float) -> float:
        """Return a length in pixels beside letters of this size, given the one beside those of a small window."""
        return usual_px * self.letter_scale

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Measure the letters when they change."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.letter_scale = QFontInfo(self.font()).pixelSize() / LETTER_PX
            self.letters_changed()

    def letters_changed(self) -> None:
        """Make anew what depends on the size of the letters; called when that has changed."""
        self.update()
