import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from acquisition.simulated.cyton.firmware import CytonFirmware
from acquisition.simulated.scenario import load_scenario

BANNER = b"OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x3E\nLIS3DH Device ID: 0x33\nFirmware: v3.1.2\n$$$"


def board(rate_hz: int = 250, n_daisy_channels: int = 0, clock_error: float = 0.0) -> CytonFirmware:
    return CytonFirmware(load_scenario(), 1, rate_hz, n_daisy_channels=n_daisy_channels, clock_error=clock_error)


@pytest.fixture(scope="module")
def idle() -> CytonFirmware:
    """Return a shared board; each test that uses it starts with `v`."""
    return board()


def counts_of(packets: NDArray[np.uint8]) -> NDArray[np.int64]:
    parts = packets[:, 2:26].reshape(-1, 8, 3).astype(np.int64)
    values = parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    return np.where(values >= 1 << 23, values - (1 << 24), values)


def words_of(packets: NDArray[np.uint8]) -> NDArray[np.int16]:
    return packets[:, 26:32].copy().view(">i2").astype(np.int16)


REPLIES = [
    (b"v", BANNER),
    (b"V", b"v3.1.5$$$"),
    (b"D", b"060110$$$"),
    (b"d", b"updating channel settings to default$$$"),
    (b"~~", b"Success: Sample rate is 250Hz$$$"),
    (b"~4", b"Success: Sample rate is 1000Hz$$$"),
    (b"~6", b"Success: Sample rate is 250Hz$$$"),
    (b"~7", b"Failure: sample value out of bounds$$$"),
    (b"~x", b"Failure: invalid sample value$$$"),
    (b"//", b"Success: default$$$"),
    (b"/2", b"Success: analog$$$"),
    (b"/3", b"Success: digital$$$"),
    (b"/4", b"Success: marker$$$"),
    (b"/0", b"Success: default$$$"),
    (b"/6", b"Failure: board mode value out of bounds.$$$"),
    (b"/x", b"Failure: invalid board mode value.$$$"),
    (b"x1050100X", b"Success: Channel set for 1$$$"),
    (b"xI060110X", b"Success: Channel set for 16$$$"),
    (b"x?060110X", b"Success: Channel set for 1$$$"),
    (b"x106X", b"Failure: too few chars$$$"),
    (b"x10601100", b"Failure: Err: 9th char not X$$$"),
    (b"z110Z", b"Success: Lead off set for 1$$$"),
    (b"z1Z", b"Failure: too few chars$$$"),
    (b"z1100", b"Failure: Err: 5th char not Z$$$"),
    (b"0", b"Success: Configured internal test signal.$$$"),
    (b"p", b"Success: Configured internal test signal.$$$"),
    (b"<", b"Time stamp ON$$$"),
    (b">", b"Time stamp OFF$$$"),
    (b"c", b""),
    (b"C", b"no daisy to attach!8$$$"),
    (b"j", b"No open file to close\r\n$$$"),
    (b"{", b"Failure: Wifi not attached$$$"),
    (b"1!2@$4`1 .,9", b""),
    (b"x1060110Xx2060110X", b"Success: Channel set for 1$$$Success: Channel set for 2$$$"),
]


@pytest.mark.parametrize(("command", "reply"), REPLIES)
def test_replies_are_those_of_the_stock_firmware(idle: CytonFirmware, command: bytes, reply: bytes) -> None:
    idle.receive(b"~6/0>v", 0.0)
    assert idle.receive(command, 1.0) == reply


def test_the_banner_fits_what_brainflow_reads() -> None:
    banner = board(n_daisy_channels=8).receive(b"v", 0.0)
    assert b"On Daisy ADS1299 Device ID: 0x3E\n" in banner
    assert len(banner) <= 500


def test_a_streaming_board_says_nothing() -> None:
    streaming = board()
    assert streaming.receive(b"bV~~//x1050100Xz110Zd?D<c", 0.0) == b""
    assert streaming.is_streaming
    assert streaming.receive(b"s", 1.0) == b""
    assert streaming.receive(b"V", 1.0) == b"v3.1.5$$$"


def test_reset_keeps_rate_mode_and_time_stamps_and_loses_the_channel_settings() -> None:
    tried = board()
    tried.receive(b"~4/4<x1050000Xb", 0.0)
    assert tried.receive(b"v", 1.0) == BANNER
    assert not tried.is_streaming
    assert tried.receive(b"~~//", 1.0) == b"Success: Sample rate is 1000Hz$$$Success: marker$$$"
    assert tried.stamps_time
    assert tried.bank.states[0].gain == 24


def test_a_new_rate_loses_gains_and_the_kind_of_lead_off() -> None:
    tried = board()
    tried.receive(b"x1050000X", 0.0)
    assert tried.bank.states[0].gain == 12
    tried.receive(b"~5", 0.0)
    assert tried.bank.states[0].gain == 24
    assert b"LOFF, 04, 00" in tried.receive(b"?", 0.0)


def test_defaults_end_the_lead_off_currents() -> None:
    tried = board()
    tried.receive(b"z111Z", 0.0)
    assert tried.bank.states[0].lead_off_p
    tried.receive(b"d", 0.0)
    assert not any(state.lead_off_p or state.lead_off_n for state in tried.bank.states)


def test_an_unfinished_command_times_out_after_a_second() -> None:
    tried = board()
    assert tried.receive(b"x10", 5.0) == b""
    assert tried.expire(5.9) == b""
    assert tried.expire(6.0).startswith(b"Timeout processing multi byte message")
    assert tried.expire(8.0) == b""
    assert tried.receive(b"V", 8.0) == b"v3.1.5$$$"


def test_the_register_dump_is_that_of_a_real_board() -> None:
    text = board().receive(b"?", 0.0).decode("ascii")
    lines = text.splitlines()
    assert lines[:2] == ["", "Board ADS Registers"]
    assert lines[2] == "ADS_ID, 00, 3E, 0, 0, 1, 1, 1, 1, 1, 0"
    assert lines[3] == "CONFIG1, 01, 96, 1, 0, 0, 1, 0, 1, 1, 0"
    values = {line.split(", ")[0]: line.split(", ")[2] for line in lines[2:26]}
    assert len(values) == 24
    assert (values["CONFIG3"], values["CH1SET"], values["BIAS_SENSP"], values["MISC1"]) == ("EC", "68", "FF", "00")
    accelerometer = lines[lines.index("LIS3DH Registers") + 1 :]
    assert accelerometer[8:11] == ["0x0F 33", "", "0x1F 00"]
    assert (accelerometer[0], accelerometer[-2:]) == ("0x07 00", ["0x3D 00", "$$$"])
    assert text.endswith("$$$")


def test_the_test_signal_is_made_inside_from_the_first_command_for_it_on() -> None:
    tried = board()
    assert b"CONFIG2, 02, C0" in tried.receive(b"?", 0.0)
    tried.receive(b"x1055100Xb", 0.0)
    assert np.abs(counts_of(tried.packets(0.2))[:, 0]).max() < 100  # noise only
    assert b"CONFIG2, 02, D0" in tried.receive(b"s0?", 0.2)
    assert b"CONFIG2, 02, D5" in tried.receive(b"]?", 0.2)
    assert b"CONFIG2, 02, D5" in tried.receive(b"0?", 0.2)
    assert b"CONFIG2, 02, C0" in tried.receive(b"v?", 0.2)


def test_settings_show_in_the_registers() -> None:
    tried = board(n_daisy_channels=8)
    tried.receive(b"x1050100Xx2161011Xz310ZxQ000000X=", 0.0)
    board_part, daisy_part = tried.receive(b"?", 0.0).decode("ascii").split("Daisy ADS Registers")
    assert "CONFIG1, 01, B6" in board_part
    assert "CONFIG2, 02, D1" in board_part
    assert "CH1SET, 05, 55" in board_part  # gain 12, test signal
    assert "CH2SET, 06, ED" in board_part  # off, gain 24, SRB2, test signal
    assert "MISC1, 15, 20" in board_part
    assert "LOFF_SENSP, 0F, 04" in board_part
    assert "CH1SET, 05, 05" in daisy_part


@pytest.mark.parametrize("rate_hz", [250, 1000, 16_000])
def test_packets_come_in_time_with_counters_that_go_on(rate_hz: int) -> None:
    tried = board(rate_hz)
    tried.receive(b"b", 10.0)
    packets = np.concatenate([tried.packets(10.0 + 0.004 * tick) for tick in range(251)])
    assert packets.shape == (rate_hz, 33)
    assert np.all(packets[:, 0] == 0xA0)
    assert np.all(packets[:, -1] == 0xC0)
    assert np.array_equal(packets[:, 1], np.arange(rate_hz) % 256)


def test_the_clock_may_be_fast() -> None:
    tried = board(clock_error=0.01)
    tried.receive(b"b", 0.0)
    assert sum(len(tried.packets(0.1 * tick)) for tick in range(101)) == 2525


def test_every_start_begins_the_session_and_the_counter_anew() -> None:
    tried = board()
    runs = []
    for _ in range(2):
        tried.receive(b"b", 0.0)
        runs.append(tried.packets(0.1))
        tried.receive(b"s", 0.1)
        assert len(tried.packets(5.0)) == 0
    assert np.array_equal(*runs)
    assert runs[0][0, 1] == 0


def test_no_payload_byte_is_constant() -> None:
    tried = board()
    tried.receive(b"x1050100Xb", 0.0)
    packets = np.concatenate([tried.packets(0.2 * tick) for tick in range(1, 20)])
    low_bytes = packets[:, [4 + 3 * channel for channel in range(8)]]
    assert all(len(np.unique(column)) > 50 for column in low_bytes.T)


def test_gain_scales_and_power_down_silences() -> None:
    def counts_after(commands: bytes) -> NDArray[np.int64]:
        tried = board()
        tried.receive(commands + b"b", 0.0)
        return counts_of(tried.packets(0.2))

    plain, changed = counts_after(b""), counts_after(b"x1050100X2")
    assert np.allclose(2.0 * changed[:, 0], plain[:, 0], atol=400)
    assert not changed[:, 1].any()
    assert np.array_equal(changed[:, 2:], plain[:, 2:])


def test_inputs_deliver_what_they_are_set_to() -> None:
    tried = board()
    tried.receive(b"0b", 0.0)
    shorted = np.concatenate([counts_of(tried.packets(0.2 * tick)) for tick in range(1, 10)])
    assert np.std(shorted[:, 0]) * 0.02235 == pytest.approx(0.14, rel=0.1)  # ADS1299 at gain 24 and 250 SPS
    tried.receive(b"s-b", 2.0)
    test_signal = np.concatenate([counts_of(tried.packets(2.0 + 0.2 * tick)) for tick in range(1, 10)])
    assert np.abs(test_signal[:, 0]) == pytest.approx(83_886, abs=60)
    assert {-1, 1} == set(np.sign(test_signal[:, 0]).tolist())


def test_lead_off_current_measures_the_electrodes() -> None:
    tried = board()
    tried.receive(b"z110Zb", 0.0)
    first = np.concatenate([counts_of(tried.packets(0.2 * tick)) for tick in range(1, 21)])[:, 0] * 0.0223517
    time_s = np.arange(first.size) / 250.0
    wave_uv = 2.0 * np.abs(np.mean(first * np.exp(-2j * np.pi * 31.25 * time_s)))
    sinc3 = np.sinc(31.25 / 250.0) ** 3
    true_ohm = tried.bank._impedances_ohm[0]
    assert wave_uv / (0.006 * 4.0 / np.pi * sinc3) - 2200.0 == pytest.approx(true_ohm, rel=0.05)  # a square wave


def test_a_command_while_streaming_restarts_the_counter() -> None:
    tried = board()
    tried.receive(b"b", 0.0)
    tried.packets(0.2)
    tried.receive(b"x1050100X", 0.2)
    assert tried.packets(0.4)[0, 1] == 0


def test_the_accelerometer_comes_in_about_every_tenth_packet() -> None:
    tried = board()
    tried.receive(b"b", 0.0)
    words = np.concatenate([words_of(tried.packets(0.2 * tick)) for tick in range(1, 51)])
    carries = words.any(axis=1)
    assert 230 < np.count_nonzero(carries) < 255
    assert words[carries, 2].mean() * 0.000125 == pytest.approx(0.99, abs=0.01)
    assert np.all(words[carries, 0] != 0)
    assert {0, 1} == set((np.flatnonzero(carries) % 2).tolist())


def test_markers_stand_in_one_packet() -> None:
    tried = board()
    tried.receive(b"/4b", 0.0)
    tried.packets(0.1)
    tried.receive(b"`1", 0.1)
    packets = tried.packets(0.2)
    assert set(packets[:, -1]) == {0xC1}
    assert words_of(packets)[:, 0].tolist() == [0x31] + [0] * (len(packets) - 1)
    tried.receive(b"`\xff", 0.2)
    assert words_of(tried.packets(0.22))[0, 0] == -1


def test_time_stamps_count_milliseconds_since_boot() -> None:
    tried = board()
    tried.receive(b"<b", 7.0)
    packets = tried.packets(7.1)
    assert packets[:, -1].tolist() == [0xC3] + [0xC4] * (len(packets) - 1)
    stamps_ms = packets[:, 28:32].copy().view(">u4")[:, 0]
    assert stamps_ms.tolist() == [7000 + 4 * (index + 1) for index in range(len(packets))]
    axes = words_of(packets)[:, 0]
    assert [bool(axes[counter]) for counter in range(10)] == [False] * 7 + [True] * 3


def test_a_daisy_takes_turns_and_averages() -> None:
    tried = board(n_daisy_channels=8)
    assert tried.receive(b"C", 0.0) == b"16$$$"
    tried.receive(b"b", 0.0)
    packets = tried.packets(0.2)
    counts = counts_of(packets)
    daisy, main = counts[2::2], counts[1::2]
    assert np.abs(np.diff(daisy, axis=0)).max() < np.abs(daisy - main[: len(daisy)]).max()
    assert tried.receive(b"sc", 0.2) == b"daisy removed$$$"
    assert tried.receive(b"C", 0.2) == b"daisy attached16$$$"


def test_a_removed_daisy_leaves_eight_channels_unaveraged() -> None:
    with_daisy, without = board(n_daisy_channels=8), board(n_daisy_channels=8)
    without.receive(b"cb", 0.0)
    with_daisy.receive(b"b", 0.0)
    alone, mixed = counts_of(without.packets(0.2)), counts_of(with_daisy.packets(0.2))
    assert np.array_equal(mixed[3], np.trunc((alone[3] + alone[2]) / 2).astype(np.int64))


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=12), max_size=8))
def test_no_bytes_break_it(idle: CytonFirmware, writes: list[bytes]) -> None:
    now_s = 0.0
    for data in writes:
        # Rates above 1000 SPS are omitted: each needs a new patient, which is slow to create.
        reply = idle.receive(data.replace(b"~", b"/"), now_s)
        assert reply == b"" or b"$$$" in reply
        assert idle.packets(now_s).shape[1] == 33
        now_s += 0.01
    idle.expire(now_s + 5.0)
    assert idle.receive(b"v", now_s + 5.0).endswith(b"Firmware: v3.1.2\n$$$")
