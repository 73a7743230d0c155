"""One test per clause of the EDF, EDF+ and BDF specifications that apply to files of BdfWriter."""

import re
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from acquisition.core import AuxChannel
from acquisition.recording import Annotation
from acquisition.recording.bdf.header import parse_header
from tests.recording.bdf.edf_files import File, Signal, ramp
from tests.recording.support import made_up_counts, make_info, write_recording

AUX = (AuxChannel("accel x", "g", 0.000125),)
N_SIGNALS = 3 + 1 + 1
WIDTHS = {
    "label": 16,
    "transducer": 80,
    "dimension": 8,
    "physical_min": 8,
    "physical_max": 8,
    "digital_min": 8,
    "digital_max": 8,
    "prefiltering": 80,
    "n_samples": 8,
    "reserved": 32,
}
EVENT_TEXT = "twitch Band µ"


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clauses") / "a.bdf"
    notes = tuple(Annotation(n * 0.3, 0.05, f"{EVENT_TEXT} {n}") for n in range(6))
    return write_recording(path, make_info(aux=AUX), made_up_counts(517), notes).read_bytes()


def column(raw: bytes, name: str) -> list[bytes]:
    names = list(WIDTHS)
    offset = 256 + N_SIGNALS * sum(WIDTHS[other] for other in names[: names.index(name)])
    return [raw[offset + WIDTHS[name] * n :][: WIDTHS[name]] for n in range(N_SIGNALS)]


def records(raw: bytes) -> list[bytes]:
    n_bytes = 3 * sum(int(field) for field in column(raw, "n_samples"))
    data = raw[256 * (N_SIGNALS + 1) :]
    return [data[start : start + n_bytes] for start in range(0, len(data), n_bytes)]


def annotation_bytes(record: bytes, raw: bytes) -> bytes:
    return record[-3 * int(column(raw, "n_samples")[-1]) :]


def test_version_of_bdf(raw):
    assert raw[:8] == b"\xffBIOSEMI"


def test_patient_field_names_nobody(raw):
    assert raw[8:88] == b"X X X X".ljust(80)


def test_recording_field_has_startdate_in_english_capitals(raw):
    assert raw[88:168].startswith(b"Startdate 22-NOV-2026 ")


def test_recording_field_has_its_five_subfields_without_spaces_inside(raw):
    subfields = raw[88:168].decode("ascii").split()
    assert subfields[2:5] == ["X", "X", "Test_Board"]


def test_start_date_and_time(raw):
    assert raw[168:176] == b"22.11.26"
    assert raw[176:184] == b"22.13.05"


@pytest.mark.parametrize(
    ("date", "year"), [(b"01.02.85", 1985), (b"31.12.99", 1999), (b"01.01.00", 2000), (b"29.02.84", 2084)]
)
def test_two_digits_of_a_year_are_those_of_1985_to_2084(date, year):
    raw = File([Signal(ramp())]).header()
    header = parse_header(raw[:168] + date + raw[176:256], raw[256:])
    assert header.started_at == datetime(year, int(date[3:5]), int(date[:2]), 3, 4, 5)


def test_header_length(raw):
    assert int(raw[184:192]) == 256 * (N_SIGNALS + 1)


def test_reserved_field_tells_a_contiguous_recording(raw):
    assert raw[192:236] == b"BDF+C".ljust(44)


def test_number_of_records_is_that_in_the_file(raw):
    n_records = int(raw[236:244])
    assert n_records == -(-517 // 50)
    assert len(records(raw)) == n_records
    assert len(records(raw)[-1]) == len(records(raw)[0])


def test_duration_of_a_record(raw):
    assert raw[244:252] == b"0.2     "


def test_number_of_signals(raw):
    assert raw[252:256] == b"5   "


def test_header_is_printable_ascii_but_for_the_first_byte(raw):
    assert all(32 <= byte <= 126 for byte in raw[1 : 256 * (N_SIGNALS + 1)])


@pytest.mark.parametrize("name", WIDTHS)
def test_fields_are_left_justified_and_filled_with_spaces(raw, name):
    for field in column(raw, name):
        assert field == field.strip().ljust(WIDTHS[name])


@pytest.mark.parametrize("name", ["physical_min", "physical_max", "digital_min", "digital_max", "n_samples"])
def test_numbers_are_plain_decimals(raw, name):
    for field in column(raw, name):
        assert re.fullmatch(rb"-?\d+(\.\d+)?", field.strip())


def test_labels_are_unique(raw):
    assert [label.strip() for label in column(raw, "label")] == [
        b"EMG 1",
        b"EMG 2",
        b"EMG 3",
        b"accel x",
        b"BDF Annotations",
    ]


def test_digital_range_is_symmetric_within_24_bits(raw):
    assert [int(field) for field in column(raw, "digital_min")[:3]] == [-8_388_607] * 3
    assert [int(field) for field in column(raw, "digital_max")[:3]] == [8_388_607] * 3


def test_physical_range_of_gain_24(raw):
    assert column(raw, "physical_min")[0] == b"-187500 "
    assert column(raw, "physical_max")[0] == b"187500  "


def test_dimension_of_voltages_is_uv(raw):
    assert column(raw, "dimension")[0] == b"uV      "


def test_annotation_signal_has_the_whole_digital_range(raw):
    assert int(column(raw, "digital_min")[-1]) == -8_388_608
    assert int(column(raw, "digital_max")[-1]) == 8_388_607


def test_annotation_signal_has_different_physical_ends(raw):
    assert float(column(raw, "physical_min")[-1]) == -1
    assert float(column(raw, "physical_max")[-1]) == 1


@pytest.mark.parametrize("name", ["transducer", "dimension", "prefiltering"])
def test_annotation_signal_has_no_other_fields(raw, name):
    assert not column(raw, name)[-1].strip()


def test_transducer_and_prefiltering_tell_role_and_gain(raw):
    assert column(raw, "transducer")[0].strip() == b"surface; ;"
    assert column(raw, "prefiltering")[0].strip() == b"none, raw; gain 24"
    assert column(raw, "transducer")[3].strip() == b"aux"


def test_samples_are_24_bit_little_endian_signal_after_signal(raw):
    counts = made_up_counts(517)
    second_signal = records(raw)[0][3 * 50 : 6 * 50]
    value = int.from_bytes(second_signal[21:24], "little", signed=True)
    assert value == counts[7, 1]


def test_every_record_opens_with_its_own_time(raw):
    for number, record in enumerate(records(raw)):
        onset = annotation_bytes(record, raw).partition(b"\x14\x14\x00")[0]
        assert onset.startswith(b"+")
        assert float(onset) == pytest.approx(number * 0.2, abs=1e-12)


def test_every_annotation_is_a_whole_tal_within_one_record(raw):
    for record in records(raw):
        for tal in annotation_bytes(record, raw).rstrip(b"\x00").split(b"\x00"):
            assert re.fullmatch(rb"[+-]\d+(\.\d+)?(\x15\d+(\.\d+)?)?\x14[^\x14]*\x14", tal)


def test_annotations_are_utf_8(raw):
    assert f"{EVENT_TEXT} 3\x14".encode() in raw


def test_unused_annotation_bytes_are_zero(raw):
    for record in records(raw):
        used, _, rest = annotation_bytes(record, raw).partition(b"\x00\x00")
        assert used and not rest.strip(b"\x00")


def test_a_record_is_no_longer_than_recommended(raw):
    assert len(records(raw)[0]) <= 61_440


@pytest.mark.parametrize("gain", [1, 2, 4, 6, 8, 12, 24])
def test_every_gain_of_the_ads1299_is_exact_in_8_characters(tmp_path: Path, gain):
    info = make_info(n_channels=1, gain=gain)
    raw = write_recording(tmp_path / "a.bdf", info, made_up_counts(50, 1)).read_bytes()
    offset = 256 + 2 * (16 + 80)
    dimension, low, high = raw[offset:][:8], raw[offset + 16 :][:8], raw[offset + 32 :][:8]
    assert dimension == b"uV      "
    scale_uv = (float(high) - float(low)) / (8_388_607 + 8_388_607)
    assert scale_uv == info.channels[0].microvolts_per_count
    assert np.isclose(float(high), 4.5e6 / gain, rtol=0, atol=0)
