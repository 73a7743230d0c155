"""Kinds of marks, the marks of one person, and the time of a key press."""

from itertools import chain

import pytest

from tests.twitchscope.conftest import RATE_HZ, ScriptedBoard, noise_blocks
from twitchscope.entries.marks import LABELS, MARK_KINDS, UNDO_KEYS, OperatorMarks
from twitchscope.session.signal_time import SessionTime


class Kept:
    """Keeper of marks in a list, until it is closed."""

    def __init__(self) -> None:
        self.lines: list[tuple[object, ...]] = []
        self.is_open = True

    def mark(self, label: str, time_s: float, text: str = "", decided_by: str = "operator") -> bool:
        if self.is_open:
            self.lines.append((label, time_s, text, decided_by))
        return self.is_open

    def undo_mark(self, label: str, marked_s: float, time_s: float) -> bool:
        if self.is_open:
            self.lines.append(("undo", label, marked_s, time_s))
        return self.is_open


def test_no_key_means_two_things_but_the_needles() -> None:
    keys = list(chain(*(kind.keys for kind in MARK_KINDS if kind.label != "needle_out"), UNDO_KEYS))
    assert len(set(keys)) == len(keys)
    assert len(LABELS) == len(MARK_KINDS)


def test_the_needles_key_changes_between_in_and_out_and_undo_takes_it_back() -> None:
    kept = Kept()
    marks = OperatorMarks(kept)
    assert [marks.toggle_needle(time_s) for time_s in (1.0, 2.0, 3.0)] == ["needle_in", "needle_out", "needle_in"]
    assert marks.mark("seen", 3.5)
    assert [made.label for made in (marks.undo(4.0), marks.undo(4.5)) if made] == ["seen", "needle_in"]
    assert not marks.needle_is_in
    assert kept.lines[-1] == ("undo", "needle_in", 3.0, 4.5)


def test_what_no_recording_keeps_was_not_marked() -> None:
    kept = Kept()
    marks = OperatorMarks(kept)
    assert marks.mark("seen", 1.0)
    kept.is_open = False
    assert not marks.mark("seen", 2.0)
    assert marks.toggle_needle(2.0) is None
    assert marks.undo(3.0) is None
    kept.is_open = True
    made = marks.undo(4.0)
    assert made is not None
    assert made.time_s == 1.0


class TimedBoard(ScriptedBoard):
    """Board whose blocks arrive when they are due, by a clock that runs 1 % slower than the board's."""

    keeps_time = True


def test_a_press_gets_the_time_of_the_signal_by_the_fitted_clock() -> None:
    blocks = [
        type(block)(block.first_index, block.counts, block.aux, block.valid, 100.0 + block.arrival_s / 1.01)
        for block in noise_blocks(10.0)
    ]
    with TimedBoard(blocks) as board:
        board.start()
        time = SessionTime(board)
        assert time.at(100.0) is None
        while (block := board.read()) is not None:
            time.put_block(block)
        time.put_block(None)
        assert time.at(100.0 + 5.0 / 1.01) == pytest.approx(5.0, abs=2e-3)
        assert time.at(100.0 + 11.0 / 1.01) == pytest.approx(11.0, abs=2e-3)  # continues while the board is silent
        assert time.at(50.0) == 0.0


def test_without_a_clock_a_press_belongs_to_the_last_sample() -> None:
    with ScriptedBoard(noise_blocks(2.0)) as board:
        board.start()
        time = SessionTime(board)
        block = board.read()
        assert block is not None
        time.put_block(block)
        assert time.at(1e9) == block.end_index / RATE_HZ
