"""Sampling rates stated in words in the header lines of other programs.

No pattern repeats without a bound, because the lines are untrusted input.
"""

import re

from acquisition.recording.column_names import SECONDS_PER_UNIT

MAX_LINE_CHARS = 2000
"""Maximum number of characters of a line that are searched."""

NUMBER = r"([1-9][0-9]{0,2}(?:,[0-9]{3}){1,3}(?:\.[0-9]{1,9})?|[0-9]{1,9}(?:[.,][0-9]{0,9})?(?:e[+-]?[0-9]{1,2})?)"
BETWEEN = r"\"?\s{0,9}(?:[(\[_]\s{0,9}(k?)hz\s{0,9}[)\]]?)?\"?[:=,;\t ]{1,20}\"?"
"""Text between a word and its number: ``(Hz):=``, ``_hz: ``, ``","``."""

SAMPLING = r"(?<!down)(?<!down-)(?<!up)(?<!over)sampl[a-z]{0,10}[ _]{0,9}"
RATES = (
    re.compile(rf"{SAMPLING}(?:rate|frequency|freq){BETWEEN}{NUMBER}\"?\s{{0,9}}(k(?=hz))?", re.IGNORECASE),
    re.compile(rf"\bfs{BETWEEN}{NUMBER}\"?\s{{0,9}}(?:(k?)hz\b|(?:sps|samples)\b|(?=[^\w\s]|$))", re.IGNORECASE),
    re.compile(rf"^\"?frequency\"?\s{{0,9}}()[,;\t]\s{{0,9}}\"?{NUMBER}\"?()[,;\s]{{0,20}}$", re.IGNORECASE),
)
"""Words, and a field of Noraxon outside of comments. A frequency alone may be that of a filter or a stimulator."""

INTERVALS = (
    re.compile(rf"{SAMPLING}interval\"?[:=,;\t ]{{1,20}}\"?{NUMBER}\s{{0,9}}([mµu]?s)\b", re.IGNORECASE),
    re.compile(rf"^interval=\s{{0,9}}{NUMBER}\s{{0,9}}([mµu]?s)\b", re.IGNORECASE),
)
"""Words, and the first line of LabChart."""

GROUPED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
HIGHEST_GROUPED_HZ = 100_000.0
"""A number such as 1,000 kHz that would be a rate above this has a decimal comma, not a thousands separator."""


HIGHEST_HZ = 1e6
"""Maximum rate; no converter for EMG is faster."""


def declared_rates_hz(lines: list[str]) -> list[float]:
    """Return the distinct sampling rates stated in the lines, in order: ``Sampling rate: 1,000 Hz``, ``fs=1e3``.

    An interval (``Interval= 0.001 s``) also states a rate.
    """
    found = (_declared_rate_hz(line[:MAX_LINE_CHARS]) for line in lines)
    return list(dict.fromkeys(rate_hz for rate_hz in found if 0.0 < rate_hz <= HIGHEST_HZ))


def _declared_rate_hz(line: str) -> float:
    """Return the first rate in a line, or 0."""
    for rate in RATES:
        if match := rate.search(line):
            factor = 1000.0 if match[1] or match[3] else 1.0
            rate_hz = _number(match[2]) * factor
            is_grouped = rate_hz > HIGHEST_GROUPED_HZ and GROUPED.fullmatch(match[2])
            return _decimal(match[2]) * factor if is_grouped else rate_hz
    for interval in INTERVALS:
        if match := interval.search(line):
            interval_s = _number(match[1]) * SECONDS_PER_UNIT[match[2].lower()]
            return float(f"{1.0 / interval_s:.6g}") if interval_s > 0.0 else 0.0
    return 0.0


def _number(text: str) -> float:
    return float(text.replace(",", "")) if GROUPED.fullmatch(text) else _decimal(text)


def _decimal(text: str) -> float:
    return float(text.replace(",", ".", 1).replace(",", ""))
