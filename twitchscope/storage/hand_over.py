"""Steps that may hang, in a thread of their own: whoever hands one over waits for it as long as he likes, no longer."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

Step = Callable[[], Callable[[], None] | None]
"""May return what else there is to do: that is done once whoever waits for the step was told."""


class HandOver:
    """Runs steps one after the other, in the order in which they were handed over.

    A write to a disk that hangs is a call of the system that nothing ends. Nobody who has a window to draw, a board to
    read or a Ctrl-C to hear may be in it.

    Parameters
    ----------
    name : str
        Of the thread.
    """

    def __init__(self, name: str) -> None:
        self._steps: queue.SimpleQueue[tuple[Step, Future[None]] | None] = queue.SimpleQueue()
        self._is_closed = False
        self._closing_lock = threading.Lock()  # never held while anything waits
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ask(self, step: Step) -> Future[None] | None:
        """Have `step` called, and behind it what it returns, which must not raise. Any thread may ask.

        Returns
        -------
        Future or None
            Done once the step is, with what it raised; None behind the end, where nothing is done any more.
        """
        done: Future[None] = Future()
        with self._closing_lock:
            if self._is_closed:
                return None
            self._steps.put((step, done))
        return done

    def close(self, last: Step) -> None:
        """Have `last` called behind all that was handed over, and the thread ended then; waits for neither."""
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
            except Exception as error:  # whoever asked decides what it means
                done.set_exception(error)
                continue
            done.set_result(None)
            if rest is not None:
                rest()
