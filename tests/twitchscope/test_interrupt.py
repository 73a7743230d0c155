"""Ctrl-C as a terminal sends it, to a real process, while it loads and while it records."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.patience import DEADLINE_S

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT to another process: POSIX")


def interrupt_when(said: bytes, command: Sequence[str]) -> tuple[int, bytes]:
    """Send SIGINT once `said` stands on standard error; return exit status and all that came there."""
    told, deadline_s = b"", time.monotonic() + DEADLINE_S
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            while said not in told:
                assert time.monotonic() < deadline_s and process.poll() is None, told.decode()[-2000:]
                if select.select([process.stderr], [], [], 1.0)[0]:
                    told += os.read(process.stderr.fileno(), 65_536)
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate(timeout=DEADLINE_S)
        finally:
            process.kill()
    return process.returncode, told + rest


@pytest.mark.parametrize("loaded", ["numpy", "twitchscope.detection", "serial.tools"])
def test_ctrl_c_while_numpy_and_the_rest_load_ends_quietly(loaded: str) -> None:
    """Python itself tells what it has loaded, so that the moment is known without a clock."""
    command = [sys.executable, "-X", "importtime", "-m", "twitchscope", "boards", "--quick"]
    status, told = interrupt_when(loaded.encode(), command)
    assert status == 0
    assert b"Traceback" not in told
    assert b"KeyboardInterrupt" not in told


def test_ctrl_c_in_the_first_second_of_a_session_closes_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "twitchscope", "record", "--board", "simulated:?seed=1", "--format", "jsonl"]
    status, told = interrupt_when(b"Ctrl-C ends the session", [*command, "--out", str(tmp_path)])
    assert status == 0, told.decode()
    assert b"Traceback" not in told
