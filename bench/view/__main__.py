"""Measure the live window: redraws, CPU share of the UI thread, latency of painting and sound, memory.

Run as ``python -m bench.view`` from the project's root; ``--soak-hours 8`` adds an accelerated run. Nothing is shown on
screen: Qt draws into memory, as on a machine without a graphics processor.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

from bench.view.board import LoopBoard
from bench.view.shown import LONGEST_S, SIZE, WARM_UP_S, Redraws, make_window
from bench.view.soak import measure_soak

OFTEN_S = 1.3
"""Mean interval of twitches while latencies are measured; the sign shows each of them for longer."""


def measure_redraws(
    application: QApplication, n_channels: int, rate_hz: float, seconds: float, n_confirmations: int
) -> None:
    """Draw a session for `seconds` s and until `n_confirmations` twitches are painted; print the frame costs."""
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
    """Print the time from the command to the first trace."""
    taken_s, cpu_s = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            code = "import sys; from bench.view.first_trace import run; run(*sys.argv[1:])"
            command = [sys.executable, "-c", code, repr(time.time()), folder]
            ended = subprocess.run(command, capture_output=True, text=True, check=True)
            printed_s = ended.stdout.split()
            taken_s.append(float(printed_s[0]))
            cpu_s.append(float(printed_s[1]))
    print(
        f"start to first trace, {repeats} starts: {_sorted_text(taken_s)} s, of which computing {_sorted_text(cpu_s)} s"
    )


def _sorted_text(values: list[float]) -> str:
    return ", ".join(f"{one:.2f}" for one in sorted(values))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="least length of each measurement; 0 for none")
    parser.add_argument(
        "--confirmations", type=int, default=50, help=f"each goes on for so many twitches, {LONGEST_S:g} s at most"
    )
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--soak-hours", type=float, default=0.0, help="length of an accelerated run")
    args = parser.parse_args()
    application = QApplication([])
    for n_channels, rate_hz in ((8, 1000.0), (16, 4000.0)) if args.seconds > 0.0 else ():
        measure_redraws(application, n_channels, rate_hz, args.seconds, args.confirmations)
    if args.starts:
        measure_start(args.starts)
    if args.soak_hours:
        measure_soak(application, args.soak_hours)


if __name__ == "__main__":
    main()
