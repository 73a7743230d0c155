"""The window without a screen; whatever Qt warns of fails the test."""

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
from twitchscope.live.flow.view import Way
from twitchscope.live.look.theme import LIGHT
from twitchscope.live.window import WATCHING, LiveWindow
from twitchscope.session.session import Session, SessionPlan
from twitchscope.storage.disk import ReadUsage

HARMLESS = ("This plugin does not support propagateSizeHints()",)
"""The offscreen platform says so of every window."""


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
    """Sends its blocks and then stays silent until `release` is set."""

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
    """Let no test read or write what the user of this machine has chosen."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path_factory.mktemp("settings")))


def show_active(window: QWidget) -> None:
    """Show a window and wait until it is the active one: keys reach no other."""
    window.resize(1280, 720)
    window.show()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window, round(1000.0 * DEADLINE_S))


def make_window(board: Board, out: Path, way: Way = WATCHING, read_usage: ReadUsage = shutil.disk_usage) -> LiveWindow:
    feeds: list[Feed] = []
    session = Session(
        board,
        SessionPlan(out, "test"),
        lambda event: feeds[0].put_event(event),
        lambda found: feeds[0].put_found(found),
        read_usage=read_usage,
    )
    feeds.append(Feed(board.info, session.detection, board.clock, board.keeps_time, ring_s=40.0))
    session.add_sink(feeds[0].put_block)
    return LiveWindow(session, feeds[0], LIGHT, way)


def wait_until(application: QApplication, condition: Callable[[], object]) -> None:
    """Let Qt work until `condition` holds."""
    end_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end_s, "it did not come to that"
        application.processEvents()


def end_session(application: QApplication, window: LiveWindow, board: HeldBoard) -> None:
    """Let the board send its end, the session close its files and the window close."""
    board.release.set()
    window.finish()
    wait_until(application, lambda: not window.worker.is_running)
    window.stop_frames()
    window.close()
