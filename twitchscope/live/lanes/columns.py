"""Reduction of samples to columns of pixels by minimum and maximum, so that no spike is hidden."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Columns:
    """Consecutive columns.

    Attributes
    ----------
    first : int
        Number of the first column since the start of the signal.
    low, high : ndarray of float64, shape (n_columns, n_channels)
        Minimum and maximum.
    bad : ndarray of bool, shape (n_columns, n_channels)
        True where a sample of the column is unusable.
    """

    first: int
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    bad: NDArray[np.bool_]


def column_start(column: int, samples_per_column: float) -> int:
    """Return the index of the first sample of a column."""
    return math.ceil(column * samples_per_column)


def to_columns(
    first_index: int, values: NDArray[np.float64], bad: NDArray[np.bool_], samples_per_column: float
) -> tuple[Columns, int]:
    """Reduce samples to columns.

    Parameters
    ----------
    first_index : int
        Index of the first sample. It should start a column; samples before the next complete column are dropped.
    values : ndarray of float64, shape (n_samples, n_channels)
        The samples.
    bad : ndarray of bool, shape (n_samples, n_channels)
        True where a sample is unusable.
    samples_per_column : float
        At least 1, need not be an integer.

    Returns
    -------
    Columns
        The complete columns.
    int
        Number of samples at the end that belong to an incomplete column.
    """
    end_index = first_index + len(values)
    first = math.floor((first_index - 1) / samples_per_column)  # often one too low, and inexact: the product decides
    while column_start(first, samples_per_column) < first_index:
        first += 1
    stop = max(first, math.floor(end_index / samples_per_column))
    while stop > first and column_start(stop, samples_per_column) > end_index:
        stop -= 1
    edges = np.ceil(np.arange(first, stop + 1) * samples_per_column).astype(np.int64) - first_index
    if stop == first:
        empty = np.empty((0, values.shape[1]))
        return Columns(first, empty, empty, np.empty((0, values.shape[1]), np.bool_)), len(values)
    whole = slice(0, int(edges[-1]))
    columns = Columns(
        first,
        np.minimum.reduceat(values[whole], edges[:-1], axis=0),
        np.maximum.reduceat(values[whole], edges[:-1], axis=0),
        np.logical_or.reduceat(bad[whole], edges[:-1], axis=0),
    )
    return columns, int(len(values) - edges[-1])
