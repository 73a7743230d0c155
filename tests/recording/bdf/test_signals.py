"""Scale, role, name and rate of the signals of other programs' files."""

from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import UNKNOWN_SCALE, ChannelSetup, Role, Setup
from tests.recording.bdf.edf_files import File, Signal, ramp
from tests.recording.support import joined


def test_bdf_with_a_symmetric_range(tmp_path: Path):
    recording = read_recording(File([Signal(ramp())]).write(tmp_path / "a"))
    assert recording.info.sampling_rate_hz == 100.0
    assert recording.info.channels[0].microvolts_per_count == 187500 / 8388607
    assert np.array_equal(joined(recording, 33).counts[:, 0], ramp())
    assert recording.header.warnings == ()
    assert recording.info.bandwidth_hz == pytest.approx(45.0)


def test_edf_of_16_bits_in_millivolts(tmp_path: Path):
    signal = Signal(ramp(), dimension="mV", physical=("-3.2767", "3.2767"), digital=("-32767", "32767"))
    recording = read_recording(File([signal], sample_bytes=2, kind="").write(tmp_path / "a"))
    assert np.array_equal(joined(recording).counts[:, 0], ramp())
    assert recording.info.channels[0].microvolts_per_count == pytest.approx(0.1, rel=1e-12)
    assert recording.info.full_scale_counts == 32767


@pytest.mark.parametrize(
    "dimension, microvolts",
    [
        ("uV", 1),
        ("µV", 1),
        ("UV", 1),
        ("[uV]", 1),
        ("uVolt", 1),
        ("\xc2\xb5V", 1),  # in UTF-8
        ("\xce\xbcV", 1),
        ("\xe6V", 1),  # µ in the encoding of DOS
        ("?V", 1),
        ("mV", 1e3),
        ("V", 1e6),
        ("nV", 1e-3),
        ("Volts", 1e6),
    ],
)
def test_units_of_voltage(tmp_path: Path, dimension, microvolts):
    signal = Signal(ramp(), dimension=dimension, physical=("-8388607", "8388607"))
    recording = read_recording(File([signal]).write(tmp_path / "a"))
    assert recording.info.channels[0].microvolts_per_count == pytest.approx(microvolts)
    assert recording.header.warnings == ()


@pytest.mark.parametrize("dimension", ["", "n/a", "?"])
def test_a_unit_that_is_not_stated_is_taken_as_microvolts_and_reported(tmp_path: Path, dimension):
    signals = [Signal(ramp(), label=label, dimension=dimension) for label in ("a", "b")]
    recording = read_recording(File(signals).write(tmp_path / "a"))
    assert recording.info.channels[0].microvolts_per_count == 187500 / 8388607
    assert [channel.role for channel in recording.info.channels] == [Role.SURFACE, Role.SURFACE]
    assert recording.header.warnings == ("no unit is stated, taken as µV: a, b",)


@pytest.mark.parametrize("dimension", ["count", "adc", "Bits"])
def test_counts_are_watched_where_nothing_tells_a_voltage(tmp_path: Path, dimension):
    force = Signal(ramp(), label="Force", dimension="N")
    counts = [
        Signal(ramp(), label=label, dimension=dimension, physical=("-8388607", "8388607")) for label in ("a", "b")
    ]
    alone = read_recording(File([*counts, force]).write(tmp_path / "a"))
    assert [channel.role for channel in alone.info.channels] == [Role.SURFACE, Role.SURFACE, Role.OFF]
    assert (alone.info.amplitude_unit, alone.info.channels[0].microvolts_per_count) == ("counts", 1.0)
    assert alone.header.warnings[-1] == UNKNOWN_SCALE
    beside = read_recording(File([*counts, Signal(ramp(), label="EMG")]).write(tmp_path / "b"))
    assert [channel.role for channel in beside.info.channels] == [Role.OFF, Role.OFF, Role.SURFACE]
    assert beside.info.amplitude_unit == "µV"
    assert f"a ({dimension}), b ({dimension})" in beside.header.warnings[0]


@pytest.mark.parametrize("label", ["EMG [mV]", "EMG (mV)"])
def test_a_unit_may_stand_in_the_label(tmp_path: Path, label):
    signal = Signal(ramp(), label=label, dimension="", physical=("-8388607", "8388607"))
    recording = read_recording(File([signal]).write(tmp_path / "a"))
    assert recording.info.channels[0].microvolts_per_count == pytest.approx(1e3)
    assert recording.header.warnings == ()


def test_a_range_that_is_none_in_microvolts_is_one_in_volts(tmp_path: Path):
    signal = Signal(ramp(), label="EMG (left)", dimension="", physical=("-0.004", "0.004"))
    recording = read_recording(File([signal]).write(tmp_path / "a"))
    assert recording.info.channels[0].microvolts_per_count == pytest.approx(4000 / 8388607)
    assert "taken as V" in recording.header.warnings[0]


def test_a_range_that_is_small_for_microvolts_is_asked_about(tmp_path: Path):
    recording = read_recording(File([Signal(ramp(), dimension="", physical=("-4", "4"))]).write(tmp_path / "a"))
    assert recording.info.channels[0].microvolts_per_count == pytest.approx(4 / 8388607)
    assert "is it in mV or V?" in recording.header.warnings[0]


@pytest.mark.parametrize("dimension", ["g", "Pa", "m/s^2", "degC", "furlong"])
def test_what_is_no_voltage_is_a_channel_and_not_watched(tmp_path: Path, dimension):
    signals = [Signal(ramp(), label="EMG"), Signal(ramp(), label="ACC X", dimension=dimension)]
    path = File(signals).write(tmp_path / "a")
    recording = read_recording(path)
    assert [channel.role for channel in recording.info.channels] == [Role.SURFACE, Role.OFF]
    assert recording.header.warnings == (
        f"no voltage, and watched only where --setup gives it a role: ACC X ({dimension})",
    )
    setup = Setup({2: ChannelSetup(role=Role.MOTION)})
    assert read_recording(path, setup=setup).info.channels[1].role is Role.MOTION


@pytest.mark.parametrize(
    ("label", "role"),
    [("ECG", Role.ECG), ("EKG 2", Role.ECG), ("ecg1", Role.ECG), ("ECGish", Role.SURFACE), ("ECR", Role.SURFACE)],
)
def test_an_ecg_is_known_by_its_label_and_reported(tmp_path: Path, label, role):
    recording = read_recording(File([Signal(ramp(), label=label), Signal(ramp())]).write(tmp_path / "a"))
    assert recording.info.channels[0].role is role
    assert [warning for warning in recording.header.warnings if label in warning] == (
        [f"taken as an ECG by its label: {label}"] if role is Role.ECG else []
    )


@pytest.mark.parametrize(
    ("others", "dimension"),
    [
        ([("Mic", "Pa", 1600)], "uV"),
        ([("ECG", "uV", 800)], "mV"),
        ([("Mic", "", 1600)], "uV"),
        ([("Mic", "Pa", 1600)], ""),
    ],
)
def test_the_rate_is_that_of_the_muscle(tmp_path: Path, others, dimension):
    signals = [Signal(ramp(n), label=label, dimension=unit) for label, unit, n in others]
    recording = read_recording(File([*signals, Signal(ramp(400), dimension=dimension)]).write(tmp_path / "a"))
    assert recording.info.sampling_rate_hz == 100.0
    assert [channel.name for channel in recording.info.channels] == ["EMG"]
    assert np.array_equal(joined(recording).counts[:, 0], ramp(400))


def test_names_of_channels_are_all_different_and_can_be_printed(tmp_path: Path):
    labels = ("EMG", "EMG", "", "a\x01b", "M\xc3\xbcller", "M\xfcller")
    recording = read_recording(File([Signal(ramp(), label=label) for label in labels]).write(tmp_path / "a"))
    assert [channel.name for channel in recording.info.channels] == [
        "EMG",
        "EMG 2",
        "EMG 3",
        "ab",
        "Müller",
        "Müller 2",
    ]


def test_an_offset_becomes_whole_counts(tmp_path: Path):
    signal = Signal(np.array([0, 2048, 4095, 1] * 100), physical=("-2048", "2047"), digital=("0", "4095"))
    recording = read_recording(File([signal], sample_bytes=2).write(tmp_path / "a"))
    assert joined(recording).counts[:4, 0].tolist() == [-2048, 0, 2047, -2047]
    assert recording.info.channels[0].microvolts_per_count == 1.0
    assert recording.info.full_scale_counts == 2047


def test_a_range_of_the_other_sign_turns_the_signal(tmp_path: Path):
    signal = Signal(ramp(), physical=("187500", "-187500"))
    recording = read_recording(File([signal]).write(tmp_path / "a"))
    assert np.array_equal(joined(recording).counts[:, 0], -ramp())
    assert recording.info.channels[0].microvolts_per_count > 0


@pytest.mark.parametrize("physical", [("-187500,0", "187500,0"), ("-1.875e5", "1.875e5"), ("-187500.", "+187500")])
def test_numbers_as_some_exporters_write_them(tmp_path: Path, physical):
    recording = read_recording(File([Signal(ramp(), physical=physical)]).write(tmp_path / "a"))
    assert recording.info.channels[0].microvolts_per_count == 187500 / 8388607


def test_a_channel_without_a_label_gets_a_name(tmp_path: Path):
    recording = read_recording(File([Signal(ramp(), label="")]).write(tmp_path / "a"))
    assert recording.info.channels[0].name == "EMG 1"


def test_channels_of_other_rates_are_left_out_and_reported(tmp_path: Path):
    signals = [Signal(ramp(40), label="slow"), Signal(ramp(400), label="a"), Signal(ramp(400, 3), label="b")]
    recording = read_recording(File(signals).write(tmp_path / "a"))
    assert [ch.name for ch in recording.info.channels] == ["a", "b"]
    assert recording.info.sampling_rate_hz == 100.0
    assert np.array_equal(joined(recording, 7).counts[:, 1], ramp(400, 3))
    assert "slow" in recording.header.warnings[0]


@pytest.mark.parametrize(("label", "dimension"), [("Status", "Boolean"), ("TRIGGER", "")])
def test_a_trigger_word_is_no_emg(tmp_path: Path, label, dimension):
    signals = [Signal(ramp(), label="a"), Signal(ramp(), label=label, dimension=dimension)]
    recording = read_recording(File(signals).write(tmp_path / "a"))
    assert [ch.name for ch in recording.info.channels] == ["a"]
    assert [column.name for column in recording.info.aux] == [label]
    assert np.array_equal(joined(recording).aux[:, 0], ramp())
