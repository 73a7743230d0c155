"""The Cyton driver against a scripted board: bytes sent → bytes answered, every step and every failure."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition.core import (
    AcquisitionError,
    Block,
    BoardConfigError,
    BoardNotFound,
    ChannelSetup,
    Clock,
    InternalSignal,
    LinkError,
    ManualClock,
    ProtocolError,
    Role,
    Setup,
    ads1299_microvolts_per_count,
    parse_board_url,
)
from acquisition.drivers._cyton_options import options_from_url
from acquisition.drivers.cyton import CytonBoard, board_from_url
from acquisition.link.encoding import encode_packets
from acquisition.link.protocol import Tail

BANNER = b"OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x3E\nLIS3DH Device ID: 0x33\nFirmware: v3.1.2\n$$$"
DAISY_BANNER = BANNER.replace(b"LIS3DH", b"On Daisy ADS1299 Device ID: 0x3E\nLIS3DH")
BOARD_OFF = b"Failure: Communications timeout - Device failed to poll Host$$$"


class ScriptedCyton:
    """A board that answers by a table and streams by the clock.

    Attributes
    ----------
    replies : dict of bytes to bytes
        Answers; a command that is not in it stays without one.
    written : list of bytes
        What was written, one item a write.
    rate_sps : float
        Packets a second while streaming.
    """

    def __init__(self, banner: bytes = BANNER, rate_sps: float = 250.0) -> None:
        self.clock: Clock = ManualClock(100.0)
        self.is_baud_limited = False
        self.latency_advice = ""
        self.rate_sps = rate_sps
        self.written: list[bytes] = []
        self.replies: dict[bytes, bytes] = {
            b"v": banner,
            b"~~": b"Success: Sample rate is %dHz$$$" % rate_sps,
            b"/0": b"Success: default$$$",
            b"/2": b"Success: analog$$$",
            b"/3": b"Success: digital$$$",
            b"/4": b"Success: marker$$$",
            b"c": b"daisy removed$$$",
            b"C": b"16$$$",
            b"-": b"Success: Configured internal test signal.$$$",
        }
        for digit, rate in enumerate([16000, 8000, 4000, 2000, 1000, 500, 250]):
            self.replies[b"~%d" % digit] = b"Success: Sample rate is %dHz$$$" % rate
        self.confirm: Callable[[int], bytes] = lambda number: b"Success: Channel set for %d$$$" % number
        self.waiting = b""
        self.n_closed = 0
        self.bauds: list[int] = []
        self.is_streaming = False
        self.n_made = 0
        self.tail = Tail.ACCEL
        self.on_packet: Callable[[int, bytes], bytes] = lambda _number, packet: packet
        self.packets = encode_packets(np.random.default_rng(3).integers(-(2**23), 2**23, (4096, 8), dtype=np.int32))

    def open(self, _port: str, _baud: int, clock: Clock) -> "ScriptedCyton":
        self.clock = clock
        return self

    def reply_to(self, command: bytes) -> bytes:
        letters = b"12345678QWERTYUI"
        if command[:1] == b"x" and command[-1:] == b"X" and len(command) == 9:
            return self.confirm(letters.index(command[1:2]) + 1)
        if command[:1] == b"z" and command[-1:] == b"Z" and len(command) == 5:
            return b"Success: Lead off set for %d$$$" % (letters.index(command[1:2]) + 1)
        return b""

    def write(self, data: bytes) -> None:
        self.written.append(data)
        if data == b"b":
            self.is_streaming, self.started_s, self.n_made = True, self.clock.now_s(), 0
        elif data == b"s":
            self.is_streaming = False
        self.waiting += self.replies.get(data, self.reply_to(data))

    def read_available(self, timeout_s: float) -> bytes:
        if not self.waiting and timeout_s > 0.0:
            self.clock.wait_s(min(timeout_s, 1.0 / self.rate_sps) if self.is_streaming else timeout_s)
        if self.is_streaming:
            n_due = int((self.clock.now_s() - self.started_s) * self.rate_sps + 1e-6)
            for number in range(self.n_made, n_due):
                self.waiting += self.on_packet(number, self.packet(number))
            self.n_made = n_due
        data, self.waiting = self.waiting, b""
        return data

    def packet(self, number: int) -> bytes:
        packet = self.packets[number % 4096].copy()
        packet[1] = number % 256
        packet[32] = self.tail
        return packet.tobytes()

    def counts(self, first: int, stop: int) -> NDArray[np.int32]:
        big_endian = self.packets[first:stop, 2:26].reshape(-1, 8, 3).astype(np.int32)
        value = (big_endian[:, :, 0] << 16) | (big_endian[:, :, 1] << 8) | big_endian[:, :, 2]
        return value - ((value & 0x800000) << 1)

    def set_baud(self, baud: int) -> None:
        self.bauds.append(baud)

    def close(self) -> None:
        self.n_closed += 1


def make(script: ScriptedCyton, options: str = "", setup: Setup | None = None) -> CytonBoard:
    url = parse_board_url(f"cyton:/dev/ttyUSB0{'?' if options else ''}{options}")
    return CytonBoard(options_from_url(url), setup, ManualClock(100.0), script.open)


def read_until(board: CytonBoard, n_samples: int) -> list[Block]:
    blocks = []
    while board.next_index < n_samples:
        block = board.read(0.1)
        assert block is not None
        if block.n_samples:
            blocks.append(block)
    assert all(before.end_index == after.first_index for before, after in pairwise(blocks))
    return blocks


def joined(blocks: list[Block]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    return (
        np.concatenate([block.counts for block in blocks]),
        np.concatenate([block.aux for block in blocks]),
        np.concatenate([block.valid for block in blocks]),
    )


def test_the_handshake_in_its_order() -> None:
    script = ScriptedCyton()
    info = make(script, "rate=250").open()
    settings = [b"x%d050100X" % number for number in range(1, 9)]
    assert script.written == [b"s", b"v", b"~6", b"/0", *settings]
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
    for command in (b"~~", b"/0"):
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


def test_another_rate_than_asked_is_told() -> None:
    script = ScriptedCyton()
    script.replies[b"~4"] = b"Success: Sample rate is 250Hz$$$"
    with pytest.raises(BoardConfigError, match="asked for 1000 SPS and answered 'Success: Sample rate is 250Hz'"):
        make(script, "rate=1000").open()
    assert script.n_closed == 1


def test_a_dongle_that_goes_back_to_250_stops_with_the_reason() -> None:
    script = ScriptedCyton(rate_sps=250.0)
    board = make(script, "rate=1000")
    board.start()
    with pytest.raises(BoardConfigError, match=r"asked for 1000 .* sends 250: the dongle carries 250 SPS only"):
        read_until(board, 1000)
    assert board.n_lost == 0
    board.close()


def test_gain_and_role_of_each_channel() -> None:
    setup = Setup({1: ChannelSetup(role=Role.NEEDLE, gain=24), 3: ChannelSetup(gain=6), 4: ChannelSetup(role=Role.OFF)})
    script = ScriptedCyton()
    info = make(script, "gain=8", setup).open()
    assert script.written[-8:-4] == [b"x1060000X", b"x2040100X", b"x3030100X", b"x4040100X"]
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
    with pytest.raises(BoardConfigError, match="aux=analog was asked for and the board answered '': is the firmware"):
        make(script, "aux=analog").open()


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
    assert script.bauds == ([] if status else [230_400, 921_600, 115_200])  # looked for where nothing was heard
    assert board.clock.now_s() - 100.0 < 8.0


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


def test_every_count_exactly_and_aux_held() -> None:
    script = ScriptedCyton()
    script.packets[:, 26:32] = 0
    script.packets[::10, 26:32] = [0, 1, 255, 254, 0, 100]
    with make(script) as board:
        board.start()
        counts, aux, valid = joined(read_until(board, 1000))
    np.testing.assert_array_equal(counts[:1000], script.counts(0, 1000))
    assert np.all(aux == [1, -2, 100])
    assert valid.all()
    assert script.written[-2:] == [b"b", b"s"]
    assert script.n_closed == 1


def test_lost_packets_keep_their_place() -> None:
    script = ScriptedCyton()
    gone = {5, 6, 100, *range(300, 556), *range(600, 700)}
    script.on_packet = lambda number, packet: b"" if number in gone else packet
    with make(script) as board:
        board.start()
        counts, _, valid = joined(read_until(board, 1200))
        assert board.n_lost == len(gone)
        unwrapper = board._stream.unwrapper if board._stream else None
        assert unwrapper is not None
        assert unwrapper.n_lost == len(gone)
    np.testing.assert_array_equal(np.flatnonzero(~valid[:1200]), sorted(gone))
    np.testing.assert_array_equal(counts[:1200][valid[:1200]], script.counts(0, 1200)[valid[:1200]])
    np.testing.assert_array_equal(counts[300:556], np.repeat(script.counts(299, 300), 256, axis=0))


def test_markers_keep_their_sample() -> None:
    script = ScriptedCyton()
    script.tail = Tail.RAW_AUX
    script.packets[:, 26:32] = 0
    script.packets[77, 26:28] = [0, ord("1")]
    with make(script, "aux=marker") as board:
        board.start()
        _, aux, _ = joined(read_until(board, 100))
    assert np.flatnonzero(aux[:, 0]).tolist() == [77]
    assert aux[77, 0] == ord("1")


def test_starting_again_begins_at_zero() -> None:
    script = ScriptedCyton()
    with make(script) as board:
        for _ in range(2):
            board.start()
            blocks = read_until(board, 50)
            assert blocks[0].first_index == 0
            np.testing.assert_array_equal(blocks[0].counts, script.counts(0, blocks[0].n_samples))
            board.stop()
        board.close()
    assert script.n_closed == 1


@pytest.mark.parametrize("options", ["", "daisy=yes"])
def test_daisy_channels_from_even_and_odd_packets(options: str) -> None:
    script = ScriptedCyton(banner=DAISY_BANNER)
    gone = {40, 61, 62, 63}
    script.on_packet = lambda number, packet: b"" if number in gone else packet
    with make(script, options) as board:
        info = board.info
        assert (info.name, info.sampling_rate_hz, info.n_channels) == ("CytonDaisy", 125.0, 16)
        assert info.bandwidth_hz == pytest.approx(46.0)  # sinc3 at 250 SPS and the mean of two samples
        assert script.written[-8:] == [b"x%c050100X" % letter for letter in b"QWERTYUI"]
        board.start()
        counts, _, valid = joined(read_until(board, 200))
    # Sample 0 has no valid second half; 20 and 31 lost one half, 30 its other one.
    assert np.flatnonzero(~valid[:200]).tolist() == [0, 20, 30, 31]
    raw = script.counts(0, 400)
    expected = np.concatenate([raw[1::2], raw[0::2]], axis=1)
    np.testing.assert_array_equal(counts[:200][valid[:200]], expected[valid[:200]])


def test_daisy_that_is_not_wanted_is_removed() -> None:
    script = ScriptedCyton(banner=DAISY_BANNER)
    assert make(script, "daisy=no").open().n_channels == 8
    assert b"c" in script.written


def test_daisy_that_is_not_there() -> None:
    script = ScriptedCyton()
    script.replies[b"C"] = b"no daisy to attach!8$$$"
    with pytest.raises(BoardConfigError, match="daisy=yes, but the board finds no Daisy module"):
        make(script, "daisy=yes").open()


def test_a_board_that_stops_sending() -> None:
    script = ScriptedCyton()
    script.on_packet = lambda number, packet: b"" if number >= 500 else packet
    board = make(script)
    board.start()
    with pytest.raises(LinkError, match="stopped sending 2 s ago: is it switched off, its battery empty"):
        read_until(board, 2000)
    assert board.clock.now_s() - script.started_s == pytest.approx(4.0, abs=0.15)
    board.close()


def test_a_board_that_never_sends() -> None:
    script = ScriptedCyton()
    script.on_packet = lambda _number, _packet: b""
    board = make(script)
    board.start()
    with pytest.raises(LinkError, match="sent nothing within 2 s of its start"):
        read_until(board, 1)


def test_bytes_that_are_no_packets() -> None:
    script = ScriptedCyton()
    script.on_packet = lambda _number, _packet: b"\x55" * 33
    board = make(script)
    board.start()
    with pytest.raises(LinkError, match="sends bytes, but no packets of a Cyton"):
        read_until(board, 1)


def test_an_old_dongle_that_shifts_every_packet() -> None:
    script = ScriptedCyton()
    script.on_packet = lambda _number, packet: b"\xa0\x41" + packet[1:31] + b"\xc0"
    board = make(script)
    board.start()
    with pytest.raises(LinkError, match="one byte too many into each packet: its firmware is version 1"):
        read_until(board, 1)


def test_a_radio_that_overflows_is_told_after_the_last_sample() -> None:
    text = b"Failure: Board RFduino buffer overflowed. Soft reset command sent to Board.$$$"
    script = ScriptedCyton()
    script.on_packet = lambda number, packet: packet if number < 100 else text if number == 100 else b""
    board = make(script)
    board.start()
    with pytest.raises(LinkError, match=r"broke off: Failure: Board RFduino buffer overflowed.*open it again"):
        read_until(board, 200)
    assert board.next_index == 100


def test_samples_that_come_with_the_trouble_are_handed_on() -> None:
    script = ScriptedCyton()
    trouble = b"Failure: Communications timeout - Device failed to poll Host$$$"
    script.on_packet = lambda number, packet: packet + trouble if number == 99 else packet if number < 99 else b""
    board = make(script)
    board.start()
    with pytest.raises(LinkError, match="broke off: Failure: Communications timeout"):
        read_until(board, 200)
    assert board.next_index == 100


def test_the_true_rate_helps_to_count_what_a_silence_lost() -> None:
    script = ScriptedCyton(rate_sps=252.5)
    with make(script, "rate=250") as board:
        board.start()
        read_until(board, 1500)
        assert board._stream is not None
        assert board._stream.unwrapper.sampling_rate_hz == pytest.approx(252.5, rel=1e-3)


def test_text_that_is_no_trouble() -> None:
    script = ScriptedCyton()
    script.on_packet = lambda number, packet: packet + (b",Time stamp ON$$$" if number == 50 else b"")
    with make(script) as board:
        board.start()
        read_until(board, 100)
        assert board.n_lost == 0


def test_an_unplugged_board_is_told_and_closes() -> None:
    script = ScriptedCyton()

    def vanish(number: int, packet: bytes) -> bytes:
        if number == 60:
            raise LinkError("the board was unplugged")
        return packet

    script.on_packet = vanish
    board = make(script)
    board.start()
    with pytest.raises(LinkError, match="unplugged"):
        read_until(board, 100)
    board.close()
    board.close()
    assert script.n_closed == 1


def test_a_stall_of_the_host_loses_nothing() -> None:
    script = ScriptedCyton(rate_sps=1000.0)
    with make(script, "rate=1000") as board:
        board.start()
        for n_samples in (500, 1100, 2000, 3500):
            read_until(board, n_samples)
            board.clock.wait_s(0.5)
        counts, _, _ = joined(read_until(board, 4000))
        assert board.n_lost == 0
    assert len(counts)


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


def test_what_a_needle_channel_refuses() -> None:
    script = ScriptedCyton()
    with make(script, "", Setup({2: ChannelSetup(role=Role.NEEDLE)})) as board:
        n_written = len(script.written)
        with pytest.raises(BoardConfigError, match="test signals on channel 2 is refused: a needle"):
            board.connect_internal_signal(InternalSignal.TEST_SIGNAL)
        for command in (board.start_lead_off_current, board.stop_lead_off_current):
            with pytest.raises(BoardConfigError, match="a lead-off current on channel 2 is refused: a needle"):
                command(2)
        assert len(script.written) == n_written
        board.start_lead_off_current(3)
        board.stop_lead_off_current(3)
        assert script.written[-2:] == [b"z311Z", b"z300Z"]
        with pytest.raises(BoardConfigError, match="no channel 9"):
            board.start_lead_off_current(9)


def test_internal_signals_and_back() -> None:
    script = ScriptedCyton()
    with make(script) as board:
        board.connect_internal_signal(InternalSignal.TEST_SIGNAL)
        board.connect_electrodes()
        assert script.written[-9:] == [b"-", *[b"x%d050100X" % number for number in range(1, 9)]]
        board.start()
        with pytest.raises(AcquisitionError, match="call stop"):
            board.connect_electrodes()
    with pytest.raises(AcquisitionError, match="call open"):
        board.connect_electrodes()
