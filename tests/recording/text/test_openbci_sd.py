from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import ChannelSetup, Setup
from tests.recording.support import joined
from tests.recording.text_files import LSB_UV, sd_card, wave

LOST = (40, 41, 42, 255, 256, 300)


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("ascii"))
    return path


@pytest.mark.parametrize("labels", [("STOP",), ("START",), ()])
@pytest.mark.parametrize("n_channels", [8, 16])
def test_rows_of_either_width_behind_either_label(tmp_path: Path, n_channels, labels):
    counts = wave(600, n_channels)
    counts[7] = -8_388_608
    recording = read_recording(write(tmp_path / "a", sd_card(counts, LOST, labels)))
    whole = joined(recording, 77)
    assert recording.header.n_samples == 600
    assert np.array_equal(np.flatnonzero(~whole.valid), LOST)
    assert np.array_equal(whole.counts[whole.valid], np.maximum(counts, -8_388_607)[whole.valid])
    assert whole.aux[29].tolist() == [-80, 0x0E60, 20]
    assert recording.info.channels[0].microvolts_per_count == LSB_UV
    assert recording.info.channels[0].gain == 24
    assert [warning.partition(":")[0] for warning in recording.header.warnings] == [
        "the file does not state its sampling rate",
        "the file does not state its gains",
    ]


def test_gains_of_the_setup_are_used(tmp_path: Path):
    setup = Setup({n: ChannelSetup(gain=12) for n in range(1, 9)})
    recording = read_recording(write(tmp_path / "a", sd_card(wave(60, 8))), setup=setup, sampling_rate_hz=500)
    assert recording.info.channels[0].microvolts_per_count == 2 * LSB_UV
    assert recording.info.sampling_rate_hz == 500
    assert recording.header.warnings == ()


def test_a_footer_tells_the_rate_and_ends_the_recording(tmp_path: Path):
    footer = "%SamplingFreq:\n003E8\n%Total time mS:\n00001000\n%Over:\n00000001\n%block, uS\nA,B\n"
    recording = read_recording(write(tmp_path / "a", (sd_card(wave(300, 8)) + footer).encode() + bytes(400)))
    assert recording.info.sampling_rate_hz == 1000
    assert recording.header.n_samples == 300
    assert len(recording.header.warnings) == 1


def test_what_follows_a_nul_is_not_read(tmp_path: Path):
    content = sd_card(wave(300, 8)).encode() + bytes(200) + sd_card(wave(50, 8)).encode()
    assert read_recording(write(tmp_path / "a", content)).header.n_samples == 300


def test_stale_rows_behind_the_end_are_left_out(tmp_path: Path):
    content = sd_card(wave(300, 8)) + "%START AT\n00020C2B\n" + sd_card(wave(50, 8), labels=())
    recording = read_recording(write(tmp_path / "a", content))
    assert recording.header.n_samples == 300
    assert any("stale" in warning for warning in recording.header.warnings)


def test_stale_rows_behind_a_torn_row_are_left_out(tmp_path: Path):
    rows = sd_card(wave(300, 8)).encode()
    n_kept = len(rows) // 512 * 512
    old = sd_card(wave(900, 8)[600:], labels=()).encode()[20:]
    recording = read_recording(write(tmp_path / "a", rows[:n_kept] + old))
    assert recording.header.n_samples == rows[:n_kept].count(b"\n") - 2
    assert any("torn" in warning for warning in recording.header.warnings)


def test_a_pause_between_two_recordings_of_one_file_is_lost(tmp_path: Path):
    first = sd_card(wave(300, 8), labels=()).encode()
    content = b"%STOP AT\n00000000\n" + first + b"%START AT\n000004B0\n%STOP AT\n000008B0\n" + first
    recording = read_recording(write(tmp_path / "a", content))
    whole = joined(recording)
    n_pause = round((0x8B0 - 0x4B0) / 1000 * 250)
    assert recording.header.n_samples == 600 + n_pause
    assert np.array_equal(np.flatnonzero(~whole.valid), np.arange(300, 300 + n_pause))
    assert np.array_equal(whole.counts[300 + n_pause :], wave(300, 8))


def test_a_damaged_row_is_lost(tmp_path: Path):
    lines = sd_card(wave(300, 8)).split("\n")
    lines[102] = lines[102][:-3] + "XYZ"
    recording = read_recording(write(tmp_path / "a", "\n".join(lines)))
    assert np.flatnonzero(~joined(recording).valid).tolist() == [100]
    assert any("1 rows cannot be read" in warning for warning in recording.header.warnings)


def test_a_row_of_another_width_is_lost(tmp_path: Path):
    lines = sd_card(wave(300, 8)).split("\n")
    counter, *fields = lines[102].split(",")
    lines[102] = ",".join((counter, *fields[:8], *fields[:8]))
    recording = read_recording(write(tmp_path / "a", "\n".join(lines)))
    assert np.flatnonzero(~joined(recording).valid).tolist() == [100]
    assert any("1 rows cannot be read" in warning for warning in recording.header.warnings)


def test_carriage_returns_are_no_matter(tmp_path: Path):
    recording = read_recording(write(tmp_path / "a", sd_card(wave(300, 8)).replace("\n", "\r\n")))
    assert np.array_equal(joined(recording).counts, wave(300, 8))


def test_a_byte_order_mark_costs_no_row(tmp_path: Path):
    content = b"\xef\xbb\xbf" + sd_card(wave(300, 8), labels=()).encode()
    assert read_recording(write(tmp_path / "a", content)).header.n_samples == 300
