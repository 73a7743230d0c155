"""Start of a session with the user's choices."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from acquisition.core import BoardConfigError, ChannelSetup, Role, Setup
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.entries.visit import Visit
from twitchscope.live.app import Showing
from twitchscope.live.begin import LiveOptions, begin
from twitchscope.live.flow.choosing_window import Chosen
from twitchscope.live.look.theme import LIGHT
from twitchscope.live.window import LiveWindow
from twitchscope.session.plan import SessionPlan

WITH_NEEDLE = Setup({2: ChannelSetup(name="Needle", role=Role.NEEDLE)})

Begin = Callable[[bool], int]


@pytest.fixture
def begin_on_a_needle(qt_application: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Return a function that starts a board with a needle, isolated or not, and closes the window after the session."""

    def close_when_ended() -> None:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, LiveWindow) and (window.worker.error or window.worker.result):
                window.finish()

    def start(is_isolated: bool) -> int:
        chosen = Chosen("scripted:", WITH_NEEDLE, Visit(), "p07", False, is_isolated, LIGHT)
        monkeypatch.setattr("twitchscope.live.begin.choose", lambda beginning, theme, size: chosen)
        monkeypatch.setattr("twitchscope.live.app.make_board", lambda url, setup: board)
        look = QTimer()
        look.timeout.connect(close_when_ended)
        look.start(20)
        board = ScriptedBoard(noise_blocks(1.0), setup=WITH_NEEDLE)
        showing = Showing(sound=None, theme=LIGHT)
        try:
            return begin(LiveOptions(None, Setup(), SessionPlan(tmp_path, "unnamed"), showing, False, ()))
        finally:
            look.stop()

    return start


def test_a_needle_whose_isolation_was_not_confirmed_begins_no_session(begin_on_a_needle: Begin, tmp_path: Path) -> None:
    with pytest.raises(BoardConfigError, match="isolated link"):
        begin_on_a_needle(False)
    assert list(tmp_path.iterdir()) == []


def test_a_needle_whose_isolation_was_confirmed_is_recorded(begin_on_a_needle: Begin, tmp_path: Path) -> None:
    assert begin_on_a_needle(True) == 0
    (folder,) = tmp_path.iterdir()
    assert folder.name.endswith("_p07")
