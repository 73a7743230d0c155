"""Fixtures for windows without a screen; a Qt warning fails the test."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMessageLogContext, QSettings, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from acquisition.core import Block, Board
from tests.patience import DEADLINE_S
from tests.twitchscope.conftest import ScriptedBoard
from twitchscope.live.feed import Feed
from twitchscope.live.flow import board_work
from twitchscope.live.flow.view import FlowOptions
from twitchscope.live.look.theme import LIGHT
from twitchscope.live.window import WATCHING, LiveWindow
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session
from twitchscope.storage.disk import ReadUsage

HARMLESS = ("This plugin does not support propagateSizeHints()",)
"""Warning that the offscreen platform gives for every window."""


@pytest.fixture(scope="session")
def qt_application() -> Iterator[QApplication]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    yield application


@pytest.fixture(autouse=True)
def no_qt_warning(qt_application: QApplication) -> Iterator[None]:
    said: list[str] = []

    def handle(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind != QtMsgType.QtDebugMsg and text not in HARMLESS:
            said.append(text)

    previous = qInstallMessageHandler(handle)
    yield
    qt_application.processEvents()
    qInstallMessageHandler(previous)
    assert not said


class HeldBoard(ScriptedBoard):
    """Board that sends its blocks and then stays silent until `release` is set."""

    def __init__(self, blocks: list[Block]) -> None:
        super().__init__(blocks)
        self.release = threading.Event()

    def _read(self, timeout_s: float) -> Block | None:
        block = super()._read(timeout_s)
        if block is None and not self.release.wait(timeout_s):
            return self._empty_block()
        return block


@pytest.fixture(scope="session", autouse=True)
def settings_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Isolate the tests from the settings of the machine's user."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path_factory.mktemp("settings")))


@pytest.fixture
def patient_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give an operation that was asked to end enough time on a slow machine."""
    monkeypatch.setattr(board_work, "LONGEST_END_S", DEADLINE_S)


def show_active(window: QWidget) -> None:
    """Show a window and wait until it is active, as keys reach no other."""
    window.resize(1280, 720)
    window.show()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window, round(1000.0 * DEADLINE_S))


def make_window(
    board: Board, out: Path, flow_options: FlowOptions = WATCHING, read_usage: ReadUsage = shutil.disk_usage
) -> LiveWindow:
    session = Session(board, SessionPlan(out, "test"), read_usage)
    feed = Feed(board.info, session.detection, board.clock, board.keeps_time, ring_s=40.0)
    return LiveWindow(session, feed, LIGHT, flow_options)


def wait_until(application: QApplication, condition: Callable[[], object]) -> None:
    """Process Qt events until `condition` holds."""
    end_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end_s, "it did not come to that"
        application.processEvents()


def end_session(application: QApplication, window: LiveWindow, board: HeldBoard) -> None:
    """End the stream of the board, wait for the end of the session and close the window."""
    board.release.set()
    window.finish()
    wait_until(application, lambda: not window.worker.is_running)
    window.stop_frames()
    window.close()
