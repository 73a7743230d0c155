"""The search for packets in plain Python: the slow twin of `acquisition.link._framing`, and its description."""

from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from acquisition.link.protocol import (
    AUX_BYTES,
    AUX_OFFSET,
    COUNTER_OFFSET,
    COUNTER_PERIOD,
    HEAD,
    N_CHIP_CHANNELS,
    PACKET_BYTES,
    SAMPLE_BYTES,
    SAMPLES_OFFSET,
    TAIL_FIRST,
    TAIL_LAST,
    TAIL_OFFSET,
)

MAX_PENDING_BYTES = 65
"""Most bytes that a scan leaves for the next: a packet whose last payload byte could be the head of another."""


class _Verdict(Enum):
    NO = auto()
    YES = auto()
    LATER = auto()
    """More bytes are needed to tell."""


def _is_tail(byte: int) -> bool:
    return TAIL_FIRST <= byte <= TAIL_LAST


def _is_text(byte: int) -> bool:
    return 0x20 <= byte <= 0x7E or byte in b"\r\n"


def _follows(packet: bytes) -> _Verdict:
    """Tell whether a tail stands in place and behind it a head whose counter goes on by one."""
    if len(packet) <= TAIL_OFFSET:
        return _Verdict.LATER
    if not _is_tail(packet[TAIL_OFFSET]):
        return _Verdict.NO
    if len(packet) <= PACKET_BYTES:
        return _Verdict.LATER
    if packet[PACKET_BYTES] != HEAD:
        return _Verdict.NO
    if len(packet) <= PACKET_BYTES + COUNTER_OFFSET:
        return _Verdict.LATER
    goes_on = packet[PACKET_BYTES + COUNTER_OFFSET] == (packet[COUNTER_OFFSET] + 1) % COUNTER_PERIOD
    return _Verdict.YES if goes_on else _Verdict.NO


def _may_be_filled_up(packet: bytes, tail: int) -> bool:
    """Tell whether the tail that belongs here, or the head behind it, stands among the auxiliary bytes."""
    return any(byte in (tail, HEAD) for byte in packet[AUX_OFFSET : AUX_OFFSET + AUX_BYTES])


def _is_joined(packet: bytes) -> _Verdict:
    """Tell whether the start of one packet and the start of the next were joined by a loss of bytes between."""
    for seam in range(1, TAIL_OFFSET):
        if packet[seam] == HEAD and _is_tail(packet[seam - 1]):
            verdict = _follows(packet[seam:])
            if verdict is not _Verdict.NO:
                return verdict
    return _Verdict.NO


class ReferenceScanner:
    """Search for packets, one byte at a time.

    A head byte begins a packet when its tail is in place and one of these holds:

    - the packet before it ends right here, or only text stands between and the counter goes on by one; unless a loss
      has joined two packets, which shows in a tail and a head inside and a packet in count behind that head. A head
      must follow where the counter has jumped, since garbage right behind a packet passes for one otherwise, one time
      in 9000. Where the tail of the packet before, or a head, stands among the auxiliary bytes, a head must follow too,
      or the counter whose head was lost: bytes of the packet itself may have been lost then, and strange ones behind
      it have filled it up.
    - a head follows whose counter goes on by one. This is what it takes after a loss and at the start: a payload
      that happens to hold the head byte at a constant place, on a railed or flat channel, has no counter behind it.

    Otherwise the search goes on one byte further, *inside* the rejected bytes. What no packet claims is text where
    it is printable; other bytes leave one zero in the text. At most 65 bytes are left for the next call, and every
    decision rests on bytes alone, so that the chunking changes nothing.

    Attributes
    ----------
    n_frames, n_text, n_consumed : int
        Packets and text bytes found by the last scan, and bytes it needs no longer.
    n_rejected : int
        Heads so far that began no packet.
    n_discarded : int
        Bytes so far that no packet claimed, text included.
    """

    def __init__(self) -> None:
        self.n_frames = 0
        self.n_text = 0
        self.n_consumed = 0
        self.n_rejected = 0
        self.n_discarded = 0
        self._is_contiguous = False
        self._saw_only_text = False
        self._gap_is_told = True
        self._last_counter = 0
        self._last_tail = TAIL_FIRST

    def scan(
        self,
        data: NDArray[np.uint8],
        counts: NDArray[np.int32],
        counters: NDArray[np.uint8],
        tails: NDArray[np.uint8],
        aux: NDArray[np.uint8],
        text: NDArray[np.uint8],
    ) -> None:
        """Find the packets and the text in `data`, which begins with what the last scan did not consume.

        Parameters
        ----------
        data : ndarray of uint8, shape (n_bytes,)
            Bytes of the wire.
        counts : ndarray of int32, shape (≥ n_bytes // 33, 8)
            Receives the samples.
        counters, tails : ndarray of uint8, shape (≥ n_bytes // 33,)
            Receive the sample counters and the last bytes.
        aux : ndarray of uint8, shape (≥ n_bytes // 33, 6)
            Receives the auxiliary bytes.
        text : ndarray of uint8, shape (≥ n_bytes,)
            Receives the text.
        """
        wire = data.tobytes()
        place = 0
        self.n_frames = self.n_text = 0
        while place < len(wire):
            verdict = self._judge(wire[place : place + MAX_PENDING_BYTES + 1]) if wire[place] == HEAD else None
            if verdict is _Verdict.LATER:
                break
            if verdict is _Verdict.YES:
                packet = wire[place : place + PACKET_BYTES]
                row = self.n_frames
                for channel in range(N_CHIP_CHANNELS):
                    start = SAMPLES_OFFSET + SAMPLE_BYTES * channel
                    counts[row, channel] = int.from_bytes(packet[start : start + SAMPLE_BYTES], "big", signed=True)
                counters[row] = packet[COUNTER_OFFSET]
                tails[row] = packet[TAIL_OFFSET]
                aux[row] = list(packet[AUX_OFFSET : AUX_OFFSET + AUX_BYTES])
                self.n_frames += 1
                place += PACKET_BYTES
                self._last_counter = packet[COUNTER_OFFSET]
                self._last_tail = packet[TAIL_OFFSET]
                self._is_contiguous = self._saw_only_text = True
                continue
            self.n_rejected += verdict is _Verdict.NO
            self._discard(wire[place], text)
            place += 1
        self.n_consumed = place

    def _judge(self, packet: bytes) -> _Verdict:
        if len(packet) <= TAIL_OFFSET:
            return _Verdict.LATER
        if not _is_tail(packet[TAIL_OFFSET]):
            return _Verdict.NO
        is_next = packet[COUNTER_OFFSET] == (self._last_counter + 1) % COUNTER_PERIOD
        if self._is_contiguous or (self._saw_only_text and is_next):
            joined = _is_joined(packet)
            if joined is not _Verdict.NO:
                return _Verdict.LATER if joined is _Verdict.LATER else _Verdict.NO
            if is_next and not _may_be_filled_up(packet, self._last_tail):
                return _Verdict.YES
            if len(packet) <= PACKET_BYTES:
                return _Verdict.LATER
            is_head_lost = is_next and packet[PACKET_BYTES] == (packet[COUNTER_OFFSET] + 1) % COUNTER_PERIOD
            return _Verdict.YES if packet[PACKET_BYTES] == HEAD or is_head_lost else _Verdict.NO
        return _follows(packet)

    def _discard(self, byte: int, text: NDArray[np.uint8]) -> None:
        self._is_contiguous = False
        self.n_discarded += 1
        if _is_text(byte):
            self._gap_is_told = False
        else:
            self._saw_only_text = False
            if self._gap_is_told:
                return
            self._gap_is_told = True
            byte = 0
        text[self.n_text] = byte
        self.n_text += 1
