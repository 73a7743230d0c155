"""A window with a theme, whose letters and buttons grow with it."""

from PySide6.QtGui import QFontInfo, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from twitchscope.live.look.theme import LETTER_PX, Theme, other_theme, style_sheet

USUAL_PX = (1280, 720)
"""Size at which letters are as small as they get, in the screen's logical pixels."""

LARGEST_SCALE = 2.0
STEPS = 4
"""Of one scale: a window that is pulled larger is not styled anew at every pixel."""


class ThemedWindow(QMainWindow):
    """Applies a theme to itself and, by `_colour`, to what paints itself.

    Parameters
    ----------
    theme : Theme
        Colours to begin with; applied by `_apply_theme` once all parts are there.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scale = 1.0

    def change_theme(self) -> None:
        """Change between the light and the dark theme."""
        self.set_theme(other_theme(self._theme))

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self._apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Let letters and buttons fit the window."""
        super().resizeEvent(event)
        scale = fitting_scale(event.size().width(), event.size().height())
        if scale != self._scale:
            self._scale = scale
            self.setStyleSheet(style_sheet(self._theme, scale))

    def _apply_theme(self) -> None:
        self.setStyleSheet(style_sheet(self._theme, self._scale))
        self._colour(self._theme)

    def _colour(self, theme: Theme) -> None:
        """Change the colours of what paints itself; called by `_apply_theme`."""


def fitting_scale(width_px: int, height_px: int) -> float:
    """Return by how much letters of a window of that size are larger than those of the usual one, in whole steps.

    Who has set larger letters for all programs has them in a small window, too.
    """
    asked = QFontInfo(QApplication.font()).pixelSize() / LETTER_PX
    fitting = min(max(width_px / USUAL_PX[0], asked), max(height_px / USUAL_PX[1], asked), LARGEST_SCALE)
    return max(1.0, int(fitting * STEPS) / STEPS)
