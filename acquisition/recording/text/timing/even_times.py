"""Evenly rising columns: times, which determine the sampling rate, and row numbers, which do not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from acquisition.recording.column_names import is_index, is_time, is_voltage, seconds_per_unit
from acquisition.recording.text.layout import is_number, is_time_of_day
from acquisition.recording.text.table import TextTable, over_midnights, seconds_of_day

LEAST_STEPS = 20
"""Minimum number of rises of a column of times; a signal also rises for some samples."""

UNEVEN, MOST_EVEN = 0.1, 0.9
"""Maximum relative deviation of a regular step, besides rounding, and minimum share of regular steps."""

SAME_RATE = 0.02
"""Maximum relative difference of a stated rate from that of the times; real clocks differ by 0.15 % at most."""

CHUNKS_TO_MEASURE = 8
"""Chunks of the file, about 2 MB, from which the rate is measured. With few decimals, the first rows are not enough."""

BEST_PRECISION = 1e-5
"""Maximum precision of a measured rate: 36 ms in an hour."""

UNIX_UNITS = ((1e17, 1e-9), (1e14, 1e-6), (1e11, 1e-3), (1e9, 1.0))
"""Minimum Unix times, and their units in seconds: 1e9 s is the year 2001, 1e11 s the year 5138."""

LAST_UNIX_S = 1e10
LIKELY_RATES_HZ = (50.0, 20_000.0)
"""Range of plausible rates. At most one of the units s, ms and µs yields such a rate."""

EXPONENT = re.compile(r"[+-]?[0-9]{1,3}")
UNIT_WORDS = {1.0: "seconds", 1e-3: "milliseconds", 1e-6: "microseconds", 1e-9: "nanoseconds"}


@dataclass(frozen=True, slots=True)
class EvenTimes:
    """Column of evenly rising times.

    Attributes
    ----------
    column : int
        Its number, from 0.
    unit_s : float
        Seconds per unit.
    is_unit_declared : bool
        Whether the file states the unit.
    rate_hz : float
        Rows per second.
    resolution_s : float
        Step of the last decimal.
    """

    column: int
    unit_s: float
    is_unit_declared: bool
    rate_hz: float
    resolution_s: float


@dataclass(frozen=True, slots=True)
class RisingColumns:
    """Rising columns among the first rows of a file.

    Attributes
    ----------
    evenly : tuple of int
        Numbers of the columns that rise evenly, and of those with Unix times.
    days : tuple of int
        Numbers of the columns with times of day in text.
    """

    evenly: tuple[int, ...]
    days: tuple[int, ...]


def rising_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> RisingColumns:
    """Return which columns rise in the first rows as times and row numbers do, whatever their names."""
    days = tuple(number for number, field in enumerate(rows[0]) if ":" in field and is_time_of_day(field))
    rising = []
    for number, name in enumerate(names):
        fields = [row[number] for row in rows if number < len(row)]
        if is_voltage(name) or not (number in days or is_number(fields[0])):
            continue
        values = _values(fields, number in days)
        if _usual_step(values, _resolution(fields)) is not None or _are_unix_times(values):
            rising.append(number)
    return RisingColumns(tuple(rising), days)


def find_times(
    table: TextTable,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    rising: RisingColumns,
    rates_hz: Sequence[float],
) -> EvenTimes | None:
    """Return the column of the sampling times of the rows, or None where there is none.

    Parameters
    ----------
    table : TextTable
        The file; its selection of columns is not used.
    names : sequence of str
        One per column.
    rows : sequence of sequence of str
        Fields of the first rows.
    rising : RisingColumns
        Candidate columns.
    rates_hz : sequence of float
        Rates given by the user and stated in the file. An unstated unit is chosen to match the first possible one.
    """
    candidates = [number for number in rising.evenly if not is_index(names[number])]
    for number in sorted(candidates, key=lambda number: not is_time(names[number])):
        is_day = number in rising.days
        resolution = _resolution([row[number] for row in rows if number < len(row)])
        measured = replace(table, columns=(number,), day_time=number if is_day else None)
        values = np.concatenate(list(islice(measured.chunks([]), CHUNKS_TO_MEASURE)))[:, 0]
        values = values[np.isfinite(values)]
        values = over_midnights(values) if is_day else values
        step = _usual_step(values, resolution)
        named_s = 1.0 if is_day else seconds_per_unit(names[number]) if is_time(names[number]) else None
        unit_s = named_s or (step and _likely_unit_s(values, step, rates_hz))
        if step and unit_s and not (_are_numbers(values, step) and step * unit_s > 1.0 / LIKELY_RATES_HZ[0]):
            precision = max(BEST_PRECISION, 2.0 * resolution / (step * values.size))
            rate_hz = _roundest(1.0 / (step * unit_s), precision)
            return EvenTimes(number, unit_s, named_s is not None, rate_hz, resolution * unit_s)
    return None


def agree(rate_hz: float, other_hz: float) -> bool:
    """Return whether two rates are equal within the tolerance of real clocks."""
    return abs(rate_hz / other_hz - 1.0) <= SAME_RATE


def _values(fields: Sequence[str], are_days: bool) -> NDArray[np.float64]:
    parse = seconds_of_day if are_days else float
    try:
        values = np.array([parse(field) for field in fields], np.float64)
        return over_midnights(values) if are_days else values
    except ValueError:
        return np.zeros(0)


def _resolution(fields: Sequence[str]) -> float:
    """Return the step of the last decimal of a column."""
    return 10.0 ** -max(_n_decimals(field) for field in fields)


def _n_decimals(field: str) -> int:
    """Return the number of decimals of a number; 1.25e-03 has five."""
    mantissa, _, exponent = field.lower().partition("e")
    shift = int(exponent) if EXPONENT.fullmatch(exponent) else 0
    return min(18, max(-18, len(mantissa.partition(".")[2]) - shift))


def _usual_step(values: NDArray[np.float64], resolution: float) -> float | None:
    """Return the mean step of values that never fall and mostly rise by the same amount, or None.

    Larger steps are gaps. Where a value repeats for some rows, as with times of few decimals, the mean includes those
    rows.
    """
    if values.size <= LEAST_STEPS or not np.isfinite(values).all():
        return None
    steps = np.diff(values)
    if not np.isfinite(steps).all() or steps.min() < 0.0:
        return None
    rises = steps[steps > 0.0]
    if rises.size < LEAST_STEPS:
        return None
    usual = float(steps[steps <= 1.5 * np.median(rises) + resolution].mean())
    is_usual = np.abs(steps - usual) <= 1.01 * resolution + UNEVEN * usual
    return usual if usual > 0.0 and is_usual.mean() >= MOST_EVEN else None


def _are_unix_times(values: NDArray[np.float64]) -> bool:
    """Return whether all values are current Unix times that never fall, however unevenly the rows were stamped."""
    if values.size < LEAST_STEPS or not np.isfinite(values).all() or (np.diff(values) < 0.0).any():
        return False
    if values[-1] == values[0]:
        return False
    unit_s = _unix_unit_s(float(values[0]))
    return unit_s is not None and float(values[-1]) * unit_s < LAST_UNIX_S


def _unix_unit_s(value: float) -> float | None:
    return next((unit_s for least, unit_s in UNIX_UNITS if value >= least), None)


def _are_numbers(values: NDArray[np.float64], step: float) -> bool:
    """Return whether values may be row numbers; they may also be milliseconds."""
    return abs(step - 1.0) < 1e-9 and bool((values == np.rint(values)).all())


def _likely_unit_s(values: NDArray[np.float64], step: float, rates_hz: Sequence[float]) -> float | None:
    """Return the unit of times without a unit in their name, or None where it is ambiguous, as for row numbers."""
    low_hz, high_hz = LIKELY_RATES_HZ
    unix_s = _unix_unit_s(float(values[0]))
    if unix_s is not None and low_hz <= 1.0 / (step * unix_s) <= high_hz:
        return unix_s
    units_s = (1.0, 1e-3, 1e-6)
    made = (unit_s for rate_hz in rates_hz for unit_s in units_s if agree(1.0 / (step * unit_s), rate_hz))
    if (unit_s := next(made, None)) is not None or _are_numbers(values, step):
        return unit_s
    return next((unit_s for unit_s in units_s if low_hz <= 1.0 / (step * unit_s) <= high_hz), None)


def _roundest(rate_hz: float, precision: float) -> float:
    """Return the number with the fewest digits within a relative `precision` of a rate."""
    rounded = (float(f"{rate_hz:.{n_digits}g}") for n_digits in range(1, 7))
    return next((rate for rate in rounded if abs(rate / rate_hz - 1.0) <= precision), float(f"{rate_hz:.6g}"))
