"""Choice of the sampling rate of a text whose header, times and user contradict each other."""

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
    with pytest.raises(RecordingError, match="make 500 rows a second, and the file states 1000 Hz"):
        read(tmp_path / "a", text)
    with pytest.raises(RecordingError, match="make 500 rows a second, and the file states 1000 Hz"):
        read(tmp_path / "a", text, 250)
    for rate_hz in (500, 1000):
        recording = read(tmp_path / "a", text, rate_hz)
        assert recording.info.sampling_rate_hz == rate_hz
        assert f"read at the rate given, {rate_hz} Hz" in recording.header.warnings[0]


def test_a_frequency_of_something_else_takes_no_precedence(tmp_path: Path):
    for head in ("# Frequency: 2 Hz", "# Interval: 5 s", "# Force FS: 500 N", "Frequency,2"):
        recording = read(tmp_path / "a", f"{head}\nEMG [uV],B [uV]\n{AT_500_HZ.replace('0', '7')}", 1000)
        assert recording.info.sampling_rate_hz == 1000
    assert recording.header.warnings == ("the file states 2 Hz, which is taken for no sampling rate",)


def test_of_several_rates_in_a_head_the_times_or_the_user_choose(tmp_path: Path):
    head = "# ADC sampling rate: 16000\n# Output sampling rate: 500\n"
    assert read(tmp_path / "a", f"{head}time_s,EMG [uV]\n{AT_500_HZ}").info.sampling_rate_hz == 500
    alike = "# Sampling rate: 500\n# Measured sampling rate: 500.02\n"
    assert read(tmp_path / "a", f"{alike}EMG [uV],B [uV]\n{AT_500_HZ.replace('0', '7')}").info.sampling_rate_hz == 500
    alone = f"{head}EMG [uV],B [uV]\n{AT_500_HZ.replace('0', '7')}"
    assert read(tmp_path / "a", alone, 500).info.sampling_rate_hz == 500
    with pytest.raises(RecordingError, match="several sampling rates, 16000 Hz and 500 Hz: give --rate"):
        read(tmp_path / "a", alone)
    with pytest.raises(RecordingError, match="and the rate given is none of them"):
        read(tmp_path / "a", alone, 1000)


def test_seconds_that_count_rows_are_numbers_of_samples(tmp_path: Path):
    text = "time (s),EMG [uV]\n" + "".join(f"{k},{k * 37 % 101}\n" for k in range(1000))
    assert read(tmp_path / "a", text, 1000).info.sampling_rate_hz == 1000
    with pytest.raises(RecordingError, match="does not state its sampling rate"):
        read(tmp_path / "a", text)


@pytest.mark.parametrize("n_before", [300, 1500])
def test_a_day_that_begins_within_the_recording_is_no_end_of_its_times(tmp_path: Path, n_before):
    seconds = [(86_400 - n_before / 500 + k / 500) % 86_400 for k in range(3000) if not 2000 <= k < 2010]
    clock = [f"{int(s // 3600):02d}:{int(s % 3600 // 60):02d}:{s % 60:06.3f}" for s in seconds]
    rows = "".join(f"{time},{k * 37 % 101}\n" for k, time in enumerate(clock))
    recording = read(tmp_path / "a", f"clock,EMG [uV]\n{rows}")
    assert (recording.info.sampling_rate_hz, recording.header.n_samples) == (500, 3000)


@pytest.mark.parametrize(("n_first", "said"), [(1500, "it goes back"), (300_000, "go back at 1 of the rows")])
def test_times_that_go_back_are_reported(tmp_path: Path, n_first, said):
    times = [*range(n_first), *range(5000)]
    rows = "".join(f"{k / 500:.3f},{k * 37 % 101}\n" for k in times)
    recording = read(tmp_path / "a", f"time_s,EMG [uV]\n{rows}", 500)
    assert recording.header.n_samples == len(times)
    assert any(said in warning for warning in recording.header.warnings)


def test_a_channel_that_is_stuck_is_no_unix_time(tmp_path: Path):
    rows = "".join(f"{k % 7},2147483647\n" for k in range(300))
    assert read(tmp_path / "a", f"EMG,Other\n{rows}", 500).info.n_channels == 2
