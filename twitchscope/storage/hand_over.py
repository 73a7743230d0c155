"""Thread for steps that may hang, so that callers wait for a step only as long as they choose."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

Step = Callable[[], Callable[[], None] | None]
"""Step that may return a further function; that is called after the step's caller has been notified."""


class HandOver:
    """Thread that runs steps one after the other, in the order in which they were handed over.

    A write to a hanging disk is a system call that nothing can interrupt. It must not block a thread that draws a
    window, reads a board or handles Ctrl-C.

    Parameters
    ----------
    name : str
        Name of the thread.
    """

    def __init__(self, name: str) -> None:
        self._steps: queue.SimpleQueue[tuple[Step, Future[None]] | None] = queue.SimpleQueue()
        self._is_closed = False
        self._closing_lock = threading.Lock()  # never held during a wait
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, step: Step) -> Future[None] | None:
        """Have `step` called, and after it the function it returns, which must not raise. Any thread may call this.

        Returns
        -------
        Future or None
            Done once the step is, with its exception if it raised one; None after `close`, when nothing is run.
        """
        done: Future[None] = Future()
        with self._closing_lock:
            if self._is_closed:
                return None
            self._steps.put((step, done))
        return done

    def close(self, last: Step) -> None:
        """Have `last` called after all other steps, then end the thread; returns at once."""
        with self._closing_lock:
            if not self._is_closed:
                self._is_closed = True
                self._steps.put((last, Future()))
                self._steps.put(None)

    def _run(self) -> None:
        while (handed := self._steps.get()) is not None:
            step, done = handed
            try:
                rest = step()
            except Exception as error:  # the caller decides what it means
                done.set_exception(error)
                continue
            done.set_result(None)
            if rest is not None:
                rest()
