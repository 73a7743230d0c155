"""Middle of the window: the running traces, or in their place the past or one enlarged twitch."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QStackedWidget

from twitchscope.live.feed import Feed
from twitchscope.live.lanes.traces import Traces
from twitchscope.live.look.theme import Theme
from twitchscope.live.past import PastPage, PastView
from twitchscope.live.twitches.closeup_view import CloseupView
from twitchscope.live.twitches.side_panel import SidePanel

SCROLL_SHARE = 0.5
"""Fraction of the displayed span by which a key scrolls; a step of the wheel scrolls a fifth of that."""


LEAST_PX = 60
"""Minimum height of the traces in a low window, as the sign has priority."""


class Stage(QStackedWidget):
    """Stack of the running traces and of pages in their place, which never cover the sign and stop nothing.

    Parameters
    ----------
    feed : Feed
        Feed of the running session.
    traces : Traces
        Running traces.
    side_panel : SidePanel
        Source of the twitches to enlarge.
    recording_path : callable
        Returns the path of the recording, None while there is none.
    theme : Theme
        Colours.
    """

    def __init__(
        self,
        feed: Feed,
        traces: Traces,
        side_panel: SidePanel,
        recording_path: Callable[[], Path | None],
        theme: Theme,
    ) -> None:
        super().__init__()
        self.setMinimumHeight(LEAST_PX)
        self.closeup = CloseupView(feed.info, theme)
        self.view = PastView(feed, recording_path)
        self.past = PastPage(self.view, feed, theme)
        self._feed = feed
        self._traces = traces
        self._side_panel = side_panel
        self._opened = 0
        for widget in (traces, self.past, self.closeup):
            self.addWidget(widget)
        side_panel.opened.connect(self.open_twitch)
        self.closeup.closed.connect(self.show_now)

    @property
    def is_paused(self) -> bool:
        """Whether the past is shown."""
        return self.currentWidget() is self.past

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.past.traces.set_theme(theme)
        self.closeup.set_theme(theme)

    def advance(self) -> None:
        """Update the banner of the past."""
        if self.is_paused:
            self.past.advance()

    def show_now(self) -> None:
        """Show the running traces again."""
        self.setCurrentWidget(self._traces)

    def toggle_pause(self) -> None:
        """Freeze the picture while the recording continues, or return to the present."""
        if self.is_paused:
            self.show_now()
        else:
            self._look_at(self._feed.end_index)

    def toggle_scale(self) -> None:
        """Toggle between common scales and one scale per channel, also in the past."""
        self._traces.toggle_scale()
        if self.is_paused:
            self.past.traces.toggle_scale()

    def scroll_by(self, shares: float) -> None:
        """Scroll by fractions of the displayed span, back if negative; beyond the end the present is shown."""
        if not self.is_paused and shares > 0.0:
            return
        rate_hz = self._feed.info.sampling_rate_hz
        end_index = self.view.end_index if self.is_paused else self._feed.end_index
        wanted = end_index + round(shares * self.past.traces.span_s * rate_hz)
        if wanted >= self._feed.end_index:
            self.show_now()
        else:
            self._look_at(max(wanted, min(round(self.past.traces.span_s * rate_hz), self._feed.end_index)))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 (Qt's name)
        """Scroll."""
        self.scroll_by(0.2 * SCROLL_SHARE * (-1.0 if event.angleDelta().y() > 0 else 1.0))
        event.accept()

    def open_twitch(self, place: int) -> None:
        """Enlarge a twitch of this site; 0 is the newest."""
        kept = self._side_panel.shown
        if not kept or self._side_panel.is_masked:
            return
        self._opened = min(max(place, 0), len(kept) - 1)
        self.closeup.show_closeup(kept[-1 - self._opened], len(self._side_panel.twitches))
        self.setCurrentWidget(self.closeup)

    def open_earlier(self) -> None:
        """Open the newest twitch, or the one before the open one."""
        self.open_twitch(self._opened + 1 if self.currentWidget() is self.closeup else 0)

    def open_later(self) -> None:
        """Open the twitch after the open one."""
        if self.currentWidget() is self.closeup:
            self.open_twitch(self._opened - 1)

    def _look_at(self, end_index: int) -> None:
        self.view.end_index = end_index
        self.past.traces.scales.is_common = self._traces.scales.is_common
        self.past.traces.show_only(self._traces.events, self._traces.flags)
        self.setCurrentWidget(self.past)
        self.past.traces.refill()
        self.past.advance()
