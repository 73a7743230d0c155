"""Flashing square at a mark: visible on the screen, with its painting stored in the journal."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from acquisition.core.clock import ManualClock
from tests.twitchscope.conftest import noise_blocks
from tests.view.conftest import HeldBoard, end_session, make_window, show_active, wait_until
from twitchscope.cli import _parser
from twitchscope.live.flash import DARK, LIT, FlashPatch


def colour(patch: FlashPatch) -> str:
    return patch.grab().toImage().pixelColor(10, 10).name()


def test_a_flash_is_reported_once_at_its_painting_and_is_over_with_its_time(qt_application: QApplication) -> None:
    clock, lit_s = ManualClock(5.0), []
    patch = FlashPatch(clock)
    patch.lit.connect(lit_s.append)
    patch.show()
    qt_application.processEvents()
    assert colour(patch) == DARK
    patch.flash()
    assert lit_s == [], "nothing was painted yet"
    clock.wait_s(0.02)
    assert colour(patch) == LIT
    assert colour(patch) == LIT
    assert lit_s == [pytest.approx(5.02)]
    patch.flash()
    clock.wait_s(0.03)
    assert colour(patch) == LIT
    assert lit_s == pytest.approx([5.02, 5.05]), "a second flash within the first is told, too"
    patch._timer.timeout.emit()
    assert colour(patch) == DARK
    assert lit_s == pytest.approx([5.02, 5.05])
    patch.close()


def test_markers_and_sync_marks_flash_and_the_journal_keeps_when(qt_application: QApplication, tmp_path: Path) -> None:
    with HeldBoard(noise_blocks(2.0)) as board:
        window = make_window(board, tmp_path)
        patch = FlashPatch(board.clock)
        window.add_flash(patch)
        show_active(window)
        assert patch.mapTo(window, QPoint()).y() >= window.stage.geometry().bottom(), "it covers nothing"
        lit: list[float] = []
        patch.lit.connect(lit.append)
        QTest.keyClick(window, Qt.Key.Key_Y)
        qt_application.processEvents()
        assert not lit, "nothing is recorded yet, so nothing was marked"
        window.start()
        wait_until(qt_application, lambda: window._feed.time_s() >= 2.0)
        for key in (Qt.Key.Key_S, Qt.Key.Key_Space, Qt.Key.Key_Y):
            n_lit = len(lit)
            QTest.keyClick(window, key)
            if key != Qt.Key.Key_S:
                wait_until(qt_application, lambda n_lit=n_lit: len(lit) > n_lit)
                qt_application.processEvents()  # its line is stored after the painting
        end_session(qt_application, window, board)
    (path,) = tmp_path.glob("*/events.jsonl")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    marks = [(line["label"], line["decided_by"]) for line in lines if line["kind"] == "marker"]
    assert marks == [
        ("seen", "operator"), ("marker", "operator"), ("screen_flash", "program"), ("sync", "operator"),
        ("screen_flash", "program"),
    ]  # fmt: skip


def test_a_flash_that_the_journal_does_not_keep_is_reported(qt_application: QApplication, tmp_path: Path) -> None:
    with HeldBoard(noise_blocks(2.0)) as board:
        window = make_window(board, tmp_path)
        patch = FlashPatch(board.clock)
        window.add_flash(patch)
        window.start()
        wait_until(qt_application, lambda: window._feed.time_s() >= 2.0)
        board.release.set()
        wait_until(qt_application, lambda: window.strip.text.startswith("The recording is complete"))
        patch.lit.emit(2.0)  # painted while the recording ended
        wait_until(qt_application, lambda: "journal does not have when" in window.strip.text)
        window.stop_frames()
        window.close()


def test_nothing_flashes_unless_it_is_asked_for() -> None:
    parse = _parser(["live"]).parse_args
    assert parse(["live"]).flash is False
    assert parse(["live", "--flash"]).flash is True
