from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import RecordingError
from acquisition.recording import Damage
from tests.recording.support import joined, write_recording
from tests.recording.text_files import LSB_UV, gui_named, gui_old, wave

LOST = (40, 41, 42, 255, 256, 300)


def write(path: Path, text: str) -> Path:
    path.write_text(text, newline="")
    return path


@pytest.mark.parametrize("unix_time", [True, False])
@pytest.mark.parametrize("n_channels", [4, 8, 16])
def test_old_versions(tmp_path: Path, n_channels, unix_time):
    counts = wave(600, n_channels)
    recording = read_recording(write(tmp_path / "a", gui_old(counts, LOST, unix_time)))
    whole = joined(recording, 77)
    assert recording.header.n_samples == 600
    assert np.array_equal(np.flatnonzero(~whole.valid), LOST)
    if n_channels != 4:  # a Ganglion has a different scale
        assert np.array_equal(whole.counts[whole.valid], counts[whole.valid])
        assert recording.info.channels[0].microvolts_per_count == LSB_UV
    uv = recording.info.to_microvolts(whole.counts)
    assert uv[whole.valid] == pytest.approx(counts[whole.valid] * LSB_UV, abs=0.0061)
    assert [column.name for column in recording.info.aux] == ["Accel 0", "Accel 1", "Accel 2"]
    assert whole.aux[5] * 0.000125 == pytest.approx([0.04, 0.42, 0.005])
    assert recording.info.bandwidth_hz == pytest.approx(65.5)


@pytest.mark.parametrize("old_names", [True, False])
def test_versions_with_column_names(tmp_path: Path, old_names):
    counts = wave(600, 8)
    recording = read_recording(write(tmp_path / "a", gui_named(counts, LOST, old_names=old_names)))
    whole = joined(recording, 77)
    assert np.array_equal(np.flatnonzero(~whole.valid), LOST)
    assert np.array_equal(whole.counts[whole.valid], counts[whole.valid])
    names = [column.name for column in recording.info.aux]
    assert names[:3] == ["Accel 0", "Accel 1", "Accel 2"]
    assert ("Marker" in names) is not old_names
    if not old_names:
        assert np.flatnonzero(whole.aux[:, names.index("Marker")]).tolist() == [100]
    assert recording.info.counter_bits == 8
    assert recording.header.warnings == ()


def test_daisy_counts_in_steps_of_two(tmp_path: Path):
    counts = wave(600, 16)
    text = gui_named(counts, LOST, "BoardCytonSerialDaisy", 125, step=2)
    recording = read_recording(write(tmp_path / "a", text))
    assert np.array_equal(np.flatnonzero(~joined(recording).valid), LOST)
    assert recording.info.sampling_rate_hz == 125
    assert recording.info.n_channels == 16


def test_ganglion_of_newer_versions_has_two_samples_a_packet(tmp_path: Path):
    counters = [(place, place // 2 % 200) for place in range(600)]
    text = gui_named(wave(600, 4) // 100, (), "BoardGanglionNative", 200, counters=counters)
    recording = read_recording(write(tmp_path / "a", text))
    assert recording.header.n_samples == 600
    assert joined(recording).valid.all()
    assert recording.info.counter_bits == 0
    assert "cannot be trusted" in recording.header.warnings[0]


def test_ganglion_rails_are_known(tmp_path: Path):
    counts = wave(300, 4) // 100
    counts[200] = 1_568_627
    counters = [(n, n % 201) for n in range(300)]
    text = gui_named(counts, (), "BoardGanglionBLE", 200, counters=counters, scale_uv=0.01)
    recording = read_recording(write(tmp_path / "a", text))
    whole = joined(recording)
    assert (np.abs(whole.counts[200]) >= recording.info.full_scale_counts - 5).all()
    assert recording.info.counter_bits == 8


def test_the_first_row_of_zeros_is_no_sample(tmp_path: Path):
    text = gui_named(wave(300, 8))
    head, _, rows = text.partition("Timestamp (Formatted)\r\n")
    zeros = ",".join(["0.0"] * 24)
    recording = read_recording(write(tmp_path / "a", f"{head}Timestamp (Formatted)\r\n{zeros}\r\n{rows}"))
    assert recording.header.n_samples == 300
    assert "left out" in recording.header.warnings[0]


def test_a_recording_at_a_lower_gain_keeps_its_size(tmp_path: Path):
    counts = wave(300, 8)
    recording = read_recording(write(tmp_path / "a", gui_named(counts, scale_uv=4.5e6 / 2 / 8388607)))
    scale_uv = recording.info.channels[0].microvolts_per_count
    assert joined(recording).counts * scale_uv == pytest.approx(counts * 4.5e6 / 2 / 8388607, abs=1e-5)
    wide = counts * 60
    recording = read_recording(write(tmp_path / "b", gui_named(wide, scale_uv=4.5e6 / 2 / 8388607)))
    assert recording.info.channels[0].microvolts_per_count == 4.5e6 / 2 / 8388607
    assert np.array_equal(joined(recording).counts, wide)


def test_a_railed_channel_is_at_full_scale(tmp_path: Path):
    counts = wave(300, 8)
    counts[:, 3], counts[:, 4] = 8_388_607, -8_388_608
    recording = read_recording(write(tmp_path / "a", gui_old(counts)))
    whole = joined(recording)
    assert (np.abs(whole.counts[:, 3:5]) >= recording.info.full_scale_counts).all()
    assert recording.info.channels[0].microvolts_per_count == LSB_UV


def test_a_restarted_counter_is_no_loss(tmp_path: Path):
    counters = [(place, (place if place < 150 else place - 150) % 256) for place in range(400)]
    recording = read_recording(write(tmp_path / "a", gui_named(wave(400, 8), counters=counters)))
    assert recording.header.n_samples == 400
    assert joined(recording).valid.all()
    assert "restarted" in recording.header.warnings[0]


def test_a_number_that_comes_twice_is_two_samples(tmp_path: Path):
    counters = [(place, (place if place < 150 else place - 1) % 256) for place in range(400)]
    recording = read_recording(write(tmp_path / "a", gui_named(wave(400, 8), counters=counters)))
    whole = joined(recording)
    assert whole.valid.all()
    assert np.array_equal(whole.counts, wave(400, 8))
    assert "jumped 1 times" in recording.header.warnings[0]


def test_half_a_step_of_a_daisy_s_counter_is_no_loss(tmp_path: Path):
    counters = [(place, (2 * place if place < 150 else 2 * place + 5) % 256) for place in range(400)]
    text = gui_named(wave(400, 16), board="BoardCytonSerialDaisy", sampling_rate_hz=125, counters=counters)
    recording = read_recording(write(tmp_path / "a", text))
    assert recording.header.n_samples == 400
    assert joined(recording).valid.all()
    assert "jumped 1 times" in recording.header.warnings[0]


@pytest.mark.parametrize("n_lost", [511, 512, 2001])
def test_a_loss_of_whole_turns_of_the_counter_keeps_its_place(tmp_path: Path, n_lost):
    counts = wave(4000, 8)
    recording = read_recording(write(tmp_path / "a", gui_named(counts, tuple(range(700, 700 + n_lost)))))
    whole = joined(recording)
    assert np.flatnonzero(~whole.valid).tolist() == list(range(700, 700 + n_lost))
    assert np.array_equal(whole.counts[whole.valid], counts[whole.valid])
    assert "longer than the sample counter can show" in recording.header.warnings[-1]


def test_times_of_day_tell_it_too(tmp_path: Path):
    lost = tuple(range(700, 1300))
    lines = gui_old(wave(2500, 8), lost, unix_time=False).split("\n")
    arrived = (place for place in range(2500) if place not in lost)
    for number, place in enumerate(arrived, start=6):
        minute, ms = divmod(50_000 + 4 * place, 60_000)
        lines[number] = lines[number].replace("12:00:53.329", f"12:{minute:02}:{ms / 1000:06.3f}")
    lines[6 + 1500] = lines[6 + 1500].replace("12:", "noon ")
    recording = read_recording(write(tmp_path / "a", "\n".join(lines)))
    assert np.flatnonzero(~joined(recording).valid).tolist() == [*lost]


def test_a_program_that_was_held_up_has_lost_nothing(tmp_path: Path):
    lines = gui_old(wave(2000, 8)).split("\n")
    for number in range(6 + 800, 6 + 1300):  # 2 s of samples, read at once
        first, _, _ = lines[number].rpartition(", ")
        lines[number] = f"{first}, {1_557_936_053_329 + 1300 * 4}"
    recording = read_recording(write(tmp_path / "a", "\n".join(lines)))
    assert recording.header.n_samples == 2000
    assert joined(recording).valid.all()
    assert recording.header.warnings == ()


def test_time_stamps_that_span_half_a_second_more_are_reported(tmp_path: Path):
    text = gui_named(wave(4000, 8)).replace("Sample Rate = 250", "Sample Rate = 261")
    assert "the rate is another" in read_recording(write(tmp_path / "a", text)).header.warnings[0]


def test_a_row_that_cannot_be_read_is_lost(tmp_path: Path):
    lines = gui_named(wave(400, 8)).split("\r\n")
    lines[5 + 200] = "200.0, what?"
    recording = read_recording(write(tmp_path / "a", "\r\n".join(lines)))
    assert np.flatnonzero(~joined(recording).valid).tolist() == [200]
    assert recording.header.warnings == ("1 rows cannot be read and count as lost",)


def test_a_recording_cut_within_a_row_loses_that_row(tmp_path: Path):
    text = gui_old(wave(400, 8))
    recording = read_recording(write(tmp_path / "a", text[:-70]))
    assert recording.header.n_samples == 399
    assert recording.header.warnings == ("the last row has no end of line and may be cut: left out",)


@pytest.mark.parametrize("n_nuls", [3000, 400_000])
def test_rows_before_the_nuls_that_a_power_cut_leaves_are_read(tmp_path: Path, n_nuls):
    text = gui_named(wave(1000, 8))
    (tmp_path / "a").write_bytes(text[: len(text) * 2 // 3].encode() + bytes(n_nuls))
    recording = read_recording(tmp_path / "a")
    assert 600 < recording.header.n_samples < 700
    assert joined(recording).valid.all()
    assert isinstance(recording.header.warnings[0], Damage)
    assert "power cut" in recording.header.warnings[0]


@pytest.mark.parametrize(
    "text, message",
    [
        (gui_old(wave(5, 8)).partition("\n0,")[0] + "\n", "no sample"),
        (gui_old(wave(5, 8)).replace("%Sample Rate = 250.0 Hz", "%"), "give --rate"),
        (gui_old(wave(5, 8)).replace("channels = 8", "channels = 80"), "do not fit 80 channels"),
        (gui_named(wave(5, 8)).replace("EXG Channel", "Nothing"), "no EXG column"),
        (gui_named(wave(5, 8)).replace("Sample Index", "Sample Index?", 1), "no column Sample Index"),
    ],
)
def test_what_is_missing_is_reported(tmp_path: Path, text, message):
    with pytest.raises(RecordingError, match=message):
        read_recording(write(tmp_path / "a", text))


def test_a_rate_may_be_given_where_the_file_has_none(tmp_path: Path):
    text = gui_old(wave(300, 8)).replace("%Sample Rate = 250.0 Hz", "%")
    assert read_recording(write(tmp_path / "a", text), sampling_rate_hz=125).info.sampling_rate_hz == 125


def test_a_rate_given_does_not_replace_that_of_the_file(tmp_path: Path):
    recording = read_recording(write(tmp_path / "a", gui_old(wave(300, 8))), sampling_rate_hz=500)
    assert recording.info.sampling_rate_hz == 250
    assert "is not used" in recording.header.warnings[0]


@pytest.mark.parametrize("n_channels", [4, 8])
def test_played_back_and_recorded_again_it_is_the_same(tmp_path: Path, n_channels):
    first = read_recording(write(tmp_path / "a", gui_old(wave(300, n_channels))))
    whole = joined(first)
    again = read_recording(write_recording(tmp_path / "b.bdf", first.info, whole.counts, aux=whole.aux))
    assert again.info == first.info
    assert np.array_equal(joined(again).counts, whole.counts)
    assert np.array_equal(joined(again).aux, whole.aux)


def test_a_broken_counter_costs_its_row_and_a_broken_value_its_channel(tmp_path: Path):
    lines = gui_named(wave(600, 8)).split("\r\n")
    head = len(lines) - 601
    lines[head + 100] = "x" + lines[head + 100]
    lines[head + 200] = lines[head + 200].replace(", ", ", x", 1)
    recording = read_recording(write(tmp_path / "a", "\r\n".join(lines)))
    whole = joined(recording)
    assert np.flatnonzero(~whole.valid).tolist() == [100]
    assert whole.counts[200, 0] == recording.info.full_scale_counts
    assert np.array_equal(whole.counts[200, 1:], wave(600, 8)[200, 1:])
    assert recording.header.warnings == (
        "1 rows cannot be read and count as lost",
        "no number where others have one, in so many rows: EXG 1 1; taken as railed there",
    )
