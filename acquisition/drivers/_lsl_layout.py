"""Description of an LSL stream as a board, from metadata that may be incomplete or wrong."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acquisition.core import BoardConfigError, BoardInfo
from acquisition.link.lsl_channels import CHANNEL_KEYS, declared_bandwidth_hz, read_channels

MAX_CHANNELS = 256
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 50.0, 100_000.0

NUMBERS = ("float32", "double64", "int32", "int16", "int8", "int64")
"""Numeric channel formats, by the names of pylsl's attributes ``cf_…``."""


@dataclass(frozen=True, slots=True, eq=False)
class LslLayout:
    """Description of an LSL stream as a board.

    Attributes
    ----------
    info : BoardInfo
        Description of the board.
    counts_per_unit : ndarray of float64, shape (n_channels,)
        Counts of one unit of the stream.
    notes : tuple of str
        Messages about everything that was guessed.
    """

    info: BoardInfo
    counts_per_unit: NDArray[np.float64]
    notes: tuple[str, ...]

    def to_counts(self, values: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Return samples in the stream's unit, shape (n_samples, n_channels), as counts, and which are all numbers."""
        scaled = np.asarray(values, np.float64) * self.counts_per_unit
        is_valid: NDArray[np.bool_] = np.asarray(np.isfinite(scaled).all(axis=1))
        limit = self.info.full_scale_counts
        counts = np.clip(np.nan_to_num(np.rint(scaled)), -limit, limit).astype(np.int32)
        return counts, is_valid


def read_layout(lsl: Any, stream: Any) -> LslLayout:
    """Return the description of a stream as a board.

    Parameters
    ----------
    lsl : module
        Module `pylsl`.
    stream : pylsl.StreamInfo
        Description with metadata, from an inlet.

    Raises
    ------
    BoardConfigError
        If the stream is not numeric, or its rate or number of channels is out of range.
    """
    name, rate_hz, n_channels = stream.name(), float(stream.nominal_srate()), int(stream.channel_count())
    if stream.channel_format() not in [getattr(lsl, f"cf_{kind}") for kind in NUMBERS]:
        raise BoardConfigError(f"the LSL stream {name!r} carries text, not numbers: is it a stream of markers?")
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise BoardConfigError(
            f"the LSL stream {name!r} states {rate_hz:g} samples a second (0 is irregular); expected "
            f"{LOWEST_RATE_HZ:g} to {HIGHEST_RATE_HZ:g}"
        )
    if not 1 <= n_channels <= MAX_CHANNELS:
        raise BoardConfigError(f"the LSL stream {name!r} has {n_channels} channels; expected 1 to {MAX_CHANNELS}")
    description = stream.desc()
    declared = read_channels(_channel_descriptions(description, n_channels), "LSL")
    scales = np.array([channel.microvolts_per_count for channel in declared.channels])
    bandwidth_hz = declared_bandwidth_hz(description.child("acquisition").child_value("bandwidth_hz"), rate_hz)
    info = BoardInfo(
        f"LSL {name}"[:80].strip(), rate_hz, declared.channels, bandwidth_hz, amplitude_unit=declared.amplitude_unit
    )
    return LslLayout(info, np.array(declared.microvolts_per_unit) / scales, declared.notes)


def _channel_descriptions(description: Any, n_channels: int) -> list[dict[str, str]]:
    """Return the metadata of each channel; empty for a channel without metadata."""
    declared: list[dict[str, str]] = []
    node = description.child("channels").child("channel")
    while not node.empty() and len(declared) < n_channels:
        declared.append({key: node.child_value(key) for key in CHANNEL_KEYS})
        node = node.next_sibling("channel")
    return declared + [{}] * (n_channels - len(declared))
