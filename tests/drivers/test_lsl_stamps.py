"""Time stamps of an LSL sender: losses, sleeps, clocks that are set, and late samples."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from acquisition.core import ManualClock, ReturningBoard
from acquisition.link.lsl_time import COMPARISON_S, SenderTime
from tests.drivers.scripted_lsl import RATE_HZ, Scripted, chunk, two
from tests.lsl_sender import pylsl


def test_a_step_in_the_senders_time_is_a_loss_at_its_place(scripted: Callable[..., Scripted]) -> None:
    values, stamps_s = chunk(1050.0, 10)
    later, later_s = chunk(1051.0, 5, value=2.0)
    case = scripted(two(), [chunk(1049.9, 10), (values + later, stamps_s + later_s)])
    with case.board as board:
        board.start()
        blocks = [board.read() for _ in range(4)]
        ranges = [(block.first_index, block.n_samples, block.n_lost) for block in blocks if block is not None]
        assert ranges == [(0, 10, 0), (10, 10, 0), (20, 90, 90), (110, 5, 0)]


SLEEP_S = 3600.0


def read_all(board: Any, n_samples: int) -> list[tuple[int, int]]:
    """Read `n_samples`; return first index and length of each block that is entirely valid."""
    kept = []
    while board.next_index < n_samples:
        block = board.read()
        assert block is not None
        if block.valid.all():
            kept.append((block.first_index, block.n_samples))
    return kept


def test_what_a_sender_on_this_computer_slept_through_is_lost_at_its_place(scripted: Callable[..., Scripted]) -> None:
    # Three of the samples that come after the sleep are from before it: LSL's clock stood at 1050.1 meanwhile.
    reads = [chunk(1050.0, 8), SLEEP_S, chunk(1050.08, 10), chunk(1050.18, 10)]
    with scripted(two(), reads).board as board:
        board.start()
        n_slept = round(SLEEP_S * RATE_HZ)
        assert read_all(board, n_slept + 28) == [(0, 8), (8, 3), (n_slept + 11, 7), (n_slept + 18, 10)]
        assert (board.n_lost, board.notes) == (n_slept, [])
        assert board.sample_clock.host_time_s(board.next_index) == pytest.approx(50.3 + SLEEP_S, abs=0.15)


def test_a_sleep_of_which_the_sender_itself_fills_up_a_part_is_not_counted_twice(
    scripted: Callable[..., Scripted],
) -> None:
    """Such a sender sends lost samples as NaN, limited by the length of its buffer."""
    filled = [[float("nan")] * 2] * 50, chunk(1049.61, 50)[1]
    with scripted(two(), [chunk(1050.0, 11), SLEEP_S, filled, chunk(1050.11, 10)]).board as board:
        board.start()
        n_all = round(SLEEP_S * RATE_HZ) + 21
        assert read_all(board, n_all) == [(0, 11), (n_all - 10, 10)]
        assert board.next_index == n_all


def test_a_sender_elsewhere_is_in_time_after_a_sleep_though_its_clock_was_not_asked_anew(
    scripted: Callable[..., Scripted],
) -> None:
    first_s = 1500.0 + 49.98
    reads = [chunk(first_s, 10), SLEEP_S, chunk(first_s + SLEEP_S + 0.1, 10), chunk(first_s + SLEEP_S + 0.2, 10)]
    with scripted(two(), reads, clock_ahead_s=500.0).board as board:
        board.start()
        n_slept = round(SLEEP_S * RATE_HZ)
        assert read_all(board, n_slept + 30) == [(0, 10), (n_slept + 10, 10), (n_slept + 20, 10)]
        assert board.notes == []
        assert board.sample_clock.host_time_s(board.next_index) == pytest.approx(50.28 + SLEEP_S, abs=0.15)


def test_a_second_sleep_before_the_senders_clock_was_asked_anew_leaves_its_time_right() -> None:
    """As when a laptop is opened and shut: liblsl returns offsets from before both sleeps and from between them."""
    clock, slept_s, answers_s = ManualClock(50.0), [0.0], [-500.0]
    lsl = SimpleNamespace(local_clock=lambda: clock.now_s() - sum(slept_s))
    sender = SenderTime(lsl, SimpleNamespace(time_correction=lambda timeout_s: answers_s[-1]), clock, 1.0)
    for sleep_s in (SLEEP_S, 600.0):
        slept_s.append(sleep_s)
        clock.wait_s(sleep_s)
        sender.look()
        assert sender.to_host_s == pytest.approx(-500.0)
    for answer_s in (-500.0 - SLEEP_S, -500.0 - SLEEP_S - 600.0 - 0.01):
        answers_s.append(answer_s)
        clock.wait_s(COMPARISON_S)
        sender.look()
        assert sender.to_host_s == pytest.approx(-500.0, abs=0.02)
    assert sender.to_host_s == pytest.approx(-500.01), "what is new is taken"


def test_stamps_that_tell_a_sleep_themselves_do_not_have_it_added(scripted: Callable[..., Scripted]) -> None:
    """As of a sender on this computer that stamps by the time of day."""
    reads = [chunk(1e9, 10), SLEEP_S, chunk(1e9 + SLEEP_S + 0.1, 10), chunk(1e9 + SLEEP_S + 0.2, 10)]
    with scripted(two(), reads).board as board:
        board.start()
        n_slept = round(SLEEP_S * RATE_HZ)
        assert read_all(board, n_slept + 30) == [(0, 10), (n_slept + 10, 10), (n_slept + 20, 10)]


def test_late_and_early_stamps_are_no_loss(scripted: Callable[..., Scripted]) -> None:
    reads = [chunk(1050.0, 10), chunk(1050.4, 10), chunk(1050.2, 10)]  # a stall of 0.3 s, then back
    with scripted(two(), reads).board as board:
        board.start()
        for _ in range(3):
            board.read()
        assert (board.next_index, board.n_lost) == (30, 0)
        assert board.notes == [board.why_uncounted]
        assert (
            "jump, by 310 ms at first: losses of up to 0.5 s cannot be distinguished from late stamps"
            in board.why_uncounted
        )


def test_stamps_that_go_back_take_no_arrival_back(scripted: Callable[..., Scripted]) -> None:
    with scripted(two(), [chunk(1050.0, 10), chunk(1049.8, 10), chunk(1050.2, 10)]).board as board:
        board.start()
        blocks = [board.read() for _ in range(3)]
        assert [block.arrival_s for block in blocks if block is not None] == pytest.approx([50.09, 50.09, 50.29])


def test_stamps_that_waver_or_jump_by_a_counted_loss_tell_of_no_doubt(scripted: Callable[..., Scripted]) -> None:
    reads = [chunk(1050.0, 10), chunk(1050.13, 10), chunk(1050.2, 10), chunk(1051.0, 10)]
    with scripted(two(), reads).board as board:
        board.start()
        assert read_all(board, 110) == [(0, 10), (10, 10), (20, 10), (100, 10)]
        assert (board.why_uncounted, board.notes) == ("", [])


def test_a_stream_that_starts_anew_has_no_doubt_of_the_last_one(scripted: Callable[..., Scripted]) -> None:
    reads = [chunk(start_s + step_s, 10) for start_s in (1050.0, 1051.0) for step_s in (0.0, 0.4)]
    board = scripted(two(), reads).board
    for _ in range(2):
        with board:
            board.start()
            assert (board.why_uncounted, board.notes) == ("", [])
            read_all(board, 20)
            assert "jump, by 310 ms" in board.why_uncounted
            assert board.notes == [board.why_uncounted]


def test_a_doubt_outlasts_the_board_that_went_away(scripted: Callable[..., Scripted]) -> None:
    lost = pylsl.util.LostError("the stream has been lost.")
    with ReturningBoard(scripted(two(), [chunk(1050.0, 10), chunk(1050.4, 10), lost]).board) as board:
        board.start()
        for _ in range(20):
            board.read()
        assert "the board is back" in " ".join(board.notes)
        assert "jump, by 310 ms" in board.why_uncounted


def test_what_is_no_number_is_a_lost_sample_that_holds_the_last(scripted: Callable[..., Scripted]) -> None:
    nan = float("nan")
    values = [[nan, 1.0], [100.0, 50.0], [nan, nan], [float("inf"), 1.0], [10.0, 1e12]]
    with scripted(two(), [(values, chunk(1050.0, 5)[1])]).board as board:
        board.start()
        block = board.read()
        assert block is not None
        assert block.valid.tolist() == [False, True, False, False, True]
        assert board.info.to_microvolts(block.counts)[:, 0] == pytest.approx([0.0, 100.0, 100.0, 100.0, 10.0], abs=0.03)
        assert block.counts[4, 1] == board.info.full_scale_counts
        assert board.n_lost == 3


def test_samples_have_the_senders_time_by_the_correction_of_its_clock(scripted: Callable[..., Scripted]) -> None:
    # The sender's clock is 500 s ahead of LSL's clock here, which is 1000 s ahead of the board's.
    reads = [chunk(1500.0 + 49.98, 10), chunk(1500.0 + 50.08, 10)]
    with scripted(two(), reads, clock_ahead_s=500.0).board as board:
        board.start()
        first, second = board.read(), board.read()
        assert first is not None
        assert second is not None
        assert first.arrival_s == pytest.approx(49.98 + 0.09 - 0.0)
        assert second.arrival_s == pytest.approx(50.08 + 0.09)


def test_stamps_of_another_clock_are_reported_and_not_used(scripted: Callable[..., Scripted]) -> None:
    case = scripted(two(), [chunk(5.0, 10), chunk(5.1, 10)])
    with case.board as board:
        board.start()
        blocks = [board.read(), board.read()]
        assert [block.arrival_s for block in blocks if block is not None] == pytest.approx([50.1, 50.2])
        assert board.notes == ["the stream's time stamps are not of LSL's clock: its samples get their arrival's time"]


@pytest.mark.parametrize("jump_s", [60.0, 86_400.0, 1e9, float("inf"), float("nan")])
def test_a_sender_whose_clock_is_set_has_lost_nothing_that_there_was_time_for(
    scripted: Callable[..., Scripted], jump_s: float
) -> None:
    """As on a small computer that jumps from 1970 when it finds a time server; lost samples would fill the file."""
    reads = [chunk(1049.9, 10), chunk(1050.0 + jump_s, 10), chunk(1050.1 + jump_s, 10)]
    with scripted(two(), reads).board as board:
        board.start()
        assert read_all(board, 30) == [(0, 10), (10, 10), (20, 10)]
        assert board.n_lost == 0
        assert "was the sender's clock set?" in board.why_uncounted
        assert board.why_uncounted in board.notes
        assert board.sample_clock.host_time_s(30) == pytest.approx(50.3, abs=0.15)


def test_short_jumps_are_reported_after_a_clock_that_was_set_too(scripted: Callable[..., Scripted]) -> None:
    reads = [chunk(1050.0, 10), chunk(5050.1, 10), chunk(5050.4, 10)]
    with scripted(two(), reads).board as board:
        board.start()
        read_all(board, 30)
        assert "was the sender's clock set?" in board.why_uncounted
        assert "losses of up to 0.5 s cannot be distinguished from late stamps" in board.why_uncounted


def test_a_clock_that_is_set_back_and_forth_has_lost_nothing(scripted: Callable[..., Scripted]) -> None:
    reads = [chunk(1049.9, 10), chunk(50.0, 10), chunk(1050.1, 10), chunk(1050.2, 10)]
    with scripted(two(), reads).board as board:
        board.start()
        assert read_all(board, 40) == [(0, 10), (10, 10), (20, 10), (30, 10)]


def test_a_loss_behind_a_backlog_is_counted(scripted: Callable[..., Scripted]) -> None:
    """Samples from before a stall of the reader come first, those from after it a moment later."""
    case = scripted(two(), [chunk(1050.0, 10), chunk(1050.1, 10), chunk(1090.0, 10)])
    with case.board as board:
        board.start()
        board.read()
        case.clock.wait_s(40.0)
        assert read_all(board, 4010) == [(10, 10), (4000, 10)]
        assert (board.n_lost, board.why_uncounted) == (3980, "")


def test_a_loss_that_there_was_time_for_is_counted_after_a_stall_of_the_host(scripted: Callable[..., Scripted]) -> None:
    case = scripted(two(), [chunk(1050.0, 10), chunk(1090.0, 10)])
    with case.board as board:
        board.start()
        board.read()
        case.clock.wait_s(40.0)
        assert read_all(board, 4010) == [(4000, 10)]
        assert (board.n_lost, board.why_uncounted) == (3990, "")
