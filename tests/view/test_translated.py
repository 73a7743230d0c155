"""Session in another language: translated on screen, untranslated in files."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QComboBox

from acquisition.core import BoardInfo, Channel, Setup
from tests.catalogue import FOREIGN, all_foreign, speak
from tests.view.conftest import end_session, make_window, wait_until
from tests.view.test_needling import NeedledBoard
from twitchscope.cli import main
from twitchscope.entries.visit import Visit
from twitchscope.live.flow.channels_page import ChannelsPage
from twitchscope.live.flow.draft import SetupDraft
from twitchscope.live.flow.steps import Step
from twitchscope.live.flow.view import FlowOptions


@pytest.fixture(autouse=True)
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set another language with a translation of every text."""
    speak(all_foreign(), tmp_path / "locales", monkeypatch)


def test_files_and_report_of_a_session_are_english(qt_application: QApplication, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with NeedledBoard() as board:
        window = make_window(board, out, FlowOptions(Step.ELECTRODES))
        window.start()
        wait_until(qt_application, lambda: window._feed.time_s() >= 2.0)
        for key in "GXXG":  # electrodes, no contraction, no baseline, a site
            window.flow.press(key)
        for key in "TG":  # pain, and tenderness skipped
            window.flow.press(key)
        window.flow.flow.enter("2.5")
        window.flow.press("4")
        window.flow.press("End")
        assert window.flow.flow.is_at_needle
        window._jab()
        window._mark("seen")
        window.flow.press("G")
        while window.flow.flow.takes("1"):
            assert FOREIGN in window.flow.flow.sheet().title
            window.flow.press("1")
        window._feed.n_found_skipped = 7
        window.advance()
        assert f"{FOREIGN.capitalize()}the window stood still" in window.strip.text
        end_session(qt_application, window, board)
    (folder,) = out.iterdir()
    assert main(["report", str(folder)]) == 0
    texts = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {"session.json", "events.jsonl", "recording.bdf", "report.html"} <= texts.keys()
    for word in (b"arm", b"to the right of the middle", b"contact", b"twitch seen on the surface"):
        assert any(word in text for text in texts.values()), "else nothing was kept that could be told in two languages"
    assert b"were never shown" in texts["session.json"]
    assert b"Referred pain: where?" in texts["report.html"]
    for name, text in texts.items():
        assert FOREIGN.encode() not in text, name


def test_a_muscle_of_the_list_is_kept_in_english(qt_application: QApplication) -> None:
    info = BoardInfo("Board", 1000.0, (Channel("A", 0.1, muscle="masseter"),), 262.0)
    page = ChannelsPage(SetupDraft.of(info, Setup(), Visit()), masked=False)
    (muscle,) = [box for box in page.findChildren(QComboBox) if box.isEditable()]
    assert muscle.currentText() == f"{FOREIGN}masseter"
    muscle.setCurrentIndex(muscle.findText(f"{FOREIGN}infraspinatus"))
    assert page.draft.channels[0].muscle == "infraspinatus"
    muscle.setEditText("soleus")
    assert page.draft.channels[0].muscle == "soleus"
