"""Texts of OpenSignals: sensors, scales and lost samples according to the line of JSON above the rows."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition import read_recording
from acquisition.core import RecordingError, Role
from tests.recording.support import joined

PLUX = {
    "sensor": ["EMG", "ECG", "XYZ"], "column": ["nSeq", "DI", "CH1", "CH2", "CH3"], "label": ["CH1", "CH2", "CH3"],
    "resolution": [16, 16, 16], "sampling rate": 1000, "device": "biosignalsplux",
}  # fmt: skip
BITALINO = {
    "sensor": ["EMGBITREV"], "column": ["nSeq", "I1", "A1"], "label": ["A1"], "resolution": [4, 1, 10],
    "sampling rate": 1000, "device": "bitalino_rev",
}  # fmt: skip


def text(devices: dict[str, Any], rows: np.ndarray) -> str:
    lines = ["\t".join(f"{value:g}" for value in row) + "\t" for row in rows.tolist()]
    return "\n".join(["# OpenSignals Text File Format", f"# {json.dumps(devices)}", "# EndOfHeader", *lines, ""])


def write(path: Path, devices: dict[str, Any], rows: np.ndarray) -> Path:
    path.write_text(text(devices, rows), "utf-8")
    return path


def plux_rows(n_samples: int = 200) -> np.ndarray:
    n = np.arange(n_samples)
    return np.stack([n, 0 * n, 32_768 + n, 32_768 - 2 * n, 40_000 + 0 * n], axis=1)


def test_a_sensor_of_muscle_is_in_microvolts_and_one_of_motion_is_not_watched(tmp_path: Path) -> None:
    recording = read_recording(write(tmp_path / "a.txt", {"00:07": PLUX}, plux_rows()))
    assert recording.info.name == "biosignalsplux"
    assert recording.info.sampling_rate_hz == 1000.0
    assert [(one.name, one.role) for one in recording.info.channels] == [
        ("CH1", Role.SURFACE), ("CH2", Role.ECG), ("CH3", Role.OFF),
    ]  # fmt: skip
    microvolts = recording.info.to_microvolts(joined(recording).counts)
    np.testing.assert_allclose(microvolts[:, 0], np.arange(200) * 3e6 / 65_536 / 1000.0, rtol=1e-12)
    np.testing.assert_allclose(microvolts[:, 1], np.arange(200) * -2 * 3e6 / 65_536 / 1019.0, rtol=1e-12)
    assert recording.info.amplitude_unit == "µV"
    assert recording.header.warnings == ("not watched, as their sensors see no muscle: CH3 (XYZ)",)


def test_both_ends_of_the_converter_are_rails(tmp_path: Path) -> None:
    rows = plux_rows()
    rows[50:60, 2], rows[90:99, 2] = 0, 65_535
    recording = read_recording(write(tmp_path / "a.txt", {"00:07": PLUX}, rows))
    microvolts = recording.info.to_microvolts(joined(recording).counts)[:, 0]
    is_railed = np.abs(microvolts) >= recording.info.full_scale_uv[0]
    assert np.flatnonzero(is_railed).tolist() == [*range(50, 60), *range(90, 99)]


def test_a_bitalino_tells_bits_of_all_columns_and_counts_to_16(tmp_path: Path) -> None:
    n = np.arange(200)
    rows = np.stack([n % 16, 0 * n, 512 + n % 7], axis=1)
    recording = read_recording(write(tmp_path / "a.txt", {"20:16": BITALINO}, rows))
    microvolts = recording.info.to_microvolts(joined(recording).counts)[:, 0]
    np.testing.assert_allclose(microvolts, n % 7 * 3.3e6 / 1024 / 1009.0, rtol=1e-12)
    assert recording.header.n_samples == 200


def test_what_its_counter_shows_to_be_lost_keeps_its_place(tmp_path: Path) -> None:
    rows = np.delete(plux_rows(400), slice(150, 170), axis=0)
    recording = read_recording(write(tmp_path / "a.txt", {"00:07": PLUX}, rows))
    block = joined(recording)
    assert block.n_samples == 400
    assert np.flatnonzero(~block.valid).tolist() == list(range(150, 170))
    assert any("20 samples count as lost" in warning for warning in recording.header.warnings)


def test_devices_stand_side_by_side_and_no_two_channels_have_one_name(tmp_path: Path) -> None:
    devices = {"00:07": PLUX, "00:08": PLUX}
    recording = read_recording(write(tmp_path / "a.txt", devices, np.hstack([plux_rows(), plux_rows()])))
    assert [one.name for one in recording.info.channels] == ["CH1", "CH2", "CH3", "CH1 2", "CH2 2", "CH3 2"]
    microvolts = recording.info.to_microvolts(joined(recording).counts)
    np.testing.assert_array_equal(microvolts[:, :3], microvolts[:, 3:])


def test_values_that_were_converted_are_in_millivolts(tmp_path: Path) -> None:
    rows = plux_rows().astype(float)
    rows[:, 2] = 0.001 * np.arange(200)
    recording = read_recording(write(tmp_path / "a.txt", {"00:07": {**PLUX, "convertedValues": 1}}, rows))
    microvolts = recording.info.to_microvolts(joined(recording).counts)[:, 0]
    np.testing.assert_allclose(microvolts, np.arange(200), atol=0.01)


def test_sensors_that_may_be_anything_are_watched_in_counts_where_none_is_stated_to_be_of_muscle(
    tmp_path: Path,
) -> None:
    raw = {**PLUX, "sensor": ["RAW", "RAW", "EDA"]}
    recording = read_recording(write(tmp_path / "a.txt", {"00:07": raw}, plux_rows()))
    assert [one.role for one in recording.info.channels] == [Role.SURFACE, Role.SURFACE, Role.OFF]
    assert recording.info.amplitude_unit == "counts"
    assert "the values are counts of an unknown scale: amplitudes are not in µV" in recording.header.warnings


def test_a_device_of_unknown_scale_beside_a_known_one_is_not_watched(tmp_path: Path) -> None:
    other = {**PLUX, "device": "muscleban", "label": ["M1", "M2", "M3"], "column": ["nSeq", "DI", "M1", "M2", "M3"]}
    path = write(tmp_path / "a.txt", {"00:07": PLUX, "00:08": other}, np.hstack([plux_rows(), plux_rows()]))
    recording = read_recording(path)
    assert [one.role for one in recording.info.channels] == [Role.SURFACE, Role.ECG, *[Role.OFF] * 4]
    assert "not watched, as their scale is unknown beside others in µV: M1 (EMG), M2 (ECG)" in recording.header.warnings
    alone = read_recording(write(tmp_path / "b.txt", {"00:08": other}, plux_rows()))
    assert alone.info.channels[0].role is Role.SURFACE
    assert alone.info.amplitude_unit == "counts"


def test_what_a_terminal_would_obey_is_in_no_name(tmp_path: Path) -> None:
    odd = {**PLUX, "device": "\x1b[31mred", "column": ["nSeq", "DI", "\x1b1", "CH2", "CH3"]}
    odd["label"] = ["\x1b1", "CH2", "CH3"]
    info = read_recording(write(tmp_path / "a.txt", {"00:07": odd}, plux_rows())).info
    assert (info.name, info.channels[0].name) == ("[31mred", "1")


@pytest.mark.parametrize("bits", [True, 1, 0, 25, 16.0, "16"])
def test_bits_that_no_converter_has_tell_no_scale(tmp_path: Path, bits: Any) -> None:
    recording = read_recording(write(tmp_path / "a.txt", {"00:07": {**PLUX, "resolution": [bits] * 3}}, plux_rows()))
    assert recording.info.amplitude_unit == "counts"


def test_a_heart_of_known_scale_takes_no_counts_from_a_muscle(tmp_path: Path) -> None:
    other = {**PLUX, "device": "muscleban", "sensor": ["EMG", "EMG", "XYZ"]}
    heart = {**PLUX, "sensor": ["ECG", "XYZ", "XYZ"]}
    info = read_recording(
        write(tmp_path / "a.txt", {"00:07": other, "00:08": heart}, np.hstack([plux_rows(), plux_rows()]))
    ).info
    assert [one.role for one in info.channels[:4]] == [Role.SURFACE, Role.SURFACE, Role.OFF, Role.ECG]
    assert info.amplitude_unit == "counts"


@pytest.mark.parametrize(
    ("devices", "said"),
    [
        ([PLUX], "second line is not the JSON"),
        ({"00:07": 3}, "second line is not the JSON"),
        ({"00:07": {**PLUX, "column": "CH1"}}, "second line is not the JSON"),
        ({"00:07": {**PLUX, "sampling rate": -1}}, "second line is not the JSON"),
        ({"00:07": {**PLUX, "sampling rate": 10**400}}, "second line is not the JSON"),
        ({"00:07": PLUX, "00:08": {**PLUX, "sampling rate": 100}}, "second line is not the JSON"),
        ({"00:07": {**PLUX, "column": ["nSeq", "CH1"]}}, "describes 2 columns above its rows, which have 5"),
        ({"00:07": {**PLUX, "label": []}}, "has no signal among nSeq, DI, CH1, CH2, CH3"),
    ],
)
def test_a_line_that_does_not_describe_the_rows_is_refused(tmp_path: Path, devices: Any, said: str) -> None:
    with pytest.raises(RecordingError, match=said):
        read_recording(write(tmp_path / "a.txt", devices, plux_rows()))


@given(st.data())
def test_any_line_gives_a_recording_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    values = st.recursive(
        st.none() | st.booleans() | st.integers(-3, 3000) | st.floats(allow_nan=False) | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=6,
    )
    device = {key: data.draw(st.just(value) | values, key) for key, value in PLUX.items()}
    path = tmp_path_factory.mktemp("opensignals") / "a.txt"
    try:
        recording = read_recording(write(path, {"00:07": device}, plux_rows(40)))
    except RecordingError as error:
        assert str(error)
    else:
        assert joined(recording).n_samples == recording.header.n_samples
