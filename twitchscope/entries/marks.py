"""Marks of a session, in one place: the kinds with their keys, and the marks that a person made."""

from dataclasses import dataclass
from typing import Protocol

from twitchscope.words import for_later

NEEDLE_IN, NEEDLE_OUT = "needle_in", "needle_out"
"""Start and end of a pass."""

NEEDLE_CONTACT = "needle_contact"
MARKER = "marker"
SYNC = "sync"
NOTE = "note"
NOTE_KEYS = ("W", "Return", "Enter")
JAB = "jab"
"""Needling of a simulated patient from the screen."""

SCREEN_FLASH = "screen_flash"
"""White square painted on the screen for a camera."""


SYNC_PULSE = "sync_pulse"
"""The board's sync output went on, as it does at each `SYNC`."""

NOT_KEPT = "not marked: no sample has come yet, or the recording has ended"


@dataclass(frozen=True, slots=True)
class MarkKind:
    """Kind of mark: its name in the files, its words on screen and its keys.

    Keys are named as in Qt (``Space``, ``Return``, a capital for a letter). The same key makes the same mark in the
    window and on the terminal.
    """

    label: str
    words: str
    keys: tuple[str, ...]


MARK_KINDS = (
    MarkKind(MARKER, for_later("marker"), ("Space",)),
    MarkKind("seen", for_later("twitch seen"), ("S",)),
    MarkKind("felt_by_practitioner", for_later("felt by practitioner"), ("F",)),
    MarkKind("felt_by_patient", for_later("felt by patient"), ("P",)),
    MarkKind("none_this_pass", for_later("none this pass"), ("0",)),
    MarkKind(NEEDLE_IN, for_later("needle in, a pass begins"), ("N",)),
    MarkKind(NEEDLE_OUT, for_later("needle out, the pass ends"), ("N",)),
    MarkKind(NEEDLE_CONTACT, for_later("needle contact"), ("K",)),
    MarkKind("electrode_change", for_later("electrodes changed"), ("E",)),
    MarkKind("adverse_event", for_later("adverse event"), ("A",)),
    MarkKind(SYNC, for_later("flash or tap that another clock sees too"), ("Y",)),
    MarkKind(NOTE, for_later("note"), NOTE_KEYS),
)
"""All marks that a person can make. The needle key alternates between in and out; a note is followed by its text."""

UNDO_KEYS = ("Backspace", "Ctrl+Z")

LABELS = frozenset(kind.label for kind in MARK_KINDS)


class MarkKeeper(Protocol):
    """Keeper of marks: a `Session`."""

    def mark(self, label: str, time_s: float, text: str = "", decided_by: str = "operator") -> bool:
        """Record a mark; return False if no recording is in progress that could keep it."""
        ...

    def undo_mark(self, label: str, marked_s: float, time_s: float) -> bool:
        """Record that a mark was undone."""
        ...


@dataclass(frozen=True, slots=True)
class MadeMark:
    """Mark that a person made, at `time_s` of the signal."""

    label: str
    time_s: float


class OperatorMarks:
    """Marks of one person: whether the needle is in, and which mark an undo removes.

    Parameters
    ----------
    keeper : MarkKeeper
        Keeper of the marks.
    """

    def __init__(self, keeper: MarkKeeper) -> None:
        self._keeper = keeper
        self._made: list[MadeMark] = []

    @property
    def needle_is_in(self) -> bool:
        """Whether a pass has begun and not ended."""
        needle = [made.label for made in self._made if made.label in (NEEDLE_IN, NEEDLE_OUT)]
        return bool(needle) and needle[-1] == NEEDLE_IN

    @property
    def last_label(self) -> str:
        """Label of the last mark that was not undone; empty before the first."""
        return self._made[-1].label if self._made else ""

    def mark(self, label: str, time_s: float, text: str = "") -> bool:
        """Mark `label` at `time_s` of the signal; return whether a recording keeps it."""
        if not self._keeper.mark(label, time_s, text):
            return False
        self._made.append(MadeMark(label, time_s))
        return True

    def toggle_needle(self, time_s: float) -> str | None:
        """Mark that the needle goes in or out; return which, or None if no recording keeps it."""
        label = NEEDLE_OUT if self.needle_is_in else NEEDLE_IN
        return label if self.mark(label, time_s) else None

    def undo(self, time_s: float) -> MadeMark | None:
        """Undo the last mark; return it, or None if there is none or no recording keeps the undo."""
        if not self._made or not self._keeper.undo_mark(self._made[-1].label, self._made[-1].time_s, time_s):
            return None
        return self._made.pop()
