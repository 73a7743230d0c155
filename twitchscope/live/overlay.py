"""What lies over the traces: verdicts, told apart by more than colour, and marks as flags."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from twitchscope.live.theme import Theme
from twitchscope.words import tr

GUTTER_PX = 116
AXIS_PX = 24

MIN_SHADE_PX = 5.0
BAR_PX = 4.0
PENNANT_PX = 11.0

MOST_KEPT = 200
"""Verdicts, and flags, that are kept: more than a screen holds."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A marker on the time axis."""

    time_s: float
    label: str


class Place(Protocol):
    """Where it is painted: traces."""

    def x_at(self, time_s: float) -> float:
        """Return where a time lies."""
        ...

    def lane(self, channel: int) -> tuple[float, float]:
        """Return top and height of a channel's lane."""
        ...

    def width(self) -> int:
        """Return the width."""
        ...

    def height(self) -> int:
        """Return the height."""
        ...


class Overlay:
    """Keeps and paints verdicts and flags.

    Parameters
    ----------
    names : sequence of str
        Of the channels.

    Attributes
    ----------
    events : deque of dict
        As `Detection.event_record` describes them, oldest first.
    flags : deque of Flag
        Oldest first.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.events: deque[dict[str, Any]] = deque(maxlen=MOST_KEPT)
        self.flags: deque[Flag] = deque(maxlen=MOST_KEPT)
        self._names = list(names)

    def show_only(self, events: Iterable[dict[str, Any]], flags: Iterable[Flag]) -> None:
        """Keep these instead of all that were there."""
        self.events.clear()
        self.events.extend(events)
        self.flags.clear()
        self.flags.extend(flags)

    def paint(self, painter: QPainter, place: Place, theme: Theme) -> None:
        """Paint both."""
        self._paint_events(painter, place, theme)
        self._paint_flags(painter, place, theme)

    def _paint_events(self, painter: QPainter, place: Place, theme: Theme) -> None:
        names = self._names
        written_to = [0.0] * len(names)
        for record in self.events:
            left, right = place.x_at(record["onset_s"]), place.x_at(record["offset_s"])
            if right < GUTTER_PX:
                continue
            is_twitch = record["label"] == "twitch"
            left = max(left, GUTTER_PX)
            box_width = max(right - left, MIN_SHADE_PX)
            for name in record["channels"]:
                top, height = place.lane(names.index(name))
                _shade(painter, theme, QRectF(left, top + 1, box_width, height - 2), record["label"])
            if record["label"] == "heartbeat":
                continue
            lane = names.index(record["channel"])
            top, height = place.lane(lane)
            text = f"★ {tr(record['grade'])}" if is_twitch else f"– {tr(record['label'])}"
            text_width = painter.fontMetrics().horizontalAdvance(text)
            x = left + box_width + 3
            if x + text_width > place.width():
                x = left - 3 - text_width
            if not is_twitch and x < written_to[lane]:
                continue  # one word over another can be read by nobody
            written_to[lane] = x + text_width
            painter.setPen(QColor(theme.text if is_twitch else theme.faint_text))
            painter.drawText(QPointF(x, top + 14 if is_twitch else top + height - 5), text)

    def _paint_flags(self, painter: QPainter, place: Place, theme: Theme) -> None:
        painter.setPen(QPen(QColor(theme.marker), 2))
        painter.setBrush(QColor(theme.marker))
        bottom, written_to, row = place.height() - AXIS_PX, 0.0, 0
        for flag in self.flags:
            x = place.x_at(flag.time_s)
            if x >= GUTTER_PX:
                painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
                pennant = [QPointF(x, 0), QPointF(x + PENNANT_PX, 0.4 * PENNANT_PX), QPointF(x, 0.8 * PENNANT_PX)]
                painter.drawPolygon(QPolygonF(pennant))
                text_width = painter.fontMetrics().horizontalAdvance(flag.label)
                left = x + 5 if x + 5 + text_width < place.width() else x - 5 - text_width
                row = row + 1 if left < written_to else 0  # a word above the one that it would cover
                y = bottom - 5 - row * painter.fontMetrics().height()
                ground = painter.fontMetrics().boundingRect(flag.label).translated(round(left), y)
                painter.fillRect(ground.adjusted(-2, 0, 2, 1), QColor(theme.background))
                painter.drawText(QPointF(left, y), flag.label)
                written_to = max(written_to, left + text_width)


def _shade(painter: QPainter, theme: Theme, box: QRectF, label: str) -> None:
    """Shade a verdict: filled under a bar for a twitch, a dashed frame for what is none, a foot for a heartbeat."""
    if label == "twitch":
        shade = QColor(theme.twitch)
        painter.fillRect(QRectF(box.left(), box.top(), box.width(), BAR_PX), shade)
        shade.setAlpha(110)
        painter.fillRect(box, shade)
        return
    colour = QColor(theme.other)
    if label == "heartbeat":
        painter.fillRect(QRectF(box.left(), box.bottom() - BAR_PX, box.width(), BAR_PX), colour)
        return
    painter.setPen(QPen(colour, 1.0, Qt.PenStyle.DashLine))
    painter.drawRect(box)
    colour.setAlpha(45)
    painter.fillRect(box, colour)
