"""Helpers shared by all readers: blocks of fixed length from the pieces that a file format provides."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from acquisition.core import Block, BoardInfo, RecordingError
from acquisition.recording.lost_stretches import Stretch
from acquisition.recording.recording import BLOCK_S

RATES_HZ = (0.1, 1e6)
"""Plausible range of sampling rates; a rate outside of it is rejected."""

GIVE_RATE = "give --rate to analyze, check or review, and ?rate= to playback:"
"""Hint in messages about a file that does not state its sampling rate."""

MAX_RECORDING_S = 31 * 86_400.0
"""Longest plausible duration. A recording that claims to be longer than a month has a broken clock."""


def block_length(info: BoardInfo, n_samples: int | None) -> int:
    """Return the requested block length in samples, or by default that of `BLOCK_S`.

    Raises
    ------
    ValueError
        If it is below 1.
    """
    if n_samples is None:
        return max(1, round(BLOCK_S * info.sampling_rate_hz))
    if n_samples < 1:
        raise ValueError(f"a block has at least one sample, not {n_samples}")
    return n_samples


def assemble(pieces: Iterable[Block], info: BoardInfo, n_total: int, n_samples: int) -> Iterator[Block]:
    """Yield blocks of `n_samples` from pieces of any length.

    Parameters
    ----------
    pieces : iterable of Block
        In order. A gap between two pieces is filled with the last value and marked invalid.
    info : BoardInfo
        Board description of the recording.
    n_total : int
        Samples of the whole recording. Further samples are cut off; missing ones are filled with the last value.
    n_samples : int
        Length of the blocks.
    """
    gapless = _without_gaps(pieces, info, n_total, n_samples)
    n_filled, first_index = 0, 0
    held: list[Block] = []
    for piece in gapless:
        start = 0
        while start < piece.n_samples:
            part = piece[start : start + n_samples - n_filled]
            held.append(part)
            n_filled += part.n_samples
            start += part.n_samples
            if n_filled == n_samples:
                yield _joined(held, first_index, info)
                first_index += n_filled
                n_filled, held = 0, []
    if n_filled:
        yield _joined(held, first_index, info)


def _without_gaps(pieces: Iterable[Block], info: BoardInfo, n_total: int, n_most: int) -> Iterator[Block]:
    index = 0
    counts = np.zeros((1, info.n_channels), np.int32)
    aux = np.zeros((1, len(info.aux)), np.int32)
    n_most = max(1, min(n_most, 65_536))

    def hold(stop: int) -> Iterator[Block]:
        for first in range(index, stop, n_most):
            n_held = min(n_most, stop - first)
            yield Block(first, counts.repeat(n_held, 0), aux.repeat(n_held, 0), np.zeros(n_held, np.bool_), 0.0)

    for piece in pieces:
        yield from hold(min(piece.first_index, n_total))
        index = max(index, min(piece.first_index, n_total))
        part = piece[max(0, index - piece.first_index) : max(0, n_total - piece.first_index)]
        if part.n_samples:
            yield part
            index = part.end_index
            counts, aux = part.counts[-1:].copy(), part.aux[-1:].copy()
    yield from hold(n_total)


def _joined(parts: list[Block], first_index: int, info: BoardInfo) -> Block:
    counts = np.ascontiguousarray(np.concatenate([part.counts for part in parts]))
    return Block(
        first_index,
        counts,
        np.ascontiguousarray(np.concatenate([part.aux for part in parts])),
        np.concatenate([part.valid for part in parts]),
        (first_index + len(counts) - 1) / info.sampling_rate_hz,
    )


def mark_lost(pieces: Iterable[Block], lost: Sequence[Stretch]) -> Iterator[Block]:
    """Yield the pieces with the samples in `lost` marked invalid; the stretches must be sorted and disjoint."""
    stops = [stop for _, stop in lost]
    for piece in pieces:
        valid = piece.valid
        number = bisect_right(stops, piece.first_index)
        if number < len(lost) and lost[number][0] < piece.end_index:
            valid = valid.copy()
            while number < len(lost) and lost[number][0] < piece.end_index:
                start, stop = lost[number]
                valid[max(0, start - piece.first_index) : stop - piece.first_index] = False
                number += 1
        yield Block(piece.first_index, piece.counts, piece.aux, valid, piece.arrival_s)


def require_believable(n_samples: int, sampling_rate_hz: float) -> None:
    """Reject an implausible sampling rate or length.

    Raises
    ------
    RecordingError
        If the rate is outside of `RATES_HZ`, or the recording is longer than `MAX_RECORDING_S`.
    """
    if not RATES_HZ[0] <= sampling_rate_hz <= RATES_HZ[1]:
        raise RecordingError(
            f"a sampling rate of {sampling_rate_hz:g} Hz cannot be true: expected {RATES_HZ[0]:g} to {RATES_HZ[1]:g}; "
            "the header is damaged, or the rate given is not in Hz"
        )
    if n_samples > MAX_RECORDING_S * sampling_rate_hz:
        raise RecordingError(
            f"the recording claims {n_samples} samples, more than a month: its time stamps or its header are damaged"
        )


def contiguous(
    places: NDArray[np.int64], counts: NDArray[np.int32], aux: NDArray[np.int32], usable: NDArray[np.bool_]
) -> Iterator[Block]:
    """Yield runs of consecutive positions. Unusable rows are omitted, so that `assemble` fills their positions."""
    places, counts, aux = places[usable], counts[usable], aux[usable]
    cuts = np.flatnonzero(np.diff(places) != 1) + 1
    for start, stop in zip((0, *cuts), (*cuts, len(places)), strict=True):
        if stop > start:
            valid = np.ones(stop - start, np.bool_)
            yield Block(int(places[start]), counts[start:stop], aux[start:stop], valid, 0.0)
