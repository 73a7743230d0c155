"""A board that goes away and comes back, on a clock set by hand."""

from itertools import pairwise

import numpy as np
import pytest

from acquisition.core import (
    Block,
    BoardConfigError,
    BoardInfo,
    BoardNotFound,
    LinkError,
    ManualClock,
    ReturningBoard,
    WrongRate,
)
from acquisition.core.board import MAX_HELD_SAMPLES
from tests.core.radio_board import RATE_HZ, Radio, RadioBoard, stream


def test_index_and_time_go_on_together_while_the_board_is_away() -> None:
    radio = Radio(ManualClock(0.0), away_s=(5.0, 9.0))
    with ReturningBoard(RadioBoard(radio)) as board:
        board.start()
        blocks = [block for block in stream(board, 14.0) if block.n_samples]
        for earlier, later in pairwise(blocks):
            assert later.first_index == earlier.end_index
        counts = np.concatenate([block.counts for block in blocks])[:, 0]
        valid = np.concatenate([block.valid for block in blocks])
        # the first sample is from 0.05 s, the board's own numbers count from 0 s
        offset = counts[valid] - (np.flatnonzero(valid) + blocks[0].first_index)
        assert np.all(np.abs(offset - offset[0]) <= 0.03 * RATE_HZ), "within 30 ms of their true place"
        assert np.all(np.diff(counts[valid]) >= 1)
        lost_s = np.flatnonzero(~valid)[[0, -1]] / RATE_HZ
        np.testing.assert_allclose(lost_s, (4.95, 9.1), atol=0.55)
        assert board.n_lost == np.count_nonzero(~valid)
        assert board.absence == ""
    assert radio.n_opened == 2
    assert "unplugged; waiting for it to come back" in board.notes[0]
    assert "back after 4." in board.notes[1]


def test_what_is_lost_is_handed_on_while_it_is_lost() -> None:
    radio = Radio(ManualClock(0.0), away_s=(5.0, np.inf))
    with ReturningBoard(RadioBoard(radio)) as board:
        board.start()
        stream(board, 20.0)
        assert board.next_index == pytest.approx(19.4 * RATE_HZ, abs=0.3 * RATE_HZ)
        assert "unplugged; it has not come back for 15 s: there is no port" in board.absence
    assert board.notes[1:] == ["the board has not come back yet: there is no port"]


def test_another_board_is_not_taken_for_the_one_that_went_and_is_reported_at_once() -> None:
    radio = Radio(ManualClock(0.0), away_s=(5.0, 6.0))
    radio.returns_with_gain = 24.0
    with ReturningBoard(RadioBoard(radio)) as board:
        board.start()
        stream(board, 7.0)
        assert (
            "has not come back yet: another board came back: expected Radio with 250 samples a second of 2 "
            in board.notes[1]
        )
        assert "EMG 1 ×12, EMG 2 ×12" in board.notes[1]
        assert "EMG 1 ×24, EMG 2 ×24" in board.notes[1]
        blocks = stream(board, 10.0)
        assert "another board came back" in board.absence
        assert len(board.notes) == 2, "said once"
    assert not any(block.valid.any() for block in blocks if block.first_index > 6.0 * RATE_HZ)


def test_what_keeps_a_board_from_coming_back_and_what_it_says_when_it_does_are_reported() -> None:
    class Held(RadioBoard):
        def renew(self) -> "Held":
            return Held(self.radio)

        def _open(self) -> BoardInfo:
            if 6.0 <= self.clock.now_s() < 8.0:
                raise LinkError("/dev/ttyUSB1 is busy: another program has it open")
            self.notes += ["as always"] + (["packets come in bursts"] if self.radio.n_opened else [])
            return super()._open()

    radio = Radio(ManualClock(0.0), away_s=(5.0, 6.0))
    with ReturningBoard(Held(radio)) as board:
        board.start()
        stream(board, 10.0)
    assert [note.split(";")[0] for note in board.notes[1:]] == [
        "the board was unplugged",
        "the board has not come back yet: /dev/ttyUSB1 is busy: another program has it open",
        board.notes[3],
        "packets come in bursts",
    ]
    assert "is back after 3." in board.notes[3]


def test_that_a_board_is_away_is_reported_before_it_is_let_go_of() -> None:
    """BrainFlow's thread ends only after its read of the port, which may wait for a second."""

    class Slow(RadioBoard):
        def renew(self) -> "Slow":
            return Slow(self.radio)

        def _close(self) -> None:
            self.clock.wait_s(1.0)

    radio = Radio(ManualClock(0.0), away_s=(5.0, 9.0))
    with ReturningBoard(Slow(radio)) as board:
        board.start()
        while not board.notes:
            board.read(0.02)
        assert board.clock.now_s() < 5.1
        stream(board, 14.0)
        assert "is back" in board.notes[-1]


class LooseRadio(Radio):
    """Radio that is away for 1 s every 2 s from 5 s on, `n_times`; with `stays_away` it does not return at the end."""

    def __init__(self, clock: ManualClock, n_times: int, stays_away: bool) -> None:
        super().__init__(clock, away_s=(np.inf, np.inf))
        starts_s = [5.0 + 2.0 * number for number in range(n_times)]
        self.absences_s = [(start_s, start_s + 1.0) for start_s in starts_s]
        if stays_away:
            self.absences_s[-1] = (starts_s[-1], np.inf)

    @property
    def is_away(self) -> bool:
        return any(start_s <= self.clock.now_s() < stop_s for start_s, stop_s in self.absences_s)


@pytest.mark.parametrize("stays_away", [False, True])
def test_a_plug_that_comes_and_goes_is_reported_as_such_and_how_it_ends(stays_away: bool) -> None:
    radio = LooseRadio(ManualClock(0.0), 10, stays_away)
    with ReturningBoard(RadioBoard(radio)) as board:
        board.start()
        blocks = stream(board, 60.0)
        n_lost = sum(np.count_nonzero(~block.valid) for block in blocks)
        assert board.n_lost == n_lost, "each absence is in the index, told or not"
        assert n_lost > 10 * 0.5 * RATE_HZ
    assert ["waiting for it" in note for note in board.notes[:4]] == [True, False, True, False]
    assert ["is back after 1." in note for note in board.notes[:4]] == [False, True, False, True]
    away, back = "the board has not come back yet: there is no port", "the board stays now; it had gone 10 times"
    assert board.notes[4:] == [
        "the board was unplugged; it went 3 times within 30 s: is a plug or a cable loose? The session goes on; how "
        "often it went is reported when it stays",
        away if stays_away else back,
    ]


def test_an_absence_of_hours_comes_in_pieces() -> None:
    """As after a laptop's sleep. One block would take gigabytes."""
    radio = Radio(ManualClock(0.0), away_s=(5.0, np.inf))
    with ReturningBoard(RadioBoard(radio)) as board:
        board.start()
        stream(board, 6.0)
        board.clock.wait_s(8 * 3600.0)
        blocks = []
        while board.next_index < (8 * 3600.0 + 5.0) * RATE_HZ:
            block = board.read(0.02)
            assert block is not None
            blocks.append(block)
    assert len(blocks) > 100
    assert max(block.n_samples for block in blocks) == MAX_HELD_SAMPLES
    assert all(later.first_index == earlier.end_index for earlier, later in pairwise(blocks))


def test_a_board_that_never_was_there_is_an_error_at_once() -> None:
    radio = Radio(ManualClock(0.0), away_s=(0.0, np.inf))
    with pytest.raises(BoardNotFound), ReturningBoard(RadioBoard(radio)):
        pass


def test_a_sync_pulse_reaches_the_board_that_is_there_and_is_reported_where_there_is_none() -> None:
    class Pulsing(RadioBoard):
        has_sync_output = True

        def pulse_sync(self) -> None:
            pulses.append(self)

        def renew(self) -> "Pulsing":
            return Pulsing(self.radio)

    pulses: list[RadioBoard] = []
    radio = Radio(ManualClock(0.0), away_s=(5.0, 6.0))
    with ReturningBoard(Pulsing(radio)) as board:
        board.start()
        for until_s in (1.0, 5.5, 8.0):
            stream(board, until_s)
            board.pulse_sync()
    assert len(pulses) == 2
    assert pulses[0] is not pulses[1]
    assert [note for note in board.notes if "pulse" in note] == ["no sync pulse was sent: the board is away"]


def test_it_goes_away_twice() -> None:
    radio = Radio(ManualClock(0.0), away_s=(5.0, 6.0))
    with ReturningBoard(RadioBoard(radio)) as board:
        board.start()
        stream(board, 8.0)
        radio.away_s = (10.0, 11.0)
        stream(board, 14.0)
        assert board.next_index == pytest.approx(13.9 * RATE_HZ, abs=0.2 * RATE_HZ)
    assert len(board.notes) == 4


class Talking(RadioBoard):
    """Board that adds a note when opened; the first one does not count its losses."""

    why_uncounted = ""

    def renew(self) -> "Talking":
        return Talking(self.radio)

    def _open(self) -> BoardInfo:
        self.notes.append(f"opened at {self.clock.now_s():.0f} s")
        self.why_uncounted = "" if self.radio.n_opened else "its samples have no number"
        return super()._open()


def test_a_second_opening_begins_anew() -> None:
    radio = Radio(ManualClock(0.0), away_s=(5.0, 6.0))
    board = ReturningBoard(Talking(radio))
    with board:
        board.start()
        stream(board, 10.0)
        assert board.notes[0] == "opened at 0 s"
        assert board.why_uncounted
    with board:
        assert board.notes == ["opened at 10 s"]
        board.start()
        assert board.why_uncounted == ""
        radio.away_s = (15.0, 16.0)
        stream(board, 20.0)
        assert [note.split(";")[0][:24] for note in board.notes] == [
            "opened at 10 s",
            "the board was unplugged",
            "the board is back after ",
            "opened at 16 s",
        ]


def test_a_stream_that_starts_anew_knows_of_no_return() -> None:
    class Wrong(RadioBoard):
        def _read(self, timeout_s: float) -> Block | None:
            if self.radio.n_opened > 2:
                raise WrongRate("sends 1000")
            return super()._read(timeout_s)

        def renew(self) -> "Wrong":
            return Wrong(self.radio)

    radio = Radio(ManualClock(0.0), away_s=(5.0, 6.0))
    board = ReturningBoard(Wrong(radio))
    with board:
        board.start()
        stream(board, 10.0)
    with board:
        board.start()
        with pytest.raises(WrongRate):
            board.read(0.02)


def test_a_plug_that_was_loose_is_not_so_in_the_next_stream() -> None:
    radio = LooseRadio(ManualClock(0.0), 4, False)
    board = ReturningBoard(RadioBoard(radio))
    for until_s in (12.5, 60.0):
        with board:
            board.start()
            stream(board, until_s)
    assert not any("stays now" in note for note in board.notes)


def test_what_the_board_says_as_it_is_closed_is_kept() -> None:
    class Late(RadioBoard):
        def renew(self) -> "Late":
            return Late(self.radio)

        def _close(self) -> None:
            self.notes.append("no sync pulse was sent")

    board = ReturningBoard(Late(Radio(ManualClock(0.0), away_s=(np.inf, np.inf))))
    with board:
        board.start()
    assert board.notes == ["no sync pulse was sent"]


def test_what_waiting_does_not_mend_ends_the_session() -> None:
    class Refusing(RadioBoard):
        def _read(self, timeout_s: float) -> Block | None:
            raise BoardConfigError("the board lost its settings")

    radio = Radio(ManualClock(0.0), away_s=(np.inf, np.inf))
    with ReturningBoard(Refusing(radio)) as board:
        board.start()
        with pytest.raises(BoardConfigError):
            board.read(0.02)


def test_only_what_can_come_back_is_waited_for() -> None:
    class Fixed(RadioBoard):
        def renew(self) -> None:  # type: ignore[override]
            return None

    radio = Radio(ManualClock(0.0), away_s=(np.inf, np.inf))
    fixed = Fixed(radio)
    assert ReturningBoard.around(fixed) is fixed
    assert isinstance(ReturningBoard.around(RadioBoard(radio)), ReturningBoard)


@pytest.mark.parametrize("is_wired", [True, False])
def test_a_board_that_can_come_back_is_wired_as_it_is(is_wired: bool) -> None:
    board = RadioBoard(Radio(ManualClock(0.0), away_s=(np.inf, np.inf)))
    board.is_wired_to_a_person = is_wired
    assert ReturningBoard(board).is_wired_to_a_person == is_wired


def test_a_late_first_block_does_not_shift_what_follows() -> None:
    """The first block after a return may be very late; the least late one of `SETTLE_S` determines the index."""

    class Late(RadioBoard):
        def _read(self, timeout_s: float) -> Block | None:
            if self.radio.n_opened > 1 and self._n_sent == 0:
                self.clock.wait_s(0.12)  # the host was busy when the first sample came
            block = super()._read(timeout_s)
            if self.radio.n_opened > 1 and block is not None and block.end_index < 60:
                return Block(block.first_index, block.counts, block.aux, block.valid, block.arrival_s + 0.08)
            return block

        def renew(self) -> "Late":
            return Late(self.radio)

    radio = Radio(ManualClock(0.0), away_s=(5.0, 7.0))
    with ReturningBoard(Late(radio)) as board:
        board.start()
        blocks = [block for block in stream(board, 12.0) if block.n_samples]
    counts = np.concatenate([block.counts for block in blocks])[:, 0]
    valid = np.concatenate([block.valid for block in blocks])
    offset = counts[valid] - np.flatnonzero(valid)
    assert np.ptp(offset) <= 1 + 0.02 * RATE_HZ


def test_samples_whose_place_is_taken_come_behind_what_was_handed_on() -> None:
    class Early(RadioBoard):
        """Board whose arrival times are 1 s too early after its return."""

        def _read(self, timeout_s: float) -> Block | None:
            block = super()._read(timeout_s)
            if block is None or self.radio.n_opened == 1:
                return block
            return Block(block.first_index, block.counts, block.aux, block.valid, block.arrival_s - 1.0)

        def renew(self) -> "Early":
            return Early(self.radio)

    with ReturningBoard(Early(Radio(ManualClock(0.0), away_s=(5.0, 7.0)))) as board:
        board.start()
        blocks = [block for block in stream(board, 12.0) if block.n_samples]
    assert all(later.first_index == earlier.end_index for earlier, later in pairwise(blocks))
    counts = np.concatenate([block.counts[block.valid] for block in blocks])[:, 0]
    behind = counts[counts > 7.0 * RATE_HZ]
    assert np.all(np.diff(behind) == 1), "none is lost that came"
    assert behind[0] < 7.1 * RATE_HZ


def test_a_board_that_returns_at_another_rate_ends_the_session_and_spoils_nothing() -> None:
    class Wrong(RadioBoard):
        def _read(self, timeout_s: float) -> Block | None:
            if self.radio.n_opened > 1:
                raise WrongRate("sends 1000")
            return super()._read(timeout_s)

        def renew(self) -> "Wrong":
            return Wrong(self.radio)

    radio = Radio(ManualClock(0.0), away_s=(5.0, 6.0))
    with ReturningBoard(Wrong(radio)) as board:
        board.start()
        with pytest.raises(BoardConfigError, match="came back with another rate") as caught:
            stream(board, 10.0)
        assert not isinstance(caught.value, WrongRate), "which would take the recording away"
