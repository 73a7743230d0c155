"""Session that continues as a further part, in its own folder and without a change to existing files."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from acquisition import read_recording
from acquisition.core import RecordingError, WrongRate
from tests.patience import DEADLINE_S
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.cli import main
from twitchscope.session.plan import SessionPlan
from twitchscope.session.result import SessionResult
from twitchscope.session.session import Session
from twitchscope.storage.files import hold
from twitchscope.storage.parts import last_session_if_cut_off, next_part, part_names, parts_in, require_part

ROOT = Path(__file__).parents[3]


def _record(board: ScriptedBoard, plan: SessionPlan) -> SessionResult:
    with board:
        return Session(board, plan).run()


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """Session of one part."""
    folder = _record(ScriptedBoard(noise_blocks(2.0)), SessionPlan(tmp_path, "p7")).folder
    assert folder is not None
    return folder


def test_a_further_part_has_files_of_its_own_and_changes_none(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _contents(session)
    for number in (2, 3):
        result = _record(
            ScriptedBoard(noise_blocks(1.0 * number)), SessionPlan(session.parent, "p7", continues=session)
        )
        assert result.folder == session
    after = _contents(session)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {name for number in (2, 3) for name in part_names(number).all()}
    assert read_recording(session / "recording-3.bdf").duration_s == 3.0
    assert json.loads(after["session-2.json"])["result"]["n_samples"] == 2000
    if os.name != "nt":
        assert {stat.S_IMODE(path.stat().st_mode) for path in session.iterdir()} == {0o600}
    assert main(["check", str(session)]) == 0
    said = capsys.readouterr().out
    assert said.count("was closed") == 3


def test_a_part_at_a_wrong_rate_takes_nothing_else_with_it(session: Path) -> None:
    before = _contents(session)
    with pytest.raises(WrongRate):
        _record(ScriptedBoard(noise_blocks(1.0), WrongRate("sends 250")), SessionPlan(session, "p7", continues=session))
    assert _contents(session) == before


def test_a_part_that_another_program_began_meanwhile_is_left_as_it_is(session: Path) -> None:
    with ScriptedBoard(noise_blocks(1.0)) as board:
        late = Session(board, SessionPlan(session.parent, "p7", continues=session))
        (session / part_names(2).document).write_text("the other program's", encoding="utf-8")
        before = _contents(session)
        with pytest.raises(RecordingError, match=r"recording-2.bdf was begun meanwhile; does another program record"):
            late.run()
    assert _contents(session) == before


def test_what_is_no_session_or_is_being_recorded_is_not_continued(session: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "none", session / "recording.bdf"):
        with pytest.raises(RecordingError, match="is no session folder"):
            next_part(folder)
    if os.name == "nt":
        return
    with (session / "events.jsonl").open("a", encoding="utf-8") as journal:
        hold(journal)
        with pytest.raises(RecordingError, match="is being recorded by another program"):
            next_part(session)
    assert next_part(session) == part_names(2)


def test_a_folder_that_cannot_be_looked_into_is_one_sentence(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> Iterator[Path]:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    for look in (parts_in, next_part, lambda folder: require_part(folder, 1)):
        with pytest.raises(RecordingError, match="cannot be looked into: Permission denied: is it somebody else's"):
            look(session)
    monkeypatch.setattr(Path, "is_dir", refuse)
    with pytest.raises(RecordingError, match="cannot be looked at: Permission denied: is it somebody else's"):
        next_part(session)
    assert last_session_if_cut_off(session.parent, "p7") is None


def test_the_last_session_of_a_person_is_reported_when_it_was_cut_off(session: Path, tmp_path: Path) -> None:
    assert last_session_if_cut_off(tmp_path, "p7") is None
    document = json.loads((session / "session.json").read_text("utf-8"))
    (session / "session.json").write_text(json.dumps({**document, "result": None}), "utf-8")
    assert last_session_if_cut_off(tmp_path, "p7") == session
    recording = (session / "recording.bdf").rename(tmp_path / "kept.bdf")
    assert last_session_if_cut_off(tmp_path, "p7") is None, "there is nothing to go on with"
    recording.rename(session / "recording.bdf")
    assert last_session_if_cut_off(tmp_path, "p") is None
    assert last_session_if_cut_off(tmp_path / "none", "p7") is None
    _record(ScriptedBoard(noise_blocks(1.0)), SessionPlan(tmp_path, "p7", continues=session))
    assert last_session_if_cut_off(tmp_path, "p7") is None
    assert [names.recording for names in parts_in(session)] == ["recording.bdf", "recording-2.bdf"]


@pytest.mark.parametrize("name", ["recording-copy.bdf", "recording-1.bdf", "recording-02.bdf", "events-copy.jsonl"])
def test_folder_and_recording_agree_on_what_is_no_part(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert parts_in(tmp_path) == []
    with pytest.raises(RecordingError, match="it is no session"):
        read_recording(tmp_path)


def test_each_file_of_a_part_makes_it_one(tmp_path: Path) -> None:
    for number, name in enumerate(("recording.bdf", "events-2.jsonl", "session-9999.json", "recording-30.bdf")):
        (tmp_path / name).touch()
        assert len(parts_in(tmp_path)) == number + 1
    assert [names.number for names in parts_in(tmp_path)] == [1, 2, 30, 9999]


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_session_that_was_killed_is_recognised_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["record", "--board", "simulated:?seed=1&rate=250&channels=2", "--out", str(tmp_path), "--pseudonym", "p7"]
    with subprocess.Popen([sys.executable, "-m", "twitchscope", *argv], cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            deadline_s = time.monotonic() + DEADLINE_S
            while not list(tmp_path.glob("*/recording.bdf")):
                assert time.monotonic() < deadline_s and process.poll() is None
                time.sleep(0.01)
            (folder,) = tmp_path.iterdir()
            assert main([*argv, "--continue", str(folder)]) == 1
            assert "is being recorded by another program" in capsys.readouterr().err
            assert main(["check", str(folder)]) == 0
            assert "is recording into this folder now" in capsys.readouterr().out
        finally:
            process.send_signal(signal.SIGKILL)
    assert main([*argv, "--seconds", "0.5"]) == 0
    assert f"--continue {folder} goes on with it" in capsys.readouterr().out
    assert main([*argv, "--seconds", "0.5", "--continue", str(folder)]) == 0
    assert read_recording(folder / "recording-2.bdf").duration_s == 0.5
    assert main(["check", str(folder)]) == 0
    assert "the program ended in its middle" in capsys.readouterr().out
