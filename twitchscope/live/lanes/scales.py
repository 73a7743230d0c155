"""Vertical scale of each channel, in coarse steps so that it changes seldom."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from acquisition.core import Role
from twitchscope.words import tr

LADDER_UV = np.array([step * 10.0**power for power in range(1, 6) for step in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)])
"""Full scale of a lane in µV, in each direction."""

SHRINK_BELOW = 0.3
"""A scale becomes finer only when everything on screen is below this fraction of it."""


class Scales:
    """Full scale of each channel in µV, following the largest deviation on screen.

    Parameters
    ----------
    roles : sequence of Role
        Roles of the channels, at least one. Pairs on the skin can share a scale. A needle sees a hundred times as much
        and an accelerometer something else, so each other role shares a scale of its own.
    """

    def __init__(self, roles: Sequence[Role]) -> None:
        self.is_common = True
        """Whether channels of a kind share a scale; otherwise each has its own."""
        self.full_scale_uv: NDArray[np.float64] = np.full(len(roles), 50.0)
        kinds = [Role.SURFACE if role is Role.REFERENCE else role for role in roles]
        self._same_kind = np.array([[one is other for other in kinds] for one in kinds], np.bool_)

    def text(self) -> str:
        """Return a text on whether lanes can be compared."""
        if not self.is_common:
            return tr("own scales")
        return tr("common scale") if self._same_kind.all() else tr("a scale for each kind of channel")

    def follow(self, peaks_uv: NDArray[np.float64]) -> bool:
        """Choose the scales for the largest deviations `peaks_uv`, shape (n_channels,); return whether any changed."""
        peaks = self._greatest(peaks_uv)
        now = self._greatest(self.full_scale_uv)
        fitting = LADDER_UV[np.minimum(np.searchsorted(LADDER_UV, peaks), LADDER_UV.size - 1)]
        changes = (peaks > now) | (peaks < SHRINK_BELOW * now)
        chosen = np.where(changes, fitting, now)
        has_changed = not np.array_equal(chosen, self.full_scale_uv)
        self.full_scale_uv = chosen
        return has_changed

    def _greatest(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each channel the largest value among the channels with which it shares a scale."""
        if not self.is_common:
            return values
        greatest: NDArray[np.float64] = np.where(self._same_kind, values, 0.0).max(axis=1)
        return greatest
