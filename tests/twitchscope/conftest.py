"""Scripted board whose blocks are given by the test, and fixtures for a session on the disk."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from acquisition.core import (
    AuxChannel,
    Block,
    Board,
    BoardInfo,
    ManualClock,
    Setup,
    ads1299_channels,
    make_block,
)
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

RATE_HZ = 1000.0
N_CHANNELS = 4


class ScriptedBoard(Board):
    """Board that sends the given blocks, then ends or raises the given error."""

    keeps_time = False

    def __init__(self, blocks: Sequence[Block], failure: Exception | None = None, setup: Setup | None = None) -> None:
        super().__init__(setup, ManualClock())
        self.n_stops = 0
        self.n_closes = 0
        self._blocks = list(blocks)
        self._failure = failure

    def _open(self) -> BoardInfo:
        aux = (AuxChannel("Accel X", "g", 0.000125),)
        return BoardInfo("Scripted", RATE_HZ, ads1299_channels((12.0,) * N_CHANNELS), 0.262 * RATE_HZ, aux, 8)

    def _start(self) -> None:
        self._iterator = iter(self._blocks)

    def _read(self, timeout_s: float) -> Block | None:
        block = next(self._iterator, None)
        if block is None and self._failure is not None:
            raise self._failure
        return block

    def _stop(self) -> None:
        self.n_stops += 1

    def _close(self) -> None:
        self.n_closes += 1


def noise_blocks(seconds: float, block_samples: int = 50, seed: int = 0, first_index: int = 0) -> list[Block]:
    """Return blocks of noise with about 2 µV RMS."""
    rng = np.random.default_rng(seed)
    n_samples = round(seconds * RATE_HZ)
    counts = rng.normal(0.0, 45.0, (n_samples, N_CHANNELS)).round().astype(np.int32)
    aux = np.zeros((n_samples, 1), np.int32)
    return [
        make_block(
            first_index + start,
            counts[start : start + block_samples],
            (first_index + start + block_samples) / RATE_HZ,
            aux[start : start + block_samples],
        )
        for start in range(0, n_samples, block_samples)
    ]


def with_burst(blocks: list[Block], at_s: float, peak_counts: float = 4000.0, seed: int = 5) -> list[Block]:
    """Add a volley of eight biphasic units, about 60 ms, to channel 0 and, weaker, to channel 1."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(0.0, 0.012, 1.0 / RATE_HZ)
    unit = np.sin(2.0 * np.pi * 110.0 * time_s) * np.hanning(time_s.size)
    volley = np.zeros(80)
    for start in np.sort(rng.integers(0, 55, 8)):
        volley[start : start + unit.size] += unit * rng.uniform(0.6, 1.0)
    volley *= peak_counts / np.abs(volley).max()
    first = blocks[0].first_index
    counts = np.concatenate([block.counts for block in blocks])
    start = round(at_s * RATE_HZ) - first
    counts[start : start + volley.size, 0] += volley.astype(np.int32)
    counts[start : start + volley.size, 1] += (0.3 * volley).astype(np.int32)
    ends = np.cumsum([block.n_samples for block in blocks])
    return [
        Block(block.first_index, counts[end - block.n_samples : end], block.aux, block.valid, block.arrival_s)
        for block, end in zip(blocks, ends, strict=True)
    ]


@pytest.fixture
def scripted_board() -> type[ScriptedBoard]:
    """Class of boards whose blocks are given by the test."""
    return ScriptedBoard


@pytest.fixture
def quiet_session(tmp_path: Path) -> Path:
    """Folder of a session of 10 s without events or marks."""
    with ScriptedBoard(noise_blocks(10.0)) as board:
        folder = Session(board, SessionPlan(tmp_path / "sessions", "test")).run().folder
    assert folder is not None
    return folder


@pytest.fixture
def brought(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files and folders synced to the disk, and drafts renamed since, in order."""
    if not sys.platform.startswith("linux"):
        pytest.skip("which file a number stands for is asked of Linux")
    done: list[Path] = []
    fsync, replace = os.fsync, Path.replace

    def note_and_sync(fd: int) -> None:
        done.append(Path(f"/proc/self/fd/{fd}").readlink())
        fsync(fd)

    def note_and_replace(draft: Path, path: Path) -> Path:
        done.append(path)
        return replace(draft, path)

    monkeypatch.setattr(os, "fsync", note_and_sync)
    monkeypatch.setattr(Path, "replace", note_and_replace)
    return done
