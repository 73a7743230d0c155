"""What a user has chosen, kept from one start to the next; nothing in it tells who was treated, or by whom."""

from PySide6.QtCore import QSettings
from PySide6.QtGui import QKeySequence

from twitchscope.live.audio.mixer import LOUDEST
from twitchscope.live.flow.steps import ON_OR_NEEDLE
from twitchscope.live.look.theme import DARK, LIGHT, Theme

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
        """Keys of a pedal, each with the key that it stands for; what is no key is left out."""
        pairs = (pair.partition("=") for pair in self.text("pedals").split())
        return tuple((key, meant) for key, _, meant in pairs if is_pedal(key, meant))

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


def is_pedal(key: str, meant: str) -> bool:
    """Tell whether both are keys, the second of them or `ON_OR_NEEDLE`."""
    return _is_key(key) and (_is_key(meant) or meant == ON_OR_NEEDLE)


def _is_key(text: str) -> bool:
    return bool(text) and " " not in text and QKeySequence(text).count() == 1 and bool(QKeySequence(text).toString())
