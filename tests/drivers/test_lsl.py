"""LSL streams as boards: what they tell of themselves, what a sender may do, and one that goes away and comes back."""

import time
from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from acquisition.core import (
    BoardConfigError,
    BoardNotFound,
    LinkError,
    ManualClock,
    ReturningBoard,
    Role,
    make_board,
    open_board,
)
from acquisition.drivers import lsl as lsl_driver
from acquisition.link.lsl import StreamWanted
from acquisition.link.lsl_time import COMPARISON_S, SenderTime
from tests.lsl_sender import pylsl, sending, stream_info, unique_name
from tests.patience import DEADLINE_S

RATE_HZ = 100.0


# --- what a stream tells ----------------------------------------------------------------------------------------------


class Peer:
    """A sender that exists in this program alone: what it gives at each read is written down in the test.

    Each read is a chunk (values, stamps) or an error; the clock goes on by a second with each that brings nothing. A
    number is a sleep of so many seconds, in which LSL's clock of this computer stands still.
    """

    cf_float32, cf_double64, cf_int32, cf_int16, cf_int8, cf_int64, cf_string = range(7)

    def __init__(self, info: Any, reads: list[Any], clock: ManualClock, clock_ahead_s: float = 0.0) -> None:
        self._info = info
        self._reads = reads
        self._clock = clock
        self._clock_ahead_s = clock_ahead_s
        self._slept_s = self._slept_known_s = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(pylsl, name)

    def local_clock(self) -> float:
        return self._clock.now_s() + 1000.0 - self._slept_s

    def resolve_bypred(self, predicate: str, minimum: int, timeout_s: float) -> list[Any]:
        return [self._info]

    def StreamInlet(self, info: Any, **options: Any) -> "Peer":  # noqa: N802 (pylsl's name)
        return self

    def info(self, timeout_s: float) -> Any:
        return self._info

    def open_stream(self, timeout_s: float) -> None: ...

    def close_stream(self) -> None: ...

    def time_correction(self, timeout_s: float) -> float:
        """Answer with what is known and ask in the background, as liblsl does; a clock elsewhere goes on in a sleep."""
        known_s, self._slept_known_s = self._slept_known_s, self._slept_s
        return -self._clock_ahead_s - (known_s if self._clock_ahead_s else 0.0)

    def pull_chunk(self, timeout_s: float, most: int, **options: Any) -> tuple[Any, Any]:
        what = self._reads.pop(0) if self._reads else None
        if isinstance(what, float):
            self._slept_s += what
            self._clock.wait_s(what)
            what = self._reads.pop(0)
        if isinstance(what, Exception):
            raise what
        if what is None:
            self._clock.wait_s(timeout_s)
            return np.empty((0, 2), np.float32), np.empty(0)
        values, stamps_s = what
        self._clock.wait_s(0.1)
        return np.asarray(values, np.float32), np.asarray(stamps_s)


class Scripted:
    """A board on a `Peer`."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, info: Any, reads: list[Any], clock_ahead_s: float = 0.0
    ) -> None:
        self.clock = ManualClock(50.0)
        peer = Peer(info, reads, self.clock, clock_ahead_s)
        monkeypatch.setattr(lsl_driver, "load_lsl", lambda: peer)
        self.board = make_board("lsl:EMG", clock=self.clock)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Scripted]:
    return lambda *arguments, **options: Scripted(monkeypatch, *arguments, **options)


def numeric(info: Any) -> Any:
    """Let a description have a `Peer`'s formats."""
    info.channel_format = lambda: Peer.cf_float32
    return info


def two(rate_hz: float = RATE_HZ, **options: Any) -> Any:
    return numeric(stream_info("EMG", 2, rate_hz, **options))


@pytest.mark.parametrize(
    ("unit", "value_uv"),
    [("microvolts", 1.0), ("uV", 1.0), ("mV", 1e3), ("Volts", 1e6), ("nanovolts", 1e-3), ("", 1.0)],
)
def test_values_are_microvolts_whatever_the_unit(scripted: Callable[..., Scripted], unit: str, value_uv: float) -> None:
    amount = 100.0 / value_uv
    with scripted(two(unit=unit), [([[amount, -amount]], [1050.0])]).board as board:
        board.start()
        block = board.read()
        assert block is not None
        assert board.info.to_microvolts(block.counts)[0] == pytest.approx([100.0, -100.0], abs=0.03)
        assert bool(board.notes) is (unit == "")


def test_what_is_no_voltage_is_recorded_and_not_watched(scripted: Callable[..., Scripted]) -> None:
    info = two(unit="microvolts", labels=["Band", "a very long label of a channel"])
    info.set_channel_units(["microvolts", "degrees"])
    with scripted(info, []).board as board:
        assert [channel.role for channel in board.info.channels] == [Role.SURFACE, Role.OFF]
        assert [channel.name for channel in board.info.channels] == ["Band", "a very long labe"]
        assert "no voltage" in board.notes[0]


def test_hostile_metadata_does_no_harm(scripted: Callable[..., Scripted]) -> None:
    info = two(labels=["same", "same"])
    node = info.desc().child("channels").child("channel")
    for key, text in {"role": "boss", "microvolts_per_count": "-1", "gain": "nan", "muscle": 1000 * "x"}.items():
        node.append_child_value(key, text)
    info.desc().append_child("acquisition").append_child_value("bandwidth_hz", "1e9")
    with scripted(info, []).board as board:
        first, second = board.info.channels
        assert (first.role, first.gain, len(first.muscle)) == (Role.SURFACE, None, 80)
        assert first.microvolts_per_count == second.microvolts_per_count > 0.0
        assert first.name != second.name
        assert board.info.bandwidth_hz == pytest.approx(45.0)


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (lambda: pylsl.StreamInfo("EMG", "Markers", 1, 0.0, "string"), "carries text, not numbers"),
        (lambda: two(rate_hz=0.0), "0 samples a second"),
        (lambda: two(rate_hz=25.0), "25 samples a second"),
        (lambda: numeric(stream_info("EMG", 300, RATE_HZ, unit="")), "has 300 channels"),
    ],
)
def test_what_is_no_signal_is_refused(scripted: Callable[..., Scripted], info: Callable[[], Any], words: str) -> None:
    described = info()
    if described.type() == "Markers":
        described.channel_format = lambda: Peer.cf_string
    with pytest.raises(BoardConfigError, match=words):
        scripted(described, []).board.open()


# --- what a sender may do ---------------------------------------------------------------------------------------------


def chunk(first_s: float, n_samples: int, value: float = 1.0) -> tuple[list[list[float]], list[float]]:
    """Return samples whose stamps go on at the stream's rate."""
    return [[value, value]] * n_samples, [first_s + number / RATE_HZ for number in range(n_samples)]


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
    """Read so many samples; return first index and number of those that are valid, block by block."""
    kept = []
    while board.next_index < n_samples:
        block = board.read()
        assert block is not None
        if block.valid.all():
            kept.append((block.first_index, block.n_samples))
    return kept


def test_what_a_sender_on_this_computer_slept_through_is_lost_at_its_place(scripted: Callable[..., Scripted]) -> None:
    # Three of the samples that come behind the sleep were made before it: LSL's clock stood at 1050.1 meanwhile.
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
    """As one does that sends what it lost as no numbers, and no more of it than its buffer holds."""
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
    """As when a laptop is opened and shut: liblsl answers as before either sleep, and as between them."""
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
    """As those by the time of day of a sender on this computer."""
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
        assert "jump, by 310 ms at first: losses of up to 0.5 s cannot be told from late stamps" in board.why_uncounted


def test_stamps_that_waver_or_jump_by_a_counted_loss_tell_of_no_doubt(scripted: Callable[..., Scripted]) -> None:
    reads = [chunk(1050.0, 10), chunk(1050.13, 10), chunk(1050.2, 10), chunk(1051.0, 10)]
    with scripted(two(), reads).board as board:
        board.start()
        assert read_all(board, 110) == [(0, 10), (10, 10), (20, 10), (100, 10)]
        assert (board.why_uncounted, board.notes) == ("", [])


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


def test_stamps_of_another_clock_are_told_and_not_used(scripted: Callable[..., Scripted]) -> None:
    case = scripted(two(), [chunk(5.0, 10), chunk(5.1, 10)])
    with case.board as board:
        board.start()
        blocks = [board.read(), board.read()]
        assert [block.arrival_s for block in blocks if block is not None] == pytest.approx([50.1, 50.2])
        assert board.notes == ["the stream's time stamps are not of LSL's clock: its samples get their arrival's time"]


def test_a_sender_that_goes_away_or_falls_silent_is_told(scripted: Callable[..., Scripted]) -> None:
    with scripted(two(), [chunk(1050.0, 10), pylsl.util.LostError("the stream has been lost.")]).board as board:
        board.start()
        board.read()
        with pytest.raises(LinkError, match="broke off"):
            board.read()
    with scripted(two(), [chunk(1050.0, 10)]).board as board:
        board.start()
        with pytest.raises(LinkError, match=r"nothing for 2 s"):
            for _ in range(100):
                board.read()


@pytest.mark.parametrize(("pause_s", "n_told"), [(0.5, 0), (1.0, 1)])
def test_a_stall_is_no_silence_and_a_silence_is_told_within_a_second(
    scripted: Callable[..., Scripted], pause_s: float, n_told: int
) -> None:
    case = scripted(two(), [chunk(1050.0, 10), *round(10 * pause_s) * [None], chunk(1050.1, 10)])
    with case.board as board:
        board.start()
        board.read(0.1)
        began_s, told_s = case.clock.now_s(), np.inf
        while board.next_index < 20:
            board.read(0.1)
            if board.notes:
                told_s = min(told_s, case.clock.now_s() - began_s)
        assert len(board.notes) == n_told
        assert not n_told or told_s < 0.95


# --- on the real network of this machine ------------------------------------------------------------------------------


def test_no_stream_and_several_streams() -> None:
    name = unique_name()
    with pytest.raises(BoardNotFound, match=f"no LSL stream with name '{name}' was heard within 0.2 s"):
        open_board(f"lsl:{name}?timeout=0.2")
    first, second = stream_info(name), pylsl.StreamInfo(name, "EMG", 4, 500.0, "float32", f"other {name}")
    outlets = [pylsl.StreamOutlet(one) for one in (first, second)]
    with pytest.raises(BoardConfigError, match=f"several LSL streams have name '{name}'"):
        end_s = time.monotonic() + DEADLINE_S
        while time.monotonic() < end_s:  # on a busy machine one of them may be heard long before the other
            open_board(f"lsl:{name}?timeout={DEADLINE_S:g}").close()
    with open_board(f"lsl:?source_id=other%20{name.replace(' ', '%20')}&timeout={DEADLINE_S:g}") as board:
        assert board.info.name == f"LSL {name}"
    del outlets


def test_quotes_in_a_name() -> None:
    assert StreamWanted("a'b", "EMG").predicate == "name=\"a'b\" and type='EMG'"
    with pytest.raises(BoardConfigError, match="not both"):
        _ = StreamWanted("a'b\"c").predicate


def read_until(board: ReturningBoard, condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end_s, board.notes
        block = board.read(0.05)
        assert block is not None


def test_a_stream_that_comes_back_goes_on_in_the_same_recording() -> None:
    name = unique_name()
    board = ReturningBoard(make_board(f"lsl:{name}?timeout=30"))
    with sending(stream_info(name)):
        board.start()
        read_until(board, lambda: board.next_index > 1200)
        assert board.n_lost == 0
    read_until(board, lambda: any("broke off" in note for note in board.notes))
    with sending(stream_info(name)):
        read_until(board, lambda: any("is back" in note for note in board.notes))
        n_back = board.next_index
        read_until(board, lambda: board.next_index > n_back + 500)
        assert board.n_lost > 0
        board.close()


def test_samples_come_in_order_and_at_their_rate() -> None:
    name = unique_name()
    with sending(stream_info(name, rate_hz=1000.0)), open_board(f"lsl:{name}?type=EMG&timeout={DEADLINE_S:g}") as board:
        board.start()
        blocks = []
        end_s = time.monotonic() + DEADLINE_S
        while board.next_index < 3000 and time.monotonic() < end_s:
            block = board.read()
            assert block is not None
            blocks.append(block)
        assert all(after.first_index == before.end_index for before, after in pairwise(blocks))
        assert board.sample_clock.sampling_rate_hz == pytest.approx(1000.0, rel=0.02)
