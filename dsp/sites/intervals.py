"""Confidence intervals of rates, shares, means, ratios and medians from few observations."""

import math
from collections.abc import Sequence

CONFIDENCE = 0.95
"""Default coverage of every interval."""

LEAST_FREE = 2
"""Least degrees of freedom from which the spread gives an interval of a ratio."""


def poisson_interval(count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact (Garwood) interval of the mean of a Poisson count.

    Parameters
    ----------
    count : int
        Events counted, 0 or more.
    confidence : float
        Least coverage, between 0 and 1.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    from scipy import special  # used throughout: imports in a fifth of the time of scipy.stats

    _check(confidence)
    if count < 0:
        raise ValueError(f"a count cannot be below 0, and {count} was given")
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if count == 0 else float(special.gammaincinv(count, tail))
    return low, float(special.gammaincinv(count + 1, 1.0 - tail))


def share_interval(count: int, total: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return Wilson's interval of a share; (0, 1) where nothing was counted.

    Parameters
    ----------
    count, total : int
        Numerator and denominator of the share.
    confidence : float
        Average coverage, between 0 and 1.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    _check(confidence)
    if not 0 <= count <= total:
        raise ValueError(f"a share is of 0 to {total}, and {count} was given")
    if total == 0:
        return 0.0, 1.0
    from scipy import special

    share, z = count / total, float(special.ndtri(0.5 + confidence / 2.0))
    middle = (share + z * z / (2 * total)) / (1.0 + z * z / total)
    reach = z / (1.0 + z * z / total) * math.sqrt(share * (1.0 - share) / total + z * z / (4 * total * total))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def relative_reach(*samples: Sequence[float], confidence: float = CONFIDENCE) -> float:
    """Return the half-width of the interval of the logarithm of a mean, or of the ratio of two means.

    Student's interval of the mean, relative to the mean, is applied to the logarithm. Positive, skewed values, such as
    levels and rates of places, are covered better in this way than by an interval symmetric about the mean. The samples
    are assumed to have one relative spread.

    Parameters
    ----------
    *samples : sequence of float
        Independent values, 0 or more; one sample for a mean, two for a ratio. Any sample may have a single value.
    confidence : float
        Coverage, between 0 and 1.

    Returns
    -------
    float
        NaN with fewer than three values of one sample or four of two, or where a mean is 0. With two values Student's
        interval would span orders of magnitude.
    """
    means = [math.fsum(values) / len(values) for values in samples]
    n_free = sum(len(values) - 1 for values in samples)
    if n_free < LEAST_FREE or min(means) <= 0.0:
        return math.nan
    squares = math.fsum((one / mean - 1.0) ** 2 for values, mean in zip(samples, means, strict=True) for one in values)
    error = math.sqrt(squares / n_free * math.fsum(1.0 / len(values) for values in samples))
    return student_reach(n_free, confidence) * error


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the interval of a median from order statistics.

    Parameters
    ----------
    values : sequence of float
        Independent values of any distribution.
    confidence : float
        Least coverage, between 0 and 1.

    Returns
    -------
    tuple of float
        NaN where even the range of the values covers less: below six values for 95 %.
    """
    _check(confidence)
    from scipy import special

    ordered, n = sorted(values), len(values)
    chance = special.bdtr(list(range(n + 1)), n, 0.5)  # probability that at most this many values lie below the median
    rank = sum(one < (1.0 - confidence) / 2.0 for one in chance) - 1
    return (ordered[rank], ordered[n - 1 - rank]) if rank >= 0 else (math.nan, math.nan)


def student_reach(n_free: int, confidence: float = CONFIDENCE) -> float:
    """Return the half-width of Student's interval in standard errors, for `n_free` degrees of freedom."""
    from scipy import special

    _check(confidence)
    return float(special.stdtrit(n_free, 0.5 + confidence / 2.0))


def survival_median(
    durations: Sequence[float], were_cut: Sequence[bool], confidence: float = CONFIDENCE
) -> tuple[float, float, float] | None:
    """Return the Kaplan-Meier median of durations of which some were cut short, with its interval.

    The interval is that of Brookmeyer and Crowley on the log-log scale; its upper end is NaN where too many were cut.
    Both ends are NaN where even the range of the values covers less, as for any median: for 95 %, where fewer than six
    lasted until the first known end.

    Parameters
    ----------
    durations : sequence of float
        Durations, 0 or more.
    were_cut : sequence of bool
        Which of them were cut short, and lasted at least this long.
    confidence : float
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of float, or None
        Median, lower and upper end; None where less than half are known to have ended.
    """
    _check(confidence)
    from scipy import special

    reach = float(special.ndtri(0.5 + confidence / 2.0))
    ends = sorted({one for one, is_cut in zip(durations, were_cut, strict=True) if not is_cut})
    share, spread, median, low, high = 1.0, 0.0, math.nan, math.nan, math.nan
    for end in ends:
        at_risk = sum(one >= end for one in durations)
        n_ended = sum(one == end and not is_cut for one, is_cut in zip(durations, were_cut, strict=True))
        share *= 1.0 - n_ended / at_risk
        if share > 0.0:
            spread += n_ended / (at_risk * (at_risk - n_ended))
        half = math.log(-math.log(0.5))
        level = math.log(-math.log(share)) if share > 0.0 else math.inf
        error = math.sqrt(spread) / -math.log(share) if share > 0.0 else 0.0
        is_known = share > 0.0 or not any(were_cut)  # an end at share 0 is no upper bound if any were cut
        low = end if math.isnan(low) and level + reach * error >= half else low
        median = end if math.isnan(median) and share <= 0.5 + 1e-12 else median
        high = end if math.isnan(high) and is_known and level - reach * error > half else high
    if math.isnan(median):
        return None
    n_first = sum(one >= ends[0] for one in durations)
    return (median, low, high) if 0.5**n_first <= (1.0 - confidence) / 2.0 else (median, math.nan, math.nan)


def _check(confidence: float) -> None:
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
