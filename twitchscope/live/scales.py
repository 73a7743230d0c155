"""The vertical scale of each channel: steps of a ladder, so that it changes seldom."""

import numpy as np
from numpy.typing import NDArray

LADDER_UV = np.array([step * 10.0**power for power in range(1, 6) for step in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)])
"""Full scale of a lane in µV, each way."""

SHRINK_BELOW = 0.3
"""A scale becomes finer only when everything on screen is below this share of it."""


class Scales:
    """Full scale of each channel in µV, following the greatest deviation on screen.

    Parameters
    ----------
    n_channels : int
        At least 1.
    """

    def __init__(self, n_channels: int) -> None:
        self.is_common = True
        """One scale for all channels; otherwise each has its own."""
        self.full_scale_uv: NDArray[np.float64] = np.full(n_channels, 50.0)

    def follow(self, peaks_uv: NDArray[np.float64]) -> bool:
        """Choose the scales for the greatest deviations `peaks_uv`, shape (n_channels,); return whether any changed."""
        peaks = np.full_like(peaks_uv, peaks_uv.max()) if self.is_common else peaks_uv
        now = np.full_like(peaks_uv, self.full_scale_uv.max()) if self.is_common else self.full_scale_uv
        fitting = LADDER_UV[np.minimum(np.searchsorted(LADDER_UV, peaks), LADDER_UV.size - 1)]
        changes = (peaks > now) | (peaks < SHRINK_BELOW * now)
        chosen = np.where(changes, fitting, now)
        has_changed = not np.array_equal(chosen, self.full_scale_uv)
        self.full_scale_uv = chosen
        return has_changed
