"""Board → firmware → pseudo-terminal → driver → detector → session, with the twitches of the simulated patient."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acquisition.core import open_board
from acquisition.recording import read_recording
from acquisition.simulated.recordings import record_simulation
from tests.hil.board import index_at, running_board
from twitchscope.session import Session, SessionPlan

SECONDS = 22.0
CLOCK_ERROR = 0.004
CONTACT_S = 12.34567


@pytest.mark.parametrize("rate_sps", [1000, 2000])
def test_a_session_finds_the_twitches_and_keeps_the_event_pin(hil_build: Path, tmp_path: Path, rate_sps: int) -> None:
    patient, port = tmp_path / "patient.bdf", tmp_path / "board"
    record_simulation(patient, seconds=SECONDS + 1.0, seed=2, sampling_rate_hz=rate_sps, scenario=None)
    truth = json.loads(patient.with_suffix(".truth.json").read_text("utf-8"))
    bounces = [(0.0, 1), (0.0021, 0), (0.0043, 1), (0.5, 0), (0.5017, 1), (0.5039, 0)]
    script = [word for after_s, level in bounces for word in ("--at", f"{CONTACT_S + after_s}", f"pin1={level}")]
    arguments = ["--check-baud", "--input", str(patient), "--clock-error", f"{CLOCK_ERROR}"]
    found: list[dict[str, Any]] = []
    with (
        running_board(hil_build, port, *arguments, *script) as simulated,
        open_board(f"cyton:{port}?rate={rate_sps}", clock=simulated.clock) as board,
    ):
        session = Session(board, SessionPlan(tmp_path, "hil", SECONDS), found.append)
        result = session.run()
    assert (result.n_samples, result.n_lost) == (SECONDS * rate_sps, 0)
    assert board.notes == []
    assert result.measured_rate_hz == pytest.approx(rate_sps * (1.0 + CLOCK_ERROR), rel=0.001)
    twitches_s = np.array([event["onset_s"] for event in found if event["label"] == "twitch"])
    true_s = np.array([twitch["onset_s"] for twitch in truth["twitches"] if twitch["onset_s"] < SECONDS])
    assert len(true_s) == 4  # each of them 25 dB and more above the baseline
    np.testing.assert_allclose(twitches_s, true_s, atol=0.02)
    assert result.folder is not None
    levels = np.concatenate([block.aux[:, 0] for block in read_recording(result.folder).blocks()])
    edges = np.flatnonzero(np.diff(levels)) + 1
    assert edges.tolist() == [index_at(time_s, rate_sps, CLOCK_ERROR) for time_s in (CONTACT_S, CONTACT_S + 0.5)]
