"""Column beside the traces: twitches of the site, decay of their peaks, and the resting level before and after them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from twitchscope.findings.event import DetectedEvent
from twitchscope.findings.site import SiteSpan, commonest
from twitchscope.live.audio.player import channels_to_hear
from twitchscope.live.feed import Feed, Found
from twitchscope.live.look.theme import Theme
from twitchscope.live.twitches.closeups import Closeup, Closeups
from twitchscope.live.twitches.raster import Raster
from twitchscope.live.twitches.trend import DecayChart, LevelTrend, TrendChart
from twitchscope.words import for_later, tr

LEAST_WIDTH_PX = 220
LEAST_RASTER_PX = 80
SEA = for_later("SEA: spontaneous electrical activity of the endplates, as RMS of seconds with the needle still")
TREND_S = 1.0
"""Interval at which the level is redrawn."""


class SidePanel(QWidget):
    """Widget that follows the confirmed twitches of a site.

    Parameters
    ----------
    feed : Feed
        Source of samples and levels.
    theme : Theme
        Colours.
    site : callable
        Returns the time span of the site, as counted by the sign.

    Attributes
    ----------
    twitches : list of DetectedEvent
        All twitches of the site in order of onset, on which the charts are based.
    shown : list of Closeup
        Twitches whose signal is kept, oldest first.
    is_masked : bool
        Whether the collected twitches are hidden.
    """

    opened = Signal(int)
    """Emitted with the place of the closeup to enlarge, 0 for the newest."""

    def __init__(self, feed: Feed, theme: Theme, site: Callable[[], SiteSpan]) -> None:
        super().__init__()
        self.twitches: list[DetectedEvent] = []
        self.shown: list[Closeup] = []
        self.is_masked = False
        self.closeups = Closeups(feed)
        self.raster = Raster(feed.info, theme)
        self.raster.opened.connect(self.opened)
        self.decay = DecayChart(theme, feed.info.amplitude_unit)
        self.trend = TrendChart(theme, feed.info.amplitude_unit)
        self._feed = feed
        self._names = [channel.name for channel in feed.info.channels]
        self._usual = self._names[channels_to_hear(feed)[0]]
        self._site = site
        self._span = site()
        self._next_trend_s = 0.0
        self._is_stale = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.raster, 1)
        layout.addWidget(self.decay)
        layout.addWidget(self.trend)
        self.setMinimumWidth(LEAST_WIDTH_PX)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)  # requests no height

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Show the charts that fit below the last twitches."""
        super().resizeEvent(event)
        left_px = event.size().height() - round(self.raster.px(LEAST_RASTER_PX))
        for chart in (self.decay, self.trend):
            chart.setVisible(left_px >= chart.height())
            left_px -= chart.height()

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.raster.set_theme(theme)
        self.decay.set_theme(theme)
        self.trend.set_theme(theme)

    def collect(self, found: Sequence[Found]) -> None:
        """Collect the confirmed twitches, hidden or not, before their samples leave the ring buffer."""
        for one in found:
            if isinstance(one.result, DetectedEvent) and one.result.label == "twitch":
                self.closeups.expect(one.result)

    def advance(self) -> None:
        """Update the twitches or the level, not both in one frame, so that no frame takes long."""
        self._is_stale |= self.closeups.advance() | (self._site() != self._span)
        if self.is_masked:
            return
        if self._is_stale:
            self._show_twitches()
            self._next_trend_s = self._feed.time_s()
        elif self._feed.time_s() >= self._next_trend_s:
            self._show_level()

    def end(self) -> None:
        """Show the final state; no more samples come."""
        self._is_stale |= self.closeups.take_rest()
        if not self.is_masked:
            self._show_twitches()
            self._show_level()

    def _show_twitches(self) -> None:
        self._is_stale = False
        self._span = self._site()
        self.twitches = self.closeups.events(self._span)
        self.shown = self.closeups.of_site(self._span)
        self.raster.show_closeups(self.shown)
        self.decay.show_twitches(self.twitches)

    def _show_level(self) -> None:
        self._next_trend_s = self._feed.time_s() + TREND_S
        self.trend.show_trend(self._trend())

    def _trend(self) -> LevelTrend:
        channel = commonest((one.channel for one in self.twitches), self._usual)
        number, levels = self._names.index(channel), self._feed.levels
        spans_s = [(one.onset_s, one.offset_s) for one in self.twitches]
        title = (
            tr("spontaneous activity (SEA)")
            if levels.is_needle
            else tr("resting baseline, {channel}").format(channel=channel)
        )
        return LevelTrend(
            title,
            levels.points(number, self._span),
            [onset_s for onset_s, _ in spans_s],
            levels.before_and_after(number, self._span, spans_s),
            tr(SEA) if levels.is_needle else "",
        )
