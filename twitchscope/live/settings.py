"""Choices of the user that persist between starts; none of them identifies a patient or an operator."""

from PySide6.QtCore import QSettings
from PySide6.QtGui import QKeySequence

from twitchscope.live.audio.mixer import LOUDEST
from twitchscope.live.flow.steps import ON_OR_NEEDLE
from twitchscope.live.look.theme import DARK, LIGHT, Theme

COMMON, OWN = "common", "own"
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


class Settings:
    """Settings file of the user in the system's place for such files (``twitchscope/live.ini``)."""

    def __init__(self) -> None:
        scope, style = QSettings.Scope.UserScope, QSettings.Format.IniFormat
        self._kept = QSettings(style, scope, "twitchscope", "live")

    @property
    def theme(self) -> Theme | None:
        """Chosen theme; None follows the desktop."""
        return THEMES.get(self.text("theme"))

    @property
    def pedals(self) -> tuple[tuple[str, str], ...]:
        """Keys of a pedal, each with the key that it stands for; invalid keys are omitted."""
        pairs = (pair.partition("=") for pair in self.text("pedals").split())
        return tuple((key, meant) for key, _, meant in pairs if is_pedal(key, meant))

    @property
    def volume(self) -> int | None:
        """Chosen volume, 0 to `LOUDEST`; None if there is none or it is invalid."""
        text = self.text("volume")
        return int(text) if text.isdecimal() and int(text) <= LOUDEST else None

    @property
    def has_own_scales(self) -> bool:
        """Whether each channel has a scale of its own."""
        return self.text("scale") == OWN

    def text(self, key: str) -> str:
        """Return a stored value, empty if there is none or the file is damaged."""
        value = self._kept.value(key, "")
        return value if isinstance(value, str) else ""

    def keep(self, key: str, value: str) -> None:
        """Store a value; if the file cannot be written, only this choice is lost."""
        self._kept.setValue(key, value)


def is_pedal(key: str, meant: str) -> bool:
    """Return whether `key` is a key and `meant` a key or `ON_OR_NEEDLE`."""
    return _is_key(key) and (_is_key(meant) or meant == ON_OR_NEEDLE)


def _is_key(text: str) -> bool:
    return bool(text) and " " not in text and QKeySequence(text).count() == 1 and bool(QKeySequence(text).toString())
