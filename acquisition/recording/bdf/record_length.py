"""Choice of the record length: a whole number of samples with a duration that is exact in 8 characters."""

from dataclasses import dataclass
from fractions import Fraction

PREFERRED_S = tuple(Fraction(text) for text in ("0.2", "0.25", "0.1", "0.125", "0.05", "0.0625", "0.02", "0.025"))
"""Preferred durations, in this order; at most 0.25 s, so that a killed process loses less than half a second."""

TARGET_S = Fraction(1, 5)

LONGEST_S = Fraction(1)
"""Longest exact duration. Some whole rates have none below 0.5 s (666 SPS) or 1 s (333 SPS).

A killed program then loses up to that much more. The alternative, a record of 0.25 s rounded to microseconds, would be
off by a millionth at 333 SPS: within an hour, another reader would show annotations one sample away from their place.
"""
SHORTEST_ROUNDED_S = Fraction(1, 10)
MAX_TRIED = 64
"""Number of record lengths, in samples, tried for a rate without an exact duration."""

MAX_RECORD_BYTES = 61_440
"""Maximum record length recommended by the EDF specification."""

DECIMALS = 6
"""Decimals of a duration below 1 s that fit in 8 characters, ``0.123456``."""


@dataclass(frozen=True, slots=True)
class RecordLength:
    """Length of the records of a file.

    Attributes
    ----------
    n_samples : int
        Samples of each channel in one record.
    duration : Fraction
        Duration in seconds, exactly as written in the file.
    text : str
        The duration as written, at most 8 characters.
    """

    n_samples: int
    duration: Fraction
    text: str


def choose_record_length(sampling_rate_hz: float, bytes_per_frame: int) -> RecordLength:
    """Choose the record length of a file.

    The first of `PREFERRED_S` with a whole number of samples and with records of at most `MAX_RECORD_BYTES` is chosen:
    0.2 s for 250, 500, 1000 … SPS, 0.25 s for 256·n. Any other rate gets the duration nearest to 0.2 s that is a whole
    number of samples *and* a decimal number of 8 characters (1 s for 333 SPS). A rate without such a duration up to a
    second (333.3333 SPS) gets the number of samples whose duration is nearest to its rounded value. The true rate is
    then written to the recording field as well.

    Parameters
    ----------
    sampling_rate_hz : float
        Nominal rate, above zero.
    bytes_per_frame : int
        Bytes of one sample of all channels.
    """
    rate = Fraction(str(sampling_rate_hz))
    fitting = [duration for duration in PREFERRED_S if (rate * duration).denominator == 1]
    short = [duration for duration in fitting if rate * duration * bytes_per_frame <= MAX_RECORD_BYTES]
    if fitting:
        duration = short[0] if short else fitting[-1]
        return _length(int(rate * duration), duration)
    duration = _nearest_exact(rate)
    if duration <= LONGEST_S:
        return _length(int(rate * duration), duration)
    return _nearest_rounded(rate)


def _nearest_exact(rate: Fraction) -> Fraction:
    """Return the duration nearest to the target with a whole number of samples and at most `DECIMALS` decimals."""
    unit = 10**DECIMALS
    # k / unit seconds hold k * p / (q * unit) samples, whole for every multiple of q * unit / gcd(p, q * unit)
    step = Fraction(1, unit) * (Fraction(rate.numerator, rate.denominator * unit)).denominator
    return step * max(1, round(TARGET_S / step))


def _nearest_rounded(rate: Fraction) -> RecordLength:
    shortest = max(1, int(rate * SHORTEST_ROUNDED_S))
    counts = range(shortest, shortest + MAX_TRIED)
    n_samples = min(counts, key=lambda count: abs(_rounded(count / rate) - count / rate) / (count / rate))
    return _length(n_samples, _rounded(n_samples / rate))


def _rounded(duration: Fraction) -> Fraction:
    decimals = DECIMALS if duration < 10 else 8 - 1 - len(str(int(duration)))
    return round(duration, decimals)


def _length(n_samples: int, duration: Fraction) -> RecordLength:
    text = f"{float(duration):.{DECIMALS}f}".rstrip("0").rstrip(".")
    if len(text) > 8 or Fraction(text) != duration:
        raise ValueError(f"a record of {duration} s is not exact in 8 characters")
    return RecordLength(n_samples, duration, text)
