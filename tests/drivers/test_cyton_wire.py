"""The Cyton driver on a real pseudo-terminal, with a simulated board and its faults behind it."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import (
    Block,
    Board,
    BoardNotFound,
    LinkError,
    MonotonicClock,
    ReturningBoard,
    make_board,
    open_board,
)
from twitchscope.cli import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")

DEADLINE_S = 20.0


@contextmanager
def simulated_wire(path: Path, *faults: str, rate_hz: float = 250.0, daisy: bool = False) -> Iterator[None]:
    from acquisition.simulated.wire import serve_wire

    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=serve_wire,
        args=(path,),
        kwargs={
            "seed": 7,
            "sampling_rate_hz": rate_hz,
            "scenario": None,
            "faults": faults,
            "stop": stop,
            "clock": MonotonicClock(),
            "on_ready": ready.set,
            "daisy": daisy,
        },
    )
    thread.start()
    try:
        assert ready.wait(DEADLINE_S)
        yield
    finally:
        stop.set()
        thread.join(DEADLINE_S)


def read_samples(board: Board, n_samples: int) -> list[Block]:
    deadline_s = time.monotonic() + DEADLINE_S
    blocks = []
    while board.next_index < n_samples:
        assert time.monotonic() < deadline_s, "the board sends too few samples"
        block = board.read(0.1)
        assert block is not None
        blocks.append(block)
    return blocks


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 4000.0])
def test_a_stream_without_a_loss(tmp_path: Path, rate_hz: float) -> None:
    path = tmp_path / "cyton"
    with simulated_wire(path, rate_hz=rate_hz), open_board(f"cyton:{path}") as board:
        assert board.info.sampling_rate_hz == rate_hz
        board.start()
        blocks = read_samples(board, int(0.6 * rate_hz))
        assert board.n_lost == 0
    assert np.ptp(np.concatenate([block.counts for block in blocks]), axis=0).min() > 0


def test_a_daisy(tmp_path: Path) -> None:
    path = tmp_path / "cyton"
    with simulated_wire(path, daisy=True), open_board(f"cyton:{path}") as board:
        assert (board.info.n_channels, board.info.sampling_rate_hz) == (16, 125.0)
        board.start()
        read_samples(board, 60)
        assert board.n_lost == 1


@pytest.mark.parametrize("fault", ["lost-bytes", "garbage", "bursts-16ms", "railed", "left-streaming", "slow-reset"])
def test_faults_of_the_line(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "cyton"
    with simulated_wire(path, fault, rate_hz=1000.0), open_board(f"cyton:{path}") as board:
        board.start()
        blocks = read_samples(board, 800)
        if fault == "lost-bytes":
            assert 0 < board.n_lost < 20
        else:
            assert board.n_lost == 0
        assert sum(block.n_lost for block in blocks) == board.n_lost


def test_a_board_that_is_off(tmp_path: Path) -> None:
    path = tmp_path / "cyton"
    with simulated_wire(path, "board-off"), pytest.raises(BoardNotFound, match="the dongle answers but the board is"):
        open_board(f"cyton:{path}")


def test_a_board_that_is_unplugged(tmp_path: Path) -> None:
    path = tmp_path / "cyton"
    with simulated_wire(path, "unplug@1.2"), open_board(f"cyton:{path}") as board:
        board.start()
        with pytest.raises(LinkError, match="the board was unplugged"):
            read_samples(board, 250 * 10)


def test_a_board_that_is_unplugged_and_returns(tmp_path: Path) -> None:
    path = tmp_path / "cyton"
    board = ReturningBoard(make_board(f"cyton:{path}"))
    with simulated_wire(path, "unplug@2.5", "replug@3.5"), board:
        board.start()
        began_s = time.monotonic()
        blocks = read_samples(board, 250 * 6)
        took_s = time.monotonic() - began_s
        assert board.next_index / 250.0 == pytest.approx(took_s, abs=0.2), "index and true time go on together"
    valid = np.concatenate([block.valid for block in blocks])
    assert valid[-50:].all()
    assert 0.9 < board.n_lost / 250.0 < 3.0
    assert [note for note in board.notes if "unplugged" in note] and [note for note in board.notes if "is back" in note]


def test_a_recording_whose_board_has_not_come_back_fails_and_is_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cyton"
    with simulated_wire(path, "unplug@2.5"):
        argv = ["record", "--board", f"cyton:{path}", "--seconds", "4", "--out", str(tmp_path / "out")]
        assert main(argv) == 1
    said = capsys.readouterr()
    assert "has not come back" in said.err
    (folder,) = (tmp_path / "out").iterdir()
    assert read_recording(folder).duration_s == pytest.approx(4.0, abs=0.05)
