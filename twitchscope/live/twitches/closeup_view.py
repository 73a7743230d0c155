"""One twitch enlarged on all of its channels, in place of the traces and below the sign."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from acquisition.core import BoardInfo
from twitchscope.live.look.lettered import LetteredWidget
from twitchscope.live.look.theme import Theme
from twitchscope.live.status import ratio_text
from twitchscope.live.twitches.closeups import AFTER_S, BEFORE_S, Closeup
from twitchscope.live.twitches.raster import draw_trace, greatest_uv
from twitchscope.words import tr

HEAD_PX, FOOT_PX, GUTTER_PX = 78.0, 26.0, 116.0
TICK_MS = 50


class CloseupView(LetteredWidget):
    """Widget that shows a closeup.

    Parameters
    ----------
    info : BoardInfo
        Description of the board.
    theme : Theme
        Colours.
    """

    closed = Signal()
    """Emitted when the widget was clicked."""

    def __init__(self, info: BoardInfo, theme: Theme) -> None:
        super().__init__(theme)
        self._names = [channel.name for channel in info.channels]
        self._unit = tr(info.amplitude_unit)
        self._closeup: Closeup | None = None
        self._n_of = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("one twitch"))

    @property
    def shown(self) -> Closeup | None:
        """Displayed closeup."""
        return self._closeup

    def show_closeup(self, closeup: Closeup, n_of: int) -> None:
        """Show a closeup, one of `n_of` at the site."""
        self._closeup, self._n_of = closeup, n_of
        self.setAccessibleDescription(" ".join(self._words(closeup)))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Request to be closed."""
        self.closed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw the text, lanes and time axis."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(self._theme.background))
            closeup = self._closeup
            if closeup is None:
                return
            self._paint_words(painter, closeup)
            numbers = [self._names.index(name) for name in closeup.event.channels]
            height = (self.height() - self.px(HEAD_PX) - self.px(FOOT_PX)) / len(numbers)
            full_scale_uv = greatest_uv([closeup.trace_uv[:, number] for number in numbers])
            self._paint_axis(painter, closeup)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for row, number in enumerate(numbers):
                box = QRectF(0.0, self.px(HEAD_PX) + row * height, self.width(), height)
                painter.setPen(QColor(self._theme.text))
                text = f"{self._names[number]}\n± {full_scale_uv:.0f} {self._unit}"
                painter.drawText(box.adjusted(8.0, 0.0, 0.0, 0.0), int(Qt.AlignmentFlag.AlignVCenter), text)
                painter.setPen(QPen(QColor(self._theme.trace), 1.5))
                x = self._x_at(0.0) + (self._x_at(1.0) - self._x_at(0.0)) * closeup.time_ms
                draw_trace(painter, x, box.center().y() - 0.46 * height / full_scale_uv * closeup.trace_uv[:, number])

    def _x_at(self, time_ms: float) -> float:
        share = (time_ms + 1e3 * BEFORE_S) / (1e3 * (BEFORE_S + AFTER_S))
        return self.px(GUTTER_PX) + share * (self.width() - self.px(GUTTER_PX) - 8.0)

    def _words(self, closeup: Closeup) -> list[str]:
        event = closeup.event
        length_ms = 1e3 * (event.offset_s - event.onset_s)
        latency = ""
        if event.latency_ms is not None:
            latency = tr(" · {ms:.0f} ms after the contact").format(ms=event.latency_ms)
        return [
            tr("Twitch {number} of {n_of} at this site, {grade}").format(
                number=closeup.number, n_of=max(self._n_of, closeup.number), grade=event.grade
            ),
            f"{event.peak_uv:.0f} {self._unit} · {ratio_text(event.snr_db, event.over_floor)} · "
            + tr("{ms:.0f} ms long · {s:.2f} s").format(ms=length_ms, s=event.onset_s)
            + f"{latency} · {', '.join(event.reasons)}",
        ]

    def _paint_words(self, painter: QPainter, closeup: Closeup) -> None:
        heading, detail = self._words(closeup)
        usual = QFont(self.font())
        large = QFont(usual)
        large.setPixelSize(round(self.px(22)))
        large.setBold(True)
        painter.setPen(QColor(self._theme.text))
        painter.setFont(large)
        painter.drawText(
            QRectF(8.0, 0.0, self.width() - 16.0, self.px(32.0)), int(Qt.AlignmentFlag.AlignVCenter), heading
        )
        painter.setFont(usual)
        painter.drawText(
            QRectF(8.0, self.px(32.0), self.width() - 16.0, self.px(20.0)), int(Qt.AlignmentFlag.AlignVCenter), detail
        )
        painter.setPen(QColor(self._theme.faint_text))
        keys = tr("R or ↓ the one before · ↑ the one after · Escape or a click: back to the traces")
        painter.drawText(
            QRectF(8.0, self.px(52.0), self.width() - 16.0, self.px(20.0)), int(Qt.AlignmentFlag.AlignVCenter), keys
        )

    def _paint_axis(self, painter: QPainter, closeup: Closeup) -> None:
        event = closeup.event
        bottom = self.height() - self.px(FOOT_PX)
        shade = QColor(self._theme.twitch)
        shade.setAlpha(90)
        left, right = self._x_at(0.0), self._x_at(1e3 * (event.offset_s - event.onset_s))
        painter.fillRect(QRectF(left, self.px(HEAD_PX), right - left, bottom - self.px(HEAD_PX)), shade)
        for tick_ms in range(-round(1e3 * BEFORE_S), round(1e3 * AFTER_S) + 1, TICK_MS):
            x = self._x_at(tick_ms)
            painter.setPen(QPen(QColor(self._theme.marker if tick_ms == 0 else self._theme.grid), 1.0))
            painter.drawLine(QPointF(x, self.px(HEAD_PX)), QPointF(x, bottom))
            painter.setPen(QColor(self._theme.faint_text))
            text = tr("onset") if tick_ms == 0 else f"{tick_ms} ms"
            box = QRectF(min(x - self.px(30.0), self.width() - self.px(62.0)), bottom, self.px(60.0), self.px(FOOT_PX))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
