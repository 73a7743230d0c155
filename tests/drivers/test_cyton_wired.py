"""Cyton driver on a scripted wired board."""

import pytest

from acquisition.core import BoardConfigError, BoardNotFound, LinkError, ReturningBoard
from acquisition.drivers._cyton_console import parse_banner
from acquisition.drivers._cyton_wired import is_wired, loss_report
from tests.drivers.scripted_cyton import BANNER, ScriptedCyton, make

WIRED_BANNER = (
    b"OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x3E\n"
    b"TwitchScope ADS1299 board, last reset: power-on\nFirmware: v3.1.2-ts2\n$$$"
)
COUNTS = b"\nLast stream\nconversions 20000\noverruns %d\nSPI faults %d\ndropped packets %d\n$$$"


def wired(rate_sps: float = 250.0) -> ScriptedCyton:
    script = ScriptedCyton(WIRED_BANNER, rate_sps)
    for number in range(1, 9):
        script.replies[b"n%d0" % number] = b"Success: No needle on %d$$$" % number
    script.replies[b"\xf0\x0a"] = b"Success: Switch your baud rate to 921600$$$"
    script.replies[b"\xf0\x07"] = b"Success: System is Up$$$"
    script.replies[b"?"] = COUNTS % (0, 0, 0)
    return script


def test_the_firmware_tells_which_board_it_is() -> None:
    assert is_wired(parse_banner(WIRED_BANNER).firmware)
    assert not is_wired(parse_banner(BANNER).firmware)
    assert not is_wired("v3.1.2-ts" + "9" * 5000)


def test_the_baud_rate_follows_the_rate_and_is_lowered_at_the_end() -> None:
    script = wired()
    board = make(script, "rate=2000")
    board.open()
    assert script.bauds == [921_600]
    assert script.written.index(b"\xf0\x0a") < script.written.index(b"~3")
    board.close()
    assert script.written[-1] == b"\xf0\x05"


def test_what_250_sps_need_is_left_alone() -> None:
    script = wired()
    board = make(script)
    board.open()
    board.close()
    assert script.bauds == []
    assert b"\xf0\x05" not in script.written


def test_a_board_that_is_not_heard_at_the_new_rate() -> None:
    script = wired()
    script.replies[b"\xf0\x07"] = b""
    with pytest.raises(BoardConfigError, match="went to 921600 baud and is not heard there: does the serial adapter"):
        make(script, "rate=1000").open()


def test_a_converter_that_does_not_work_is_reported_at_the_opening() -> None:
    sick = WIRED_BANNER.replace(b"\nTwitch", b"\nFailure: ADS1299 gives no DRDY: check the DRDY wire\nTwitch")
    with pytest.raises(LinkError, match="its converter does not: ADS1299 gives no DRDY: check the DRDY wire"):
        make(ScriptedCyton(sick)).open()


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((0, 0, 0), ""),
        ((3, 0, 0), "the board itself lost samples: 3 read too late"),
        ((1, 0, 12), "the board itself lost samples: 1 read too late; 12 for which the line had no room"),
    ],
)
def test_losses_in_words(counts: tuple[int, int, int], told: str) -> None:
    assert loss_report(COUNTS % counts) == told
    assert loss_report(b"") == loss_report(b"overruns " + b"9" * 5000) == ""


def test_losses_are_noted_when_the_stream_ends() -> None:
    script = wired()
    script.replies[b"?"] = COUNTS % (0, 7, 0)
    board = make(script)
    board.start()
    board.stop()
    assert [note.partition(":")[2][:9] for note in board.notes] == [" 7 broken"]


def test_a_silent_board_is_let_go_of_at_once() -> None:
    """Since it does not answer queries either, the driver does not wait for its loss counters."""
    script = wired()
    with ReturningBoard(make(script)) as board:
        board.start()
        while board.next_index < 100:
            board.read(0.1)
        script.replies.clear()
        script.is_streaming = False
        silent_s = board.clock.now_s()
        while not any("waiting for it to come back" in note for note in board.notes):
            board.read(0.1)
        assert board.clock.now_s() - silent_s < 2.5
        script.replies.update(wired().replies)


def test_a_board_that_had_half_heard_a_command_is_known_by_its_banner() -> None:
    class HalfHearing(ScriptedCyton):
        n_resets = 0

        def reply_to(self, command: bytes) -> bytes:
            if command != b"v":
                return super().reply_to(command)
            self.n_resets += 1
            return WIRED_BANNER if self.n_resets > 1 else b"Timeout processing multi byte message - please send$$$"

    script = HalfHearing()
    script.replies = wired().replies
    del script.replies[b"v"]
    with make(script) as board:
        assert board.info.name == "TwitchScope ADS1299"


def test_an_adapter_without_a_baud_rate_does_not_end_the_search() -> None:
    class Adapter(ScriptedCyton):
        def set_baud(self, baud: int) -> None:
            if baud == 230_400:
                raise LinkError("cannot be set to 230400 baud")
            super().set_baud(baud)

    script = Adapter(banner=b"")
    with pytest.raises(BoardNotFound, match="no answer: is this the right port"):
        make(script).open()
    assert script.bauds == [921_600, 921_600, 115_200, 115_200]


def test_a_sync_pulse_is_asked_for_once_by_whoever_reads() -> None:
    script = wired()
    board = make(script)
    board.pulse_sync()  # the board is not streaming yet
    board.start()
    assert board.has_sync_output
    board.pulse_sync()
    assert b"o" not in script.written
    for _ in range(3):
        board.read(0.1)
    assert script.written.count(b"o") == 1


@pytest.mark.parametrize("breaks", ["before", "at it"])
def test_a_sync_pulse_that_a_break_swallows_is_reported(breaks: str) -> None:
    class Breaking(ScriptedCyton):
        def read_available(self, timeout_s: float) -> bytes:
            if breaks == "before" and self.is_streaming:
                board.pulse_sync()
                raise LinkError("the port is gone")
            return super().read_available(timeout_s)

        def write(self, data: bytes) -> None:
            if data == b"o":
                raise LinkError("the port is gone")
            super().write(data)

    script = wired()
    breaking = Breaking(WIRED_BANNER)
    breaking.replies = script.replies
    board = make(breaking)
    with ReturningBoard(board) as returning:
        returning.start()
        if breaks == "at it":
            returning.pulse_sync()
        returning.read(0.1)
        returning.stop()  # before the first attempt to reopen it
        assert [note for note in returning.notes if "sync pulse" in note] == [
            "no sync pulse was sent: the stream broke off or ended before it was"
        ]


@pytest.mark.parametrize(("version", "options"), [("v3.1.2-ts1", ""), ("v3.1.2", ""), ("v3.1.2-ts2", "aux=marker")])
def test_a_board_whose_samples_tell_of_no_pulse_is_asked_for_none(version: str, options: str) -> None:
    script = wired()
    script.replies[b"v"] = WIRED_BANNER.replace(b"v3.1.2-ts2", version.encode())
    board = make(script, options)
    board.start()
    assert not board.has_sync_output
    board.pulse_sync()
    board.read(0.1)
    assert b"o" not in script.written
