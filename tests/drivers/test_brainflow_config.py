"""Option ``config=``: commands, resulting gains and refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.core import BoardConfigError, ChannelSetup, ProtocolError, Role, Setup
from acquisition.drivers.brainflow_config import BoardConfig, check_reply
from acquisition.link.protocol import channel_setting

NEEDLE_2 = Setup({2: ChannelSetup(role=Role.NEEDLE)})


def test_commands_are_sent_one_at_a_time() -> None:
    config = BoardConfig("~4/2x1050100XxQ060110X", "CYTON_DAISY", Setup())
    assert config.commands == ["~4", "/2", "x1050100X", "xQ060110X"]
    assert config.gains(16) == (12.0,) + (24.0,) * 15


def test_nothing_said_sends_nothing() -> None:
    assert BoardConfig("", "CYTON", Setup()).commands == []
    assert BoardConfig("", "CYTON", Setup()).gains(8) == (24.0,) * 8
    assert BoardConfig("", "GANGLION", Setup()).commands == []
    assert BoardConfig("", "GANGLION", Setup()).gains(4) is None


@given(st.integers(1, 16), st.sampled_from([1, 2, 4, 6, 8, 12, 24]), st.sampled_from([b"0", b"1"]))
def test_what_our_own_driver_sends_is_known_here(number: int, gain: int, in_bias: bytes) -> None:
    command = channel_setting(number, gain, in_bias).decode()
    config = BoardConfig(command, "CYTON_DAISY", Setup())
    assert config.commands == [command]
    gains = config.gains(16)
    assert gains is not None
    assert gains[number - 1] == gain


@pytest.mark.parametrize(
    "text",
    ["x", "x1050100", "x9050100X", "x1070100X", "x1080100X", "~7", "d", "b", "s", "v", "x1050100X ", "z110Z", "["],
)
def test_what_is_not_known_is_not_sent(text: str) -> None:
    with pytest.raises(BoardConfigError, match="no command that is known here"):
        BoardConfig(text, "CYTON", Setup())


def test_a_rate_behind_a_gain_would_undo_it() -> None:
    with pytest.raises(BoardConfigError, match="~4 sets all gains back to 24, so it must stand first"):
        BoardConfig("x1050100X~4", "CYTON", Setup())


def test_a_channel_that_the_board_does_not_have() -> None:
    with pytest.raises(BoardConfigError, match="sets channel 9 of a board that has 8"):
        BoardConfig("xQ050100X", "CYTON", Setup()).gains(8)


@pytest.mark.parametrize(
    "unsafe",
    ["", "x3050000X", "x2050100X", "x2055000X", "x2056000X", "x2057000X", "x2050000Xx2050100X", "x2050010X"],
    ids=["BrainFlow's setting", "another channel", "bias drive", "test signal", "bias +", "bias -", "undone", "SRB2"],
)
def test_no_current_on_a_needle(unsafe: str) -> None:
    BoardConfig(unsafe, "CYTON", Setup())
    with pytest.raises(BoardConfigError, match=r"channel 2 is a needle.* use config=x2050000X"):
        BoardConfig(unsafe, "CYTON", NEEDLE_2)


@pytest.mark.parametrize(
    ("neighbour", "message"),
    [
        ("x1050001X", "x1050001X joins the N inputs of all channels through SRB1: use x1050000X instead"),
        ("x8060111X", "x8060111X joins the N inputs of all channels through SRB1: use x8060100X instead"),
        ("x1056010X", "x1056010X ties the bias drive to SRB2: use x1056000X instead"),
        ("x1057110X", "x1057110X ties the bias drive to SRB2: use x1057100X instead"),
    ],
)
def test_nothing_leads_into_a_needle_from_its_neighbours(neighbour: str, message: str) -> None:
    BoardConfig(neighbour, "CYTON_DAISY", Setup())
    for text in (f"x2050000X{neighbour}", f"{neighbour}x2050000X"):
        with pytest.raises(BoardConfigError, match=f"a needle is on channel 2, and {message}"):
            BoardConfig(text, "CYTON_DAISY", NEEDLE_2)


def test_the_needle_itself_joins_nobody_through_srb1() -> None:
    with pytest.raises(BoardConfigError, match="a needle is on channel 2, and x2050001X joins the N inputs"):
        BoardConfig("x2050001X", "CYTON", NEEDLE_2)


def test_srb1_of_the_other_chip_reaches_no_needle() -> None:
    commands = ["x2050000X", "xQ060111X", "x1060110X"]
    assert BoardConfig("".join(commands), "CYTON_DAISY", NEEDLE_2).commands == commands
    needle_10 = Setup({10: ChannelSetup(role=Role.NEEDLE)})
    assert BoardConfig("xW050000Xx1060111X", "CYTON_DAISY", needle_10).commands == ["xW050000X", "x1060111X"]
    with pytest.raises(BoardConfigError, match="a needle is on channel 10, and xI060111X joins the N inputs"):
        BoardConfig("xW050000XxI060111X", "CYTON_DAISY", needle_10)


def test_a_needle_on_a_channel_that_no_such_board_has_is_reported_once_the_board_is_open() -> None:
    """The message names the board's channels, as for every other role (`Setup.apply`)."""
    assert BoardConfig("", "CYTON", Setup({17: ChannelSetup(role=Role.NEEDLE)})).commands == []


def test_a_needle_out_of_the_bias_drive_is_fine() -> None:
    assert BoardConfig("~4x2050000X", "CYTON", NEEDLE_2).commands == ["~4", "x2050000X"]


def test_what_cannot_be_checked_is_refused_with_a_needle() -> None:
    assert BoardConfig("z", "GANGLION", Setup()).commands == ["z"]
    with pytest.raises(BoardConfigError, match="refused while a channel is a needle"):
        BoardConfig("z", "GANGLION", NEEDLE_2)


@pytest.mark.parametrize("board", ["FREEEEG32", "GALEA", "ANT_NEURO_EE_411", "MUSE_2"])
def test_no_needle_on_a_board_whose_drive_is_not_known(board: str) -> None:
    BoardConfig("", board, Setup())
    with pytest.raises(BoardConfigError, match=f"a channel is a needle, and whether {board} drives its electrodes"):
        BoardConfig("", board, NEEDLE_2)


@pytest.mark.parametrize("board", ["GANGLION", "GANGLION_NATIVE", "GANGLION_WIFI", "SYNTHETIC"])
def test_a_needle_on_a_board_without_a_drive_is_fine(board: str) -> None:
    assert BoardConfig("", board, NEEDLE_2).commands == []


@pytest.mark.parametrize("reply", ["", "Failure: too few chars$$$", "$$$", "Failure: Success$$$"])
def test_a_cyton_must_say_success(reply: str) -> None:
    check_reply("CYTON_BOARD", "x1050100X", "Success: Channel set for 1$$$")
    with pytest.raises(ProtocolError, match="got x1050100X and answered"):
        check_reply("CYTON_BOARD", "x1050100X", reply)


def test_other_boards_must_not_say_failure() -> None:
    check_reply("GALEA_BOARD", "sampling", "ok")
    with pytest.raises(ProtocolError):
        check_reply("GALEA_BOARD", "sampling", "Failure: no")
