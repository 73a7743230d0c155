"""BrainFlow driver: steps, options and failures of a session, on a scripted session."""

import pytest
from brainflow.board_shim import BoardIds, BrainFlowError
from brainflow.exit_codes import BrainFlowExitCodes

from acquisition.core import (
    AcquisitionError,
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
from tests.drivers.scripted_brainflow import ScriptedSession, cyton

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
        "config_board",  # discards what came after BrainFlow stopped reading
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
        return b"\xa0\x01\xff".decode()  # as BrainFlow decodes what it read

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
def test_an_unknown_board_is_reported(name: str) -> None:
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
    with pytest.raises(ProtocolError, match="got ~4 and answered ''"):
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
