"""Traces of the live window for a recording, with a cursor and the rater's own events, which the mouse can move."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen

from twitchscope.live.lanes.traces import Traces
from twitchscope.live.look.theme import Theme
from twitchscope.review.items import Item
from twitchscope.review.signal import SignalView
from twitchscope.words import tr

BRACKET_PX = 9.0
DRAG_PX = 4.0
"""Smaller movements of a press count as a click."""


class ReviewTraces(Traces):
    """Widget that draws the displayed part of a recording.

    Parameters
    ----------
    view : SignalView
        The displayed part.
    theme : Theme
        Colours.
    """

    clicked = Signal(float, int)
    """Emitted with the time in s and the channel number of a click."""

    added = Signal(float, int)
    """Emitted with the time in s and the channel number of a double click."""

    dragged = Signal(float)
    """Emitted with the seconds by which the selected event was dragged."""

    def __init__(self, view: SignalView, theme: Theme) -> None:
        super().__init__(view, theme)
        self._view = view
        self._own: tuple[Item, ...] = ()
        self._selected: Item | None = None
        self._cursor: tuple[float, int] = (0.0, 0)
        self._pressed_x: float | None = None
        self._pulled_s = 0.0
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("channels of the recording"))

    def show_own(self, own: Sequence[Item], selected: Item | None, cursor: tuple[float, int]) -> None:
        """Show the rater's own events, the selection, and the cursor (time in s and channel)."""
        self._own, self._selected, self._cursor = tuple(own), selected, cursor
        self.update()

    def time_at(self, x: float) -> float:
        """Return the time in s at the pixel `x` of the widget."""
        origin = self.x_at(0.0)
        return (x - origin) / (self.x_at(1.0) - origin)

    def channel_at(self, y: float) -> int:
        """Return the number of the channel whose lane contains the pixel `y`."""
        n_channels = self._view.info.n_channels
        return min(n_channels - 1, max(0, int(y * n_channels / max(1, self.height() - self.axis_px))))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Start a click or a drag."""
        if event.button() is Qt.MouseButton.LeftButton and event.position().x() >= self.gutter_px:
            self._pressed_x = event.position().x()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Drag the selected event if it was grabbed."""
        if self._pressed_x is None or not self._holds(self._pressed_x):
            return
        way_px = event.position().x() - self._pressed_x
        if abs(way_px) >= DRAG_PX or self._pulled_s:
            self._pulled_s = self.time_at(self._pressed_x + way_px) - self.time_at(self._pressed_x)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """End a click or a drag."""
        if self._pressed_x is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        pressed_x, pulled_s = self._pressed_x, self._pulled_s
        self._pressed_x, self._pulled_s = None, 0.0
        if pulled_s:
            self.dragged.emit(pulled_s)
        else:
            self.clicked.emit(self.time_at(pressed_x), self.channel_at(event.position().y()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Request a new event of the rater's own."""
        if event.button() is Qt.MouseButton.LeftButton and event.position().x() >= self.gutter_px:
            self.added.emit(self.time_at(event.position().x()), self.channel_at(event.position().y()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw the traces with the rater's events on top."""
        super().paintEvent(event)
        with QPainter(self) as painter:
            painter.setClipRect(QRectF(self.gutter_px, 0, self.width() - self.gutter_px, self.height()))
            for item in self._own:
                self._paint_bracket(painter, item)
            if self._selected is not None:
                self._paint_selection(painter, self._selected)
            self._paint_cursor(painter)

    def _holds(self, x: float) -> bool:
        """Return whether a press at `x` grabs the selected event."""
        if self._selected is None:
            return False
        left, right = self.x_at(self._selected.onset_s), self.x_at(self._selected.offset_s)
        return left - DRAG_PX <= x <= max(right, left + BRACKET_PX) + DRAG_PX

    def _paint_bracket(self, painter: QPainter, item: Item) -> None:
        """Draw a bracket in the lane of an event with a decision, and its label beside it."""
        if item.decision is None:
            return
        pull_s = self._pulled_s if item == self._selected else 0.0
        left, right = self.x_at(item.onset_s + pull_s), self.x_at(item.offset_s + pull_s)
        right = max(right, left + BRACKET_PX)
        top, height = self.lane(self._number_of(item.channel))
        y = top + height - 4.0
        painter.setPen(QPen(QColor(self._theme.marker), 2.0))
        painter.drawPolyline(
            [QPointF(left, y - BRACKET_PX), QPointF(left, y), QPointF(right, y), QPointF(right, y - BRACKET_PX)]
        )
        painter.drawText(QPointF(right + 4.0, y), item.decision.label)

    def _paint_selection(self, painter: QPainter, item: Item) -> None:
        left, right = self.x_at(item.onset_s + self._pulled_s), self.x_at(item.offset_s + self._pulled_s)
        painter.setPen(QPen(QColor(self._theme.text), 1.5, Qt.PenStyle.DashLine))
        painter.drawRect(QRectF(left, 1.0, max(right - left, BRACKET_PX), self.height() - self.axis_px - 3.0))

    def _paint_cursor(self, painter: QPainter) -> None:
        x, (top, height) = self.x_at(self._cursor[0]), self.lane(self._cursor[1])
        painter.setPen(QPen(QColor(self._theme.faint_text), 1.0))
        painter.drawLine(QPointF(x, 0.0), QPointF(x, self.height() - self.axis_px))
        painter.setPen(QPen(QColor(self._theme.text), 3.0))
        painter.drawLine(QPointF(x, top + 0.2 * height), QPointF(x, top + 0.8 * height))

    def _number_of(self, channel: str) -> int:
        names = [one.name for one in self._view.info.channels]
        return names.index(channel) if channel in names else 0
