import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cost import assert_costs_at_most
from tests.recording.text_files import gui_named, wave
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from tests.twitchscope.listening import listened
from tests.twitchscope.sessions import record_two_sites
from twitchscope.cli import main
from twitchscope.findings.event import DetectedEvent
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Session of 3 s on the simulated patient."""
    out = tmp_path_factory.mktemp("check")
    assert main(["record", "--board", "simulated:?seed=3&channels=2", "--seconds", "3", "--out", str(out)]) == 0
    (folder,) = out.iterdir()
    return folder


@pytest.fixture
def session(recorded: Path, tmp_path: Path) -> Path:
    """Copy of it that a test may damage."""
    folder = tmp_path / recorded.name
    folder.mkdir(mode=0o700)
    for path in recorded.iterdir():
        copy = folder / path.name
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o600)
    return folder


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def _check(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    capsys.readouterr()
    status = main(["check", str(path)])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return status, captured.out + captured.err


def test_a_session_is_whole(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = _check(session, capsys)
    assert status == 0
    assert "was closed" in said
    assert "3.0 s" in said
    assert "no sample is marked as lost" in said
    assert said.rstrip().endswith("whole")


def test_a_session_says_that_it_needs_no_rate(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--rate", "500", str(session)]) == 0
    assert "those given are not used" in capsys.readouterr().out


def test_a_long_note_is_one_annotation_and_the_journal_has_all_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = "deep, at the second pass, referred to the temple after 1 s, " * 8

    def on_event(event: DetectedEvent) -> None:
        session.mark("note", event.onset_s, note)

    with ScriptedBoard(with_burst(noise_blocks(17.0), at_s=15.0)) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "p")), on_event=on_event)
        folder = session.run().folder
    assert folder is not None
    status, said = _check(folder, capsys)
    assert status == 0
    assert "annotations: 1 note, 1 twitch\n" in said
    assert note in (folder / "events.jsonl").read_text("utf-8")


def test_a_session_that_was_not_closed_is_reported_and_readable(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads((session / "session.json").read_text("utf-8"))
    (session / "session.json").write_text(json.dumps({**document, "result": None}))
    status, said = _check(session, capsys)
    assert status == 0
    assert "not closed" in said


def test_a_session_of_a_newer_version_is_reported_and_what_is_known_of_it_checked(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads((session / "session.json").read_text("utf-8"))
    (session / "session.json").write_text(json.dumps({**document, "format": 99}))
    status, said = _check(session, capsys)
    assert status == 0
    assert "a newer version" in said
    assert main(["report", str(session)]) == 1
    assert "a newer version of this program: use that to go on" in capsys.readouterr().err


def test_a_cut_recording_is_not_whole(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = session / "recording.bdf"
    recording.write_bytes(recording.read_bytes()[:-5000])
    for path in (session, recording):
        status, said = _check(path, capsys)
        assert status == 1
        assert "cut short" in said
        assert "not whole" in said


def test_annotations_are_counted_by_what_the_journal_calls_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = record_two_sites(tmp_path)
    _, said = _check(folder, capsys)
    told = "1 contraction, 3 pain, 2 pressure_threshold, 1 seen, 1 sensation, 2 site_begin, 2 site_end, 2 twitch"
    assert f"annotations: {told}\n" in said
    (journal,) = (line for line in said.splitlines() if "events.jsonl: " in line)
    assert re.sub(r" \(\w+\)", "", journal).endswith(f": {told}")


def test_a_file_that_does_not_tell_its_rate_is_looked_at_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("EMG\n" + "1.5\n-2\n" * 250, "utf-8")
    assert main(["check", str(path)]) == 1
    assert "to analyze, check or review" in capsys.readouterr().err
    assert main(["check", "--rate", "250", "--unit", "mV", str(path)]) == 0
    assert "250 samples a second, 2.0 s" in capsys.readouterr().out


def test_one_loss_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text(gui_named(wave(2000, 8), lost=range(700, 1300)))
    _, said = _check(tmp_path / "a.txt", capsys)
    assert "  1 lost stretch of 2.400 s\n" in said


def test_losses_in_text_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = gui_named(wave(2000, 8), lost=(300, *range(700, 1300))).splitlines()
    lines[5 + 100] = "what?"
    (tmp_path / "a.txt").write_text("\n".join(lines) + "\n")
    status, said = _check(tmp_path / "a.txt", capsys)
    assert status == 1
    assert "3 lost stretches, 2.408 s together, the longest 2.400 s" in said
    assert "1 rows cannot be read" in said


def test_a_torn_last_line_is_reported_and_no_loss(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _append(session / "events.jsonl", '{"label": "seen", "onse')
    status, said = _check(session, capsys)
    assert status == 0
    assert "while it wrote it" in said


def test_a_damaged_line_is_wrong(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _append(session / "events.jsonl", '{"label": "seen", "onse\n')
    status, said = _check(session, capsys)
    assert status == 1
    assert "it is damaged" in said


@pytest.mark.parametrize("name", ["recording.bdf", "events.jsonl", "session.json"])
def test_a_missing_file_is_named(session: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (session / name).unlink()
    status, said = _check(session, capsys)
    assert status == 1
    assert name in said


@pytest.mark.parametrize("missing", [["recording.bdf"], ["recording.bdf", "events.jsonl"]])
def test_a_program_that_ended_within_the_first_record_left_nothing_wrong(
    session: Path, missing: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads((session / "session.json").read_text("utf-8"))
    (session / "session.json").write_text(json.dumps({**document, "result": None}))
    (session / "events.jsonl").write_text("")
    for name in missing:
        (session / name).unlink()
    status, said = _check(session, capsys)
    assert status == 0
    assert "before its first record" in said


def test_a_further_part_is_checked(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (session / "recording-2.bdf").write_bytes((session / "recording.bdf").read_bytes()[:-3])
    status, said = _check(session, capsys)
    assert status == 1
    assert "recording-2.bdf" in said


@pytest.mark.skipif(os.name == "nt", reason="Windows has access lists, not modes")
def test_a_file_that_others_can_read_is_reported(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (session / "session.json").chmod(0o644)
    status, said = _check(session, capsys)
    assert status == 1
    assert "can be read by others" in said


@pytest.mark.skipif(os.name == "nt", reason="Windows has access lists, and symlinks for administrators alone")
def test_a_link_in_the_folder_is_nothing_wrong(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (session / ".#events.jsonl").symlink_to("somebody@somewhere.1234:5678")  # the lock of Emacs on an edited file
    (session / "setup.toml").symlink_to(__file__)
    other_way = session.with_name("link")
    other_way.symlink_to(session)
    for path in (session, other_way):
        status, said = _check(path, capsys)
        assert status == 0, said
    session.chmod(0o755)
    status, said = _check(other_way, capsys)
    assert status == 1
    assert "can be read by others (mode 0755)" in said


@pytest.mark.skipif(os.name == "nt", reason="Windows has access lists, not modes")
def test_a_file_that_vanishes_meanwhile_is_nothing_wrong(
    session: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda folder: iter([*listed(folder), folder / "session.json.new"]))
    status, said = _check(session, capsys)
    assert status == 0, said


def test_what_is_no_session_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path, tmp_path / "none.bdf"):
        status, said = _check(path, capsys)
        assert status == 1
        assert str(path) in said


def test_a_header_that_promises_too_much_is_reported_at_once(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = session / "recording.bdf"
    data = bytearray(recording.read_bytes())
    whole = session.parent / "whole.bdf"
    whole.write_bytes(data)
    data[236:244] = b"99999999"
    recording.write_bytes(data)
    status, said = _check(recording, capsys)
    assert status == 1
    assert "99999999" in said
    # Reading as much as the header promises would take hours.
    assert_costs_at_most(10.0, lambda: _check(recording, capsys), lambda: _check(whole, capsys))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["events.jsonl", "session.json"]))
def test_whatever_stands_in_the_small_files_is_reported_in_sentences(session: Path, garbage: bytes, name: str) -> None:
    kept = (session / name).read_bytes()
    (session / name).write_bytes(garbage)
    try:
        assert main(["check", str(session)]) in (0, 1)
    finally:
        (session / name).write_bytes(kept)


def test_a_session_killed_before_its_first_record_keeps_its_marks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"format": 1, "board": {}, "result": None}
    for name, content in (("session.json", json.dumps(document)), ("events.jsonl", '{"label": "seen"}\n')):
        (tmp_path / name).write_text(content, encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    tmp_path.chmod(0o700)
    assert main(["check", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "ended before its first record" in said
    assert "1 seen" in said


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_recording_that_was_deleted_is_gone_and_the_session_not_whole(
    session: Path, capsys: pytest.CaptureFixture[str], is_closed: bool
) -> None:
    document = json.loads((session / "session.json").read_text("utf-8"))
    (session / "session.json").write_text(json.dumps({**document, "result": document["result"] if is_closed else None}))
    with (session / "events.jsonl").open("a") as journal:
        journal.write('{"kind": "marker", "label": "seen", "onset_s": 12.5}\n')
    (session / "recording.bdf").unlink()
    status, said = _check(session, capsys)
    assert status == 1
    assert "WRONG: recording.bdf is gone" in said
    assert "first record" not in said


@pytest.mark.skipif(os.name == "nt", reason="Windows has symlinks for administrators alone")
def test_a_recording_that_is_a_link_to_nothing_is_wrong(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads((session / "session.json").read_text("utf-8"))
    (session / "session.json").write_text(json.dumps({**document, "result": None}))
    (session / "events.jsonl").write_text("")
    (session / "recording.bdf").unlink()
    (session / "recording.bdf").symlink_to(session / "elsewhere.bdf")
    status, said = _check(session, capsys)
    assert status == 1
    assert "WRONG: there is no file" in said
