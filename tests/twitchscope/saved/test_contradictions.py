"""Findings of `check` on a session whose files contradict each other."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from tests.twitchscope.sessions import record_session
from twitchscope.cli import main
from twitchscope.saved.contradictions import contradictions
from twitchscope.saved.recording import read_recording_of
from twitchscope.saved.session_files import read_session
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Session of 20 s with two twitches and marks."""
    return record_session(tmp_path_factory.mktemp("out"))


@pytest.fixture
def session(recorded: Path, tmp_path: Path) -> Path:
    """Copy of it that a test may damage."""
    folder = tmp_path / recorded.name
    shutil.copytree(recorded, folder)
    return folder


def _check(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    capsys.readouterr()
    status = main(["check", str(folder)])
    captured = capsys.readouterr()
    assert not captured.err
    return status, [line for line in captured.out.splitlines() if "WRONG" in line]


def _edit_document(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "session.json"
    document = json.loads(path.read_text("utf-8"))
    edit(document)
    path.write_text(json.dumps(document), "utf-8")


def _edit_lines(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "events.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line in lines:
        edit(line)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")


def test_what_was_recorded_contradicts_nothing(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _check(session, capsys) == (0, [])


def test_a_session_at_another_rate_is_wrong_and_analyze_warns(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _edit_document(session, lambda document: document["result"].update(wrong_rate="asked for 1000, sends 600"))
    status, (line,) = _check(session, capsys)
    assert status == 1
    assert "its times and frequencies are wrong: asked for 1000, sends 600" in line
    assert main(["analyze", str(session)]) == 0
    assert "its times and frequencies are wrong" in capsys.readouterr().err


def test_a_measured_rate_that_a_stalled_computer_put_off_is_nothing_wrong(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _edit_document(session, lambda document: document["result"].update(measured_rate_hz=900.0))
    assert _check(session, capsys) == (0, [])


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00"])
def test_a_journal_that_was_emptied_is_wrong(session: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (session / "events.jsonl").write_bytes(content)
    status, (events, markers) = _check(session, capsys)
    assert status == 1
    assert "session.json states 2 twitch" in events
    assert "events.jsonl holds no event" in events
    assert "annotated with 7 marker, events.jsonl holds 0" in markers


def test_a_journal_that_lost_a_mark_is_wrong(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (session / "events.jsonl").read_text("utf-8").splitlines(keepends=True)
    (mark,) = (line for line in lines if '"seen"' in line)
    (session / "events.jsonl").write_text("".join(line for line in lines if line != mark), "utf-8")
    status, (wrong,) = _check(session, capsys)
    assert status == 1
    assert "annotated with 7 marker, events.jsonl holds 6" in wrong


def test_another_recording_in_its_place_is_wrong(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedBoard(noise_blocks(10.0)) as board:
        other = Session(board, SessionPlan(tmp_path / "other", "test")).run().folder
    assert other is not None
    shutil.copy(other / "recording.bdf", session / "recording.bdf")
    status, wrong = _check(session, capsys)
    assert status == 1
    assert "session.json states 20000 samples in 20.000 s, recording.bdf holds 10000 in 10.000 s" in wrong[0]
    assert any("annotated with no event, events.jsonl holds 2 twitch" in line for line in wrong)


def test_a_length_that_the_recording_has_not_is_wrong(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _edit_document(session, lambda document: document["result"].update(duration_s=20.002))
    status, (wrong,) = _check(session, capsys)
    assert status == 1
    assert "states 20000 samples in 20.002 s, recording.bdf holds 20000 in 20.000 s" in wrong


def test_onsets_and_channels_that_the_recording_has_not_are_wrong(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def move(line: dict[str, Any]) -> None:
        line["onset_s"] += 1e6
        if line["kind"] == "event":
            line.update(offset_s=line["offset_s"] + 1e6, channel="Nope")

    _edit_lines(session, move)
    status, wrong = _check(session, capsys)
    assert status == 1
    assert any("onsets in events.jsonl lie outside of recording.bdf, which has 20.0 s" in line for line in wrong)
    assert any("names channels that the session has not: Nope" in line for line in wrong)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda document: document.update(channels="x"), "channels is 'x', expected a list"),
        (lambda document: document.update(channels=document["channels"][:1]), "expected 4 channels, it describes 1"),
        (lambda document: document["result"]["site"].update(decay="x"), "decay is 'x', expected an object"),
        (lambda document: document["result"].update(n_events=["twitch"]), "n_events is"),
        (lambda document: document.update(visit={"needle_length_mm": "long"}), "needle_length_mm is 'long'"),
    ],
)
def test_a_document_that_a_report_refuses_is_wrong(
    session: Path, edit: Callable[[dict[str, Any]], object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _edit_document(session, edit)
    status, (wrong,) = _check(session, capsys)
    assert status == 1
    assert said in wrong
    assert main(["report", str(session)]) == 1
    assert said in capsys.readouterr().err


def test_a_journal_whose_values_nobody_can_read_is_wrong(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _edit_lines(session, lambda line: line.update(onset_s="soon"))
    status, wrong = _check(session, capsys)
    assert status == 1
    assert "onset_s is 'soon', expected a number" in wrong[0]


def test_a_session_that_was_cut_off_is_compared_with_nothing(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _edit_document(session, lambda document: document.update(result=None))
    (session / "events.jsonl").write_text("", "utf-8")
    assert _check(session, capsys) == (0, [])


def test_a_mark_while_the_board_is_silent_at_the_end_is_none(session: Path) -> None:
    lines = (session / "events.jsonl").read_text("utf-8").splitlines()
    place = next(place for place, line in enumerate(lines) if '"needle_out"' in line)
    lines[place] = json.dumps({**json.loads(lines[place]), "onset_s": 45.0})
    (session / "events.jsonl").write_text("\n".join([*lines, ""]), "utf-8")
    files = read_session(session)
    assert contradictions(files, read_recording_of(files)) == []
