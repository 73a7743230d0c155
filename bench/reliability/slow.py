"""Stalled readers: a view, a terminal, a network peer."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import numpy as np

from acquisition import read_recording
from acquisition.core import Block, Clock, ReturningBoard, make_board
from bench.reliability.programs import only_folder, twitchscope
from bench.reliability.table import Row
from twitchscope.session import stream as stream_module
from twitchscope.session.listeners import SessionListener
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

TITLE = "Slow readers"

RATE_HZ = 1000.0
SECONDS = 15.0
SHORT_QUEUE_S = 2.0

PEER = """
import sys, time
from acquisition.core import open_board
with open_board(f"lsl:{sys.argv[1]} EMG?timeout=30") as board:
    board.start()
    print("hears", flush=True)
    while True:
        board.read(0.1)
"""


class _Lateness(SessionListener):
    """Takes how long after its arrival each block was handed on, in seconds."""

    def __init__(self, clock: Clock) -> None:
        self.late_s: list[float] = []
        self._clock = clock

    def on_block(self, block: Block | None) -> None:
        """Take the time of a block."""
        if block is not None:
            self.late_s.append(self._clock.now_s() - block.arrival_s)


def rows() -> Iterator[Row]:
    """Yield one row per reader."""
    yield _view_row()
    yield _terminal_row()
    yield _peer_row()


def _view_row() -> Row:
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(stream_module, "LONGEST_QUEUE_S", SHORT_QUEUE_S):
        board = ReturningBoard.around(make_board(f"simulated:?seed=1&rate={RATE_HZ:g}"))
        with board:
            session = Session(board, SessionPlan(Path(folder), "p", 8.0))
            view = session.subscribe()  # never read
            lateness = _Lateness(board.clock)
            session.add_listener(lateness)
            began_s = time.monotonic()
            result = session.run()
            took_s = time.monotonic() - began_s
        n_recorded = _n_valid(Path(folder))
    return Row(
        "a view that takes nothing",
        f"a subscriber of the stream that stands still for 8 s, its queue shortened from 60 to {SHORT_QUEUE_S:g} s",
        "the recording is whole and on time; what the view skips is counted",
        f"{n_recorded} of {result.n_samples} samples recorded in {took_s:.1f} s; every block handed on within "
        f"{1e3 * max(lateness.late_s):.1f} ms; {view.n_skipped} samples skipped for the view and counted",
        n_recorded == result.n_samples == 8.0 * RATE_HZ and view.n_skipped > 0,
    )


def _terminal_row() -> Row:
    with tempfile.TemporaryDirectory() as folder:
        began_s = time.monotonic()
        with twitchscope(*_arguments(folder), "--format", "jsonl", collects_output=False) as record:
            record.process.wait(SECONDS + 30.0)
            took_s = time.monotonic() - began_s
            status = record.process.returncode
        n_recorded = _n_valid(Path(folder))
    return Row(
        "a reader that never reads",
        f"`record` into pipes that nobody empties, {SECONDS:g} s",
        "the recording is whole, the program ends by itself",
        f"{n_recorded} of {SECONDS * RATE_HZ:.0f} samples recorded; ended after {took_s:.1f} s with status {status}",
        n_recorded == SECONDS * RATE_HZ and status == 0,
    )


def _peer_row() -> Row:
    name = f"bench{time.monotonic_ns() % 10**9}"
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        record = stack.enter_context(twitchscope(*_arguments(folder), "--lsl", name))
        peer = stack.enter_context(
            subprocess.Popen([sys.executable, "-c", PEER, name], stdout=subprocess.PIPE, text=True)
        )
        try:
            assert peer.stdout is not None
            hears = peer.stdout.readline().strip()
            peer.send_signal(signal.SIGSTOP)
            status = record.wait(SECONDS + 60.0)
        finally:
            peer.kill()
            peer.wait()
        n_recorded = _n_valid(Path(folder))
    return Row(
        "a peer in the network that stands still",
        f"a program that hears `record --lsl` is stopped (SIGSTOP) within {SECONDS:g} s",
        "the recording is whole and ends in time",
        f"the peer {hears or 'heard nothing'} and is stopped; {n_recorded} of {SECONDS * RATE_HZ:.0f} samples "
        f"recorded; status {status}",
        n_recorded == SECONDS * RATE_HZ and status == 0 and hears == "hears",
    )


def _arguments(out: str) -> list[str]:
    return ["record", "--board", f"simulated:?seed=1&rate={RATE_HZ:g}", "--seconds", str(SECONDS), "--out", out]


def _n_valid(out: Path) -> int:
    return int(sum(np.count_nonzero(block.valid) for block in read_recording(only_folder(out)).blocks()))
