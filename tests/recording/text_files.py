"""Construction of small files in the text formats of other programs from known counts."""

import numpy as np
from numpy.typing import NDArray

LSB_UV = 187500 / 8388607
"""µV per count of a Cyton at gain 24."""


def wave(n_samples: int, n_channels: int) -> NDArray[np.int64]:
    """Return counts that identify their position: neighbours differ, both signs, over 12 bits and more."""
    sample, channel = np.arange(n_samples)[:, np.newaxis], np.arange(n_channels)
    return (sample * 7919 + channel * 104_729) % 200_003 - 100_000


def numbers(n_samples: int, lost: tuple[int, ...] = (), step: int = 1, modulus: int = 256) -> list[tuple[int, int]]:
    """Return position and counter of the samples received."""
    return [(place, place * step % modulus) for place in range(n_samples) if place not in lost]


def gui_old(counts: NDArray[np.int64], lost: tuple[int, ...] = (), unix_time: bool = True) -> str:
    """Return version 4 (with Unix time), or 2 and 3 (without, a bare second line)."""
    n_channels = counts.shape[1]
    head = ["%OpenBCI Raw EEG Data", f"%Number of channels = {n_channels}" if unix_time else "%"]
    head += ["%Sample Rate = 250.0 Hz", "%First Column = SampleIndex", "%Last Column = Timestamp "]
    head += ["%Other Columns = EEG data in microvolts followed by Accel Data (in G) interleaved with Aux Data"]
    rows = []
    for place, counter in numbers(len(counts), lost):
        signal = ", ".join(f"{count * LSB_UV:.2f}" for count in counts[place])
        unix_ms = f", {1_557_936_053_329 + place * 4}" if unix_time else ""
        rows.append(f"{counter}, {signal}, 0.040, 0.420, {place % 7 / 1000:.3f}, 12:00:53.329{unix_ms}")
    return "\n".join(head + rows) + "\n"


def gui_named(
    counts: NDArray[np.int64],
    lost: tuple[int, ...] = (),
    board: str = "BoardCytonSerial",
    sampling_rate_hz: float = 250,
    step: int = 1,
    counters: list[tuple[int, int]] | None = None,
    scale_uv: float = LSB_UV,
    old_names: bool = False,
) -> str:
    """Return versions 5 (`old_names`) and 6: columns by name, Unix seconds in the notation of Java's doubles."""
    n_channels = counts.shape[1]
    others = ["Other"] * 7 if old_names else ["Not Used", *(f"Digital Channel {n}" for n in range(5)), "Not Used"]
    names = ["Sample Index", *(f"EXG Channel {n}" for n in range(n_channels))]
    names += [*(f"Accel Channel {n}" for n in range(3)), *others, *(f"Analog Channel {n}" for n in range(3))]
    names += ["Timestamp", "Other" if old_names else "Marker Channel", "Timestamp (Formatted)"]
    head = [f"%OpenBCI Raw {'EEG' if old_names else 'EXG'} Data", f"%Number of channels = {n_channels}"]
    head += [f"%Sample Rate = {sampling_rate_hz:g} Hz", f"%Board = OpenBCI_GUI${board}", ", ".join(names)]
    rows = []
    for place, counter in counters or numbers(len(counts), lost, step):
        values = [f"{float(counter)}", *(f"{count * scale_uv:.6f}" for count in counts[place])]
        values += ["0.04", "0.42", f"{place % 7 / 1000}", "0.0", *["0.0"] * 5, "0.0", "0.0", "0.0", "0.0"]
        time_s = 1_693_526_400 + place / sampling_rate_hz
        values += [f"{time_s / 1e9:.12f}E9", f"{3.0 if place == 100 else 0.0}", "2023-09-01 00:00:00.000"]
        rows.append(", ".join(values))
    return "\r\n".join(head + rows) + "\r\n"


def brainflow(
    counts: NDArray[np.int64],
    lost: tuple[int, ...] = (),
    step: int = 1,
    sampling_rate_hz: float = 250.0,
    width: int | None = None,
    scale_uv: float = LSB_UV,
) -> str:
    """Return a file of BrainFlow's file streamer: no header, tabs, six decimals."""
    n_channels = counts.shape[1]
    width = width or {8: 24, 16: 32, 4: 15, 32: 35}[n_channels]
    rows = []
    for place, counter in numbers(len(counts), lost, step):
        values = np.zeros(width)
        values[0] = counter
        values[1 : 1 + n_channels] = counts[place] * scale_uv
        if width != 35:
            values[1 + n_channels : 4 + n_channels] = 0.034, -0.018, 1.002
        values[-2] = 1_695_115_288.85 + place / sampling_rate_hz
        values[-1] = 2.0 if place == 50 else 0.0
        rows.append("\t".join(f"{value:.6f}" for value in values))
    return "\n".join(rows) + "\n"


def sd_card(counts: NDArray[np.int64], lost: tuple[int, ...] = (), labels: tuple[str, ...] = ("STOP",)) -> str:
    """Return rows of an SD-card log, after the label at the start with most firmware."""
    lines = [line for label in labels for line in (f"%{label} AT", "00010C2B")]
    for place, counter in numbers(len(counts), lost):
        fields = [f"{counter:02X}", *(f"{int(count) & 0xFFFFFF:06X}" for count in counts[place])]
        if place % 10 == 0:
            fields += ["FFB0", "0E60", f"{place & 0xFFFF:04X}"]
        lines.append(",".join(fields))
    return "\n".join(lines) + "\n"
