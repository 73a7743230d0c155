"""Syncing of files to the disk in a separate thread, so that what is written soon survives a power cut too."""

import threading
from collections.abc import Callable


class DiskSync:
    """Thread that runs sync calls one after the other, so that no caller waits.

    A busy disk takes a second or more for a sync. Code that writes signal, or a line that is about to be shown, cannot
    wait for so long.

    Parameters
    ----------
    on_error : callable
        Called in the thread with the exception of such a call; it must not raise.
    """

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        self.n_done = 0
        """Number of calls so far."""
        self._on_error = on_error
        self._wanted: list[Callable[[], None]] = []
        self._is_at_work = self._is_closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="disk sync", daemon=True)

    def start(self) -> None:
        """Start the thread; calls requested before are then run."""
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether all requested calls are done."""
        return not self._wanted and not self._is_at_work

    def request(self, bring: Callable[[], None]) -> None:
        """Have `bring` called soon: once for all equal requests before it begins. Any thread may call this."""
        with self._changed:
            if bring not in self._wanted:
                self._wanted.append(bring)
                self._changed.notify()

    def close(self) -> None:
        """Run the requested calls and end the thread; may be called any number of times."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while (bring := self._next()) is not None:
            try:
                bring()
            except Exception as error:  # the recorder must know of any error
                self._on_error(error)
            self.n_done += 1

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            self._is_at_work = False
            self._changed.wait_for(lambda: self._wanted or self._is_closing)
            self._is_at_work = bool(self._wanted)
            return self._wanted.pop(0) if self._wanted else None
