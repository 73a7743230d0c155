"""BrainFlow driver: indices of samples, losses, silence and waiting of reads, on a scripted session."""

import os
from pathlib import Path

import numpy as np
import pytest

from acquisition.core import Block, Board, LinkError, ManualClock, ReturningBoard, make_board
from tests.drivers.scripted_brainflow import CYTON_UV, PORT, ScriptedSession, cyton, cyton_rows


def feed(session: ScriptedSession, clock: ManualClock, board: Board, rows: np.ndarray, after_s: float) -> list[Block]:
    """Add rows after `after_s` and return the resulting blocks of the board."""
    clock.wait_s(after_s)
    session.rows = [rows]
    blocks: list[Block] = []
    while (block := board.read(0.0)) is not None and block.n_samples:
        blocks.append(block)
    return blocks


def test_counts_come_back_exactly_and_losses_keep_their_place(session: ScriptedSession, clock: ManualClock) -> None:
    with cyton(clock) as board:
        board.start()
        (first,) = feed(session, clock, board, cyton_rows([0, 1, 4, 5, 6], first_count=-3), 0.028)
        (second,) = feed(session, clock, board, cyton_rows([7, 8]), 0.008)
        gap, third = feed(session, clock, board, cyton_rows([13], first_count=50), 0.020)
    np.testing.assert_array_equal(first.counts[:, 0], [-3, -2, -2, -2, -1, 0, 1])
    np.testing.assert_array_equal(first.counts[:, 1], -first.counts[:, 0])
    np.testing.assert_array_equal(first.valid, [True, True, False, False, True, True, True])
    assert (second.first_index, second.n_samples, second.n_lost) == (7, 2, 0)
    assert (gap.first_index, gap.n_samples, gap.n_lost) == (9, 4, 4)
    np.testing.assert_array_equal(gap.counts[:, 0], [1] * 4)
    assert (third.first_index, third.counts[0, 0]) == (13, 50)
    assert (board.n_lost, board.next_index) == (6, 14)


def numbers(first: int, stop: int) -> list[int]:
    return [index % 256 for index in range(first, stop)]


def test_256_lost_packets_are_seen_by_the_clock(session: ScriptedSession, clock: ManualClock) -> None:
    """At 1000 SPS a silence of 0.26 s hides a whole period of the counter."""
    session.rate_hz = 1000
    with cyton(clock, "&config=~4") as board:
        board.start()
        for index in range(0, 500, 10):
            feed(session, clock, board, cyton_rows(numbers(index, index + 10)), 0.010)
        for _ in range(32):  # the reads find nothing, so later packets were not delayed
            clock.wait_s(0.008)
            board.read(0.0)
        for index in range(756, 1_300, 10):
            feed(session, clock, board, cyton_rows(numbers(index, index + 10)), 0.010)
        assert (board.n_lost, board.next_index) == (256, 1_306)


def test_a_stall_of_the_host_loses_nothing(session: ScriptedSession, clock: ManualClock) -> None:
    session.rate_hz = 1000
    with cyton(clock, "&config=~4") as board:
        board.start()
        for index in range(0, 500, 10):
            feed(session, clock, board, cyton_rows(numbers(index, index + 10)), 0.010)
        feed(session, clock, board, cyton_rows(numbers(500, 900)), 0.400)
        feed(session, clock, board, cyton_rows(numbers(900, 910)), 0.010)
        assert (board.n_lost, board.next_index) == (0, 910)


def test_daisy_rows_stand_by_their_even_numbers(session: ScriptedSession, clock: ManualClock) -> None:
    rows = np.zeros((32, 5))
    rows[0] = [250, 252, 254, 2, 4]
    rows[9] = np.arange(5) * CYTON_UV
    with make_board(f"brainflow:CYTON_DAISY?serial_port={PORT}", clock=clock) as board:
        board.start()
        (block,) = feed(session, clock, board, rows, 0.040)
        np.testing.assert_array_equal(block.counts[:, 8], [0, 1, 2, 2, 3, 4])
        np.testing.assert_array_equal(block.valid, [True, True, True, False, True, True])
        np.testing.assert_array_equal(feed(session, clock, board, rows[:, :1], 0.984)[0].valid, [False] * 122)


def test_a_value_that_is_no_number_is_lost(session: ScriptedSession, clock: ManualClock) -> None:
    rows = cyton_rows([0, 1, 2])
    rows[5, 1] = np.nan
    with cyton(clock) as board:
        board.start()
        session.rows = [rows]
        block = board.read(0.0)
        assert block is not None
        np.testing.assert_array_equal(block.valid, [True, False, True])


def test_a_board_whose_counter_is_not_known_counts_no_losses(session: ScriptedSession, clock: ManualClock) -> None:
    rows = np.zeros((25, 3))
    rows[0] = [5, 90, 3]
    with make_board("brainflow:GANGLION_WIFI?ip_address=1.2.3.4", clock=clock) as board:
        board.start()
        session.rows = [rows]
        block = board.read(0.0)
        assert block is not None
        assert (block.n_samples, block.n_lost, board.info.counter_bits) == (3, 0, 0)


@pytest.mark.parametrize("url", ["GANGLION_WIFI?ip_address=1.2.3.4", "GANGLION_NATIVE?other_info=fw:auto", "FREEEEG32"])
def test_losses_that_cannot_be_counted_are_reported(session: ScriptedSession, clock: ManualClock, url: str) -> None:
    with ReturningBoard(make_board(f"brainflow:{url}", clock=clock)) as board:
        assert "lost ones cannot be counted" in board.why_uncounted
        assert board.notes == [board.why_uncounted]


def test_a_board_that_counts_its_losses_says_nothing(session: ScriptedSession, clock: ManualClock) -> None:
    with ReturningBoard(cyton(clock)) as board:
        assert (board.why_uncounted, board.notes) == ("", [])


def test_the_arrival_is_the_hosts_monotonic_time(session: ScriptedSession, clock: ManualClock) -> None:
    with cyton(clock) as board:
        board.start()
        session.rows = [cyton_rows([0, 1])]
        clock.wait_s(0.5)
        block = board.read(0.0)
        assert block is not None
        assert block.arrival_s == 10.5


def test_waiting_does_not_spin_and_ends_in_time(session: ScriptedSession, clock: ManualClock) -> None:
    waits: list[float] = []
    wait_s = clock.wait_s
    clock.wait_s = lambda duration_s: (waits.append(duration_s), wait_s(duration_s))[1]  # type: ignore[method-assign]
    with cyton(clock) as board:
        board.start()
        block = board.read(0.1)
    assert block is not None
    assert block.n_samples == 0
    assert clock.now_s() == pytest.approx(10.1)
    assert 10 <= len(waits) <= 21


@pytest.mark.skipif(os.name == "nt", reason="a serial port's name that comes and goes: POSIX")
@pytest.mark.parametrize(
    ("is_pulled_out", "told", "after_s"),
    [(True, r"nothing for 0\.3 s and .*port is gone: was it unplugged", 0.25), (False, r"nothing for 0\.8 s: is", 0.8)],
)
def test_silence_is_reported_within_a_second(
    session: ScriptedSession, clock: ManualClock, tmp_path: Path, is_pulled_out: bool, told: str, after_s: float
) -> None:
    port = tmp_path / "port"
    port.touch()
    with make_board(f"brainflow:CYTON_BOARD?serial_port={port}", clock=clock) as board:
        board.start()
        session.rows = [cyton_rows([0, 1])]
        board.read(0.0)
        if is_pulled_out:
            port.unlink()
        began_s = clock.now_s()
        with pytest.raises(LinkError, match=f"CYTON_BOARD has sent {told}"):
            for _ in range(100):
                board.read(0.1)
        assert after_s <= clock.now_s() - began_s < after_s + 0.02


def test_a_board_without_a_port_falls_silent(session: ScriptedSession, clock: ManualClock) -> None:
    with make_board("brainflow:GANGLION_NATIVE", clock=clock) as board:
        board.start()
        with pytest.raises(LinkError, match="is it off, out of reach, unplugged, or its battery empty"):
            for _ in range(100):
                board.read(0.1)


def test_the_first_sample_may_take_its_time(session: ScriptedSession, clock: ManualClock) -> None:
    with cyton(clock) as board:
        board.start()
        for _ in range(40):
            board.read(0.1)
        session.rows = [cyton_rows([0, 1])]
        assert board.read(0.1).n_samples == 2  # type: ignore[union-attr]


def test_a_wait_for_the_first_sample_is_reported_within_a_second(session: ScriptedSession, clock: ManualClock) -> None:
    with cyton(clock) as board:
        board.start()
        for _ in range(8):
            board.read(0.1)
        assert board.notes == []
        for _ in range(31):
            board.read(0.1)
            if clock.now_s() >= 11.0:  # it started at 10 s
                assert board.notes == ["nothing has come from CYTON_BOARD yet, for 0.8 s: is it in reach?"]
        session.rows = [cyton_rows([0, 1])]
        board.read(0.1)
        with pytest.raises(LinkError, match=r"sent nothing for 0\.8 s"):
            for _ in range(11):
                board.read(0.1)
        assert len(board.notes) == 1


def test_stalls_of_half_a_second_are_no_silence(session: ScriptedSession, clock: ManualClock) -> None:
    with cyton(clock) as board:
        board.start()
        for number in range(0, 1250, 125):
            session.rows = [cyton_rows([one % 256 for one in range(number, number + 125)])]
            for _ in range(6):  # the first returns the samples without waiting
                board.read(0.1)
        assert board.notes == []
        assert board.n_lost == 0


def test_a_slow_board_may_take_ten_samples_before_its_silence_is_reported(
    session: ScriptedSession, clock: ManualClock
) -> None:
    session.rate_hz = 5
    with make_board("brainflow:GANGLION_NATIVE", clock=clock) as board:
        board.start()
        for _ in range(19):
            board.read(0.1)
        assert board.notes == []
        for _ in range(2):
            board.read(0.1)
        assert len(board.notes) == 1


def test_a_reader_that_was_away_does_not_find_the_board_silent(session: ScriptedSession, clock: ManualClock) -> None:
    with cyton(clock) as board:
        board.start()
        clock.wait_s(30.0)
        session.rows = [cyton_rows(list(range(200)))]
        assert board.read(0.0).n_samples == 200  # type: ignore[union-attr]


@pytest.mark.skipif(os.name == "nt", reason="the port of this test is a file of POSIX")
def test_a_host_that_stood_still_does_not_find_the_board_silent(session: ScriptedSession, clock: ManualClock) -> None:
    """Data that BrainFlow's own thread could not read meanwhile arrive a moment later."""
    with cyton(clock) as board:
        board.start()
        session.rows = [cyton_rows([0, 1])]
        board.read(0.0)
        for _ in range(2):
            clock.wait_s(10.0)
            assert board.read(0.0).n_samples == 0  # type: ignore[union-attr]
        with pytest.raises(LinkError, match=r"sent nothing for 0\.8 s"):
            for _ in range(10):
                board.read(0.1)


def test_a_buffer_that_ran_over_is_reported(session: ScriptedSession, clock: ManualClock) -> None:
    with cyton(clock) as board:
        board.start()
        ((_, capacity),) = [call for call in session.calls if call[0] == "start_stream"]
        assert capacity == 60 * 250
        session.rows = [np.zeros((24, capacity))]
        with pytest.raises(LinkError, match="ran over, samples are lost uncounted"):
            board.read(0.0)


def test_the_buffer_of_a_fast_board_is_bounded(session: ScriptedSession, clock: ManualClock) -> None:
    session.rate_hz = 16_000
    with make_board("brainflow:ANT_NEURO_EE_225?serial_number=1", clock=clock) as board:
        board.start()
        ((_, capacity),) = [call for call in session.calls if call[0] == "start_stream"]
        assert capacity * 94 <= 8_000_000
