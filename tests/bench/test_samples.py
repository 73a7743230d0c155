"""Sets of labelled bursts for the training."""

from pathlib import Path

import numpy as np
import pytest

from bench.detection.samples import gather
from dsp.verdict.evidence import NAMES


def test_the_number_of_processes_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for n_processes in (1, 2):
        gather("rest", (1004, 1001, 1006), tmp_path / f"{n_processes}.npz", n_processes)
    assert len({line.split(":")[1] for line in capsys.readouterr().out.splitlines()}) == 1
    with np.load(tmp_path / "1.npz") as one, np.load(tmp_path / "2.npz") as two:
        assert one["evidence"].shape[0] > 5 and one["evidence"].shape[1] == len(NAMES)
        for key in one.files:
            np.testing.assert_array_equal(one[key], two[key])
