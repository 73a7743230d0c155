"""Conversion of values in µV to counts: choice of the scale, and rounding."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from acquisition.core import ADS1299_FULL_SCALE_COUNTS, ADS1299_GAINS, RecordingError, ads1299_microvolts_per_count

MAX_COUNTS = ADS1299_FULL_SCALE_COUNTS
RAIL_TOLERANCE = 1.000_001
"""Factor by which a rail written with two decimals may exceed its range."""


@dataclass(frozen=True, slots=True)
class Scale:
    """µV per count, and the count at which a channel saturates."""

    microvolts_per_count: float
    full_scale_counts: int = ADS1299_FULL_SCALE_COUNTS


def whole_counts(values: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return values rounded to counts and clipped to 24 bits."""
    counts: NDArray[np.int32] = np.nan_to_num(np.clip(np.rint(values), -MAX_COUNTS, MAX_COUNTS)).astype(np.int32)
    return counts


def ads1299_scale(largest_uv: float) -> Scale:
    """Return the finest scale of an ADS1299 that covers `largest_uv`.

    The steps of every lower gain are multiples of those at gain 24, so a recording made at any gain is exact.
    """
    for gain in reversed(ADS1299_GAINS):
        scale_uv = ads1299_microvolts_per_count(gain)
        if largest_uv <= scale_uv * MAX_COUNTS * RAIL_TOLERANCE:
            return Scale(scale_uv)
    return round_scale(largest_uv)


def round_scale(largest_uv: float) -> Scale:
    """Return a 24-bit scale whose full scale is a round number of µV above `largest_uv`.

    A round number is represented exactly in the header of a BDF file. The scale is as fine as 24 bits allow.

    Raises
    ------
    RecordingError
        If the values are too large for a biological signal.
    """
    for exponent in range(-4, 13):
        for digit in (1, 2, 5):
            full_scale_uv = Fraction(digit) * Fraction(10) ** exponent
            if largest_uv * RAIL_TOLERANCE <= full_scale_uv:
                return Scale(float(full_scale_uv / MAX_COUNTS))
    raise RecordingError(f"there are values up to {largest_uv:g} µV: these columns are no EMG")
