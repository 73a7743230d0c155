"""Units and scales shared by boards and recordings."""

from collections.abc import Iterable

from acquisition.core.ads1299 import ads1299_microvolts_per_count
from acquisition.core.info import Role

MICROVOLTS_PER_UNIT = {
    "nv": 1e-3, "nvolt": 1e-3, "nvolts": 1e-3, "nanovolt": 1e-3, "nanovolts": 1e-3,
    "uv": 1.0, "µv": 1.0, "μv": 1.0, "uvolt": 1.0, "uvolts": 1.0, "µvolt": 1.0, "µvolts": 1.0,
    "microv": 1.0, "microvolt": 1.0, "microvolts": 1.0,
    "mv": 1e3, "mvolt": 1e3, "mvolts": 1e3, "millivolt": 1e3, "millivolts": 1e3,
    "v": 1e6, "volt": 1e6, "volts": 1e6,
}  # fmt: skip
"""µV of one unit, by its name in lower case."""

UNSPECIFIED_UNITS = ("", "-", "?", "1", "n/a", "na", "nan", "none", "unknown", "unspecified", "undefined")
"""Texts of an unspecified unit, in lower case."""

COUNT_UNITS = (
    "a.u.", "au", "arb", "raw", "adc", "adu", "count", "counts", "kcounts", "lsb", "bit", "bits", "digit", "digits",
)  # fmt: skip
"""Texts of a unit that is a converter's counts, in lower case. Only TwitchScope writes ``kcounts``, in BDF headers,
whose reader multiplies by 1000; elsewhere counts have no scale that a factor could change."""

NOT_OF_MUSCLE = (Role.ECG, Role.MOTION, Role.OFF)
"""Roles of channels that do not record a muscle."""

UNKNOWN_SCALE = "the values are counts of an unknown scale: amplitudes are not in µV"
"""Note about a recording or stream whose signals are all in counts. Beside a voltage, counts are not monitored."""

GUESSED_BANDWIDTH_PER_RATE = 0.45
"""Assumed bandwidth of a source of unknown bandwidth as a fraction of its rate: that of an ordinary anti-alias filter.
A guess, unlike the 0.262 of an ADS1299."""

UNKNOWN_MICROVOLTS_PER_COUNT = ads1299_microvolts_per_count(12)
"""Scale of a source whose converter is unknown: 0.045 µV per count, up to ±375 mV, beyond which it is railed.

This is the range of an ADS1299 at gain 12: wide enough for an electrode's offset and finer than any board's noise.
"""


def microvolts_per_unit(unit: str) -> float | None:
    """Return the µV of one unit as spelled in files and streams, or None when it is not a voltage or not given."""
    text = _plain(unit)
    is_lost_mu = text[-1:] == "v" and (text[:-1] == "?" or not text[:-1].isascii())  # in a wrong encoding
    return MICROVOLTS_PER_UNIT.get(text, 1.0 if is_lost_mu else None)


def is_no_voltage(unit: str) -> bool:
    """Return whether a unit is given and is neither a voltage nor counts (g, Pa): the channel records no EMG."""
    return microvolts_per_unit(unit) is None and _plain(unit) not in UNSPECIFIED_UNITS and not is_count(unit)


def is_count(unit: str) -> bool:
    """Return whether a unit is the converter's counts, of unknown µV."""
    return _plain(unit) in COUNT_UNITS


def are_in_counts(channels: Iterable[tuple[Role, str]]) -> bool:
    """Return whether all channels that may record a muscle, by role and unit, are in counts, so that none is in µV.

    When no channel may record a muscle, all channels that may be a voltage are considered.
    """
    voltages = [(role, unit) for role, unit in channels if not is_no_voltage(unit)]
    units = [unit for role, unit in voltages if role not in NOT_OF_MUSCLE] or [unit for _, unit in voltages]
    return bool(units) and all(map(is_count, units))


def _plain(unit: str) -> str:
    return unit.strip(" []()").lower()
