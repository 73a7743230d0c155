"""Callbacks for one kind of message, isolated so that one that fails does not affect the others."""

from collections.abc import Callable
from typing import Generic, TypeVar

from twitchscope.words import for_later

Message = TypeVar("Message")


class Subscribers(Generic[Message]):
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
        self._subscribers: list[tuple[str, Callable[[Message], None]]] = []

    def add(self, name: str, callback: Callable[[Message], None]) -> None:
        """Call `callback` from now on; `name` names it in the sentence if it fails."""
        self._subscribers.append((name, callback))

    def tell(self, message: Message) -> None:
        """Call all callbacks; never raises what they raise."""
        for subscriber in tuple(self._subscribers):
            name, callback = subscriber
            try:
                callback(message)
            except Exception as error:
                if self._drop(subscriber):
                    self._say(_dropped_text(name, error))

    def _drop(self, subscriber: tuple[str, Callable[[Message], None]]) -> bool:
        """Remove a callback; return False if another thread has just done so."""
        try:
            self._subscribers.remove(subscriber)
        except ValueError:
            return False
        return True


def _dropped_text(name: str, error: Exception) -> str:
    return for_later(
        "{what} stopped working: {why}; the recording goes on, and this is an error of the program",
        what=name,
        why=f"{type(error).__name__}: {error}",
    )
