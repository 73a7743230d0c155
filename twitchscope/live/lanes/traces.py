"""Scrolling channels in a persistent pixmap, in which only new columns are drawn."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLine, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy

from acquisition.core import Role
from twitchscope.findings.event import Event
from twitchscope.live.feed import SignalSource
from twitchscope.live.lanes.gutter import Gutter
from twitchscope.live.lanes.overlay import AXIS_PX, GUTTER_PX, Flag, Overlay
from twitchscope.live.lanes.puller import SLOW_BASELINE_HZ, Puller
from twitchscope.live.lanes.scales import Scales
from twitchscope.live.look.lettered import LetteredWidget
from twitchscope.live.look.theme import Theme
from twitchscope.words import tr

SPAN_S = 10.0
LANE_FILL = 0.46
"""Fraction of a lane's height for full scale, in each direction."""

BAND_RMS = 3.0
"""The band around zero is ± this multiple of the RMS of the resting baseline."""

DASH_PX = 5
"""Length of a dash of the threshold, and of the gap after it, in device pixels."""

TICK_STEPS_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
MOST_TICKS = 12

MOST_SCALE_RMS = 100.0
"""Multiple of the resting baseline up to which a scale follows the signal (three strong twitches), as a knocked plug
would flatten everything else. Larger values are clipped at the edge of the lane and marked there."""

BEYOND_PX = 4

LOOK_S = 0.5
"""Interval at which a finer scale is considered."""

SETTLE_S = 0.5
"""Start of a recording that is ignored by the scale, while converter and filters settle."""


class Traces(LetteredWidget):
    """Widget that draws the samples of a feed, pulling new ones at each `advance`.

    Parameters
    ----------
    feed : SignalSource
        Source of the samples.
    theme : Theme
        Colours.

    Attributes
    ----------
    span_s : float
        Seconds from the left edge to the right; call `refill` after a change.
    """

    first_trace_painted = Signal()
    """Emitted once, when a part of the signal has been painted."""

    def __init__(self, feed: SignalSource, theme: Theme) -> None:
        super().__init__(theme)
        self._feed = feed
        self.span_s = SPAN_S
        self.scales = Scales([channel.role for channel in feed.info.channels])
        self._is_needle = np.array([channel.role is Role.NEEDLE for channel in feed.info.channels], np.bool_)
        self._overlay = Overlay([channel.name for channel in feed.info.channels])
        self._pixmap = QPixmap()
        self._puller: Puller | None = None
        self._gutter = Gutter(feed, self.scales)
        self._has_painted = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("scrolling channels"))

    def set_theme(self, theme: Theme) -> None:
        """Change the colours and redraw everything."""
        self._theme = theme
        self._gutter.forget()
        self._redraw()

    def toggle_scale(self) -> None:
        """Toggle between common scales and one scale per channel."""
        self.scales.is_common = not self.scales.is_common
        if self._puller is not None:
            self.scales.follow(self._peaks())
        self._redraw()

    @property
    def n_skipped(self) -> int:
        """Samples skipped since the last `refill`, because they were pulled too late."""
        return 0 if self._puller is None else self._puller.n_skipped

    def add_event(self, event: Event) -> None:
        """Shade a verdict."""
        self._overlay.events.append(event)

    def add_flag(self, flag: Flag) -> None:
        """Add a flag; one with a future time waits at the end of the signal."""
        held_s = self._feed.end_index / self._feed.info.sampling_rate_hz
        self._overlay.flags.append(replace(flag, held_s=held_s))

    @property
    def events(self) -> list[Event]:
        """Shaded verdicts, oldest first."""
        return list(self._overlay.events)

    @property
    def flags(self) -> list[Flag]:
        """Flags, oldest first."""
        return list(self._overlay.flags)

    def show_only(self, events: Iterable[Event], flags: Iterable[Flag]) -> None:
        """Replace all events and flags."""
        self._overlay.show_only(events, flags)
        self.update()

    def remove_flag(self, time_s: float, label: str) -> None:
        """Remove the last flag of this time and label."""
        flags = self._overlay.flags
        found = next((flag for flag in reversed(flags) if (flag.time_s, flag.label) == (time_s, label)), None)
        if found is not None:
            flags.remove(found)

    def advance(self) -> None:
        """Pull new samples, draw their columns and request a repaint."""
        if self._puller is None:
            return
        columns = self._puller.pull()
        n_new = len(columns.low)
        if not n_new:
            return
        kept = slice(max(0, n_new - self._n_columns), n_new)
        numbers = np.arange(columns.first + kept.start, columns.first + n_new)
        slots = numbers % self._n_columns
        self._low[slots], self._high[slots], self._bad[slots] = columns.low[kept], columns.high[kept], columns.bad[kept]
        state = self._feed.state
        self._baseline_uv[slots] = np.nan_to_num(state.baseline_rms_uv)
        self._threshold_uv[slots] = state.threshold_rms_uv or np.nan
        self._number[slots] = numbers
        self._head = columns.first + n_new
        if self._may_need_scale(slots) and self.scales.follow(self._peaks()):
            self._redraw()
        else:
            self._draw_columns(numbers)
            self.update()

    @property
    def gutter_px(self) -> int:
        """Width of the gutter beside the lanes."""
        return round(self.px(GUTTER_PX))

    @property
    def axis_px(self) -> int:
        """Height of the axis below the lanes."""
        return round(self.px(AXIS_PX))

    def letters_changed(self) -> None:
        """Adapt the layout to the font size."""
        self._gutter.forget()
        if self._puller is not None:
            self.refill()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Rebuild the pixmap."""
        self.refill()

    def refill(self) -> None:
        """Rebuild the pixmap and fill it with the last `span_s` of the source."""
        ratio = self.devicePixelRatioF()
        width_px = max(16, round((self.width() - self.gutter_px) * ratio))
        height_px = max(16, round((self.height() - self.axis_px) * ratio))
        n_samples = self.span_s * self._feed.info.sampling_rate_hz
        self._column_px = max(1, math.ceil(width_px / n_samples))
        self._n_columns = width_px // self._column_px
        self._samples_per_column = n_samples / self._n_columns
        n_channels = self._feed.info.n_channels
        self._low = np.zeros((self._n_columns, n_channels))
        self._high = np.zeros((self._n_columns, n_channels))
        self._bad = np.zeros((self._n_columns, n_channels), np.bool_)
        self._baseline_uv = np.zeros((self._n_columns, n_channels))
        self._threshold_uv = np.full((self._n_columns, n_channels), np.nan)
        self._number = np.full(self._n_columns, -1, np.int64)
        self._head = self._next_look = 0
        self._gutter.forget()
        self._pixmap = QPixmap(self._n_columns * self._column_px, height_px)
        self._pixmap.fill(QColor(self._theme.background))
        first_index = max(0, self._feed.end_index - round(n_samples))
        first_column = math.ceil(first_index / self._samples_per_column)
        self._puller = Puller(self._feed, self._samples_per_column, math.ceil(first_column * self._samples_per_column))
        self.advance()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw the two parts of the pixmap in order of time, then the axis, overlay and gutter."""
        ratio = self.devicePixelRatioF()
        with QPainter(self) as painter:
            background = QColor(self._theme.background)
            painter.fillRect(
                self.gutter_px, self.height() - self.axis_px - 1, self.width(), self.axis_px + 1, background
            )
            right = self.gutter_px + math.floor(self._pixmap.width() / ratio)
            painter.fillRect(right, 0, self.width() - right, self.height(), background)
            split = (self._head % self._n_columns) * self._column_px
            height, width = self._pixmap.height(), self._pixmap.width()
            older = width - split
            painter.save()
            painter.translate(self.gutter_px, 0)
            painter.scale(1.0 / ratio, 1.0 / ratio)  # device pixels are copied, not resampled
            painter.drawPixmap(0, 0, self._pixmap, split, 0, older, height)
            painter.drawPixmap(older, 0, self._pixmap, 0, 0, split, height)
            painter.restore()
            self._paint_axis(painter)
            self._overlay.paint(painter, self, self._theme)
            self._gutter.paint(painter, self, self._theme)
        if not self._has_painted and self._head > 0:
            self._has_painted = True
            self.first_trace_painted.emit()

    def _may_need_scale(self, slots: NDArray[np.int64]) -> bool:
        """Return whether to reconsider the scales: if new columns exceed them, and every `LOOK_S` for finer ones."""
        is_time = self._head >= self._next_look
        if is_time:
            self._next_look = self._head + max(1, round(self._n_columns * LOOK_S / self.span_s))
        beyond = np.maximum(self._high[slots], -self._low[slots]) > self.scales.full_scale_uv
        return is_time or bool(beyond.any())

    def _peaks(self) -> NDArray[np.float64]:
        """Return the largest deviation of each channel in µV over the usable columns on screen."""
        deviation = np.maximum(np.abs(self._low), np.abs(self._high))
        deviation[self._bad] = 0.0
        deviation[self._number * self._samples_per_column < SETTLE_S * self._feed.info.sampling_rate_hz] = 0.0
        peaks: NDArray[np.float64] = deviation.max(axis=0)
        state = self._feed.state
        if not state.baseline_is_learnt:
            return peaks
        most = MOST_SCALE_RMS * np.nan_to_num(state.baseline_rms_uv)
        most[self._is_needle] = 0.0  # a needle sees a hundred times as much, and its rest may be silence
        return np.where(most > 0.0, np.minimum(peaks, most), peaks)

    def _redraw(self) -> None:
        if self._puller is None:
            return
        self._pixmap.fill(QColor(self._theme.background))
        self._draw_columns(np.sort(self._number[self._number >= 0]))
        self.update()

    def _draw_columns(self, numbers: NDArray[np.int64]) -> None:
        """Draw the columns with these numbers, in order, over the previous content."""
        if not numbers.size:
            return  # before the first sample
        lane_px = self._pixmap.height() / self._feed.info.n_channels
        slots = numbers % self._n_columns
        before = (numbers - 1) % self._n_columns
        joined = (self._number[before] == numbers - 1)[:, np.newaxis]
        low = np.where(joined, np.minimum(self._low[slots], self._high[before]), self._low[slots])
        high = np.where(joined, np.maximum(self._high[slots], self._low[before]), self._high[slots])
        places = slots * self._column_px
        scale = LANE_FILL * lane_px / self.scales.full_scale_uv
        limit = 0.5 * lane_px - 1.0
        middle = (np.arange(scale.size) + 0.5) * lane_px
        band = np.minimum(BAND_RMS * self._baseline_uv[slots] * scale, limit)
        top = middle - np.clip(high * scale, -limit, limit)
        bottom = middle - np.clip(low * scale, -limit, limit)
        with QPainter(self._pixmap) as painter:
            for run in np.split(places, np.flatnonzero(np.diff(places) != self._column_px) + 1):
                width_px = len(run) * self._column_px
                painter.fillRect(int(run[0]), 0, width_px, self._pixmap.height(), QColor(self._theme.background))
            all_places = np.broadcast_to(places[:, np.newaxis], low.shape)
            painter.setPen(QPen(QColor(self._theme.band), self._column_px))
            painter.drawLines(_vertical(all_places, middle - band, middle + band, self._column_px))
            self._draw_thresholds(painter, numbers, places, scale, middle)
            painter.setPen(QPen(QColor(self._theme.trace), self._column_px))
            painter.drawLines(_vertical(all_places, top, bottom, self._column_px))
            for is_beyond, edge in ((high * scale > limit, middle - limit), (low * scale < -limit, middle + limit)):
                column, channel = np.nonzero(is_beyond & ~self._bad[slots])
                painter.setPen(QPen(QColor(self._theme.hatch), self._column_px))
                ends = edge[channel] - 0.5 * BEYOND_PX
                painter.drawLines(_vertical(places[column], ends, ends + BEYOND_PX, self._column_px))
            hatch = QBrush(QColor(self._theme.hatch), Qt.BrushStyle.BDiagPattern)
            for column, channel in np.argwhere(self._bad[slots]):
                upper = middle[channel] - 0.4 * lane_px
                painter.fillRect(QRectF(float(places[column]), upper, self._column_px, 0.8 * lane_px), hatch)

    def _draw_thresholds(
        self,
        painter: QPainter,
        numbers: NDArray[np.int64],
        places: NDArray[np.int64],
        scale: NDArray[np.floating[Any]],
        middle: NDArray[np.floating[Any]],
    ) -> None:
        """Draw the detector's threshold as dashed lines above and below zero, each dash with its last column."""
        n_dash = max(1, DASH_PX // self._column_px)
        is_end = numbers % (2 * n_dash) == n_dash - 1
        heights = self._threshold_uv[(numbers % self._n_columns)[is_end]] * scale
        heights[heights > LANE_FILL * self._pixmap.height() / scale.size] = np.nan
        column, channel = np.nonzero(np.isfinite(heights))
        x, height = places[is_end][column] + self._column_px - 1, heights[column, channel]
        painter.setPen(QPen(QColor(self._theme.faint_text), 1))
        for sign in (-1.0, 1.0):
            y = np.round(middle[channel] + sign * height).astype(int)
            ends = np.stack([x - n_dash * self._column_px + 1, y, x, y], axis=-1).tolist()
            painter.drawLines([QLine(*one) for one in ends])

    def x_at(self, time_s: float) -> float:
        """Return the x coordinate of a time in logical pixels."""
        column = time_s * self._feed.info.sampling_rate_hz / self._samples_per_column
        from_right = (self._head - column) * self._column_px / self.devicePixelRatioF()
        return self.gutter_px + self._pixmap.width() / self.devicePixelRatioF() - from_right

    def lane(self, channel: int) -> tuple[float, float]:
        """Return top and height of a channel's lane in logical pixels."""
        height = (self.height() - self.axis_px) / self._feed.info.n_channels
        return channel * height, height

    def _paint_axis(self, painter: QPainter) -> None:
        bottom = self.height() - self.axis_px
        end_s = self._head * self._samples_per_column / self._feed.info.sampling_rate_hz
        painter.setFont(self.font())
        step_s = _tick_step_s(self.span_s)
        for number in range(max(0, math.ceil((end_s - self.span_s) / step_s)), math.floor(end_s / step_s) + 1):
            x = self.x_at(number * step_s)
            if x >= self.gutter_px:
                painter.setPen(QColor(self._theme.grid))
                painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
                painter.setPen(QColor(self._theme.faint_text))
                box = QRectF(x - self.px(30), bottom, self.px(60), self.axis_px)
                if box.left() + self.px(15) > self.gutter_px and box.right() < self.width():
                    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), f"{round(number * step_s, 3):g} s")


def description(span_s: float = SPAN_S) -> str:
    """Return a line of text that describes a picture of `span_s` seconds."""
    return tr("traces above {hz:g} Hz · band ±{rms:g} × resting RMS · hatched: lost or unusable · {s:g} s").format(
        hz=SLOW_BASELINE_HZ, rms=BAND_RMS, s=span_s
    )


def _tick_step_s(span_s: float) -> float:
    """Return the distance between ticks on the time axis in s."""
    return next((step_s for step_s in TICK_STEPS_S if span_s / step_s <= MOST_TICKS), TICK_STEPS_S[-1])


def _vertical(
    places: NDArray[np.int64], top: NDArray[np.floating[Any]], bottom: NDArray[np.floating[Any]], width_px: int
) -> list[QLine]:
    """Return vertical lines on whole pixels, at least one pixel long, so that a quiet trace is not dotted."""
    x, y1, y2 = places + width_px // 2, np.floor(top).astype(int), np.floor(bottom).astype(int)
    return [QLine(*ends) for ends in np.stack([x, y1, x, y2], axis=-1).reshape(-1, 4).tolist()]
