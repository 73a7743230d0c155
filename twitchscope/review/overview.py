"""Strip of the whole recording: its largest deviations, its events, and the displayed part."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from twitchscope.live.lanes.overlay import GUTTER_PX
from twitchscope.live.look.lettered import LetteredWidget
from twitchscope.live.look.theme import Theme
from twitchscope.review.signal import Overview
from twitchscope.words import tr

HEIGHT_PX = 64
TICK_PX = 12.0
LEAST_VIEW_PX = 3.0
FULL_HEIGHT_QUANTILE = 0.998
"""Fraction of the columns that fit the height of the strip; rare artifacts are clipped."""


class OverviewStrip(LetteredWidget):
    """Widget with an overview of the recording; a press displays the part around that time.

    Parameters
    ----------
    duration_s : float
        Duration of the recording.
    theme : Theme
        Colours.
    """

    pressed = Signal(float)
    """Emitted with the time in s where the mouse is pressed or dragged."""

    def __init__(self, duration_s: float, theme: Theme) -> None:
        super().__init__(theme)
        self._duration_s = max(duration_s, 1e-9)
        self._column_s = 0.0
        self._peak_uv: NDArray[np.float64] = np.empty(0)
        self._is_lost: NDArray[np.bool_] = np.empty(0, np.bool_)
        self._twitches_s: Sequence[float] = ()
        self._others_s: Sequence[float] = ()
        self._part_s = (0.0, 0.0)
        self.letters_changed()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("the whole recording"))

    def letters_changed(self) -> None:
        """Adapt the height to the font."""
        self.setFixedHeight(round(self.px(HEIGHT_PX)))
        self.update()

    def add(self, parts: Sequence[Overview]) -> None:
        """Append columns."""
        if parts:
            self._column_s = parts[0].column_s
            self._peak_uv = np.concatenate([self._peak_uv, *(part.peak_uv for part in parts)])
            self._is_lost = np.concatenate([self._is_lost, *(part.is_lost for part in parts)])
            self.update()

    def show_events(self, twitches_s: Sequence[float], others_s: Sequence[float]) -> None:
        """Show the times of events; those of the first list are emphasised."""
        self._twitches_s, self._others_s = twitches_s, others_s
        self.update()

    def show_part(self, start_s: float, stop_s: float) -> None:
        """Show which part is displayed."""
        self._part_s = (start_s, stop_s)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Go to the pressed time."""
        self._look(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Follow the mouse while the button is down."""
        self._look(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw the columns, ticks and displayed part."""
        theme, height = self._theme, float(self.height())
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(theme.panel))
            self._paint_columns(painter, height)
            for times_s, colour, length_px in (
                (self._others_s, theme.other, 0.5 * self.px(TICK_PX)),
                (self._twitches_s, theme.twitch, self.px(TICK_PX)),
            ):
                painter.setPen(QPen(QColor(colour), 2.0))
                painter.drawLines([QLineF(self._x(at_s), 0.0, self._x(at_s), length_px) for at_s in times_s])
            left, right = (self._x(at_s) for at_s in self._part_s)
            painter.setPen(QPen(QColor(theme.text), 1.5))
            painter.drawRect(QRectF(left, 1.0, max(right - left, LEAST_VIEW_PX), height - 2.0))
            painter.drawText(QPointF(8.0, 0.5 * height + self.px(5.0)), _length(self._duration_s))

    def _paint_columns(self, painter: QPainter, height: float) -> None:
        n = len(self._peak_uv)
        if not n:
            return
        full_uv = max(float(np.quantile(self._peak_uv, FULL_HEIGHT_QUANTILE)), 1.0)
        width = (self.width() - self._gutter_px) * self._column_s / self._duration_s
        x = self._gutter_px + (np.arange(n) + 0.5) * width
        tops = height - 2.0 - np.minimum(self._peak_uv / full_uv, 1.0) * (height - self.px(TICK_PX) - 4.0)
        painter.setPen(QPen(QColor(self._theme.trace), max(1.0, width)))
        painter.drawLines(
            [QLineF(at, height - 2.0, at, top) for at, top in zip(x.tolist(), tops.tolist(), strict=True)]
        )
        painter.setPen(QPen(QColor(self._theme.hatch), max(1.0, width), Qt.PenStyle.DotLine))
        painter.drawLines([QLineF(at, self.px(TICK_PX), at, height) for at in x[self._is_lost].tolist()])

    @property
    def _gutter_px(self) -> int:
        """Width of the gutter of the traces above."""
        return round(self.px(GUTTER_PX))

    def _x(self, time_s: float) -> float:
        return self._gutter_px + (self.width() - self._gutter_px) * time_s / self._duration_s

    def _look(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            share = (event.position().x() - self._gutter_px) / max(1, self.width() - self._gutter_px)
            self.pressed.emit(min(1.0, max(0.0, share)) * self._duration_s)


def _length(seconds: float) -> str:
    """Return a duration as text for the space beside the strip."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
