"""Decoding of the auxiliary bytes of packets to columns of numbers, for every layout of the protocol."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from acquisition.core import ACCEL_G_PER_COUNT, AuxChannel
from acquisition.link.protocol import (
    ACCEL_AXIS_BY_COUNTER,
    ANALOG_V_PER_COUNT,
    AUX_LAYOUTS,
    AuxContent,
    AuxLayout,
)

DIGITAL_BYTES = (0, 1, 2, 3, 5)
"""Positions of D11, D12, D13, D17 and D18 among the auxiliary bytes; byte 4 is always zero."""

EVENT_BYTES = (0, 1, 2, 3, 4, 5)
"""Positions of the levels of the wired board's two inputs, the ages of their last edges, and level and age of its sync
output (hardware_docs/protocol.md)."""


AGE = "Age "
"""Prefix of the name of a column that holds the number of samples since the last change of its pin."""

LONG_AGO_SAMPLES = 255
"""Largest value of an age column; also its value when the pin has not changed yet or no packet has carried the age."""


@dataclass(frozen=True, slots=True)
class AuxPlan:
    """Content of the auxiliary bytes in one board mode.

    Attributes
    ----------
    command : bytes
        Command that sets the board mode.
    reply : bytes
        Word that the reply must contain.
    columns : tuple of AuxChannel
        Columns that are decoded from the bytes.
    """

    command: bytes
    reply: bytes
    columns: tuple[AuxChannel, ...]


class AuxMode(Enum):
    """Board modes, by their word in a URL."""

    ACCEL = "accel"
    ANALOG = "analog"
    DIGITAL = "digital"
    MARKER = "marker"
    EVENTS = "events"
    """The two event inputs and the sync output of the wired board, and the number of samples since each changed."""


AUX_PLANS = {
    AuxMode.ACCEL: AuxPlan(
        b"/0", b"default", tuple(AuxChannel(f"Accel {axis}", "g", ACCEL_G_PER_COUNT) for axis in "XYZ")
    ),
    AuxMode.ANALOG: AuxPlan(
        b"/2", b"analog", tuple(AuxChannel(f"Analog {pin}", "V", ANALOG_V_PER_COUNT) for pin in ("A5", "A6", "A7"))
    ),
    AuxMode.DIGITAL: AuxPlan(
        b"/3", b"digital", tuple(AuxChannel(f"Digital {pin}") for pin in ("D11", "D12", "D13", "D17", "D18"))
    ),
    AuxMode.MARKER: AuxPlan(b"/4", b"marker", (AuxChannel("Marker"),)),
    AuxMode.EVENTS: AuxPlan(
        b"/3",
        b"digital",
        (
            *(AuxChannel(f"Digital {pin}") for pin in ("E1", "E2")),
            *(AuxChannel(f"{AGE}{pin}", "samples") for pin in ("E1", "E2")),
            AuxChannel("Digital OUT"),
            AuxChannel(f"{AGE}OUT", "samples"),
        ),
    ),
}


def _tail_table(chosen: Callable[[AuxLayout], bool]) -> NDArray[np.bool_]:
    """Return a table by last byte of whether its layout is chosen."""
    table = np.zeros(256, np.bool_)
    table[[int(tail) for tail, layout in AUX_LAYOUTS.items() if chosen(layout)]] = True
    return table


_HAS_AXES = _tail_table(lambda layout: layout.content is AuxContent.ACCEL and not layout.has_time)
_HAS_ONE_AXIS = _tail_table(lambda layout: layout.content is AuxContent.ACCEL and layout.has_time)
_HAS_RAW = _tail_table(lambda layout: layout.content is AuxContent.RAW)
_HAS_RAW_ALONE = _tail_table(lambda layout: layout.content is AuxContent.RAW and not layout.has_time)


def aux_words(aux: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the three signed big-endian words of each packet's auxiliary bytes, shape (n, 3)."""
    return np.ascontiguousarray(aux).view(">i2").astype(np.int32)


class AuxDecoder:
    """Decoder of auxiliary bytes to columns, which holds each value until the next one.

    Columns start at 0, age columns at `LONG_AGO_SAMPLES`.

    Parameters
    ----------
    mode : AuxMode
        Board mode, which defines the meaning of the raw layouts.
    """

    def __init__(self, mode: AuxMode) -> None:
        self.mode = mode
        is_age = [column.name.startswith(AGE) for column in AUX_PLANS[mode].columns]
        self._last = np.where(is_age, LONG_AGO_SAMPLES, 0).astype(np.int32)

    def decode(
        self, counters: NDArray[np.uint8], tails: NDArray[np.uint8], aux: NDArray[np.uint8]
    ) -> NDArray[np.int32]:
        """Return the columns of consecutive packets.

        A column that a packet's layout does not carry keeps its value.

        Parameters
        ----------
        counters, tails : ndarray of uint8, shape (n,)
            Counters and last bytes of the packets.
        aux : ndarray of uint8, shape (n, 6)
            Their auxiliary bytes.

        Returns
        -------
        ndarray of int32, shape (n, n_columns)
        """
        if self.mode is AuxMode.ACCEL:
            values, is_new = _accel(counters, tails, aux)
        elif self.mode is AuxMode.DIGITAL:
            values, is_new = _digital(tails, aux, DIGITAL_BYTES)
        elif self.mode is AuxMode.EVENTS:
            values, is_new = _digital(tails, aux, EVENT_BYTES)
        else:
            values, is_new = _raw(tails, aux)
        n_columns = len(self._last)
        held = _held(values[:, :n_columns], is_new[:, :n_columns], self._last)
        if len(held):
            self._last = held[-1].copy()
        return held


def _accel(
    counters: NDArray[np.uint8], tails: NDArray[np.uint8], aux: NDArray[np.uint8]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return axes and which of them are new: all zero means "no new value"; with a time stamp there is one axis."""
    words = aux_words(aux)
    is_whole = _HAS_AXES[tails] & words.any(axis=1)
    is_new = np.empty(words.shape, np.bool_)
    is_new[:] = is_whole[:, np.newaxis]
    is_single = _HAS_ONE_AXIS[tails]
    if not is_single.any():
        return words, is_new
    values = words.copy()
    for digit, axis in ACCEL_AXIS_BY_COUNTER.items():
        is_axis = is_single & (counters % 10 == digit)
        values[is_axis, axis] = words[is_axis, 0]
        is_new[is_axis, axis] = True
    return values, is_new


def _raw(tails: NDArray[np.uint8], aux: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return words and which of them are present: with a time stamp, only the first."""
    is_new = np.zeros((len(tails), 3), np.bool_)
    is_new[_HAS_RAW_ALONE[tails]] = True
    is_new[_HAS_RAW[tails], 0] = True
    return aux_words(aux), is_new


def _digital(
    tails: NDArray[np.uint8], aux: NDArray[np.uint8], places: tuple[int, ...]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return pins and which of them are present: with a time stamp, only the first two."""
    is_new = np.zeros((len(tails), len(places)), np.bool_)
    is_new[_HAS_RAW_ALONE[tails]] = True
    is_new[_HAS_RAW[tails], :2] = True
    return aux[:, places].astype(np.int32), is_new


def _held(values: NDArray[np.int32], is_new: NDArray[np.bool_], last: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return `values` with everything that is not new replaced by the value before it."""
    # Fast paths for all new and nothing new, the usual cases for the few packets at a time of a live stream.
    n_new = np.count_nonzero(is_new)
    if n_new == is_new.size:
        return np.ascontiguousarray(values)
    if n_new == 0:
        return np.full(values.shape, last, np.int32)
    with_last = np.concatenate([last[np.newaxis, :], values])
    places = np.arange(len(values) + 1)[:, np.newaxis]
    source = np.where(np.concatenate([np.ones((1, len(last)), np.bool_), is_new]), places, 0)
    source = np.maximum.accumulate(source, axis=0)
    return np.take_along_axis(with_last, source, axis=0)[1:]
