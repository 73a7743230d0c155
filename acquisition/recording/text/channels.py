"""Conversion of the columns of a plain text to channels: names, units, roles and warnings."""

from collections.abc import Sequence
from dataclasses import dataclass

from acquisition.core import (
    TAKEN_AS_ECG,
    UNKNOWN_SCALE,
    Role,
    are_in_counts,
    brief_list,
    distinct_names,
    is_count,
    is_heart,
    is_no_voltage,
    microvolts_per_unit,
)
from acquisition.recording.column_names import NO_VOLTAGE, bare, unit_of
from acquisition.recording.text.format import TextChannel

NO_VOLTAGES = (
    "g", "mg", "m/s^2", "m/s2", "m/s²", "deg", "degree", "degrees", "°", "deg/s", "deg/sec", "degrees/s", "°/s",
    "°/sec", "dps", "rad", "rad/s", "n", "nm", "kg", "mm", "cm", "pa", "kpa", "hpa", "mmhg", "°c", "bpm", "hz", "ut",
    "µt", "μt", "%",
)  # fmt: skip
"""Units after a name that are certainly not voltages, in lowercase. Brackets may contain something else, as a side."""

NO_UNIT = "no unit is stated: taken as µV"


@dataclass(frozen=True, slots=True)
class DeclaredUnits:
    """Units of a text's columns, beside those in the column names.

    Attributes
    ----------
    are_in_line : bool
        Whether the units in the names came from a line of units, and are therefore not sides.
    of_all : str
        Unit that the file states for all columns; empty where it does not.
    are_counts : bool
        Whether the file states the bits of a converter and no unit.
    given : str
        Unit given by the user; empty without one.
    """

    are_in_line: bool
    of_all: str
    are_counts: bool
    given: str

    def of(self, own: str) -> str:
        """Return the unit of a column with `own` in its name, empty where it is unknown."""
        return own or self.of_all or ("counts" if self.are_counts else self.given)

    def is_no_voltage(self, own: str) -> bool:
        """Return whether a column with `own` in its name is not a voltage."""
        is_sure = self.are_in_line or not own
        return own in NO_VOLTAGES or (is_sure and is_no_voltage(self.of(own)))


@dataclass(frozen=True, slots=True)
class TextChannels:
    """Channels, whether they are in counts of unknown scale, and the warnings."""

    channels: tuple[TextChannel, ...]
    are_counts: bool
    warnings: tuple[str, ...]


def text_channels(names: Sequence[str], declared: DeclaredUnits) -> TextChannels:
    """Return columns as channels. Counts are switched off where other columns have a unit of voltage."""
    owns = [unit_of(name) for name in names]
    units = [declared.of(own) for own in owns]
    labels = distinct_names([bare(name) for name in names], "EMG")
    roles = [_role(label, declared.is_no_voltage(own)) for label, own in zip(labels, owns, strict=True)]
    are_counts = are_in_counts((role, unit) for role, unit in zip(roles, units, strict=True) if role is not Role.OFF)
    channels = []
    unknown = []
    for label, role, unit in zip(labels, roles, units, strict=True):
        microvolts = microvolts_per_unit(unit)
        if role is Role.OFF or (is_count(unit) and not are_counts):
            channels.append(TextChannel(label, role=Role.OFF))
            continue
        if microvolts is None and unit and not are_counts:
            unknown.append(f"the unit {unit!r} is not known: taken as µV")
        channels.append(TextChannel(label, microvolts or 1.0, is_unit_guessed=not unit, role=role))
    if declared.given and not any(declared.of(own) == declared.given and not own for own in owns):
        unknown.insert(0, unused_unit(declared.given))
    guessed = [NO_UNIT] if any(channel.is_unit_guessed for channel in channels) else []
    warnings = (*_warnings(channels, are_counts), *dict.fromkeys(unknown), *guessed)
    return TextChannels(tuple(channels), are_counts, warnings)


def _role(label: str, is_off: bool) -> Role:
    if is_off:
        return Role.OFF
    return Role.ECG if is_heart(label) else Role.SURFACE


def unused_unit(unit: str) -> str:
    """Return the warning about a unit given by the user that no column uses."""
    return f"the unit given, {unit}, is not used: it is for columns of plain text that state none"


def _warnings(channels: Sequence[TextChannel], are_counts: bool) -> list[str]:
    """Return the warnings about channels, one per kind."""
    off = [channel.name for channel in channels if channel.role is Role.OFF]
    hearts = [channel.name for channel in channels if channel.role is Role.ECG]
    kinds = [f"{kind}: {brief_list(labels)}" for kind, labels in ((NO_VOLTAGE, off), (TAKEN_AS_ECG, hearts)) if labels]
    return [*kinds, UNKNOWN_SCALE] if are_counts else kinds
