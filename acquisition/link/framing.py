"""Extraction of packets from a byte stream, without port or clock."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from acquisition.link import _framing
from acquisition.link.protocol import AUX_BYTES, N_CHIP_CHANNELS, PACKET_BYTES


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Packets and text found in the byte stream.

    Attributes
    ----------
    counts : ndarray of int32, shape (n_frames, 8)
        Samples, the unchanged 24-bit values.
    counters : ndarray of uint8, shape (n_frames,)
        Sample counters of the board.
    tails : ndarray of uint8, shape (n_frames,)
        Last bytes, which give the layout of `aux` (`acquisition.link.aux_layouts`).
    aux : ndarray of uint8, shape (n_frames, 6)
        Auxiliary bytes.
    text : bytes
        Printable bytes between packets; a zero byte stands for each run of other bytes.
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
    """Search for packets: `_framing.Scanner` or its slow twin in `acquisition.link.reference`, which describes it."""

    @property
    def n_frames(self) -> int:
        """Number of packets found by the last scan."""

    @property
    def n_text(self) -> int:
        """Number of text bytes found by the last scan."""

    @property
    def n_consumed(self) -> int:
        """Number of bytes consumed by the last scan."""

    @property
    def n_rejected(self) -> int:
        """Number of head bytes so far that did not begin a packet."""

    @property
    def n_discarded(self) -> int:
        """Number of bytes so far that belong to no packet."""

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
    """Splitter of a byte stream into packets, for any content and any chunking.

    Parameters
    ----------
    scanner : PacketScanner, optional
        Search for packets; the compiled one by default.
    """

    def __init__(self, scanner: PacketScanner | None = None) -> None:
        self._scanner: PacketScanner = scanner if scanner is not None else _framing.Scanner()
        self._rest = b""

    @property
    def frames_rejected(self) -> int:
        """Number of head bytes so far that did not begin a packet; the search continued in the bytes after them."""
        return self._scanner.n_rejected

    @property
    def bytes_discarded(self) -> int:
        """Number of bytes so far that belong to no packet, including text."""
        return self._scanner.n_discarded

    @property
    def bytes_pending(self) -> int:
        """Number of bytes that wait for more, at most 65."""
        return len(self._rest)

    def feed(self, data: bytes) -> Frames:
        """Return the packets and the text completed by `data`. Never raises."""
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
