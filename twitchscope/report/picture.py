"""Picture of one event on every electrode channel, in the detection band and without the mains."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acquisition.core import Role
from acquisition.recording import Recording
from twitchscope.findings.band_signal import CONVERTER_S, SETTLE_S, BandSignal
from twitchscope.findings.decibels import rounded_db
from twitchscope.findings.event import DetectedEvent
from twitchscope.notice import NOT_A_MEDICAL_DEVICE
from twitchscope.storage.files import write_new_file

ENDINGS = (".png", ".pdf", ".svg")
BEFORE_S = 0.4
AFTER_S = 0.4

NOT_DRAWN = (Role.MOTION, Role.OFF)
"""Roles that are not drawn. An accelerometer is no muscle signal and would set the scale to thousands of µV."""

ONE_SCALE = (Role.SURFACE, Role.REFERENCE)
"""Roles that share one scale, so that pairs on the skin can be compared. A needle or an ECG lead has its own scale."""


def save_event_picture(
    recording: Recording, event: DetectedEvent, band_hz: tuple[float, float], mains_hz: float, path: Path
) -> None:
    """Draw an event of a recording as a PNG, PDF or SVG file, without motion channels and channels that are off.

    Parameters
    ----------
    recording : Recording
        Recording that contains the event.
    event : DetectedEvent
        The event to draw.
    band_hz : tuple of float
        Detection band in Hz. The signal is filtered as in the detector, see `BandSignal`.
    mains_hz : float
        Frequency of the mains that the detector found and removed, in Hz; 0 if there was none.
    path : Path
        Path of the picture, with one of `ENDINGS`; must not exist.

    Raises
    ------
    RecordingError
        If the file exists or cannot be written.
    """
    from matplotlib.figure import Figure  # slow import, rarely needed

    drawn = [number for number, channel in enumerate(recording.info.channels) if channel.role not in NOT_DRAWN]
    channels = [recording.info.channels[number] for number in drawn]
    times_s, signal_uv = _around(recording, event, band_hz, drawn)
    peaks_uv = np.abs(signal_uv).max(axis=0)
    common_uv = max((peak for one, peak in zip(channels, peaks_uv, strict=True) if one.role in ONE_SCALE), default=0.0)
    figure = Figure(figsize=(8.0, 0.6 + 0.75 * len(channels)), layout="constrained")
    axes = figure.subplots(len(channels), 1, sharex=True, squeeze=False)[:, 0]
    for axis, channel, trace_uv, peak_uv in zip(axes, channels, signal_uv.T, peaks_uv, strict=True):
        axis.plot(times_s, trace_uv, linewidth=0.7, color="#1b4965" if channel.name in event.channels else "0.55")
        full_uv = 1.1 * max(common_uv if channel.role in ONE_SCALE else peak_uv, 1e-3)
        axis.set_ylim(-full_uv, full_uv)
        axis.axvspan(event.onset_s, event.offset_s, color="#ffb703", alpha=0.35, linewidth=0)
        axis.set_ylabel(channel.name, rotation=0, ha="right", va="center", fontsize=8)
        axis.tick_params(labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    same = (
        "the same for all" if all(one.role in ONE_SCALE for one in channels) else "the same for all pairs on the skin"
    )
    scale = f"vertical scale in {recording.info.amplitude_unit}, {same}"
    axes[-1].set_xlabel(f"time since the start of the recording (s); {scale}", fontsize=8)
    figure.suptitle(_title(event, band_hz, mains_hz, recording.info.amplitude_unit), fontsize=9)
    file = io.BytesIO()
    figure.savefig(file, dpi=150, format=path.suffix.lower().removeprefix("."))
    write_new_file(path, file.getvalue())


def _title(event: DetectedEvent, band_hz: tuple[float, float], mains_hz: float, unit: str) -> str:
    duration_ms = 1000.0 * (event.offset_s - event.onset_s)
    mains = f", without the mains of {mains_hz:.0f} Hz" if mains_hz else ""
    snr_db = rounded_db(event.snr_db, event.grade, 0)
    over = "local floor" if event.over_floor else "resting baseline"
    return (
        f"{event.label} at {event.onset_s:.3f} s on {event.channel}: {duration_ms:.0f} ms, "
        f"peak {event.peak_uv:.0f} {unit}, {snr_db:.0f} dB over the {over} ({event.grade})\n"
        f"{band_hz[0]:.0f} to {band_hz[1]:.0f} Hz{mains}. {NOT_A_MEDICAL_DEVICE}"
    )


def _around(
    recording: Recording, event: DetectedEvent, band_hz: tuple[float, float], drawn: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times in s, shape (n,), and filtered µV of the `drawn` channels, shape (n, n_drawn), around an event."""
    rate_hz = recording.info.sampling_rate_hz
    start = max(round(CONVERTER_S * rate_hz), round((event.onset_s - BEFORE_S - SETTLE_S) * rate_hz))
    stop = round((event.offset_s + AFTER_S + SETTLE_S) * rate_hz)
    parts = [
        block.counts[max(0, start - block.first_index) : stop - block.first_index]
        for block in recording.blocks()
        if block.end_index > start and block.first_index < stop
    ]
    raw_uv = recording.info.to_microvolts(np.concatenate(parts))[:, list(drawn)]
    filtered_uv = BandSignal(rate_hz, band_hz).take(raw_uv)
    times_s = (start + np.arange(len(raw_uv))) / rate_hz
    shown = (times_s >= event.onset_s - BEFORE_S) & (times_s <= event.offset_s + AFTER_S)
    return times_s[shown], filtered_uv[shown]
