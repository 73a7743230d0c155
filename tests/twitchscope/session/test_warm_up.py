"""Code that a verdict needs is run once before a session."""

import subprocess
import sys
from pathlib import Path

import pytest

from acquisition.core import BoardInfo, ads1299_channels
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session
from twitchscope.session.warm_up import warm_up

ROOT = Path(__file__).parents[3]

FIRST_VERDICT = """
import sys
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from twitchscope.findings.detection import Detection
from twitchscope.session.warm_up import warm_up
info = ScriptedBoard([]).open()
warm_up(info)
before = set(sys.modules)
assert Detection(info).run(with_burst(noise_blocks(20.0), at_s=15.0))
print(sorted(set(sys.modules) - before))
"""


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 4000.0])
def test_a_warm_up_comes_to_verdicts(rate_hz: float) -> None:
    info = BoardInfo("any", rate_hz, ads1299_channels((24.0,) * 8), 0.262 * rate_hz, (), 8)
    assert warm_up(info) >= 1


def test_after_a_warm_up_the_first_verdict_loads_nothing() -> None:
    ended = subprocess.run([sys.executable, "-c", FIRST_VERDICT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_a_session_warms_up_before_its_board_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Board(ScriptedBoard):
        def _start(self) -> None:
            super()._start()
            done.append("start")

    monkeypatch.setattr("twitchscope.session.session.warm_up", lambda info: done.append(f"warm-up for {info.name}"))
    with Board(noise_blocks(0.5)) as board:
        Session(board, SessionPlan(tmp_path, "p")).run()
    assert done == ["warm-up for Scripted", "start"]
