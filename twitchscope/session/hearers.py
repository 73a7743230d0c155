"""Callbacks for one kind of message, isolated so that one that fails does not affect the others."""

from collections.abc import Callable
from typing import Generic, TypeVar

from twitchscope.words import for_later

Told = TypeVar("Told")


class Hearers(Generic[Told]):
    """Callbacks, called in the order in which they were added; any thread may call them.

    An exception in a callback is an error of this program, not of the recording. The callback is removed, which is
    reported.

    Parameters
    ----------
    say : callable
        Called with a sentence about a callback that failed.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._hearers: list[tuple[str, Callable[[Told], None]]] = []

    def add(self, name: str, hear: Callable[[Told], None]) -> None:
        """Call `hear` from now on; `name` names it in the sentence if it fails."""
        self._hearers.append((name, hear))

    def tell(self, told: Told) -> None:
        """Call all callbacks; never raises what they raise."""
        for hearer in tuple(self._hearers):
            name, hear = hearer
            try:
                hear(told)
            except Exception as error:
                if self._drop(hearer):
                    self._say(_dropped_text(name, error))

    def _drop(self, hearer: tuple[str, Callable[[Told], None]]) -> bool:
        """Remove a callback; return False if another thread has just done so."""
        try:
            self._hearers.remove(hearer)
        except ValueError:
            return False
        return True


def _dropped_text(name: str, error: Exception) -> str:
    return for_later(
        "{what} stopped working: {why}; the recording goes on, and this is an error of the program",
        what=name,
        why=f"{type(error).__name__}: {error}",
    )
