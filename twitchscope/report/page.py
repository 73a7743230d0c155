"""Parts of a page, independent of the output format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """Heading of the parts that follow."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraph; `is_strong` makes it bold."""

    text: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of name and value, in two columns if there is room."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header, all of the same length; `widths` are relative column widths."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Picture as PNG, with a description in words for readers who cannot see it."""

    png: bytes
    words: str


Part = Heading | Text | Facts | Table | Picture


@dataclass(frozen=True, slots=True)
class Page:
    """Page with its title."""

    title: str
    parts: tuple[Part, ...]
