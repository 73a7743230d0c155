"""Raster of the last twitches of the site, one below the other and aligned on onset."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy

from acquisition.core import BoardInfo
from twitchscope.live.look.lettered import LetteredWidget
from twitchscope.live.look.theme import Theme
from twitchscope.live.twitches.closeups import Closeup
from twitchscope.words import tr, tr_n

FROM_MS, TO_MS = -20.0, 120.0
"""Displayed time around the onset; a twitch lasts tens of milliseconds."""

ROW_PX = 36.0
HEAD_PX, FOOT_PX = 22.0, 20.0
LABEL_PX = 92.0
TICKS_MS = (0, 50, 100)


class Raster(LetteredWidget):
    """Widget that shows closeups on one scale, the newest on top.

    Parameters
    ----------
    info : BoardInfo
        Description of the board.
    theme : Theme
        Colours.
    """

    opened = Signal(int)
    """Emitted with the row of a clicked closeup, 0 for the newest."""

    def __init__(self, info: BoardInfo, theme: Theme) -> None:
        super().__init__(theme)
        self._names = [channel.name for channel in info.channels]
        self._unit = tr(info.amplitude_unit)
        self._closeups: list[Closeup] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("the last twitches, aligned on their onsets"))

    def show_closeups(self, closeups: Sequence[Closeup]) -> None:
        """Show these closeups, given oldest first."""
        self._closeups = list(reversed(closeups))
        n_twitches = closeups[-1].number if closeups else 0  # not all are kept
        self.setAccessibleDescription(tr_n("{n} twitch of this site", "{n} twitches of this site", n_twitches))
        self.update()

    @property
    def n_rows(self) -> int:
        """Number of rows that fit."""
        return max(1, int((self.height() - self.px(HEAD_PX) - self.px(FOOT_PX)) // self.px(ROW_PX)))

    def row_rect(self, row: int) -> QRectF:
        """Return the rectangle of a row, 0 for the newest closeup."""
        return QRectF(0.0, self.px(HEAD_PX) + row * self.px(ROW_PX), self.width(), self.px(ROW_PX))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Open the clicked closeup."""
        row = math.floor((event.position().y() - self.px(HEAD_PX)) / self.px(ROW_PX))
        if event.button() is Qt.MouseButton.LeftButton and 0 <= row < min(self.n_rows, len(self._closeups)):
            self.opened.emit(row)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw heading, rows and time axis."""
        shown = self._closeups[: self.n_rows]
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(self._theme.background))
            painter.setPen(QColor(self._theme.text))
            heading = tr("twitches of this site") if shown else tr("twitches of this site: none yet")
            painter.drawText(
                QRectF(4.0, 0.0, self.width() - 4.0, self.px(HEAD_PX)), Qt.AlignmentFlag.AlignVCenter, heading
            )
            self._paint_axis(painter, len(shown))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            full_scale_uv = greatest_uv([_strongest(one, self._names) for one in shown])
            for row, closeup in enumerate(shown):
                self._paint_row(painter, self.row_rect(row), closeup, full_scale_uv)

    def _x_at(self, time_ms: float) -> float:
        return self.px(LABEL_PX) + (time_ms - FROM_MS) / (TO_MS - FROM_MS) * (self.width() - self.px(LABEL_PX) - 4.0)

    def _paint_axis(self, painter: QPainter, n_shown: int) -> None:
        bottom = self.px(HEAD_PX) + n_shown * self.px(ROW_PX)
        for tick_ms in TICKS_MS if n_shown else ():
            x = self._x_at(tick_ms)
            painter.setPen(QPen(QColor(self._theme.marker if tick_ms == 0 else self._theme.grid), 1.0))
            painter.drawLine(QPointF(x, self.px(HEAD_PX)), QPointF(x, bottom))
            painter.setPen(QColor(self._theme.faint_text))
            unit = " ms" if tick_ms == TICKS_MS[-1] else ""  # only the last has room for it
            text = tr("onset") if tick_ms == 0 else f"{tick_ms}{unit}"
            width = painter.fontMetrics().horizontalAdvance(text) + 2.0
            left = min(x - 0.5 * width, self.width() - width)
            painter.drawText(QRectF(left, bottom, width, self.px(FOOT_PX)), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_row(self, painter: QPainter, box: QRectF, closeup: Closeup, full_scale_uv: float) -> None:
        event = closeup.event
        painter.setPen(QColor(self._theme.text))
        text = f"{closeup.number} · {event.grade}\n{event.peak_uv:.0f} {self._unit}"
        painter.drawText(
            QRectF(4.0, box.top(), self.px(LABEL_PX) - 6.0, self.px(ROW_PX)), Qt.AlignmentFlag.AlignVCenter, text
        )
        left, right = self._x_at(0.0), self._x_at(1e3 * (event.offset_s - event.onset_s))
        shade = QColor(self._theme.twitch)
        shade.setAlpha(90)
        painter.fillRect(
            QRectF(left, box.top() + 2.0, min(right, self.width() - 4.0) - left, self.px(ROW_PX) - 4.0), shade
        )
        shown = (closeup.time_ms >= FROM_MS) & (closeup.time_ms <= TO_MS)
        painter.setPen(QPen(QColor(self._theme.trace), 1.2))
        draw_trace(
            painter,
            self._x_at(0.0) + (self._x_at(1.0) - self._x_at(0.0)) * closeup.time_ms[shown],
            box.center().y() - 0.46 * self.px(ROW_PX) / full_scale_uv * _strongest(closeup, self._names)[shown],
        )
        painter.setPen(QColor(self._theme.grid))
        painter.drawLine(box.bottomLeft(), box.bottomRight())


def draw_trace(painter: QPainter, x: NDArray[np.floating], y: NDArray[np.floating]) -> None:
    """Draw a line through all points, interrupted where `y` is NaN."""
    whole = np.flatnonzero(np.isfinite(y))
    for part in np.split(whole, np.flatnonzero(np.diff(whole) > 1) + 1):
        painter.drawPolyline(QPolygonF([QPointF(float(x[k]), float(y[k])) for k in part]))


def greatest_uv(traces_uv: Sequence[NDArray[np.floating]]) -> float:
    """Return the largest absolute value in µV, at least 1."""
    return max([1.0, *(float(np.nanmax(np.abs(one))) for one in traces_uv if np.isfinite(one).any())])


def _strongest(closeup: Closeup, names: Sequence[str]) -> NDArray[np.float32]:
    """Return the trace of the channel on which the twitch was strongest."""
    trace: NDArray[np.float32] = closeup.trace_uv[:, list(names).index(closeup.event.channel)]
    return trace
