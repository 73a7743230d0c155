"""Channels from the metadata of an LSL stream, live or in an XDF file (the keys are the same)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from acquisition.core import (
    ADS1299_FULL_SCALE_COUNTS,
    GUESSED_BANDWIDTH_PER_RATE,
    LABEL_WIDTH,
    NOT_OF_MUSCLE,
    TAKEN_AS_ECG,
    UNKNOWN_MICROVOLTS_PER_COUNT,
    UNKNOWN_SCALE,
    AmplitudeUnit,
    Channel,
    Role,
    are_in_counts,
    brief_list,
    distinct_names,
    is_count,
    is_heart,
    is_no_voltage,
    microvolts_per_unit,
)

CHANNEL_KEYS = ("label", "unit", "type", "role", "microvolts_per_count", "gain", "muscle", "side", "needled_band")
"""Keys that are read of each channel: those of https://github.com/sccn/xdf/wiki/EMG-Meta-Data, and our own."""

ROLES_OF_TYPES = {
    **dict.fromkeys(("ecg", "ekg"), Role.ECG),
    **dict.fromkeys(
        (
            "acc", "accel", "accelerometer", "acceleration", "gyr", "gyro", "gyroscope", "imu", "mag", "magnetometer",
            "quaternion", "trigger", "triggers", "trig", "stim", "event", "events", "marker", "markers", "digital",
            "status", "counter", "time", "timestamp", "battery", "temp", "temperature", "force",
        ),
        Role.OFF,
    ),
}  # fmt: skip
"""Roles of the channel types, in lower case, that are not EMG. Other types give no role."""

ANYTHING = "misc"
"""Type, in lower case, of a channel that is ignored when another channel is a signal, and used otherwise."""

LEAST_SCALE, MOST_SCALE = (full_uv / ADS1299_FULL_SCALE_COUNTS for full_uv in (1e-4, 5e12))
"""Range of µV per count that a recording can hold. Scales outside it are ignored."""


@dataclass(frozen=True, slots=True)
class DeclaredChannels:
    """Channels of a stream, as described by its metadata.

    Attributes
    ----------
    channels : tuple of Channel
        Channels with distinct names of 1 to 16 characters. The scale is that of the metadata; without one it is 1 for
        a stream in counts and otherwise that of an unknown converter.
    tells_scale : tuple of bool
        Whether the metadata contain the scale, per channel.
    microvolts_per_unit : tuple of float
        µV of one unit, per channel; 1 when the unit is not a voltage.
    amplitude_unit : AmplitudeUnit
        Unit of amplitudes, as in `BoardInfo`.
    notes : tuple of str
        Messages about everything that was guessed.
    """

    channels: tuple[Channel, ...]
    tells_scale: tuple[bool, ...]
    microvolts_per_unit: tuple[float, ...]
    amplitude_unit: AmplitudeUnit
    notes: tuple[str, ...]


def read_channels(declared: Sequence[Mapping[str, str]], unnamed: str) -> DeclaredChannels:
    """Return the channels described by a stream's metadata, which may be incomplete or wrong.

    Parameters
    ----------
    declared : sequence of mapping
        Texts by `CHANNEL_KEYS`, one mapping per channel; keys may be missing.
    unnamed : str
        Name of channels without a label, followed by their number.
    """
    units = [one.get("unit", "").strip().lower() for one in declared]
    names = distinct_names([one.get("label", "") for one in declared], unnamed, LABEL_WIDTH)
    roles, scales = _roles(declared, units), [_declared_scale(one) for one in declared]
    is_in_counts = are_in_counts(zip(roles, units, strict=True))
    channels = tuple(
        Channel(
            name,
            scale or (1.0 if is_in_counts else UNKNOWN_MICROVOLTS_PER_COUNT),
            role,
            positive_number(one.get("gain", "")),
            one.get("muscle", "")[:80],
            one.get("side", "")[:80],
            one.get("needled_band", "") == "true",
        )
        for name, scale, role, one in zip(names, scales, roles, declared, strict=True)
    )
    return DeclaredChannels(
        channels,
        tuple(scale is not None for scale in scales),
        tuple(microvolts_per_unit(unit) or 1.0 for unit in units),
        AmplitudeUnit.COUNTS if is_in_counts else AmplitudeUnit.MICROVOLTS,
        tuple(_notes(channels, declared, units, is_in_counts)),
    )


def declared_bandwidth_hz(text: str, sampling_rate_hz: float) -> float:
    """Return the bandwidth in Hz given by a stream, or a guess when it is missing or impossible."""
    bandwidth_hz = positive_number(text)
    if bandwidth_hz is None or bandwidth_hz > sampling_rate_hz / 2.0:
        return GUESSED_BANDWIDTH_PER_RATE * sampling_rate_hz
    return bandwidth_hz


def positive_number(text: str) -> float | None:
    """Return a text as a finite number above 0, or None for any other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0.0 else None


def _declared_scale(one: Mapping[str, str]) -> float | None:
    scale = positive_number(one.get("microvolts_per_count", ""))
    return scale if scale is not None and LEAST_SCALE <= scale <= MOST_SCALE else None


def _declared_role(one: Mapping[str, str]) -> Role | None:
    role = one.get("role", "")
    return Role(role) if role in list(Role) else None


def _type(one: Mapping[str, str]) -> str:
    return one.get("type", "").strip().lower()


def _roles(declared: Sequence[Mapping[str, str]], units: Sequence[str]) -> list[Role]:
    """Return the roles given by the metadata or guessed from type, label and unit."""
    own = [_declared_role(one) for one in declared]
    roles = [
        role or ROLES_OF_TYPES.get(_type(one)) or _role_of_label(one) for role, one in zip(own, declared, strict=True)
    ]
    roles = [Role.OFF if is_no_voltage(unit) else role for role, unit in zip(roles, units, strict=True)]
    may_be_anything = [
        own[number] is None and role is Role.SURFACE and _type(declared[number]) == ANYTHING
        for number, role in enumerate(roles)
    ]
    if any(role not in NOT_OF_MUSCLE and not is_it for role, is_it in zip(roles, may_be_anything, strict=True)):
        roles = [Role.OFF if is_it else role for role, is_it in zip(roles, may_be_anything, strict=True)]
    if are_in_counts(zip(roles, units, strict=True)):
        return roles
    return [
        Role.OFF if is_count(unit) and declared_role is None else role
        for role, unit, declared_role in zip(roles, units, own, strict=True)
    ]


def _role_of_label(one: Mapping[str, str]) -> Role:
    return Role.ECG if is_heart(one.get("label", "").strip()) else Role.SURFACE


def _notes(
    channels: Sequence[Channel], declared: Sequence[Mapping[str, str]], units: Sequence[str], is_in_counts: bool
) -> list[str]:
    """Return messages about the guesses, one per kind."""
    silent, hearts, others = [], [], []
    for channel, one, unit in zip(channels, declared, units, strict=True):
        is_declared = _declared_role(one) is channel.role
        if channel.role is Role.OFF:
            is_by_unit = is_no_voltage(unit) or (is_count(unit) and not is_in_counts)
            others += [] if is_declared else [f"{channel.name} ({unit if is_by_unit else one.get('type')})"]
            continue
        silent += [channel.name] if microvolts_per_unit(unit) is None and not is_in_counts else []
        is_guess = not is_declared and _type(one) not in ROLES_OF_TYPES
        hearts += [channel.name] if is_guess and channel.role is Role.ECG else []
    found = {
        "no unit is stated, taken as µV": silent,
        TAKEN_AS_ECG: hearts,
        "no voltage of a muscle, not watched": others,
    }
    notes = [f"{what}: {brief_list(names)}" for what, names in found.items() if names]
    return [*notes, *([UNKNOWN_SCALE] if is_in_counts else [])]
