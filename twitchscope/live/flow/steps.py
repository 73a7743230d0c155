"""Steps of a session, and the content of their sheets."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from twitchscope.words import tr

GO_ON, BACK, WITHOUT, SKIP_ALL = "G", "B", "X", "End"
"""Keys, as Qt names them: next step, previous step, skip this step, skip all remaining questions."""

ON_OR_NEEDLE = "GO"
"""Meaning of a single pedal: go on through the steps, and mark the needle in and out while needling. Held, it makes the
choice with `Choice.is_held`."""


class Step(Enum):
    """Steps in order."""

    BOARD = "board"
    CHANNELS = "channels"
    ELECTRODES = "electrodes"
    CONTRACTION = "contraction"
    REST = "rest"
    SITE = "site"
    BEFORE = "before"
    NEEDLE = "needle"
    AFTER = "after"


def step_words(step: Step) -> str:
    """Return the displayed name of a step."""
    return {
        Step.BOARD: tr("board"),
        Step.CHANNELS: tr("channels"),
        Step.ELECTRODES: tr("electrodes"),
        Step.CONTRACTION: tr("contraction"),
        Step.REST: tr("rest"),
        Step.SITE: tr("site"),
        Step.BEFORE: tr("before"),
        Step.NEEDLE: tr("needle"),
        Step.AFTER: tr("after"),
    }[step]


@dataclass(frozen=True, slots=True)
class Choice:
    """Possible action.

    Attributes
    ----------
    key : str
        Key, as Qt names it.
    words : str
        Description of the action.
    is_next : bool
        Whether it goes on.
    is_held : bool
        Whether a single pedal does it when held.
    """

    key: str
    words: str
    is_next: bool = False
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """Checked item: its name, what was found, and whether it needs attention."""

    name: str
    found: str
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """Content that a step shows to the user.

    Attributes
    ----------
    title : str
        Question or instruction in a few words.
    text : str
        Text to read.
    choices : tuple of Choice
        Possible actions.
    items : tuple of Item
        Checked items.
    entry : str or None
        Initial text of a line to be typed and completed with Return; None if nothing is typed.
    """

    title: str
    text: str = ""
    choices: tuple[Choice, ...] = ()
    items: tuple[Item, ...] = ()
    entry: str | None = None


class StepState(Protocol):
    """Interface of a step in progress."""

    step: Step

    def sheet(self) -> Sheet:
        """Return the current sheet."""
        ...

    def tick(self) -> None:
        """Process the signal since the last call."""
        ...

    def press(self, key: str) -> str | None:
        """Process a key; return why it is refused, empty if accepted, None if it is not a key of the step."""
        ...

    def enter(self, text: str) -> str:
        """Process typed text; return why it is refused, empty if accepted."""
        ...

    def why_not_on(self) -> str:
        """Return why the next step may not begin yet, empty if it may."""
        ...


class QuietStep:
    """Base of steps that take no text and need not wait."""

    def tick(self) -> None:
        """Do nothing."""

    def press(self, key: str) -> str | None:
        """Accept no key."""
        return None

    def enter(self, text: str) -> str:
        """Accept any text and ignore it."""
        return ""

    def why_not_on(self) -> str:
        """Return empty text, as there is nothing to wait for."""
        return ""


def on_and_back(words: str) -> tuple[Choice, ...]:
    """Return the two choices of nearly every step: go on, in these words, and back."""
    return (Choice(GO_ON, words, is_next=True), Choice(BACK, tr("back")))
