"""What the name of a column tells: a unit, and whether it is a signal at all."""

import re

from acquisition.core import MICROVOLTS_PER_UNIT

SECONDS_PER_UNIT = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "ms": 1e-3, "msec": 1e-3, "millis": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "usec": 1e-6, "microsecond": 1e-6, "microseconds": 1e-6,
}  # fmt: skip
"""Seconds of one unit, by its name in small letters."""

TIME_WORDS = frozenset(("time", "times", "timestamp", "timestamps", "datetime"))
"""Words of which one anywhere in a name tells of times."""

FIRST_TIME_WORDS = frozenset(("clock", "elapsed", *SECONDS_PER_UNIT)) - {"s"}
"""Words that tell of times at the beginning of a name."""

INDEX_WORDS = frozenset(
    ("index", "sample", "samples", "samplenumber", "sampleindex", "frame", "frames", "counter", "nseq", "packet")
)
MARK_WORDS = frozenset(
    ("date", "di", "marker", "markers", "event", "events", "trigger", "triggers", "label", "unnamed")
)
HEART = re.compile(r"(ECG|EKG)(?![A-Za-z])", re.IGNORECASE)
NO_VOLTAGE = "no voltage, and watched only where --setup gives it a role"
TAKEN_AS_ECG = "taken as an ECG by its label"
"""What is said of channels by what their names and units tell; their labels follow."""

MAX_NAME_CHARS = 200
"""Of a longer name the rest tells nothing."""

UNIT = re.compile(
    r"[(\[]([^()\[\]]{1,80})[)\]]$|(?:[_ ]|,\s{0,9})([munµμ\ufffd]?v|(?:micro|milli|nano)?volts?)$", re.IGNORECASE
)


def unit_of(name: str) -> str:
    """Return the unit in a column's name in small letters, empty where it has none."""
    match = UNIT.search(name[:MAX_NAME_CHARS].rstrip())
    unit = (match[1] or match[2]).strip().lower() if match else ""
    return unit.replace("\ufffd", "µ")  # a µ that is not in UTF-8


def bare(name: str) -> str:
    """Return a column's name without its unit."""
    name = name[:MAX_NAME_CHARS].rstrip()
    return UNIT.sub("", name).strip() or name


def is_heart(name: str) -> bool:
    """Return whether a channel's name tells that it shows the heart: ``ECG``, ``EKG 1``."""
    return HEART.match(name) is not None


def is_voltage(name: str) -> bool:
    """Return whether a column's name tells a unit of volts."""
    return unit_of(name) in MICROVOLTS_PER_UNIT


def seconds_per_unit(name: str) -> float | None:
    """Return the seconds of one unit of a column of times, None where its name tells no unit."""
    unit = unit_of(name)
    last = _words(name)[-1:] if not unit else [unit]
    return SECONDS_PER_UNIT.get(last[0]) if last else None


def is_time(name: str) -> bool:
    """Return whether a column's name tells that it holds times."""
    words = _words(name)
    if not words or is_voltage(name):
        return False
    if unit_of(name) in SECONDS_PER_UNIT or words[0] in FIRST_TIME_WORDS or not TIME_WORDS.isdisjoint(words):
        return True
    return words[0] == "t" and all(word in SECONDS_PER_UNIT for word in words[1:])


def is_index(name: str) -> bool:
    """Return whether a column's name tells that it counts samples."""
    words = _words(name)
    return words == ["n"] or (bool(words) and words[0] in INDEX_WORDS)


def is_no_signal(name: str) -> bool:
    """Return whether a column's name tells that it holds no signal."""
    words = _words(name)
    return is_time(name) or is_index(name) or (bool(words) and words[0] in MARK_WORDS)


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", name[:MAX_NAME_CHARS].lower()) if word]
