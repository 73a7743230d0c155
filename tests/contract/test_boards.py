"""Contract of every board: one suite over all of them."""

import gc
import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from acquisition.core import (
    AcquisitionError,
    Block,
    Board,
    BoardConfigError,
    ChannelSetup,
    Role,
    Setup,
    make_board,
)
from tests.patience import DEADLINE_S
from tests.reading import read_samples

from .boards import Case


def some(case: Case) -> int:
    """Return the number of samples in a third of a second."""
    return round(0.3 * case.rate_hz)


def assert_well_formed(block: Block, board: Board) -> None:
    n_samples, n_channels, n_aux = block.n_samples, board.info.n_channels, len(board.info.aux)
    assert (block.counts.shape, block.counts.dtype) == ((n_samples, n_channels), np.int32)
    assert (block.aux.shape, block.aux.dtype) == ((n_samples, n_aux), np.int32)
    assert (block.valid.shape, block.valid.dtype) == ((n_samples,), np.bool_)
    assert block.counts.flags.c_contiguous
    assert block.aux.flags.c_contiguous


# --- steps ------------------------------------------------------------------------------------------------------------


def test_open_start_read_stop_close(case: Case, board: Board) -> None:
    info = board.open()
    board.start()
    blocks = read_samples(board, some(case))
    board.stop()
    board.close()
    assert info is board.info
    assert blocks[0].first_index == 0


def test_steps_may_be_repeated(case: Case, board: Board) -> None:
    for step in (board.open, board.open, board.start, board.start):
        step()
    assert read_samples(board, 1)[0].first_index == 0
    for step in (board.stop, board.stop, board.close, board.close):
        step()


def test_close_before_open(board: Board) -> None:
    board.close()
    board.close()


def test_close_while_it_streams_and_open_again(case: Case, board: Board) -> None:
    for _ in range(2):
        board.start()
        assert read_samples(board, 1)[0].first_index == 0
        board.close()


def test_with_block(case: Case) -> None:
    with pytest.raises(KeyError), case.make() as board:
        board.start()
        read_samples(board, 1)
        raise KeyError
    with case.make() as again:  # the first one has released everything
        assert again.info.n_channels == case.n_channels


def test_a_failed_open_lets_go_of_the_board(case: Case) -> None:
    half_open = case.make(Setup({999: ChannelSetup()}))
    with pytest.raises(BoardConfigError):
        half_open.open()
    with case.make() as whole:
        assert whole.info.n_channels == case.n_channels
    half_open.close()


def test_reading_has_its_time(board: Board) -> None:
    with pytest.raises(AcquisitionError, match="open"):
        _ = board.info
    board.open()
    with pytest.raises(AcquisitionError, match="start"):
        board.read()
    board.start()
    board.read()
    board.stop()
    with pytest.raises(AcquisitionError, match="start"):
        board.read()


def test_a_restart_begins_at_index_0(case: Case, board: Board) -> None:
    board.start()
    read_samples(board, some(case))
    board.stop()
    board.start()
    assert (board.next_index, board.n_lost) == (0, 0)
    blocks = read_samples(board, some(case))
    assert blocks[0].first_index == 0
    assert board.n_lost == 0


# --- description ------------------------------------------------------------------------------------------------------


def test_info_is_complete(case: Case, board: Board) -> None:
    info = board.open()
    assert info.name
    assert (info.sampling_rate_hz, info.n_channels) == (case.rate_hz, case.n_channels)
    names = [channel.name for channel in (*info.channels, *info.aux)]
    assert len(set(names)) == len(names)
    assert all(1 <= len(name) <= 16 for name in names)
    assert np.all(info.microvolts_per_count > 0.0)
    assert all(aux.unit_per_count != 0.0 for aux in info.aux)
    assert all(channel.gain is None or channel.gain > 0.0 for channel in info.channels)
    assert all(channel.role is Role.SURFACE for channel in info.channels)
    assert 0.0 < info.bandwidth_hz <= info.sampling_rate_hz / 2.0
    assert info.counter_bits >= 0
    assert info.full_scale_counts > 0


def test_the_setup_is_applied(case: Case) -> None:
    setup = Setup({2: ChannelSetup("Needle 1", Role.NEEDLE, "trapezius", "left", needled_band=True)})
    with case.make(setup) as board:
        first, second = board.info.channels[:2]
        assert (second.name, second.role, second.muscle, second.side) == ("Needle 1", Role.NEEDLE, "trapezius", "left")
        assert second.needled_band
        assert first.role is Role.SURFACE
        board.start()
        read_samples(board, 1)


def test_a_setup_of_another_board_is_refused(case: Case) -> None:
    with pytest.raises(BoardConfigError, match=f"channels 1 to {case.n_channels}"):
        case.make(Setup({case.n_channels + 1: ChannelSetup("Nobody")})).open()


def test_an_unknown_option_is_refused(case: Case) -> None:
    with pytest.raises(BoardConfigError, match="no option 'colour'"):
        make_board(f"{case.url}&colour=red", clock=case.clock)


# --- blocks -----------------------------------------------------------------------------------------------------------


def test_blocks_are_well_formed_and_contiguous(case: Case, board: Board) -> None:
    board.start()
    blocks = read_samples(board, round(0.8 * case.rate_hz))
    for block in blocks:
        assert_well_formed(block, board)
        assert np.all(np.abs(block.counts.astype(np.int64)) <= board.info.full_scale_counts + 1)
    assert blocks[0].first_index == 0
    for before, after in pairwise(blocks):
        assert after.first_index == before.end_index
        assert after.arrival_s >= before.arrival_s
    assert board.next_index == blocks[-1].end_index
    assert blocks[-1].arrival_s <= case.clock.now_s()


def test_a_good_link_loses_nothing(case: Case, board: Board) -> None:
    board.start()
    blocks = read_samples(board, round(0.8 * case.rate_hz))
    assert board.n_lost == 0
    assert all(block.valid.all() for block in blocks)


def test_every_channel_carries_noise(case: Case, board: Board) -> None:
    board.start()
    counts = np.concatenate([block.counts for block in read_samples(board, some(case))])
    assert np.all(np.std(counts, axis=0) > 0.0)
    assert np.all(np.count_nonzero(np.diff(counts, axis=0), axis=0) > len(counts) // 2)


def test_without_data_an_empty_block_comes_in_time(case: Case, board: Board) -> None:
    if "speed=0" in case.url:
        pytest.skip("a board that nothing paces has data at any time")
    board.start()
    read_samples(board, 1)
    end_s = time.monotonic() + DEADLINE_S
    block = board.read(0.0)
    while block is not None and block.n_samples and time.monotonic() < end_s:
        block = board.read(0.0)
    assert block is not None
    assert block.n_samples == 0
    assert_well_formed(block, board)
    assert block.first_index == board.next_index


def test_a_timeout_is_kept(case: Case, board: Board) -> None:
    """Uses the quickest of several reads, since a busy machine may delay any one of them."""
    board.start()
    end_s = time.monotonic() + DEADLINE_S
    took_s = np.inf
    while took_s > 0.05 + 0.05:
        assert time.monotonic() < end_s, f"a read that may take 0.05 s takes {took_s:.2f} s at least"
        began_s = case.clock.now_s()
        board.read(0.05)
        took_s = min(took_s, case.clock.now_s() - began_s)


def test_a_sample_has_a_host_time(case: Case, board: Board) -> None:
    board.start()
    last = read_samples(board, some(case))[-1]
    assert board.sample_clock.host_time_s(last.end_index - 1) <= last.arrival_s + 1e-6
    assert board.sample_clock.sampling_rate_hz == pytest.approx(case.rate_hz, rel=0.05)


# --- leftovers --------------------------------------------------------------------------------------------------------


def test_nothing_is_left_behind(case: Case) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("open files are counted through /proc, which this system does not have")
    with case.make() as board:  # libraries are loaded once and stay
        board.start()
    gc.collect()
    threads, n_files = set(threading.enumerate()), len(list(descriptors.iterdir()))
    for _ in range(3):
        board = case.make()
        board.start()
        read_samples(board, 1)
        board.close()
    assert set(threading.enumerate()) == threads
    end_s = time.monotonic() + DEADLINE_S
    while (n_left := len(list(descriptors.iterdir()))) > n_files:  # LSL closes its connections in the background
        assert time.monotonic() < end_s, f"{n_left - n_files} files are left open"
        time.sleep(0.01)
