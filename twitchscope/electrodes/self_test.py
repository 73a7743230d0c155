"""Self-test of an open board: gain and noise of its channels, impedance of its electrodes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acquisition.core import (
    LEAD_OFF_HZ,
    AcquisitionError,
    Board,
    BoardConfigError,
    InternalSignal,
    Role,
    SelfTest,
)
from dsp.bands import choose_band_hz
from dsp.levels import band_levels_uv
from twitchscope.electrodes.contact import LOOK_S, RAILED_SHARE, ContactLook, look_at_contacts
from twitchscope.words import for_later

TEST_SIGNAL_UV = 1875.0
"""Amplitude in µV of the ADS1299's test signal: reference / 2400 (datasheet, see hardware_docs/board.md)."""

LONGEST_GAIN_ERROR = 0.05
"""Largest relative gain error. The test signal is only as exact as its reference; a larger error is a wrong setting."""

MOST_NOISE_UV = 3.0
"""RMS in µV in the detector's band above which the amplifier hides what skin and electrode (1 to 3 µV) contribute."""

LEAD_OFF_A = 6e-9
"""Amplitude in A of the lead-off current, a square wave (an inverted direct current), ± 20 %."""

FUNDAMENTAL_OF_SQUARE = 4.0 / np.pi
"""Amplitude of a square wave's first harmonic relative to its own."""

SERIES_OHM = 2200.0
"""Resistor in series with every input of a Cyton, in Ω."""

GOOD_OHM, POOR_OHM = 10e3, 50e3
"""Impedances in Ω: up to the first an electrode is good (surface EMG requires 10 kΩ); above the second it barely
holds."""

SETTLE_S = 0.5
"""Time in seconds discarded after a start, while filters and electrodes settle."""

IMPEDANCE_S = 1.28
"""Measurement time in seconds: 40 periods of the lead-off current."""

LEVEL_WINDOW_S = 0.1
READ_S = 0.1
SILENT_READS = 30

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Gain error and noise of one channel.

    Attributes
    ----------
    name : str
        Name of the channel.
    gain_error : float
        Ratio of measured to nominal gain, minus 1.
    noise_uv : float
        RMS in µV in the detector's band with the inputs shorted.
    """

    name: str
    gain_error: float
    noise_uv: float

    @property
    def advice(self) -> str:
        """What is wrong; empty if nothing."""
        if not abs(self.gain_error) <= LONGEST_GAIN_ERROR:
            return "the gain is not the one that was set: a wrong reference voltage, or a broken channel"
        if not self.noise_uv <= MOST_NOISE_UV:
            return "too noisy: a low gain, a noisy supply, or a broken channel"
        return ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Contact of one pair of electrodes.

    Attributes
    ----------
    name : str
        Name of the channel.
    impedance_ohm : float or None
        Mean of its two electrodes at 31.25 Hz; None where no current may flow (a needle).
    is_railed : bool
        Whether the signal is at the end of the range.
    """

    name: str
    impedance_ohm: float | None
    is_railed: bool

    @property
    def size(self) -> str:
        """The impedance as text in English; empty if it was not measured."""
        if self.is_railed:
            return for_later("railed")
        return "" if self.impedance_ohm is None else f"{self.impedance_ohm / 1000.0:.1f} kΩ"

    @property
    def advice(self) -> str:
        """Condition and advice in English; `tr` translates it for the screen."""
        if self.is_railed:
            return for_later("off or not connected: look at both electrodes of the pair and at the bias electrode")
        if self.impedance_ohm is None:
            return for_later("not measured: a needle gets no current")
        shown_ohm = round(self.impedance_ohm, -2)  # as `size` prints it
        if shown_ohm > POOR_OHM:
            return for_later("poor: press it on, or clean the skin and take a new electrode")
        if shown_ohm > GOOD_OHM:
            return for_later("fair: rub the skin once more if the trace is noisy")
        return for_later("good")


def require_self_test(board: Board) -> SelfTest:
    """Return the self-test of an open board.

    Raises
    ------
    BoardConfigError
        If it has none.
    """
    if board.self_test is None:
        raise BoardConfigError(
            f"{board.info.name} has no test signal and no lead-off current that this program can switch: "
            "expected a board named cyton:PORT"
        )
    return board.self_test


def go_on() -> None:
    """Do nothing: the measurement continues to its end."""


def calibrate(board: Board, seconds: float, look_up: Callable[[], None] = go_on) -> list[Calibration]:
    """Measure gain and noise of every channel that is not off; the board is always restored afterwards.

    Parameters
    ----------
    board : Board
        Open, not streaming.
    seconds : float
        Duration of each of the two measurements, at least 3 s: the test signal has a period of 1 s.
    look_up : callable, optional
        Called between two reads; an exception from it ends the measurement in order.

    Raises
    ------
    AcquisitionError
        If the board has no self-test, has a needle on a channel, or fails.
    """
    tested = require_self_test(board)
    try:
        tested.connect_internal_signal(InternalSignal.TEST_SIGNAL)
        amplitudes_uv = square_amplitude_uv(collect_uv(board, seconds, look_up))
        tested.connect_internal_signal(InternalSignal.SHORTED)
        signal_uv = collect_uv(board, seconds, look_up)
        noise_uv = band_rms_uv(signal_uv, board.info.sampling_rate_hz, board.info.bandwidth_hz)
    finally:
        tested.connect_electrodes()
    return [
        Calibration(channel.name, float(amplitude_uv / TEST_SIGNAL_UV - 1.0), float(rms_uv))
        for channel, amplitude_uv, rms_uv in zip(board.info.channels, amplitudes_uv, noise_uv, strict=True)
        if channel.role is not Role.OFF
    ]


def look_at_signal(board: Board, look_up: Callable[[], None] = go_on) -> list[ContactLook]:
    """Judge the contact of every channel that records a muscle, from its signal alone: no current flows.

    Raises
    ------
    AcquisitionError
        If the board sends nothing, or too little for a measurement.
    """
    info = board.info
    counts = collect_counts(board, SETTLE_S + LOOK_S, look_up)
    band_hz = choose_band_hz(info.sampling_rate_hz, info.bandwidth_hz)
    return look_at_contacts(info, counts, np.ones(len(counts), np.bool_), band_hz)


def check_electrodes(board: Board, on_contact: Callable[[Contact], None], look_up: Callable[[], None] = go_on) -> None:
    """Measure each pair's impedance in turn, and pass each to `on_contact`.

    No current flows through a needle or through a channel that is off. The currents are always switched off afterwards.

    Raises
    ------
    AcquisitionError
        If the board has no self-test, or fails.
    """
    tested = require_self_test(board)
    full_scale_uv = board.info.full_scale_uv
    for column, channel in enumerate(board.info.channels):
        if channel.role is Role.OFF:
            continue
        may_flow = channel.role is not Role.NEEDLE
        try:
            if may_flow:
                tested.start_lead_off_current(column + 1)
            signal_uv = collect_uv(board, SETTLE_S + IMPEDANCE_S, look_up)[:, column]
        finally:
            if may_flow:
                tested.stop_lead_off_current(column + 1)
        is_railed = bool(np.median(np.abs(signal_uv)) > RAILED_SHARE * full_scale_uv[column])
        impedance_ohm = None
        if may_flow:
            impedance_ohm = pair_impedance_ohm(signal_uv, board.info.sampling_rate_hz, tested.lead_off_share())
        on_contact(Contact(channel.name, impedance_ohm, is_railed))


def collect_uv(board: Board, seconds: float, look_up: Callable[[], None] = go_on) -> Samples:
    """Return the signal of `collect_counts` in µV."""
    return board.info.to_microvolts(collect_counts(board, seconds, look_up))


def collect_counts(board: Board, seconds: float, look_up: Callable[[], None] = go_on) -> NDArray[np.int32]:
    """Stream for `seconds` and return the valid samples after the first `SETTLE_S`, shape (n_samples, n_channels).

    Raises
    ------
    AcquisitionError
        If the board sends nothing, or too little for a measurement.
    """
    n_samples = round(seconds * board.info.sampling_rate_hz)
    parts: list[NDArray[np.int32]] = []
    n_silent = 0
    board.start()
    try:
        while board.next_index < n_samples and n_silent < SILENT_READS:
            look_up()
            block = board.read(READ_S)
            if block is None:
                break
            n_silent = 0 if block.n_samples else n_silent + 1
            parts.append(block.counts[block.valid])
    finally:
        board.stop()
    counts = np.concatenate(parts) if parts else np.empty((0, board.info.n_channels), np.int32)
    settled = counts[round(SETTLE_S * board.info.sampling_rate_hz) :]
    if len(settled) < 0.5 * (seconds - SETTLE_S) * board.info.sampling_rate_hz:
        raise AcquisitionError(
            f"{len(counts)} of {n_samples} samples came: too few to measure on; is the radio link poor?"
        )
    return settled


def square_amplitude_uv(signal_uv: Samples) -> Samples:
    """Return half the distance of a square wave's two levels, per channel, whatever its offset; 0 for a constant."""
    middle_uv = 0.5 * (np.quantile(signal_uv, 0.05, axis=0) + np.quantile(signal_uv, 0.95, axis=0))
    upper_uv = np.nanmedian(np.where(signal_uv >= middle_uv, signal_uv, np.nan), axis=0)
    lower_uv = np.nanmedian(np.where(signal_uv <= middle_uv, signal_uv, np.nan), axis=0)
    amplitude_uv: Samples = 0.5 * (upper_uv - lower_uv)
    return amplitude_uv


def band_rms_uv(signal_uv: Samples, sampling_rate_hz: float, bandwidth_hz: float | None) -> Samples:
    """Return the RMS in the detector's band, per channel."""
    band_hz = choose_band_hz(sampling_rate_hz, bandwidth_hz)
    levels_uv = band_levels_uv(signal_uv, sampling_rate_hz, band_hz, LEVEL_WINDOW_S)
    rms_uv: Samples = np.sqrt(np.mean(levels_uv**2, axis=0))
    return rms_uv


def pair_impedance_ohm(signal_uv: Samples, sampling_rate_hz: float, share: float) -> float:
    """Return the mean impedance in Ω of a pair's two electrodes, from the lead-off signal.

    It is the amplitude at 31.25 Hz over that of the current, which passes both electrodes, minus the series resistor.

    Parameters
    ----------
    signal_uv : ndarray, shape (n_samples,)
        Signal of the pair.
    sampling_rate_hz : float
        Sampling rate of the board. At 125 Hz (with a Daisy) the third harmonic aliases to the first, with 7 % of its
        amplitude. It adds 0.3 % if it lags by a quarter period, as in the model of the board, and at most 7 %.
    share : float
        Fraction of the amplitude that the board's filters pass, 0 to 1 (`SelfTest.lead_off_share`); it is corrected
        for.
    """
    n_periods = int(len(signal_uv) * LEAD_OFF_HZ / sampling_rate_hz)
    part_uv = signal_uv[: round(n_periods * sampling_rate_hz / LEAD_OFF_HZ)]
    window = np.hanning(len(part_uv))
    turns = np.exp(-2j * np.pi * LEAD_OFF_HZ / sampling_rate_hz * np.arange(len(part_uv)))
    amplitude_uv = 2.0 * abs(np.sum(window * (part_uv - np.mean(part_uv)) * turns)) / np.sum(window)
    amplitude_uv /= share
    return float(max(0.0, 1e-6 * amplitude_uv / (2.0 * FUNDAMENTAL_OF_SQUARE * LEAD_OFF_A) - SERIES_OHM))
