"""Which rate a text is read at, where its head, its times and the user tell different ones."""

from pathlib import Path

import pytest

from acquisition import read_recording
from acquisition.core import RecordingError
from acquisition.recording.recording import Recording

AT_500_HZ = "".join(f"{k / 500:.3f},{k * 37 % 101}\n" for k in range(1000))


def read(path: Path, text: str, rate_hz: float | None = None) -> Recording:
    path.write_text(text, "utf-8")
    return read_recording(path, sampling_rate_hz=rate_hz)


def test_the_user_decides_between_the_head_and_the_times(tmp_path: Path):
    text = "# Sampling rate: 1000 Hz\ntime_s,EMG [uV]\n" + AT_500_HZ
    with pytest.raises(RecordingError, match="make 500 rows a second, and the file tells 1000 Hz"):
        read(tmp_path / "a", text)
    with pytest.raises(RecordingError, match="make 500 rows a second, and the file tells 1000 Hz"):
        read(tmp_path / "a", text, 250)
    for rate_hz in (500, 1000):
        recording = read(tmp_path / "a", text, rate_hz)
        assert recording.info.sampling_rate_hz == rate_hz
        assert f"read at the rate given, {rate_hz} Hz" in recording.header.warnings[0]


def test_a_frequency_of_something_else_takes_no_precedence(tmp_path: Path):
    for head in ("# Frequency: 2 Hz", "# Interval: 5 s", "# Force FS: 500 N", "Frequency,2"):
        recording = read(tmp_path / "a", f"{head}\nEMG [uV],B [uV]\n{AT_500_HZ.replace('0', '7')}", 1000)
        assert recording.info.sampling_rate_hz == 1000
    assert recording.header.warnings == ("the file tells 2 Hz, which is taken for no sampling rate",)


def test_of_several_rates_in_a_head_the_times_or_the_user_choose(tmp_path: Path):
    head = "# ADC sampling rate: 16000\n# Output sampling rate: 500\n"
    assert read(tmp_path / "a", f"{head}time_s,EMG [uV]\n{AT_500_HZ}").info.sampling_rate_hz == 500
    alone = f"{head}EMG [uV],B [uV]\n{AT_500_HZ.replace('0', '7')}"
    assert read(tmp_path / "a", alone, 500).info.sampling_rate_hz == 500
    with pytest.raises(RecordingError, match="several sampling rates, 16000 Hz and 500 Hz: give --rate"):
        read(tmp_path / "a", alone)
    with pytest.raises(RecordingError, match="and the rate given is none of them"):
        read(tmp_path / "a", alone, 1000)


def test_seconds_that_count_rows_are_numbers_of_samples(tmp_path: Path):
    text = "time (s),EMG [uV]\n" + "".join(f"{k},{k * 37 % 101}\n" for k in range(1000))
    assert read(tmp_path / "a", text, 1000).info.sampling_rate_hz == 1000
    with pytest.raises(RecordingError, match="does not tell its sampling rate"):
        read(tmp_path / "a", text)
