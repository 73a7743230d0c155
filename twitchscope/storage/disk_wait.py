"""Waiting for a disk that neither accepts a write nor reports an error."""

import threading
from collections.abc import Callable

from acquisition.core import RecordingError


class HangingDisk(RecordingError):
    """The disk neither accepts a write nor reports an error."""


class DiskWait:
    """Wait for a disk, reported once per waiter, until the disk accepts nothing for too long or `give_up` is called.

    Parameters
    ----------
    tell : callable
        Called with a sentence, from the waiting thread.
    n_taken : callable
        Returns a count that increases with everything that the disk accepts.
    look_s : float
        Interval in seconds at which a waiter checks whether the disk has accepted something.
    longest_s : float
        Time in seconds after which a disk that has accepted nothing has failed, even without an error.
    """

    def __init__(
        self, tell: Callable[[str], None], n_taken: Callable[[], int], look_s: float, longest_s: float
    ) -> None:
        self._tell = tell
        self._n_taken = n_taken
        self._look_s = look_s
        self._longest_s = longest_s
        self._reported: set[str] = set()
        self._is_given_up = False  # no Event: a signal handler sets it

    def give_up(self) -> None:
        """End all waits for a disk that was reported as hanging; callable from any thread or signal handler."""
        self._is_given_up = True

    @property
    def how_long(self) -> str:
        """How long the wait lasted, as part of a sentence."""
        return "until nobody waited any more" if self._is_given_up else f"for {self._longest_s:.0f} s"

    def until(self, who: str, report_after_s: float, has_come: Callable[[float], bool]) -> bool:
        """Call `has_come` until it returns True; return False if the wait was ended.

        Parameters
        ----------
        who : str
            What waits.
        report_after_s : float
            Seconds in which the disk accepted nothing after which the wait is reported.
        has_come : callable
            Called with the seconds for which it may block; returns whether the wait is over.
        """
        n_looks, n_taken = 0, self._n_taken()
        while not has_come(self._look_s):
            n_looks, n_taken = (n_looks + 1 if n_taken == self._n_taken() else 0), self._n_taken()
            if n_looks < round(report_after_s / self._look_s):
                continue
            self.tell_once(who, report_after_s)
            if n_looks >= round(self._longest_s / self._look_s) or self._is_given_up:
                return False
        return True

    def step(self, who: str, report_after_s: float, step: Callable[[], None]) -> bool:
        """Run `step` in a thread of its own and wait as `until` does; raise what it raises.

        Unlike a system call that hangs, this wait can be interrupted by Ctrl-C.
        """
        failures: list[Exception] = []

        def run() -> None:
            try:
                step()
            except Exception as error:  # raised again by the waiting thread
                failures.append(error)

        thread = threading.Thread(target=run, name=who, daemon=True)
        thread.start()

        def has_come(seconds: float) -> bool:
            thread.join(seconds)
            return not thread.is_alive()

        if not self.until(who, report_after_s, has_come):
            return False
        for error in failures:
            raise error
        return True

    def tell_once(self, who: str, waited_s: float) -> None:
        """Report once that `who` waits for the disk."""
        if who not in self._reported:
            self._reported.add(who)
            self._tell(f"{who} waits for the disk, which has taken nothing for {waited_s:g} s: does it hang?")
