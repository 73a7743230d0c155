"""JSON objects whose values are checked when they are read, since anybody may have written them."""

import math
from typing import Any

from acquisition.core import RecordingError

LONGEST_TEXT = 200
"""Characters of a name or note that are kept: longer ones do not fit a line of a page."""

MOST_TEXTS = 1000
"""Most items in a list of texts: more than a board has channels or a verdict has reasons."""

Record = dict[str, Any]


class Fields:
    """Object of a file, whose values are read by type.

    The methods raise RecordingError if a value has the wrong type.

    Parameters
    ----------
    where : str
        Name of the object in messages.
    values : dict
        Values from JSON.
    """

    def __init__(self, where: str, values: Record) -> None:
        self.where = where
        self._values = values

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def text(self, key: str, default: str = "") -> str:
        """Return a text in one line, truncated to `LONGEST_TEXT`."""
        value = self._values.get(key)
        if value is None:
            return default
        return _one_line(self._typed(key, value, str, "a text"))

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._values.get(key)
        return default if value is None else bool(self._typed(key, value, bool, "true or false"))

    def number(self, key: str) -> float | None:
        """Return a finite number, or None if it is missing."""
        value = self._values.get(key)
        return None if value is None else self._finite(key, value)

    def known_number(self, key: str) -> float:
        """Return a finite number; raise RecordingError if it is missing."""
        number = self.number(key)
        if number is None:
            raise RecordingError(f"{self.where} states no {key}: was it written by another program?")
        return number

    def table(self, key: str) -> "Fields":
        """Return an object, empty if it is missing."""
        value = self._values.get(key)
        return Fields(f"{self.where}, {key}", {} if value is None else self._typed(key, value, dict, "an object"))

    def numbers(self, key: str) -> dict[str, float]:
        """Return the finite numbers of an object by name, none if it is missing."""
        table = self.table(key)
        return {name: table.known_number(name) for name in table._values}

    def tables(self, key: str) -> "list[Fields]":
        """Return a list of objects, empty if it is missing."""
        value = self._values.get(key)
        items = [] if value is None else self._typed(key, value, list, "a list")
        if not all(isinstance(item, dict) for item in items):
            raise self._wrong(key, items, "a list of objects")
        return [Fields(f"{self.where}, {key} {number}", item) for number, item in enumerate(items, start=1)]

    def texts(self, key: str) -> list[str]:
        """Return a list of texts, empty if it is missing."""
        value = self._values.get(key)
        items = [] if value is None else self._typed(key, value, list, "a list")
        if len(items) > MOST_TEXTS or not all(isinstance(item, str) for item in items):
            raise self._wrong(key, items, f"a list of at most {MOST_TEXTS} texts")
        return [_one_line(item) for item in items]

    def band(self, key: str, low: float, high: float) -> tuple[float, float] | None:
        """Return a list's two rising numbers between `low` and `high`, or None if it is missing."""
        value = self._values.get(key)
        if value is None:
            return None
        expected = f"two rising numbers between {low:g} and {high:g}"
        edges = [self._finite(key, item) for item in self._typed(key, value, list, expected)[:3]]
        if len(edges) != 2 or not low < edges[0] < edges[1] < high:
            raise self._wrong(key, value, expected)
        return edges[0], edges[1]

    def _finite(self, key: str, value: Any) -> float:
        if isinstance(value, bool):
            raise self._wrong(key, value, "a number")
        try:
            number = float(self._typed(key, value, (int, float), "a number"))
        except OverflowError as error:
            raise self._wrong(key, "a number without end", "a number") from error
        if not math.isfinite(number):
            raise self._wrong(key, value, "a finite number")
        return number

    def _typed(self, key: str, value: Any, kinds: Any, expected: str) -> Any:
        if not isinstance(value, kinds):
            raise self._wrong(key, value, expected)
        return value

    def _wrong(self, key: str, value: object, expected: str) -> RecordingError:
        shown = repr(value)
        shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
        return RecordingError(
            f"{self.where}: {key} is {shown}, expected {expected}; it is damaged, or was written by another program"
        )


def _one_line(text: str) -> str:
    """Return a text without line breaks and other unprintable characters, truncated if it is too long."""
    clean = "".join(char if char.isprintable() else " " for char in text).strip()
    return clean if len(clean) <= LONGEST_TEXT else f"{clean[: LONGEST_TEXT - 1]}…"
