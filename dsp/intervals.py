"""Intervals of what was counted few times: what a rate, a share and their ratio may really be."""

import math
from collections.abc import Sequence

CONFIDENCE = 0.95
"""Coverage of every interval, unless another is asked for."""


def poisson_interval(count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact (Garwood) interval of the mean of a Poisson count.

    Parameters
    ----------
    count : int
        Events counted, 0 or more.
    confidence : float
        Coverage, at least; between 0 and 1.

    Raises
    ------
    ValueError
        When an argument does not fit.
    """
    from scipy import special  # as everywhere here: a fifth of what scipy.stats takes to import

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
        How many of how many.
    confidence : float
        Coverage on average, between 0 and 1.

    Raises
    ------
    ValueError
        When an argument does not fit.
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


def mean_interval(values: list[float], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return Student's interval of a mean; NaN where there are fewer than two values.

    Parameters
    ----------
    values : list of float
        Independent values of about normal distribution.
    confidence : float
        Coverage, between 0 and 1.
    """
    _check(confidence)
    n = len(values)
    if n < 2:
        return math.nan, math.nan
    mean = math.fsum(values) / n
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    reach = student_reach(n - 1, confidence) * spread / math.sqrt(n)
    return mean - reach, mean + reach


def student_reach(n_free: int, confidence: float = CONFIDENCE) -> float:
    """Return how many standard errors Student's interval reaches to each side, with so many degrees of freedom."""
    from scipy import special

    _check(confidence)
    return float(special.stdtrit(n_free, 0.5 + confidence / 2.0))


def survival_median(
    durations: Sequence[float], were_cut: Sequence[bool], confidence: float = CONFIDENCE
) -> tuple[float, float, float] | None:
    """Return the Kaplan-Meier median of durations of which some were cut short, with its interval.

    The interval is that of Brookmeyer and Crowley on the logarithm of the logarithm. Where too few are known for an end
    of it, this is the shortest or, if none of the longest was cut, the longest duration; else the upper end is NaN.

    Parameters
    ----------
    durations : sequence of float
        Above or equal to 0.
    were_cut : sequence of bool
        Which of them lasted at least so long.
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
        low = end if math.isnan(low) and level + reach * error >= half else low
        median = end if math.isnan(median) and share <= 0.5 + 1e-12 else median
        high = end if math.isnan(high) and level - reach * error > half else high
    return None if math.isnan(median) else (median, low, high)


def _check(confidence: float) -> None:
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
