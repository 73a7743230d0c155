"""Detect bursts caused by an interpolated sample on mains.

The chain replaces a glitch or a lost sample by the mean of its neighbours. On mains of 50 Hz that is off by 5 % of its
amplitude at 1000 samples/s and by 69 % at 250, and the filter turns the error into a burst. If the mains is subtracted
first, the mean is right, and nothing of such a burst remains.
"""

import numpy as np

from dsp.artifacts.mains_burst import less_line_before
from dsp.recent import Samples

AROUND_S = 0.012
"""Longest time by which the sample lies outside the detected burst."""

MOST_LEFT, MOST_OF_BURST = 2.5, 0.5
"""Limits of the mean square of the steps between samples after correction, over that before the burst and over that of
the original burst. Below both, nothing of the burst remains. A weak twitch in which a sample is the mean of its
neighbours by chance loses less."""


def is_mended_sample(raw_uv: Samples, onset: int, stop: int, rate_hz: float, mains_hz: float) -> bool:
    """Return whether a burst is caused by a sample that was replaced by the mean of its neighbours, and nothing else.

    Parameters
    ----------
    raw_uv : ndarray of float64, shape (n,)
        Unfiltered signal of the burst's channel.
    onset, stop : int
        Rows [onset, stop) of the burst, as found in the detection band.
    rate_hz, mains_hz : float
        Sampling rate; frequency of the mains, 0 if none was found. Without mains such a sample makes no burst.
    """
    around = round(AROUND_S * rate_hz)
    first, last = max(1, onset - around), min(stop + around, raw_uv.size - 1)
    middle_uv = 0.5 * (raw_uv[first - 1 : last - 1] + raw_uv[first + 1 : last + 1])
    mended = first + np.flatnonzero(raw_uv[first:last] == middle_uv)  # bit-exact: such a sample was replaced
    if not mains_hz or not mended.size:
        return False
    clean_uv, row_of_first = less_line_before(raw_uv, first, rate_hz, mains_hz)
    burst = slice(row_of_first - 1, row_of_first + last - first)
    whole = float(np.mean(np.diff(clean_uv)[burst] ** 2))
    for row in mended - first + row_of_first:
        clean_uv[row] = 0.5 * (clean_uv[row - 1] + clean_uv[row + 1])
    steps = np.diff(clean_uv) ** 2
    before, left = steps[: burst.start], float(steps[burst].mean())
    return before.size > 0 and left < min(MOST_LEFT * float(before.mean()), MOST_OF_BURST * whole)
