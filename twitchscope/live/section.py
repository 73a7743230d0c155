"""A section of the simulated muscle: where it is clicked the needle goes."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from twitchscope.live.theme import Theme

WIDTH_PX = 150
TOP_PX, FOOT_PX = 22.0, 40.0
SHOWN_DEPTHS = 1.7
"""How much is shown below the skin, in depths of the locus."""

LOCUS_MM = 2.0
BAND_MM = 5.0
"""Half widths of what is drawn as locus and as taut band."""


class Section(QWidget):
    """Shows skin, fat, muscle, taut band and locus, and the needle where it was last.

    Parameters
    ----------
    fat_mm : float
        Skin and fat above the muscle.
    locus_depth_mm : float
        Depth of the sensitive locus below the skin.
    theme : Theme
        Colours.
    """

    clicked = Signal(float, float)
    """Sent with depth and distance across, in mm, where the muscle was clicked."""

    def __init__(self, fat_mm: float, locus_depth_mm: float, theme: Theme) -> None:
        super().__init__()
        self.depth_mm, self.across_mm = locus_depth_mm, 0.0
        self._fat_mm = fat_mm
        self._locus_depth_mm = locus_depth_mm
        self._theme = theme
        self.setFixedWidth(WIDTH_PX)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("section of the simulated muscle")

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self.update()

    def point_at(self, depth_mm: float, across_mm: float) -> QPointF:
        """Return where a place in the muscle is drawn."""
        return QPointF(self.width() / 2.0 + across_mm * self._px_per_mm, TOP_PX + depth_mm * self._px_per_mm)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Aim where the left button was pressed, if that is below the skin, and tell of it."""
        depth_mm = (event.position().y() - TOP_PX) / self._px_per_mm
        if event.button() is not Qt.MouseButton.LeftButton or not 0.0 <= depth_mm <= self._shown_mm:
            return
        self.depth_mm = depth_mm
        self.across_mm = (event.position().x() - self.width() / 2.0) / self._px_per_mm
        self.update()
        self.clicked.emit(self.depth_mm, self.across_mm)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw the section and the needle."""
        theme, scale = self._theme, self._px_per_mm
        muscle_px = TOP_PX + self._fat_mm * scale
        bottom_px = TOP_PX + self._shown_mm * scale
        locus, tip = self.point_at(self._locus_depth_mm, 0.0), self.point_at(self.depth_mm, self.across_mm)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), QColor(theme.background))
            painter.fillRect(QRectF(0.0, TOP_PX, self.width(), muscle_px - TOP_PX), QColor(theme.panel))
            painter.fillRect(QRectF(0.0, muscle_px, self.width(), bottom_px - muscle_px), QColor(theme.band))
            painter.setPen(QPen(QColor(theme.line), 2.0))
            painter.drawLine(QPointF(0.0, TOP_PX), QPointF(self.width(), TOP_PX))
            painter.setPen(QPen(QColor(theme.faint_text), 1.0, Qt.PenStyle.DashLine))
            painter.drawEllipse(locus, BAND_MM * scale, 0.6 * BAND_MM * scale)
            painter.drawEllipse(locus, LOCUS_MM * scale, LOCUS_MM * scale)
            painter.setPen(QPen(QColor(theme.text), 2.0))
            painter.drawLine(QPointF(tip.x(), 2.0), tip)
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(4.0, 0.0, self.width() - 8.0, TOP_PX), Qt.AlignmentFlag.AlignLeft, "skin")
            foot = QRectF(0.0, self.height() - FOOT_PX, self.width(), FOOT_PX)
            painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, "simulated patient\nJ or a click: needle")

    @property
    def _shown_mm(self) -> float:
        return SHOWN_DEPTHS * self._locus_depth_mm

    @property
    def _px_per_mm(self) -> float:
        return max(1.0, self.height() - TOP_PX - FOOT_PX) / self._shown_mm
