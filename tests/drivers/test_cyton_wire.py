"""Cyton driver on a real pseudo-terminal with a simulated board and its faults."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acquisition.core import (
    Board,
    BoardNotFound,
    LinkError,
    WrongRate,
    open_board,
)
from acquisition.drivers._cyton_console import Console
from acquisition.link.port import open_port
from tests.reading import read_samples
from tests.wire import SharedClock, needs_pty, simulated_wire

pytestmark = needs_pty


@contextmanager
def wired_board(path: Path, *faults: str, options: str = "", **wire: Any) -> Iterator[Board]:
    """Serve a simulated Cyton and open it, with one clock for both."""
    clock = SharedClock()
    with simulated_wire(path, *faults, clock=clock, **wire), open_board(f"cyton:{path}{options}", clock=clock) as board:
        yield board


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 4000.0])
def test_a_stream_without_a_loss(tmp_path: Path, rate_hz: float) -> None:
    path = tmp_path / "cyton"
    with wired_board(path, rate_hz=rate_hz) as board:
        assert board.info.sampling_rate_hz == rate_hz
        board.start()
        blocks = read_samples(board, int(0.6 * rate_hz))
        assert board.n_lost == 0
    assert np.ptp(np.concatenate([block.counts for block in blocks]), axis=0).min() > 0


def test_time_stamps_that_another_program_left_on_take_no_column_away(tmp_path: Path) -> None:
    path = tmp_path / "cyton"
    clock = SharedClock()
    with simulated_wire(path, clock=clock):
        other = open_port(str(path), 115_200, clock)
        assert b"Time stamp ON" in Console(other).ask(b"<")
        other.close()
        with open_board(f"cyton:{path}?aux=analog", clock=clock) as board:
            board.start()
            blocks = read_samples(board, 50)
    assert (np.concatenate([block.aux for block in blocks]) > 0).all()


def test_a_daisy(tmp_path: Path) -> None:
    path = tmp_path / "cyton"
    with wired_board(path, daisy=True) as board:
        assert (board.info.n_channels, board.info.sampling_rate_hz) == (16, 125.0)
        board.start()
        read_samples(board, 60)
        assert board.n_lost == 1


def test_whole_samples_of_a_daisy(tmp_path: Path) -> None:
    path = tmp_path / "cyton"
    wire = {"rate_hz": 4000.0, "daisy": True, "packets_per_sample": 2}
    with wired_board(path, options="?rate=4000&daisy=whole", **wire) as board:
        assert (board.info.n_channels, board.info.sampling_rate_hz) == (16, 4000.0)
        assert board.info.bandwidth_hz == pytest.approx(0.262 * 4000.0)
        board.start()
        blocks = read_samples(board, 4000)
        assert board.n_lost == 0
        assert len([block for block in blocks if block.n_samples]) < 280, "read in batches of 4 ms"


def test_means_where_whole_samples_were_asked_for_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "cyton"
    with wired_board(path, options="?rate=250&daisy=whole", daisy=True) as board:
        board.start()
        with pytest.raises(WrongRate, match="daisy=yes"):
            read_samples(board, 2000)


@pytest.mark.parametrize("fault", ["lost-bytes", "garbage", "bursts-16ms", "railed", "left-streaming", "slow-reset"])
def test_faults_of_the_line(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "cyton"
    with wired_board(path, fault, rate_hz=1000.0) as board:
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
    with simulated_wire(path, "unplug@60") as clock, open_board(f"cyton:{path}") as board:
        board.start()
        read_samples(board, 50)
        clock.skip(60.0)
        with pytest.raises(LinkError, match="the board was unplugged"):
            read_samples(board, 250 * 10)
