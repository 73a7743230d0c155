import contextlib
import re
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition import read_recording
from acquisition.core import RecordingError, Role
from acquisition.recording.text.layout import text_layout
from tests.cost import assert_costs_at_most
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


def test_a_row_is_lost_where_no_channel_has_a_number(tmp_path: Path):
    rows = [f"{n % 7}.5,{n % 9}.25" for n in range(100)]
    rows[40], rows[41], rows[42] = "nan,nan", ",", "1.5"
    recording = read_recording(write(tmp_path / "a", "a (uV),b (uV)\n" + "\n".join([*rows, ""])), sampling_rate_hz=250)
    whole = joined(recording)
    assert recording.header.n_samples == 100
    assert np.flatnonzero(~whole.valid).tolist() == [40, 41, 42]
    assert (whole.counts[40:43] == whole.counts[39]).all()
    assert recording.header.warnings == ("3 rows cannot be read and count as lost",)


@pytest.mark.parametrize("unit, microvolts", [("millivolts", 1e3), ("nV", 1e-3)])
def test_a_unit_may_be_written_out(tmp_path: Path, unit, microvolts):
    path = write(tmp_path / "a", f"EMG ({unit})\n" + "1.5\n" * 50)
    recording = read_recording(path, sampling_rate_hz=250)
    assert recording.info.to_microvolts(joined(recording).counts)[0] == pytest.approx(1.5 * microvolts, rel=1e-4)
    assert recording.header.warnings == ()


def test_an_unknown_unit_is_reported(tmp_path: Path):
    text = "EMG [furlong],Rest\n" + "1.5,2.5\n" * 50
    warnings = read_recording(write(tmp_path / "a", text), sampling_rate_hz=250).header.warnings
    assert warnings == ("the unit 'furlong' is not known: taken as µV", "no unit is stated: taken as µV")


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
    recording = read_recording(write(tmp_path / "a", "\n".join(["x,emg", *rows, ""])), sampling_rate_hz=1000)
    assert [channel.name for channel in recording.info.channels] == ["emg"]
    assert "column 'x' rises as times do: taken as the time" in recording.header.warnings
    assert recording.header.n_samples == (420 if what == "gap" else 400)


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
        (
            "a,b,c\n" + "1,2\n" * 9,
            "is text with rows of numbers, but the line of names has 3 columns and the first row 2",
        ),
        ("some prose\nand more of it\n1,2\n", "but expected one line of names at most above a single column"),
        ("some prose\nand more of it\n1,2,3\n", "but the line of names has 1 columns"),
        ("some prose\nand more of it\nwithout end\n", "is no recording"),
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


def emg(n_samples: int = 2000) -> NDArray[np.float64]:
    return np.round(3.0 * np.random.default_rng(3).standard_normal((n_samples, 2)), 2)


def table(times: Sequence[str], names: str = "t,a,b", delimiter: str = ",", n_samples: int = 2000) -> str:
    rows = [f"{time},{a:.2f},{b:.2f}" for time, (a, b) in zip(times, emg(n_samples), strict=True)]
    return "\n".join([names, *rows, ""]).replace(",", delimiter)


@pytest.mark.parametrize(
    "name, form, rate_hz, taken",
    [
        ("time (s)", lambda k: f"{k / 1000:.4f}", 1000, ""),
        ("t_s", lambda k: f"{k / 1925.926:.6f}", 1925.93, ""),
        ("Time [ms]", lambda k: f"{k / 2:.1f}", 2000, ""),
        ("time_us", lambda k: f"{k * 1000}", 1000, ""),
        ("time", lambda k: f"{k / 1000:.2f}", 1000, ", taken as seconds"),
        ("time", lambda k: f"{4 * k}", 250, ", taken as milliseconds"),
        ("time", lambda k: f"{500 * k}", 2000, ", taken as microseconds"),
        ("lsl_timestamp", lambda k: f"{1.7e9 + k / 1000:.4f}", 1000, ", taken as seconds"),
        ("timestamp", lambda k: f"{1_700_000_000_000 + 2 * k}", 500, ", taken as milliseconds"),
        ("whatever", lambda k: f"{k / 500:.3e}", 500, ", taken as seconds"),
        ("clock", lambda k: f"10:00:{k / 100:06.3f}", 100, ""),
        ("datetime", lambda k: f"2026-01-01 10:00:{k / 100:06.3f}", 100, ""),
        ("datetime", lambda k: f"2026-01-01T10:00:{k / 100:06.3f}Z", 100, ""),
    ],
)
def test_even_times_tell_the_rate(tmp_path: Path, name, form, rate_hz, taken):
    path = write(tmp_path / "a", table([form(k) for k in range(2000)], f"{name},a,b"))
    recording = read_recording(path)
    assert recording.info.sampling_rate_hz == pytest.approx(rate_hz, rel=2e-6)
    assert [channel.name for channel in recording.info.channels] == ["a", "b"]
    assert f"no rate is stated: {rate_hz:g} Hz by the times in column {name!r}{taken}" in recording.header.warnings
    assert recording.header.n_samples == 2000
    assert read_recording(path, sampling_rate_hz=rate_hz * 1.01).info.sampling_rate_hz == rate_hz * 1.01
    with pytest.raises(RecordingError, match=f"make {rate_hz:g} rows a second, and the rate given is"):
        read_recording(path, sampling_rate_hz=2 * rate_hz)


@pytest.mark.parametrize("name", ["n", "sample", "index", "time", "frame", "x"])
def test_numbers_of_samples_tell_no_rate_and_contradict_none(tmp_path: Path, name):
    path = write(tmp_path / "a", table([str(k) for k in range(2000)], f"{name},a,b"))
    with pytest.raises(RecordingError, match="does not state its sampling rate"):
        read_recording(path)
    recording = read_recording(path, sampling_rate_hz=300)
    assert (recording.info.n_channels, recording.info.sampling_rate_hz) == (2, 300)


def test_a_rate_in_a_comment_may_not_contradict_the_times(tmp_path: Path):
    text = table([f"{k / 1000:.3f}" for k in range(2000)], "# fs = 2 kHz\ntime,a,b")
    with pytest.raises(RecordingError, match="make 1000 rows a second, and the file states 2000 Hz"):
        read_recording(write(tmp_path / "a", text))


@pytest.mark.parametrize("where", ["first", "last"])
def test_a_gap_in_the_times_keeps_its_place(tmp_path: Path, where):
    lost = [*range(300, 301), *range(700, 950)]
    order = (0, 1, 2) if where == "first" else (1, 2, 0)
    rows = [
        ",".join((f"{k / 500:.3f}", f"{a:.2f}", f"{b:.2f}")[column] for column in order)
        for k, (a, b) in enumerate(emg())
        if k not in lost
    ]
    names = ",".join(("time_s", "a (uV)", "b (uV)")[column] for column in order)
    recording = read_recording(write(tmp_path / "a", "\n".join([names, *rows, ""])))
    whole = joined(recording)
    assert np.flatnonzero(~whole.valid).tolist() == lost
    assert recording.info.to_microvolts(whole.counts)[whole.valid] == pytest.approx(emg()[whole.valid], abs=1e-5)
    assert recording.header.warnings[-1] == "251 samples count as lost: the times have 2 gaps"


@pytest.mark.parametrize("column", ["17000000{k:04d}.5", "{k}e9", "1e9"])
def test_a_large_column_takes_nothing_from_the_others(tmp_path: Path, column):
    large = [column.format(k=k) for k in range(2000)]
    rows = [f"{a:.2f},{b:.2f},{other}" for (a, b), other in zip(emg(), large, strict=True)]
    recording = read_recording(write(tmp_path / "a", "\n".join([*rows, ""])), sampling_rate_hz=1000)
    found_uv = recording.info.to_microvolts(joined(recording).counts)
    assert found_uv[:, :2] == pytest.approx(emg(), abs=1e-5)


def test_a_channel_whose_steps_are_lost_is_reported(tmp_path: Path):
    rows = [f"{a:.2f},{1e7 + b:.2f}" for a, b in emg()]
    warnings = read_recording(write(tmp_path / "a", "a (uV),b (uV)\n" + "\n".join([*rows, ""])), sampling_rate_hz=250)
    assert warnings.header.warnings == ()
    rows = [f"{a:.2f},{1e9 + b:.2f}" for a, b in emg()]
    recording = read_recording(write(tmp_path / "a", "a (uV),b (uV)\n" + "\n".join([*rows, ""])), sampling_rate_hz=250)
    assert len(recording.header.warnings) == 1
    assert recording.header.warnings[0].startswith("b reaches 1e+09 µV")


@pytest.mark.parametrize("delimiter", [";", "\t", " "])
@pytest.mark.parametrize("names", ["n,a,b\n", ""])
def test_decimal_commas(tmp_path: Path, delimiter, names):
    rows = [f"{k},{a:.2f},{b:.2f}" for k, (a, b) in enumerate(emg())]
    text = (names + "\n".join([*rows, ""])).replace(",", delimiter).replace(".", ",")
    recording = read_recording(write(tmp_path / "a", text), sampling_rate_hz=1000)
    assert recording.info.to_microvolts(joined(recording).counts) == pytest.approx(emg(), abs=1e-5)


def test_one_column_of_decimal_commas_needs_a_name(tmp_path: Path):
    rows = "".join(f"{a:.2f}\n" for a, _ in emg()).replace(".", ",")
    recording = read_recording(write(tmp_path / "a", "EMG left\n" + rows), sampling_rate_hz=1000)
    assert recording.info.to_microvolts(joined(recording).counts)[:, 0] == pytest.approx(emg()[:, 0], abs=1e-5)
    with pytest.raises(RecordingError, match="two columns, or one with a decimal comma"):
        read_recording(write(tmp_path / "a", rows), sampling_rate_hz=1000)
    two = read_recording(write(tmp_path / "a", "x,y\n" + rows.replace("-", "")), sampling_rate_hz=1000)
    assert [channel.name for channel in two.info.channels] == ["x", "y"]


def test_numbers_of_columns_are_no_row(tmp_path: Path):
    rows = [f"{k},{a:.2f},{b:.2f},{b:.2f}" for k, (a, b) in enumerate(emg())]
    recording = read_recording(write(tmp_path / "a", "\n".join([",0,1,2", *rows, ""])), sampling_rate_hz=1000)
    assert [channel.name for channel in recording.info.channels] == ["column 0", "column 1", "column 2"]
    assert recording.header.n_samples == 2000


NORAXON = "Name,somebody\nFrequency,1000\nFilter,none\n\n"
LABCHART = (
    "Interval=\t0.001 s\nTimeFormat=\tStartOfBlock\nChannelTitle=\tA\tB\nRange=\t10 mV\t10 mV\nUnitName=\tmV\tmV\n"
)


@pytest.mark.parametrize(
    "head, delimiter, names, microvolts",
    [
        (NORAXON + '"Time,s","LT TIB.ANT.,uV","RT TIB.ANT.,mV"\n', ",", ["LT TIB.ANT.", "RT TIB.ANT."], [1, 1000]),
        (NORAXON + "Time,Left,Right\ns,uV,mV\n", ",", ["Left", "Right"], [1, 1000]),
        ("# fs: 1000\nTime;Left;Right\n[s];[mV];[V]\n", ";", ["Left", "Right"], [1000, 1e6]),
        (LABCHART, "\t", ["A", "B"], [1000, 1000]),
        ("X [s]\tL: EMG 1 [V]\tR: EMG 2 [V]\n", "\t", ["L: EMG 1", "R: EMG 2"], [1e6, 1e6]),
    ],
)
def test_heads_of_other_programs(tmp_path: Path, head, delimiter, names, microvolts):
    rows = [f"{k / 1000:.3f},{a:.2f},{b:.2f}".replace(",", delimiter) for k, (a, b) in enumerate(emg())]
    recording = read_recording(write(tmp_path / "a", head + "\n".join([*rows, ""])))
    assert [channel.name for channel in recording.info.channels] == names
    found_uv = recording.info.to_microvolts(joined(recording).counts)
    assert found_uv / microvolts == pytest.approx(emg(), abs=1e-5)
    assert recording.info.sampling_rate_hz == 1000


def test_quoted_numbers(tmp_path: Path):
    rows = "".join(f'"{a:.2f}","{b:.2f}"\n' for a, b in emg())
    recording = read_recording(write(tmp_path / "a", '"a","b"\n' + rows), sampling_rate_hz=1000)
    assert recording.info.to_microvolts(joined(recording).counts) == pytest.approx(emg(), abs=1e-5)
    with pytest.raises(RecordingError, match="commas within quotes"):
        read_recording(write(tmp_path / "a", '"a","b"\n' + rows.replace(".", ",")), sampling_rate_hz=1000)


def test_other_encodings(tmp_path: Path):
    text = "größe [µV],b [µV]\n" + "1.5,2.5\n2.5,1.5\n" * 50
    (tmp_path / "a").write_bytes(text.encode("cp1252"))
    recording = read_recording(tmp_path / "a", sampling_rate_hz=1000)
    assert [channel.name for channel in recording.info.channels] == ["größe", "b"]
    assert recording.header.warnings == ()
    (tmp_path / "a").write_bytes(text.encode("utf-16"))
    with pytest.raises(RecordingError, match="UTF-16, two bytes a letter: save it as UTF-8"):
        read_recording(tmp_path / "a", sampling_rate_hz=1000)


@pytest.mark.parametrize("missing", ["nan", "NA", "", "-"])
def test_a_channel_without_numbers_is_railed_and_costs_the_others_nothing(tmp_path: Path, missing):
    rows = [f"{a:.2f},{b:.2f},{missing if k >= 900 else '1.5'}" for k, (a, b) in enumerate(emg())]
    recording = read_recording(write(tmp_path / "a", "\n".join(["a,b,c", *rows, ""])), sampling_rate_hz=1000)
    whole = joined(recording)
    assert whole.valid.all()
    assert recording.info.to_microvolts(whole.counts)[:, :2] == pytest.approx(emg(), abs=1e-5)
    assert (whole.counts[900:, 2] == recording.info.full_scale_counts).all()
    assert (whole.counts[:900, 2] < recording.info.full_scale_counts).all()
    assert (
        recording.header.warnings[-1]
        == "no number where others have one, in so many rows: c 1100; taken as railed there"
    )


def test_a_column_that_is_empty_at_the_start_is_reported(tmp_path: Path):
    recording = read_recording(write(tmp_path / "a", "a,b\n" + "1.5,\n2.5,\n" * 500), sampling_rate_hz=1000)
    assert [channel.name for channel in recording.info.channels] == ["a"]
    assert "column 'b' is empty at the start: left out" in recording.header.warnings


@pytest.mark.parametrize("line", ["1,25;-3,40;" * 20, "1,2 " * 50, '"1,2",' * 40, "a,b;c\t" * 30, "2026-01-01 " * 20])
def test_what_is_ambiguous_throughout_is_judged_at_once(line):
    head = ((line + "\n") * 20_000)[:65_536]

    def judge() -> None:
        with contextlib.suppress(RecordingError):
            layout = text_layout(head)
            assert layout is None or layout.rows

    # Measured: up to 6. The reference shares no code with the reader, so that no fault makes both dearer.
    assert_costs_at_most(30.0, judge, lambda: [re.split("[,; \t]", row) for row in head.split("\n")])


def test_a_unit_stated_for_all_columns_is_theirs_and_no_voltage_is_not_watched(tmp_path: Path):
    head = ["# Simple Text Format", "# Sampling Rate (Hz):= 1000.00", "# Resolution:= 12"]
    rows = [f"{n * 37 % 100 / 1e6:.6f}\t{n % 7 / 1e6:.6f}" for n in range(100)]
    volts = read_recording(
        write(tmp_path / "a", "\n".join([*head, "# Units:= Volts", "# Labels:= EMG\tECG", *rows, ""]))
    )
    assert [channel.role for channel in volts.info.channels] == [Role.SURFACE, Role.ECG]
    assert volts.info.to_microvolts(joined(volts).counts)[:, 0] == pytest.approx(np.arange(100) * 37 % 100, abs=1e-3)
    assert volts.header.warnings == ("taken as an ECG by its label: ECG",)
    motion = read_recording(write(tmp_path / "b", "\n".join([*head, "# Units:= m/s^2", "# Labels:= x\ty", *rows, ""])))
    assert [channel.role for channel in motion.info.channels] == [Role.OFF, Role.OFF]
    assert "gives it a role: x, y" in motion.header.warnings[0]


def test_a_unit_behind_a_name_that_is_no_voltage_for_sure_is_not_watched(tmp_path: Path):
    rows = [f"{n % 7},{n % 5},{n % 3}" for n in range(100)]
    path = write(tmp_path / "a", "\n".join(["EMG (uV),Wrist (g),Biceps (left)", *rows, ""]))
    recording = read_recording(path, sampling_rate_hz=1000)
    assert [channel.role for channel in recording.info.channels] == [Role.SURFACE, Role.OFF, Role.SURFACE]
