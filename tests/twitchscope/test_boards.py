from dataclasses import replace

from acquisition.core import Board, BoardNotFound
from acquisition.link.ports import PortInfo
from tests.twitchscope.conftest import ScriptedBoard
from twitchscope.found_boards import Diagnosis, diagnose

DONGLE = PortInfo("/dev/ttyUSB0", "FTDI FT231X", True, True)
OTHER = PortInfo("/dev/ttyNONE0", "built-in or virtual serial port", True, False)


def test_a_board_that_answers_is_described_and_let_go() -> None:
    asked: list[str] = []
    board = ScriptedBoard([])

    def make(url: str) -> Board:
        asked.append(url)
        return board

    assert diagnose(DONGLE, make) == Diagnosis("answers as Scripted, 4 channels, 1000 samples a second", is_ready=True)
    assert asked == ["cyton:/dev/ttyUSB0"]
    assert board.n_closes == 1


def test_one_channel_is_no_channels() -> None:
    with ScriptedBoard([]) as board:
        one = replace(board.info, channels=board.info.channels[:1])
        assert (one.channel_count_text, board.info.channel_count_text) == ("1 channel", "4 channels")


def test_what_is_in_the_way_is_said() -> None:
    def make(url: str) -> Board:
        raise BoardNotFound("the dongle answers but the board is off")

    assert diagnose(DONGLE, make) == Diagnosis("the dongle answers but the board is off")


def test_a_port_that_is_no_dongle_is_not_spoken_to() -> None:
    def make(url: str) -> Board:
        raise AssertionError("bytes were sent to a port that may be anything")

    assert diagnose(OTHER, make).description.startswith("there is no port /dev/ttyNONE0")
