"""Channels from the columns of a text: units, roles, and warnings about the others."""

from collections.abc import Callable
from pathlib import Path

import pytest

from acquisition import read_recording
from acquisition.core import RecordingError, Role
from acquisition.recording.recording import Recording
from tests.recording.support import joined


def read(path: Path, names: str, row: Callable[[int], tuple[float, ...]], unit: str | None = None) -> Recording:
    """Open a text of 1000 rows at 1000 Hz."""
    rows = [",".join(f"{value:.10g}" for value in row(k)) for k in range(1000)]
    path.write_text("\n".join(["# fs = 1000", names, *rows, ""]), "utf-8")
    return read_recording(path, unit=unit)


def test_what_is_left_out_by_its_name_is_reported(tmp_path: Path):
    names = "time_s,EMG (uV),Trigger,Label left (uV)"
    recording = read(tmp_path / "a", names, lambda k: (k / 1000, k % 7, k % 2, k % 5))
    assert [channel.name for channel in recording.info.channels] == ["EMG", "Label left"]
    assert recording.header.warnings == ("left out by their names, as no signals: Trigger",)


def test_a_column_of_sums_costs_the_others_nothing(tmp_path: Path):
    recording = read(tmp_path / "a", "EMG (uV),crc", lambda k: (k % 7, 1e14 * (k * 37 % 101)))
    assert [channel.role for channel in recording.info.channels] == [Role.SURFACE, Role.OFF]
    assert "not watched, as their values are no voltages: crc (1e+16 µV)" in recording.header.warnings
    assert recording.info.to_microvolts(joined(recording).counts)[:8, 0] == pytest.approx([0, 1, 2, 3, 4, 5, 6, 0])
    with pytest.raises(RecordingError, match="these columns are no EMG"):
        read(tmp_path / "a", "crc,pressure (Pa)", lambda k: (1e14 * (k * 37 % 101), k % 7))


def test_counts_beside_a_voltage_are_not_watched(tmp_path: Path):
    recording = read(tmp_path / "a", "EMG [mV],Sync (raw)", lambda k: (k % 7, k % 5))
    assert [channel.role for channel in recording.info.channels] == [Role.SURFACE, Role.OFF]
    assert recording.info.amplitude_unit == "µV"
    assert recording.header.warnings == ("no voltage, and watched only where --setup gives it a role: Sync",)
    alone = read(tmp_path / "a", "EMG [raw],Wrist (g),Other [counts]", lambda k: (k % 7, k % 5, k % 3))
    assert [channel.role for channel in alone.info.channels] == [Role.SURFACE, Role.OFF, Role.SURFACE]
    assert alone.info.amplitude_unit == "counts"


def test_names_are_printable_and_different(tmp_path: Path):
    recording = read(tmp_path / "a", "EMG,EMG,\x1b[31mEMG,,EMG (mV)", lambda k: (k % 7, k % 5, k % 3, k % 2, k % 4))
    assert [channel.name for channel in recording.info.channels] == ["EMG", "EMG 2", "[31mEMG", "EMG 3"]


@pytest.mark.parametrize("unit", ["N", "mg", "degrees", "deg/sec", "mmHg"])
def test_a_unit_that_is_no_side_is_not_watched(tmp_path: Path, unit):
    recording = read(tmp_path / "a", f"EMG (uV),x ({unit})", lambda k: (k % 7, k % 5))
    assert [channel.role for channel in recording.info.channels] == [Role.SURFACE, Role.OFF]


def test_a_line_of_units_names_no_sides(tmp_path: Path):
    recording = read(tmp_path / "a", "EMG,x,Trapezius\nmV,l/min,", lambda k: (k % 7, k % 5, k % 3))
    assert [channel.role for channel in recording.info.channels] == [Role.SURFACE, Role.OFF, Role.SURFACE]


def test_a_unit_of_the_user_that_no_column_takes_is_reported(tmp_path: Path):
    said = "the unit given, mV, is not used: it is for columns of plain text that state none"
    assert said in read(tmp_path / "a", "EMG (uV),x (g)", lambda k: (k % 7, k % 5), "mV").header.warnings
    taken = read(tmp_path / "a", "EMG (uV),x", lambda k: (k % 7, k % 5), "mV")
    assert said not in taken.header.warnings
    assert taken.info.to_microvolts(joined(taken).counts)[1] == pytest.approx([1, 1000], rel=1e-3)


@pytest.mark.parametrize("step", [1, 4, 0.5, 333.3])
def test_whole_numbers_behind_a_clock_are_a_column(tmp_path: Path, step):
    """Such files are logged with an Arduino."""
    (tmp_path / "a").write_text("".join(f"{int(k * step)},{512 + k % 7}\n" for k in range(1000)), "utf-8")
    recording = read_recording(tmp_path / "a", sampling_rate_hz=1000 / step)
    assert recording.info.to_microvolts(joined(recording).counts)[:3, 0] == pytest.approx([512, 513, 514])


def test_a_banner_makes_no_decimals_of_two_columns(tmp_path: Path):
    rows = "".join(f"{512 + k % 7},{498 + k % 5}\n" for k in range(1000))
    (tmp_path / "a").write_text(f"EMG of subject 3\n{rows}", "utf-8")
    with pytest.raises(RecordingError, match="two columns, or one with a decimal comma"):
        read_recording(tmp_path / "a", sampling_rate_hz=1000)
    (tmp_path / "a").write_text(f"EMG,Other\n{rows}", "utf-8")
    assert read_recording(tmp_path / "a", sampling_rate_hz=1000).info.n_channels == 2


@pytest.mark.parametrize("delimiter", [";", "\t", " "])
def test_thousands_are_no_decimals(tmp_path: Path, delimiter):
    rows = "".join(f"{3000 + k:,d}{delimiter}{-1234 - k:,d}{delimiter}{k % 7}\n" for k in range(1000))
    (tmp_path / "a").write_text(f"x{delimiter}y{delimiter}z\n{rows}", "utf-8")
    with pytest.raises(RecordingError, match="thousands, or decimal commas"):
        read_recording(tmp_path / "a", sampling_rate_hz=1000)


def test_three_decimals_below_one_are_no_thousands(tmp_path: Path):
    rows = "".join(f"{k % 7 / 7:.3f};{k % 5 + 1:.3f}\n" for k in range(1000)).replace(".", ",")
    (tmp_path / "a").write_text(f"x;y\n{rows}", "utf-8")
    recording = read_recording(tmp_path / "a", sampling_rate_hz=1000)
    assert recording.info.to_microvolts(joined(recording).counts)[:3, 1] == pytest.approx([1, 2, 3])


def test_times_of_day_beside_whole_numbers_are_no_thousands(tmp_path: Path):
    (tmp_path / "a").write_text("".join(f"10:00:12.{k:03d},{512 + k % 7}\n" for k in range(1000)), "utf-8")
    assert read_recording(tmp_path / "a").info.sampling_rate_hz == 1000
    (tmp_path / "a").write_text("".join(f"10:00:{12 + k // 500},{512 + k % 7}\n" for k in range(1000)), "utf-8")
    assert read_recording(tmp_path / "a", sampling_rate_hz=500).info.sampling_rate_hz == 500


def test_an_ecg_in_millivolts_takes_no_counts_from_a_muscle(tmp_path: Path):
    rows = "".join(f"{k * 37 % 97},{k * 11 % 89}\n" for k in range(400))
    (tmp_path / "a").write_text(f"EMG (raw),ECG (mV)\n{rows}", "utf-8")
    info = read_recording(tmp_path / "a", sampling_rate_hz=1000).info
    assert [channel.role for channel in info.channels] == [Role.SURFACE, Role.ECG]
    assert info.amplitude_unit == "counts"
