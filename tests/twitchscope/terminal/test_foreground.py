"""Session on a terminal: confirmation of a needle's isolation, and content of standard output."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from acquisition.core import ChannelSetup, Role, Setup
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from twitchscope.cli import main
from twitchscope.terminal.foreground import _isolation_is_confirmed

BOARD_WITH_NEEDLE = Setup({2: ChannelSetup(name="Needle", role=Role.NEEDLE)})

Record = Callable[..., tuple[int, str, str]]


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Record:
    """Return a function that runs `record` on a board and returns its status and outputs."""

    def run(board: ScriptedBoard, *more: str) -> tuple[int, str, str]:
        monkeypatch.setattr("twitchscope.terminal.foreground.make_board", lambda url, setup: board)
        status = main(["record", "--board", "scripted:", "--out", str(tmp_path / "out"), *more])
        return status, *capsys.readouterr()

    return run


def test_a_needle_in_a_person_is_refused_where_nobody_is_asked(record: Record, tmp_path: Path) -> None:
    status, _, said = record(ScriptedBoard(noise_blocks(1.0), setup=BOARD_WITH_NEEDLE))
    assert status == 1
    assert "isolated link" in said
    assert not list(tmp_path.rglob("*/*"))
    status, *_ = record(ScriptedBoard(noise_blocks(1.0), setup=BOARD_WITH_NEEDLE), "--isolated")
    assert status == 0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "is_confirmed"),
    [("", False), ("\n", False), ("n\n", False), ("yesterday\n", False), ("y\n", True), (" YES\n", True)],
)
def test_isolation_is_confirmed_by_a_plain_yes_on_a_terminal_alone(
    answer: str, is_confirmed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedBoard([], setup=BOARD_WITH_NEEDLE) as board:
        for given, seen in ((Terminal, Terminal), (io.StringIO, Terminal), (Terminal, io.StringIO)):
            monkeypatch.setattr(sys, "stdin", given(answer))
            monkeypatch.setattr(sys, "stderr", seen())
            is_asked = given is seen is Terminal
            assert _isolation_is_confirmed(board) == (is_confirmed and is_asked)
            assert ("[y/N]" in sys.stderr.getvalue()) == is_asked  # type: ignore[attr-defined]


def test_verdicts_that_are_not_to_be_seen_are_on_no_output(record: Record, tmp_path: Path) -> None:
    board = ScriptedBoard(with_burst(noise_blocks(20.0), at_s=15.0))
    assert record(board, "--no-feedback", "--format", "jsonl")[:2] == (0, "")
    (journal,) = (tmp_path / "out").glob("*/events.jsonl")
    (twitch,) = [line for line in map(json.loads, journal.read_text("utf-8").splitlines()) if line["label"] == "twitch"]
    assert twitch["feedback_shown"] is False


def test_a_session_keeps_the_budget_that_was_asked_for(record: Record, tmp_path: Path) -> None:
    assert record(ScriptedBoard(noise_blocks(1.0)), "--false-alarms-per-min", "0.2")[0] == 0
    (document,) = (tmp_path / "out").glob("*/session.json")
    assert json.loads(document.read_text("utf-8"))["detector"]["false_alarms_per_min"] == 0.2


@pytest.mark.parametrize("command", [["record", "--board", "simulated:?seed=1&speed=0"], ["demo", "--headless"]])
def test_a_session_goes_into_sessions_by_default(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*command, "--seconds", "0.1"]) == 0
    assert len(list((tmp_path / "sessions").glob("*/session.json"))) == 1
