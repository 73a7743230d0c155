"""Detection of the format by content; other files are rejected with one plain sentence."""

import os
import shutil
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import acquisition
from acquisition import read_recording
from acquisition.core import AcquisitionError, BoardConfigError, ChannelSetup, RecordingError, Setup
from tests.recording.support import joined, made_up_counts, make_info, write_recording
from tests.recording.text_files import brainflow, gui_named, gui_old, sd_card, wave

NOBODY = 65_534

SMALL = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_it_is_offered_by_the_package():
    assert "read_recording" in acquisition.__all__


def test_names_of_files_mean_nothing(tmp_path: Path):
    path = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(60))
    shutil.copy(path, tmp_path / "b.csv")
    assert read_recording(tmp_path / "b.csv").header.n_samples == 60
    assert read_recording(str(tmp_path / "b.csv")).header.n_samples == 60


def test_a_session_folder_is_its_recording(tmp_path: Path):
    write_recording(tmp_path / "recording.bdf", make_info(), made_up_counts(60))
    assert read_recording(tmp_path).path == tmp_path / "recording.bdf"


def test_further_parts_of_a_session_are_reported(tmp_path: Path):
    for name in ("recording.bdf", "recording-2.bdf"):
        write_recording(tmp_path / name, make_info(), made_up_counts(60))
    assert "recording-2.bdf" in read_recording(tmp_path).header.warnings[0]


@pytest.mark.parametrize(
    "content, found",
    [
        (b"", "an empty file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), "bytes that begin 89 50 4e 47"),
        (b"Dear Sir or Madam,\nhow are you?\n", "text that begins 'Dear Sir"),
        (b"%PDF-1.7\n" + b"1 0 obj\n" * 9, "text that begins '%PDF"),
    ],
)
def test_what_is_no_recording_is_reported_with_what_was_found(tmp_path: Path, content, found):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(RecordingError, match="looked for BDF or EDF") as caught:
        read_recording(tmp_path / "a", sampling_rate_hz=250)
    assert found in str(caught.value)


def test_the_truth_beside_a_recording_is_reported_as_what_it_is(tmp_path: Path):
    path = tmp_path / "a.truth.json"
    path.write_text('{\n "twitches": [\n {"onset_s": 1.5}\n ]\n}\n')
    with pytest.raises(RecordingError, match="is JSON, which holds no signal: name the recording beside it"):
        read_recording(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes among its files")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "a.bdf")
    with pytest.raises(RecordingError, match="it is a pipe or a terminal, expected a file"):
        read_recording(tmp_path / "a.bdf")


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(RecordingError, match="there is no file"):
        read_recording(tmp_path / "a")


def test_a_path_that_cannot_be_looked_at(tmp_path: Path):
    with pytest.raises(RecordingError, match=r"cannot be read|there is no file"):  # Windows reports the latter
        read_recording(tmp_path / ("x" * 5000))


@pytest.mark.parametrize("name", ["recording-copy.bdf", "recording-1.bdf", "recording-02.bdf", "recording-12345.bdf"])
def test_a_copy_of_a_recording_is_no_part_of_a_session(tmp_path: Path, name: str):
    write_recording(tmp_path / name, make_info(), made_up_counts(60))
    with pytest.raises(RecordingError, match="it is no session"):
        read_recording(tmp_path)
    write_recording(tmp_path / "recording-10.bdf", make_info(), made_up_counts(60))
    write_recording(tmp_path / "recording-9.bdf", make_info(), made_up_counts(60))
    recording = read_recording(tmp_path)
    assert recording.path.name == "recording-9.bdf"
    assert recording.header.warnings[0].endswith("by their own names: recording-10.bdf")


def test_a_folder_that_is_no_session(tmp_path: Path):
    with pytest.raises(RecordingError, match="it is no session"):
        read_recording(tmp_path)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Run as an unprivileged user if root, who may read everything; otherwise do nothing."""
    user = os.geteuid()
    os.seteuid(NOBODY if user == 0 else user)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_file_that_may_not_be_read(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "a").chmod(0)
    with as_nobody(), pytest.raises(RecordingError, match="cannot be read: Permission denied"):
        read_recording(tmp_path / "a")


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(tmp_path: Path, rate_hz):
    with pytest.raises(ValueError, match="above 0 Hz"):
        read_recording(tmp_path, sampling_rate_hz=rate_hz)


@pytest.mark.parametrize("rate_hz", [1e300, 1e-300])
def test_a_rate_that_cannot_be_true_is_refused(tmp_path: Path, rate_hz):
    (tmp_path / "a").write_text("EMG (uV)\n" + "1\n2\n" * 20)
    with pytest.raises(RecordingError, match="cannot be true"):
        read_recording(tmp_path / "a", sampling_rate_hz=rate_hz)


def test_a_setup_that_does_not_fit_is_reported(tmp_path: Path):
    (tmp_path / "a").write_text(gui_old(wave(300, 8)))
    with pytest.raises(BoardConfigError, match="names channel 9"):
        read_recording(tmp_path / "a", setup=Setup({9: ChannelSetup()}))


def test_a_line_without_end_is_refused_before_it_is_read(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"1,2,3\n" * 100 + b"1," * 4_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(RecordingError, match="line of more than"):
            read_recording(tmp_path / "a", sampling_rate_hz=250)
        assert tracemalloc.get_traced_memory()[1] < 4e6  # half the line
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("end", [b"\n" + b"1,2,3\n" * 9, b"1,2,3\n"])
def test_a_long_run_of_nuls_in_the_midst_is_refused(tmp_path: Path, end):
    (tmp_path / "a").write_bytes(b"1,2,3\n" * 20_000 + bytes(400_000) + end)
    with pytest.raises(RecordingError, match="line of more than"):
        read_recording(tmp_path / "a", sampling_rate_hz=250)


@pytest.mark.skipif(os.name == "nt", reason="Windows writes the hole of a file")
def test_nuls_without_end_are_not_read(tmp_path: Path):
    with (tmp_path / "a").open("wb") as file:
        file.write(b"1,2,3\n" * 20_000)
        file.truncate(1 << 36)
    assert read_recording(tmp_path / "a", sampling_rate_hz=250).header.n_samples == 20_000


def opens_or_tells(path: Path) -> None:
    try:
        recording = read_recording(path, sampling_rate_hz=250)
        if recording.header.n_samples < 5000:
            joined(recording, 50)
    except AcquisitionError as error:
        assert "\n" not in str(error)


@SMALL
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"0       ", b"\xffBIOSEMI", b"XDF:", b"%OpenBCI Raw EXG Data\n"])
)
def test_no_bytes_do_more_than_raise_an_error_of_ours(tmp_path: Path, content, start):
    (tmp_path / "a").write_bytes(start + content)
    opens_or_tells(tmp_path / "a")


TEXTS = {
    "old": gui_old(wave(6, 4)),
    "named": gui_named(wave(6, 4)),
    "brainflow": brainflow(wave(6, 8)),
    "sd": sd_card(wave(6, 8)),
    "csv": "time,EMG (mV)\n" + "".join(f"{n},{n * 7 % 5}.5\n" for n in range(9)),
    "even": "fs: 1 kHz\nt_s;EMG;x\ns;mV;V\n" + "".join(f"{n / 1000:.3f};{n * 7 % 5}.5;\n" for n in range(60)),
    "decimal commas": "".join(f"10:00:{n / 100:06.3f}\t{n * 7 % 5}.5\n" for n in range(60)).replace(".", ","),
    "pandas": ",0,1,2\n" + "".join(f"{n},{n / 250:.3f},{n * 7 % 5}.5,nan\n" for n in range(60)),
}


@SMALL
@given(
    st.sampled_from(sorted(TEXTS)),
    st.lists(
        st.tuples(
            st.integers(0, 3000),
            st.integers(0, 40),
            st.sampled_from(
                [
                    "",
                    "\n",
                    ",",
                    "nan",
                    "inf",
                    "-",
                    "1e999",
                    "1e300",
                    "\x00",
                    "%",
                    "\t",
                    "9" * 30,
                    "é",
                    "=",
                    "A0",
                    ";",
                    '"',
                    ",5",
                    "\r",
                    ":",
                    " ",
                ]
            ),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_no_change_of_a_text_does_more_than_raise_an_error_of_ours(tmp_path: Path, name, changes):
    text = TEXTS[name]
    for offset, n_cut, inserted in changes:
        offset %= len(text) + 1
        text = text[:offset] + inserted + text[offset + n_cut :]
    (tmp_path / "a").write_bytes(text.encode())
    opens_or_tells(tmp_path / "a")
