"""Reasons for a verdict in words: the features that contributed most to the classifier's result."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dsp.verdict.evidence import NAMES

MOST_REASONS = 3
LEAST_SHARE = 0.15
"""Log-odds that a reason must contribute to be reported; the strongest one is reported in any case."""

SIZE = "size of no twitch"
"""Reason against a twitch: too close to the noise, or so far above it that the movement was voluntary."""

FOCAL, NOT_FOCAL, ONLY_CHANNEL = "focal", "pattern over the channels", "on the only channel"
MANY_UNITS, AS_ONE_UNIT = "many units", "as one unit, or many in step"
"""Words for a feature group where the usual reason (`FOCAL`, `MANY_UNITS`) would not be true of a burst."""

MOST_FOCAL = 0.5
"""Largest share of the channels that could have seen a burst on which a burst called focal may be seen."""

GROUPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "length": (
        "brief", "length of no twitch",
        ("duration", "wide_50", "wide_25", "wide_10", "wide_noise", "fill", "middle", "last_20", "after", "late",
         "whole", "rise_after"),
    ),
    "rise": ("abrupt", "slow or uneven rise", ("attack", "rise", "centre", "change", "onset_spread")),
    "place": (
        FOCAL, "reach over the channels",
        ("spread", "reach_25", "reach_6", "reach_best", "reach_median", "one_shape", "in_step", "channels",
         "rise_best", "rise_median"),
    ),
    "size": ("clear of the noise", SIZE, ("over", "margin", "own")),
    "volley": (
        MANY_UNITS, "one motor unit or impulse",
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
"""Reason for a twitch, reason against it, and the features that count towards them."""


def _columns() -> list[tuple[str, str, NDArray[np.intp]]]:
    return [
        (speaks_for, against, np.array([NAMES.index(name) for name in names]))
        for speaks_for, against, names in GROUPS.values()
    ]


_COLUMNS = _columns()


def truer_words(n_seen: int, n_channels: int, *, is_as_one_unit: bool) -> dict[str, str]:
    """Return replacements for reasons that would not be true of a burst.

    Parameters
    ----------
    n_seen, n_channels : int
        Number of channels on which it was seen, and of those that could have seen it.
    is_as_one_unit : bool
        Whether one motor unit explains it.
    """
    truer = {}
    if n_seen > MOST_FOCAL * n_channels:
        truer[FOCAL] = NOT_FOCAL if n_channels > 1 else ONLY_CHANNEL
    if is_as_one_unit:
        truer[MANY_UNITS] = AS_ONE_UNIT
    return truer


def explain(
    shares: NDArray[np.float64], *, speaks_for: bool, instead: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, ...]:
    """Return at most three reasons, the strongest first.

    Parameters
    ----------
    shares : ndarray of float64, shape (len(NAMES),)
        Contribution of each feature to the log-odds of a twitch.
    speaks_for : bool
        Whether to return reasons for a twitch, or reasons against it.
    instead : mapping of str to str, optional
        Replacements for reasons that are not true of this burst.
    """
    sign = 1.0 if speaks_for else -1.0
    ranked = sorted(
        ((sign * float(shares[at].sum()), yes if speaks_for else no) for yes, no, at in _COLUMNS), reverse=True
    )
    words = [word for share, word in ranked[:MOST_REASONS] if share > LEAST_SHARE] or [ranked[0][1]]
    return tuple(instead.get(word, word) for word in words)
