"""Set up of a scripted board by the Cyton driver: bytes sent → bytes answered, every step and every failure."""

import pytest

from acquisition.core import (
    AcquisitionError,
    BoardConfigError,
    BoardNotFound,
    ChannelSetup,
    InternalSignal,
    ManualClock,
    ProtocolError,
    Role,
    Setup,
    ads1299_microvolts_per_count,
    parse_board_url,
)
from acquisition.drivers._cyton_self_test import CytonSelfTest
from acquisition.drivers.cyton import CytonBoard, board_from_url
from tests.drivers.scripted_cyton import BANNER, BOARD_OFF, DAISY_BANNER, ScriptedCyton, make


def test_the_handshake_in_its_order() -> None:
    script = ScriptedCyton()
    info = make(script, "rate=250").open()
    settings = [b"x%d050100X" % number for number in range(1, 9)]
    assert script.written == [b"s", b"v", b"~6", b">", b"/0", *settings]
    assert (info.name, info.sampling_rate_hz, info.n_channels, info.counter_bits) == ("Cyton", 250.0, 8, 8)
    assert info.bandwidth_hz == pytest.approx(65.5)
    assert [channel.gain for channel in info.channels] == [12] * 8
    assert info.channels[0].microvolts_per_count == ads1299_microvolts_per_count(12)
    assert [aux.name for aux in info.aux] == ["Accel X", "Accel Y", "Accel Z"]


def test_without_a_rate_the_board_keeps_its_own() -> None:
    script = ScriptedCyton(rate_sps=1000.0)
    info = make(script).open()
    assert b"~~" in script.written
    assert not any(command[:1] == b"~" and command != b"~~" for command in script.written)
    assert info.sampling_rate_hz == 1000.0


def test_without_a_rate_a_dongle_gets_the_one_it_carries() -> None:
    script = ScriptedCyton(rate_sps=1000.0)
    script.is_baud_limited = True
    board = make(script)
    assert board.open().sampling_rate_hz == 250.0
    assert script.written.index(b"~6") < script.written.index(b"x1050100X")
    assert "1000 SPS" in board.notes[0]


def test_firmware_that_does_not_tell_its_rate_runs_250() -> None:
    script = ScriptedCyton()
    for command in (b"~~", b">", b"/0"):
        del script.replies[command]
    assert make(script).open().sampling_rate_hz == 250.0


def test_a_rate_beyond_the_line_is_refused_where_the_line_is_a_uart() -> None:
    script = ScriptedCyton()
    script.is_baud_limited = True
    with pytest.raises(BoardConfigError, match=r"1000 SPS do not fit .* at 115200 baud, which carries 349"):
        make(script, "rate=1000").open()
    assert make(script, "rate=1000&baud=921600").open().sampling_rate_hz == 1000.0
    script.is_baud_limited = False
    assert make(script, "rate=4000").open().bandwidth_hz == pytest.approx(1048.0)


@pytest.mark.parametrize("options", ["rate=1000", ""])
def test_a_rate_beyond_the_line_names_the_baud_rate_at_which_the_board_was_found(options: str) -> None:
    class LeftAtAnotherBaud(ScriptedCyton):
        def write(self, data: bytes) -> None:
            if self.bauds[-1:] == [230_400]:
                super().write(data)

    script = LeftAtAnotherBaud(rate_sps=1000.0)
    script.is_baud_limited = True
    script.replies[b"\xf0\x07"] = b"Success: System is Up$$$"
    board = make(script, options)
    if options:
        with pytest.raises(BoardConfigError, match="do not fit through /dev/ttyUSB0 at 230400 baud, which carries 698"):
            board.open()
    else:
        board.open()
        assert board.notes == ["the board was set to 1000 SPS, which 230400 baud do not carry"]


def test_another_rate_than_requested_is_reported() -> None:
    script = ScriptedCyton()
    script.replies[b"~4"] = b"Success: Sample rate is 250Hz$$$"
    with pytest.raises(BoardConfigError, match="asked for 1000 SPS and answered 'Success: Sample rate is 250Hz'"):
        make(script, "rate=1000").open()
    assert script.n_closed == 1


@pytest.mark.parametrize("rate", [b"300", b"9" * 5000])
def test_a_rate_that_no_cyton_has_is_reported(rate: bytes) -> None:
    script = ScriptedCyton()
    script.replies[b"~~"] = b"Success: Sample rate is " + rate + b"Hz$$$"
    with pytest.raises(ProtocolError, match=rf"reports a rate of {rate[:12].decode()} SPS, which no Cyton has"):
        make(script).open()


def test_gain_and_role_of_each_channel() -> None:
    setup = Setup({1: ChannelSetup(role=Role.NEEDLE, gain=24), 3: ChannelSetup(gain=6), 4: ChannelSetup(role=Role.OFF)})
    script = ScriptedCyton()
    info = make(script, "gain=8", setup).open()
    assert script.written[-8:-4] == [b"x1060000X", b"x2040100X", b"x3030100X", b"x4141000X"]
    assert [channel.gain for channel in info.channels] == [24, 8, 6, 8, 8, 8, 8, 8]
    assert info.channels[0].role is Role.NEEDLE


def test_a_gain_that_the_chip_does_not_have() -> None:
    with pytest.raises(BoardConfigError, match="gain 10 on channel 2; a Cyton has 1, 2, 4, 6, 8, 12, 24"):
        make(ScriptedCyton(), "", Setup({2: ChannelSetup(gain=10)})).open()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("gain=5", "no gain=5"),
        ("rate=300", "no rate=300; it knows 250, 500"),
        ("daisy=maybe", "daisy=maybe is unknown; it is auto, yes, no, whole"),
        ("aux=pins", "aux=pins is unknown"),
        ("speed=2", "no option 'speed'"),
    ],
)
def test_options_that_make_no_sense(options: str, message: str) -> None:
    with pytest.raises(BoardConfigError, match=message):
        make(ScriptedCyton(), options)


def test_a_url_without_a_port() -> None:
    with pytest.raises(BoardConfigError, match="needs a port, as in cyton:/dev/ttyUSB0"):
        board_from_url(parse_board_url("cyton:"), Setup(), ManualClock())


@pytest.mark.parametrize("aux", ["analog", "digital", "marker"])
def test_board_modes(aux: str) -> None:
    script = ScriptedCyton()
    info = make(script, f"aux={aux}").open()
    assert {"analog": b"/2", "digital": b"/3", "marker": b"/4"}[aux] in script.written
    assert len(info.aux) == {"analog": 3, "digital": 5, "marker": 1}[aux]


def test_a_board_mode_that_is_not_confirmed() -> None:
    script = ScriptedCyton()
    del script.replies[b"/2"]
    with pytest.raises(BoardConfigError, match="aux=analog was requested and the board answered '': is the firmware"):
        make(script, "aux=analog").open()


def test_time_stamps_that_stay_on_are_reported() -> None:
    script = ScriptedCyton()
    script.replies[b">"] = b"Time stamp ON$$$"
    with pytest.raises(BoardConfigError, match="no time stamps were requested and the board answered 'Time stamp ON'"):
        make(script).open()


def test_a_dongle_whose_board_is_off() -> None:
    script = ScriptedCyton(banner=BOARD_OFF)
    script.replies[b"s"] = BOARD_OFF
    with pytest.raises(BoardNotFound, match="the dongle answers but the board is off or out of range"):
        make(script).open()
    assert script.n_closed == 1


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (b"", r"no answer: is this the right port, and is the dongle's switch on GPIO6\?"),
        (b"Failure: System is Down$$$", "the dongle answers but the board is off"),
        (b"Success: System is Up$$$", "the dongle hears the board but the board gives no answer"),
    ],
)
def test_silence(status: bytes, message: str) -> None:
    script = ScriptedCyton(banner=b"")
    script.replies[b"\xf0\x07"] = status
    board = make(script)
    with pytest.raises(BoardNotFound, match=message):
        board.open()
    assert script.written[:3] == [b"s", b"v", b"\xf0\x07"]
    looked_for = 2 * [230_400, 921_600] + 2 * [115_200]  # when nothing was received at all
    assert script.bauds == ([] if status else looked_for)
    assert board.clock.now_s() - 100.0 < (8.0 if status else 10.0)


def test_something_else_answers() -> None:
    with pytest.raises(ProtocolError, match="expected the banner of a Cyton and got 00 ff 13"):
        make(ScriptedCyton(banner=b"\x00\xff\x13")).open()


def test_a_board_that_dies_in_the_middle_of_its_settings() -> None:
    script = ScriptedCyton()
    script.confirm = lambda number: BOARD_OFF if number == 3 else b"Success: Channel set for %d$$$" % number
    with pytest.raises(BoardNotFound, match="board is off"):
        make(script).open()


def test_a_reply_that_the_radio_loses_is_asked_for_again() -> None:
    script = ScriptedCyton()
    seen: list[int] = []

    def confirm(number: int) -> bytes:
        seen.append(number)
        return b"" if seen == [1, 2] else b"Success: Channel set for %d$$$" % number

    script.confirm = confirm
    make(script).open()
    assert seen == [1, 2, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    "complaint",
    [
        b"Failure: too few chars$$$",
        b"Failure: Err: 9th char not X$$$",
        b"Failure: Err: too many chars$$$",
        b"Timeout processing multi byte message - please send all commands at once as of v2$$$",
    ],
)
def test_a_command_that_lost_a_byte_on_the_way_is_sent_again(complaint: bytes) -> None:
    script = ScriptedCyton()
    seen: list[int] = []

    def confirm(number: int) -> bytes:
        seen.append(number)
        return complaint if seen.count(4) == 1 and number == 4 else b"Success: Channel set for %d$$$" % number

    script.confirm = confirm
    make(script).open()
    assert seen == [1, 2, 3, 4, 4, 5, 6, 7, 8]


def test_a_rate_that_lost_a_byte_is_asked_for_again() -> None:
    class HalfHearing(ScriptedCyton):
        n_asked = 0

        def write(self, data: bytes) -> None:
            super().write(data)
            if data == b"~~":
                self.n_asked += 1
                if self.n_asked == 1:
                    self.waiting = (
                        b"Timeout processing multi byte message - please send all commands at once as of v2$$$"
                    )

    assert make(HalfHearing(rate_sps=1000.0)).open().sampling_rate_hz == 1000.0


def test_a_command_that_always_loses_a_byte_is_reported() -> None:
    script = ScriptedCyton()
    script.confirm = lambda _number: b"Timeout processing multi byte message$$$"
    with pytest.raises(ProtocolError, match="should answer 'Success: Channel set for 1' and got 'Timeout processing"):
        make(script).open()


def test_a_board_that_confirms_no_setting() -> None:
    script = ScriptedCyton()
    script.confirm = lambda _number: b""
    with pytest.raises(ProtocolError, match="should answer 'Success: Channel set for 1' and got nothing: is the firm"):
        make(script).open()


def test_a_setting_that_is_refused() -> None:
    script = ScriptedCyton()
    script.confirm = lambda _number: b"Failure: too few chars$$$"
    with pytest.raises(BoardConfigError, match="refused the command 'x1050100X': 'Failure: too few chars'"):
        make(script).open()


def test_a_setting_that_goes_to_another_channel() -> None:
    script = ScriptedCyton()
    script.confirm = lambda _number: b"Success: Channel set for 1$$$"
    with pytest.raises(
        ProtocolError, match=r"'x2050100X' should answer 'Success: Channel set for 2' and got .* for 1'"
    ):
        make(script).open()


def test_a_board_that_was_left_streaming() -> None:
    script = ScriptedCyton()
    script.is_streaming, script.started_s = True, 99.0
    assert make(script).open().name == "Cyton"


def test_daisy_that_is_not_wanted_is_removed() -> None:
    script = ScriptedCyton(banner=DAISY_BANNER)
    assert make(script, "daisy=no").open().n_channels == 8
    assert b"c" in script.written


def test_daisy_that_is_not_there() -> None:
    script = ScriptedCyton()
    script.replies[b"C"] = b"no daisy to attach!8$$$"
    with pytest.raises(BoardConfigError, match="daisy=yes, but the board finds no Daisy module"):
        make(script, "daisy=yes").open()


def test_a_board_that_comes_back_with_another_firmware_is_set_up_the_same_and_says_so() -> None:
    script = ScriptedCyton()
    first = make(script, "rate=250")
    with first:
        pass
    renewed = first.renew()
    assert first.banner is not None
    renewed._open_link = ScriptedCyton(BANNER.replace(first.banner.firmware.encode(), b"v9.9.9")).open
    with renewed:
        assert renewed.info == first.info
        assert renewed.notes == [
            f"the board's firmware was {first.banner.firmware} and is v9.9.9 now: is it another board? "
            "It is set up as the first was"
        ]
    with first.renew() as same:
        assert same.notes == []


def self_test_of(board: CytonBoard) -> CytonSelfTest:
    tested = board.self_test
    assert tested is not None
    return tested


@pytest.mark.parametrize("options", ["", "rate=500"])
def test_what_a_needle_channel_refuses(options: str) -> None:
    script = ScriptedCyton()
    with make(script, options, Setup({2: ChannelSetup(role=Role.NEEDLE)})) as board:
        n_written = len(script.written)
        tested = self_test_of(board)
        for command in (tested.start_lead_off_current, tested.stop_lead_off_current):
            with pytest.raises(BoardConfigError, match="a lead-off current on channel 2 is refused: a needle"):
                command(2)
        assert len(script.written) == n_written
        tested.start_lead_off_current(3)
        tested.stop_lead_off_current(3)
        assert script.written[-2:] == [b"z311Z", b"z300Z"]
        with pytest.raises(BoardConfigError, match="no channel 9"):
            tested.start_lead_off_current(9)


@pytest.mark.parametrize(
    ("options", "share"),
    [
        ("daisy=no&rate=250", 0.925),
        ("daisy=yes&rate=250", 0.855),
        ("daisy=whole&rate=250", 0.925),
        ("rate=1000", 0.995),
    ],
)
def test_what_the_filters_leave_of_the_lead_off_current(options: str, share: float) -> None:
    """The converter's sinc3 and, for means of two samples, the cosine of the phase of half a sample."""
    script = ScriptedCyton(banner=BANNER if "daisy" not in options else DAISY_BANNER)
    with make(script, options) as board:
        assert self_test_of(board).lead_off_share() == pytest.approx(share, abs=0.0005)


@pytest.mark.parametrize(
    ("number", "banner"), [(1, BANNER), (2, BANNER), (8, BANNER), (1, DAISY_BANNER), (16, DAISY_BANNER)]
)
def test_no_channel_gets_a_test_signal_while_one_has_a_needle(number: int, banner: bytes) -> None:
    script = ScriptedCyton(banner=banner)
    with make(script, "", Setup({number: ChannelSetup(role=Role.NEEDLE)})) as board:
        n_written = len(script.written)
        for signal in InternalSignal:
            with pytest.raises(BoardConfigError, match=f"a test signal on channel {number} is refused: a needle"):
                self_test_of(board).connect_internal_signal(signal)
        assert len(script.written) == n_written


def test_internal_signals_and_back() -> None:
    script = ScriptedCyton()
    with make(script) as board:
        tested = self_test_of(board)
        tested.connect_internal_signal(InternalSignal.TEST_SIGNAL)
        tested.connect_electrodes()
        assert script.written[-9:] == [b"-", *[b"x%d050100X" % number for number in range(1, 9)]]
        board.start()
        with pytest.raises(AcquisitionError, match="call stop"):
            tested.connect_electrodes()
    with pytest.raises(AcquisitionError, match="call open"):
        tested.connect_electrodes()
    assert board.self_test is None
