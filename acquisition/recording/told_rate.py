"""A sampling rate in the lines that other programs write before their rows, in words."""

import re

from acquisition.recording.column_names import SECONDS_PER_UNIT

NUMBER = r"([1-9]\d{0,2}(?:,\d{3})+(?:\.\d{1,9})?|\d{1,9}(?:[.,]\d{0,9})?(?:e[+-]?\d{1,2})?)"
UNIT = r"\"?\s*(?:[(\[_]\s*(k?)hz\s*[)\]]?)?\"?\s*[:=,;\t ]+\s*\"?"
RATE = re.compile(
    rf"(?:sampl\w*[ _]*(?:rate|frequency|freq)|\bfs\b|^\W*frequency\b){UNIT}{NUMBER}\"?\s*(k(?=hz))?",
    re.IGNORECASE | re.MULTILINE,
)
INTERVAL = re.compile(
    rf"^\W*(?:sampl\w*[ _]*)?interval\"?\s*[:=,;\t ]+\s*\"?{NUMBER}\s*([mµu]?s)\b", re.IGNORECASE | re.MULTILINE
)
GROUPED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
HIGHEST_GROUPED_HZ = 100_000.0
"""A rate above this, of a number such as 1,000 kHz, has a decimal comma and no thousands."""


def told_rate_hz(text: str) -> float | None:
    """Return the first sampling rate in a text, such as ``Sampling rate: 1,000 Hz`` or ``fs=1e3``; None without any.

    An interval (``Interval= 0.001 s``) tells it too.
    """
    if match := RATE.search(text):
        rate_hz = _number(match[2]) * (1000.0 if match[1] or match[3] else 1.0)
        if rate_hz > HIGHEST_GROUPED_HZ and GROUPED.fullmatch(match[2]):
            rate_hz = _decimal(match[2]) * (1000.0 if match[1] or match[3] else 1.0)
        return rate_hz if rate_hz > 0.0 else None
    if match := INTERVAL.search(text):
        interval_s = _number(match[1]) * SECONDS_PER_UNIT[match[2].lower()]
        return float(f"{1.0 / interval_s:.6g}") if interval_s > 0.0 else None
    return None


def _number(text: str) -> float:
    return float(text.replace(",", "")) if GROUPED.fullmatch(text) else _decimal(text)


def _decimal(text: str) -> float:
    return float(text.replace(",", ".", 1).replace(",", ""))
