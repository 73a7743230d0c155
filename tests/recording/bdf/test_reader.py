"""Reading of files of other programs, damaged files and hostile ones."""

import os
import time
import tracemalloc
from datetime import datetime
from pathlib import Path

import edfio
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acquisition import read_recording
from acquisition.core import UNKNOWN_SCALE, AcquisitionError, ChannelSetup, RecordingError, Role, Setup, make_block
from acquisition.recording import Annotation, BdfWriter, Damage
from tests.recording.bdf.edf_files import File, Signal, onset, ramp
from tests.recording.support import joined, made_up_counts, make_info, write_recording


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
def test_a_unit_that_is_not_told_is_taken_as_microvolts_and_told(tmp_path: Path, dimension):
    signals = [Signal(ramp(), label=label, dimension=dimension) for label in ("a", "b")]
    recording = read_recording(File(signals).write(tmp_path / "a"))
    assert recording.info.channels[0].microvolts_per_count == 187500 / 8388607
    assert [channel.role for channel in recording.info.channels] == [Role.SURFACE, Role.SURFACE]
    assert recording.header.warnings == ("no unit is told, taken as µV: a, b",)


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
def test_an_ecg_is_known_by_its_label_and_told(tmp_path: Path, label, role):
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


def test_channels_of_other_rates_are_left_out_and_told(tmp_path: Path):
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


@pytest.mark.parametrize("tal_first", [True, False])
def test_annotations_may_stand_anywhere(tmp_path: Path, tal_first):
    tals = [onset(0, "+0.5\x150.1\x14one", "+0.7\x14two"), onset(1), onset(2, "+0.1\x14late"), onset(3)]
    recording = read_recording(File([Signal(ramp())], tals=tals, tal_first=tal_first).write(tmp_path / "a"))
    assert recording.header.annotations == (
        Annotation(0.1, 0.0, "late"),
        Annotation(0.5, 0.1, "one"),
        Annotation(0.7, 0.0, "two"),
    )
    assert np.array_equal(joined(recording).counts[:, 0], ramp())


def test_annotations_count_from_the_first_sample_where_the_file_starts_within_a_second(tmp_path: Path):
    tals = [onset(0.25, "+0.75\x14one"), onset(1.25), onset(2.25), onset(3.25)]
    recording = read_recording(File([Signal(ramp())], tals=tals).write(tmp_path / "a"))
    assert recording.header.annotations == (Annotation(0.5, 0.0, "one"),)


@pytest.mark.parametrize("kind, sample_bytes", [("BDF+D", 3), ("EDF+D", 2)])
def test_a_gap_becomes_lost_samples(tmp_path: Path, kind, sample_bytes):
    digital = ("-8388607", "8388607") if sample_bytes == 3 else ("-32767", "32767")
    tals = [onset(0), onset(1), onset(3.5, "+3.6\x14here"), onset(4.5)]
    file = File([Signal(ramp(), digital=digital)], sample_bytes, kind=kind, tals=tals)
    recording = read_recording(file.write(tmp_path / "a"))
    whole = joined(recording, 70)
    assert recording.header.n_samples == 550
    assert np.array_equal(np.flatnonzero(~whole.valid), np.arange(200, 350))
    assert (whole.counts[200:350, 0] == ramp()[199]).all()
    assert np.array_equal(whole.counts[350:, 0], ramp()[200:])
    assert recording.header.annotations == (Annotation(3.6, 0.0, "here"),)


def test_records_that_overlap_are_put_one_behind_the_other(tmp_path: Path):
    tals = [onset(0), onset(0.5), onset(2), onset(3)]
    recording = read_recording(File([Signal(ramp())], kind="BDF+D", tals=tals).write(tmp_path / "a"))
    assert recording.header.n_samples == 400
    assert "put behind it" in recording.header.warnings[0]


def test_a_gap_of_years_is_refused(tmp_path: Path):
    tals = [onset(0), onset(1), onset(2), b"+999999999999\x14\x14\x00"]
    with pytest.raises(RecordingError, match="more than a month"):
        read_recording(File([Signal(ramp())], kind="BDF+D", tals=tals).write(tmp_path / "a"))


def test_stretches_that_mne_left_out_are_lost(tmp_path: Path):
    tals = [onset(0, "+0.5\x150.25\x14BAD_ACQ_SKIP"), onset(1), onset(2), onset(3)]
    whole = joined(read_recording(File([Signal(ramp())], tals=tals).write(tmp_path / "a")))
    assert np.array_equal(np.flatnonzero(~whole.valid), np.arange(50, 75))


def test_what_edfio_writes_is_read(tmp_path: Path):
    rng = np.random.default_rng(3)
    data = rng.normal(0, 100, (2, 1280))
    signals = [
        edfio.BdfSignal(row, 256, label=f"ch {n}", physical_dimension="uV", physical_range=(-1000, 1000))
        for n, row in enumerate(data)
    ]
    notes = [edfio.EdfAnnotation(1.5, 0.5, "ä"), edfio.EdfAnnotation(0.25, None, "b")]
    edfio.Bdf(signals, annotations=notes).write(tmp_path / "a.bdf")
    recording = read_recording(tmp_path / "a.bdf")
    whole = joined(recording)
    assert recording.info.to_microvolts(whole.counts) == pytest.approx(data.T, abs=2e-4)
    assert recording.header.annotations == (Annotation(0.25, 0.0, "b"), Annotation(1.5, 0.5, "ä"))


def test_a_recording_cut_off_gives_its_whole_records(tmp_path: Path):
    raw = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(400)).read_bytes()
    (tmp_path / "cut.bdf").write_bytes(raw[:-700])
    recording = read_recording(tmp_path / "cut.bdf")
    assert recording.header.n_samples == 350
    assert "cut short" in recording.header.warnings[0]
    assert np.array_equal(joined(recording).counts, made_up_counts(400)[:350])


@pytest.mark.parametrize("n_records_text", ["-1", "0", "-7"])
def test_an_untold_number_of_records_is_repaired(tmp_path: Path, n_records_text):
    recording = read_recording(File([Signal(ramp())], n_records_text=n_records_text).write(tmp_path / "a"))
    assert recording.header.n_samples == 400
    assert "does not tell how many" in recording.header.warnings[0]


def test_a_recording_without_a_whole_record_is_refused(tmp_path: Path):
    raw = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(400)).read_bytes()
    (tmp_path / "cut.bdf").write_bytes(raw[: 256 * 5 + 500])
    with pytest.raises(RecordingError, match="no whole record"):
        read_recording(tmp_path / "cut.bdf")


def test_the_users_setup_is_over_what_the_file_tells(tmp_path: Path):
    path = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(60))
    setup = Setup({2: ChannelSetup(name="Band", role=Role.NEEDLE)})
    channels = read_recording(path, setup=setup).info.channels
    assert (channels[1].name, channels[1].role) == ("Band", Role.NEEDLE)
    assert (channels[0].name, channels[0].role) == ("EMG 1", Role.SURFACE)


def test_a_record_as_long_as_the_file_is_read_in_parts(tmp_path: Path):
    n_samples = 900_000
    counts = made_up_counts(n_samples, 3)
    path = tmp_path / "a"
    file = File([Signal(np.empty(n_samples), label=f"{n}") for n in range(3)], n_records=1, duration="900")
    path.write_bytes(file.header() + counts.T.astype("<i4").copy().view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    tracemalloc.start()
    try:
        recording = read_recording(path)
        for block in recording.blocks(9999):
            assert np.array_equal(block.counts, counts[block.first_index : block.end_index])
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert recording.header.n_samples == n_samples
    assert peak_bytes < path.stat().st_size


HOSTILE = {
    "10^15 records": {"n_records_text": "1e15"},
    "99999999 records of nothing": {"n_records_text": "99999999", "signals": "1e9"},
    "duration zero": {"duration": "0"},
    "negative duration": {"duration": "-1"},
    "duration nan": {"duration": "nan"},
    "duration inf": {"duration": "inf"},
    "tiny duration": {"duration": "1e-30"},
    "duration with a long exponent": {"duration": "1e-99999"},
    "no channel": {"n_signals_text": "0"},
    "negative channels": {"n_signals_text": "-1"},
    "9999 channels": {"n_signals_text": "9999"},
    "channels in words": {"n_signals_text": "two"},
    "header length of another file": {"header_bytes_text": "99999999"},
    "no samples": {"signals": "0"},
    "negative samples": {"signals": "-5"},
    "99999999 samples": {"signals": "99999999"},
    "samples nan": {"signals": "nan"},
    "physical range of nothing": {"physical": ("5", "5")},
    "physical range nan": {"physical": ("nan", "5")},
    "physical range inf": {"physical": ("-inf", "inf")},
    "physical range of nearly nothing": {"physical": ("1e-99999", "0")},
    "numbers that run into each other": {"physical": ("-187500-", "187500-8")},
    "zero far outside": {"physical": ("1e30", "1.1e30")},
    "digital range of nothing": {"digital": ("5", "5")},
    "digital range upside down": {"digital": ("5", "-5")},
    "digital range of words": {"digital": ("a", "b")},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_is_refused_at_once(tmp_path: Path, name):
    changes = dict(HOSTILE[name])
    signal = Signal(ramp())
    signal.n_samples = changes.pop("signals", "")
    signal.physical = changes.pop("physical", signal.physical)
    signal.digital = changes.pop("digital", signal.digital)
    path = File([signal], **changes).write(tmp_path / "a")
    tracemalloc.start()
    started_s = time.process_time()
    try:
        with pytest.raises(RecordingError):
            read_recording(path)
        assert time.process_time() - started_s < 2.0  # the sizes in the header would take minutes or hours
        assert tracemalloc.get_traced_memory()[1] < 4e6
    finally:
        tracemalloc.stop()


TEMPLATE = File(
    [Signal(ramp(40)), Signal(ramp(40), label="b")],
    kind="BDF+D",
    tals=[onset(0, "+0.1\x14a"), onset(1), onset(5), onset(7, "+1\x15\x14lost")],
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 1024 + 300), st.sampled_from([*b"0123456789-+. eE,naif\x14\x15\x00"])),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 1600),
)
def test_no_change_of_a_file_does_more_than_raise_a_recording_error(tmp_path: Path, changes, n_cut):
    raw = bytearray(TEMPLATE.header() + TEMPLATE.data())
    for offset, byte in changes:
        raw[offset % len(raw)] = byte
    path = tmp_path / "a"
    path.write_bytes(bytes(raw[: len(raw) - n_cut] if n_cut < 200 else raw))
    try:
        recording = read_recording(path)
        if recording.header.n_samples < 10_000:
            joined(recording, 100)
    except AcquisitionError:
        pass


def test_a_long_recording_is_read_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)  # ten minutes would be 600 of them
    info = make_info(1000.0, 8)
    second = made_up_counts(1000, 8)
    with BdfWriter(tmp_path / "a.bdf", info, started_at=datetime(2026, 1, 1)) as writer:
        for n in range(600):
            writer.write(make_block(1000 * n, second, 0.0))
            writer.annotate(Annotation(float(n), 0.0, "second"))
    n_file_bytes = (tmp_path / "a.bdf").stat().st_size
    assert n_file_bytes > 14e6
    tracemalloc.start()
    try:
        recording = read_recording(tmp_path / "a.bdf")
        n_samples = sum(block.n_samples for block in recording.blocks())
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert n_samples == 600_000
    assert peak_bytes < n_file_bytes / 2
    assert peak_bytes < 8e6


@pytest.mark.parametrize("n_block", [1, 7, 50, 51, 1000])
def test_blocks_of_every_length_are_the_same_samples(tmp_path: Path, n_block):
    counts = made_up_counts(173)
    recording = read_recording(write_recording(tmp_path / "a.bdf", make_info(), counts))
    whole = joined(recording, n_block)
    assert np.array_equal(whole.counts, counts)
    assert whole.arrival_s == pytest.approx(172 / 250)
    assert np.array_equal(joined(recording, n_block).counts, counts), "blocks start over"


def test_blocks_of_no_length_are_refused(tmp_path: Path):
    recording = read_recording(write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(60)))
    with pytest.raises(ValueError, match="at least one sample"):
        list(recording.blocks(0))


def test_a_file_that_shrinks_while_it_is_read_is_told(tmp_path: Path):
    path = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(400))
    recording = read_recording(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(RecordingError, match="became shorter"):
        list(recording.blocks())


def _zeroed(path: Path, *records: int) -> Path:
    """Zero records, as after a power cut before they were written to the disk."""
    data = bytearray(path.read_bytes())
    header_bytes = int(data[184:192])
    record_bytes = (len(data) - header_bytes) // int(data[236:244])
    for record in records:
        begin = header_bytes + record * record_bytes
        data[begin : begin + record_bytes] = bytes(record_bytes)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("records", [(0,), (2, 3), (9,)])
def test_records_of_ours_that_never_came_to_the_disk_are_lost(tmp_path: Path, records):
    info = make_info(1000.0)
    counts = made_up_counts(2000)
    path = write_recording(tmp_path / "a.bdf", info, counts)
    assert read_recording(path).header.warnings == ()
    recording = read_recording(_zeroed(path, *records))
    expected = np.ones(2000, np.bool_)
    expected[200 * records[0] : 200 * (records[-1] + 1)] = False
    block = joined(recording, 333)
    assert np.array_equal(block.valid, expected)
    assert np.array_equal(block.counts[expected], counts[expected])
    begin_s, length_s = 0.2 * records[0], 0.2 * len(records)
    assert recording.header.annotations == (Annotation(pytest.approx(begin_s), pytest.approx(length_s), "lost"),)
    (told,) = recording.header.warnings
    assert isinstance(told, Damage)
    assert told.startswith(f"{len(records)} of 10 records did not come to the disk whole")


def test_a_record_of_ours_of_which_only_the_end_came_to_the_disk_is_lost_too(tmp_path: Path):
    path = _zeroed(write_recording(tmp_path / "a.bdf", make_info(1000.0), made_up_counts(2000)), 3)
    data = bytearray(path.read_bytes())
    record_bytes = (len(data) - 256 * 5) // 10
    data[256 * 5 + 4 * record_bytes : 256 * 5 + 4 * record_bytes + 900] = bytes(900)
    path.write_bytes(data)
    recording = read_recording(path)
    assert np.array_equal(np.flatnonzero(~joined(recording).valid), np.arange(600, 1000))
    assert recording.header.warnings[0].startswith("2 of 10 records")


@pytest.mark.parametrize("kind", ["BDF+C", "BDF+D"])
def test_another_program_may_leave_the_time_out_of_some_records(tmp_path: Path, kind):
    tals = [onset(0), b"", onset(2), onset(3)]
    path = File([Signal(ramp())], tals=tals, kind=kind).write(tmp_path / "a")
    recording = read_recording(path)
    assert joined(recording).valid.all()
    assert recording.header.warnings == ()


@pytest.mark.parametrize("kind", ["BDF+C", "BDF+D"])
@pytest.mark.parametrize("sample_bytes", [2, 3])
def test_a_record_of_zeros_without_its_time_is_lost_in_any_file(tmp_path: Path, kind, sample_bytes):
    values = ramp()
    values[200:300] = 0
    digital = (str(-(2 ** (8 * sample_bytes - 1) - 1)), str(2 ** (8 * sample_bytes - 1) - 1))
    signals = [Signal(values, label=label, digital=digital) for label in ("a", "b")]
    tals = [b"", onset(1), b"", onset(3)]
    kind = kind if sample_bytes == 3 else kind.replace("B", "E", 1)
    path = File(signals, sample_bytes=sample_bytes, tals=tals, kind=kind).write(tmp_path / "a")
    recording = read_recording(path)
    assert np.array_equal(np.flatnonzero(~joined(recording).valid), np.arange(200, 300))
    (told,) = [text for text in recording.header.warnings if isinstance(text, Damage)]
    assert told.startswith("1 of 4 records did not come to the disk whole")


def test_a_file_without_any_time_is_as_it_is(tmp_path: Path):
    path = File([Signal(np.zeros(400, np.int64))], tals=[b"\x00"] * 4).write(tmp_path / "a")
    assert joined(read_recording(path)).valid.all()
