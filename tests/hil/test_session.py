"""Board → firmware → pseudo-terminal → driver → detector → session, with the twitches of the simulated patient."""

import json
from pathlib import Path

import numpy as np
import pytest

from acquisition.core import open_board
from acquisition.recording import read_recording
from acquisition.simulated.recordings import record_simulation
from tests.hil.board import index_at, running_board
from tests.twitchscope.listening import listened
from twitchscope.findings.event import DetectedEvent
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

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
    found: list[DetectedEvent] = []
    with (
        running_board(hil_build, port, *arguments, *script) as simulated,
        open_board(f"cyton:{port}?rate={rate_sps}", clock=simulated.clock) as board,
    ):
        session = listened(Session(board, SessionPlan(tmp_path, "hil", SECONDS)), on_event=found.append)
        result = session.run()
    assert (result.n_samples, result.n_lost) == (SECONDS * rate_sps, 0)
    assert board.notes == []
    assert result.measured_rate_hz == pytest.approx(rate_sps * (1.0 + CLOCK_ERROR), rel=0.001)
    twitches_s = np.array([event.onset_s for event in found if event.label == "twitch"])
    true_s = np.array([twitch["onset_s"] for twitch in truth["twitches"] if twitch["onset_s"] < SECONDS])
    assert len(true_s) == 4  # each at least 25 dB above the baseline
    np.testing.assert_allclose(twitches_s, true_s, atol=0.02)
    assert result.folder is not None
    levels = np.concatenate([block.aux[:, 0] for block in read_recording(result.folder).blocks()])
    edges = np.flatnonzero(np.diff(levels)) + 1
    assert edges.tolist() == [index_at(time_s, rate_sps, CLOCK_ERROR) for time_s in (CONTACT_S, CONTACT_S + 0.5)]


def test_a_sync_mark_pulses_the_output_at_a_sample_that_is_reported(hil_build: Path, tmp_path: Path) -> None:
    """The output drives event input 2, which the interrupt reads right after it."""
    port, rate_sps = tmp_path / "board", 500
    wanted = [400, 900]
    with (
        running_board(hil_build, port, "--check-baud", "--couple-sync") as simulated,
        open_board(f"cyton:{port}?rate={rate_sps}", clock=simulated.clock) as board,
    ):

        def mark_in_time(found: object) -> None:
            if wanted and board.next_index >= wanted[0]:
                wanted.pop(0)
                assert session.mark_now("sync")

        session = listened(Session(board, SessionPlan(tmp_path, "hil", 3.0)), on_found=mark_in_time)
        result = session.run()
    assert board.notes == []
    assert result.folder is not None
    aux = np.concatenate([block.aux for block in read_recording(result.folder).blocks()])
    columns = [column.name for column in board.info.aux]
    rises, seen = (np.flatnonzero(np.diff(aux[:, columns.index(f"Digital {pin}")]) == 1) + 1 for pin in ("OUT", "E2"))
    assert len(rises) == 2
    assert seen.tolist() == rises.tolist()
    journal = [json.loads(line) for line in (result.folder / "events.jsonl").read_text("utf-8").splitlines()]
    markers = [(line["label"], line["decided_by"]) for line in journal if line["kind"] == "marker"]
    assert sorted(markers) == [("marker", "board")] * 2 + [("sync", "program")] * 2 + [("sync_pulse", "board")] * 2
    assert [line["onset_s"] for line in journal if line["label"] == "sync_pulse"] == (rises / rate_sps).tolist()
    assert [line["text"] for line in journal if line["label"] == "sync_pulse"] == ["Digital OUT on"] * 2
