"""Classification of columns by their names: the unit, and whether the column is a signal."""

import re

from acquisition.core import MICROVOLTS_PER_UNIT

SECONDS_PER_UNIT = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "ms": 1e-3, "msec": 1e-3, "millis": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "usec": 1e-6, "microsecond": 1e-6, "microseconds": 1e-6,
}  # fmt: skip
"""Seconds per unit, by lowercase unit name."""

TIME_WORDS = frozenset(("time", "times", "timestamp", "timestamps", "datetime"))
"""Words that mark a column as times anywhere in its name."""

FIRST_TIME_WORDS = frozenset(("clock", "elapsed"))
"""Words that mark a column as times at the beginning of its name."""

BESIDE_UNIT_WORDS = frozenset(("since", "from", "start", "begin", "elapsed", "clock"))
"""Words beside which a time unit marks a column as times. In ``MS left``, ``MS`` is the name of a muscle."""

INDEX_WORDS = frozenset(
    (
        "index",
        "sample",
        "samples",
        "samplenumber",
        "sampleindex",
        "frame",
        "frames",
        "subframe",
        "counter",
        "nseq",
        "packet",
    )
)
MARK_WORDS = frozenset(
    ("date", "di", "marker", "markers", "event", "events", "trigger", "triggers", "label", "labels", "unnamed")
)
BESIDE_WORDS = frozenset(("channel", "code", "count", "id", "in", "input", "name", "no", "nr", "number", "sub", "type"))
"""Words that may accompany the words of the two sets above. Others change the meaning, as in ``Trigger point left``."""

NO_VOLTAGE = "no voltage, and watched only where --setup gives it a role"
"""Warning about channels whose units are not voltages; their labels follow."""

MAX_NAME_CHARS = 200
"""Longer names are truncated to this length before they are classified."""

UNIT = re.compile(
    r"[(\[]([^()\[\]]{1,80})[)\]]$|(?:[_ ]|,\s{0,9})([munµμ\ufffd]?v|(?:micro|milli|nano)?volts?)$", re.IGNORECASE
)


def unit_of(name: str) -> str:
    """Return the unit in a column name in lowercase, empty where it has none."""
    match = UNIT.search(name[:MAX_NAME_CHARS].rstrip())
    unit = (match[1] or match[2]).strip().lower() if match else ""
    return unit.replace("\ufffd", "µ")  # a µ that is not encoded in UTF-8


def bare(name: str) -> str:
    """Return a column name without its unit."""
    name = name[:MAX_NAME_CHARS].rstrip()
    return UNIT.sub("", name).strip() or name


def is_voltage(name: str) -> bool:
    """Return whether a column name has a unit of voltage."""
    return unit_of(name) in MICROVOLTS_PER_UNIT


def seconds_per_unit(name: str) -> float | None:
    """Return the seconds per unit of a column of times, or None where its name has no unit."""
    unit = unit_of(name)
    last = _words(name)[-1:] if not unit else [unit]
    return SECONDS_PER_UNIT.get(last[0]) if last else None


def is_time(name: str) -> bool:
    """Return whether a column name indicates times."""
    words = _words(name)
    if not words or is_voltage(name):
        return False
    if unit_of(name) in SECONDS_PER_UNIT:
        return True
    if _names_emg(words):
        return False
    if words[0] in FIRST_TIME_WORDS or not TIME_WORDS.isdisjoint(words):
        return True
    others = [word for word in words if word not in SECONDS_PER_UNIT]
    if words[0] == "t":
        return others == ["t"]
    return words != ["s"] and len(others) < len(words) and BESIDE_UNIT_WORDS.issuperset(others)


def is_index(name: str) -> bool:
    """Return whether a column name indicates sample numbers."""
    return not is_voltage(name) and (_words(name) == ["n"] or _are_only(_words(name), INDEX_WORDS))


def is_no_signal(name: str) -> bool:
    """Return whether a column name indicates that it is not a signal: times, sample numbers or marks."""
    return is_time(name) or is_index(name) or _are_only(_words(bare(name)), MARK_WORDS)


def _are_only(words: list[str], known: frozenset[str]) -> bool:
    """Return whether some words are known and all others are numbers or in `BESIDE_WORDS`."""
    others = [word for word in words if word not in known and not word.isdigit()]
    return not known.isdisjoint(words) and BESIDE_WORDS.issuperset(others)


def _names_emg(words: list[str]) -> bool:
    return any("emg" in word for word in words)


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", name[:MAX_NAME_CHARS].lower()) if word]
