from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from acquisition.core import Block, RecordingError, make_block
from acquisition.recording import BdfWriter, read_window
from tests.patience import DEADLINE_S
from tests.twitchscope.conftest import RATE_HZ, ScriptedBoard, noise_blocks
from tests.view.conftest import HeldBoard, end_session, make_window, show_active, wait_until
from twitchscope.findings.detection import Detection
from twitchscope.live.feed import Feed
from twitchscope.live.look.theme import LIGHT
from twitchscope.live.past import PastView
from twitchscope.live.window import LiveWindow


def _ramp(seconds: float, lost: slice) -> list[Block]:
    counts = np.arange(round(seconds * RATE_HZ), dtype=np.int32)[:, np.newaxis] + np.arange(4, dtype=np.int32)
    block = make_block(0, counts, 0.0, np.zeros((len(counts), 1), np.int32))
    block.valid[lost] = False
    return [block[start : start + 50] for start in range(0, block.n_samples, 50)]


def _recorded(path: Path, blocks: list[Block], ring_s: float) -> Feed:
    with ScriptedBoard([]) as board:
        feed = Feed(board.info, Detection(board.info), board.clock, False, ring_s)
        writer = BdfWriter(path, board.info, started_at=datetime(2026, 1, 1, tzinfo=UTC))
        for block in blocks:
            feed.on_block(block)
            writer.write(block)
        assert writer.n_samples == 30_000
        writer.close()
    return feed


def test_what_the_ring_does_not_hold_any_more_comes_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "recording.bdf"
    view = PastView(_recorded(path, _ramp(30.0, slice(4000, 4010)), 5.0), lambda: path)
    for end_index, first_index in ((30_000, 26_000), (28_000, 20_123), (9_999, 3_001), (700, 0)):
        view.end_index = end_index
        samples = view.samples_from(first_index)
        assert samples.first_index == first_index
        assert samples.counts[:, 0].tolist() == list(range(first_index, end_index))
        assert samples.counts[-1].tolist() == list(range(end_index - 1, end_index + 3))
        lost = np.flatnonzero(~samples.valid) + first_index
        assert lost.tolist() == (list(range(4000, 4010)) if first_index <= 4000 < end_index else [])
    assert view.problem == ""


def test_without_a_file_the_ring_is_what_there_is_and_the_reason_is_reported(tmp_path: Path) -> None:
    feed = _recorded(tmp_path / "recording.bdf", _ramp(30.0, slice(0, 0)), 5.0)
    for path in (None, tmp_path / "gone.bdf"):
        view = PastView(feed, lambda path=path: path)  # type: ignore[misc]
        view.end_index = 28_000
        samples = view.samples_from(20_000)
        assert (samples.first_index, len(samples.counts)) == (25_000, 3_000)
        assert ("gone.bdf cannot be read back" in view.problem) == (path is not None)


def test_a_window_of_a_recording_ends_with_its_whole_records(tmp_path: Path) -> None:
    path = tmp_path / "recording.bdf"
    _recorded(path, _ramp(30.0, slice(0, 0)), 1.0)
    whole = read_window(path, 4, 0, 10**6)
    assert whole[:30_000, 0].tolist() == list(range(30_000))
    cut = tmp_path / "cut.bdf"
    cut.write_bytes(path.read_bytes()[:-5000])
    short = read_window(cut, 4, 29_000, 1000)
    assert 0 <= len(short) < 1000
    assert read_window(cut, 4, 40_000, 10).shape == (0, 4)
    with pytest.raises(RecordingError, match="cannot be read back"):
        read_window(tmp_path / "none.bdf", 4, 0, 10)


@pytest.fixture
def held(qt_application: QApplication, tmp_path: Path) -> Iterator[LiveWindow]:
    """Yield a window on 60 s of a recording whose board is silent now; its ring buffer holds 40 s."""
    with HeldBoard(noise_blocks(60.0)) as board:
        window = make_window(board, tmp_path)
        window.resize(1280, 720)
        window.show()
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window, round(1000.0 * DEADLINE_S))
        window.start()
        wait_until(qt_application, lambda: window._feed.end_index == 60_000 and window._session.recording_path)
        yield window
        end_session(qt_application, window, board)


def test_pause_holds_the_picture_and_keys_scroll_back_while_the_recording_goes_on(
    held: LiveWindow, qt_application: QApplication
) -> None:
    stage = held.stage
    wait_until(qt_application, lambda: stage.view._read(0, 1000).counts.size)
    QTest.keyClick(held, Qt.Key.Key_Right)
    assert not stage.is_paused, "now is the end"
    QTest.keyClick(held, Qt.Key.Key_Z)
    assert stage.is_paused
    assert "PAUSED, 0 s back" in stage.past.banner
    QTest.keyClick(held, Qt.Key.Key_Left)
    assert stage.view.end_index == 55_000
    for _ in range(20):
        QTest.keyClick(held, Qt.Key.Key_Left)
    assert stage.view.end_index == 10_000, "the start of the recording is at the left edge"
    assert "PAUSED, 50 s back" in stage.past.banner
    assert int(stage.past.traces._number.max()) > 0, "what the ring has lost is drawn from the file"
    assert held.worker.is_running
    assert held.sign.isVisible()
    for _ in range(9):
        QTest.keyClick(held, Qt.Key.Key_Right)
    assert stage.is_paused
    QTest.keyClick(held, Qt.Key.Key_Right)
    assert held.traces.isVisible()


def test_what_is_paused_does_not_go_on_behind_the_end_and_has_the_scale_that_is_chosen(
    held: LiveWindow, qt_application: QApplication
) -> None:
    past = held.stage.past
    QTest.keyClick(held, Qt.Key.Key_Z)
    assert "the recording goes on" in past.banner
    for is_common in (False, True):
        QTest.keyClick(held, Qt.Key.Key_C)
        assert past.traces.scales.is_common == held.traces.scales.is_common == is_common
    board = held._session.board
    assert isinstance(board, HeldBoard)
    board.release.set()
    wait_until(qt_application, lambda: "the recording has ended" in past._label.text())
    assert "goes on" not in past.banner


def test_a_theme_is_changed_before_the_first_sample(qt_application: QApplication, tmp_path: Path) -> None:
    with HeldBoard([]) as board:
        window = make_window(board, tmp_path)
        show_active(window)
        window.change_theme()  # not by its key, as a failure in a key handler fails no test
        window.stage.toggle_pause()
        window.change_theme()
        window.toggle_scale()
        assert window.stage.past.traces._theme is LIGHT
        window.close()


def test_the_wheel_scrolls_and_escape_leads_back(held: LiveWindow) -> None:
    back = QPoint(0, 120)
    wheel = QWheelEvent(QPointF(5.0, 5.0), QPointF(5.0, 5.0), QPoint(), back, Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    held.stage.wheelEvent(wheel)
    assert held.stage.is_paused
    assert held.stage.view.end_index == 59_000
    QTest.keyClick(held, Qt.Key.Key_Escape)
    assert not held.stage.is_paused
