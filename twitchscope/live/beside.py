"""What stands beside the traces: the twitches of this site, one under the other."""

from typing import Any

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from twitchscope.live.closeups import Closeups
from twitchscope.live.feed import SignalSource
from twitchscope.live.raster import Raster
from twitchscope.live.theme import Theme

LEAST_WIDTH_PX = 220


class Beside(QWidget):
    """Follows the confirmed twitches of a site.

    Parameters
    ----------
    feed : SignalSource
        Where the samples come from.
    theme : Theme
        Colours.
    """

    def __init__(self, feed: SignalSource, theme: Theme) -> None:
        super().__init__()
        self.closeups = Closeups(feed)
        self.raster = Raster([channel.name for channel in feed.info.channels], theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.raster, 1)
        self.setMinimumWidth(LEAST_WIDTH_PX)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.raster.set_theme(theme)

    def hear_twitch(self, record: dict[str, Any]) -> None:
        """Take a confirmed twitch."""
        self.closeups.expect(record)

    def begin_site(self) -> None:
        """Show nothing of the sites before."""
        self.closeups.begin_site()
        self.raster.show_closeups(self.closeups.kept)

    def advance(self) -> None:
        """Show the twitches whose signal has come since the last frame."""
        if self.closeups.advance():
            self.raster.show_closeups(self.closeups.kept)

    def end(self) -> None:
        """Show what there is: nothing more comes."""
        if self.closeups.take_rest():
            self.raster.show_closeups(self.closeups.kept)
