"""A widget that is painted by hand: what stands around its letters grows with them."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QWidget

from twitchscope.live.look.theme import LETTER_PX, Theme


class LetteredWidget(QWidget):
    """Knows its colours, and how large its letters are.

    Parameters
    ----------
    theme : Theme
        Colours to begin with.

    Attributes
    ----------
    letter_scale : float
        How many times as large as those of a small window; a theme sets the font and so this.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.letter_scale = 1.0

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self.update()

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
