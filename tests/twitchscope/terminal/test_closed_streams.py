"""Program whose standard streams were closed before its start, as by some shells and services."""

import subprocess
import sys
from pathlib import Path

import pytest

from acquisition import read_recording
from tests.patience import DEADLINE_S

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes the streams")


def run_with(closed: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "twitchscope", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=DEADLINE_S, check=False)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_session_is_recorded_whole(tmp_path: Path, closed: str) -> None:
    board = "simulated:?seed=1&rate=500&channels=2&speed=0"
    ended = run_with(closed, "record", "--board", board, "--seconds", "3", "--out", str(tmp_path))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ("session folder" in ended.stdout) == (">&-" not in closed.replace("2>&-", ""))
    (folder,) = tmp_path.iterdir()
    assert read_recording(folder).header.n_samples == 1500
    assert run_with(">&-", "check", str(folder)).returncode == 0


def test_a_failure_keeps_its_status(tmp_path: Path) -> None:
    assert run_with(">&-", "analyze", str(tmp_path / "nothing.bdf")).stderr.startswith("twitchscope: there is no file")
    assert run_with("<&- >&- 2>&-", "analyze", str(tmp_path / "nothing.bdf")).returncode == 1
