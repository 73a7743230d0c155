"""Take screenshots of a guided session on the simulated patient, from the real windows.

``QT_QPA_PLATFORM=offscreen python -m bench.flow_pictures FOLDER`` writes flow-channels.png, flow-contraction.png and
flow-truth.png, which the documents show. It takes about a minute.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from acquisition.core import ChannelSetup, Role, Setup, make_board
from twitchscope.entries.visit import Visit
from twitchscope.live.app import gui_application
from twitchscope.live.feed import Feed
from twitchscope.live.flow.board_work import Work
from twitchscope.live.flow.choosing_window import Beginning, ChoosingWindow
from twitchscope.live.flow.steps import Step
from twitchscope.live.flow.view import FlowOptions
from twitchscope.live.look.theme import LIGHT
from twitchscope.live.window import LiveWindow
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

URL = "simulated:?seed=3&rate=1000&scenario=by_hand"
SIZE = (1280, 720)
LONGEST_S = 60.0
N_PASSES = 14


class _NoWork(Work):
    """Work that does not search for ports, so that this machine's ports do not appear in the pictures."""

    def look_for_boards(self) -> None:
        """Find nothing."""


def _wait(application: QApplication, is_so: Callable[[], object], least_s: float = 0.0) -> None:
    start_s = time.monotonic()
    while time.monotonic() < start_s + least_s or not is_so():
        if time.monotonic() > start_s + LONGEST_S:
            raise SystemExit("the window did not come to that")
        application.processEvents()
        time.sleep(0.005)


def _save(window: QWidget, folder: Path, name: str) -> None:
    window.grab().save(str(folder / f"flow-{name}.png"))


def _choose(application: QApplication, folder: Path) -> None:
    visit = Visit(operator="op-1", visit="v2", study_arm="B", electrode_spacing_mm=20.0, needle_gauge="0.30")
    window = ChoosingWindow(Beginning(Setup(), visit, "p07", True), LIGHT, _NoWork())
    window.resize(*SIZE)
    window.show()
    window.open_board(URL)
    _wait(application, lambda: window.step is Step.CHANNELS)
    _wait(application, lambda: True, 0.5)  # the page is laid out
    _save(window, folder, "channels")
    window.close()


def _go_through(application: QApplication, window: LiveWindow, folder: Path) -> None:
    wait, flow = partial(_wait, application), window.flow.flow

    def press(*keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(application.focusWidget() or window, key)
            wait(lambda: True, 0.3)

    wait(lambda: window.flow.monitor.end_second >= 6)
    press(Qt.Key.Key_G, Qt.Key.Key_G)
    wait(lambda: "smaller on the reference" in flow.sheet().text)
    wait(lambda: True, 0.3)  # the sheet is laid out
    _save(window, folder, "contraction")
    press(Qt.Key.Key_G)
    wait(lambda: window.flow.flow.sheet().title == "The resting baseline is learnt")
    press(Qt.Key.Key_G, Qt.Key.Key_1, Qt.Key.Key_G, Qt.Key.Key_7, Qt.Key.Key_End, Qt.Key.Key_N)
    assert window.practice is not None
    section = window.practice.section
    section.aim(round(section.locus_depth_mm - section.depth_mm), round(-section.across_mm))
    for number in range(N_PASSES):
        section.aim((number % 3) - 1, ((number // 3) % 3) - 1)
        press(Qt.Key.Key_J)
        wait(lambda: True, 0.4)
    press(Qt.Key.Key_N, Qt.Key.Key_G, Qt.Key.Key_3, Qt.Key.Key_End, Qt.Key.Key_U)
    _save(window, folder, "truth")


def main(folder: Path) -> None:
    """Write the pictures to `folder`."""
    application = gui_application()
    _choose(application, folder)
    setup = Setup(
        {
            1: ChannelSetup(muscle="upper trapezius", side="left", needled_band=True),
            8: ChannelSetup(role=Role.REFERENCE),
        }
    )
    with tempfile.TemporaryDirectory() as out, make_board(URL, setup) as board:
        session = Session(board, SessionPlan(Path(out), "p07"))
        feed = Feed(board.info, session.detection, board.clock, board.keeps_time)
        window = LiveWindow(session, feed, LIGHT, FlowOptions())
        window.resize(*SIZE)
        window.show()
        window.activateWindow()
        window.start()
        try:
            _go_through(application, window, folder)
        finally:
            window.finish()
            window.stop_frames()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
