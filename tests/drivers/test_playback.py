"""Playback: the same counts as the recording, at the requested speed."""

import errno
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquisition.core import (
    AcquisitionError,
    AuxChannel,
    Block,
    Board,
    BoardConfigError,
    BoardInfo,
    BoardNotFound,
    ChannelSetup,
    ManualClock,
    RecordingError,
    Role,
    Setup,
    ads1299_channels,
    make_board,
    open_board,
)
from acquisition.recording import BdfWriter, Recording, read_recording

RATE_HZ = 1000.0
N_SAMPLES = 3_000
LOST = slice(1_200, 1_237)


def whole_recording() -> Block:
    rng = np.random.default_rng(5)
    counts = rng.integers(-8_388_607, 8_388_607, (N_SAMPLES, 3), dtype=np.int32)
    aux = rng.integers(-5, 5, (N_SAMPLES, 1), dtype=np.int32)
    valid = np.ones(N_SAMPLES, np.bool_)
    valid[LOST] = False
    counts[LOST] = counts[LOST.start - 1]
    aux[LOST] = aux[LOST.start - 1]
    return Block(0, counts, aux, valid, 0.0)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recording of 3 s at 1000 Hz with three channels, one auxiliary column and a loss."""
    path = tmp_path_factory.mktemp("playback") / "a recording.bdf"
    info = BoardInfo("Test board", RATE_HZ, ads1299_channels((24, 12, 1)), 262.0, (AuxChannel("Key"),), counter_bits=8)
    with BdfWriter(path, info, started_at=datetime(2026, 1, 2, 3, 4, 5)) as writer:
        whole = whole_recording()
        for start in range(0, N_SAMPLES, 700):
            writer.write(whole[start : start + 700])
    return path


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(50.0)


def read_all(board: Board, timeout_s: float = 0.1) -> list[Block]:
    """Read to the end and return the blocks without the empty ones."""
    blocks = []
    while (block := board.read(timeout_s)) is not None:
        if block.n_samples:
            blocks.append(block)
    return blocks


def joined(blocks: list[Block]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    next_index = 0
    for block in blocks:
        assert block.first_index == next_index
        next_index = block.end_index
    return (
        np.concatenate([block.counts for block in blocks]),
        np.concatenate([block.aux for block in blocks]),
        np.concatenate([block.valid for block in blocks]),
    )


@pytest.mark.parametrize("speed", ["0", "0.5", "1", "7.3", "1000"])
def test_counts_aux_and_losses_come_back_at_any_speed(recording: Path, clock: ManualClock, speed: str) -> None:
    with open_board(f"playback:{recording}?speed={speed}", clock=clock) as board:
        board.start()
        counts, aux, valid = joined(read_all(board))
        expected = whole_recording()
        np.testing.assert_array_equal(counts, expected.counts)
        np.testing.assert_array_equal(aux, expected.aux)
        np.testing.assert_array_equal(valid, expected.valid)
        assert (board.next_index, board.n_lost) == (N_SAMPLES, 37)
        assert board.read() is None


def test_it_tells_what_the_recording_tells(recording: Path) -> None:
    with open_board(f"playback:{recording}?speed=0") as board:
        assert board.info == read_recording(recording).info
        assert board.info.channels == ads1299_channels((24, 12, 1))


@given(timeouts_s=st.lists(st.floats(0.0, 0.4), min_size=1, max_size=30), speed=st.sampled_from([0.0, 1.0, 3.0]))
@settings(max_examples=20)
def test_however_it_is_read_the_samples_are_the_same(recording: Path, timeouts_s: list[float], speed: float) -> None:
    clock = ManualClock()
    with open_board(f"playback:{recording}?speed={speed:g}", clock=clock) as board:
        board.start()
        blocks: list[Block] = []
        for timeout_s in timeouts_s:
            block = board.read(timeout_s)
            if block is not None and block.n_samples:
                blocks.append(block)
            clock.wait_s(timeout_s / 3.0)  # the reader is busy with something else
        counts, aux, valid = joined([*blocks, *read_all(board)])
    expected = whole_recording()
    np.testing.assert_array_equal(counts, expected.counts)
    np.testing.assert_array_equal(aux, expected.aux)
    np.testing.assert_array_equal(valid, expected.valid)


@pytest.mark.parametrize("speed", [0.25, 1.0, 2.5, 100.0])
def test_it_neither_runs_ahead_of_the_clock_nor_falls_behind(recording: Path, clock: ManualClock, speed: float) -> None:
    board = make_board(f"playback:{recording}?speed={speed}", clock=clock)
    board.start()
    for block in read_all(board):
        due_s = 50.0 + block.end_index / (RATE_HZ * speed)
        assert -1e-6 <= block.arrival_s - due_s < 0.016
    assert clock.now_s() == pytest.approx(50.0 + N_SAMPLES / (RATE_HZ * speed), abs=1e-6)
    board.close()


def test_blocks_are_short_at_the_speed_of_life(recording: Path, clock: ManualClock) -> None:
    with open_board(f"playback:{recording}", clock=clock) as board:
        board.start()
        lengths_ms = [block.n_samples / RATE_HZ * 1e3 for block in read_all(board)]
    assert all(10.0 <= length_ms <= 20.0 for length_ms in lengths_ms[:50])


class LateClock(ManualClock):
    """Clock whose waits take longer than requested, as on a busy machine."""

    def wait_s(self, duration_s: float) -> None:
        super().wait_s(duration_s + 0.004 if duration_s > 0.0 else 0.0)


def test_waits_that_take_longer_do_not_add_up(recording: Path) -> None:
    clock = LateClock()
    with open_board(f"playback:{recording}", clock=clock) as board:
        board.start()
        for block in read_all(board):
            assert block.arrival_s - block.end_index / RATE_HZ < 0.025
        assert clock.now_s() == pytest.approx(3.0, abs=0.025)
        assert board.sample_clock.drift_ppm == pytest.approx(0.0, abs=2_000.0)


def test_a_reader_that_was_away_gets_what_became_due(recording: Path, clock: ManualClock) -> None:
    with open_board(f"playback:{recording}", clock=clock) as board:
        board.start()
        board.read(0.1)
        clock.wait_s(2.0)
        while board.next_index < 2_000:
            assert board.read(0.0) is not None
        assert clock.now_s() < 52.1


def test_a_short_timeout_gives_an_empty_block_in_time(recording: Path, clock: ManualClock) -> None:
    with open_board(f"playback:{recording}?speed=0.001", clock=clock) as board:
        board.start()
        block = board.read(0.05)
        assert block is not None
        assert (block.n_samples, block.first_index, clock.now_s()) == (0, 0, pytest.approx(50.05))


def test_only_the_speed_of_life_keeps_time(recording: Path) -> None:
    assert make_board(f"playback:{recording}").keeps_time
    assert not make_board(f"playback:{recording}?speed=0").keeps_time
    assert not make_board(f"playback:{recording}?speed=1.5").keeps_time


def test_as_fast_as_it_is_read_waits_for_nothing(recording: Path, clock: ManualClock) -> None:
    with open_board(f"playback:{recording}?speed=0", clock=clock) as board:
        board.start()
        assert len(read_all(board)) <= N_SAMPLES / 100
    assert clock.now_s() == 50.0


def test_it_starts_over(recording: Path, clock: ManualClock) -> None:
    with open_board(f"playback:{recording}?speed=0", clock=clock) as board:
        for _ in range(2):
            board.start()
            block = board.read()
            assert block is not None
            np.testing.assert_array_equal(block.counts, whole_recording().counts[: block.n_samples])
            board.stop()


def test_the_setup_is_applied(recording: Path) -> None:
    with open_board(f"playback:{recording}", Setup({1: ChannelSetup("Band A", Role.NEEDLE)})) as board:
        assert [(ch.name, ch.role) for ch in board.info.channels][:2] == [
            ("Band A", Role.NEEDLE),
            ("EMG 2", Role.SURFACE),
        ]
    with pytest.raises(BoardConfigError, match="names channel 4"):
        open_board(f"playback:{recording}", Setup({4: ChannelSetup()}))


def test_what_is_odd_about_the_file_is_reported_by_the_board(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("EMG,Force (N)\n" + "1,2\n-3,4\n" * 50, "utf-8")
    warnings = read_recording(path, sampling_rate_hz=500.0).header.warnings
    with open_board(f"playback:{path}?rate=500") as board:
        assert board.notes == list(warnings) != []


def test_a_recording_is_wired_to_nobody_whatever_it_was_made_with(recording: Path) -> None:
    with open_board(f"playback:{recording}", Setup({1: ChannelSetup(role=Role.NEEDLE)})) as board:
        assert not board.is_wired_to_a_person


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BoardNotFound, match=r"there is no file .*nothing\.bdf"):
        open_board(f"playback:{tmp_path / 'nothing.bdf'}")


def test_a_path_that_cannot_be_looked_at_is_reported() -> None:
    with pytest.raises(AcquisitionError, match=r"cannot be read|there is no file"):  # Windows says the latter
        open_board(f"playback:{'x' * 5000}")


def test_a_file_that_goes_away_is_reported(recording: Path, tmp_path: Path) -> None:
    path = shutil.copy(recording, tmp_path / "a.bdf")
    with open_board(f"playback:{path}") as board:
        path.unlink()
        board.start()
        with pytest.raises(RecordingError, match=f"cannot be read any further: {os.strerror(errno.ENOENT)}"):
            board.read()


def test_what_is_no_recording_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(RecordingError, match=r"song\.mp3"):
        open_board(f"playback:{path}")


@pytest.mark.parametrize("options", ["speed=-1", "speed=nan", "speed=fast", "speed=1001", "rate=-5", "loop=1"])
def test_options_out_of_range_are_refused(recording: Path, options: str) -> None:
    with pytest.raises(BoardConfigError):
        make_board(f"playback:{recording}?{options}")


def test_a_file_must_be_named() -> None:
    with pytest.raises(BoardConfigError, match="names no file"):
        make_board("playback:?speed=1")


class WatchedRecording(Recording):
    """Recording that knows whether it is still being read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header = read_recording(path).header
        self.n_open = 0
        self.kept: list[Iterator[Block]] = []

    def blocks(self, n_samples: int | None = None) -> Iterator[Block]:
        self.kept.append(self._blocks())
        return self.kept[-1]

    def _blocks(self) -> Iterator[Block]:
        self.n_open += 1
        try:
            yield from (whole_recording()[start : start + 1_000] for start in range(0, N_SAMPLES, 1_000))
        finally:
            self.n_open -= 1


@pytest.mark.parametrize("ending", ["stop", "close", "start"])
def test_the_file_is_let_go_of_halfway(
    recording: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    watched = WatchedRecording(recording)
    monkeypatch.setattr("acquisition.drivers.playback.read_recording", lambda _path, **_options: watched)
    with open_board(f"playback:{recording}", clock=clock) as board:
        board.start()
        board.read()
        assert watched.n_open == 1
        if ending == "start":
            board.stop()
            board.start()
            board.read()
            assert watched.n_open == 1
        board.stop() if ending == "stop" else board.close()
        assert watched.n_open == 0


def test_a_real_recording_plays_as_it_is_read(shared_data: Path) -> None:
    path = shared_data / "tibialis-with-heartbeat-250hz.bdf"
    expected = np.concatenate([block.counts for block in read_recording(path).blocks()])
    with open_board(f"playback:{path}?speed=0") as board:
        board.start()
        counts, _, _ = joined(read_all(board))
    np.testing.assert_array_equal(counts, expected)
