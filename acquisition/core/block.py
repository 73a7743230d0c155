"""Block of samples, the unit of data that a board delivers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Block of consecutive samples of all channels of one board.

    Attributes
    ----------
    first_index : int
        Index of the first sample, counted from the board's start at 0 (int64 range). Every sample that the board
        *produced* is counted, including lost ones.
    counts : ndarray of int32, shape (n_samples, n_channels)
        Raw converter counts, C-contiguous except in a `held_block`. `BoardInfo.to_microvolts` converts them to µV.
    aux : ndarray of int32, shape (n_samples, n_aux)
        Auxiliary and marker columns as sent by the board, to be scaled by `AuxChannel.unit_per_count`.
    valid : ndarray of bool, shape (n_samples,)
        False where the sample was lost and the last value before it is held instead.
    arrival_s : float
        Time of the host's monotonic clock when the last sample arrived, in seconds.
    """

    first_index: int
    counts: NDArray[np.int32]
    aux: NDArray[np.int32]
    valid: NDArray[np.bool_]
    arrival_s: float

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.counts)

    @property
    def end_index(self) -> int:
        """Index of the first sample after this block."""
        return self.first_index + len(self.counts)

    @property
    def n_lost(self) -> int:
        """Number of lost samples."""
        return int(self.valid.size - np.count_nonzero(self.valid))

    def __getitem__(self, samples: slice) -> "Block":
        """Return the part of the block selected by a slice of step 1, as a view."""
        start, _, step = samples.indices(self.n_samples)
        if step != 1:
            raise ValueError(f"a block is cut in steps of 1, not {step}")
        return Block(
            self.first_index + start,
            self.counts[samples],
            self.aux[samples],
            self.valid[samples],
            self.arrival_s,
        )


def make_block(
    first_index: int, counts: NDArray[np.int32], arrival_s: float, aux: NDArray[np.int32] | None = None
) -> Block:
    """Make a block of valid samples. Without `aux` it has no auxiliary columns."""
    n_samples = counts.shape[0]
    if aux is None:
        aux = np.empty((n_samples, 0), np.int32)
    return Block(first_index, counts, aux, np.ones(n_samples, np.bool_), arrival_s)


def held_block(
    first_index: int,
    n_samples: int,
    last_counts: NDArray[np.int32],
    last_aux: NDArray[np.int32],
    arrival_s: float,
) -> Block:
    """Make a block for `n_samples` lost samples that holds the last values.

    All rows share one row in memory, so that a gap of hours (a sleeping computer) takes almost no memory.

    Parameters
    ----------
    first_index : int
        Index of the first lost sample.
    n_samples : int
        Number of lost samples.
    last_counts, last_aux : ndarray of int32, shape (n_channels,) and (n_aux,)
        Values to hold.
    arrival_s : float
        Time of the host's monotonic clock when the loss was detected, in seconds.
    """
    counts = np.broadcast_to(last_counts.copy(), (n_samples, len(last_counts)))
    aux = np.broadcast_to(last_aux.copy(), (n_samples, len(last_aux)))
    return Block(first_index, counts, aux, np.zeros(n_samples, np.bool_), arrival_s)
