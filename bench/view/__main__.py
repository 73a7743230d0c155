"""What the live window costs: redraws, the UI thread's share of a core, how soon a twitch is painted and heard, memory.

Run as ``python -m bench.view`` from the project's root; ``--soak-hours 8`` adds an accelerated run. Nothing is shown:
Qt draws into memory, which is what a machine without a graphics processor does too.
"""

import argparse
import gc
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from acquisition.core import Board
from bench.view.board import LoopBoard
from bench.view.output import PacedOutput
from twitchscope.live.feed import Feed
from twitchscope.live.sound import Sound
from twitchscope.live.theme import LIGHT
from twitchscope.live.window import FRAME_MS, LiveWindow
from twitchscope.session import Session, SessionPlan

SIZE = (1920, 1080)
WARM_UP_S = 3.0
OFTEN_S = 1.3
"""Between two twitches while latencies are measured; the sign shows each for longer than that."""

LONGEST_S = 120.0
"""A run that has not seen enough twitches by then ends all the same."""

SOAK_FRAME_S = 0.5
"""Signal between two frames of the accelerated run."""


class PaintCounter(QObject):
    """Counts the paintings of a widget."""

    def __init__(self) -> None:
        super().__init__()
        self.n = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Count, and let it pass."""
        self.n += event.type() is QEvent.Type.Paint
        return False


def make_window(board: Board, out: Path) -> tuple[LiveWindow, Feed]:
    """Return a window on a session of an open board, and its feed."""
    feeds: list[Feed] = []
    session = Session(
        board, SessionPlan(out, "bench"), lambda one: feeds[0].put_event(one), lambda found: feeds[0].put_found(found)
    )
    feeds.append(Feed(board.info, session.detection, board.clock, board.keeps_time))
    session.add_sink(feeds[0].put_block)
    sound = Sound(feeds[0], board.clock, lambda: PacedOutput(board.clock)) if board.keeps_time else None
    window = LiveWindow(session, feeds[0], LIGHT, sound=sound)
    window.resize(*SIZE)
    window.show()
    return window, feeds[0]


class Redraws:
    """Draws a running session, and knows what its frames cost.

    Parameters
    ----------
    application : QApplication
        Of the window.
    window : LiveWindow
        Shown, not yet running.
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
        """Draw for so long, and until so many twitches were painted."""
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
        """Count from here on."""
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


def measure_redraws(
    application: QApplication, n_channels: int, rate_hz: float, seconds: float, n_confirmations: int
) -> None:
    """Draw a running session for so long, and until so many twitches were painted; print what its frames cost."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LoopBoard(n_channels, rate_hz, LONGEST_S + 2.0 * WARM_UP_S, OFTEN_S) as board,
    ):
        window, _ = make_window(board, Path(folder))
        redraws = Redraws(application, window)
        redraws.run(seconds, n_confirmations)
        window.stop_frames()
        latencies_ms = {
            "painted confirmation": window.latency.kept_ms,
            "start of its sound": window.sound.latency.kept_ms,
        }
        n_underruns = window.sound.n_underruns
        window.close()
    print(f"{n_channels} channels at {rate_hz:g} SPS, {SIZE[0]} x {SIZE[1]}, {redraws.passed_s:.0f} s")
    print(f"  redraws a second                {redraws.n_painted / redraws.passed_s:8.1f}")
    print(f"  UI thread, share of a core      {100.0 * redraws.share:8.1f} %")
    for words, spent_ms in (("wall clock", redraws.wall_ms), ("CPU time  ", redraws.cpu_ms)):
        print(f"  frame, {words}, median, p99  {np.median(spent_ms):8.2f} {np.quantile(spent_ms, 0.99):8.2f} ms")
    for words, kept_ms in latencies_ms.items():
        if kept_ms:
            print(
                f"  arrival to {words}, median, p99 of {len(kept_ms)}: "
                f"{np.median(kept_ms):.1f} {np.quantile(kept_ms, 0.99):.1f} ms"
            )
    print(f"  sound: under-runs               {n_underruns:8d}")


def measure_start(repeats: int) -> None:
    """Print how long it takes from the command to the first trace."""
    taken_s, cpu_s = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            code = "import sys; from bench.view.first_trace import run; run(*sys.argv[1:])"
            command = [sys.executable, "-c", code, repr(time.time()), folder]
            said = subprocess.run(command, capture_output=True, text=True, check=True)
            told = said.stdout.split()
            taken_s.append(float(told[0]))
            cpu_s.append(float(told[1]))
    print(
        f"start to first trace, {repeats} starts: {_sorted_text(taken_s)} s, of which computing {_sorted_text(cpu_s)} s"
    )


def _sorted_text(values: list[float]) -> str:
    return ", ".join(f"{one:.2f}" for one in sorted(values))


def measure_soak(application: QApplication, hours: float) -> None:
    """Run hours of signal as fast as they go and print whether memory and frames grow."""
    n_marks = 8
    with (
        tempfile.TemporaryDirectory() as folder,
        LoopBoard(8, 1000.0, 3600.0 * hours, keeps_time=False) as board,
    ):
        window, feed = make_window(board, Path(folder))
        window.worker.start()
        started_s = time.perf_counter()
        cpu_ms: list[float] = []
        next_frame_s, next_mark_s = 0.0, 3600.0 * hours / n_marks
        print(f"accelerated run of {hours:g} h, 8 channels at 1000 SPS")
        while window.worker.is_running:
            if feed.time_s() < next_frame_s:
                time.sleep(0.001)
                continue
            next_frame_s = feed.time_s() + SOAK_FRAME_S
            cpu_s = time.thread_time()
            window.advance()
            application.processEvents()
            cpu_ms.append(1e3 * (time.thread_time() - cpu_s))
            if feed.time_s() >= next_mark_s:
                gc.collect()
                print(
                    f"  {feed.time_s() / 3600.0:5.2f} h  {resident_mb():7.1f} MB  "
                    f"frame {np.median(cpu_ms):.2f} ms, {window.status.n_twitches} twitches"
                )
                cpu_ms.clear()
                next_mark_s += 3600.0 * hours / n_marks
        window.stop_frames()
        window.close()
    print(f"  in {time.perf_counter() - started_s:.0f} s")


def resident_mb() -> float:
    """Return the memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="least length of each measurement")
    parser.add_argument(
        "--confirmations", type=int, default=50, help=f"each goes on for so many twitches, {LONGEST_S:g} s at most"
    )
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--soak-hours", type=float, default=0.0, help="length of an accelerated run")
    args = parser.parse_args()
    application = QApplication([])
    for n_channels, rate_hz in ((8, 1000.0), (16, 4000.0)):
        measure_redraws(application, n_channels, rate_hz, args.seconds, args.confirmations)
    if args.starts:
        measure_start(args.starts)
    if args.soak_hours:
        measure_soak(application, args.soak_hours)


if __name__ == "__main__":
    main()
