"""Signal and verdicts missed by a stalled window are reported once, in the window and in the session's document."""

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from tests.view.conftest import HeldBoard, end_session, make_window, wait_until
from twitchscope.findings.detection import Detection
from twitchscope.live.feed import Feed
from twitchscope.live.lanes.traces import Traces
from twitchscope.live.look.theme import LIGHT
from twitchscope.live.skips import Skips


@pytest.mark.parametrize("keeps_time", [True, False])
def test_signal_that_was_never_drawn_is_reported_once(qt_application: QApplication, keeps_time: bool) -> None:
    notes: list[str] = []
    with ScriptedBoard([]) as board:
        feed = Feed(board.info, Detection(board.info), board.clock, keeps_time, ring_s=1.0)
    traces = Traces(feed, LIGHT)
    traces.resize(800, 400)
    traces.refill()
    skips = Skips(feed, traces, notes.append)
    for number, block in enumerate(noise_blocks(4.5)):
        feed.on_block(block)
        if number in (9, 69, 89):  # after 0.5, 3.5 and 4.5 s
            traces.advance()
            skips.look()
            assert len(notes) == (keeps_time and number > 9)
    traces.refill()
    skips.look()
    expected = (
        "the window stood still for so long that 2.0 s of signal were never drawn; they are recorded: is the computer "
        "busy with something else?"
    )
    assert notes == [expected] * keeps_time


def test_verdicts_that_were_never_shown_are_reported_and_the_session_keeps_that(
    qt_application: QApplication, tmp_path: Path
) -> None:
    with HeldBoard(noise_blocks(2.0)) as board:
        window = make_window(board, tmp_path)
        window.start()
        wait_until(qt_application, lambda: window._feed.end_index == 2000)
        window.advance()
        assert "stood still" not in window.strip.text
        window._feed.n_found_skipped = 7
        for _ in range(2):
            window.advance()
        assert window.strip.text.count("7 bursts and verdicts were never shown") == 1
        end_session(qt_application, window, board)
    (path,) = tmp_path.glob("*/session.json")
    notes = json.loads(path.read_text("utf-8"))["board"]["notes"]
    assert [note for note in notes if "never shown" in note] == [
        "the window stood still for so long that 7 bursts and verdicts were never shown; every verdict is "
        "in the journal"
    ]
