"""Gutter beside the traces: name, scale and resting level of each channel."""

import math
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics, QPainter, QPixmap

from acquisition.core import Role
from twitchscope.live.feed import SignalSource
from twitchscope.live.lanes.overlay import Place
from twitchscope.live.lanes.scales import Scales
from twitchscope.live.look.theme import Theme
from twitchscope.words import tr

LANE_GAP_PX = 6.0
"""Space between the texts of two lanes."""

LEAST_NAME_PX = 8.0
"""Smallest letters of a name (an assumption); lower lanes share a name."""

ELIDED = Qt.TextElideMode.ElideRight


class Lanes(Place, Protocol):
    """Interface of the traces beside which the gutter is painted."""

    def font(self) -> QFont:
        """Return the font used if there is room."""
        ...

    def height(self) -> int:
        """Return the height."""
        ...

    def devicePixelRatioF(self) -> float:  # noqa: N802 (Qt's name)
        """Return device pixels per logical pixel."""
        ...


class Gutter:
    """Painter of names, scales and resting levels, cached as they seldom change.

    Parameters
    ----------
    feed : SignalSource
        Source of the channels and of the detector's state.
    scales : Scales
        Scales of the lanes.
    """

    def __init__(self, feed: SignalSource, scales: Scales) -> None:
        self._feed = feed
        self._scales = scales
        self._pixmap = QPixmap()
        self._kept: list[str] = []

    def forget(self) -> None:
        """Redraw the text at the next paint."""
        self._kept = []

    def paint(self, painter: QPainter, lanes: Lanes, theme: Theme) -> None:
        """Paint the gutter and the lines between the lanes."""
        texts, n_a_name = self.texts(lanes), lanes_a_name(lanes)
        if texts != self._kept:
            self._kept = texts
            self._draw(texts, lanes, theme)
        painter.drawPixmap(0, 0, self._pixmap)
        painter.setPen(QColor(theme.line))
        for number in range(len(texts)):
            top, height = lanes.lane(number)
            left = 0 if (number + 1) % n_a_name == 0 else lanes.gutter_px  # not through a name
            painter.drawLine(QPointF(left, top + height), QPointF(lanes.width(), top + height))

    def texts(self, lanes: Lanes) -> list[str]:
        """Return the text beside each lane, as many lines as fit; long ones end in an ellipsis."""
        state, unit = self._feed.state, tr(self._feed.info.amplitude_unit)
        metrics, n_a_name = QFontMetrics(_name_font(lanes)), lanes_a_name(lanes)
        n_lines = max(1, int((lanes.lane(0)[1] - LANE_GAP_PX) // metrics.height()))
        room_px = lanes.gutter_px - 14
        texts = []
        for number, channel in enumerate(self._feed.info.channels):
            baseline_uv = state.baseline_rms_uv[number]
            has_rest = channel.role is not Role.NEEDLE  # endplates are never silent
            is_known = has_rest and state.baseline_is_learnt and not math.isnan(baseline_uv)
            rest = tr("rest {level:.1f}").format(level=baseline_uv) if is_known else channel.role.value
            lines = [
                channel.name,
                f"± {self._scales.full_scale_uv[number]:g} {unit}",
                rest if state.is_usable[number] else tr("✕ unusable"),
                " ".join(part for part in (channel.muscle, channel.side) if part),
            ]
            shown = [metrics.elidedText(line, ELIDED, room_px) for line in lines[:n_lines] if line]
            texts.append("\n".join(shown) if number % n_a_name == 0 else "")
        return texts

    def _draw(self, texts: list[str], lanes: Lanes, theme: Theme) -> None:
        ratio = lanes.devicePixelRatioF()
        self._pixmap = QPixmap(round(lanes.gutter_px * ratio), max(1, round(lanes.height() * ratio)))
        self._pixmap.setDevicePixelRatio(ratio)
        self._pixmap.fill(QColor(theme.background))
        words_at = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextDontClip)
        with QPainter(self._pixmap) as painter:
            painter.setFont(_name_font(lanes))
            painter.setPen(QColor(theme.text))
            for number, text in enumerate(texts):
                top, height = lanes.lane(number)
                painter.drawText(QRectF(8, top, lanes.gutter_px - 14, lanes_a_name(lanes) * height), words_at, text)


def lanes_a_name(lanes: Lanes) -> int:
    """Return how many lanes share one name: more than one if they are lower than the smallest letters."""
    return math.ceil(QFontMetrics(_name_font(lanes)).ascent() / max(lanes.lane(0)[1], 1.0))


def _name_font(lanes: Lanes) -> QFont:
    """Return the font of the gutter, smaller if a lane is lower than usual."""
    font = QFont(lanes.font())
    usual_px, share = QFontInfo(font).pixelSize(), lanes.lane(0)[1] / QFontMetrics(font).ascent()
    font.setPixelSize(min(usual_px, max(round(lanes.px(LEAST_NAME_PX)), math.floor(share * usual_px))))
    return font
