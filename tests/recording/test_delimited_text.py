import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import RecordingError
from tests.recording.support import joined, write_recording
from tests.recording.text_files import wave


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def biosppy(n_samples: int = 500) -> str:
    head = ["# Simple Text Format", "# Sampling Rate (Hz):= 1000.00", "# Resolution:= 12", "# Labels:= EMG"]
    return "\n".join(head + [str(2000 + n % 90) for n in range(n_samples)]) + "\n"


def test_biosppy_tells_its_rate_and_holds_counts(tmp_path: Path):
    recording = read_recording(write(tmp_path / "a", biosppy()))
    assert recording.info.sampling_rate_hz == 1000
    assert recording.info.channels[0].microvolts_per_count == 1.0
    assert recording.info.channels[0].name == "EMG"
    assert recording.info.full_scale_counts == 4095
    assert joined(recording).counts[:3, 0].tolist() == [2000, 2001, 2002]
    assert "not in µV" in recording.header.warnings[0]
    assert recording.info.amplitude_unit == "counts"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
def test_columns_by_name(tmp_path: Path, delimiter):
    microvolts = wave(300, 2) / 100
    rows = [delimiter.join([f"{n / 500:.3f}", f"{a:.2f}", f"{b:.2f}"]) for n, (a, b) in enumerate(microvolts)]
    text = "\n".join([delimiter.join(["time", "Band_uV", "Rest_mV"]), *rows, ""])
    recording = read_recording(write(tmp_path / "a", text), sampling_rate_hz=500)
    assert [ch.name for ch in recording.info.channels] == ["Band", "Rest"]
    found = recording.info.to_microvolts(joined(recording, 33).counts)
    assert found == pytest.approx(microvolts * [1, 1000], abs=0.07)
    assert recording.header.warnings == ()


def test_a_byte_order_mark_quotes_and_carriage_returns_are_no_matter(tmp_path: Path):
    text = '\ufeff"EMG (uV)","Other"\r\n' + "1.5,2.5\r\n" * 50
    recording = read_recording(write(tmp_path / "a", text), sampling_rate_hz=500)
    assert recording.info.channels[0].name == "EMG"
    assert recording.header.n_samples == 50


def test_without_a_rate_it_asks_for_it(tmp_path: Path):
    with pytest.raises(RecordingError, match="give --rate"):
        read_recording(write(tmp_path / "a", "EMG (uV)\n1\n2\n"))


def test_a_value_that_is_missing_is_lost(tmp_path: Path):
    rows = [f"{n}.5,{n}.25" for n in range(100)]
    rows[40], rows[41] = "nan,1.0", ","
    recording = read_recording(write(tmp_path / "a", "a (uV),b (uV)\n" + "\n".join([*rows, ""])), sampling_rate_hz=250)
    whole = joined(recording)
    assert recording.header.n_samples == 100
    assert np.flatnonzero(~whole.valid).tolist() == [40, 41]
    assert (whole.counts[40:42] == whole.counts[39]).all()


@pytest.mark.parametrize("unit, microvolts", [("millivolts", 1e3), ("nV", 1e-3)])
def test_a_unit_may_be_written_out(tmp_path: Path, unit, microvolts):
    path = write(tmp_path / "a", f"EMG ({unit})\n" + "1.5\n" * 50)
    recording = read_recording(path, sampling_rate_hz=250)
    assert recording.info.to_microvolts(joined(recording).counts)[0] == pytest.approx(1.5 * microvolts, rel=1e-4)
    assert recording.header.warnings == ()


def test_an_unknown_unit_is_told(tmp_path: Path):
    text = "EMG [furlong],Rest\n" + "1.5,2.5\n" * 50
    warnings = read_recording(write(tmp_path / "a", text), sampling_rate_hz=250).header.warnings
    assert warnings == ("the unit 'furlong' is not known: taken as µV", "no unit is told: taken as µV")


@pytest.mark.parametrize("names", ["t_s,Band_uV\n", "seconds,Band_uV\n", ""])
@pytest.mark.parametrize("row", ["{:.4f}", "{!r}"])
def test_a_first_column_that_rises_evenly_is_the_time(tmp_path: Path, names, row):
    rows = [f"{row.format(n / 2048 + 1.0)},{value:.2f}" for n, value in enumerate(wave(400, 1)[:, 0] / 100)]
    recording = read_recording(write(tmp_path / "a", names + "\n".join([*rows, ""])), sampling_rate_hz=2048)
    assert recording.info.n_channels == 1
    assert recording.info.to_microvolts(joined(recording).counts).max() < 1000.0


@pytest.mark.parametrize("what", ["gap", "jitter"])
def test_a_time_with_a_gap_or_jitter_is_the_time_too(tmp_path: Path, what):
    times = np.arange(400) / 1000.0
    times[200:] += 0.02 if what == "gap" else 0.0
    times += np.random.default_rng(0).uniform(0.0, 2e-5, 400) if what == "jitter" else 0.0
    rows = [f"{time:.6f},{value:.2f}" for time, value in zip(times, wave(400, 1)[:, 0] / 100, strict=True)]
    recording = read_recording(write(tmp_path / "a", "\n".join(["clock,emg", *rows, ""])), sampling_rate_hz=1000)
    assert [channel.name for channel in recording.info.channels] == ["emg"]
    assert "the first column, 'clock', rises evenly: taken as the time" in recording.header.warnings


def test_a_slow_signal_is_no_time(tmp_path: Path):
    ramp = [f"{n / 10:.1f},{n % 7}.5" for n in range(100)]
    bent = [f"{n * n / 100:.2f},{n % 7}.5" for n in range(1, 101)]
    for name, rows in (("EMG (uV)", ramp), ("EMG", bent), ("EMG", ramp[:10])):
        path = write(tmp_path / "a", "\n".join([f"{name},Rest", *rows, ""]))
        assert read_recording(path, sampling_rate_hz=250).info.n_channels == 2


def test_numbers_without_names_are_channels_when_the_rate_is_given(tmp_path: Path):
    recording = read_recording(write(tmp_path / "a", "1.5,2.5\n" * 50), sampling_rate_hz=250)
    assert [ch.name for ch in recording.info.channels] == ["EMG 1", "EMG 2"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("time,index\n" + "1,2\n" * 9, "no column of a signal"),
        ("a,b,c\n" + "1,2\n" * 9, "is no recording"),
        ("some prose\nand more of it\n1,2\n", "is no recording"),
        ("EMG (uV)\n1e30\n", "no EMG"),
    ],
)
def test_what_is_no_signal_is_refused(tmp_path: Path, text, message):
    with pytest.raises(RecordingError, match=message):
        read_recording(write(tmp_path / "a", text), sampling_rate_hz=250)


@pytest.mark.parametrize("factor", [1e-6, 0.01, 1.0, 37.3, 1e6])
def test_the_scale_is_as_fine_as_24_bits_allow_and_survives_recording(tmp_path: Path, factor):
    microvolts = wave(300, 2) * factor
    text = "a (uV),b (uV)\n" + "".join(f"{a!r},{b!r}\n" for a, b in microvolts.tolist())
    first = read_recording(write(tmp_path / "a", text), sampling_rate_hz=250)
    whole = joined(first)
    found = first.info.to_microvolts(whole.counts)
    assert np.abs(found - microvolts).max() <= 3 * np.abs(microvolts).max() / 2**23
    again = read_recording(write_recording(tmp_path / "b.bdf", first.info, whole.counts))
    assert again.info.channels == first.info.channels
    assert np.array_equal(joined(again).counts, whole.counts)


def test_a_column_of_texts_is_no_channel(tmp_path: Path):
    text = "EMG (uV),phase\n" + "1.5,rest\n" * 50
    recording = read_recording(write(tmp_path / "a", text), sampling_rate_hz=250)
    assert [ch.name for ch in recording.info.channels] == ["EMG"]
    assert recording.header.n_samples == 50


def test_a_long_text_is_read_in_bounded_memory(tmp_path: Path):
    row = "".join(f"{n % 1000}.25,{n % 77}.5,{n % 13}.125,0.0625\n" for n in range(20_000))
    (tmp_path / "a").write_text("a (uV),b (uV),c (uV),d (uV)\n" + row * 12)
    n_file_bytes = (tmp_path / "a").stat().st_size
    tracemalloc.start()
    try:
        recording = read_recording(tmp_path / "a", sampling_rate_hz=1000)
        n_samples = sum(block.n_samples for block in recording.blocks())
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert n_samples == 240_000
    assert n_file_bytes > 5e6
    assert peak_bytes < 4.5e6, "it grows with the chunk, not with the file"


def test_opensignals_tells_rate_and_columns_in_json(tmp_path: Path):
    told = '{"00:07": {"column": ["nSeq", "DI", "CH1"], "sampling rate": 1000, "resolution": [4, 1, 16]}}'
    text = f"# OpenSignals Text File Format\n# {told}\n# EndOfHeader\n" + "".join(
        f"{n % 16}\t0\t{32000 + n}\t\n" for n in range(50)
    )
    recording = read_recording(write(tmp_path / "a", text))
    assert recording.info.sampling_rate_hz == 1000
    assert [ch.name for ch in recording.info.channels] == ["CH1"]
    found = recording.info.to_microvolts(joined(recording).counts)[:, 0]
    assert found == pytest.approx(32000 + np.arange(50), abs=0.01)


def test_a_last_row_that_may_be_cut_within_its_number_is_left_out(tmp_path: Path):
    recording = read_recording(write(tmp_path / "a", biosppy()[:-3]))
    assert recording.header.n_samples == 499
    assert recording.header.warnings[-1] == "the last row has no end of line and may be cut: left out"


@pytest.mark.parametrize("n_nuls", [3000, 400_000])
def test_nuls_at_the_end_are_no_row(tmp_path: Path, n_nuls):
    (tmp_path / "a").write_bytes(biosppy().encode() + bytes(n_nuls))
    recording = read_recording(tmp_path / "a")
    assert recording.header.n_samples == 500
    assert "power cut" in recording.header.warnings[-1]
