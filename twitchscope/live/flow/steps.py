"""Which steps there are, and what a step puts before the user."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from twitchscope.words import tr

GO_ON, BACK, WITHOUT, SKIP_ALL = "G", "B", "X", "End"
"""Keys, as Qt names them: to the next step, to the one before, without this one, without all that is left of it."""

ON_OR_NEEDLE = "GO"
"""What a single pedal stands for: on through the steps, and while the needle has its turn in and out; held, it does
what `Choice.is_held` tells."""


class Step(Enum):
    """The steps, in their order."""

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
    """Return the name of a step on screen."""
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
    """Something that can be done.

    Attributes
    ----------
    key : str
        As Qt names it.
    words : str
        What it does.
    is_next : bool
        Whether it leads on.
    is_held : bool
        Whether a single pedal does it when it is held down.
    """

    key: str
    words: str
    is_next: bool = False
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One of several things that are looked at: its name, what was found, and whether it needs a hand."""

    name: str
    found: str
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a step puts before the user.

    Attributes
    ----------
    title : str
        What is asked or done, in a few words.
    text : str
        What there is to read.
    choices : tuple of Choice
        What can be done.
    items : tuple of Item
        What is looked at.
    entry : str or None
        What stands in a line to be typed, with Return at its end; None where nothing is typed.
    """

    title: str
    text: str = ""
    choices: tuple[Choice, ...] = ()
    items: tuple[Item, ...] = ()
    entry: str | None = None


class StepState(Protocol):
    """A step that is being gone through."""

    step: Step

    def sheet(self) -> Sheet:
        """Return what is put before the user now."""
        ...

    def tick(self) -> None:
        """Look at what the signal has brought since the last call."""
        ...

    def press(self, key: str) -> str | None:
        """Take a key of the sheet; return why it is refused, empty where it is not, None where it is no key of it."""
        ...

    def enter(self, text: str) -> str:
        """Take what was typed; return why it is refused, empty where it is not."""
        ...

    def why_not_on(self) -> str:
        """Return why the next step may not begin yet, empty where it may."""
        ...


class QuietStep:
    """What most steps have in common: nothing is typed, nothing has to be waited for."""

    def tick(self) -> None:
        """Nothing to look at."""

    def press(self, key: str) -> str | None:
        """Take no key of its own."""
        return None

    def enter(self, text: str) -> str:
        """Take nothing that is typed."""
        return ""

    def why_not_on(self) -> str:
        """Nothing has to be waited for."""
        return ""


def on_and_back(words: str) -> tuple[Choice, ...]:
    """Return the choices that nearly every step has: on, in these words, and back."""
    return (Choice(GO_ON, words, is_next=True), Choice(BACK, tr("back")))
