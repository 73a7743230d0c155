"""Tell a burst that a mended sample left: the middle of its neighbours is no place for a sample that lies on mains.

The chain puts a glitch, and a lost sample, in the middle of its neighbours. That is off by 5 % of a mains of 50 Hz at
1000 samples a second and by 69 % at 250, and the filter makes a burst of it. Where the mains is taken off first, the
middle is the right place, and if that was all, nothing is left.
"""

import numpy as np

from dsp.artifacts.mains_burst import less_line_before
from dsp.recent import Samples

AROUND_S = 0.012
"""The sample lies at most so long outside of the burst that was found."""

MOST_LEFT, MOST_OF_BURST = 2.5, 0.5
"""Mean square of the steps between samples, over that before the burst and over that of the burst as it was, up to
which nothing of it is left: a weak twitch in which a sample lies in the middle by chance loses less of its own."""


def is_mended_sample(raw_uv: Samples, onset: int, stop: int, rate_hz: float, mains_hz: float) -> bool:
    """Tell whether a burst is a sample that was put in the middle of its neighbours, and nothing else.

    Parameters
    ----------
    raw_uv : ndarray of float64, shape (n,)
        The burst's channel, unfiltered.
    onset, stop : int
        First row of the burst, and the one after its last, as found in the detection band.
    rate_hz, mains_hz : float
        Sampling rate; mains, 0 where none was found: then no mended sample makes a burst.
    """
    around = round(AROUND_S * rate_hz)
    first, last = max(1, onset - around), min(stop + around, raw_uv.size - 1)
    middle_uv = 0.5 * (raw_uv[first - 1 : last - 1] + raw_uv[first + 1 : last + 1])
    mended = first + np.flatnonzero(raw_uv[first:last] == middle_uv)  # to the bit: it was put there
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
