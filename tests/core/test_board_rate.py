"""A board runs at the requested rate or is refused with the reason."""

import numpy as np
import pytest

from acquisition.core import Block, BoardConfigError
from tests.core.scripted_board import RATE_HZ, ScriptedBoard, block, read_all


def paced(rate_hz: float, duration_s: float, block_s: float = 0.02) -> list[Block]:
    """Return blocks of a board whose true rate is `rate_hz`."""
    blocks, index = [], 0
    for number in range(1, round(duration_s / block_s) + 1):
        end = int(number * block_s * rate_hz)
        blocks.append(block(index, end - index, 100.0 + end / rate_hz))
        index = end
    return blocks


@pytest.mark.parametrize("rate_hz", [125.0, 230.0, 270.0, 1000.0])
def test_a_board_at_another_rate_stops_with_the_reason_after_3_s(rate_hz: float) -> None:
    board = ScriptedBoard(paced(rate_hz, 5.0))
    board.rate_hint = "the dongle carries 250 SPS only"
    board.start()
    with pytest.raises(BoardConfigError, match=rf"asked for 250 .* sends {rate_hz:.0f}: the dongle carries 250"):
        read_all(board)
    assert 3.0 <= board.next_index / rate_hz <= 3.1


@pytest.mark.parametrize("rate_hz", [240.0, 247.5, 250.0, 252.5, 260.0])
def test_a_clock_that_is_a_little_off_is_none_of_that(rate_hz: float) -> None:
    board = ScriptedBoard(paced(rate_hz, 6.0))
    board.start()
    read_all(board)
    assert board.sample_clock.sampling_rate_hz == pytest.approx(rate_hz, rel=1e-3)


def test_a_board_that_keeps_no_time_is_not_held_to_it() -> None:
    board = ScriptedBoard(paced(1000.0, 5.0))
    board.keeps_time = False
    board.start()
    assert read_all(board)[-1].end_index == 5000


@pytest.mark.parametrize("stall_at_s", [0.0, 1.0, 2.0, 2.5, 2.9])
def test_a_stall_before_the_check_does_not_look_like_another_rate(stall_at_s: float) -> None:
    late = [
        Block(part.first_index, part.counts, part.aux, part.valid, max(part.arrival_s, 100.0 + stall_at_s + 0.5))
        if part.arrival_s > 100.0 + stall_at_s
        else part
        for part in paced(RATE_HZ, 6.0)
    ]
    board = ScriptedBoard(late)
    board.start()
    assert read_all(board)[-1].end_index == 1500


def test_a_host_that_stalls_again_and_again_does_not_look_like_another_rate() -> None:
    """On average two stalls per second of 0.3 s each; the fit alone took 6 of these 300 runs for another rate."""
    rng = np.random.default_rng(1)
    for _ in range(300):
        begins_s = 100.0 + np.cumsum(rng.exponential(0.5, 30))
        ends_s = begins_s + rng.exponential(0.3, 30)
        late = []
        for part in paced(RATE_HZ, 6.0):
            arrival_s = part.arrival_s
            for begin_s, end_s in zip(begins_s, ends_s, strict=True):
                if begin_s <= arrival_s < end_s:
                    arrival_s = float(end_s)
            late.append(Block(part.first_index, part.counts, part.aux, part.valid, arrival_s))
        board = ScriptedBoard(late)
        board.start()
        assert read_all(board)[-1].end_index == 1500
