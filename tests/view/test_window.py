import json
import shutil
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from acquisition import read_recording
from acquisition.core import LinkError
from tests.patience import is_well_begun
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from tests.view.conftest import HeldBoard, end_session, make_window, show_active, wait_until
from twitchscope.live.flow.view import FlowOptions
from twitchscope.live.status import Condition
from twitchscope.live.window import LiveWindow
from twitchscope.notice import NOT_A_MEDICAL_DEVICE

Disk = namedtuple("Disk", ["total", "used", "free"])


@pytest.fixture
def held(qt_application: QApplication, tmp_path: Path) -> Iterator[LiveWindow]:
    """Yield a window on a running recording whose board has sent 2 s and is silent now."""
    with HeldBoard(noise_blocks(2.0)) as board:
        window = make_window(board, tmp_path)
        show_active(window)
        window.start()
        wait_until(qt_application, lambda: window.traces.scales is not None and _end_s(window) >= 2.0)
        yield window
        end_session(qt_application, window, board)


def _end_s(window: LiveWindow) -> float:
    return window._feed.time_s()


def _journal(out: Path) -> list[dict[str, Any]]:
    (path,) = out.glob("*/events.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_twitch_is_shown_shaded_and_counted(qt_application: QApplication, tmp_path: Path) -> None:
    painted: list[bool] = []
    with ScriptedBoard(with_burst(noise_blocks(17.0), at_s=15.0)) as board:
        window = make_window(board, tmp_path)
        window.traces.first_trace_painted.connect(lambda: painted.append(True))
        window.resize(1280, 720)
        window.show()
        before = window.grab().toImage()
        window.start()
        wait_until(qt_application, lambda: not window.worker.is_running)
        window.advance()
        window.stop_frames()
        assert window.status.n_twitches == 1
        assert "1 twitch in this session" in window.sign.shown.counts
        assert window.sign.shown.condition is Condition.STOPPED
        qt_application.processEvents()
        after = window.grab().toImage()
        twitch_colour = window.traces._theme.twitch
        window.close()
    assert painted == [True]
    assert before != after
    event = window.traces.events[-1]
    corner = window.traces.mapTo(window, QPoint(0, 0))
    x = round(window.traces.x_at(event.onset_s)) + corner.x() + 2
    y = corner.y() + 4
    assert after.pixelColor(x, y) != after.pixelColor(x - 40, y)
    assert twitch_colour


def test_a_note_that_asks_is_shown_as_a_question(held: LiveWindow) -> None:
    held._session.notes.say("the board fell silent: is it switched on?")
    held._session.notes.say("the clock runs slow")
    held.advance()
    assert held.strip.text.endswith("The board fell silent: is it switched on?\nThe clock runs slow.")


def test_keys_mark_and_the_journal_and_the_recording_keep_it(
    held: LiveWindow, qt_application: QApplication, tmp_path: Path
) -> None:
    for key in (Qt.Key.Key_N, Qt.Key.Key_Space, Qt.Key.Key_S, Qt.Key.Key_F, Qt.Key.Key_P, Qt.Key.Key_0):
        QTest.keyClick(held, key)
    QTest.keyClick(held, Qt.Key.Key_Backspace)
    assert held.status.in_pass
    held.finish()
    wait_until(qt_application, lambda: not held.worker.is_running)
    labels = ["needle_in", "marker", "seen", "felt_by_practitioner", "felt_by_patient", "none_this_pass", "undo"]
    lines = [line for line in _journal(tmp_path) if line["kind"] == "marker"]
    assert [line["label"] for line in lines] == labels
    assert all(line["decided_by"] == "operator" and line["feedback_shown"] is True for line in lines)
    assert all(line["onset_s"] == pytest.approx(2.0, abs=0.3) for line in lines)
    assert lines[-1]["undone_label"] == "none_this_pass"
    (path,) = tmp_path.glob("*/recording.bdf")
    notes = [note.text for note in read_recording(path).header.annotations]
    assert [note for note in notes if note.startswith("marker")][:3] == [
        "marker needle_in",
        "marker marker",
        "marker seen",
    ]


def test_undo_of_the_needle_brings_the_pass_back(held: LiveWindow) -> None:
    QTest.keyClick(held, Qt.Key.Key_N)
    QTest.keyClick(held, Qt.Key.Key_N)
    assert not held.status.in_pass
    QTest.keyClick(held, Qt.Key.Key_Backspace)
    assert held.status.in_pass
    QTest.keyClick(held, Qt.Key.Key_Backspace)
    assert not held.status.in_pass
    QTest.keyClick(held, Qt.Key.Key_Backspace)
    assert "Nothing to take back" in held.strip.text


def test_a_running_recording_is_not_closed_without_asking(held: LiveWindow, qt_application: QApplication) -> None:
    assert not held.close()
    assert held.isVisible()
    assert "recording is running" in held.strip.text
    go_on, end = (
        next(button for button in held.strip.findChildren(QPushButton) if word in button.text())
        for word in ("go on", "end it")
    )
    go_on.click()
    assert held.strip.text == ""
    assert held.worker.is_running
    held.close()
    end = next(
        button for button in held.strip.findChildren(QPushButton) if "end it" in button.text() and button is not end
    )
    end.click()
    wait_until(qt_application, lambda: not held.isVisible())
    assert held.worker.error is None


def test_a_recording_that_ends_while_it_is_asked_about_is_reported(
    qt_application: QApplication, tmp_path: Path
) -> None:
    with HeldBoard(noise_blocks(2.0)) as board:
        window = make_window(board, tmp_path)
        window.show()
        window.start()
        wait_until(qt_application, lambda: _end_s(window) >= 2.0)
        assert not window.close()
        board.release.set()
        wait_until(qt_application, lambda: "recording is complete" in window.strip.text)
        assert not window.strip.asks
        window.stop_frames()
        assert window.close()


def test_an_unplugged_board_is_said_and_stays_said(qt_application: QApplication, tmp_path: Path) -> None:
    failure = LinkError("the board is gone: is the dongle unplugged?")
    with ScriptedBoard(noise_blocks(2.0), failure) as board:
        window = make_window(board, tmp_path)
        window.show()
        window.start()
        wait_until(qt_application, lambda: window.strip.text)
        window.advance()
        window.stop_frames()
        assert "is the dongle unplugged?" in window.strip.text
        assert window.sign.shown.condition is Condition.STOPPED
        assert "what was recorded until then stays" in window.sign.shown.detail
        assert not window.marks.mark("seen")
        assert window.close()


def test_the_notice_is_on_screen_and_both_themes_draw(held: LiveWindow) -> None:
    notice = held.findChild(object, "notice")
    assert notice.text() == NOT_A_MEDICAL_DEVICE
    assert notice.isVisible()
    light = held.grab().toImage().pixelColor(4, 4).lightness()
    QTest.keyClick(held, Qt.Key.Key_T)
    assert held.grab().toImage().pixelColor(4, 4).lightness() < light
    QTest.keyClick(held, Qt.Key.Key_C)
    assert not held.traces.scales.is_common


def test_a_full_disk_is_said_with_what_to_do_and_stays_said(qt_application: QApplication, tmp_path: Path) -> None:
    blocks = noise_blocks(20.0)

    def usage(folder: Path) -> Disk:
        is_begun = any(tmp_path.glob("*/recording.bdf"))
        return Disk(total=1_000_000_000_000, used=0, free=10_000_000 if is_begun else 1_000_000_000_000)

    with ScriptedBoard(blocks) as board:
        window = make_window(board, tmp_path, read_usage=usage)
        window.show()
        window.start()
        wait_until(qt_application, lambda: "Recording stopped" in window.strip.text)
        window.advance()
        window.stop_frames()
        assert "the disk is almost full" in window.strip.text
        assert window.sign.shown.condition is Condition.STOPPED
        assert "what was recorded until then stays" in window.sign.shown.detail
        assert window.sign.geometry().intersected(window.strip.geometry()).isEmpty()
        assert window.close()


def _move(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def _delete(folder: Path) -> None:
    # Renamed first, as a tree deleted file by file might be read in between.
    shutil.rmtree(folder.rename(folder.with_name("bin")))


@pytest.mark.parametrize(
    ("take_away", "said"),
    [(_delete, "it is not where it was written"), (_move, "what was recorded until then stays")],
)
def test_a_recording_that_was_taken_away_meanwhile_is_not_said_to_stay(
    qt_application: QApplication, tmp_path: Path, take_away: Callable[[Path], None], said: str
) -> None:
    with HeldBoard(noise_blocks(2.0)) as board:
        window = make_window(board, tmp_path)
        window.show()
        window.start()
        wait_until(qt_application, lambda: _end_s(window) >= 2.0 and any(map(is_well_begun, tmp_path.iterdir())))
        (folder,) = tmp_path.iterdir()
        take_away(folder)  # the session still writes into it
        board.release.set()
        wait_until(qt_application, lambda: "Recording stopped" in window.strip.text)
        window.advance()
        window.stop_frames()
        assert window.sign.shown.detail == said
        assert window.close()


@pytest.mark.parametrize("masked", [False, True])
def test_a_railed_electrode_is_named_on_the_sign(qt_application: QApplication, tmp_path: Path, masked: bool) -> None:
    blocks = noise_blocks(6.0)
    for block in blocks:
        block.counts[:, 2] = 8_388_607
    with HeldBoard(blocks) as board:
        window = make_window(board, tmp_path, FlowOptions(masked=masked))
        window.show()
        window.start()
        wait_until(qt_application, lambda: window.sign.shown.condition is Condition.ELECTRODES)
        assert "EMG 3" in window.sign.shown.detail
        wait_until(qt_application, lambda: any(item.is_wrong for item in window.flow.flow.sheet().items))
        assert "EMG 3: off" in window.flow.flow.sheet().text
        end_session(qt_application, window, board)


def test_a_board_that_is_away_is_no_electrode_that_is_off(qt_application: QApplication, tmp_path: Path) -> None:
    blocks = noise_blocks(12.0)
    away = [replace(block, valid=np.zeros(block.n_samples, np.bool_)) for block in blocks[100:]]
    with HeldBoard([*blocks[:100], *away]) as board:
        window = make_window(board, tmp_path)
        show_active(window)
        window.start()
        wait_until(qt_application, lambda: window.sign.shown.condition is Condition.ELECTRODES)
        wait_until(qt_application, lambda: window.sign.shown.headline == "no signal")
        assert "look at the board" in window.sign.shown.detail
        end_session(qt_application, window, board)
