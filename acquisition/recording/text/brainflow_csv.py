"""Reader of BrainFlow's ``.csv`` files: tabs and no header, or the same rows written by pandas or NumPy.

The number of columns determines the board.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from acquisition.core import ACCEL_G_PER_COUNT, ADS1299_BANDWIDTH_PER_RATE, AuxChannel, RecordingError, Setup
from acquisition.recording.assembly import GIVE_RATE
from acquisition.recording.scale import ads1299_scale, round_scale
from acquisition.recording.text.format import TextChannel, TextFormat
from acquisition.recording.text.layout import is_number, is_numbering
from acquisition.recording.text.openbci_gui import ganglion_scale
from acquisition.recording.text.recording import TextRecording
from acquisition.recording.text.table import TextTable
from acquisition.recording.text.timing.sample_counter import detect_counter

STANDARD_RATES_HZ = (125.0, 200.0, 250.0, 256.0, 500.0, 512.0, 1000.0, 1600.0, 2000.0, 4000.0, 8000.0, 16000.0)
RATE_TOLERANCE = 0.05
MIN_SPAN_S = 2.0
MOST_ROWS = 1000
MAX_ODD_SHARE = 0.25
"""Maximum share of odd counters of a Daisy, which counts in steps of two: of the Synthetic board's, half are odd, and a
few may be damaged."""

EARLIEST_UNIX_S = 1e9
"""Minimum Unix time of a row, the year 2001; BrainFlow writes one in each row."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Columns of a board in BrainFlow (its documentation of board ids, and `get_board_descr` of 5.23)."""

    board: str
    sampling_rate_hz: float
    n_channels: int
    first_accel: int | None
    time: int

    @property
    def marker(self) -> int:
        return self.time + 1


CYTON = _Layout("Cyton", 250.0, 8, 9, 22)
DAISY = _Layout("CytonDaisy", 125.0, 16, 17, 30)
SYNTHETIC = _Layout("Synthetic", 250.0, 16, 17, 30)
GANGLION = _Layout("Ganglion", 200.0, 4, 5, 13)
FREE_EEG = _Layout("FreeEEG32", 512.0, 32, None, 33)
LAYOUTS = {24: CYTON, 32: DAISY, 15: GANGLION, 35: FREE_EEG}


@dataclass(frozen=True, slots=True)
class BrainFlowRows:
    """Variant of BrainFlow's rows in a file.

    Attributes
    ----------
    layout : _Layout
        Columns of the board.
    delimiter : str or None
        A tab as written by BrainFlow, or that of another program; None for any white space.
    n_skipped : int
        1 after a line of column numbers, as written by pandas.
    first : int
        Number of the column of sample counters: 1 after an index of the rows.
    rows : list of list of str
        Fields of the first rows.
    """

    layout: _Layout
    delimiter: str | None
    n_skipped: int
    first: int
    rows: list[list[str]]


def brainflow_rows(head: str) -> BrainFlowRows | None:
    """Return the variant of BrainFlow's rows in a file that begins with `head`, or None.

    A row must have as many numbers as a board has columns, with a Unix time in its place. Where another program wrote
    the rows, with other delimiters or a line of names, a valid sample counter is required too.
    """
    lines = head.split("\n")
    lines = [line.rstrip("\r") for line in (lines[:-1] or lines)]
    delimiter = next((one for one in ("\t", ",") if one in lines[0]), None)
    first_row = lines[0].split(delimiter)
    n_skipped = int(is_numbering(first_row))
    first = int(n_skipped == 1 and not first_row[0])
    layout = LAYOUTS.get(len(first_row) - first)
    rows = [line.split(delimiter) for line in lines[n_skipped:MOST_ROWS]]
    if layout is None or not rows or len(rows[0]) != len(first_row) or not all(map(is_number, rows[0])):
        return None
    if float(rows[0][first + layout.time]) <= EARLIEST_UNIX_S:
        return None
    counters = np.array([float(row[first]) for row in rows if len(row) > first and is_number(row[first])])
    if (delimiter != "\t" or n_skipped) and detect_counter(counters) is None:
        return None
    if layout is DAISY and np.mean(counters % 2 == 1) > MAX_ODD_SHARE:
        layout = SYNTHETIC
    return BrainFlowRows(layout, delimiter, n_skipped, first, rows)


def read_brainflow_csv(path: Path, found: BrainFlowRows, sampling_rate_hz: float | None, setup: Setup) -> TextRecording:
    """Open a recording of BrainFlow.

    Raises
    ------
    RecordingError
        If its time stamps do not match a known rate.
    """
    layout, first = found.layout, found.first
    table = TextTable(path, found.n_skipped, found.delimiter, (first + layout.time,))
    rate_hz, warnings = _rate(table, layout, sampling_rate_hz)
    aux = [] if layout.first_accel is None else [f"Accel {axis}" for axis in range(3)]
    accel_columns = [first + layout.first_accel + axis for axis in range(3)] if layout.first_accel is not None else []
    is_zero_packet = all(
        is_number(value) and float(value) == 0.0 for value in found.rows[0][first + 1 : first + 1 + layout.n_channels]
    )
    if is_zero_packet:
        warnings.append(
            "the first packet is all zero, as a board sends it before its first conversion: it counts as lost"
        )
    signals = range(first + 1, first + 1 + layout.n_channels)
    columns = (*signals, *accel_columns, first + layout.marker, first, first + layout.time)
    text = TextFormat(
        table=replace(table, columns=columns),
        board=f"OpenBCI {layout.board}" if layout in (CYTON, DAISY, GANGLION) else layout.board,
        sampling_rate_hz=rate_hz,
        channels=tuple(TextChannel(f"EXG {number}") for number in range(1, 1 + layout.n_channels)),
        choose_scale={CYTON: ads1299_scale, DAISY: ads1299_scale, GANGLION: ganglion_scale}.get(layout, round_scale),
        bandwidth_hz=ADS1299_BANDWIDTH_PER_RATE * rate_hz,
        aux=(*(AuxChannel(name, "g", ACCEL_G_PER_COUNT) for name in aux), AuxChannel("Marker")),
        has_counter=True,
        has_time=True,
        n_unusable_first=int(is_zero_packet),
        warnings=tuple(warnings),
    )
    return TextRecording(text, setup)


def _rate(table: TextTable, layout: _Layout, requested_hz: float | None) -> tuple[float, list[str]]:
    """Return the rate: the given one, else the board's own unless the time stamps clearly contradict it."""
    measured_hz = _measured_rate_hz(table)
    if requested_hz is not None:
        if measured_hz is None or abs(measured_hz / requested_hz - 1.0) <= RATE_TOLERANCE:
            return requested_hz, []
        return requested_hz, [
            f"time stamps make {measured_hz:.1f} rows a second: is the rate given, {requested_hz:g} Hz, right?"
        ]
    if measured_hz is None or abs(measured_hz / layout.sampling_rate_hz - 1.0) <= RATE_TOLERANCE:
        return layout.sampling_rate_hz, []
    nearest_hz = min(STANDARD_RATES_HZ, key=lambda rate_hz: abs(rate_hz / measured_hz - 1.0))
    if abs(measured_hz / nearest_hz - 1.0) > RATE_TOLERANCE:
        raise RecordingError(
            f"{table.path} looks like a {layout.board} of {layout.sampling_rate_hz:g} Hz, but its time stamps make "
            f"{measured_hz:.1f} rows a second: {GIVE_RATE}"
        )
    return nearest_hz, [f"time stamps make {measured_hz:.1f} rows a second: taken as {nearest_hz:g} Hz"]


def _measured_rate_hz(table: TextTable) -> float | None:
    """Return the rows per second in the first seconds of the file, or None where it is too short."""
    first_s, n_rows = np.nan, 0
    for chunk in table.chunks([]):
        times_s = chunk[np.isfinite(chunk[:, 0]), 0]
        if not times_s.size:
            continue
        first_s = float(times_s[0]) if np.isnan(first_s) else first_s
        n_rows += len(times_s)
        span_s = float(times_s[-1] - first_s)
        if span_s >= MIN_SPAN_S:
            return (n_rows - 1) / span_s
    return None
