"""Data that survive a killed program, measured by what arrived, independent of the load of the machine."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from tests.patience import DEADLINE_S
from tests.twitchscope.conftest import RATE_HZ, noise_blocks

ROOT = Path(__file__).parents[3]

MOST_LOST_S = 0.5

KILLED = """
import os, signal, sys
from pathlib import Path
from tests.patience import wait_for
from tests.twitchscope.conftest import RATE_HZ, noise_blocks
from tests.twitchscope.held_disk import LiveBoard
from twitchscope.session.recorder import GATHER_S
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

class MortalBoard(LiveBoard):
    def _read(self, timeout_s):
        if self.next_index >= n_samples:
            assert session.mark("seen", self.next_index / RATE_HZ)
            wait_for(lambda: session._recorder.waiting_s < GATHER_S)  # the disk has taken all that it was given
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._read(timeout_s)

out, n_samples, block_samples = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
with MortalBoard(noise_blocks(60.0, block_samples)) as board:
    session = Session(board, SessionPlan(out, "test"))
    session.run()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize(("n_samples", "block_samples"), [(700, 4), (2740, 10), (12_996, 57)])
def test_a_session_that_is_killed_keeps_every_mark_and_all_signal_but_the_last_half_second(
    n_samples: int, block_samples: int, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(n_samples), str(block_samples)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    (folder,) = tmp_path.iterdir()
    counts = np.concatenate([block.counts for block in read_recording(folder / "recording.bdf").blocks()])
    assert n_samples - len(counts) <= MOST_LOST_S * RATE_HZ
    came = np.concatenate([block.counts for block in noise_blocks(60.0, block_samples)])
    assert np.array_equal(counts, came[: len(counts)])
    (line,) = (folder / "events.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["onset_s"] == pytest.approx(n_samples / RATE_HZ, abs=block_samples / RATE_HZ)
