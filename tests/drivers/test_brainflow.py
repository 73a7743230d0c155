"""Boards through BrainFlow: the driver on a scripted session."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brainflow.board_shim import BoardIds, BoardShim, BrainFlowError, BrainFlowInputParams
from brainflow.exit_codes import BrainFlowExitCodes

from acquisition.core import (
    AcquisitionError,
    Block,
    Board,
    BoardConfigError,
    BoardNotFound,
    ChannelSetup,
    LinkError,
    ManualClock,
    ProtocolError,
    Role,
    Setup,
    ads1299_microvolts_per_count,
    make_board,
)
from acquisition.drivers import brainflow as driver

PORT = os.devnull
"""Something that is there, as the port of a dongle that is plugged in."""

CYTON_UV = ads1299_microvolts_per_count(24)


class ScriptedSession:
    """Stands for BrainFlow's session: answers from lists, notes every call."""

    def __init__(self, board_id: int, parameters: BrainFlowInputParams) -> None:
        self.calls: list[Any] = []
        self.failures: dict[str, list[int]] = {}
        self.replies: dict[str, str] = {}
        self.rate_hz = 250
        self.rows: list[np.ndarray] = []
        self.board_id = board_id
        self.parameters = parameters

    def _note(self, method: str, *arguments: object) -> None:
        self.calls.append((method, *arguments) if arguments else method)
        if self.failures.get(method):
            code = self.failures[method].pop(0)
            if code:
                raise BrainFlowError("unable", code)

    def prepare_session(self) -> None:
        self._note("prepare_session")

    def release_session(self) -> None:
        self._note("release_session")

    def start_stream(self, n_samples: int) -> None:
        self._note("start_stream", n_samples)

    def stop_stream(self) -> None:
        self._note("stop_stream")

    def config_board(self, command: str) -> str:
        self._note("config_board", command)
        return self.replies.get(command, "Success: done$$$")

    def get_board_sampling_rate(self) -> int:
        return self.rate_hz

    def get_board_data_count(self) -> int:
        return self.rows[0].shape[1] if self.rows else 0

    def get_board_data(self) -> np.ndarray:
        return self.rows.pop(0)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> ScriptedSession:
    """The session that the driver under test will use; descriptions still come from BrainFlow."""
    scripted = ScriptedSession(0, BrainFlowInputParams())

    class Shim(BoardShim):
        def __new__(cls, board_id: int, parameters: BrainFlowInputParams) -> ScriptedSession:  # type: ignore[misc]
            scripted.board_id, scripted.parameters = board_id, parameters
            return scripted

    monkeypatch.setattr(driver, "BoardShim", Shim)
    return scripted


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(10.0)


def cyton(clock: ManualClock, options: str = "", setup: Setup | None = None) -> Board:
    return make_board(f"brainflow:CYTON_BOARD?serial_port={PORT}{options}", setup, clock)


def cyton_rows(numbers: list[int], first_count: int = 0) -> np.ndarray:
    """Return rows of a Cyton whose channel 1 counts up and whose channel 2 counts down."""
    rows = np.zeros((24, len(numbers)))
    rows[0] = numbers
    rows[1] = (first_count + np.arange(len(numbers))) * CYTON_UV
    rows[2] = -rows[1]
    return rows


# --- the session ------------------------------------------------------------------------------------------------------


def test_the_steps_of_a_session(session: ScriptedSession, clock: ManualClock) -> None:
    board = cyton(clock)
    with board:
        board.start()
        board.stop()
        board.start()
    board.close()
    steps = [call[0] if isinstance(call, tuple) else call for call in session.calls]
    assert steps == [
        "prepare_session",
        "start_stream",
        "stop_stream",
        "config_board",  # reads away what came after BrainFlow's reading ended
        "start_stream",
        "stop_stream",
        "release_session",
    ]


@pytest.mark.parametrize("failing", ["config_board", "start_stream", "stop_stream"])
def test_no_session_is_left_prepared_whatever_fails(session: ScriptedSession, clock: ManualClock, failing: str) -> None:
    session.failures[failing] = [BrainFlowExitCodes.BOARD_WRITE_ERROR]
    board = cyton(clock, "&config=x1050100X")
    try:
        board.start()
        board.stop()
    except LinkError as error:
        assert "was it unplugged?" in str(error)
        assert isinstance(error.__cause__, BrainFlowError)
    else:
        pytest.fail("the failure went unnoticed")
    finally:
        board.close()
    assert session.calls.count("release_session") == session.calls.count("prepare_session") == 1


def test_a_rest_of_packets_is_read_away_before_a_restart(session: ScriptedSession, clock: ManualClock) -> None:
    board = cyton(clock)
    board.start()
    board.stop()

    def config_board(command: str) -> str:
        assert command == "s"
        return b"\xa0\x01\xff".decode()  # as BrainFlow does with what it read

    session.config_board = config_board  # type: ignore[method-assign]
    board.start()
    assert session.calls.count("stop_stream") == 1
    board.close()


def test_close_survives_a_session_that_is_gone(session: ScriptedSession, clock: ManualClock) -> None:
    session.failures = {
        "stop_stream": [BrainFlowExitCodes.BOARD_WRITE_ERROR],
        "release_session": [BrainFlowExitCodes.BOARD_NOT_CREATED_ERROR],
    }
    board = cyton(clock)
    board.start()
    board.close()
    board.close()
    assert session.calls[-1] == "release_session"


def test_a_board_left_streaming_is_prepared_again(session: ScriptedSession, clock: ManualClock) -> None:
    session.failures["prepare_session"] = [BrainFlowExitCodes.BOARD_NOT_READY_ERROR]
    with cyton(clock):
        assert session.calls == ["prepare_session", "prepare_session"]


def test_a_board_that_is_off_is_tried_twice_at_most(session: ScriptedSession, clock: ManualClock) -> None:
    session.failures["prepare_session"] = [BrainFlowExitCodes.BOARD_NOT_READY_ERROR] * 3
    with pytest.raises(BoardNotFound, match=r"CYTON_BOARD does not answer: is it switched on .*BOARD_NOT_READY_ERROR"):
        cyton(clock).open()
    assert session.calls.count("prepare_session") == 2


def test_a_board_that_took_long_to_fail_is_not_tried_again(session: ScriptedSession, clock: ManualClock) -> None:
    def prepare_session() -> None:
        clock.wait_s(6.15)
        session._note("prepare_session")

    session.prepare_session = prepare_session  # type: ignore[method-assign]
    session.failures["prepare_session"] = [BrainFlowExitCodes.BOARD_NOT_READY_ERROR] * 2
    with pytest.raises(BoardNotFound, match="does not answer"):
        cyton(clock).open()
    assert session.calls.count("prepare_session") == 1


@pytest.mark.parametrize("code", [code for code in BrainFlowExitCodes if code != BrainFlowExitCodes.STATUS_OK])
def test_every_exit_code_becomes_a_sentence(session: ScriptedSession, clock: ManualClock, code: int) -> None:
    session.failures["prepare_session"] = [code, code]
    with pytest.raises(AcquisitionError) as caught:
        cyton(clock).open()
    message = str(caught.value)
    assert BrainFlowExitCodes(code).name in message
    assert "\n" not in message
    assert isinstance(caught.value.__cause__, BrainFlowError)


# --- settings ---------------------------------------------------------------------------------------------------------


def test_options_become_brainflows_parameters(session: ScriptedSession, clock: ManualClock) -> None:
    url = "brainflow:ganglion_native?mac_address=aa:bb&timeout=7&other_info=fw:2&ip_port=80&serial_number=G1"
    with make_board(url, clock=clock) as board:
        sent = session.parameters
        assert session.board_id == BoardIds.GANGLION_NATIVE_BOARD
        assert (sent.mac_address, sent.timeout, sent.other_info, sent.ip_port) == ("aa:bb", 7, "fw:2", 80)
        assert sent.serial_number == "G1"
        assert board.info.n_channels == 4


def test_a_streaming_board_has_the_rows_of_its_master(session: ScriptedSession, clock: ManualClock) -> None:
    with make_board("brainflow:STREAMING_BOARD?master_board=cyton&ip_address=225.1.1.1", clock=clock) as board:
        assert session.parameters.master_board == BoardIds.CYTON_BOARD.value
        assert (board.info.n_channels, board.info.counter_bits) == (8, 8)
    with pytest.raises(BoardConfigError, match="needs master_board="):
        make_board("brainflow:STREAMING_BOARD", clock=clock).open()


@pytest.mark.parametrize("name", ["CYTON_BOARD", "cyton_board", "CYTON", "Cyton"])
def test_names_in_either_case_with_or_without_board(name: str) -> None:
    assert driver.board_id(name) is BoardIds.CYTON_BOARD


def test_a_name_that_keeps_its_board_in_the_middle() -> None:
    assert driver.board_id("neuropawn_knight_board_imu") is BoardIds.NEUROPAWN_KNIGHT_BOARD_IMU


@pytest.mark.parametrize("name", ["", "cython", "NO_BOARD", "no", "-1", "_BOARD"])
def test_an_unknown_board_is_told(name: str) -> None:
    with pytest.raises(BoardNotFound, match="no board called"):
        driver.board_id(name)


def test_brainflows_own_playback_is_refused() -> None:
    with pytest.raises(BoardNotFound, match="playback:FILE instead"):
        driver.board_id("PLAYBACK_FILE_BOARD")


def test_a_board_without_emg_is_refused(session: ScriptedSession, clock: ManualClock) -> None:
    with pytest.raises(BoardConfigError, match="EMOTIBIT_BOARD has neither EMG nor EXG"):
        make_board("brainflow:EMOTIBIT", clock=clock).open()
    assert session.calls == []


def test_config_sets_gains_and_rate(session: ScriptedSession, clock: ManualClock) -> None:
    session.rate_hz = 1000
    with cyton(clock, "&config=~4x2050100X") as board:
        assert [call for call in session.calls if call[0] == "config_board"] == [
            ("config_board", "~4"),
            ("config_board", "x2050100X"),
        ]
        assert board.info.sampling_rate_hz == 1000.0
        assert [channel.gain for channel in board.info.channels] == [24, 12, 24, 24, 24, 24, 24, 24]
        assert board.info.channels[1].microvolts_per_count == ads1299_microvolts_per_count(12)


def test_a_config_whose_answer_was_lost_is_sent_again(
    session: ScriptedSession, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = ["", "Success: Sample rate is 1000Hz$$$"]
    monkeypatch.setattr(session, "config_board", lambda command: replies.pop(0))
    with cyton(clock, "&config=~4"):
        assert replies == []


def test_a_refused_config_closes_the_board(session: ScriptedSession, clock: ManualClock) -> None:
    session.replies["~4"] = ""
    with pytest.raises(ProtocolError, match="told ~4 and answered ''"):
        cyton(clock, "&config=~4").open()
    assert session.calls[-1] == "release_session"


def test_a_needle_in_the_bias_drive_is_refused_before_anything_is_sent(
    session: ScriptedSession, clock: ManualClock
) -> None:
    setup = Setup({1: ChannelSetup(role=Role.NEEDLE)})
    with pytest.raises(BoardConfigError, match="channel 1 is a needle"):
        cyton(clock, setup=setup).open()
    assert session.calls == []
    with cyton(clock, "&config=x1050000X", setup) as board:
        assert board.info.channels[0].role is Role.NEEDLE


# --- data -------------------------------------------------------------------------------------------------------------


def feed(session: ScriptedSession, clock: ManualClock, board: Board, rows: np.ndarray, after_s: float) -> list[Block]:
    """Let rows come after some time and return the blocks that the board makes of them."""
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
    """At 1000 SPS a silence of 0.26 s hides a whole turn of the counter."""
    session.rate_hz = 1000
    with cyton(clock, "&config=~4") as board:
        board.start()
        for index in range(0, 500, 10):
            feed(session, clock, board, cyton_rows(numbers(index, index + 10)), 0.010)
        for _ in range(32):  # the host looks, and nothing is there: what comes then was not waiting
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
    [(True, r"nothing for 0\.3 s and .*port is gone: was it unplugged", 0.25), (False, r"nothing for 0\.9 s: is", 0.9)],
)
def test_silence_is_told_within_a_second(
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


def test_a_reader_that_was_away_does_not_find_the_board_silent(session: ScriptedSession, clock: ManualClock) -> None:
    with cyton(clock) as board:
        board.start()
        clock.wait_s(30.0)
        session.rows = [cyton_rows(list(range(200)))]
        assert board.read(0.0).n_samples == 200  # type: ignore[union-attr]


@pytest.mark.skipif(os.name == "nt", reason="the port of this test is a file of POSIX")
def test_a_host_that_stood_still_does_not_find_the_board_silent(session: ScriptedSession, clock: ManualClock) -> None:
    """What BrainFlow's own thread was kept from reading meanwhile is there a moment later."""
    with cyton(clock) as board:
        board.start()
        session.rows = [cyton_rows([0, 1])]
        board.read(0.0)
        for _ in range(2):
            clock.wait_s(10.0)
            assert board.read(0.0).n_samples == 0  # type: ignore[union-attr]
        with pytest.raises(LinkError, match=r"sent nothing for 0\.9 s"):
            for _ in range(10):
                board.read(0.1)


def test_a_buffer_that_ran_over_is_told(session: ScriptedSession, clock: ManualClock) -> None:
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
