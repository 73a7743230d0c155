"""Window with a theme, whose fonts and buttons scale with it."""

from PySide6.QtGui import QFontInfo, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from twitchscope.live.look.theme import LETTER_PX, Theme, other_theme, style_sheet

USUAL_PX = (1280, 720)
"""Window size in logical pixels at and below which fonts are smallest."""

LARGEST_SCALE = 2.0
"""Largest scale of fonts and buttons, however large the window is."""

STEPS = 4
"""Steps per unit of scale, so that resizing does not restyle the window at every pixel."""


class ThemedWindow(QMainWindow):
    """Window that applies a theme to itself and, by `_colour`, to hand-painted widgets.

    Parameters
    ----------
    theme : Theme
        Initial colours, applied by `_apply_theme` once all parts exist.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scale = 1.0

    def change_theme(self) -> None:
        """Toggle between the light and the dark theme."""
        self.set_theme(other_theme(self._theme))

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self._apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Scale fonts and buttons to the window."""
        super().resizeEvent(event)
        scale = fitting_scale(event.size().width(), event.size().height())
        if scale != self._scale:
            self._scale = scale
            self.setStyleSheet(style_sheet(self._theme, scale))

    def _apply_theme(self) -> None:
        self.setStyleSheet(style_sheet(self._theme, self._scale))
        self._colour(self._theme)

    def _colour(self, theme: Theme) -> None:
        """Change the colours of hand-painted widgets; called by `_apply_theme`."""


def fitting_scale(width_px: int, height_px: int) -> float:
    """Return the scale of fonts for a window of that size, at least 1, in steps of 1 / `STEPS`.

    A larger font set by the user for all programs applies in a small window, too.
    """
    desktop_scale = QFontInfo(QApplication.font()).pixelSize() / LETTER_PX
    fitting = min(
        max(width_px / USUAL_PX[0], desktop_scale), max(height_px / USUAL_PX[1], desktop_scale), LARGEST_SCALE
    )
    return max(1.0, int(fitting * STEPS) / STEPS)
