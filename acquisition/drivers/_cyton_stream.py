"""Conversion of the bytes of a streaming Cyton to runs of consecutive samples."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from acquisition.drivers._cyton_console import parse_banner
from acquisition.link.aux_layouts import AuxDecoder, AuxMode
from acquisition.link.counter import CounterUnwrapper
from acquisition.link.framing import Framer, Frames
from acquisition.link.protocol import FAILURE, HEAD, RAW_HEAD, REPLY_END

MAX_TEXT_BYTES = 1024
"""Largest text between packets that is kept until its end mark comes."""

BANNER_MARK = b"On Board ADS1299"
"""Text that the board sends only after a reset."""

MAX_HEAD_BYTES = 4096
"""Number of first bytes of a stream kept until a packet is found, to diagnose a stream without packets."""

N_INVALID_MEANS = 1
"""Number of invalid pairs when packets are means of two samples: the first pair lacks the sample before it."""

SHIFTED_HEADS = 8
"""Number of `HEAD`, `RAW_HEAD` pairs that do not occur by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Run of consecutive samples: index of the first, counts (n, n_channels) and auxiliary columns (n, n_aux)."""

    first_index: int
    counts: NDArray[np.int32]
    aux: NDArray[np.int32]


class CytonStream:
    """Decoder of one stream of a board, from its start to its stop.

    Parameters
    ----------
    packet_rate_hz : float
        Nominal packet rate in packets per second.
    start_s : float
        Time of the host's monotonic clock when the start command was sent, in seconds.
    aux_mode : AuxMode
        Content of the auxiliary bytes.
    has_daisy : bool
        True when even packets carry the second chip.
    n_invalid_pairs : int
        Number of pairs of packets at the start without a valid sample.

    Attributes
    ----------
    framer : Framer
        Framer, whose totals count the bytes outside packets.
    unwrapper : CounterUnwrapper
        Unwrapper, whose totals count the lost packets.
    n_packets : int
        Number of packets found so far.
    """

    def __init__(
        self,
        packet_rate_hz: float,
        start_s: float,
        aux_mode: AuxMode,
        has_daisy: bool,
        n_invalid_pairs: int = N_INVALID_MEANS,
    ) -> None:
        self.framer = Framer()
        self.unwrapper = CounterUnwrapper(packet_rate_hz, start_s, aligned_to=2 if has_daisy else 1)
        self.n_packets = 0
        self._aux = AuxDecoder(aux_mode)
        self._pairs = DaisyPairs(aux_mode, n_invalid_pairs) if has_daisy else None
        self._undecided: list[Frames] = []
        self._text = b""
        self._head = b""

    def feed(self, data: bytes, now_s: float) -> list[Run]:
        """Return the samples decided by `data`, which is everything that had arrived by `now_s`."""
        frames = self.framer.feed(data)
        self.n_packets += frames.n_frames
        if not self.n_packets:
            self._head = (self._head + data)[:MAX_HEAD_BYTES]
        self._text = (self._text + frames.text)[-MAX_TEXT_BYTES:]
        indices = self.unwrapper.unwrap(frames.counters, now_s)
        if frames.n_frames:
            self._undecided.append(frames)
        if not indices.size:
            return []
        decided = self._take()
        counts, aux = decided.counts, self._aux.decode(decided.counters, decided.tails, decided.aux)
        kept = indices >= 0
        if not kept.all():
            indices, counts, aux = indices[kept], counts[kept], aux[kept]
        if self._pairs is not None:
            indices, counts, aux = self._pairs.join(indices, counts, aux)
        return _runs(indices, counts, aux)

    def failure(self) -> str:
        """Return an error message of the dongle or the board between packets, once; empty when there is none."""
        while REPLY_END in self._text:
            message, _, self._text = self._text.partition(REPLY_END)
            if BANNER_MARK in message:
                return f"it was reset in mid-stream ({parse_banner(message).last_reset or 'why?'})"
            start = message.rfind(FAILURE)
            if start >= 0:
                return message[start:].decode("ascii", "replace").strip(": \r\n")
        return ""

    def why_no_packets(self, silence_s: float) -> str:
        """Return the likely cause of a silence of `silence_s`, from the data before it."""
        if self.n_packets:
            likely = "is it switched off, its battery empty, or too far away?"
            return f"the board stopped sending {silence_s:g} s ago: {likely}"
        if self.is_shifted:
            likely = "its firmware is version 1, and the board's is newer"
            return f"the dongle puts one byte too many into each packet: {likely}"
        if self.n_bytes_without_packet:
            return "the board sends bytes, but no packets of a Cyton: is it another device, or another baud rate?"
        return (
            f"the board sent nothing within {silence_s:g} s of its start: is its battery empty, or was it switched off?"
        )

    @property
    def n_bytes_without_packet(self) -> int:
        """Number of bytes kept while no packet has been found."""
        return len(self._head)

    @property
    def is_shifted(self) -> bool:
        """True when the bytes come from an old dongle, which inserts one extra byte before the counter."""
        return not self.n_packets and self._head.count(bytes([HEAD, RAW_HEAD])) >= SHIFTED_HEADS

    def _take(self) -> Frames:
        """Return the undecided packets; the unwrapper decides all of them or none."""
        waiting, self._undecided = self._undecided, []
        if len(waiting) == 1:
            return waiting[0]
        return Frames(
            np.concatenate([frames.counts for frames in waiting]),
            np.concatenate([frames.counters for frames in waiting]),
            np.concatenate([frames.tails for frames in waiting]),
            np.concatenate([frames.aux for frames in waiting]),
            b"",
        )


class DaisyPairs:
    """Pairing of even packets (second chip, channels 9 to 16) with the odd ones after them (channels 1 to 8).

    Parameters
    ----------
    aux_mode : AuxMode
        Content of the auxiliary bytes: the later value of a pair is used, of markers the nonzero one.
    n_invalid : int
        Number of pairs at the start without a valid sample.
    """

    def __init__(self, aux_mode: AuxMode, n_invalid: int = N_INVALID_MEANS) -> None:
        self._is_marker = aux_mode is AuxMode.MARKER
        self._n_invalid = n_invalid
        self._rest: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]] | None = None

    def join(
        self, indices: NDArray[np.int64], counts: NDArray[np.int32], aux: NDArray[np.int32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """Return indices, counts (n, 16) and aux of the samples of which both halves are present."""
        if self._rest is not None:
            indices = np.concatenate([self._rest[0], indices])
            counts = np.concatenate([self._rest[1], counts])
            aux = np.concatenate([self._rest[2], aux])
        is_pair = (indices[:-1] % 2 == 0) & (np.diff(indices) == 1) & (indices[:-1] >= 2 * self._n_invalid)
        even = np.flatnonzero(is_pair)
        self._rest = (indices[-1:], counts[-1:], aux[-1:])
        joined = np.concatenate([counts[even + 1], counts[even]], axis=1)
        later = aux[even + 1]
        if self._is_marker:
            later = np.where(later != 0, later, aux[even])
        return indices[even] // 2, joined, later


def _runs(indices: NDArray[np.int64], counts: NDArray[np.int32], aux: NDArray[np.int32]) -> list[Run]:
    if not indices.size:
        return []
    first_index = int(indices[0])
    if int(indices[-1]) - first_index == indices.size - 1:
        return [Run(first_index, counts, aux)]
    cuts = [0, *(np.flatnonzero(np.diff(indices) != 1) + 1).tolist(), indices.size]
    return [Run(int(indices[start]), counts[start:stop], aux[start:stop]) for start, stop in pairwise(cuts)]
