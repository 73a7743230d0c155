"""Patience with a disk that neither takes what is written nor says that it does not."""

import threading
from collections.abc import Callable

from acquisition.core import RecordingError


class HangingDisk(RecordingError):
    """The disk neither takes what is written nor says that it does not."""


class DiskWait:
    """Waits for a disk: tells once who waits, and goes on until the disk takes nothing for too long, or until asked.

    Parameters
    ----------
    tell : callable
        Called with a sentence, from the thread that waits.
    n_taken : callable
        Counts up with each thing that the disk takes.
    look_s : float
        How often, in seconds, whoever waits looks whether it has taken something.
    longest_s : float
        A disk that has taken nothing for so long has failed, though it never said so.
    """

    def __init__(
        self, tell: Callable[[str], None], n_taken: Callable[[], int], look_s: float, longest_s: float
    ) -> None:
        self._tell = tell
        self._n_taken = n_taken
        self._look_s = look_s
        self._longest_s = longest_s
        self._told: set[str] = set()
        self._is_given_up = False  # no Event: a signal handler sets it

    def give_up(self) -> None:
        """Let nobody wait any longer for a disk that was told to take nothing; any thread or signal handler may ask."""
        self._is_given_up = True

    @property
    def how_long(self) -> str:
        """Until when somebody waited, for a sentence that ends there."""
        return "until nobody waited any more" if self._is_given_up else f"for {self._longest_s:.0f} s"

    def until(self, who: str, told_s: float, has_come: Callable[[float], bool]) -> bool:
        """Try until it has come; return False where nobody waits any more.

        Parameters
        ----------
        who : str
            Waits.
        told_s : float
            That is told after so many seconds in which the disk took nothing.
        has_come : callable
            Called with the seconds that it may wait itself.
        """
        n_looks, n_taken = 0, self._n_taken()
        while not has_come(self._look_s):
            n_looks, n_taken = (n_looks + 1 if n_taken == self._n_taken() else 0), self._n_taken()
            if n_looks < round(told_s / self._look_s):
                continue
            self.tell_once(who, told_s)
            if n_looks >= round(self._longest_s / self._look_s) or self._is_given_up:
                return False
        return True

    def step(self, who: str, told_s: float, step: Callable[[], None]) -> bool:
        """Have `step` done by a thread of its own and wait as `until` does; raises what it raises.

        Other than a call of the system that hangs, the waiting hears Ctrl-C.
        """
        failures: list[Exception] = []

        def run() -> None:
            try:
                step()
            except Exception as error:  # whoever waits raises it
                failures.append(error)

        thread = threading.Thread(target=run, name=who, daemon=True)
        thread.start()

        def has_come(seconds: float) -> bool:
            thread.join(seconds)
            return not thread.is_alive()

        if not self.until(who, told_s, has_come):
            return False
        for error in failures:
            raise error
        return True

    def tell_once(self, who: str, waited_s: float) -> None:
        """Say once that somebody waits for the disk."""
        if who not in self._told:
            self._told.add(who)
            self._tell(f"{who} waits for the disk, which has taken nothing for {waited_s:g} s: does it hang?")
