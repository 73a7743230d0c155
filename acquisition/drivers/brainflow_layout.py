"""Layout of the rows of a BrainFlow board: signal, auxiliary columns, scale and sample counter, without BrainFlow.

Sources: BrainFlow 5.23's board descriptions and board sources (openbci/*.cpp, synthetic_board.cpp); Ganglion firmware 2
and 3. A board that is not in the tables is read with a fixed fine scale, and its counter is not used: that losses are
not counted is reported (`BoardInfo.counter_bits` 0), whereas a wrong count would go unnoticed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from acquisition.core import (
    ACCEL_G_PER_COUNT,
    ADS1299_BANDWIDTH_PER_RATE,
    ADS1299_FULL_SCALE_COUNTS,
    UNKNOWN_MICROVOLTS_PER_COUNT,
    AuxChannel,
    BoardInfo,
    Channel,
    ads1299_microvolts_per_count,
)
from acquisition.link.counter import CounterUnwrapper
from acquisition.link.protocol import DAISY_BANDWIDTH_PER_RATE

CYTON_GAIN = 24
"""Gain of a Cyton under BrainFlow, which sends `d` while it prepares a session."""

GANGLION_MICROVOLTS_PER_COUNT = float(
    np.float32(1.2) * np.float32(1e6) / (np.float32(8_388_607) * np.float32(1.5) * np.float32(51))
)
"""µV per count of a Ganglion: 1.2 V divided by the gains 51 and 1.5, in BrainFlow's single precision."""

GANGLION_FULL_SCALE_COUNTS = 131_071 << 6
"""Largest count of a Ganglion: 18 bits, shifted to the top of 24."""

AUX_ROWS = {
    "accel_channels": ("Accel", "g", ACCEL_G_PER_COUNT),
    "gyro_channels": ("Gyro", "deg/s", 0.01),
    "magnetometer_channels": ("Magnetometer", "", 0.001),
    "analog_channels": ("Analog", "", 1.0),
    "temperature_channels": ("Temperature", "degC", 0.01),
    "resistance_channels": ("Resistance", "Ohm", 1.0),
    "eda_channels": ("EDA", "", 0.001),
    "ppg_channels": ("PPG", "", 1.0),
    "battery_channel": ("Battery", "%", 0.1),
    "other_channels": ("Other", "", 1.0),
    "marker_channel": ("Marker", "", 1.0),
}
"""Kind of row in a board description → label, unit and unit per count. An accelerometer count is a Cyton's."""

INT32 = np.iinfo(np.int32)


@dataclass(frozen=True, slots=True)
class Counter:
    """Numbering of a board's rows.

    Attributes
    ----------
    period : int
        Number of rows until the numbers repeat.
    places : callable
        Converts the numbers of consecutive rows to their positions in the period.
    """

    period: int
    places: Callable[[NDArray[np.int64]], NDArray[np.int64]]

    @property
    def bits(self) -> int:
        """Number of whole bits of the period."""
        return self.period.bit_length() - 1


def _each(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    return numbers


def _even(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Daisy: a row carries the number of its even packet."""
    return numbers // 2


def _second_of_pair(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    second = np.zeros(numbers.size, np.int64)
    second[1:] = numbers[1:] == numbers[:-1]
    return second


def _ganglion_3(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Firmware 3: 0 to 99 with accelerometer, 100 to 199 without, each number on two rows."""
    return numbers % 100 * 2 + _second_of_pair(numbers)


def _ganglion_2(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Firmware 2: 0 on one whole row, then 1 to 100 or 101 to 200 on two compressed rows each."""
    in_cycle = np.where(numbers == 0, 0, (numbers - 1) % 100 + 1)
    return np.where(numbers == 0, 0, in_cycle * 2 - 1 + _second_of_pair(numbers))


EACH_8_BIT = Counter(256, _each)
EVEN_8_BIT = Counter(128, _even)
GANGLION_3 = Counter(200, _ganglion_3)
GANGLION_2 = Counter(201, _ganglion_2)


@dataclass(frozen=True, slots=True)
class Converter:
    """Properties of a board beyond its description.

    Attributes
    ----------
    microvolts_per_count : float
        Scale of every channel; for an ADS1299 at gain 24.
    gain : float or None
        Gain after opening; None when unknown.
    bandwidth_per_rate : float
        -3 dB point as a fraction of the sampling rate; that of a sinc3 converter when unknown.
    full_scale_counts : int
        Largest count.
    counter : Counter or None
        Numbering of the rows; None when unknown.
    """

    microvolts_per_count: float = UNKNOWN_MICROVOLTS_PER_COUNT
    gain: float | None = None
    bandwidth_per_rate: float = ADS1299_BANDWIDTH_PER_RATE
    full_scale_counts: int = ADS1299_FULL_SCALE_COUNTS
    counter: Counter | None = None


_CYTON_UV = ads1299_microvolts_per_count(CYTON_GAIN)
_CYTON = Converter(_CYTON_UV, CYTON_GAIN, counter=EACH_8_BIT)
_GANGLION = Converter(GANGLION_MICROVOLTS_PER_COUNT, full_scale_counts=GANGLION_FULL_SCALE_COUNTS, counter=GANGLION_3)
_GANGLION_WIFI = Converter(GANGLION_MICROVOLTS_PER_COUNT)

CONVERTERS: Mapping[str, Converter] = {
    "CYTON": _CYTON,
    "CYTON_WIFI": _CYTON,
    "CYTON_DAISY": Converter(_CYTON_UV, CYTON_GAIN, DAISY_BANDWIDTH_PER_RATE, counter=EVEN_8_BIT),
    "CYTON_DAISY_WIFI": _CYTON,
    "GANGLION": _GANGLION,
    "GANGLION_NATIVE": _GANGLION,
    "GANGLION_WIFI": _GANGLION_WIFI,
    "SYNTHETIC": Converter(counter=EACH_8_BIT),
}
"""Name of the board without ``_BOARD`` → its properties."""


def converter_of(board: str, other_info: str) -> Converter:
    """Return the properties of `board`; `other_info` selects a Ganglion's firmware (``fw:2``, ``fw:auto``)."""
    converter = CONVERTERS.get(board, Converter())
    if converter is not _GANGLION or other_info not in ("fw:2", "fw:auto"):
        return converter
    counter = GANGLION_2 if other_info == "fw:2" else None
    return Converter(GANGLION_MICROVOLTS_PER_COUNT, full_scale_counts=GANGLION_FULL_SCALE_COUNTS, counter=counter)


class Layout:
    """Conversion of BrainFlow's rows to counts, auxiliary columns and row numbers.

    Parameters
    ----------
    description : mapping
        BrainFlow's description of the board.
    converter : Converter
        Further properties of the board.
    gains : tuple of float, optional
        Gain of each channel if it differs from the converter's.

    Attributes
    ----------
    signal_rows : list of int
        Rows of EMG or EXG, in board order; empty when the board has none.
    """

    def __init__(
        self, description: Mapping[str, Any], converter: Converter, gains: tuple[float, ...] | None = None
    ) -> None:
        self.converter = converter
        self.name = str(description.get("name", "BrainFlow"))
        self.signal_rows = _signal_rows(description)
        self._emg_rows = set(description.get("emg_channels", ()))
        self._gains = gains
        self._counter_row = description.get("package_num_channel")
        self._aux: list[tuple[int, AuxChannel]] = _aux_rows(description, exclude=set(self.signal_rows))
        self._microvolts_per_count = np.array([channel.microvolts_per_count for channel in self._channels()])
        self._unit_per_count = np.array([channel.unit_per_count for _, channel in self._aux])

    @property
    def counter(self) -> Counter | None:
        """Numbering of the rows; None when unknown."""
        return self.converter.counter if self._counter_row is not None else None

    def info(self, sampling_rate_hz: float) -> BoardInfo:
        """Return the description of the board at this rate."""
        counter = self.counter
        return BoardInfo(
            name=f"{self.name} (BrainFlow)",
            sampling_rate_hz=sampling_rate_hz,
            channels=self._channels(),
            bandwidth_hz=self.converter.bandwidth_per_rate * sampling_rate_hz,
            aux=tuple(channel for _, channel in self._aux),
            counter_bits=counter.bits if counter is not None else 0,
            full_scale_counts=self.converter.full_scale_counts,
        )

    def counts(self, rows: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return the counts of BrainFlow's µV, shape (n_samples, n_channels)."""
        scaled = rows[self.signal_rows].T / self._microvolts_per_count
        return _whole_numbers(scaled, -ADS1299_FULL_SCALE_COUNTS - 1, ADS1299_FULL_SCALE_COUNTS)

    def is_number(self, rows: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which samples are finite on every channel, shape (n_samples,)."""
        finite = np.isfinite(rows[self.signal_rows])
        return np.asarray(finite.all(axis=0), np.bool_)

    def aux(self, rows: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return the auxiliary columns, shape (n_samples, n_aux)."""
        scaled = rows[[row for row, _ in self._aux]].T / self._unit_per_count
        return _whole_numbers(scaled, INT32.min, INT32.max)

    def numbers(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the board's own number of each sample, shape (n_samples,)."""
        return _whole_numbers(rows[self._counter_row], 0, INT32.max).astype(np.int64)

    def _channels(self) -> tuple[Channel, ...]:
        channels = []
        for position, row in enumerate(self.signal_rows):
            gain = self.converter.gain if self._gains is None else self._gains[position]
            scale = self.converter.microvolts_per_count
            if gain is not None:
                scale = ads1299_microvolts_per_count(gain)
            kind = "EMG" if row in self._emg_rows else "EXG"
            channels.append(Channel(f"{kind} {position + 1}", scale, gain=gain))
        return tuple(channels)


class Placer(Protocol):
    """Assignment of an index to each row, counted from the board's start."""

    def place(self, numbers: NDArray[np.int64], now_s: float) -> NDArray[np.int64]:
        """Return the indices of all undecided rows up to and including these, or of none.

        Parameters
        ----------
        numbers : ndarray of int64, shape (n,)
            The board's numbers of the new rows; may be empty.
        now_s : float
            Time of the host's monotonic clock in seconds.

        Returns
        -------
        ndarray of int64
            Increasing indices; negative for rows to be dropped.
        """


def placer_of(counter: Counter | None, sampling_rate_hz: float, start_s: float) -> Placer:
    """Return the placer for a board that was started at `start_s`."""
    if counter is EACH_8_BIT:
        return ByteCounterPlacer(sampling_rate_hz, start_s)
    return RowPlacer(counter)


class ByteCounterPlacer:
    """Placer for a full 8-bit counter, with the clock's help when a silence may hide 256 lost rows."""

    def __init__(self, sampling_rate_hz: float, start_s: float) -> None:
        self._unwrapper = CounterUnwrapper(sampling_rate_hz, start_s)

    def place(self, numbers: NDArray[np.int64], now_s: float) -> NDArray[np.int64]:
        """Return the indices of all undecided rows, or of none."""
        return self._unwrapper.unwrap((numbers % 256).astype(np.uint8), now_s)


class RowPlacer:
    """Placer for any other counter, or without one. A loss of a whole period is not detected.

    When a row repeats the number of the row before (a Daisy whose even packet was lost while the odd one came), it gets
    the next index, which is subtracted from the following step.

    Parameters
    ----------
    counter : Counter or None
        Numbering of the rows; None places each row right after the one before.
    """

    def __init__(self, counter: Counter | None) -> None:
        self._counter = counter
        self._last_number: int | None = None
        self._last_place = 0
        self._last_index = -1
        self._n_ahead = 0

    def place(self, numbers: NDArray[np.int64], now_s: float) -> NDArray[np.int64]:
        """Return the index of each row."""
        indices = self._last_index + np.cumsum(self.steps(numbers))
        if indices.size:
            self._last_index = int(indices[-1])
        return indices

    def steps(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the step of each row from the one before it, at least 1; 1 for the very first row."""
        if self._counter is None or numbers.size == 0:
            return np.ones(numbers.size, np.int64)
        if self._last_number is None:
            places = self._counter.places(numbers)
            steps = np.diff(places, prepend=places[0] - 1) % self._counter.period
        else:
            places = self._counter.places(np.concatenate(([self._last_number], numbers)))[1:]
            steps = np.diff(places, prepend=self._last_place) % self._counter.period
        self._last_number = int(numbers[-1])
        self._last_place = int(places[-1])
        if self._n_ahead or not np.all(steps):
            self._settle(steps)
        return steps

    def _settle(self, steps: NDArray[np.int64]) -> None:
        """Give rows that repeat a number the next index, and subtract it from the step that follows."""
        for position, step in enumerate(steps):
            if step == 0:
                self._n_ahead += 1
                steps[position] = 1
            else:
                steps[position] = max(1, step - self._n_ahead)
                self._n_ahead = 0


def _whole_numbers(values: NDArray[np.float64], low: int, high: int) -> NDArray[np.int32]:
    """Return values rounded and clipped to [low, high], with 0 for NaN, C-contiguous."""
    rounded = np.clip(np.rint(values), low, high)
    rounded[np.isnan(rounded)] = 0.0
    return np.ascontiguousarray(rounded, np.int32)


def _signal_rows(description: Mapping[str, Any]) -> list[int]:
    kinds = ("emg_channels", "eeg_channels", "ecg_channels", "eog_channels")
    return sorted({int(row) for kind in kinds for row in description.get(kind, ())})


def _aux_rows(description: Mapping[str, Any], exclude: set[int]) -> list[tuple[int, AuxChannel]]:
    found: list[tuple[int, AuxChannel]] = []
    for kind, (label, unit, unit_per_count) in AUX_ROWS.items():
        described = description.get(kind, ())
        rows = [row for row in ([described] if isinstance(described, int) else described) if row not in exclude]
        for number, row in enumerate(rows, start=1):
            name = label if len(rows) == 1 else f"{label} {number}"
            found.append((row, AuxChannel(name, unit, unit_per_count)))
    return sorted(found, key=lambda entry: entry[0])
