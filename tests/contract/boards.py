"""Boards of the contract suite, each with its environment."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from acquisition.core import Board, Clock, ManualClock, MonotonicClock, Setup, make_board
from acquisition.recording import BdfWriter
from tests.lsl_sender import sending, stream_info, unique_name
from tests.patience import DEADLINE_S
from tests.reading import read_samples
from tests.wire import SharedClock, simulated_wire

RECORDED_S = 20.0


@dataclass(frozen=True)
class Case:
    """One kind of board.

    Attributes
    ----------
    url : str
        URL of the board, with at least one option, so that ``&`` adds another.
    clock : Clock
        Clock of the board; set by hand when it can pace the board.
    rate_hz, n_channels :
        Expected sampling rate and number of channels.
    """

    url: str
    clock: Clock
    rate_hz: float
    n_channels: int

    def make(self, setup: Setup | None = None) -> Board:
        """Make the board without opening it."""
        return make_board(self.url, setup, self.clock)


def record(path: Path) -> Path:
    """Record the simulated patient for `RECORDED_S`."""
    with make_board("simulated:?seed=4&rate=500&channels=3&speed=0") as board:
        board.start()
        with BdfWriter(path, board.info, started_at=datetime(2026, 1, 1)) as writer:
            for block in read_samples(board, round(RECORDED_S * 500)):
                writer.write(block)
    return path


def _simulated(_request: pytest.FixtureRequest, _stack: ExitStack) -> Case:
    return Case("simulated:?seed=3&rate=1000&channels=5", ManualClock(20.0), 1000.0, 5)


def _playback(request: pytest.FixtureRequest, _stack: ExitStack) -> Case:
    return Case(f"playback:{request.getfixturevalue('recorded')}?speed=1", ManualClock(20.0), 500.0, 3)


def _playback_unpaced(request: pytest.FixtureRequest, _stack: ExitStack) -> Case:
    return Case(f"playback:{request.getfixturevalue('recorded')}?speed=0", ManualClock(20.0), 500.0, 3)


def _cyton(request: pytest.FixtureRequest, stack: ExitStack) -> Case:
    if sys.platform == "win32":
        pytest.skip("pseudo-terminals: Windows has none")
    port = request.getfixturevalue("tmp_path") / "ttyCyton"
    clock = stack.enter_context(simulated_wire(port, seed=3, clock=SharedClock()))
    return Case(f"cyton:{port}?rate=250", clock, 250.0, 8)


def _brainflow(_request: pytest.FixtureRequest, _stack: ExitStack) -> Case:
    return Case("brainflow:SYNTHETIC_BOARD?timeout=1", MonotonicClock(), 250.0, 16)


def _lsl(_request: pytest.FixtureRequest, stack: ExitStack) -> Case:
    name = unique_name()
    stack.enter_context(sending(stream_info(name, n_channels=4, rate_hz=500.0)))
    return Case(f"lsl:{name}?timeout={DEADLINE_S:g}", MonotonicClock(), 500.0, 4)


CASES: dict[str, Callable[[pytest.FixtureRequest, ExitStack], Case]] = {
    "simulated": _simulated,
    "playback": _playback,
    "playback-unpaced": _playback_unpaced,
    "cyton": _cyton,
    "brainflow-synthetic": _brainflow,
    "lsl": _lsl,
}
