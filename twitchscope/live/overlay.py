"""What lies over the traces: verdicts, told apart by more than colour, and marks as flags."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
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
WORD_GAP_PX = 3.0

Span = tuple[float, float]
"""From where to where something lies, in pixels."""

MOST_KEPT = 200
"""Verdicts, and flags, that are kept: more than a screen holds."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A marker on the time axis, at `time_s`.

    Where the signal ends before that, since the board is silent, it stands at `held_s` until the signal has come so
    far; None for one that is not on screen before.
    """

    time_s: float
    label: str
    held_s: float | None = None


class Place(Protocol):
    """Where it is painted: traces."""

    @property
    def gutter_px(self) -> int:
        """Width of what stands beside the lanes."""
        ...

    @property
    def axis_px(self) -> int:
        """Height of what stands under them."""
        ...

    def px(self, usual_px: float, /) -> float:
        """Return a length beside letters of this size."""
        ...

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
        spans = [(record, _span(record, place)) for record in self.events]
        visible = [(record, span) for record, span in spans if span is not None]
        for record, (left, right) in visible:
            for name in record["channels"]:
                top, height = place.lane(self._names.index(name))
                _shade(painter, theme, QRectF(left, top + 1, right - left, height - 2), record["label"])
        self._paint_flags(painter, place, theme)
        self._paint_words(painter, place, theme, visible)

    def _paint_words(
        self, painter: QPainter, place: Place, theme: Theme, visible: Sequence[tuple[dict[str, Any], Span]]
    ) -> None:
        """Write beside each verdict what it is, the newest first, and no word on another.

        Where the next word leaves too little room, a twitch has its star alone, and what is none no word.
        """
        metrics = painter.fontMetrics()
        free_to: dict[tuple[int, bool], float] = {}
        for record, span in reversed(visible):
            if record["label"] == "heartbeat":
                continue
            is_twitch = record["label"] == "twitch"
            lane = self._names.index(record["channel"])
            limit = free_to.get((lane, is_twitch), float(place.width()))
            words = (f"★ {tr(record['grade'])}", "★") if is_twitch else (f"– {tr(record['label'])}",)
            room = _room(span, [metrics.horizontalAdvance(one) for one in words], limit, place.width())
            if room is None:
                continue
            text, x = words[room[0]], room[1]
            top, height = place.lane(lane)
            y = top + place.px(14.0) if is_twitch else top + height - 5
            painter.setPen(QColor(theme.text if is_twitch else theme.faint_text))
            painter.drawText(QPointF(x, y), text)
            free_to[lane, is_twitch] = min(x, span[0])

    def _paint_flags(self, painter: QPainter, place: Place, theme: Theme) -> None:
        painter.setPen(QPen(QColor(theme.marker), 2))
        painter.setBrush(QColor(theme.marker))
        bottom, written_to, row = place.height() - place.axis_px, 0.0, 0
        for flag in self.flags:
            x = place.x_at(flag.time_s)
            if x > place.width() and flag.held_s is not None:
                x = min(place.x_at(flag.held_s), place.width())
            if place.gutter_px <= x <= place.width():
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


def _span(record: Mapping[str, Any], place: Place) -> Span | None:
    """Return from where to where a verdict is shaded; None where it is not on screen."""
    left, right = place.x_at(record["onset_s"]), place.x_at(record["offset_s"])
    if right < place.gutter_px or left > place.width():
        return None
    left = max(left, float(place.gutter_px))
    return left, left + max(right - left, MIN_SHADE_PX)


def _room(span: Span, widths: Sequence[float], limit: float, full: float) -> tuple[int, float] | None:
    """Return the first of some words that has room beside a shade, by its number, and where it begins.

    Parameters
    ----------
    span : tuple of float
        From where to where it is shaded.
    widths : sequence of float
        Of the words, the longest first.
    limit : float
        Where the words of what follows begin.
    full : float
        Width of it all: where nothing follows, a word may stand before the shade.
    """
    for number, width in enumerate(widths):
        if span[1] + WORD_GAP_PX + width <= limit:
            return number, span[1] + WORD_GAP_PX
        if limit >= full:
            return number, span[0] - WORD_GAP_PX - width
    return None


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
