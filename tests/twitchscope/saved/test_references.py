"""Reference times from others: read, converted to the recording's clock, stored beside it."""

import json
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquisition.core import RecordingError
from twitchscope.cli import main
from twitchscope.report.content import report_page
from twitchscope.report.page import Text
from twitchscope.saved.accounts import accounts, left_out_texts
from twitchscope.saved.agreement import Overlap
from twitchscope.saved.references import ClockTie, Reference, import_references, read_references
from twitchscope.saved.session_files import read_session


def write(folder: Path, text: str | bytes, name: str = "marks.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "onset\tduration\ttrial_type\n1.5\t0.25\ttwitch\n3\tn/a\tn/a\n",
            [(1.5, 0.25, "twitch"), (3.0, 0.0, "reference")],
        ),
        ("time_s,label\n-1e-3,zwei Fäden\n\n", [(-0.001, 0.0, "zwei Fäden")]),
        ("\ufeffOnset;Event\r\n1,5;a\r\n", [(1.5, 0.0, "a")]),
        ("onset\tlabel\r1.5\ta\r", [(1.5, 0.0, "a")]),
        ('label,time\n"one, two",7\n', [(7.0, 0.0, "one, two")]),
        ("time\n7\n8", [(7.0, 0.0, "reference"), (8.0, 0.0, "reference")]),
    ],
)
def test_tables_as_they_come(tmp_path: Path, text: str, expected: list[tuple[float, float, str]]) -> None:
    assert read_references(write(tmp_path, text)) == [Reference(*one) for one in expected]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no table of marks: expected a column onset or onset_s"),
        ("a,b\n1,2\n", "found 'a, b'"),
        ("onset\n", "holds no mark"),
        ("onset,label\nsoon,a\n", "line 2 of marks.csv: 'soon' is no time in seconds"),
        ("onset\n1\nnan\n", "line 3 of marks.csv"),
        ("onset\n1e400\n", "no time in seconds"),
        ("onset,duration\n1,-2\n", "'-2' is no time"),
        ("onset\nn/a\n", "'n/a' is no time"),
        ("onset,label\n1," + 300 * "a", "at most 200 printable characters"),
        ("onset,label\n1,a\x1b[31mb", "printable characters"),
        ('onset\n"' + 200_000 * "1", "no line of a table"),
        (b"\xff\xfe\x00", "no text (UTF-8)"),
        (b"onset\n\x00", "zero bytes"),
    ],
)
def test_a_hostile_table_is_refused_in_one_sentence(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(RecordingError) as caught:
        read_references(write(tmp_path, content))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_huge_file_is_refused_unread_and_a_folder_too(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(10**11)
    with pytest.raises(RecordingError, match="larger than a table"):
        read_references(path)
    with pytest.raises(RecordingError, match="cannot be read: Is a directory"):
        read_references(tmp_path)
    with pytest.raises(RecordingError, match="there is no file"):
        read_references(tmp_path / "none.csv")


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: f"onset,label\n{text}".encode())))
def test_any_bytes_give_marks_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = write(tmp_path_factory.mktemp("marks"), data)
    try:
        assert read_references(path)
    except RecordingError as error:
        assert path.name in str(error)


def test_marks_are_tied_to_the_recordings_clock_and_kept_beside_it(quiet_session: Path) -> None:
    before = {path.name: path.read_bytes() for path in quiet_session.iterdir()}
    marks = [Reference(100.0, 0.5, "twitch"), Reference(200.0, 0.0, "twitch")]
    path, n_outside = import_references(quiet_session, marks, ClockTie(-98.0, drift_ppm=50.0), "ultrasound")
    assert (path.name, n_outside) == ("reference-ultrasound.jsonl", 1)
    first, second = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    assert first == {
        "kind": "reference", "decided_by": "ultrasound", "label": "twitch", "onset_s": 2.005, "duration_s": 0.5,
        "source_onset_s": 100.0, "clock_offset_s": -98.0, "clock_drift_ppm": 50.0,
    }  # fmt: skip
    assert second["onset_s"] == pytest.approx(102.01)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again, _ = import_references(quiet_session, marks, ClockTie(-97.0), "ultrasound")
    assert again.name == "reference-ultrasound-2.jsonl"
    assert all((quiet_session / name).read_bytes() == data for name, data in before.items())


def test_marks_that_all_lie_outside_are_refused(quiet_session: Path) -> None:
    with pytest.raises(RecordingError, match=r"all 1 marks lie outside of the recording of 10.0 s.*offset right"):
        import_references(quiet_session, [Reference(100.0, 0.0, "twitch")], ClockTie(0.0), "video")
    assert not list(quiet_session.glob("reference-*"))


def test_the_command(quiet_session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = write(tmp_path, "onset\n1\n2\n")
    arguments = ["marks", "import", str(quiet_session), str(table), "--offset", "0.5", "--source"]
    assert main([*arguments, "video"]) == 0
    assert "2 marks from video: " in capsys.readouterr().out
    assert main(["check", str(quiet_session)]) == 0
    assert "reference-video.jsonl: 2 reference (video)" in capsys.readouterr().out
    assert main(["marks", "import", str(tmp_path), str(table), "--offset", "0", "--source", "video"]) == 1
    assert capsys.readouterr().err.startswith("twitchscope: ")
    with pytest.raises(SystemExit) as left:
        main([*arguments, "../video"])
    assert left.value.code == 2


def test_what_tied_the_clocks_and_what_is_of_the_needle_is_kept_and_not_compared(
    quiet_session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "1,Flash\n2,LTR\n3,needle in\n4,needle-out\n5,voluntary\n6,no event\n7,seen\n8,\n9,twitch\n"
    table = write(tmp_path, f"onset,label\n{rows}")
    assert main(["marks", "import", str(quiet_session), str(table), "--offset", "0", "--source", "video"]) == 0
    said = (
        "5 of 9 times from {} claim no twitch and are not compared: Flash, needle in, needle-out, no event, voluntary"
    )
    assert said.format("video") in capsys.readouterr().out
    session = read_session(quiet_session)
    (found,) = accounts([], [], session.references, {}, 10.0)
    assert found.counted == Overlap(0, 0, 4)
    assert len(session.references["reference-video"]) == 9, "all of the table is kept"
    page = report_page(quiet_session)
    assert Text(said.format("reference-video") + ".") in page.parts


def test_a_table_without_any_claim_is_no_account(quiet_session: Path) -> None:
    import_references(quiet_session, [Reference(1.0, 0.0, "tap")], ClockTie(0.0), "video")
    references = read_session(quiet_session).references
    assert accounts([], [], references, {}, 10.0) == []
    assert left_out_texts(references) == ["1 of 1 times from reference-video claim no twitch and are not compared: tap"]
