"""What a user has chosen, kept from one start to the next; nothing in it tells who was treated, or by whom."""

from PySide6.QtCore import QSettings

from twitchscope.live.audio_mixer import LOUDEST
from twitchscope.live.theme import DARK, LIGHT, Theme

COMMON, OWN = "common", "own"
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


class Settings:
    """A file of the user's, where the system keeps such files (``twitchscope/live.ini``)."""

    def __init__(self) -> None:
        scope, style = QSettings.Scope.UserScope, QSettings.Format.IniFormat
        self._kept = QSettings(style, scope, "twitchscope", "live")

    @property
    def theme(self) -> Theme | None:
        """The theme that was chosen; None follows the desktop."""
        return THEMES.get(self.text("theme"))

    @property
    def pedals(self) -> tuple[tuple[str, str], ...]:
        """Keys of a pedal, each with the key that it stands for."""
        pairs = (pair.split("=", 1) for pair in self.text("pedals").split() if "=" in pair)
        return tuple((key, meant) for key, meant in pairs)

    @property
    def volume(self) -> int | None:
        """The volume that was chosen, 0 to `LOUDEST`; None where none was, or it is no volume."""
        told = self.text("volume")
        return int(told) if told.isdecimal() and int(told) <= LOUDEST else None

    @property
    def has_own_scales(self) -> bool:
        """Whether each channel has a scale of its own."""
        return self.text("scale") == OWN

    def text(self, key: str) -> str:
        """Return what was kept under a name, empty where nothing was or the file is damaged."""
        value = self._kept.value(key, "")
        return value if isinstance(value, str) else ""

    def keep(self, key: str, value: str) -> None:
        """Keep a value; a file that cannot be written loses nothing but the choice."""
        self._kept.setValue(key, value)
