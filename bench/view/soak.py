"""Accelerated run over hours of signal, with the window's memory and lag measured at intervals."""

import gc
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from bench.view.board import LoopBoard
from bench.view.shown import WARM_UP_S, make_window
from twitchscope.live.feed import Feed
from twitchscope.live.window import FRAME_MS, LiveWindow

N_LOOKS = 8
LOOK_S = 15.0
"""Duration of each look in real time: a dozen twitches."""

LOOK_EVERY_S = 1.3
"""Mean interval of twitches."""

MARGIN_S = 300.0
"""Signal after the last look, which begins a few seconds late."""

FRAME_S = 0.5
"""Signal between two frames of the accelerated run."""


def measure_soak(application: QApplication, hours: float) -> None:
    """Run hours of signal, look at the window `N_LOOKS` times, and print memory, frames and lag at each look."""
    total_s = 3600.0 * hours
    with (
        tempfile.TemporaryDirectory() as folder,
        LoopBoard(8, 1000.0, total_s + MARGIN_S, LOOK_EVERY_S, keeps_time=False) as board,
    ):
        window, feed = make_window(board, Path(folder))
        window.worker.start()
        started_s = time.perf_counter()
        print(f"accelerated run of {hours:g} h, 8 channels at 1000 SPS, a twitch every {LOOK_EVERY_S:g} s")
        print("   hours   memory   frame, CPU time, median, p99   arrival to painting, median, p99   twitches")
        for number in range(1, N_LOOKS + 1):
            _hurry(application, window, feed, total_s * number / N_LOOKS)
            board.is_paced = True
            times = _look(application, window)
            board.is_paced = False
            print(f"  {feed.time_s() / 3600.0:6.2f}  {resident_mb():6.1f} MB {times} {window.status.n_twitches:9d}")
        window.stop_frames()
        window.close()
    print(f"  in {time.perf_counter() - started_s:.0f} s")


def _hurry(application: QApplication, window: LiveWindow, feed: Feed, until_s: float) -> None:
    """Process signal as fast as possible, up to `until_s` seconds of it."""
    next_frame_s = feed.time_s()
    while window.worker.is_running and feed.time_s() < until_s:
        if feed.time_s() < next_frame_s:
            time.sleep(0.001)
            continue
        next_frame_s = feed.time_s() + FRAME_S
        window.advance()
        application.processEvents()


def _look(application: QApplication, window: LiveWindow) -> str:
    """Draw in real time; return the CPU time of a frame and the latency from arrival to painting of a twitch."""
    gc.collect()
    _draw(application, window, WARM_UP_S)  # process what is still queued
    n_before = window.status.n_twitches
    spent_ms = _draw(application, window, LOOK_S)
    n_seen = window.status.n_twitches - n_before
    lag_ms = window.latency.kept_ms[-n_seen:] if n_seen > 0 else [np.nan]
    return (
        f"{np.median(spent_ms):16.2f} {np.quantile(spent_ms, 0.99):12.2f} ms"
        f" {np.median(lag_ms):21.1f} {np.quantile(lag_ms, 0.99):11.1f} ms"
    )


def _draw(application: QApplication, window: LiveWindow, seconds: float) -> list[float]:
    """Draw in real time for `seconds` s; return the CPU time of each frame in ms."""
    spent_ms: list[float] = []
    end_s = time.perf_counter() + seconds
    while (begun_s := time.perf_counter()) < end_s:
        cpu_s = time.thread_time()
        window.advance()
        application.processEvents()
        spent_ms.append(1e3 * (time.thread_time() - cpu_s))
        while time.perf_counter() - begun_s < 1e-3 * FRAME_MS:
            application.processEvents()
            time.sleep(0.001)
    return spent_ms


def resident_mb() -> float:
    """Return the resident memory of this process in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
