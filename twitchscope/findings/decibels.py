"""Decibels shown beside a grade."""

from dsp.measuring.measures import MEDIUM_DB, STRONG_DB, grade_of


def rounded_db(snr_db: float, grade: str, n_digits: int) -> float:
    """Return decibels rounded to `n_digits` decimal places, but never up to the limit of the next grade.

    Parameters
    ----------
    snr_db : float
        Peak over the resting baseline or the local floor, in dB.
    grade : str
        Grade of the event.
    n_digits : int
        Decimal places, 0 or more.
    """
    rounded = round(snr_db, n_digits)
    below = rounded - 10.0**-n_digits
    is_contradicted = rounded in (MEDIUM_DB, STRONG_DB) and grade == grade_of(below)
    return round(below, n_digits) if is_contradicted else rounded
