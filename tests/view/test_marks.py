"""Marks in the window have the time of the key press, whatever the board does meanwhile."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from acquisition.core import Block, ManualClock
from tests.twitchscope.conftest import noise_blocks
from tests.view.conftest import HeldBoard, end_session, make_window, show_active, wait_until
from twitchscope.live.window import LiveWindow


class TimedBoard(HeldBoard):
    """Patient to be needled from the screen, timed by a clock that the test moves."""

    keeps_time = True
    fat_mm, locus_depth_mm = 4.0, 14.5

    def __init__(self, blocks: list[Block]) -> None:
        super().__init__(blocks)
        self.hand = ManualClock(blocks[-1].arrival_s)
        self.clock = self.hand

    def needle(self, depth_mm: float, across_mm: float = 0.0) -> None:
        """Do nothing."""


@pytest.fixture
def board() -> Iterator[TimedBoard]:
    with TimedBoard(noise_blocks(2.0)) as board:
        yield board


@pytest.fixture
def window(board: TimedBoard, qt_application: QApplication, tmp_path: Path) -> Iterator[LiveWindow]:
    """Yield a window whose board has sent 2 s, also by its clock, and is silent from now on."""
    window = make_window(board, tmp_path)
    show_active(window)
    window.start()
    wait_until(qt_application, lambda: window._feed.end_index == 2000)
    yield window
    end_session(qt_application, window, board)


def test_a_press_while_the_board_is_silent_has_its_own_time(
    window: LiveWindow, board: TimedBoard, qt_application: QApplication, tmp_path: Path
) -> None:
    board.hand.wait_s(1.5)
    for key in (Qt.Key.Key_S, Qt.Key.Key_N, Qt.Key.Key_W):
        QTest.keyClick(window, key)
    board.hand.wait_s(1.0)
    assert window.flow._note_s == pytest.approx(3.5, abs=0.01)
    window.flow._enter("a cough")
    QTest.keyClick(window, Qt.Key.Key_Backspace)
    board.release.set()
    window.finish()
    wait_until(qt_application, lambda: not window.worker.is_running)
    (path,) = tmp_path.glob("*/events.jsonl")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(line["label"], line["onset_s"]) for line in lines if line["kind"] == "marker"] == [
        ("seen", pytest.approx(3.5, abs=0.01)), ("needle_in", pytest.approx(3.5, abs=0.01)),
        ("note", pytest.approx(3.5, abs=0.01)), ("undo", pytest.approx(4.5, abs=0.01)),
    ]  # fmt: skip


def test_what_the_flow_keeps_while_the_board_is_silent_has_its_own_time(
    window: LiveWindow, board: TimedBoard, qt_application: QApplication, tmp_path: Path
) -> None:
    """Otherwise a mark made in the silence would come after the end of its site."""
    board.hand.wait_s(1.5)
    for key in (Qt.Key.Key_N, Qt.Key.Key_J, Qt.Key.Key_N, Qt.Key.Key_G, Qt.Key.Key_End):
        QTest.keyClick(window, key)
    board.release.set()
    window.finish()
    wait_until(qt_application, lambda: not window.worker.is_running)
    (path,) = tmp_path.glob("*/events.jsonl")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(line["label"], line["onset_s"]) for line in lines if line["kind"] in ("marker", "site")] == [
        (label, pytest.approx(3.5, abs=0.01)) for label in ("needle_in", "jab", "needle_out", "site_begin", "site_end")
    ]


def test_before_the_first_sample_nothing_is_marked(qt_application: QApplication, tmp_path: Path) -> None:
    with HeldBoard([]) as board:
        window = make_window(board, tmp_path)
        show_active(window)
        assert window.marks.now_s() is None
        for key in (Qt.Key.Key_S, Qt.Key.Key_N, Qt.Key.Key_W):
            window.strip.clear()
            QTest.keyClick(window, key)
            assert "Not marked" in window.strip.text
        QTest.keyClick(window, Qt.Key.Key_Backspace)
        assert "Nothing to take back" in window.strip.text
        window.close()


def test_what_the_board_stamped_has_its_flag_and_is_not_taken_back(
    window: LiveWindow, board: TimedBoard, qt_application: QApplication
) -> None:
    QTest.keyClick(window, Qt.Key.Key_S)
    assert window._session.mark("needle_contact", 1.25, "Digital E1 on", decided_by="board")
    window._session.mark("from_elsewhere", 1.5, decided_by="program")
    window.marks.advance()
    assert [flag.label for flag in window.traces.flags] == ["seen", "needle contact"]
    QTest.keyClick(window, Qt.Key.Key_Backspace)
    assert [(flag.label, flag.time_s) for flag in window.traces.flags] == [("needle contact", 1.25)]
