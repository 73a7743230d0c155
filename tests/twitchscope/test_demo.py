"""Demonstration session without hardware."""

from pathlib import Path

import pytest

from acquisition.core import Setup
from twitchscope.cli import main
from twitchscope.session.plan import SessionPlan
from twitchscope.terminal.foreground import run_session


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the simulated patient as fast as the computer can."""

    def run(board_url: str, setup: Setup, plan: SessionPlan, style: str) -> int:
        return run_session(f"{board_url}&speed=0", setup, plan, style)

    monkeypatch.setattr("twitchscope.commands.demo.run_session", run)


@pytest.mark.parametrize("seed", range(1, 9))
def test_twenty_seconds_confirm_a_twitch_whoever_the_patient_is(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--headless", "--seconds", "20", "--seed", str(seed), "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "20.0 s recorded, 0 of 20000 samples lost" in said
    assert "  TWITCH  " in said


@pytest.mark.parametrize("seconds", ["0", "0.001", "0.3", "5"])
def test_any_length_ends_well(seconds: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--headless", "--seconds", seconds, "--out", str(tmp_path)]) == 0
    assert f"{float(seconds):.1f} s recorded" in capsys.readouterr().out
