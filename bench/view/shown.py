"""Live window on a board of negligible cost, and the cost of its frames."""

import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from acquisition.core import Board
from bench.view.output import PacedOutput
from twitchscope.live.audio.sound import Sound
from twitchscope.live.feed import Feed
from twitchscope.live.look.theme import LIGHT
from twitchscope.live.window import FRAME_MS, LiveWindow
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

SIZE = (1920, 1080)
WARM_UP_S = 3.0
LONGEST_S = 120.0
"""A run ends after this time even if too few twitches were painted."""


class PaintCounter(QObject):
    """Event filter that counts the paint events of a widget."""

    def __init__(self) -> None:
        super().__init__()
        self.n = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Count a paint event and pass every event on."""
        self.n += event.type() is QEvent.Type.Paint
        return False


def make_window(board: Board, out: Path) -> tuple[LiveWindow, Feed]:
    """Return a shown window on a session of an open board, and its feed."""
    session = Session(board, SessionPlan(out, "bench"))
    feed = Feed(board.info, session.detection, board.clock, board.keeps_time)
    sound = Sound(feed, board.clock, lambda: PacedOutput(board.clock)) if board.keeps_time else None
    window = LiveWindow(session, feed, LIGHT, sound=sound)
    window.resize(*SIZE)
    window.show()
    return window, feed


class Redraws:
    """Measurement of the frames of a running session.

    Parameters
    ----------
    application : QApplication
        Application of the window.
    window : LiveWindow
        Window that is shown but not yet running.
    """

    def __init__(self, application: QApplication, window: LiveWindow) -> None:
        self.wall_ms: list[float] = []
        self.cpu_ms: list[float] = []
        self.passed_s = self.share = 0.0
        self.n_painted = 0
        self._application = application
        self._window = window
        self._counter = PaintCounter()
        window.traces.installEventFilter(self._counter)
        self._begun_s: float | None = None
        self._begun_cpu_s = 0.0
        self._begun_painted = 0

    def run(self, seconds: float, n_confirmations: int) -> None:
        """Draw for `seconds` s and until `n_confirmations` twitches are painted, at most `LONGEST_S`."""
        self._window.worker.start()
        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda: self._frame(seconds, n_confirmations))
        timer.start(FRAME_MS)
        QTimer.singleShot(round(1e3 * WARM_UP_S), self._begin)
        self._application.exec()
        assert self._begun_s is not None
        self.passed_s = time.perf_counter() - self._begun_s
        self.share = (time.thread_time() - self._begun_cpu_s) / self.passed_s
        self.n_painted = self._counter.n - self._begun_painted
        timer.stop()

    def _begin(self) -> None:
        """Start counting after the warm-up."""
        self._begun_s, self._begun_cpu_s = time.perf_counter(), time.thread_time()
        self._begun_painted = self._counter.n
        self.wall_ms.clear()
        self.cpu_ms.clear()

    def _frame(self, seconds: float, n_confirmations: int) -> None:
        wall_s, cpu_s = time.perf_counter(), time.thread_time()
        self._window.advance()
        self._application.processEvents()
        self.wall_ms.append(1e3 * (time.perf_counter() - wall_s))
        self.cpu_ms.append(1e3 * (time.thread_time() - cpu_s))
        if self._begun_s is None:
            return
        passed_s = time.perf_counter() - self._begun_s
        has_seen = len(self._window.latency.kept_ms) >= n_confirmations
        if passed_s >= seconds and (has_seen or passed_s >= LONGEST_S):
            self._application.exit()
