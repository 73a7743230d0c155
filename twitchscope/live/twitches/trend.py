"""Two small charts of a site: the decay of its twitches, and the resting level before and after them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy

from acquisition.core import AmplitudeUnit
from dsp.sites.measures import fit_decay
from twitchscope.findings.event import DetectedEvent
from twitchscope.findings.site import commonest
from twitchscope.findings.site_text import estimate_text
from twitchscope.live.levels import BeforeAndAfter
from twitchscope.live.look.lettered import LetteredWidget
from twitchscope.live.look.theme import Theme
from twitchscope.words import tr

PLOT_PX = 68.0
HEAD_PX, LINE_PX, SIDE_PX = 20.0, 17.0, 54.0
DOT_PX = 3.5
MOST_DOTS = 150


@dataclass(frozen=True, slots=True)
class LevelTrend:
    """Content of the lower chart.

    Attributes
    ----------
    title : str
        Kind of level: spontaneous activity at a needle, or the resting baseline of a channel.
    points : sequence of tuple
        Time in s and level in µV RMS.
    twitches_s : sequence of float
        Onsets of the twitches.
    means : BeforeAndAfter
        Mean levels with their intervals.
    remark : str
        Further text for the tooltip.
    """

    title: str
    points: Sequence[tuple[float, float]]
    twitches_s: Sequence[float]
    means: BeforeAndAfter
    remark: str = ""


class _Chart(LetteredWidget):
    """Chart of fixed height with a title, and `n_lines` of text at its foot."""

    def __init__(self, theme: Theme, unit: AmplitudeUnit, name: str, n_lines: int) -> None:
        super().__init__(theme)
        self._unit = tr(unit)
        self._usual_px = HEAD_PX + PLOT_PX + n_lines * LINE_PX
        self.letters_changed()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def letters_changed(self) -> None:
        """Adapt the height to the font."""
        self.setFixedHeight(round(self.px(self._usual_px)))
        self.update()

    @property
    def _plot(self) -> QRectF:
        return QRectF(
            self.px(SIDE_PX), self.px(HEAD_PX + 8.0), self.width() - self.px(SIDE_PX + 8.0), self.px(PLOT_PX - 14.0)
        )

    def _paint_frame(self, painter: QPainter, title: str, foot: str, greatest_uv: float) -> None:
        painter.fillRect(self.rect(), QColor(self._theme.background))
        painter.setPen(QColor(self._theme.line))
        painter.drawLine(QPointF(0.0, 0.5), QPointF(self.width(), 0.5))
        painter.setPen(QColor(self._theme.text))
        self._write(painter, QRectF(4.0, 0.0, self.width() - 6.0, self.px(HEAD_PX)), title)
        for place, line in enumerate(foot.split("\n")):
            top = self.px(HEAD_PX + PLOT_PX + place * LINE_PX)
            self._write(painter, QRectF(4.0, top, self.width() - 6.0, self.px(LINE_PX)), line)
        painter.setPen(QColor(self._theme.faint_text))
        greatest = f"{greatest_uv:.{1 if greatest_uv < 10.0 else 0}f}"
        line_px, top, bottom = self.px(16.0), self._plot.top(), self._plot.bottom()
        for text, y in (("0", bottom), (greatest, top), (self._unit, top + line_px)):
            painter.drawText(
                QRectF(0.0, y - 0.5 * line_px, self.px(SIDE_PX - 4.0), line_px),
                int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
                text,
            )
        painter.setPen(QColor(self._theme.grid))
        painter.drawLine(self._plot.bottomLeft(), self._plot.bottomRight())

    def _write(self, painter: QPainter, box: QRectF, text: str) -> None:
        """Draw a line of text, shortened with an ellipsis if too long; the tooltip has all of it."""
        fitting = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), fitting)

    def _y_at(self, value_uv: float, greatest_uv: float) -> float:
        return self._plot.bottom() - value_uv / greatest_uv * self._plot.height()


class DecayChart(_Chart):
    """Peak of each twitch of the site in order, on the channel with most of them."""

    def __init__(self, theme: Theme, unit: AmplitudeUnit) -> None:
        super().__init__(theme, unit, tr("peaks of the twitches of this site"), 1)
        self._peaks_uv: list[float] = []
        self._channel = ""

    def show_twitches(self, twitches: Sequence[DetectedEvent]) -> None:
        """Show the peaks of these twitches in order, with a gap for one that was larger on another channel."""
        self._channel = commonest((one.channel for one in twitches), "")
        self._peaks_uv = [one.peak_uv if one.channel == self._channel else math.nan for one in twitches]
        self.setAccessibleDescription(self.foot)
        self.setToolTip(self.foot)
        self.update()

    @property
    def foot(self) -> str:
        """Text at the foot."""
        decay = fit_decay(self._peaks_uv)
        if decay is None:
            return tr("decay: from three twitches on")
        return tr("× {value} a twitch").format(value=tr(estimate_text(decay)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw a stem and a dot for each twitch."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            greatest_uv = max([1.0, *filter(math.isfinite, self._peaks_uv)])
            title = tr("peak of each, {channel}").format(channel=self._channel) if self._channel else tr("peak of each")
            self._paint_frame(painter, title, self.foot, greatest_uv)
            for number, peak_uv in enumerate(self._peaks_uv):
                if math.isnan(peak_uv):
                    continue  # larger elsewhere; its place stays empty
                share = (number + 0.5) / max(6, len(self._peaks_uv))
                x, y = self._plot.left() + share * self._plot.width(), self._y_at(peak_uv, greatest_uv)
                painter.setPen(QPen(QColor(self._theme.line), 2.0))
                painter.drawLine(QPointF(x, self._plot.bottom()), QPointF(x, y))
                painter.setPen(QPen(QColor(self._theme.text), 1.0))
                painter.setBrush(QColor(self._theme.twitch))
                painter.drawEllipse(QPointF(x, y), self.px(DOT_PX), self.px(DOT_PX))


class TrendChart(_Chart):
    """Level of each second of the site, its twitches, and the mean levels before and after them."""

    def __init__(self, theme: Theme, unit: AmplitudeUnit) -> None:
        super().__init__(theme, unit, tr("level of the rest at this site"), 2)
        self._trend = LevelTrend("", (), (), BeforeAndAfter(None, None))

    def show_trend(self, trend: LevelTrend) -> None:
        """Show a trend."""
        self._trend = trend
        self.setAccessibleDescription(f"{trend.title}: {self.foot}")
        self.setToolTip(f"{self.accessibleDescription()}\n{trend.remark}".strip())
        self.update()

    @property
    def foot(self) -> str:
        """Text at the foot."""
        means = self._trend.means
        texts = ((tr("before {value} {unit}"), means.before), (tr("after {value} {unit}"), means.after))
        lines = [
            words.format(value=tr(estimate_text(mean)), unit=self._unit) for words, mean in texts if mean is not None
        ]
        return "\n".join(lines) or tr("not known yet")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw dots for seconds, lines for twitches, and lines for the means."""
        trend, plot = self._trend, self._plot
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            greatest_uv = max([1.0, *(1.15 * level_uv for _, level_uv in trend.points)])
            self._paint_frame(painter, trend.title, self.foot, greatest_uv)
            if not trend.points:
                return
            first_s, last_s = trend.points[0][0], max(trend.points[-1][0], trend.points[0][0] + 30.0)

            def x_at(time_s: float) -> float:
                return plot.left() + (time_s - first_s) / (last_s - first_s) * plot.width()

            painter.setPen(QPen(QColor(self._theme.marker), 1.0))
            for time_s in trend.twitches_s:
                painter.drawLine(QPointF(x_at(time_s), plot.top()), QPointF(x_at(time_s), plot.bottom()))
            painter.setPen(QPen(QColor(self._theme.trace), 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            per_uv = plot.height() / greatest_uv
            dots = [
                QPointF(x_at(time_s), plot.bottom() - per_uv * level_uv) for time_s, level_uv in _thinned(trend.points)
            ]
            painter.drawPoints(QPolygonF(dots))
            painter.setPen(QPen(QColor(self._theme.text), 1.5))
            first_twitch_s = min(trend.twitches_s, default=math.inf)
            last_twitch_s = max(trend.twitches_s, default=math.inf)
            for mean, left, right in (
                (trend.means.before, plot.left(), min(plot.right(), x_at(min(first_twitch_s, last_s)))),
                (trend.means.after, x_at(min(last_twitch_s, last_s)), plot.right()),
            ):
                if mean is not None:
                    y = self._y_at(mean.value, greatest_uv)
                    painter.drawLine(QPointF(left, y), QPointF(right, y))


def _thinned(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """Return at most `MOST_DOTS` points, each the mean of consecutive ones."""
    n_together = math.ceil(len(points) / MOST_DOTS)
    if n_together <= 1:
        return points
    groups = [points[first : first + n_together] for first in range(0, len(points), n_together)]
    return [(group[0][0], math.fsum(level_uv for _, level_uv in group) / len(group)) for group in groups]
