"""Remaining disk space at the foot of the window; a hanging disk blocks no frame."""

import threading
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from tests.patience import wait_for
from tests.twitchscope.conftest import noise_blocks
from tests.view.conftest import HeldBoard, make_window, wait_until
from twitchscope.live.foot import RoomWatch
from twitchscope.live.foot_bar import FootBar
from twitchscope.live.latency import Latency, delays_text
from twitchscope.storage.disk import ANNOTATION_BYTES_PER_S, LARGEST_RESERVE_BYTES

Disk = namedtuple("Disk", ["total", "used", "free"])

BYTES_A_MINUTE = 60 * (3 * 5 * 1000 + ANNOTATION_BYTES_PER_S)
"""Bytes per minute of a board with four channels and an auxiliary one at 1000 samples/s."""


@pytest.mark.parametrize(("minutes", "words"), [(90, "room for 90 minutes"), (6000, "room for 100 hours")])
def test_the_room_is_reported_as_long_as_it_is_recorded(
    qt_application: QApplication, tmp_path: Path, minutes: int, words: str
) -> None:
    free = LARGEST_RESERVE_BYTES + minutes * BYTES_A_MINUTE
    with HeldBoard(noise_blocks(2.0)) as board:
        window = make_window(board, tmp_path, read_usage=lambda folder: Disk(10**12, 0, free))
        assert "room" not in window._line_text(), "nobody has asked the disk yet"
        window.start()
        wait_until(qt_application, lambda: words in window._foot_bar.line.whole)
        board.release.set()
        window.finish()
        wait_until(qt_application, lambda: not window.worker.is_running)
        window.advance()
        assert "room" not in window._foot_bar.line.whole
        window.stop_frames()
        window.close()


class AskedRoom:
    """Disk room with scripted answers; after the last the disk hangs."""

    def __init__(self, answers: list[float]) -> None:
        self._answers = answers
        self.is_asked_in_vain = threading.Event()
        self.release = threading.Event()

    @property
    def minutes_left(self) -> float:
        if not self._answers:
            self.is_asked_in_vain.set()
            self.release.wait()
            return 0.0
        return self._answers.pop(0)


def test_the_disk_is_asked_again_and_one_that_hangs_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twitchscope.live.foot.LONGEST_END_S", 0.0)
    room: Any = AskedRoom([50.0, 40.0])
    watch = RoomWatch(room, every_s=0.0)
    watch.start()
    wait_for(room.is_asked_in_vain.is_set)
    assert watch.minutes == 40.0
    watch.stop()
    room.release.set()


def test_what_the_traces_show_takes_the_room_beside_the_delays(qt_application: QApplication) -> None:
    bar = FootBar()
    bar.resize(1024, 40)
    bar.show()
    assert bar.delays.text() == ""
    assert bar.shows.width() > 0.95 * bar.width(), "nothing stands beside it"
    bar.delays.setText("x" * 20)
    wait_until(qt_application, lambda: bar.shows.width() < 0.95 * bar.width())
    assert "p99" in bar.delays.toolTip()
    bar.close()


def test_delays_use_no_word_of_a_mark() -> None:
    painted = Latency()
    painted.add(1.0, 1.012)
    assert delays_text(painted, Latency()) == "twitch shown 12 ms (p99 12) after its sample"
