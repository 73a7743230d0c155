"""Cyton driver on a streaming scripted board: the index of every sample, and every way in which a stream ends."""

import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition.core import Block, BoardConfigError, LinkError
from acquisition.link.protocol import Tail
from tests.drivers.scripted_cyton import DAISY_BANNER, ScriptedCyton, make, read_until


def joined(blocks: list[Block]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    return (
        np.concatenate([block.counts for block in blocks]),
        np.concatenate([block.aux for block in blocks]),
        np.concatenate([block.valid for block in blocks]),
    )


def test_a_dongle_that_goes_back_to_250_stops_with_the_reason() -> None:
    script = ScriptedCyton(rate_sps=250.0)
    board = make(script, "rate=1000")
    board.start()
    with pytest.raises(BoardConfigError, match=r"asked for 1000 .* sends 250: the dongle carries 250 SPS only"):
        read_until(board, 1000)
    assert board.n_lost == 0
    board.close()


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
    # Sample 0 has no valid second half; 20 and 31 lost one half, and 30 lost the other.
    assert np.flatnonzero(~valid[:200]).tolist() == [0, 20, 30, 31]
    raw = script.counts(0, 400)
    expected = np.concatenate([raw[1::2], raw[0::2]], axis=1)
    np.testing.assert_array_equal(counts[:200][valid[:200]], expected[valid[:200]])


def test_a_board_that_stops_sending() -> None:
    script = ScriptedCyton()
    script.on_packet = lambda number, packet: b"" if number >= 500 else packet
    board = make(script)
    board.start()
    with pytest.raises(LinkError, match="stopped sending 2 s ago: is it switched off, its battery empty"):
        read_until(board, 2000)
    assert board.clock.now_s() - script.started_s == pytest.approx(4.0, abs=0.15)
    board.close()


class Pausing(ScriptedCyton):
    """Board whose data of each `pause_s` arrive all at once."""

    pause_s, n_handed = 0.0, 1

    def read_available(self, timeout_s: float) -> bytes:
        if not self.is_streaming:
            return super().read_available(timeout_s)
        next_s = self.started_s + self.n_handed * self.pause_s - self.clock.now_s()
        if next_s > timeout_s:
            self.clock.wait_s(timeout_s)
            return b""
        self.clock.wait_s(next_s)
        self.n_handed += 1
        return super().read_available(0.0)


@pytest.mark.parametrize(("pause_s", "n_told"), [(0.016, 0), (0.5, 0), (0.75, 0), (1.0, 1)])
def test_bursts_and_stalls_are_no_silence_and_what_is_one_is_reported_within_a_second(
    pause_s: float, n_told: int
) -> None:
    script = Pausing()
    script.pause_s = pause_s
    with make(script) as board:
        board.start()
        n_notes_then = 0
        while board.clock.now_s() - script.started_s < 0.95:
            board.read(0.1)
            n_notes_then = len(board.notes)
        assert n_notes_then == n_told
        read_until(board, 240)
        assert board.n_lost == 0
        assert len([note for note in board.notes if "nothing has come from the board for 0." in note]) == n_told


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


def test_a_radio_that_overflows_is_reported_after_the_last_sample() -> None:
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


def test_an_unplugged_board_is_reported_and_closes() -> None:
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


@pytest.mark.parametrize("off_ppm", [0.0, 90.0, -90.0])
def test_a_sleep_of_an_hour_is_as_long_in_the_index_as_the_boards_counter_says(off_ppm: float) -> None:
    sleep_s, rate_sps = 3600.0, 250.0 * (1.0 + off_ppm * 1e-6)
    script = ScriptedCyton()
    script.rate_sps = rate_sps
    with make(script) as board:
        board.start()
        read_until(board, 5000)
        n_before = script.n_made
        board.clock.wait_s(sleep_s)
        script.n_made += round(sleep_s * rate_sps)  # it continued unread: at 250 SPS its counter is 160 further
        counts, _, valid = joined(read_until(board, n_before + round(sleep_s * rate_sps) + 500))
    assert np.count_nonzero(~valid) / rate_sps == pytest.approx(sleep_s, abs=0.1)
    last = board.next_index
    np.testing.assert_array_equal(counts[-1:], script.counts((last - 1) % 4096, (last - 1) % 4096 + 1))
