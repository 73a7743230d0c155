"""Reading of files that are cut off, damaged or hostile."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acquisition import read_recording
from acquisition.core import AcquisitionError, RecordingError
from acquisition.recording import Annotation, Damage
from tests.cost import assert_costs_at_most
from tests.recording.bdf.edf_files import File, Signal, onset, ramp
from tests.recording.support import joined, made_up_counts, make_info, write_recording


def test_a_recording_cut_off_gives_its_whole_records(tmp_path: Path):
    raw = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(400)).read_bytes()
    (tmp_path / "cut.bdf").write_bytes(raw[:-700])
    recording = read_recording(tmp_path / "cut.bdf")
    assert recording.header.n_samples == 350
    assert "cut short" in recording.header.warnings[0]
    assert np.array_equal(joined(recording).counts, made_up_counts(400)[:350])


@pytest.mark.parametrize("n_records_text", ["-1", "0", "-7"])
def test_an_unstated_number_of_records_is_repaired(tmp_path: Path, n_records_text):
    recording = read_recording(File([Signal(ramp())], n_records_text=n_records_text).write(tmp_path / "a"))
    assert recording.header.n_samples == 400
    assert "does not state how many" in recording.header.warnings[0]


def test_a_recording_without_a_whole_record_is_refused(tmp_path: Path):
    raw = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(400)).read_bytes()
    (tmp_path / "cut.bdf").write_bytes(raw[: 256 * 5 + 500])
    with pytest.raises(RecordingError, match="no whole record"):
        read_recording(tmp_path / "cut.bdf")


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
    harmless = File([Signal(ramp())]).write(tmp_path / "b")

    def refuse() -> None:
        with pytest.raises(RecordingError):
            read_recording(path)

    tracemalloc.start()
    try:
        refuse()
        assert tracemalloc.get_traced_memory()[1] < 4e6
    finally:
        tracemalloc.stop()
    # The sizes in the header would take minutes or hours.
    assert_costs_at_most(20.0, refuse, lambda: joined(read_recording(harmless)))


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


def test_a_file_that_shrinks_while_it_is_read_is_reported(tmp_path: Path):
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
    (warning,) = recording.header.warnings
    assert isinstance(warning, Damage)
    assert warning.startswith(f"{len(records)} of 10 records did not come to the disk whole")


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
    (warning,) = [text for text in recording.header.warnings if isinstance(text, Damage)]
    assert warning.startswith("1 of 4 records did not come to the disk whole")


def test_a_file_without_any_time_is_as_it_is(tmp_path: Path):
    path = File([Signal(np.zeros(400, np.int64))], tals=[b"\x00"] * 4).write(tmp_path / "a")
    assert joined(read_recording(path)).valid.all()
