"""Run ``twitchscope live`` and print the time to its first trace."""

import os
import time
from unittest.mock import patch

from twitchscope.cli import main
from twitchscope.live.window import LiveWindow


def run(started_s: str, folder: str) -> None:
    """Print the time from `started_s` (`time.time`) to the first trace and the total CPU time, in s; then end."""
    start = LiveWindow.start

    def start_and_tell(window: LiveWindow) -> None:
        window.traces.first_trace_painted.connect(lambda: _tell(window, float(started_s)))
        start(window)

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with patch.object(LiveWindow, "start", start_and_tell):
        main(["live", "--board", "simulated:?seed=1&rate=1000", "--exit-after", "30", "--out", folder])


def _tell(window: LiveWindow, started_s: float) -> None:
    print(f"{time.time() - started_s:.3f} {sum(os.times()[:4]):.3f}", flush=True)
    window.finish()
