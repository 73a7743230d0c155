"""What an LSL stream tells of itself, as a board's description; whatever a foreign sender forgot or got wrong."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acquisition.core import (
    GUESSED_BANDWIDTH_PER_RATE,
    UNKNOWN_MICROVOLTS_PER_COUNT,
    BoardConfigError,
    BoardInfo,
    Channel,
    Role,
    is_no_voltage,
    microvolts_per_unit,
    unlike,
)

MAX_CHANNELS = 256
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 50.0, 100_000.0

NUMBERS = ("float32", "double64", "int32", "int16", "int8", "int64")
"""Formats of channels that hold numbers, as attributes ``cf_…`` of pylsl."""


@dataclass(frozen=True, slots=True, eq=False)
class LslLayout:
    """An LSL stream as a board.

    Attributes
    ----------
    info : BoardInfo
        Its description.
    counts_per_unit : ndarray of float64, shape (n_channels,)
        Counts of one unit of the stream.
    notes : tuple of str
        What was guessed.
    """

    info: BoardInfo
    counts_per_unit: NDArray[np.float64]
    notes: tuple[str, ...]

    def to_counts(self, values: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Return samples in the stream's unit, shape (n_samples, n_channels), as counts, and which are numbers."""
        scaled = np.asarray(values, np.float64) * self.counts_per_unit
        is_valid: NDArray[np.bool_] = np.asarray(np.isfinite(scaled).all(axis=1))
        limit = self.info.full_scale_counts
        counts = np.clip(np.nan_to_num(np.rint(scaled)), -limit, limit).astype(np.int32)
        return counts, is_valid


def read_layout(lsl: Any, stream: Any) -> LslLayout:
    """Describe a stream as a board.

    Parameters
    ----------
    lsl : module
        `pylsl`.
    stream : pylsl.StreamInfo
        With its metadata, as an inlet gives it.

    Raises
    ------
    BoardConfigError
        When it carries no regular samples of numbers, or too many.
    """
    name, rate_hz, n_channels = stream.name(), float(stream.nominal_srate()), int(stream.channel_count())
    if stream.channel_format() not in [getattr(lsl, f"cf_{kind}") for kind in NUMBERS]:
        raise BoardConfigError(f"the LSL stream {name!r} carries text, not numbers: is it a stream of markers?")
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise BoardConfigError(
            f"the LSL stream {name!r} tells {rate_hz:g} samples a second (0 is irregular); expected "
            f"{LOWEST_RATE_HZ:g} to {HIGHEST_RATE_HZ:g}"
        )
    if not 1 <= n_channels <= MAX_CHANNELS:
        raise BoardConfigError(f"the LSL stream {name!r} has {n_channels} channels; expected 1 to {MAX_CHANNELS}")
    description = stream.desc()
    told = _channel_nodes(description, n_channels)
    units = [node.child_value("unit").strip() if node is not None else "" for node in told]
    per_unit_uv = np.array([microvolts_per_unit(unit) or 1.0 for unit in units])
    names = _unique([node.child_value("label") if node is not None else "" for node in told])
    channels = tuple(_channel(*one) for one in zip(names, told, units, strict=True))
    scale = np.array([channel.microvolts_per_count for channel in channels])
    bandwidth_hz = _number(description.child("acquisition").child_value("bandwidth_hz"))
    if bandwidth_hz is None or bandwidth_hz > rate_hz / 2.0:
        bandwidth_hz = GUESSED_BANDWIDTH_PER_RATE * rate_hz
    info = BoardInfo(f"LSL {name}"[:80].strip(), rate_hz, channels, bandwidth_hz)
    return LslLayout(info, per_unit_uv / scale, tuple(_notes(names, units)))


def _channel_nodes(description: Any, n_channels: int) -> list[Any]:
    """Return the metadata of each channel, None where there is none."""
    nodes: list[Any] = []
    node = description.child("channels").child("channel")
    while not node.empty() and len(nodes) < n_channels:
        nodes.append(node)
        node = node.next_sibling("channel")
    return nodes + [None] * (n_channels - len(nodes))


def _channel(name: str, node: Any, unit: str) -> Channel:
    default = Channel(name, UNKNOWN_MICROVOLTS_PER_COUNT)
    if is_no_voltage(unit):
        return Channel(name, default.microvolts_per_count, Role.OFF)
    if node is None:
        return default
    role = node.child_value("role")
    return Channel(
        name,
        _number(node.child_value("microvolts_per_count")) or default.microvolts_per_count,
        Role(role) if role in list(Role) else Role.SURFACE,
        _number(node.child_value("gain")),
        node.child_value("muscle")[:80],
        node.child_value("side")[:80],
        node.child_value("needled_band") == "true",
    )


def _unique(labels: list[str]) -> list[str]:
    """Return names of 1 to 16 characters that are all different."""
    names: list[str] = []
    for number, label in enumerate(labels, start=1):
        name = "".join(char for char in label if char.isprintable()).strip()[:16].strip()
        names.append(unlike(name or f"LSL {number}", names))
    return names


def _number(text: str) -> float | None:
    """Return a number above 0, None for everything else that a sender may have written."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0.0 else None


def _notes(names: list[str], units: list[str]) -> list[str]:
    notes = []
    silent = [
        name
        for name, unit in zip(names, units, strict=True)
        if microvolts_per_unit(unit) is None and not is_no_voltage(unit)
    ]
    if silent:
        notes.append(f"the stream tells no unit of {_some(silent)}: taken as µV")
    strange = [f"{name} ({unit})" for name, unit in zip(names, units, strict=True) if is_no_voltage(unit)]
    if strange:
        notes.append(f"no voltage, recorded as they come and not watched: {_some(strange)}")
    return notes


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
