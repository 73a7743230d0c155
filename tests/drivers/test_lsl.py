"""LSL streams as boards: description, silence, and a stream that goes away and comes back."""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from acquisition.core import (
    BoardConfigError,
    BoardNotFound,
    LinkError,
    ReturningBoard,
    Role,
    make_board,
    open_board,
)
from acquisition.link.lsl import StreamWanted
from tests.drivers.scripted_lsl import RATE_HZ, Peer, Scripted, chunk, numeric, two
from tests.lsl_sender import pylsl, sending, stream_info, unique_name
from tests.patience import DEADLINE_S

# --- description ------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("labels", "names"),
    [(["same", "same"], ["same", "same 2"]), (["LSL 2", ""], ["LSL 2", "LSL 2 2"]), (["", ""], ["LSL 1", "LSL 2"])],
)
def test_names_are_all_different(scripted: Callable[..., Scripted], labels: list[str], names: list[str]) -> None:
    with scripted(two(labels=labels), []).board as board:
        assert [channel.name for channel in board.info.channels] == names


def test_numbers_of_a_converter_tell_no_unit(scripted: Callable[..., Scripted]) -> None:
    with scripted(two(unit="counts"), []).board as board:
        assert [channel.role for channel in board.info.channels] == [Role.SURFACE, Role.SURFACE]
        assert board.info.amplitude_unit == "counts"
        assert "counts of an unknown scale" in board.notes[0]


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


# --- silence ----------------------------------------------------------------------------------------------------------


def test_a_sender_that_goes_away_or_falls_silent_is_reported(scripted: Callable[..., Scripted]) -> None:
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


def test_a_stream_that_no_reader_can_be_made_for_is_reported(
    scripted: Callable[..., Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise RuntimeError("could not create stream inlet.")

    case = scripted(two(), [])
    monkeypatch.setattr(Peer, "StreamInlet", fail)
    with pytest.raises(LinkError, match="cannot be read: could not create stream inlet"):
        case.board.open()


@pytest.mark.parametrize(("pause_s", "n_told"), [(0.5, 0), (1.0, 1)])
def test_a_stall_is_no_silence_and_a_silence_is_reported_within_a_second(
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
        while time.monotonic() < end_s:  # on a busy machine one of them may be found long before the other
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
