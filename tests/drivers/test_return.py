"""A dongle is unplugged during a session and plugged in again, with our own driver and with BrainFlow's."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import Block, Board, ReturningBoard, make_board
from acquisition.link import ports
from acquisition.link.ports import PortInfo
from acquisition.recording import BdfWriter
from tests.patience import DEADLINE_S
from tests.wire import needs_pty, simulated_wire
from twitchscope.cli import main

pytestmark = needs_pty

RATE_HZ = 250.0
AWAY_S = 1.5
"""Shortest absence of the board in seconds; the test unplugs it and plugs it in again."""

URLS = {"cyton": "cyton:{}?rate=250", "brainflow": "brainflow:CYTON_BOARD?serial_port={}"}


class Watch:
    """Reader of a board that keeps its blocks."""

    def __init__(self, board: Board) -> None:
        self.board, self.blocks = board, list[Block]()

    def read_until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline_s, f"it does not come to that; the board says {self.board.notes}"
            block = self.board.read(0.05)
            assert block is not None
            self.blocks.append(block)

    def read_for(self, duration_s: float) -> None:
        until_s = time.monotonic() + duration_s
        self.read_until(lambda: time.monotonic() > until_s)


@pytest.mark.parametrize(
    ("driver", "returns_as"), [("cyton", "cyton"), ("brainflow", "cyton"), ("brainflow", "another")]
)
def test_an_unplugged_board_is_reported_and_goes_on_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: str, returns_as: str
) -> None:
    """The latency of the report and the accuracy of the indices are measured by `python -m bench.reliability`."""
    first, second = tmp_path / "cyton", tmp_path / returns_as
    board = ReturningBoard(make_board(URLS[driver].format(first)))
    with ExitStack() as stack:
        clock = stack.enter_context(simulated_wire(first, "unplug@60", "replug@120"))
        if second != first:  # the same dongle, by its serial number, at another port
            stack.enter_context(simulated_wire(second))
            path_now = {True: first, False: second}
            monkeypatch.setattr(
                ports, "find_ports", lambda: [PortInfo(str(path_now[first.exists()]), "", True, True, "DM01")]
            )
        stack.enter_context(board)
        board.start()
        began_s = time.monotonic()
        watch = Watch(board)
        watch.read_until(lambda: board.next_index > RATE_HZ)
        clock.skip(60.0)
        watch.read_until(lambda: any("waiting for it" in note for note in board.notes))
        if second == first:
            watch.read_for(AWAY_S)
            clock.skip(60.0)
        watch.read_until(lambda: any("is back" in note for note in board.notes))
        n_blocks = len(watch.blocks)
        watch.read_until(lambda: sum(np.count_nonzero(block.valid) for block in watch.blocks[n_blocks:]) > RATE_HZ)
        took_s = time.monotonic() - began_s
    valid = np.concatenate([block.valid for block in watch.blocks])
    assert board.n_lost == np.count_nonzero(~valid)
    assert valid[-50:].all()
    # There must be no second loss, even if the host stood still. Two further notes may occur: why the board is not back
    # yet and, on a loaded machine that also runs the simulated board, a short silence.
    meanwhile = ("has not come back yet", "nothing has come")
    gone, back = [note for note in board.notes if not any(words in note for words in meanwhile)]
    assert "unplugged" in gone
    assert "is back" in back
    if second == first:
        assert board.n_lost > (AWAY_S - 0.5) * RATE_HZ, "the index has gone on with the time"
    assert board.next_index / RATE_HZ < took_s + 0.1


def test_a_recording_whose_board_has_not_come_back_fails_and_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "cyton", tmp_path / "out"
    write = BdfWriter.write

    def write_and_pull_out(writer: BdfWriter, block: Block) -> None:
        if writer.n_samples == 0:
            clock.skip(60.0)
        write(writer, block)

    monkeypatch.setattr(BdfWriter, "write", write_and_pull_out)
    with simulated_wire(path, "unplug@60") as clock:
        argv = ["record", "--board", URLS["brainflow"].format(path), "--seconds", "3.5", "--out", str(out)]
        assert main(argv) == 1
    said = capsys.readouterr()
    assert "waiting for it to come back" in said.out
    assert "has not come back" in said.err
    (folder,) = out.iterdir()
    recording = read_recording(folder)
    assert recording.duration_s == pytest.approx(3.5, abs=0.05)
    valid = np.concatenate([block.valid for block in recording.blocks()])
    assert valid[0]
    assert not valid[-round(0.5 * RATE_HZ) :].any()
    assert main(["check", str(folder)]) == 0
