"""Amplitude statistics of the channels of a text file, for the choice of the scale and the detection of wrong units."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acquisition.recording.recording import Damage

MOST_UV = 1.2e7
"""Maximum plausible amplitude. No converter exceeds ±10 V, even behind an amplifier; larger values are invalid."""

ROWS_LOOKED_AT, CHUNKS_BETWEEN = 256, 4
"""Number of rows examined in every fourth chunk to estimate the usual amplitude and the usual step of a channel."""

EMG_UV = (0.05, 5000.0)
"""Range of the usual amplitude of EMG: the quietest amplifiers have more noise, and no muscle exceeds it."""

LIKELY_UV = 10.0
OTHER_UNITS = (("volts? (--unit V)", 1e6), ("millivolts? (--unit mV)", 1e3), ("nanovolts or counts?", 1e-3))
"""Other possible units of a column that was taken as µV, and their size in µV."""

NORMAL_PER_MAD = 1.4826
"""Standard deviation over median absolute deviation of a normal distribution."""

FINE_UV = EMG_UV[0]
"""Resolution in µV per count that is fine enough for any EMG."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Statistics of all rows, each of shape (n_channels,), amplitudes in µV.

    Attributes
    ----------
    largest_uv : ndarray of float64
        Largest magnitude, without implausible values.
    usual_uv : ndarray of float64
        Usual amplitude without offset; 0 where values are mostly constant.
    step_uv : ndarray of float64
        Usual step from one sample to the next.
    n_missing, n_beyond : ndarray of int64
        Rows without a number where another channel has one, and implausible values.
    """

    largest_uv: NDArray[np.float64]
    usual_uv: NDArray[np.float64]
    step_uv: NDArray[np.float64]
    n_missing: NDArray[np.int64]
    n_beyond: NDArray[np.int64]


class Amplitudes:
    """Accumulator of the amplitude statistics of each channel, chunk by chunk.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    most_uv : float
        Larger values are invalid, unless they are the majority in a channel.
    """

    def __init__(self, n_channels: int, most_uv: float = MOST_UV) -> None:
        self._most_uv = most_uv
        self._largest_uv, self._largest_of_all_uv = np.zeros((2, n_channels))
        self._n_known, self._n_missing, self._n_beyond = np.zeros((3, n_channels), np.int64)
        self._n_chunks = 0
        self._usual_uv: list[NDArray[np.float64]] = []
        self._step_uv: list[NDArray[np.float64]] = []

    def add(self, signal_uv: NDArray[np.float64]) -> None:
        """Add the next rows, in µV; not finite where there is no number."""
        if not len(signal_uv):
            return
        known = np.isfinite(signal_uv)
        if not known.all():
            self._n_missing += np.count_nonzero(~known[known.any(axis=1)], axis=0)
            signal_uv = np.where(known, signal_uv, 0.0)
        magnitude_uv = np.abs(signal_uv)
        self._n_known += np.count_nonzero(known, axis=0)
        largest_uv = magnitude_uv.max(axis=0)
        self._largest_of_all_uv = np.maximum(self._largest_of_all_uv, largest_uv)
        if largest_uv.max() > self._most_uv:
            is_beyond = magnitude_uv > self._most_uv
            self._n_beyond += np.count_nonzero(is_beyond, axis=0)
            largest_uv = np.where(is_beyond, 0.0, magnitude_uv).max(axis=0)
        self._largest_uv = np.maximum(self._largest_uv, largest_uv)
        if self._n_chunks % CHUNKS_BETWEEN == 0:
            self._look_at(signal_uv[:ROWS_LOOKED_AT], known[:ROWS_LOOKED_AT])
        self._n_chunks += 1

    def _look_at(self, signal_uv: NDArray[np.float64], known: NDArray[np.bool_]) -> None:
        """Add a stretch of signal as one measurement, for the channels without missing values in it."""
        is_whole = known.all(axis=0)
        usual_uv = NORMAL_PER_MAD * np.median(np.abs(signal_uv - np.median(signal_uv, axis=0)), axis=0)
        step_uv = np.median(np.abs(np.diff(signal_uv, axis=0, prepend=signal_uv[:1])), axis=0)
        self._usual_uv.append(np.where(is_whole, usual_uv, np.nan))
        self._step_uv.append(np.where(is_whole, step_uv, np.nan))

    def found(self) -> Found:
        """Return the statistics of the rows so far."""
        is_always_beyond = 2 * self._n_beyond > self._n_known
        return Found(
            np.where(is_always_beyond, self._largest_of_all_uv, self._largest_uv),
            _medians(self._usual_uv, len(self._n_known)),
            _medians(self._step_uv, len(self._n_known)),
            self._n_missing,
            np.where(is_always_beyond, 0, self._n_beyond),
        )


def _medians(measures: list[NDArray[np.float64]], n_channels: int) -> NDArray[np.float64]:
    """Return the median of each channel's measurements; 0 where there is none."""
    columns = np.array(measures).reshape(-1, n_channels).T
    known = (column[np.isfinite(column)] for column in columns)
    return np.array([np.median(column) if column.size else 0.0 for column in known])


def hole_warnings(found: Found, names: Sequence[str]) -> list[str]:
    """Return the warnings about missing or invalid numbers."""
    missing, beyond = (_counted(numbers, names) for numbers in (found.n_missing, found.n_beyond))
    warnings: list[str] = []
    if missing:
        warnings.append(Damage(f"no number where others have one, in so many rows: {missing}; taken as railed there"))
    if beyond:
        warnings.append(Damage(f"values beyond ±10 V, which no converter gives: {beyond}; taken as railed there"))
    return warnings


def coarse_warnings(found: Found, names: Sequence[str], microvolts_per_count: Iterable[float]) -> list[str]:
    """Return a warning for each channel whose usual steps are lost in 24 bits."""
    return [
        f"{name} reaches {largest_uv:.3g} µV: in 24 bits of {count_uv:.3g} µV its usual steps of {step_uv:.3g} µV are "
        "lost; is it no EMG?"
        for name, largest_uv, step_uv, count_uv in zip(
            names, found.largest_uv, found.step_uv, microvolts_per_count, strict=True
        )
        if count_uv > max(step_uv, FINE_UV) and step_uv > 0.0
    ]


def unit_warnings(found: Found, names: Sequence[str], is_guessed: Sequence[bool]) -> list[str]:
    """Return a warning for each other unit that columns taken as µV are likely to have."""
    doubted: dict[str, list[int]] = {}
    for number, usual_uv in enumerate(found.usual_uv):
        if is_guessed[number] and usual_uv > 0.0 and not EMG_UV[0] <= usual_uv <= EMG_UV[1]:
            likely, _ = min(OTHER_UNITS, key=lambda unit: abs(math.log(usual_uv * unit[1] / LIKELY_UV)))
            doubted.setdefault(likely, []).append(number)
    return [
        f"the usual amplitude of {', '.join(names[number] for number in numbers)} would be "
        f"{np.median(found.usual_uv[numbers]):.2g} µV, which no EMG has: are these {likely}"
        for likely, numbers in doubted.items()
    ]


def _counted(numbers: NDArray[np.int64], names: Sequence[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in zip(names, numbers, strict=True) if number)
