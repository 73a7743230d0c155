"""Scripted Cyton that answers from a table and streams by the clock, and the driver on it."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from acquisition.core import Block, Clock, ManualClock, Setup, parse_board_url
from acquisition.drivers._cyton_options import options_from_url
from acquisition.drivers.cyton import CytonBoard
from acquisition.link.encoding import encode_packets
from acquisition.link.protocol import Tail

BANNER = b"OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x3E\nLIS3DH Device ID: 0x33\nFirmware: v3.1.2\n$$$"
DAISY_BANNER = BANNER.replace(b"LIS3DH", b"On Daisy ADS1299 Device ID: 0x3E\nLIS3DH")
BOARD_OFF = b"Failure: Communications timeout - Device failed to poll Host$$$"


class ScriptedCyton:
    """Board that answers from a table and streams by the clock.

    Attributes
    ----------
    replies : dict of bytes to bytes
        Answers by command; other commands are not answered.
    written : list of bytes
        Written bytes, one item per write.
    rate_sps : float
        Packets per second while streaming.
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
            b">": b"Time stamp OFF$$$",
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
