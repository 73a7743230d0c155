"""A dongle is pulled out in mid-session and plugged in again, through our own driver and through BrainFlow's."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import Block, Board, MonotonicClock, ReturningBoard, make_board
from acquisition.link import ports
from acquisition.link.ports import PortInfo
from acquisition.simulated.wire import serve_wire
from tests.patience import DEADLINE_S
from twitchscope.cli import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")

RATE_HZ = 250.0
AWAY_S = 0.8
URLS = {"cyton": "cyton:{}?rate=250", "brainflow": "brainflow:CYTON_BOARD?serial_port={}"}


class Wire:
    """A simulated dongle at a port, until it is pulled out."""

    def __init__(self, path: Path) -> None:
        self.stop, self.ready = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._serve, args=(path,))
        self.thread.start()
        assert self.ready.wait(DEADLINE_S)

    def _serve(self, path: Path) -> None:
        serve_wire(
            path,
            seed=7,
            sampling_rate_hz=RATE_HZ,
            scenario=None,
            faults=(),
            stop=self.stop,
            clock=MonotonicClock(),
            on_ready=self.ready.set,
        )

    def pull(self) -> None:
        self.stop.set()
        self.thread.join(DEADLINE_S)


@contextmanager
def plugged(path: Path) -> Iterator[Wire]:
    wire = Wire(path)
    try:
        yield wire
    finally:
        wire.pull()


class Watch:
    """Reads a board and notes when each of its notes came."""

    def __init__(self, board: Board) -> None:
        self.board, self.blocks = board, list[Block]()
        self.told_s: list[float] = []

    def read_until(self, n_samples: int) -> None:
        deadline_s = time.monotonic() + DEADLINE_S
        while self.board.next_index < n_samples:
            assert time.monotonic() < deadline_s, f"the board sends too few samples; it says {self.board.notes}"
            block = self.board.read(0.05)
            assert block is not None
            self.blocks.append(block)
            self.told_s += [time.monotonic()] * (len(self.board.notes) - len(self.told_s))


@pytest.mark.parametrize(
    ("driver", "returns_as"), [("cyton", "cyton"), ("brainflow", "cyton"), ("brainflow", "another")]
)
def test_an_unplugged_board_is_told_within_a_second_and_goes_on_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: str, returns_as: str
) -> None:
    first, second = tmp_path / "cyton", tmp_path / returns_as
    if second != first:  # the same dongle, by its serial number, at a port that is free only now
        path_now = {True: first, False: second}
        monkeypatch.setattr(
            ports, "find_ports", lambda: [PortInfo(str(path_now[first.exists()]), "", True, True, "DM01")]
        )
    board = ReturningBoard(make_board(URLS[driver].format(first)))
    with plugged(first) as wire, board:
        board.start()
        began_s = time.monotonic()
        watch = Watch(board)
        watch.read_until(round(1.0 * RATE_HZ))
        unplugged_s = time.monotonic()
        wire.pull()
        watch.read_until(round((1.0 + AWAY_S) * RATE_HZ))
        with plugged(second):
            back_s = time.monotonic()
            watch.read_until(round(4.5 * RATE_HZ))
        took_s = time.monotonic() - began_s
    assert board.next_index / RATE_HZ == pytest.approx(took_s, abs=0.1), "index and true time go on together"
    valid = np.concatenate([block.valid for block in watch.blocks])
    assert board.n_lost == np.count_nonzero(~valid)
    assert valid[-50:].all()
    gone, back = board.notes
    assert "unplugged" in gone
    assert "is back" in back
    assert watch.told_s[0] - unplugged_s < 1.0
    first_after_s = began_s + np.flatnonzero(~valid)[-1] / RATE_HZ
    assert first_after_s - back_s < 5.0


@contextmanager
def pulled_once_recorded(wire: Wire, out: Path) -> Iterator[None]:
    """Pull the dongle out as soon as something of it is recorded."""

    def wait_and_pull() -> None:
        deadline_s = time.monotonic() + DEADLINE_S
        while not any(out.glob("*/recording.bdf")) and time.monotonic() < deadline_s:
            time.sleep(0.01)
        wire.pull()

    thread = threading.Thread(target=wait_and_pull)
    thread.start()
    try:
        yield
    finally:
        thread.join(DEADLINE_S)


def test_a_recording_whose_board_has_not_come_back_fails_and_is_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "cyton", tmp_path / "out"
    with plugged(path) as wire, pulled_once_recorded(wire, out):
        argv = ["record", "--board", URLS["brainflow"].format(path), "--seconds", "3.5", "--out", str(out)]
        assert main(argv) == 1
    said = capsys.readouterr()
    assert "waiting for it to come back" in said.out
    assert "has not come back" in said.err
    (folder,) = out.iterdir()
    recording = read_recording(folder)
    assert recording.duration_s == pytest.approx(3.5, abs=0.05)
    valid = np.concatenate([block.valid for block in recording.blocks()])
    assert valid[: round(0.2 * RATE_HZ)].all()
    assert not valid[-round(0.5 * RATE_HZ) :].any()
    assert main(["check", str(folder)]) == 0
