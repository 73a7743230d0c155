import pytest

from acquisition.simulated.cyton.dongle import NOT_HEARD, Dongle
from acquisition.simulated.cyton.firmware import CytonFirmware
from acquisition.simulated.scenario import load_scenario


@pytest.fixture(scope="module")
def board() -> CytonFirmware:
    return CytonFirmware(load_scenario(), 1, 250)


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (b"\xf0\x07", b"Success: System is Up$$$"),
        (b"\xf0\x00", b"Success: Host and Device on Channel number: 1\x01$$$"),
        (b"\xf0\x01\x07", b"Success: Host and Device on Channel number: 7\x07$$$"),
        (b"\xf0\x01\x1a", b"Failure: Verify channel number is less than 25$$$"),
        (b"\xf0\x02\x05", b"Success: Host override - Channel number: 5\x05$$$"),
        (b"\xf0\x03", b"Success: Poll time: 80P$$$"),
        (b"\xf0\x04\x30", b"Success: Poll time: 480$$$"),
        (b"\xf0\x06", b"Success: Switch your baud rate to 230400$$$"),
        (b"\xf0\x0a", b"Success: Switch your baud rate to 921600$$$"),
        (b"\xf0\x55", b""),
        (b"\xf0\x07V", b"Success: System is Up$$$v3.1.5$$$"),
        (b"V", b"v3.1.5$$$"),
        (b"", b""),
    ],
)
def test_private_commands_are_answered_by_the_dongle(board: CytonFirmware, command: bytes, reply: bytes) -> None:
    assert Dongle(board).receive(command, 0.0) == reply


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (b"\xf0\x07", b"Success: System is Up$$$"),
        (b"\xf0\x00", b"Success: Host and Device on Channel number: 1\x01$$$"),
        (b"\xf0\x02\x01", b"Success: Host override - Channel number: 1\x01$$$"),
    ],
)
def test_a_private_command_may_come_byte_by_byte(board: CytonFirmware, command: bytes, reply: bytes) -> None:
    """The OpenBCI GUI writes every byte separately (RadioConfig.pde)."""
    dongle = Dongle(board)
    said = b""
    for number, byte in enumerate(command):
        said += dongle.receive(bytes([byte]), 0.004 * number) + dongle.late_replies(0.004 * number)
    assert said == reply


def test_half_a_private_command_is_let_go(board: CytonFirmware) -> None:
    dongle = Dongle(board)
    assert dongle.receive(b"\xf0", 1.0) + dongle.late_replies(1.01) == b""
    assert dongle.late_replies(1.03) == b""
    assert dongle.receive(b"V", 1.04) == b"v3.1.5$$$"


def test_a_lone_time_stamp_command_is_echoed_as_a_comma(board: CytonFirmware) -> None:
    assert Dongle(board).receive(b"<", 0.0) == b",Time stamp ON$$$"
    assert Dongle(board).receive(b">", 0.0) == b"Time stamp OFF$$$"


def test_a_board_that_is_off_is_not_heard() -> None:
    dongle = Dongle(None)
    assert dongle.receive(b"v", 1.0) == b""
    assert dongle.late_replies(1.2) == b""
    assert dongle.late_replies(1.28) == NOT_HEARD
    assert dongle.late_replies(9.0) == b""
    assert dongle.receive(b"\xf0\x07", 1.0) == b"Failure: System is Down$$$"
    assert dongle.receive(b"\xf0\x00", 1.0) == b"Failure: Host on Channel number: 1\x01$$$"
    assert dongle.receive(b"\xf0\x01\x05", 1.0) == NOT_HEARD


def test_scanning_finds_the_board_on_its_channel(board: CytonFirmware) -> None:
    dongle = Dongle(board)
    dongle.receive(b"\xf0\x02\x09", 0.0)
    assert dongle.receive(b"\xf0\x07", 0.0) == b"Failure: System is Down$$$"
    assert dongle.receive(b"v", 0.0) == b""
    dongle.receive(b"\xf0\x02\x01", 0.0)
    assert dongle.receive(b"\xf0\x07", 0.0) == b"Success: System is Up$$$"
