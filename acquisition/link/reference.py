"""Search for packets in plain Python: the slow twin and the description of `acquisition.link._framing`."""

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
"""Largest number of bytes left for the next scan: a packet whose last payload byte could be the head of another."""


class _Verdict(Enum):
    NO = auto()
    YES = auto()
    LATER = auto()
    """More bytes are needed to decide."""


def _is_tail(byte: int) -> bool:
    return TAIL_FIRST <= byte <= TAIL_LAST


def _is_text(byte: int) -> bool:
    return 0x20 <= byte <= 0x7E or byte in b"\r\n"


def _follows(packet: bytes) -> _Verdict:
    """Return whether the tail is in place and followed by a head with the next counter."""
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
    """Return whether the expected tail, or a head, is among the auxiliary bytes."""
    return any(byte in (tail, HEAD) for byte in packet[AUX_OFFSET : AUX_OFFSET + AUX_BYTES])


def _is_joined(packet: bytes) -> _Verdict:
    """Return whether a loss of bytes has joined the start of one packet to that of a later one."""
    for seam in range(1, TAIL_OFFSET):
        if packet[seam] == HEAD and _is_tail(packet[seam - 1]):
            verdict = _follows(packet[seam:])
            if verdict is not _Verdict.NO:
                return verdict
    return _Verdict.NO


class ReferenceScanner:
    """Search for packets, one byte at a time.

    A head byte begins a packet when its tail is in place and one of these conditions holds:

    - The previous packet ends exactly here, or only text lies between and the counter is the next one.

      Exception: a loss of bytes has joined two packets. Then there are a tail and a head inside, and that head begins
      a packet followed by a head with the next counter.

      If the counter has jumped, a head must follow: otherwise garbage right after a packet passes for a packet, one
      time in 9000. If the tail of the previous packet, or a head, is among the auxiliary bytes, a head or the next
      counter (whose head was lost) must follow: bytes of the packet itself may have been lost and replaced by foreign
      ones after it.
    - A head with the next counter follows. This is required after a loss and at the start: a payload that contains the
      head byte at a constant position, on a railed or flat channel, is not followed by such a counter.

    Otherwise the search continues one byte further, *inside* the rejected bytes. Printable bytes that belong to no
    packet are text; each run of other bytes leaves one zero in the text. At most 65 bytes are left for the next call.
    Every decision depends on the bytes alone, so the chunking does not change the result.

    Attributes
    ----------
    n_frames, n_text, n_consumed : int
        Packets and text bytes found by the last scan, and bytes consumed by it.
    n_rejected : int
        Number of head bytes so far that did not begin a packet.
    n_discarded : int
        Number of bytes so far that belong to no packet, including text.
    """

    def __init__(self) -> None:
        self.n_frames = 0
        self.n_text = 0
        self.n_consumed = 0
        self.n_rejected = 0
        self.n_discarded = 0
        self._is_contiguous = False
        self._saw_only_text = False
        self._gap_is_reported = True
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
        """Find the packets and the text in `data`, which begins with the bytes not consumed by the last scan.

        Parameters
        ----------
        data : ndarray of uint8, shape (n_bytes,)
            Received bytes.
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
            self._gap_is_reported = False
        else:
            self._saw_only_text = False
            if self._gap_is_reported:
                return
            self._gap_is_reported = True
            byte = 0
        text[self.n_text] = byte
        self.n_text += 1
