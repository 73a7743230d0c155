"""The part of the signal that a verdict looks at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """The last seconds of the signal.

    Attributes
    ----------
    start : int
        Sample of row 0.
    band_uv, raw_uv : ndarray of float64, shape (n, n_channels)
        In the detection band, and unfiltered.
    weights : ndarray of float64, shape (n_channels,)
        One over the RMS of each channel's floor; 0 where a channel is not usable.
    floor, rest : ndarray of float64, shape (n_channels,)
        Power of the floor, and of the resting baseline (0 where that is not learnt).
    """

    start: int
    band_uv: Samples
    raw_uv: Samples
    weights: Samples
    floor: Samples
    rest: Samples
