"""Overlay of the traces: verdicts, distinguished by more than colour, and marks as flags."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from twitchscope.findings.event import Event
from twitchscope.live.look.theme import Theme
from twitchscope.words import tr

GUTTER_PX = 116
AXIS_PX = 24

MIN_SHADE_PX = 5.0
BAR_PX = 4.0
PENNANT_PX = 11.0
WORD_GAP_PX = 3.0
TICK_PX = 10.0
GROUND_ALPHA = 215
"""Opacity of the background of a word: the trace remains visible but does not cross the letters."""

Span = tuple[float, float]
"""Horizontal extent (left, right) in pixels."""

MOST_KEPT = 200
"""Number of verdicts, and of flags, that are kept; more than fit on a screen."""


@dataclass(frozen=True, slots=True)
class Flag:
    """Flag on the time axis at `time_s`.

    If the signal ends before that time because the board is silent, the flag stands at `held_s` until the signal
    reaches it; None for a flag that is not shown earlier.
    """

    time_s: float
    label: str
    held_s: float | None = None


class Place(Protocol):
    """Interface of the traces on which the overlay is painted."""

    @property
    def gutter_px(self) -> int:
        """Width of the gutter beside the lanes."""
        ...

    @property
    def axis_px(self) -> int:
        """Height of the axis below the lanes."""
        ...

    def px(self, usual_px: float, /) -> float:
        """Return a length scaled to the current font size."""
        ...

    def x_at(self, time_s: float) -> float:
        """Return the x coordinate of a time."""
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
    """Store and painter of verdicts and flags.

    Parameters
    ----------
    names : sequence of str
        Names of the channels.

    Attributes
    ----------
    events : deque of Event
        Verdicts, oldest first.
    flags : deque of Flag
        Flags, oldest first.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.events: deque[Event] = deque(maxlen=MOST_KEPT)
        self.flags: deque[Flag] = deque(maxlen=MOST_KEPT)
        self._names = list(names)

    def show_only(self, events: Iterable[Event], flags: Iterable[Flag]) -> None:
        """Replace all verdicts and flags."""
        self.events.clear()
        self.events.extend(events)
        self.flags.clear()
        self.flags.extend(flags)

    def paint(self, painter: QPainter, place: Place, theme: Theme) -> None:
        """Paint verdicts and flags."""
        spans = [(event, _span(event, place)) for event in self.events]
        visible = [(event, span) for event, span in spans if span is not None]
        for event, (left, right) in visible:
            for name in event.channels:
                top, height = place.lane(self._names.index(name))
                _shade(painter, theme, QRectF(left, top + 1, right - left, height - 2), event.label)
        self._paint_flags(painter, place, theme)
        self._paint_words(painter, place, theme, visible)

    def _paint_words(
        self, painter: QPainter, place: Place, theme: Theme, visible: Sequence[tuple[Event, Span]]
    ) -> None:
        """Label each verdict, newest first, without overlaps between words or with another twitch.

        Without enough room, a twitch has its star alone and other verdicts have no word, as a word behind another
        twitch would be attributed to it.
        """
        metrics, width = painter.fontMetrics(), float(place.width())
        free_to: dict[tuple[int, bool], float] = {}
        twitches = [(event, span) for event, span in visible if event.label == "twitch"]
        for event, span in reversed(visible):
            if event.label == "heartbeat":
                continue
            is_twitch = event.label == "twitch"
            lane = self._names.index(event.channel)
            others = [at for one, at in twitches if one is not event and event.channel in one.channels]
            first = max((at[1] for at in others if at[0] < span[0]), default=float(place.gutter_px))
            stop = min((at[0] for at in others if at[0] >= span[0]), default=width)
            limit = min(stop, free_to.get((lane, is_twitch), width))
            words = (f"★ {tr(event.grade)}", "★") if is_twitch else (f"– {tr(event.label)}",)
            widths = [metrics.horizontalAdvance(one) for one in words]
            room = _room(span, widths, (first, limit), is_last=limit == width)
            if room is None:
                continue
            text, x = words[room[0]], room[1]
            top, height = place.lane(lane)
            y = top + place.px(14.0) if is_twitch else top + height - 5
            ground = QColor(theme.background)
            ground.setAlpha(GROUND_ALPHA)
            painter.fillRect(QRectF(x, y - metrics.ascent(), widths[room[0]], metrics.ascent()), ground)
            painter.setPen(QColor(theme.text if is_twitch else theme.faint_text))
            painter.drawText(QPointF(x, y), text)
            free_to[lane, is_twitch] = min(x, span[0])

    def _paint_flags(self, painter: QPainter, place: Place, theme: Theme) -> None:
        """Paint flags; one too close to the previous flag of the same label is a tick at the foot."""
        painter.setPen(QPen(QColor(theme.marker), 2))
        painter.setBrush(QColor(theme.marker))
        metrics, bottom, row = painter.fontMetrics(), place.height() - place.axis_px, 0
        written_to: dict[str, float] = {}
        for flag in self.flags:
            x = place.x_at(flag.time_s)
            if x > place.width() and flag.held_s is not None:
                x = min(place.x_at(flag.held_s), place.width())
            if not place.gutter_px <= x <= place.width():
                continue
            text_width = metrics.horizontalAdvance(flag.label)
            left = x + 5 if x + 5 + text_width < place.width() else x - 5 - text_width
            if left < written_to.get(flag.label, 0.0) + metrics.horizontalAdvance("  "):
                painter.drawLine(QPointF(x, bottom - place.px(TICK_PX)), QPointF(x, bottom))
                continue
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
            pennant = [QPointF(x, 0), QPointF(x + PENNANT_PX, 0.4 * PENNANT_PX), QPointF(x, 0.8 * PENNANT_PX)]
            painter.drawPolygon(QPolygonF(pennant))
            row = row + 1 if left < max(written_to.values(), default=0.0) else 0  # a word above the one it would cover
            y = bottom - 5 - row * metrics.height()
            ground = metrics.boundingRect(flag.label).translated(round(left), y)
            painter.fillRect(ground.adjusted(-2, 0, 2, 1), QColor(theme.background))
            painter.drawText(QPointF(left, y), flag.label)
            written_to[flag.label] = left + text_width


def _span(event: Event, place: Place) -> Span | None:
    """Return the extent of a verdict's shade, or None if it is not on screen."""
    left, right = place.x_at(event.onset_s), place.x_at(event.offset_s)
    if right < place.gutter_px or left > place.width():
        return None
    left = max(left, float(place.gutter_px))
    return left, left + max(right - left, MIN_SHADE_PX)


def _room(span: Span, widths: Sequence[float], free: Span, *, is_last: bool) -> tuple[int, float] | None:
    """Return the number of the first word that fits beside a shade, and its x coordinate; None if none fits.

    Parameters
    ----------
    span : tuple of float
        Extent of the shade.
    widths : sequence of float
        Widths of the words, the longest first.
    free : tuple of float
        Extent without other twitches and without words of later verdicts.
    is_last : bool
        Whether nothing follows on screen, so that a word may stand before the shade.
    """
    for number, width in enumerate(widths):
        if span[1] + WORD_GAP_PX + width <= free[1]:
            return number, span[1] + WORD_GAP_PX
        if is_last and span[0] - 2.0 * (WORD_GAP_PX + width) >= free[0]:  # the word of an earlier verdict fits too
            return number, span[0] - WORD_GAP_PX - width
    return None


def _shade(painter: QPainter, theme: Theme, box: QRectF, label: str) -> None:
    """Shade a verdict: filled under a bar for a twitch, a bar at the foot for a heartbeat, a dashed frame otherwise."""
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
