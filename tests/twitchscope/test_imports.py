"""Modules that a command must not load, because loading them would take longer than its work."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.patience import DEADLINE_S

ANALYZE = """
import os, sys
from twitchscope.cli import main
status = main(["analyze", sys.argv[1], "--rate", "1000"])
libraries = ("scipy.signal", "scipy.stats", "matplotlib", "fpdf", "PySide6", "brainflow", "tqdm")
heavy = (*libraries, "twitchscope.session.session")
print("BLAS threads:", os.environ["OPENBLAS_NUM_THREADS"])
print("loaded:", *(name for name in heavy if name in sys.modules))
sys.exit(status)
"""

READ = """
import sys
from acquisition import read_recording
read_recording(sys.argv[1])
print(*(name for name in sys.modules if name.startswith("acquisition.recording.text")))
"""
GOLDEN = Path(__file__).parents[1] / "golden"


def test_a_bdf_is_read_without_the_readers_of_text() -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ, str(GOLDEN / "mne.bdf")], capture_output=True, text=True, timeout=DEADLINE_S
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_analyze_loads_nothing_that_takes_a_second(tmp_path: Path) -> None:
    path = tmp_path / "rest.csv"
    rng = np.random.default_rng(1)
    signal = 3.0 * rng.standard_normal(6000)
    signal[4000:4060] += 60.0 * rng.standard_normal(60)
    path.write_text("EMG (uV)\n" + "\n".join(f"{value:.3f}" for value in signal), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", ANALYZE, str(path)], capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    threads, loaded = done.stdout.splitlines()[-2:]
    assert loaded.strip() == "loaded:"
    assert threads == "BLAS threads: 1", "a second one spins at matrices of this size"
