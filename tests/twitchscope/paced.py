"""Session in real time, for as long as the test wants it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from acquisition.core import Block, MonotonicClock
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session


class PacedBoard(ScriptedBoard):
    """Board that sends a block each 50 ms until the test ends it; `arrival_s` is when it was due, however late."""

    keeps_time = True

    def __init__(self, n_blocks: int) -> None:
        super().__init__(noise_blocks(0.05 * n_blocks))
        self.clock = MonotonicClock()
        self.is_over = threading.Event()

    def _start(self) -> None:
        super()._start()
        self._due_s = self.clock.now_s()

    def _read(self, timeout_s: float) -> Block | None:
        self._due_s += 0.05
        if self.is_over.wait(self._due_s - self.clock.now_s()):
            return None
        block = super()._read(timeout_s)
        return block and Block(block.first_index, block.counts, block.aux, block.valid, self._due_s)


@contextmanager
def paced_session(out: Path, attach: Callable[[Session], AbstractContextManager[None]]) -> Iterator[Session]:
    """Run a session of a `PacedBoard`, with its attachment, for the duration of the block."""
    with PacedBoard(6000) as board:
        session = Session(board, SessionPlan(out, "test"))
        thread = threading.Thread(target=session.run, name="session")
        with attach(session):
            thread.start()
            try:
                yield session
            finally:
                board.is_over.set()
                thread.join()
