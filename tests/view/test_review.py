"""Review window without a screen: everything by keys, and the mouse on the traces."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from tests.patience import DEADLINE_S
from tests.twitchscope.sessions import record_session
from tests.view.conftest import wait_until
from twitchscope.live.lanes.overlay import GUTTER_PX
from twitchscope.live.look.theme import LIGHT
from twitchscope.live.status import Condition
from twitchscope.notice import NOT_A_MEDICAL_DEVICE
from twitchscope.review.app import material_of
from twitchscope.review.background import Background
from twitchscope.review.signal import load_signal
from twitchscope.review.window import ReviewWindow
from twitchscope.saved.rating import NO_EVENT, Rating, rating_path, read_decisions
from twitchscope.saved.recording import SessionRecording, open_with_session, read_recording_of
from twitchscope.saved.session_files import read_session

NOW = datetime(2026, 1, 2, tzinfo=UTC)
Opened = Callable[..., ReviewWindow]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_session(tmp_path_factory.mktemp("out"))


@pytest.fixture
def opened(qt_application: QApplication, tmp_path: Path) -> Iterator[Opened]:
    """Yield a function that opens the window on a path; opened windows are closed."""
    windows: list[ReviewWindow] = []

    def open_window(path: Path, seed: int | None = None) -> ReviewWindow:
        session = read_session(path) if path.is_dir() else None
        source = open_with_session(path) if session is None else SessionRecording(read_recording_of(session))
        signal = load_signal(source.recording)
        rating = Rating(tmp_path / "rating-r1.json", "r1", seed, lambda: NOW)
        work = Background(source.recording, signal, source.detection() if session is None else None)
        window = ReviewWindow(material_of(path, source, session), signal, rating, work, LIGHT)
        windows.append(window)
        window.resize(1280, 720)
        window.show()
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window, round(1000.0 * DEADLINE_S)), "keys reach the active window alone"
        window.start()
        wait_until(qt_application, lambda: not work.is_running)
        window.advance()
        return window

    yield open_window
    for window in windows:
        window.stop_frames()
        window.close()


def press(window: ReviewWindow, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(window, key)


def test_keys_alone_go_through_the_events_and_judge_them(opened: Opened, recorded: Path, tmp_path: Path) -> None:
    before = (recorded / "events.jsonl").read_bytes()
    window = opened(recorded)
    assert window.sign.shown.condition is Condition.TWITCH, "the first twitch is shown at once"
    press(window, Qt.Key.Key_Return, Qt.Key.Key_Down, Qt.Key.Key_Delete)
    press(window, Qt.Key.Key_Home, Qt.Key.Key_A, Qt.Key.Key_4, Qt.Key.Key_BracketRight)
    decisions = read_decisions(tmp_path / "rating-r1.json")
    assert sorted(one.label for one in decisions) == sorted(["twitch", NO_EVENT, "artifact"])
    press(window, Qt.Key.Key_Backspace, Qt.Key.Key_Backspace, Qt.Key.Key_Backspace)
    assert sorted(one.label for one in read_decisions(tmp_path / "rating-r1.json")) == sorted(["twitch", NO_EVENT])
    assert (recorded / "events.jsonl").read_bytes() == before, "what the detector told stays as it is"


def test_the_part_scrolls_zooms_and_jumps(opened: Opened, recorded: Path) -> None:
    window = opened(recorded)
    browser = window.browser
    press(window, Qt.Key.Key_Home)
    assert browser.start_s == 0.0
    first = window.traces.grab().toImage()
    press(window, Qt.Key.Key_End)
    assert browser.stop_s == pytest.approx(20.0)
    assert window.traces.grab().toImage() != first
    span_s = browser.span_s
    press(window, Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_Minus)
    assert browser.span_s < span_s
    press(window, Qt.Key.Key_Left)
    assert browser.stop_s < 20.0
    shown_px = window.traces.x_at(browser.stop_s) - window.traces.x_at(browser.start_s)
    assert shown_px == pytest.approx(window.traces.width() - GUTTER_PX, abs=4.0)


def test_a_click_picks_a_pull_moves_and_a_double_click_adds(opened: Opened, recorded: Path, tmp_path: Path) -> None:
    window = opened(recorded)
    onset_s = window.browser.items[0].onset_s
    QTest.mouseClick(window.traces, Qt.MouseButton.LeftButton, pos=QPoint(200, 30))
    assert window.browser.selected is None
    x = round(window.traces.x_at(onset_s)) + 2
    QTest.mouseClick(window.traces, Qt.MouseButton.LeftButton, pos=QPoint(x, 30))
    assert window.browser.row == 0
    QTest.mousePress(window.traces, Qt.MouseButton.LeftButton, pos=QPoint(x, 30))
    QTest.mouseMove(window.traces, QPoint(x + 40, 30))
    QTest.mouseRelease(window.traces, Qt.MouseButton.LeftButton, pos=QPoint(x + 40, 30))
    (decision,) = read_decisions(tmp_path / "rating-r1.json")
    assert decision.about_s == onset_s
    pulled_s = window.traces.time_at(40.0) - window.traces.time_at(0.0)
    assert decision.onset_s == pytest.approx(onset_s + pulled_s, abs=1e-3)
    QTest.mouseDClick(window.traces, Qt.MouseButton.LeftButton, pos=QPoint(x - 300, 200))
    assert len(read_decisions(tmp_path / "rating-r1.json")) == 2


def test_blind_rating_shows_no_verdict_anywhere(opened: Opened, recorded: Path, tmp_path: Path) -> None:
    window = opened(recorded, seed=5)
    visible = " ".join(label.text() for label in window.findChildren(QLabel) if label.isVisible())
    model = window.table.model()
    visible += " ".join(str(model.index(row, column).data()) for row in range(model.rowCount())
                     for column in range(model.columnCount()))  # fmt: skip
    visible += window.sign.accessibleDescription().replace("1 twitch · 2 voluntary", "")
    assert all(word not in visible for word in ("strong", "medium", "weak", "twitch", "why"))
    assert [event.label for event in window.traces.events] == ["burst"]
    assert not window.traces.flags
    press(window, Qt.Key.Key_2, Qt.Key.Key_1, Qt.Key.Key_G)
    assert sorted(one.label for one in read_decisions(tmp_path / "rating-r1.json")) == ["twitch", "voluntary"]
    assert window.agreement.isHidden() or not window.agreement.toPlainText()


def test_agreement_of_marks_and_rater_is_reported(opened: Opened, recorded: Path) -> None:
    window = opened(recorded)
    press(window, Qt.Key.Key_Return, Qt.Key.Key_G)
    text = window.agreement.toPlainText()
    assert window.agreement.isVisible()
    assert "twitch seen (verdicts shown)\n1 marks, 1 with a twitch; 1 twitches without" in text
    assert "rater r1" in text
    press(window, Qt.Key.Key_G)
    assert window.table.isVisible()


def test_a_recording_without_session_is_detected_while_it_is_open(opened: Opened, recorded: Path) -> None:
    window = opened(recorded / "recording.bdf")
    lines = [json.loads(line) for line in (recorded / "events.jsonl").read_text("utf-8").splitlines()]
    onsets_s = [line["onset_s"] for line in lines if line["kind"] == "event" and line["label"] == "twitch"]
    assert [event.onset_s for event in window.browser.events if event.label == "twitch"] == onsets_s
    assert window._view.state.baseline_is_learnt


def test_the_notice_stands_on_the_screen_in_both_themes(opened: Opened, recorded: Path) -> None:
    window = opened(recorded)
    (notice,) = window.findChildren(QLabel, "notice")
    assert notice.text() == NOT_A_MEDICAL_DEVICE
    assert notice.isVisible()
    light = window.grab().toImage().pixelColor(4, 4).lightness()
    press(window, Qt.Key.Key_T)
    assert window.grab().toImage().pixelColor(4, 4).lightness() < light


def test_a_disk_that_refuses_is_said_and_the_window_goes_on(opened: Opened, recorded: Path, tmp_path: Path) -> None:
    window = opened(recorded)
    Rating(tmp_path / "rating-r1.json", "r1", None, lambda: NOW).add(1.0, 1.1, "EMG 2", "twitch")
    press(window, Qt.Key.Key_1)
    assert "another window" in window.strip.text
    assert len(read_decisions(tmp_path / "rating-r1.json")) == 1


def test_the_whole_recording_stands_in_the_strip_and_a_press_goes_there(opened: Opened, recorded: Path) -> None:
    window = opened(recorded)
    assert np.sum(window.overview._peak_uv > 0.5 * window.overview._peak_uv.max()) < len(window.overview._peak_uv) / 4
    right = window.overview.width() - 5
    QTest.mouseClick(window.overview, Qt.MouseButton.LeftButton, pos=QPoint(right, 20))
    assert window.browser.stop_s == pytest.approx(20.0)


def _review(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twitchscope", "review", *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE_S,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"},
    )


def test_the_command_paints_a_trace_is_photographed_and_leaves_nothing(recorded: Path, tmp_path: Path) -> None:
    names = {path.name for path in recorded.iterdir()}
    picture = tmp_path / "review.png"
    ended = _review(str(recorded), "--exit-after", "1.5", "--screenshot", str(picture))
    assert ended.returncode == 0, ended.stderr
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1280, 720)
    assert {path.name for path in recorded.iterdir()} == names
    assert not rating_path(recorded, "reviewer").exists()


def test_what_cannot_be_reviewed_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "noise.bdf").write_bytes(b"\xff" * 1000)
    ended = _review(str(tmp_path / "noise.bdf"), "--exit-after", "1")
    assert ended.returncode == 1
    assert "is no recording" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert _review(str(tmp_path), "--rater", "Dr Smith").returncode == 2
