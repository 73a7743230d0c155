from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import RecordingError
from tests.recording.support import joined, write_recording
from tests.recording.text_files import LSB_UV, brainflow, wave

LOST = (40, 41, 42, 255, 256, 700)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "n_channels, step, rate_hz, board",
    [
        (8, 1, 250, "OpenBCI Cyton"),
        (16, 2, 125, "OpenBCI CytonDaisy"),
        (16, 1, 250, "Synthetic"),
        (32, 1, 512, "FreeEEG32"),
    ],
)
def test_the_width_tells_the_board(tmp_path: Path, n_channels, step, rate_hz, board):
    counts = wave(1200, n_channels)
    recording = read_recording(write(tmp_path / "a", brainflow(counts, LOST, step, rate_hz)))
    whole = joined(recording, 99)
    assert recording.info.name == board
    assert recording.info.sampling_rate_hz == rate_hz
    assert recording.header.n_samples == 1200
    assert np.array_equal(np.flatnonzero(~whole.valid), LOST)
    microvolts = recording.info.to_microvolts(whole.counts)
    assert microvolts[whole.valid] == pytest.approx(counts[whole.valid] * LSB_UV, abs=1e-3)
    if board.startswith("OpenBCI"):
        assert np.array_equal(whole.counts[whole.valid], counts[whole.valid])
    assert np.flatnonzero(whole.aux[:, -1]).tolist() == [50]


def test_a_damaged_counter_does_not_make_a_daisy_another_board(tmp_path: Path):
    counts = wave(1200, 16)
    rows = brainflow(counts, step=2, sampling_rate_hz=125).split("\n")
    number, rest = rows[7].split("\t", 1)
    rows[7] = f"{float(number) + 1.0:.6f}\t{rest}"
    recording = read_recording(write(tmp_path / "a", "\n".join(rows)))
    assert (recording.info.name, recording.info.sampling_rate_hz) == ("OpenBCI CytonDaisy", 125)
    assert np.array_equal(joined(recording).counts, counts)


def test_ganglion(tmp_path: Path):
    recording = read_recording(write(tmp_path / "a", brainflow(wave(900, 4) // 100, sampling_rate_hz=200)))
    assert (recording.info.name, recording.info.sampling_rate_hz) == ("OpenBCI Ganglion", 200)
    assert recording.info.bandwidth_hz == pytest.approx(52.4)


def test_the_first_packet_of_zeros_is_lost(tmp_path: Path):
    counts = wave(600, 8)
    counts[0] = 0
    recording = read_recording(write(tmp_path / "a", brainflow(counts)))
    assert np.flatnonzero(~joined(recording).valid).tolist() == [0]
    assert "all zero" in recording.header.warnings[0]


def test_a_wifi_board_is_recognised_by_its_time_stamps(tmp_path: Path):
    recording = read_recording(write(tmp_path / "a", brainflow(wave(4000, 8), sampling_rate_hz=1000)))
    assert recording.info.sampling_rate_hz == 1000
    assert "taken as 1000 Hz" in recording.header.warnings[0]


def test_time_stamps_of_no_known_rate_ask_for_it(tmp_path: Path):
    path = write(tmp_path / "a", brainflow(wave(4000, 8), sampling_rate_hz=700))
    with pytest.raises(RecordingError, match="give --rate"):
        read_recording(path)
    assert read_recording(path, sampling_rate_hz=700).info.sampling_rate_hz == 700


def test_railed_channels_are_at_full_scale(tmp_path: Path):
    counts = wave(600, 8)
    counts[:, 1:] = 8_388_607
    recording = read_recording(write(tmp_path / "a", brainflow(counts)))
    assert (joined(recording).counts[:, 1:] >= recording.info.full_scale_counts).all()


def test_played_back_and_recorded_again_it_is_the_same(tmp_path: Path):
    first = read_recording(write(tmp_path / "a", brainflow(wave(600, 16), scale_uv=0.0137)))
    whole = joined(first)
    again = read_recording(write_recording(tmp_path / "b.bdf", first.info, whole.counts, aux=whole.aux))
    assert again.info == first.info
    assert np.array_equal(joined(again).counts, whole.counts)


def test_a_byte_order_mark_costs_no_row(tmp_path: Path):
    (tmp_path / "a").write_text(brainflow(wave(600, 8)), encoding="utf-8-sig")
    recording = read_recording(tmp_path / "a")
    assert recording.header.n_samples == 600
    assert joined(recording).valid.all()
    assert recording.header.warnings == ()


@pytest.mark.parametrize("n_channels, step", [(8, 1), (16, 2)])
@pytest.mark.parametrize("by", ["numpy, commas", "numpy, spaces", "pandas", "pandas without index"])
def test_the_same_rows_by_another_program(tmp_path: Path, by, n_channels, step):
    rate_hz = 250 // step
    counts = wave(1200, n_channels)
    rows = brainflow(counts, LOST, step, rate_hz).rstrip("\n").split("\n")
    width = rows[0].count("\t") + 1
    if by == "pandas":
        rows = ["\t".join(("", *map(str, range(width)))), *(f"{number}\t{row}" for number, row in enumerate(rows))]
    elif by == "pandas without index":
        rows = ["\t".join(map(str, range(width))), *rows]
    text = "\n".join([*rows, ""]).replace("\t", " " if by == "numpy, spaces" else ",")
    recording = read_recording(write(tmp_path / "a", text))
    whole = joined(recording)
    assert recording.info.name == ("OpenBCI Cyton" if n_channels == 8 else "OpenBCI CytonDaisy")
    assert np.flatnonzero(~whole.valid).tolist() == list(LOST)
    assert np.array_equal(whole.counts[whole.valid], counts[whole.valid])
    assert recording.info.channels[0].name == "EXG 1"
    assert np.flatnonzero(whole.aux[:, -1]).tolist() == [50]


def test_as_many_columns_without_a_counter_are_no_board(tmp_path: Path):
    rows = [row.split("\t") for row in brainflow(wave(600, 8)).rstrip("\n").split("\n")]
    text = "".join(",".join([f"{int(float(row[0])) * 7 % 5 - 2.5}", *row[1:]]) + "\n" for row in rows)
    recording = read_recording(write(tmp_path / "a", text), sampling_rate_hz=250)
    assert recording.info.name == "text file"
    assert recording.info.n_channels == 23  # except for the Unix time


def test_a_rate_that_the_time_stamps_contradict_is_reported(tmp_path: Path):
    recording = read_recording(write(tmp_path / "a", brainflow(wave(1200, 8))), sampling_rate_hz=500)
    assert "time stamps make 250.0 rows a second: is the rate given, 500 Hz, right?" in recording.header.warnings
