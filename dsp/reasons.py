"""What decided, in words: the numbers that moved the classifier's verdict most."""

import numpy as np
from numpy.typing import NDArray

from dsp.evidence import NAMES

MOST_REASONS = 3
LEAST_SHARE = 0.15
"""Log-odds that a reason must have moved to be told."""

SIZE = "size of no twitch"
"""Too near the noise, or so far over it that it was meant."""

GROUPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "length": (
        "brief", "length of no twitch",
        ("duration", "wide_50", "wide_25", "wide_10", "wide_noise", "fill", "middle", "last_20", "after", "late",
         "whole", "rise_after"),
    ),
    "rise": ("abrupt", "slow or uneven rise", ("attack", "rise", "centre", "change", "onset_spread")),
    "place": (
        "focal", "reach over the channels",
        ("spread", "reach_25", "reach_6", "reach_best", "reach_median", "one_shape", "in_step", "channels",
         "rise_best", "rise_median"),
    ),
    "size": ("clear of the noise", SIZE, ("over", "margin", "own")),
    "volley": (
        "many units", "one motor unit or impulse",
        ("impulse", "unit", "doublet", "crest", "turns", "lopsided", "steep", "fast_share"),
    ),
    "spectrum": ("band of muscle", "spectrum of no muscle", ("frequency", "mains", "rate", "band")),
    "motion": ("no motion below 20 Hz", "energy below 20 Hz", ("slow", "slow_before", "raw_step")),
    "rest": (
        "out of rest", "activity before the onset",
        ("before", "before_60", "before_250", "before_1000", "lead_in", "company", "raised", "elsewhere",
         "piece", "beyond", "rise_before"),
    ),
    "alone": (
        "not one of many", "one of many bursts",
        ("bursts_1s", "bursts_3s", "bursts_10s", "large_2s", "since_any", "since_larger", "larger_ratio", "since_long",
         "long_ratio", "minute_long", "minute_wide", "minute_slow", "minute_sharp", "minute_unit", "minute_brief",
         "minute_beat", "minute_here"),
    ),
    "shape": (
        "shape not seen before", "same shape as before",
        ("likeness", "alike", "rhythm", "alike_since", "beat", "left", "due", "heart"),
    ),
}  # fmt: skip
"""Reason for a twitch, reason against it, and the numbers that count towards it."""


def _columns() -> list[tuple[str, str, NDArray[np.intp]]]:
    return [
        (speaks_for, against, np.array([NAMES.index(name) for name in names]))
        for speaks_for, against, names in GROUPS.values()
    ]


_COLUMNS = _columns()


def explain(shares: NDArray[np.float64], *, speaks_for: bool) -> tuple[str, ...]:
    """Return at most three reasons, the weightiest first.

    Parameters
    ----------
    shares : ndarray of float64, shape (len(NAMES),)
        What each number adds to the log-odds of a twitch.
    speaks_for : bool
        Whether reasons for a twitch are asked, or reasons against it.
    """
    sign = 1.0 if speaks_for else -1.0
    told = sorted(
        ((sign * float(shares[at].sum()), yes if speaks_for else no) for yes, no, at in _COLUMNS), reverse=True
    )
    reasons = tuple(word for share, word in told[:MOST_REASONS] if share > LEAST_SHARE)
    return reasons if reasons else (told[0][1],)
