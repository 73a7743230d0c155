"""Steps of every board: order, gaps and errors."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.core import AcquisitionError, BoardConfigError, BoardNotFound, ChannelSetup, LinkError, Role, Setup
from acquisition.core import board as board_module
from tests.core.scripted_board import ScriptedBoard, block, read_all

# --- steps ------------------------------------------------------------------------------------------------------------


def test_the_steps_call_each_hook_once_and_in_order() -> None:
    board = ScriptedBoard([block(0, 3)])
    assert board.open() is board.info
    board.start()
    board.read()
    board.stop()
    board.close()
    assert board.calls == ["open", "start", "stop", "close"]


def test_every_step_may_be_repeated() -> None:
    board = ScriptedBoard()
    for step in (board.open, board.open, board.start, board.start, board.stop, board.stop, board.close, board.close):
        step()
    assert board.calls == ["open", "start", "stop", "close"]


def test_start_opens_first() -> None:
    board = ScriptedBoard()
    board.start()
    assert board.calls == ["open", "start"]


def test_close_stops_a_board_that_streams() -> None:
    board = ScriptedBoard()
    board.start()
    board.close()
    assert board.calls == ["open", "start", "stop", "close"]


def test_close_of_a_board_that_was_never_opened_does_nothing() -> None:
    board = ScriptedBoard()
    board.close()
    assert board.calls == []


def test_with_closes_whatever_happens() -> None:
    board = ScriptedBoard()
    with pytest.raises(KeyError), board:
        board.start()
        raise KeyError
    assert board.calls == ["open", "start", "stop", "close"]


def test_a_board_may_be_opened_again() -> None:
    board = ScriptedBoard()
    for _ in range(2):
        with board:
            board.start()
    assert board.calls == ["open", "start", "stop", "close"] * 2


@pytest.mark.parametrize("error", [BoardNotFound("gone"), KeyboardInterrupt()])
def test_a_failed_open_closes_and_may_be_tried_again(error: BaseException) -> None:
    board = ScriptedBoard()
    board.fail_in["open"] = error
    with pytest.raises(type(error)):
        board.open()
    assert board.calls == ["open", "close"]
    board.close()
    assert board.calls == ["open", "close"]
    board.fail_in.clear()
    assert board.open().name == "Scripted"


def test_a_failed_start_leaves_the_board_open_and_close_lets_go_of_it() -> None:
    board = ScriptedBoard()
    board.fail_in["start"] = LinkError("no answer")
    with pytest.raises(LinkError):
        board.start()
    with pytest.raises(AcquisitionError, match="call start"):
        board.read()
    board.close()
    assert board.calls == ["open", "start", "close"]


def test_close_of_a_board_that_is_gone_does_not_raise_and_lets_go() -> None:
    board = ScriptedBoard()
    board.start()
    board.fail_in["stop"] = LinkError("gone")
    board.close()
    assert board.calls == ["open", "start", "stop", "close"]


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), UnicodeDecodeError("ascii", b"\xa0", 0, 1, "no")])
def test_close_makes_a_note_of_any_error_of_the_driver_and_lets_go(error: Exception) -> None:
    board = ScriptedBoard()
    board.start()
    board.fail_in |= {"stop": error, "close": ZeroDivisionError()}
    board.close()
    assert board.calls == ["open", "start", "stop", "close"]
    assert board.notes == [
        f"the board could not be stopped: {error}",
        "the board could not be let go of: ZeroDivisionError",
    ]
    board.close()
    assert board.calls.count("close") == 1


def test_stop_raises_what_the_driver_raises() -> None:
    board = ScriptedBoard()
    board.start()
    board.fail_in["stop"] = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        board.stop()


def test_an_error_while_closing_does_not_hide_why_the_board_did_not_open() -> None:
    board = ScriptedBoard()
    board.fail_in |= {"open": BoardNotFound("gone"), "close": OSError("no such device")}
    with pytest.raises(BoardNotFound, match="gone"):
        board.open()
    assert board.notes == ["the board could not be let go of: no such device"]


def test_an_interrupt_while_a_board_stops_is_not_swallowed_by_close_and_still_lets_go() -> None:
    board = ScriptedBoard()
    board.start()
    board.fail_in["stop"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        board.close()
    assert board.calls[-1] == "close"


def test_questions_before_their_time_are_refused_in_words() -> None:
    board = ScriptedBoard()
    with pytest.raises(AcquisitionError, match=r"call open\(\) first"):
        _ = board.info
    board.open()
    with pytest.raises(AcquisitionError, match=r"call start\(\) first"):
        _ = board.sample_clock
    with pytest.raises(AcquisitionError, match=r"call start\(\) first"):
        board.read()


def test_reading_after_the_stop_is_refused() -> None:
    board = ScriptedBoard([block(0, 3), block(3, 3)])
    board.start()
    board.read()
    board.stop()
    with pytest.raises(AcquisitionError, match="while it streams"):
        board.read()


def test_the_setup_is_applied() -> None:
    board = ScriptedBoard(setup=Setup({2: ChannelSetup("Needle", Role.NEEDLE)}))
    assert [(ch.name, ch.role) for ch in board.open().channels] == [("A", Role.SURFACE), ("Needle", Role.NEEDLE)]


def test_a_setup_that_does_not_fit_closes_the_board() -> None:
    board = ScriptedBoard(setup=Setup({3: ChannelSetup()}))
    with pytest.raises(BoardConfigError):
        board.open()
    assert board.calls == ["open", "close"]


# --- blocks -----------------------------------------------------------------------------------------------------------


def test_blocks_come_as_they_are_and_then_the_end() -> None:
    script = [block(0, 3), block(3, 2)]
    board = ScriptedBoard(script)
    board.start()
    assert board.next_index == 0
    first = board.read()
    assert first is script[0]
    assert board.next_index == 3
    assert board.read() is script[1]
    assert board.read() is None
    assert board.read() is None
    assert (board.next_index, board.n_lost) == (5, 0)


def test_without_data_an_empty_block_stands_at_the_next_index() -> None:
    board = ScriptedBoard([block(0, 3), block(0, 0)])
    board.start()
    board.read()
    empty = board.read()
    assert empty is not None
    assert (empty.first_index, empty.n_samples, empty.arrival_s) == (3, 0, 100.0)
    assert (empty.counts.shape, empty.aux.shape, empty.valid.shape) == ((0, 2), (0, 1), (0,))
    assert (empty.counts.dtype, empty.aux.dtype, empty.valid.dtype) == (np.int32, np.int32, np.bool_)
    assert board.next_index == 3


def test_a_gap_holds_the_last_sample() -> None:
    board = ScriptedBoard([block(0, 3), block(7, 2)])
    board.start()
    before, gap, after = read_all(board)
    assert (before.end_index, gap.first_index, gap.end_index, after.first_index) == (3, 3, 7, 7)
    np.testing.assert_array_equal(gap.counts, [[2, -2]] * 4)
    np.testing.assert_array_equal(gap.aux, [[2]] * 4)
    assert not gap.valid.any()
    assert board.n_lost == 4


def test_a_gap_before_the_first_sample_holds_zeros() -> None:
    board = ScriptedBoard([block(5, 1)])
    board.start()
    gap, first = read_all(board)
    np.testing.assert_array_equal(gap.counts, np.zeros((5, 2)))
    np.testing.assert_array_equal(gap.aux, np.zeros((5, 1)))
    assert (gap.first_index, gap.n_lost, first.first_index, board.n_lost) == (0, 5, 5, 5)


def test_a_long_gap_comes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "MAX_HELD_SAMPLES", 10)
    board = ScriptedBoard([block(0, 1), block(36, 1)])
    board.start()
    blocks = read_all(board)
    assert [part.n_samples for part in blocks] == [1, 10, 10, 10, 5, 1]
    assert [part.first_index for part in blocks] == [0, 1, 11, 21, 31, 36]


def test_a_gap_of_an_hour_costs_the_memory_of_one_part() -> None:
    board = ScriptedBoard([block(0, 1), block(4 * 3_600_000, 1)])
    board.start()
    tracemalloc.start()
    try:
        n_samples = 0
        while (part := board.read()) is not None:
            n_samples += part.n_samples
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert n_samples == 4 * 3_600_000 + 1
    assert peak_bytes < 5_000_000


def test_samples_that_the_driver_holds_itself_are_counted_too() -> None:
    held = block(0, 4)
    held.valid[1:3] = False
    board = ScriptedBoard([held])
    board.start()
    board.read()
    assert board.n_lost == 2


def test_a_driver_that_repeats_samples_is_found_out() -> None:
    board = ScriptedBoard([block(0, 5), block(4, 2)])
    board.start()
    board.read()
    with pytest.raises(AcquisitionError, match="sample 4 came after sample 4: the driver repeats samples"):
        board.read()


def test_an_error_while_reading_comes_through_and_close_works() -> None:
    board = ScriptedBoard([block(0, 5), LinkError("unplugged")])
    board.start()
    board.read()
    with pytest.raises(LinkError, match="unplugged"):
        board.read()
    board.close()
    assert board.calls[-2:] == ["stop", "close"]


def test_a_restart_begins_at_index_0_and_forgets_the_losses() -> None:
    board = ScriptedBoard([block(0, 3), block(9, 1)])
    board.start()
    board.read()
    board.read()  # the gap; the block after it is still pending
    assert board.n_lost == 6
    board.stop()
    board.script = [block(0, 2)]
    board.start()
    assert (board.next_index, board.n_lost) == (0, 0)
    again = board.read()
    assert again is not None
    assert (again.first_index, again.n_samples) == (0, 2)
    assert board.sample_clock.host_time_s(1) == 100.0


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20)), max_size=20))
def test_whatever_is_lost_the_blocks_are_contiguous(script: list[tuple[int, int]]) -> None:
    blocks, index = [], 0
    for n_lost, n_samples in script:
        if n_samples == 0:
            blocks.append(block(index, 0))
            continue
        index += n_lost
        blocks.append(block(index, n_samples))
        index += n_samples
    board = ScriptedBoard(blocks)
    board.start()
    read = read_all(board)
    next_index = 0
    for part in read:
        assert part.first_index == next_index
        next_index = part.end_index
    assert next_index == board.next_index == index
    counts = np.concatenate([part.counts for part in read]) if read else np.empty((0, 2), np.int32)
    valid = np.concatenate([part.valid for part in read]) if read else np.empty(0, np.bool_)
    assert board.n_lost == np.count_nonzero(~valid) == sum(part.n_lost for part in read)
    np.testing.assert_array_equal(counts[valid, 0], np.flatnonzero(valid))  # each valid sample at its own index
    for lost in np.flatnonzero(~valid):
        np.testing.assert_array_equal(counts[lost], counts[lost - 1] if lost else [0, 0])
