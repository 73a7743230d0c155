"""A session is analysed as it was recorded: with its own false-alarm bound, and names that a file cannot hold."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acquisition.core import ChannelSetup, Role, Setup
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from tests.twitchscope.report_reading import read_page
from twitchscope.cli import main
from twitchscope.report.content import report_page
from twitchscope.report.html import to_html
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

SETUP = Setup(
    {
        1: ChannelSetup(name="Trapèze supérieur gauche"),
        2: ChannelSetup(name="Trapèze supérieur droit", role=Role.REFERENCE),
        3: ChannelSetup(name="Μυς"),
    }
)
BUDGET_PER_MIN = 20.0
INPUT = {"column": "Accel X", "label": "seen", "edge": "both", "level": 0.5}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Session of 30 s with a twitch, detected with a false-alarm bound other than the default."""
    blocks = with_burst(noise_blocks(30.0), at_s=18.0, peak_counts=2500.0, seed=6)
    with ScriptedBoard(blocks, setup=SETUP) as board:
        plan = SessionPlan(tmp_path_factory.mktemp("out"), "p07", false_alarms_per_min=BUDGET_PER_MIN)
        folder = Session(board, plan).run().folder
    assert folder is not None
    return folder


@pytest.fixture
def session(recorded: Path, tmp_path: Path) -> Path:
    """Copy of it that a test may damage."""
    folder = tmp_path / recorded.name
    shutil.copytree(recorded, folder)
    return folder


def _journal(session: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (session / "events.jsonl").read_text("utf-8").splitlines()]
    kept = ("kind", "decided_by", "feedback_shown")
    found = [{key: value for key, value in line.items() if key not in kept} for line in lines]
    return sorted(found, key=lambda event: float(event["onset_s"]))


def _analyze(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[dict[str, Any], str]:
    capsys.readouterr()
    assert main(["analyze", "--format", "json", *arguments]) == 0
    captured = capsys.readouterr()
    document: dict[str, Any] = json.loads(captured.out)
    return document, captured.err


@pytest.mark.parametrize("name", ["", "recording.bdf"])
def test_a_session_gives_the_events_of_its_journal(
    recorded: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    document, said = _analyze(capsys, str(recorded / name))
    assert len(_journal(recorded)) > 1
    assert document["events"] == _journal(recorded)
    assert [channel["name"] for channel in document["channels"]][:3] == [one.name for one in SETUP.channels.values()]
    assert document["channels"][1]["role"] == "reference"
    assert "detected as the session was, with 20 false alarms a minute" in said


def test_csv_joins_with_the_journal_by_channel(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["analyze", "--format", "csv", str(recorded)]) == 0
    rows = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert [row["channel"] for row in rows] == [event["channel"] for event in _journal(recorded)]


def test_a_budget_that_is_asked_for_has_the_last_word(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document, said = _analyze(capsys, "--false-alarms-per-min", "0.05", str(recorded))
    assert len(document["events"]) < len(_journal(recorded))
    assert "false alarms" not in said


def test_a_setup_that_is_given_has_the_last_word(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setup = tmp_path / "setup.toml"
    setup.write_text('[[channel]]\nnumber = 1\nname = "Other"\n', "utf-8")
    document, _ = _analyze(capsys, "--setup", str(setup), str(recorded))
    assert [channel["name"] for channel in document["channels"]][:2] == ["Other", "Trapèze supérieur droit"]


def test_a_further_part_is_read_with_its_own_document(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, other in (("recording.bdf", "recording-2.bdf"), ("session.json", "session-2.json")):
        shutil.copy(session / name, session / other)
    path = session / "session-2.json"
    path.write_text(path.read_text("utf-8").replace("gauche", "droit"), "utf-8")
    document, _ = _analyze(capsys, str(session / "recording-2.bdf"))
    assert document["channels"][0]["name"] == "Trapèze supérieur droit"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"detector": {"false_alarms_per_min": -1.0}}, "false-alarm budget must be above 0"),
        ({"channels": "x"}, "channels is 'x'"),
        ({"channels": [{"role": "fuse"}] * 4}, "'fuse' is no role"),
        ({"channels": [{}]}, "expected 4 channels, it describes 1"),
        ({"format": 99}, "newer version"),
        ({"board": {"amplitude_unit": "furlong"}}, "the amplitude_unit is 'furlong'"),
        ({"inputs": [{**INPUT, "column": "Digital E9"}]}, "the column is 'Digital E9'"),
        ({"inputs": [{**INPUT, "label": "?"}]}, "the label is '?'"),
        ({"inputs": [{**INPUT, "edge": "up"}]}, "the edge is 'up'"),
        ({"inputs": [{**INPUT, "level": None}]}, "states no level"),
    ],
)
def test_a_document_that_cannot_be_used_keeps_no_recording_back(
    session: Path, edit: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = session / "session.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **edit}), "utf-8")
    document, told = _analyze(capsys, str(session))
    assert document["channels"][0]["name"] == "Trapeze superieu"
    assert "as if it were no session's" in told
    assert said in told


def test_a_recording_of_that_name_without_a_document_is_one_like_others(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (session / "session.json").unlink()
    document, told = _analyze(capsys, str(session / "recording.bdf"))
    assert document["channels"][0]["name"] == "Trapeze superieu"
    assert "session" not in told.replace(str(session), "")


def _counts_file(path: Path) -> Path:
    """Write 20 s of counts of unknown scale with a twitch that would be, in µV, larger than any muscle's."""
    blocks = with_burst(noise_blocks(20.0), at_s=15.0, peak_counts=45_000.0)
    signal = np.concatenate([block.counts[:, 0] for block in blocks])
    head = "# Simple Text Format\n# Sampling Rate (Hz):= 1000.00\n# Resolution:= 18\n# Labels:= EMG\n"
    path.write_text(head + "".join(f"{value}\n" for value in signal), "utf-8")
    return path


def test_counts_of_an_unknown_scale_stay_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"playback:{_counts_file(tmp_path / 'counts.txt')}?speed=0"
    assert main(["record", "--board", url, "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert " counts " in said
    assert said.count("µV") == said.count("amplitudes are not in µV") == 1
    (session,) = (tmp_path / "out").iterdir()
    board = json.loads((session / "session.json").read_text("utf-8"))["board"]
    assert (board["amplitude_unit"], len(board["notes"])) == ("counts", 1)
    document, _ = _analyze(capsys, str(session))
    assert document["events"] == _journal(session)
    assert max(event["peak_uv"] for event in document["events"] if event["label"] == "twitch") > 20_000.0
    assert main(["analyze", str(session)]) == 0
    assert "µV" not in capsys.readouterr().out
    text = " ".join(read_page(to_html(report_page(session))).texts)
    assert text.count("µV") == text.count("amplitudes are not in µV") == 1
