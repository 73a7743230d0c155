"""What the metadata of an LSL stream tell of its channels: of a live stream and, word for word, of an XDF file."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from acquisition.core import (
    GUESSED_BANDWIDTH_PER_RATE,
    UNKNOWN_MICROVOLTS_PER_COUNT,
    Channel,
    Role,
    is_count,
    is_no_voltage,
    microvolts_per_unit,
    some_of,
    unlike,
)

CHANNEL_KEYS = ("label", "unit", "type", "role", "microvolts_per_count", "gain", "muscle", "side", "needled_band")
"""What is read of a channel: https://github.com/sccn/xdf/wiki/EMG-Meta-Data, and what is ours beyond it."""

ROLES_OF_TYPES = {
    **dict.fromkeys(("ecg", "ekg"), Role.ECG),
    **dict.fromkeys(
        (
            "acc", "accel", "accelerometer", "gyro", "gyroscope", "imu", "mag", "magnetometer",
            "trigger", "trig", "stim", "event", "events", "marker", "markers", "status",
            "counter", "time", "timestamp", "battery", "temp", "temperature", "force", "misc",
        ),
        Role.OFF,
    ),
}  # fmt: skip
"""Roles of the channel types, in small letters, that are no EMG; of the others nobody knows better."""


@dataclass(frozen=True, slots=True)
class ToldChannels:
    """The channels of a stream.

    Attributes
    ----------
    channels : tuple of Channel
        With names of 1 to 16 characters that are all different. The scale is the one told, or that of a converter
        which is not known.
    tells_scale : tuple of bool
        Which scales are told.
    microvolts_per_unit : tuple of float
        µV of one unit of each channel; 1 where the unit is none of voltage.
    amplitude_unit : str
        As `BoardInfo` has it.
    notes : tuple of str
        What was guessed.
    """

    channels: tuple[Channel, ...]
    tells_scale: tuple[bool, ...]
    microvolts_per_unit: tuple[float, ...]
    amplitude_unit: str
    notes: tuple[str, ...]


def read_channels(told: Sequence[Mapping[str, str]], unnamed: str) -> ToldChannels:
    """Read what a stream tells of each channel, whatever its sender forgot or got wrong.

    Parameters
    ----------
    told : sequence of mapping
        One per channel, text by `CHANNEL_KEYS`; what is missing is not told.
    unnamed : str
        Channels without a label are this and their number.
    """
    units = [one.get("unit", "").strip().lower() for one in told]
    names = _unique([one.get("label", "") for one in told], unnamed)
    signals = [unit for unit, one in zip(units, told, strict=True) if _role(one) is not Role.OFF]
    is_in_counts = bool(signals) and all(is_count(unit) for unit in signals)
    channels = []
    no_voltages = []
    strange = [is_no_voltage(unit) or (is_count(unit) and not is_in_counts) for unit in units]
    for number, (name, unit, one) in enumerate(zip(names, units, told, strict=True)):
        channel = Channel(
            name,
            positive_number(one.get("microvolts_per_count", ""))
            or (1.0 if is_in_counts else UNKNOWN_MICROVOLTS_PER_COUNT),
            Role.OFF if strange[number] else _role(one),
            positive_number(one.get("gain", "")),
            one.get("muscle", "")[:80],
            one.get("side", "")[:80],
            one.get("needled_band", "") == "true",
        )
        channels.append(channel)
        if channel.role is Role.OFF and one.get("role") != Role.OFF:
            no_voltages.append(f"{name} ({unit if strange[number] else one.get('type')})")
    silent = [
        channel.name
        for channel, unit in zip(channels, units, strict=True)
        if microvolts_per_unit(unit) is None and channel.role is not Role.OFF and not is_in_counts
    ]
    return ToldChannels(
        tuple(channels),
        tuple(positive_number(one.get("microvolts_per_count", "")) is not None for one in told),
        tuple(microvolts_per_unit(unit) or 1.0 for unit in units),
        "counts" if is_in_counts else "µV",
        tuple(_notes(silent, no_voltages, is_in_counts)),
    )


def told_bandwidth_hz(text: str, sampling_rate_hz: float) -> float:
    """Return the bandwidth that a stream tells, or a guess where that cannot be true."""
    bandwidth_hz = positive_number(text)
    if bandwidth_hz is None or bandwidth_hz > sampling_rate_hz / 2.0:
        return GUESSED_BANDWIDTH_PER_RATE * sampling_rate_hz
    return bandwidth_hz


def positive_number(text: str) -> float | None:
    """Return a number above 0, None for everything else that a sender may have written."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0.0 else None


def _role(one: Mapping[str, str]) -> Role:
    role = one.get("role", "")
    return Role(role) if role in list(Role) else ROLES_OF_TYPES.get(one.get("type", "").strip().lower(), Role.SURFACE)


def _unique(labels: Sequence[str], unnamed: str) -> list[str]:
    """Return names of 1 to 16 characters that are all different."""
    names: list[str] = []
    for number, label in enumerate(labels, start=1):
        name = "".join(char for char in label if char.isprintable()).strip()[:16].strip()
        names.append(unlike(name or f"{unnamed} {number}", names))
    return names


def _notes(silent: list[str], no_voltages: list[str], is_in_counts: bool) -> list[str]:
    notes = []
    if silent:
        notes.append(f"the stream tells no unit of {some_of(silent)}: taken as µV")
    if is_in_counts:
        notes.append("the stream tells counts and no voltage: amplitudes are counts")
    if no_voltages:
        notes.append(f"no voltage of a muscle, kept as they come and not watched: {some_of(no_voltages)}")
    return notes
