import numpy as np
import pytest

from acquisition.core import (
    Block,
    Board,
    BoardConfigError,
    ChannelSetup,
    ManualClock,
    Role,
    Setup,
    make_board,
    open_board,
)
from acquisition.simulated.board import SimulatedBoard
from acquisition.simulated.scenario import Scenario


def read_all(board: Board) -> list[Block]:
    board.start()
    blocks = []
    while (block := board.read()) is not None:
        blocks.append(block)
    board.close()
    return blocks


def counts_of(url: str) -> np.ndarray:
    return np.concatenate([block.counts for block in read_all(make_board(url, clock=ManualClock()))])


def test_samples_come_when_the_clock_says_so_in_blocks_of_10_ms() -> None:
    clock = ManualClock(100.0)
    board = open_board("simulated:?seed=3&rate=1000&seconds=6", clock=clock)
    blocks = read_all(board)
    assert {block.n_samples for block in blocks} == {10}
    assert blocks[-1].end_index == 6000
    assert clock.now_s() == pytest.approx(106.0)
    assert all(block.arrival_s == pytest.approx(100.0 + block.end_index / 1000.0) for block in blocks)
    assert board.sample_clock.sampling_rate_hz == pytest.approx(1000.0)
    assert board.keeps_time


def test_a_reader_that_was_away_gets_everything() -> None:
    clock = ManualClock()
    board = open_board("simulated:?rate=250", clock=clock)
    board.start()
    clock.wait_s(5.0)
    blocks = [board.read(0.0) for _ in range(6)]
    assert sum(block.n_samples for block in blocks if block) == 1250
    assert max(block.n_samples for block in blocks if block) == 250
    board.close()


def test_a_short_timeout_gives_what_is_due() -> None:
    clock = ManualClock()
    board = open_board("simulated:?rate=250", clock=clock)
    board.start()
    block = board.read(0.001)
    assert block is not None
    assert block.n_samples == 0
    board.close()


@pytest.mark.parametrize("speed", ["0", "10", "0.5"])
def test_speed_changes_no_sample(speed: str) -> None:
    assert np.array_equal(
        counts_of(f"simulated:?seed=5&rate=500&seconds=3&speed={speed}"),
        counts_of("simulated:?seed=5&rate=500&seconds=3"),
    )


def test_a_faster_board_does_not_keep_time() -> None:
    clock = ManualClock()
    board = make_board("simulated:?seconds=10&speed=20", clock=clock)
    read_all(board)
    assert not board.keeps_time
    assert clock.now_s() == pytest.approx(0.5)


def test_every_start_begins_the_session_anew() -> None:
    board = open_board("simulated:?rate=250&speed=0")
    firsts = []
    for _ in range(2):
        board.start()
        block = board.read()
        assert block is not None
        assert block.first_index == 0
        firsts.append(block.counts)
        board.stop()
    board.close()
    assert np.array_equal(*firsts)


def test_the_board_tells_about_itself() -> None:
    info = open_board("simulated:?rate=2000").info
    assert [channel.name for channel in info.channels][:2] == ["Band A", "Band B"]
    assert info.channels[-1].name == "Reference"
    assert {channel.role for channel in info.channels} == {Role.SURFACE}
    assert info.n_channels == 8
    assert info.bandwidth_hz == pytest.approx(524.0)
    assert [aux.unit for aux in info.aux] == ["g"] * 3
    assert {channel.gain for channel in info.channels} == {12.0}


def test_the_accelerometer_sees_gravity() -> None:
    block = read_all(make_board("simulated:?speed=0&seconds=1"))[0]
    assert block.aux.mean(axis=0)[2] * 0.000125 == pytest.approx(0.99, abs=0.02)


def test_the_setup_sets_gain_name_and_role() -> None:
    setup = Setup({2: ChannelSetup(name="Left", role=Role.REFERENCE, gain=24.0)})
    plain, loud = (make_board("simulated:?speed=0&seconds=1", a_setup) for a_setup in (Setup(), setup))
    quiet_counts, loud_counts = (read_all(board)[0].counts for board in (plain, loud))
    channel = loud.info.channels[1]
    assert (channel.name, channel.role, channel.gain) == ("Left", Role.REFERENCE, 24.0)
    assert np.allclose(loud_counts[:, 1], 2.0 * quiet_counts[:, 1], atol=200.0)
    assert np.array_equal(loud_counts[:, 0], quiet_counts[:, 0])


def test_the_board_gives_the_truth() -> None:
    board = make_board("simulated:?rate=250&speed=0&seconds=14")
    read_all(board)
    assert board.truth.twitches  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("simulated:?rate=300", "rate=300"),
        ("simulated:?rate=8000", "8000"),
        ("simulated:?channels=17", "channels=17"),
        ("simulated:?seed=-1", "seed=-1"),
        ("simulated:?speed=-1", "speed=-1"),
        ("simulated:?seconds=nan", "seconds=nan"),
        ("simulated:?scenario=unknown", "unknown"),
        ("simulated:?depth=3", "depth"),
        ("simulated:quiet", "quiet"),
    ],
)
def test_what_does_not_exist_is_refused(url: str, words: str) -> None:
    with pytest.raises(BoardConfigError, match=words):
        open_board(url)


def test_a_gain_that_the_converter_lacks_is_refused() -> None:
    with pytest.raises(BoardConfigError, match="gain 5 on channel 1"):
        open_board("simulated:", Setup({1: ChannelSetup(gain=5.0)}))


def test_a_channel_that_the_setup_calls_needle_is_the_needle() -> None:
    setup = Setup({2: ChannelSetup(role=Role.NEEDLE)})
    with SimulatedBoard(Scenario(), setup, n_channels=3, speed=0.0) as board:
        assert [channel.name for channel in board.info.channels] == ["Band A", "Needle", "Reference"]
        board.start()
        blocks = [board.read() for _ in range(50)]
        counts = np.concatenate([block.counts for block in blocks if block is not None])
        moves_uv = np.diff(board.info.to_microvolts(counts[1000:]), axis=0).std(axis=0)
        assert moves_uv[1] > 3.0 * max(moves_uv[0], moves_uv[2])
