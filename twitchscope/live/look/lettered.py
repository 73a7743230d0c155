"""Hand-painted widget whose dimensions scale with its font."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QWidget

from twitchscope.live.look.theme import LETTER_PX, Theme


class LetteredWidget(QWidget):
    """Widget with a theme and a scale that follows its font size.

    Parameters
    ----------
    theme : Theme
        Initial colours.

    Attributes
    ----------
    letter_scale : float
        Font size relative to that of a small window; a theme sets the font and thereby the scale.
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
        """Return a length in pixels scaled to the font, given its value for a small window."""
        return usual_px * self.letter_scale

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Update the scale when the font changes."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.letter_scale = QFontInfo(self.font()).pixelSize() / LETTER_PX
            self.letters_changed()

    def letters_changed(self) -> None:
        """Rebuild what depends on the font size; called after a change."""
        self.update()
