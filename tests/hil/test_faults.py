"""Messages of the board and our driver when converter, link or supply fail during a stream."""

from pathlib import Path

import numpy as np
import pytest

from acquisition.core import LinkError, open_board
from tests.hil.board import index_at, running_board
from tests.reading import read_samples
from twitchscope.entries.inputs import InputWatch


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("drdy=stuck", "broke off: Failure: ADS1299 gives no DRDY: check the DRDY wire and the clock"),
        ("miso=stuck", "broke off: Failure: ADS1299 frames have no status 0xC: check MISO and supply"),
        ("reset", r"broke off: it was reset in mid-stream \(reset pin\)"),
        ("brown-out", r"broke off: it was reset in mid-stream \(brown-out: check the battery\)"),
    ],
)
def test_a_board_that_dies_says_why(hil_build: Path, tmp_path: Path, fault: str, message: str) -> None:
    port = tmp_path / "board"
    with running_board(hil_build, port, "--check-baud", "--at", "0.5", fault) as simulated:
        clock = simulated.clock
        with open_board(f"cyton:{port}?rate=1000", clock=clock) as board:
            board.start()
            with pytest.raises(LinkError, match=message):
                read_samples(board, 2_000)
            assert 480 <= board.next_index <= 500
        if "stuck" in fault:
            with pytest.raises(LinkError, match="the board answers, its converter does not: ADS1299 "):
                open_board(f"cyton:{port}", clock=clock)
        else:
            open_board(f"cyton:{port}", clock=clock).close()


def test_a_program_that_hangs_is_ended_by_the_watchdog(hil_build: Path, tmp_path: Path) -> None:
    port = tmp_path / "board"
    with running_board(hil_build, port, "--check-baud", "--at", "0.2", "hang") as simulated:
        clock = simulated.clock
        with open_board(f"cyton:{port}?rate=1000", clock=clock) as board:
            board.start()
            with pytest.raises(LinkError, match=r"it was reset in mid-stream \(watchdog: the firmware hung\)"):
                read_samples(board, 1_000)
            assert 190 <= board.next_index <= 200
        with open_board(f"cyton:{port}", clock=clock) as again:
            assert "last reset: watchdog: the firmware hung" in again.banner.text  # type: ignore[attr-defined]


def test_wrong_bits_are_counted_and_reported_at_the_end(hil_build: Path, tmp_path: Path) -> None:
    port = tmp_path / "board"
    with (
        running_board(
            hil_build, port, "--check-baud", "--at", "0.3", "bit-errors=20", "--at", "0.9", "bit-errors=0"
        ) as simulated,
        open_board(f"cyton:{port}?rate=1000", clock=simulated.clock) as board,
    ):
        board.start()
        read_samples(board, 1_000)
        board.stop()
        assert board.n_lost > 0
        (note,) = board.notes
        assert note.startswith(f"the board itself lost samples: {board.n_lost} broken between converter and controller")


def test_a_line_that_carries_nothing_for_a_while(hil_build: Path, tmp_path: Path) -> None:
    """Packets without room are dropped whole, counted, and appear as a gap in the recording."""
    port = tmp_path / "board"
    with (
        running_board(
            hil_build, port, "--check-baud", "--at", "0.3", "uart=stuck", "--at", "0.4", "uart=right"
        ) as simulated,
        open_board(f"cyton:{port}?rate=1000", clock=simulated.clock) as board,
    ):
        board.start()
        blocks = read_samples(board, 1_000)
        board.stop()
        assert 85 <= board.n_lost <= 100  # a tenth of a second, less the content of the ring of 255 bytes
        assert board.notes == [f"the board itself lost samples: {board.n_lost} for which the line had no room"]
        valid = np.concatenate([block.valid for block in blocks])
        assert np.flatnonzero(~valid).min() >= index_at(0.3, 1000)


def test_an_edge_whose_packet_is_lost_keeps_its_sample(hil_build: Path, tmp_path: Path) -> None:
    """The contact closes while the link carries nothing; the first packet after the gap contains the age."""
    port = tmp_path / "board"
    script = ["--at", "0.3", "uart=stuck", "--at", "0.357", "pin1=1", "--at", "0.4", "uart=right"]
    with (
        running_board(hil_build, port, "--check-baud", *script) as simulated,
        open_board(f"cyton:{port}?rate=1000", clock=simulated.clock) as board,
    ):
        watch = InputWatch(board.info)
        board.start()
        blocks = read_samples(board, 600)
        board.stop()
        assert board.n_lost >= 85
    (edge,) = [edge for block in blocks for edge in watch.edges(block)]
    assert (edge.index, edge.is_exact) == (index_at(0.357, 1000), True)
