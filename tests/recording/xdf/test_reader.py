import contextlib
import itertools
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import RecordingError, Role
from acquisition.recording import Annotation, Damage
from tests.recording.support import joined, write_recording
from tests.recording.text_files import wave
from tests.recording.xdf.xdf_files import (
    BOUNDARY,
    chunk,
    even,
    named,
    samples_chunk,
    stamps,
    stream,
    without_footer,
    write,
)


def test_an_emg_stream(tmp_path: Path):
    microvolts = wave(1500, 2) / 64
    path = write(
        tmp_path / "a", stream(1, "EMG", microvolts, stamps(1500), 500, (("Band", "microvolts"), ("Rest", "uV")))
    )
    recording = read_recording(path)
    assert [ch.name for ch in recording.info.channels] == ["Band", "Rest"]
    assert recording.info.sampling_rate_hz == 500
    whole = joined(recording, 77)
    assert whole.valid.all()
    assert recording.info.to_microvolts(whole.counts) == pytest.approx(microvolts, abs=1e-3)
    assert recording.header.warnings == ()


def test_units_of_channels(tmp_path: Path):
    path = write(tmp_path / "a", stream(1, "EXG", wave(100, 2) / 1e6, stamps(100), 500, (("a", "volts"), ("b", "mV"))))
    recording = read_recording(path)
    microvolts = recording.info.to_microvolts(joined(recording).counts)
    assert microvolts == pytest.approx(wave(100, 2) / 1e6 * [1e6, 1e3], abs=0.02)


def test_an_unstated_unit_is_reported(tmp_path: Path):
    recording = read_recording(write(tmp_path / "a", stream(1, "EEG", wave(100, 2), stamps(100))))
    assert [ch.name for ch in recording.info.channels] == ["EXG 1", "EXG 2"]
    assert "taken as µV" in recording.header.warnings[0]


def test_of_several_streams_emg_comes_first(tmp_path: Path):
    path = write(
        tmp_path / "a",
        stream(1, "EEG", wave(100, 3), stamps(100), name="Cap"),
        stream(2, "EMG", wave(100, 2), stamps(100), name="Arm"),
        stream(3, "Gaze", wave(100, 4), stamps(100), name="Eye"),
    )
    recording = read_recording(path)
    assert (recording.info.name, recording.info.n_channels) == ("Arm", 2)
    assert "'Cap'" in recording.header.warnings[0]


def test_markers_become_annotations(tmp_path: Path):
    path = write(
        tmp_path / "a",
        stream(1, "EMG", wave(100, 2), 1000 + np.arange(100) / 500),
        stream(2, "Markers", ["in", "out"], np.array([1000.05, 1000.15]), 0),
    )
    notes = read_recording(path).header.annotations
    assert [note.text for note in notes] == ["in", "out"]
    assert [note.onset_s for note in notes] == pytest.approx([0.05, 0.15])
    assert all(isinstance(note, Annotation) for note in notes)


def test_gaps_of_the_time_stamps_are_lost(tmp_path: Path):
    places = np.r_[0:700, 750:1000, 1010:1500]
    path = write(tmp_path / "a", stream(1, "EMG", wave(1500, 1)[places], stamps(1500)[places]))
    recording = read_recording(path)
    whole = joined(recording)
    assert recording.header.n_samples == 1500
    assert np.array_equal(np.flatnonzero(~whole.valid), np.r_[700:750, 1000:1010])
    assert "60 samples" in recording.header.warnings[-1]


@pytest.mark.parametrize("stamp_s", [1e308, -1e308, 1e13, np.inf, np.nan])
def test_a_time_stamp_that_no_clock_tells_is_refused(tmp_path: Path, stamp_s: float):
    times_s = stamps(1500)
    times_s[600] = stamp_s
    with pytest.raises(RecordingError, match="time stamps that are no numbers"):
        read_recording(write(tmp_path / "a", stream(1, "EMG", wave(1500, 1), times_s)))


def test_one_late_time_stamp_is_no_gap(tmp_path: Path):
    times_s = stamps(1500)
    times_s[600] += 0.05
    recording = read_recording(write(tmp_path / "a", stream(1, "EMG", wave(1500, 1), times_s)))
    assert recording.header.n_samples == 1500


def test_a_stream_without_a_rate_that_is_too_short_to_tell_it_asks_for_it(tmp_path: Path):
    path = write(tmp_path / "a", stream(1, "EMG", wave(100, 1), stamps(100), 0))
    with pytest.raises(RecordingError, match="give --rate"):
        read_recording(path)
    assert read_recording(path, sampling_rate_hz=500).info.sampling_rate_hz == 500


def test_more_than_there_is_cannot_be_promised(tmp_path: Path):
    whole = stream(1, "EMG", wave(100, 1), stamps(100))
    tracemalloc.start()
    try:
        for tag, length in itertools.product((1, 2, 3, 4, 5, 6), (2**32, 2**63 - 1)):
            promised = b"\x08" + struct.pack("<QHI", length, tag, 1) + bytes(50)
            for before in (b"", whole):
                with pytest.raises(RecordingError, match="is promised"):
                    read_recording(write(tmp_path / "a", before, promised, BOUNDARY, whole))
            with pytest.raises(RecordingError, match="the file has none; the file is cut short or damaged: "):
                read_recording(write(tmp_path / "a", promised))
            recording = read_recording(write(tmp_path / "a", whole, promised))
            assert recording.header.n_samples == 100
            assert len(_damages(tmp_path / "a")) == 1
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 10e6
    samples = struct.pack("<I", 1) + b"\x04" + struct.pack("<I", 2**32 - 1) + bytes(9)
    with pytest.raises(RecordingError, match="samples are promised"):
        read_recording(write(tmp_path / "b", stream(1, "EMG", wave(10, 1), stamps(10)) + chunk(3, samples)))


def test_damage_within_is_passed_over_to_the_next_boundary(tmp_path: Path):
    whole = stream(1, "EMG", wave(100, 1), stamps(100))
    path = write(tmp_path / "a", b"\x07\x00\x01" + BOUNDARY + whole)
    assert read_recording(path).header.n_samples == 100


def test_no_emg_is_reported_with_what_there_is(tmp_path: Path):
    path = write(tmp_path / "a", stream(1, "Gaze", wave(100, 1), stamps(100)))
    with pytest.raises(RecordingError, match="the file has Gaze"):
        read_recording(path)


def test_a_file_cut_off_is_read_as_far_as_it_goes_or_refused(tmp_path: Path):
    raw = write(tmp_path / "a", stream(1, "EMG", wave(100, 1), stamps(100))).read_bytes()
    n_read = []
    for n_bytes in range(5, len(raw), 97):
        (tmp_path / "b").write_bytes(raw[:n_bytes])
        with contextlib.suppress(RecordingError):
            n_read.append(read_recording(tmp_path / "b").header.n_samples)
    assert n_read == [100] * 3, "where it is cut behind its samples, they are all read"


def test_jitter_of_chunks_is_no_loss(tmp_path: Path):
    late_s = np.random.default_rng(1).normal(0, 0.003, 600).repeat(5)
    recording = read_recording(write(tmp_path / "a", stream(1, "EMG", wave(3000, 1), even(3000, 250) + late_s, 250)))
    assert joined(recording).valid.all()
    assert recording.header.n_samples == 3000


def test_a_rate_that_is_somewhat_wrong_is_reported_and_markers_stay_with_the_signal(tmp_path: Path):
    path = write(
        tmp_path / "a",
        stream(1, "EMG", wave(6000, 1), even(6000, 495), 500, named("a")),
        stream(2, "Markers", ["at sample 5000"], np.array([1000 + 5000 / 495]), 0),
    )
    header = read_recording(path).header
    assert (header.info.sampling_rate_hz, header.n_samples) == (500, 6000)
    assert header.warnings[-1].startswith("the stream states 500 samples a second and its time stamps 495: ")
    assert "a minute is 60.61 s" in header.warnings[-1]
    assert header.annotations[0].onset_s == pytest.approx(10.0, abs=1e-6)


def test_a_rate_within_what_real_boards_keep_is_not_reported(tmp_path: Path):
    path = write(tmp_path / "a", stream(1, "EMG", wave(6000, 1), even(6000, 500.5), 500, named("a")))
    assert read_recording(path).header.warnings == ()


def test_a_rate_that_is_wrong_is_refused_until_the_user_decides(tmp_path: Path):
    path = write(tmp_path / "a", stream(1, "EMG", wave(6000, 1), even(6000, 250), 500, named("a")))
    with pytest.raises(RecordingError, match=r"states 500 samples a second and its time stamps 250: .* give --rate"):
        read_recording(path)
    with pytest.raises(RecordingError, match="give --rate"):
        read_recording(path, sampling_rate_hz=400)
    recording = read_recording(path, sampling_rate_hz=250)
    assert (recording.info.sampling_rate_hz, recording.header.n_samples) == (250, 6000)
    assert "250 is used as given" in recording.header.warnings[-1]


def test_an_unstated_rate_is_taken_from_the_stamps(tmp_path: Path):
    path = write(tmp_path / "a", stream(1, "EMG", wave(6000, 1), even(6000, 500), 0, named("a")))
    recording = read_recording(path)
    assert recording.info.sampling_rate_hz == 500
    assert "taken from its time stamps, 500 samples" in recording.header.warnings[0]
    assert read_recording(path, sampling_rate_hz=500).header.warnings == ()
    with pytest.raises(RecordingError, match=r"250 samples a second are given, and the time stamps .* show 500"):
        read_recording(path, sampling_rate_hz=250)


@pytest.mark.parametrize("times_s", [np.full(900, 7.0), -np.arange(900) / 500.0])
def test_stamps_that_do_not_go_on_are_reported(tmp_path: Path, times_s: np.ndarray):
    recording = read_recording(write(tmp_path / "a", stream(1, "EMG", wave(900, 1), times_s)))
    assert recording.header.n_samples == 900
    assert any("do not go on" in warning for warning in recording.header.warnings)


def test_stamps_that_go_back_are_reported_and_negative_ones_are_times_like_others(tmp_path: Path):
    times_s = even(3000, 500) - 5000.0
    assert read_recording(write(tmp_path / "a", stream(1, "EMG", wave(3000, 1), times_s))).header.n_samples == 3000
    times_s[1500:] -= 60.0
    recording = read_recording(write(tmp_path / "b", stream(1, "EMG", wave(3000, 1), times_s)))
    assert recording.header.n_samples == 3000
    assert "go back, by 60.0 s" in recording.header.warnings[-1]


def test_each_channel_has_a_scale_of_its_own(tmp_path: Path):
    values = np.column_stack([wave(900, 1)[:, 0] / 64, 1.7e9 + np.arange(900), 1.7e18 + np.arange(900)])
    path = write(
        tmp_path / "a",
        stream(1, "EMG", values, even(900, 500), 500, named("Band", "clock", "fine clock"), kept_as="double64"),
    )
    recording = read_recording(path)
    assert recording.info.to_microvolts(joined(recording).counts)[:, 0] == pytest.approx(values[:, 0], abs=1e-3)
    assert [channel.role for channel in recording.info.channels] == [Role.SURFACE, Role.SURFACE, Role.OFF]
    assert "fine clock (1.7e+18)" in recording.header.warnings[-1]


def test_a_clock_in_nanoseconds_fits_into_a_recording_and_is_reported_once(tmp_path: Path):
    values = np.column_stack([wave(900, 1)[:, 0] / 64, 1.7e18 + np.arange(900)])
    channels = (("Band", "uV"), ("clock", "ns", "<type>time</type>"))
    path = write(tmp_path / "a", stream(1, "EMG", values, even(900, 500), 500, channels, kept_as="double64"))
    recording = read_recording(path)
    assert recording.header.warnings == ("no voltage of a muscle, not watched: clock (ns)",)
    again = read_recording(write_recording(tmp_path / "b.bdf", recording.info, joined(recording).counts))
    assert [channel.role for channel in again.info.channels] == [Role.SURFACE, Role.OFF]


def test_values_that_are_no_voltage_on_any_channel_are_refused(tmp_path: Path):
    path = write(tmp_path / "a", stream(1, "EMG", np.full((900, 1), 1e30), even(900, 500)))
    with pytest.raises(RecordingError, match="values up to"):
        read_recording(path)


def test_a_channel_without_numbers_is_railed_and_the_others_are_kept(tmp_path: Path):
    values = wave(900, 2) / 64
    values[:, 1] = np.nan
    values[100:110] = np.nan
    recording = read_recording(write(tmp_path / "a", stream(1, "EMG", values, even(900, 500), 500, named("a", "b"))))
    whole = joined(recording)
    assert np.array_equal(np.flatnonzero(~whole.valid), np.arange(100, 110))
    assert np.all(whole.counts[:, 1] == recording.info.full_scale_counts)
    assert recording.info.to_microvolts(whole.counts)[200:, 0] == pytest.approx(values[200:, 0], abs=1e-3)
    assert recording.header.warnings[-1].endswith("b (100 %)")
    assert isinstance(recording.header.warnings[-1], Damage)
    assert "10 samples have no number in any channel" in recording.header.warnings[-2]


def test_what_our_own_streams_tell_is_read(tmp_path: Path):
    declared = (
        "<type>EMG</type><role>needle</role><microvolts_per_count>0.25</microvolts_per_count><gain>24.0</gain>"
        "<muscle>upper trapezius</muscle><side>left</side><needled_band>true</needled_band>"
    )
    path = write(
        tmp_path / "a",
        stream(
            1,
            "EMG",
            np.column_stack([np.arange(900) / 4, wave(900, 3) / 64]),
            even(900, 500),
            500,
            (
                ("N", "microvolts", declared),
                ("H", "microvolts", "<type>ECG</type>"),
                ("T", "none", "<type>Trigger</type>"),
                ("X", "microvolts", "<type>ACC</type>"),
            ),
        ),
    )
    recording = read_recording(path)
    needle, heart, trigger, acceleration = recording.info.channels
    assert (needle.role, needle.gain, needle.muscle, needle.side) == (Role.NEEDLE, 24.0, "upper trapezius", "left")
    assert (needle.needled_band, needle.microvolts_per_count) == (True, 0.25)
    assert np.array_equal(joined(recording).counts[:, 0], np.arange(900))
    assert (heart.role, trigger.role, acceleration.role) == (Role.ECG, Role.OFF, Role.OFF)
    assert "not watched: T (Trigger), X (ACC)" in recording.header.warnings[-1]


def test_a_stream_of_counts_has_no_microvolts(tmp_path: Path):
    values = np.rint(wave(900, 2) / 8)
    path = write(
        tmp_path / "a", stream(1, "EMG", values, even(900, 500), 500, named("a", "b", unit="counts"), kept_as="int32")
    )
    recording = read_recording(path)
    assert recording.info.amplitude_unit == "counts"
    assert [channel.role for channel in recording.info.channels] == [Role.SURFACE, Role.SURFACE]
    assert recording.info.to_microvolts(joined(recording).counts) == pytest.approx(values, abs=0.01)


@pytest.mark.parametrize("kept_as", ["float32", "double64", "int64", "int32", "int16"])
def test_numbers_of_every_kind_are_read(tmp_path: Path, kept_as: str):
    values = np.rint(wave(900, 2) / 8)
    path = write(tmp_path / "a", stream(1, "EMG", values, even(900, 500), 500, named("a", "b"), kept_as=kept_as))
    recording = read_recording(path)
    assert recording.info.to_microvolts(joined(recording).counts) == pytest.approx(values, abs=0.01)


def test_text_is_no_signal_whatever_it_is_called(tmp_path: Path):
    texts = stream(1, "EMG", ["in", "out"], even(2, 1), 0, name="Notes")
    path = write(tmp_path / "a", texts, stream(2, "EMG", wave(900, 2), even(900, 500)))
    assert read_recording(path).info.n_channels == 2
    with pytest.raises(RecordingError, match=r"expected a stream of type EMG.*; the file has EMG \(text\)$"):
        read_recording(write(tmp_path / "b", texts))


def test_one_sample_is_a_recording(tmp_path: Path):
    recording = read_recording(write(tmp_path / "a", stream(1, "EMG", wave(1, 2), even(1, 500), 500, named("a", "b"))))
    assert (recording.header.n_samples, recording.header.warnings) == (1, ())


def test_a_file_cut_between_its_pieces_is_read_with_one_warning(tmp_path: Path):
    """LabRecorder ends each stream with a StreamFooter; a file without it was not ended."""
    parts = [
        stream(1, "EMG", wave(700, 2), even(700, 500), 500, named("a", "b"), name="Arm"),
        stream(2, "Markers", ["in"], np.array([1000.5]), 0, name="Pedal"),
    ]
    assert read_recording(write(tmp_path / "a", *parts)).header.warnings == ()
    unended = [without_footer(part) for part in parts]
    recording = read_recording(write(tmp_path / "b", parts[0], unended[1]))
    assert recording.header.warnings == (
        "the file lacks the end of Pedal: if the recorder was cut off, what came last is missing",
    )
    recording = read_recording(write(tmp_path / "c", *unended))
    assert recording.header.n_samples == 700
    (warning,) = recording.header.warnings
    assert warning.startswith("the file lacks the end of Arm, Pedal: ")
    assert not isinstance(warning, Damage), "nothing is known to be missing"


def test_a_file_cut_anywhere_behind_its_samples_is_read(tmp_path: Path):
    amp = stream(1, "EMG", wave(700, 2), even(700, 500), 500, named("a", "b"))
    clock_offset = chunk(4, struct.pack("<Idd", 1, 1000.0, 0.0))
    pedal = stream(2, "Markers", ["in"], np.array([1000.5]), 0, name="Pedal")
    path = write(tmp_path / "a", amp, clock_offset, BOUNDARY, pedal)
    content = path.read_bytes()
    ended = content.index(amp) + len(amp)
    header_end = content.index(pedal) + pedal.index(b"</info>") + len(b"</info>")
    unended = "the file lacks the end of Pedal: if the recorder was cut off, what came last is missing"
    at_chunk_ends = {
        ended: (),
        ended + len(clock_offset): (),
        content.index(pedal): (),
        header_end: (unended,),
        content.index(pedal) + len(without_footer(pedal)): (unended,),
    }
    for n_bytes in range(ended, len(content)):
        path.write_bytes(content[:n_bytes])
        header = read_recording(path).header
        assert header.n_samples == 700
        if n_bytes in at_chunk_ends:
            assert header.warnings == at_chunk_ends[n_bytes]
        else:
            assert [isinstance(warning, Damage) for warning in header.warnings] == [True]


def test_a_file_cut_in_a_chunk_longer_than_what_there_is_keeps_the_chunks_before(tmp_path: Path):
    first = without_footer(stream(1, "EMG", wave(500, 2), even(500, 500), 500, named("a", "b")))
    n_first = len(write(tmp_path / "a", first).read_bytes())
    content = write(tmp_path / "a", first, samples_chunk(1, wave(2500, 2), 1 + even(2500, 500))).read_bytes()
    for n_bytes in (*range(n_first + 1, n_first + 40), *range(n_first + 40, len(content), 997), len(content) - 1):
        (tmp_path / "b").write_bytes(content[:n_bytes])
        assert read_recording(tmp_path / "b").header.n_samples == 500
        assert len(_damages(tmp_path / "b")) == 1


def test_a_file_cut_within_its_only_samples_is_refused_with_the_cause(tmp_path: Path):
    content = write(tmp_path / "a", without_footer(stream(1, "EMG", wave(500, 2), even(500, 500)))).read_bytes()
    n_header = content.index(b"</desc></info>") + len(b"</desc></info>")
    for n_bytes, cause in (
        (len(content) - 1, "the file is cut short or damaged: "),
        (n_header + 100, "the file is cut short or damaged: "),
        (n_header, "the file lacks the end of Amp: if the recorder was cut off, "),
    ):
        (tmp_path / "b").write_bytes(content[:n_bytes])
        with pytest.raises(RecordingError, match=rf"with samples; the file has EMG \(no samples\); {cause}"):
            read_recording(tmp_path / "b")


def _damages(path: Path) -> list[str]:
    return [text for text in read_recording(path).header.warnings if isinstance(text, Damage)]


@pytest.mark.parametrize("damage", ["cut", "zeros behind", "zeros within"])
def test_a_file_that_is_cut_or_damaged_is_reported_and_its_reader_prints_nothing(
    tmp_path: Path, damage: str, capfd: pytest.CaptureFixture[str]
) -> None:
    parts = [stream(number, "EMG", wave(700, 2), stamps(700), name=f"Amp {number}") for number in (1, 2)]
    whole = write(tmp_path / "a.xdf", *parts).read_bytes()
    assert _damages(tmp_path / "a.xdf") == []
    middle = len(whole) - len(parts[1]) // 2
    damaged = {
        "cut": whole[:middle],
        "zeros behind": whole + bytes(512),
        "zeros within": whole[: middle - len(parts[1]) // 2] + bytes(len(parts[1]) // 2) + whole[middle:],
    }
    (tmp_path / "b.xdf").write_bytes(damaged[damage])
    (damage_text,) = _damages(tmp_path / "b.xdf")
    assert damage_text.startswith("the file is cut short or damaged")
    assert capfd.readouterr() == ("", "")


def test_samples_that_the_end_of_a_stream_counts_and_that_are_not_there_are_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xdf", stream(1, "EMG", wave(700, 2), stamps(700)))
    path.write_bytes(path.read_bytes().replace(b"<sample_count>700<", b"<sample_count>900<"))
    (damage_text,) = _damages(path)
    assert damage_text == "the file is damaged: its end counts 900 samples, 700 were found"
