"""Those who hear one kind of thing, of whom one that fails harms nobody else."""

from collections.abc import Callable
from typing import Generic, TypeVar

from twitchscope.words import for_later

Told = TypeVar("Told")


class Hearers(Generic[Told]):
    """Tells all of them, in the order in which they came; any thread may.

    One that fails is an error of this program, not of the recording: it hears nothing more, which is said of it.

    Parameters
    ----------
    say : callable
        Called with a sentence about one that failed.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._hearers: list[tuple[str, Callable[[Told], None]]] = []

    def add(self, name: str, hear: Callable[[Told], None]) -> None:
        """Let `hear` be called from now on; `name` is what is said of it where it fails."""
        self._hearers.append((name, hear))

    def tell(self, told: Told) -> None:
        """Call all of them; none of them raises."""
        for hearer in tuple(self._hearers):
            name, hear = hearer
            try:
                hear(told)
            except Exception as error:
                if self._drop(hearer):
                    self._say(_dropped_text(name, error))

    def _drop(self, hearer: tuple[str, Callable[[Told], None]]) -> bool:
        """Forget one; False where another thread has just done so."""
        try:
            self._hearers.remove(hearer)
        except ValueError:
            return False
        return True


def _dropped_text(name: str, error: Exception) -> str:
    return for_later(
        "{what} shows nothing any more: {why}; the recording goes on, and this is an error of the program",
        what=name,
        why=f"{type(error).__name__}: {error}",
    )
