"""A simulated patient is needled by a key and by the mouse; other boards are not."""

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from tests.twitchscope.conftest import noise_blocks
from tests.view.conftest import HeldBoard, end_session, make_window, show_active, wait_until
from twitchscope.live.flow.steps import Step
from twitchscope.live.flow.view import FlowOptions

FAT_MM, LOCUS_DEPTH_MM = 4.0, 14.5


class NeedledBoard(HeldBoard):
    """Board that stores where it was needled."""

    fat_mm = FAT_MM
    locus_depth_mm = LOCUS_DEPTH_MM

    def __init__(self) -> None:
        super().__init__(noise_blocks(2.0))
        self.passes: list[tuple[float, float]] = []

    def true_events(self) -> dict[str, Any]:
        """Return one pass that evoked a twitch."""
        twitch = {"contact_s": 2.1, "onset_s": 2.12, "peak_uv": 30.0, "snr_db": 20.0, "grade": "medium"}
        return {"twitches": [twitch], "needle_contacts": [2.1], "confounders": []}

    def needle(self, depth_mm: float, across_mm: float = 0.0) -> None:
        """Store the pass."""
        self.passes.append((depth_mm, across_mm))


def test_a_key_and_a_click_needle_the_simulated_patient(qt_application: QApplication, tmp_path: Path) -> None:
    with NeedledBoard() as board:
        window = make_window(board, tmp_path)
        show_active(window)
        assert window.practice is not None
        section = window.practice.section
        assert "key J" in window.strip.text
        assert any(button.accessibleName() == "needle the patient" for button in window.findChildren(QPushButton))
        QTest.keyClick(window, Qt.Key.Key_J)
        assert board.passes == [], "nothing runs yet"
        window.start()
        wait_until(qt_application, lambda: window._feed.time_s() >= 2.0)
        QTest.keyClick(window, Qt.Key.Key_J)
        before = section.grab().toImage()
        for point in (section.point_at(20.0, 6.0).toPoint(), QPoint(30, 2)):  # the second lies above the skin
            QTest.mouseClick(section, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
        QTest.mouseClick(section, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, QPoint(75, 200))
        QTest.keyClick(window, Qt.Key.Key_J)
        assert section.grab().toImage() != before
        end_session(qt_application, window, board)
    assert board.passes[0][0] < LOCUS_DEPTH_MM, "nobody is told where the locus is"
    assert board.passes[1] == pytest.approx((20.0, 6.0), abs=0.2)
    assert board.passes[2:] == board.passes[1:2]
    (journal,) = tmp_path.glob("*/events.jsonl")
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    jabs = [line for line in lines if line["kind"] == "marker"]
    assert [line["label"] for line in jabs] == ["jab"] * 3
    assert "locus" not in jabs[1]["text"], "the journal tells it no sooner than the screen"
    assert section.from_middle_mm != pytest.approx(section.across_mm), "else the test could not tell them apart"
    where = f"{section.depth_mm:.1f} mm deep, {section.from_middle_mm:+.1f} mm to the right of the middle"
    assert jabs[1]["text"] == where


def test_a_board_without_a_simulated_patient_offers_no_needle(qt_application: QApplication, tmp_path: Path) -> None:
    with HeldBoard(noise_blocks(2.0)) as board:
        window = make_window(board, tmp_path)
        assert window.practice is None
        assert not any(button.accessibleName() == "needle the patient" for button in window.findChildren(QPushButton))
        board.release.set()
        window.close()


def test_the_truth_is_shown_once_the_site_is_closed_and_arrows_aim(
    qt_application: QApplication, tmp_path: Path
) -> None:
    with NeedledBoard() as board:
        window = make_window(board, tmp_path)
        show_active(window)
        assert window.practice is not None
        window.start()
        wait_until(qt_application, lambda: window._feed.time_s() >= 2.0)
        section = window.practice.section
        section.setFocus()
        before = section.depth_mm, section.across_mm
        for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_J):
            QTest.keyClick(section, key)
        assert board.passes == [(before[0] + 2.0, before[1] + 1.0)]
        QTest.keyClick(window, Qt.Key.Key_U)
        assert "once the site is closed" in window.strip.text
        assert not section._is_revealed
        for key in (Qt.Key.Key_G, Qt.Key.Key_End, Qt.Key.Key_U):
            QTest.keyClick(window, key)
        assert window.practice.truth_view.isVisible()
        assert window.practice.truth_view.table.rowCount() == 1
        assert (
            window.practice.truth_view.table.item(0, 1).text()
            == f"{before[0] + 2:.0f} mm deep, {abs(before[1] + 1):.0f} mm beside"
        )
        assert window.practice.truth_view.table.item(0, 4).text() == "nothing"
        assert section._is_revealed
        revealed = section.grab().toImage()
        QTest.keyClick(window, Qt.Key.Key_U)
        assert window.traces.isVisible()
        assert section.grab().toImage() != revealed
        end_session(qt_application, window, board)


@pytest.mark.parametrize("is_masked", [False, True])
def test_the_truth_goes_when_the_next_site_begins(
    qt_application: QApplication, tmp_path: Path, is_masked: bool
) -> None:
    with NeedledBoard() as board:
        window = make_window(board, tmp_path, FlowOptions(Step.NEEDLE, masked=is_masked))
        show_active(window)
        assert window.practice is not None
        window.start()
        wait_until(qt_application, lambda: window._feed.time_s() >= 2.0)
        for key in (Qt.Key.Key_G, Qt.Key.Key_End, Qt.Key.Key_U):
            QTest.keyClick(window, key)
        assert window.practice.truth_view.isVisible()
        assert "1 pass, 1 of them" in window.practice.truth_view._text.text()
        QTest.keyClick(window, Qt.Key.Key_G)
        assert window.practice.truth_view.isVisible(), "no needle yet"
        QTest.keyClick(window, Qt.Key.Key_G)
        assert window.traces.isVisible()
        assert not window.practice.section._is_revealed
        end_session(qt_application, window, board)


def test_the_truth_stays_hidden_where_a_masked_recording_ended_before_its_site_was_closed(
    qt_application: QApplication, tmp_path: Path
) -> None:
    with NeedledBoard() as board:
        window = make_window(board, tmp_path, FlowOptions(masked=True))
        show_active(window)
        assert window.practice is not None
        window.start()
        board.release.set()
        wait_until(qt_application, lambda: not window.worker.is_running)
        QTest.keyClick(window, Qt.Key.Key_U)
        assert not window.practice.truth_view.isVisible()
        window.stop_frames()
        window.close()
