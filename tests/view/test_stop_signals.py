"""Window that is asked to close by a signal."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.patience import DEADLINE_S
from tests.twitchscope.sessions import record_session
from tests.view.conftest import wait_until
from twitchscope.live.stop_signals import finished_by_signals


def test_nothing_of_a_window_runs_in_the_handler_and_each_asking_is_heard(qt_application: QApplication) -> None:
    asked: list[str] = []
    with finished_by_signals(lambda: asked.append("finish")):
        for n_asked in (1, 2):
            signal.raise_signal(signal.SIGTERM)
            assert len(asked) == n_asked - 1, "the handler comes amid the drawing of a frame"
            wait_until(qt_application, lambda n_asked=n_asked: len(asked) == n_asked)


FAILING = """
import os, signal, sys, threading
from twitchscope.cli import main
from twitchscope.review import background, window

def fail(signal, n_columns):
    raise ValueError("probe")

tell = window.Strip.alarm

def alarm(strip, text):
    tell(strip, text)
    threading.Thread(target=end_once_only_qt_works, daemon=True).start()

def end_once_only_qt_works():
    n_looks = 0
    while n_looks < 200:
        threading.Event().wait(0.005)
        in_qt = sys._current_frames()[threading.main_thread().ident].f_code.co_name == "until_closed"
        n_looks = n_looks + 1 if in_qt else 0
    os.kill(os.getpid(), signal.SIGTERM)

background.overview_parts = fail
window.Strip.alarm = alarm
sys.exit(main(["review", sys.argv[1]]))
"""
"""Program whose background work fails, and which is then asked to end while its window is idle."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot ask a program to end")
def test_a_review_whose_work_has_failed_hears_that_it_shall_end(tmp_path: Path) -> None:
    recorded = record_session(tmp_path / "out")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, "-c", FAILING, str(recorded)]
    ended = subprocess.run(command, capture_output=True, env=environment, timeout=DEADLINE_S)
    assert ended.returncode == 0, ended.stderr
    assert b"Traceback" not in ended.stderr
