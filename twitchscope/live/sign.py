"""Large sign of colour, shape and word, readable from the other side of the couch."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy

from twitchscope.live.look.lettered import LetteredWidget
from twitchscope.live.look.theme import Theme
from twitchscope.live.status import Condition, Glance
from twitchscope.words import tr

LEAST_PX = 90
"""Minimum height, at which its lines are still readable across a couch."""

NUMBER_WIDTH = 0.95
"""Width of a number and its words as a fraction of the sign's height."""

FILLED = (Condition.TWITCH,)
"""Conditions that fill the whole sign: only a confirmed twitch, so that a candidate never looks like one."""


class Sign(LetteredWidget):
    """Hand-painted view of a `Glance` that scales with the window."""

    painted = Signal()
    """Emitted when the current content has been painted."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._glance = Glance(Condition.LEARNING, Condition.LEARNING.value, "", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("status"))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Return the minimum size for layouts."""
        return QSize(0, LEAST_PX)

    @property
    def shown(self) -> Glance:
        """Current content."""
        return self._glance

    def show_glance(self, glance: Glance) -> None:
        """Change the content; unchanged content is not redrawn."""
        if glance != self._glance:
            self._glance = glance
            numbers = "".join(f"; {number} {words}" for number, words in glance.numbers)
            self.setAccessibleDescription(f"{glance.headline}: {glance.detail}; {glance.counts}{numbers}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw shape, headline and two lines."""
        glance, theme = self._glance, self._theme
        colour = QColor(theme.signs[glance.condition])
        filled = glance.condition in FILLED
        width, height = float(self.width()), float(self.height())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), colour if filled else QColor(theme.panel))
            if not filled:
                painter.fillRect(QRectF(0, 0, 0.012 * width, height), colour)
            ink = QColor("#101418") if filled else colour
            side = 0.78 * height
            box = QRectF(0.03 * width, 0.11 * height, side, side)
            _draw_shape(painter, glance.condition, box, ink)
            left = box.right() + 0.03 * width
            room = width - left - 0.02 * width - len(glance.numbers) * NUMBER_WIDTH * height
            text = QColor("#101418") if filled else QColor(theme.text)
            _draw_line(painter, glance.headline, QRectF(left, 0.02 * height, room, 0.54 * height), ink, True)
            _draw_line(painter, glance.detail, QRectF(left, 0.54 * height, room, 0.24 * height), text, True)
            _draw_line(painter, glance.counts, QRectF(left, 0.77 * height, room, 0.19 * height), text, False)
            for place, (number, words) in enumerate(reversed(glance.numbers), 1):
                x = width - 0.02 * width - place * NUMBER_WIDTH * height
                _draw_number(painter, number, words, QRectF(x, 0.0, NUMBER_WIDTH * height, height), text)
        self.painted.emit()


def _draw_number(painter: QPainter, number: int, words: str, box: QRectF, colour: QColor) -> None:
    """Draw a number as large as the headline, with words below it."""
    inner = box.adjusted(0.1 * box.height(), 0.0, -0.06 * box.height(), 0.0)
    painter.setPen(QPen(colour, max(1.0, 0.012 * box.height())))
    painter.drawLine(QPointF(box.left(), 0.14 * box.height()), QPointF(box.left(), 0.86 * box.height()))
    _draw_line(painter, str(number), QRectF(inner.left(), 0.02 * box.height(), inner.width(), 0.62 * box.height()),
               colour, True)  # fmt: skip
    _draw_line(painter, words, QRectF(inner.left(), 0.68 * box.height(), inner.width(), 0.24 * box.height()),
               colour, True)  # fmt: skip


def _draw_line(painter: QPainter, text: str, box: QRectF, colour: QColor, bold: bool) -> None:
    """Draw one line as large as its box allows."""
    font = QFont(painter.font())
    font.setBold(bold)
    font.setPixelSize(max(8, int(0.82 * box.height())))
    needed = QFontMetricsF(font).horizontalAdvance(text)
    if needed > box.width():
        font.setPixelSize(max(8, int(font.pixelSize() * box.width() / needed)))
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)


def _draw_shape(painter: QPainter, condition: Condition, box: QRectF, colour: QColor) -> None:
    pen = QPen(colour, 0.09 * box.width())
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    inner = box.adjusted(*(sign * 0.08 * box.width() for sign in (1, 1, -1, -1)))
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if condition in (Condition.LEARNING, Condition.CANDIDATE):
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([1.2, 1.2])
        painter.setPen(pen)
    if condition in (Condition.LEARNING, Condition.RESTING):
        painter.drawEllipse(inner)
    elif condition is Condition.NOT_A_TWITCH:
        painter.drawEllipse(inner)
        painter.drawLine(QPointF(inner.left() + 0.25 * inner.width(), inner.center().y()),
                         QPointF(inner.right() - 0.25 * inner.width(), inner.center().y()))  # fmt: skip
    elif condition is Condition.CANDIDATE:
        painter.drawPolygon(_polygon(inner, [(0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)]))
    elif condition is Condition.STOPPED:
        painter.setBrush(colour)
        painter.drawRect(inner)
    else:
        painter.setBrush(colour)
        painter.drawPolygon(_polygon(inner, _SOLID_SHAPES[condition]))
        if condition is Condition.ELECTRODES:
            painter.setPen(QColor("#ffffff") if colour.lightness() < 128 else QColor("#101418"))
            font = QFont(painter.font())
            font.setBold(True)
            font.setPixelSize(max(8, int(0.55 * inner.height())))
            painter.setFont(font)
            lower = inner.adjusted(0.0, 0.25 * inner.height(), 0.0, 0.0)
            painter.drawText(lower, int(Qt.AlignmentFlag.AlignCenter), "!")


def _polygon(box: QRectF, points: list[tuple[float, float]]) -> QPolygonF:
    """Return a polygon of points in the unit square, scaled to `box`."""
    return QPolygonF([QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in points])


def _star(n_points: int) -> list[tuple[float, float]]:
    """Return the corners of a star in the unit square."""
    corners = []
    for corner in range(2 * n_points):
        radius = 0.52 if corner % 2 == 0 else 0.27
        angle = math.pi * (corner / n_points - 0.5)
        corners.append((0.5 + radius * math.cos(angle), 0.5 + radius * math.sin(angle)))
    return corners


_SOLID_SHAPES = {
    Condition.NEEDLE_IN: [(0.34, 0.0), (0.66, 0.0), (0.66, 0.3), (0.5, 1.0), (0.34, 0.3)],
    Condition.TWITCH: _star(8),
    Condition.ELECTRODES: [(0.5, 0.02), (1.0, 0.95), (0.0, 0.95)],
}
