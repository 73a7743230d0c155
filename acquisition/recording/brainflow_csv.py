"""Reader of BrainFlow's ``.csv`` files: tab separated, without a header; the number of columns tells the board."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from acquisition.core import ACCEL_G_PER_COUNT, ADS1299_BANDWIDTH_PER_RATE, AuxChannel, RecordingError, Setup
from acquisition.recording.assembly import GIVE_RATE
from acquisition.recording.delimited_text import is_number
from acquisition.recording.openbci_gui import ganglion_scale
from acquisition.recording.text_recording import TextFormat, TextRecording, ads1299_scale, round_scale
from acquisition.recording.text_table import TextTable

STANDARD_RATES_HZ = (125.0, 200.0, 250.0, 256.0, 500.0, 512.0, 1000.0, 1600.0, 2000.0, 4000.0, 8000.0, 16000.0)
RATE_TOLERANCE = 0.05
MIN_SPAN_S = 2.0
EARLIEST_UNIX_S = 1e9
"""BrainFlow writes the Unix time of each row; this is the year 2001."""


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


def is_brainflow_csv(head: str) -> bool:
    """Return whether a file that begins with `head` has the rows of BrainFlow: numbers, tabs, a Unix time."""
    fields = head.partition("\n")[0].split("\t")
    layout = LAYOUTS.get(len(fields))
    if layout is None:
        return False
    return all(is_number(field) for field in fields) and float(fields[layout.time]) > EARLIEST_UNIX_S


def read_brainflow_csv(path: Path, head: str, sampling_rate_hz: float | None, setup: Setup) -> TextRecording:
    """Open a recording of BrainFlow.

    Raises
    ------
    RecordingError
        When its time stamps fit no rate that is known.
    """
    rows = [line.split("\t") for line in head.split("\n")[:-1] or [head]]
    layout = LAYOUTS[len(rows[0])]
    if layout is DAISY and any(float(row[0]) % 2 for row in rows if is_number(row[0])):
        layout = SYNTHETIC  # a Daisy counts in steps of two
    rate_hz, warnings = _rate(path, layout, sampling_rate_hz)
    aux = [] if layout.first_accel is None else [f"Accel {axis}" for axis in range(3)]
    accel_columns = [layout.first_accel + axis for axis in range(3)] if layout.first_accel is not None else []
    is_zero_packet = all(is_number(value) and float(value) == 0.0 for value in rows[0][1 : 1 + layout.n_channels])
    if is_zero_packet:
        warnings.append(
            "the first packet is all zero, as a board sends it before its first conversion: it counts as lost"
        )
    signals = range(1, 1 + layout.n_channels)
    text = TextFormat(
        table=TextTable(path, 0, "\t", (*signals, *accel_columns, layout.marker, 0, layout.time)),
        board=f"OpenBCI {layout.board}" if layout in (CYTON, DAISY, GANGLION) else layout.board,
        sampling_rate_hz=rate_hz,
        channel_names=tuple(f"EXG {number}" for number in signals),
        choose_scale={CYTON: ads1299_scale, DAISY: ads1299_scale, GANGLION: ganglion_scale}.get(layout, round_scale),
        bandwidth_hz=ADS1299_BANDWIDTH_PER_RATE * rate_hz,
        aux=(*(AuxChannel(name, "g", ACCEL_G_PER_COUNT) for name in aux), AuxChannel("Marker")),
        has_counter=True,
        has_time=True,
        n_unusable_first=int(is_zero_packet),
        warnings=tuple(warnings),
    )
    return TextRecording(text, setup)


def _rate(path: Path, layout: _Layout, asked_hz: float | None) -> tuple[float, list[str]]:
    """Return the rate: the one given, else the board's own unless the time stamps say clearly otherwise."""
    if asked_hz is not None:
        return asked_hz, []
    measured_hz = _measured_rate_hz(path, layout)
    if measured_hz is None or abs(measured_hz / layout.sampling_rate_hz - 1.0) <= RATE_TOLERANCE:
        return layout.sampling_rate_hz, []
    nearest_hz = min(STANDARD_RATES_HZ, key=lambda rate_hz: abs(rate_hz / measured_hz - 1.0))
    if abs(measured_hz / nearest_hz - 1.0) > RATE_TOLERANCE:
        raise RecordingError(
            f"{path} looks like a {layout.board} of {layout.sampling_rate_hz:g} Hz, but its time stamps make "
            f"{measured_hz:.1f} rows a second: {GIVE_RATE}"
        )
    return nearest_hz, [f"time stamps make {measured_hz:.1f} rows a second: taken as {nearest_hz:g} Hz"]


def _measured_rate_hz(path: Path, layout: _Layout) -> float | None:
    """Return rows a second over the first seconds of the file, None where it is too short to tell."""
    first_s, n_rows = np.nan, 0
    for chunk in TextTable(path, 0, "\t", (layout.time,)).chunks([]):
        times_s = chunk[np.isfinite(chunk[:, 0]), 0]
        if not times_s.size:
            continue
        first_s = float(times_s[0]) if np.isnan(first_s) else first_s
        n_rows += len(times_s)
        span_s = float(times_s[-1] - first_s)
        if span_s >= MIN_SPAN_S:
            return (n_rows - 1) / span_s
    return None
