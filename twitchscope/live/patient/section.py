"""Section of the simulated muscle, needled where it is clicked or aimed by the arrows; the truth follows later."""

import math
import zlib
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from twitchscope.live.look.lettered import LetteredWidget
from twitchscope.live.look.theme import Theme
from twitchscope.live.patient.reveal import TruePass
from twitchscope.words import tr

WIDTH_PX = 170
TOP_PX, FOOT_PX = 36.0, 60.0
NEEDLE_TOP_PX = 22.0
SHOWN_DEPTHS, SHOWN_STEP_MM = 1.4, 10.0
"""Displayed depth below the skin: at least this multiple of the depth of the locus, rounded up to whole steps so that
it does not reveal where the locus is."""

LOCUS_MM = 2.0
BAND_MM = 5.0
"""Half widths of the drawn locus and taut band, once revealed."""

FELT_MM = 8.0
FARTHEST_OFF_MM = 5
"""Half width of the area where the band is felt under the skin, and largest distance of the locus from its middle."""

SHOWN_ACROSS_MM = 12.0
"""Displayed distance to each side; depth and width have separate scales."""

STEP_MM = 1.0
DOT_PX = 5.0

AIM_KEYS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}
"""Steps down and to the right."""


class Section(LetteredWidget):
    """Widget with skin, fat and muscle, the felt band, and the needle; locus and passes once revealed.

    Parameters
    ----------
    fat_mm : float
        Thickness of skin and fat above the muscle.
    locus_depth_mm : float
        Depth of the sensitive locus below the skin.
    patient : str
        Identity of the patient, which determines the position of the locus.
    theme : Theme
        Colours.
    """

    clicked = Signal()
    """Emitted when the muscle was clicked below the skin; `depth_mm` and `across_mm` give the position."""

    def __init__(self, fat_mm: float, locus_depth_mm: float, patient: str, theme: Theme) -> None:
        super().__init__(theme)
        self._fat_mm = fat_mm
        self.locus_depth_mm = locus_depth_mm
        self._locus_x_mm = float(zlib.crc32(patient.encode()) % (2 * FARTHEST_OFF_MM + 1) - FARTHEST_OFF_MM)
        self.depth_mm = fat_mm + 1.0
        self._x_mm = 0.0
        self._passes: Sequence[TruePass] = ()
        self._is_revealed = False
        self.letters_changed()
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("section of the simulated muscle"))

    @property
    def from_middle_mm(self) -> float:
        """Aim of the needle to the right of the middle of the felt band, in mm."""
        return self._x_mm

    @property
    def across_mm(self) -> float:
        """Aim of the needle to the right of the locus, in mm."""
        return self._x_mm - self._locus_x_mm

    def letters_changed(self) -> None:
        """Adapt the width to the font."""
        self.setFixedWidth(round(self.px(WIDTH_PX)))
        self.update()

    def reveal(self, passes: Sequence[TruePass]) -> None:
        """Show the locus and the passes; those that evoked a twitch are filled."""
        self._is_revealed, self._passes = True, passes
        self.update()

    def hide_truth(self) -> None:
        """Show the needle alone again."""
        self._is_revealed = False
        self.update()

    def point_at(self, depth_mm: float, across_mm: float) -> QPointF:
        """Return the pixel position of a place given by depth and distance from the locus."""
        x_mm = across_mm + self._locus_x_mm
        return self._point(depth_mm, x_mm)

    def aim(self, steps_down: int, steps_right: int) -> None:
        """Move the aim by steps of one millimetre down and to the right."""
        self.depth_mm = min(max(self.depth_mm + steps_down * STEP_MM, 0.0), self._shown_mm)
        self._x_mm = min(max(self._x_mm + steps_right * STEP_MM, -SHOWN_ACROSS_MM), SHOWN_ACROSS_MM)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Let the widget use the arrow keys while it has the focus."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in AIM_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Aim by the arrows."""
        steps = AIM_KEYS.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
        else:
            self.aim(*steps)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Aim at the position of a left click below the skin and emit `clicked`."""
        depth_mm = (event.position().y() - self.px(TOP_PX)) / self._px_per_mm
        if event.button() is not Qt.MouseButton.LeftButton or not 0.0 <= depth_mm <= self._shown_mm:
            return
        self.depth_mm = depth_mm
        self._x_mm = (event.position().x() - self.width() / 2.0) / self._across_px_per_mm
        self.update()
        self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw the section, the needle and, once revealed, the truth."""
        theme, scale = self._theme, self._px_per_mm
        muscle_px = self.px(TOP_PX) + self._fat_mm * scale
        bottom_px = self.px(TOP_PX) + self._shown_mm * scale
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), QColor(theme.background))
            painter.fillRect(
                QRectF(0.0, self.px(TOP_PX), self.width(), muscle_px - self.px(TOP_PX)), QColor(theme.panel)
            )
            painter.fillRect(QRectF(0.0, muscle_px, self.width(), bottom_px - muscle_px), QColor(theme.band))
            painter.setPen(QPen(QColor(theme.line), 2.0))
            painter.drawLine(QPointF(0.0, self.px(TOP_PX)), QPointF(self.width(), self.px(TOP_PX)))
            self._paint_felt(painter)
            if self._is_revealed:
                self._paint_truth(painter)
            tip = self._point(self.depth_mm, self._x_mm)
            painter.setPen(QPen(QColor(theme.text), 2.0))
            painter.drawLine(QPointF(tip.x(), self.px(NEEDLE_TOP_PX)), tip)
            self._paint_words(painter)
            if self.hasFocus():
                painter.setPen(QPen(QColor(theme.marker), 3.0))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(self.rect()).adjusted(2, 2, -2, -2))

    def _paint_felt(self, painter: QPainter) -> None:
        """Draw on the skin where the band is felt."""
        half_px = FELT_MM * self._across_px_per_mm
        painter.setPen(QPen(QColor(self._theme.marker), 5.0))
        middle = self.width() / 2.0
        painter.drawLine(QPointF(middle - half_px, self.px(TOP_PX)), QPointF(middle + half_px, self.px(TOP_PX)))

    def _paint_truth(self, painter: QPainter) -> None:
        theme, down, across = self._theme, self._px_per_mm, self._across_px_per_mm
        locus = self.point_at(self.locus_depth_mm, 0.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.text), 1.0, Qt.PenStyle.DashLine))
        painter.drawEllipse(locus, BAND_MM * across, 0.6 * BAND_MM * down)
        painter.drawEllipse(locus, LOCUS_MM * across, LOCUS_MM * down)
        for one in self._passes:
            if one.jab is not None:
                painter.setPen(QPen(QColor(theme.text), 1.5))
                painter.setBrush(QColor(theme.twitch) if one.twitch is not None else Qt.BrushStyle.NoBrush)
                painter.drawEllipse(
                    self.point_at(one.jab.depth_mm, one.jab.across_mm), self.px(DOT_PX), self.px(DOT_PX)
                )

    def _paint_words(self, painter: QPainter) -> None:
        painter.setPen(QColor(self._theme.text))
        head = QRectF(8.0, 4.0, self.width() - 16.0, self.px(TOP_PX))
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft, tr("felt here"))
        if self.height() < self.px(TOP_PX + 2.0 * FOOT_PX):
            return  # they would cover the section
        foot = QRectF(0.0, self.height() - self.px(FOOT_PX), self.width(), self.px(FOOT_PX))
        words = (
            tr("ring: the locus; filled:\nanswered by a twitch")
            if self._is_revealed
            else tr("simulated patient\nJ or a click: needle\nTab, arrows: aim")
        )
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, words)

    def _point(self, depth_mm: float, x_mm: float) -> QPointF:
        """Return the pixel position of a place given by depth and distance from the middle."""
        return QPointF(self.width() / 2.0 + x_mm * self._across_px_per_mm, self.px(TOP_PX) + depth_mm * self._px_per_mm)

    @property
    def _across_px_per_mm(self) -> float:
        return 0.5 * self.width() / SHOWN_ACROSS_MM

    @property
    def _shown_mm(self) -> float:
        return SHOWN_STEP_MM * math.ceil(SHOWN_DEPTHS * self.locus_depth_mm / SHOWN_STEP_MM)

    @property
    def _px_per_mm(self) -> float:
        return max(1.0, self.height() - self.px(TOP_PX) - self.px(FOOT_PX)) / self._shown_mm
