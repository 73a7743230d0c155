"""Packets out of the bytes of the wire; no port, no clock."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from acquisition.link import _framing
from acquisition.link.protocol import AUX_BYTES, N_CHIP_CHANNELS, PACKET_BYTES


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What some bytes of the wire held.

    Attributes
    ----------
    counts : ndarray of int32, shape (n_frames, 8)
        Samples, exactly the 24-bit values.
    counters : ndarray of uint8, shape (n_frames,)
        Sample counters of the board.
    tails : ndarray of uint8, shape (n_frames,)
        Last bytes, which tell the layout of `aux` (`acquisition.link.aux_layouts`).
    aux : ndarray of uint8, shape (n_frames, 6)
        Auxiliary bytes.
    text : bytes
        Printable bytes that stood between packets; a zero byte stands where there were other bytes.
    """

    counts: NDArray[np.int32]
    counters: NDArray[np.uint8]
    tails: NDArray[np.uint8]
    aux: NDArray[np.uint8]
    text: bytes

    @property
    def n_frames(self) -> int:
        """Number of packets."""
        return len(self.counters)


class PacketScanner(Protocol):
    """The search itself: `_framing.Scanner`, or its slow twin in `acquisition.link.reference`, which describes it."""

    @property
    def n_frames(self) -> int:
        """Packets found by the last scan."""

    @property
    def n_text(self) -> int:
        """Text bytes found by the last scan."""

    @property
    def n_consumed(self) -> int:
        """Bytes that the last scan needs no longer."""

    @property
    def n_rejected(self) -> int:
        """Heads so far that began no packet."""

    @property
    def n_discarded(self) -> int:
        """Bytes so far that no packet claimed."""

    def scan(
        self,
        data: NDArray[np.uint8],
        counts: NDArray[np.int32],
        counters: NDArray[np.uint8],
        tails: NDArray[np.uint8],
        aux: NDArray[np.uint8],
        text: NDArray[np.uint8],
    ) -> None:
        """Find the packets and the text in `data`."""


class Framer:
    """Cut the bytes of the wire into packets, whatever they are and however they are chunked.

    Parameters
    ----------
    scanner : PacketScanner, optional
        The search; the compiled one by default.
    """

    def __init__(self, scanner: PacketScanner | None = None) -> None:
        self._scanner: PacketScanner = scanner if scanner is not None else _framing.Scanner()
        self._rest = b""

    @property
    def frames_rejected(self) -> int:
        """Head bytes so far that began no packet: the search went on inside what followed them."""
        return self._scanner.n_rejected

    @property
    def bytes_discarded(self) -> int:
        """Bytes so far that belong to no packet, text included."""
        return self._scanner.n_discarded

    @property
    def bytes_pending(self) -> int:
        """Bytes that wait for more, at most 65."""
        return len(self._rest)

    def feed(self, data: bytes) -> Frames:
        """Return the packets and the text that `data`, after what came before, completes. Never raises."""
        wire = self._rest + data
        n_most = len(wire) // PACKET_BYTES
        counts = np.empty((n_most, N_CHIP_CHANNELS), np.int32)
        counters = np.empty(n_most, np.uint8)
        tails = np.empty(n_most, np.uint8)
        aux = np.empty((n_most, AUX_BYTES), np.uint8)
        text = np.empty(len(wire), np.uint8)
        scanner = self._scanner
        scanner.scan(np.frombuffer(wire, np.uint8), counts, counters, tails, aux, text)
        self._rest = wire[scanner.n_consumed :]
        n_frames = scanner.n_frames
        return Frames(
            counts[:n_frames],
            counters[:n_frames],
            tails[:n_frames],
            aux[:n_frames],
            text[: scanner.n_text].tobytes(),
        )
