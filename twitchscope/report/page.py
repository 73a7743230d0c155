"""What stands on a page, whatever it is drawn on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading over what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `is_strong` where it must not be overlooked."""

    text: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values, in two columns of pairs where there is room."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header, all of its length; `widths` are shares of the line."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as PNG, and what it shows in words for who cannot see it."""

    png: bytes
    words: str


Part = Heading | Text | Facts | Table | Picture


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its title."""

    title: str
    parts: tuple[Part, ...]
