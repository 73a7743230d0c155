"""Steps that may hang, in a thread of their own: whoever hands one over waits for it as long as he likes, no longer."""

import queue
import threading
from collections.abc import Callable

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
        self._steps: queue.SimpleQueue[tuple[Step, threading.Event] | None] = queue.SimpleQueue()
        self._is_closed = False
        self._closing_lock = threading.Lock()  # never held while anything waits
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ask(self, step: Step) -> threading.Event | None:
        """Have `step` called, and behind it what it returns; neither may raise. Any thread may ask.

        Returns
        -------
        threading.Event or None
            Set once the step is done; None behind the end, where nothing is done any more.
        """
        done = threading.Event()
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
                self._steps.put((last, threading.Event()))
                self._steps.put(None)

    def _run(self) -> None:
        while (handed := self._steps.get()) is not None:
            step, done = handed
            rest = step()
            done.set()
            if rest is not None:
                rest()
