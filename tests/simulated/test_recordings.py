import json
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import BoardConfigError, RecordingError, Role
from acquisition.recording import Recording
from acquisition.simulated import recordings
from acquisition.simulated.board import SimulatedBoard
from acquisition.simulated.patient import SimulatedPatient
from acquisition.simulated.recordings import record_simulation
from acquisition.simulated.scenario import load_scenario


def record(path: Path, seconds: float = 13.0, rate_hz: float = 250.0, scenario: str | None = None) -> None:
    record_simulation(path, seconds=seconds, seed=4, sampling_rate_hz=rate_hz, scenario=scenario)


def all_counts(recording: Recording) -> np.ndarray:
    return np.concatenate([block.counts for block in recording.blocks()])


def test_the_file_holds_what_the_patient_gave(tmp_path: Path) -> None:
    record(tmp_path / "a.bdf")
    recording = read_recording(tmp_path / "a.bdf")
    patient = SimulatedPatient(load_scenario(), 4, 250, 8)
    assert np.array_equal(all_counts(recording), patient.next_counts(13 * 250))
    assert [channel.name for channel in recording.info.channels] == [pair.name for pair in patient.pairs]
    assert recording.info.sampling_rate_hz == 250.0


def test_the_truth_stands_beside_it(tmp_path: Path) -> None:
    record(tmp_path / "a.bdf", scenario="trapezius_ecg")
    truth = json.loads((tmp_path / "a.truth.json").read_text(encoding="utf-8"))
    assert set(truth) == {"twitches", "needle_contacts", "confounders"}
    assert {"onset_s", "offset_s", "peak_uv", "grade"} <= set(truth["twitches"][0])
    assert truth["twitches"][0]["grade"] in {"weak", "medium", "strong"}
    assert all(isinstance(contact_s, float) for contact_s in truth["needle_contacts"])
    assert set(truth["confounders"][0]) == {"start_s", "stop_s", "kind"}
    assert max(twitch["onset_s"] for twitch in truth["twitches"]) < 13.0


def test_the_owner_alone_may_read_both_files(tmp_path: Path) -> None:
    record(tmp_path / "a.bdf", seconds=1.0)
    assert [path.stat().st_mode & 0o777 for path in sorted(tmp_path.iterdir())] == [0o600, 0o600]


def test_needle_and_hand_are_written_with_name_and_role(tmp_path: Path) -> None:
    record(tmp_path / "a.bdf", seconds=1.0, scenario="needle_electrode")
    channels = read_recording(tmp_path / "a.bdf").info.channels
    assert [(channel.name, channel.role) for channel in channels if channel.role is not Role.SURFACE] == [
        ("Needle", Role.NEEDLE),
        ("Needle hand", Role.MOTION),
    ]
    assert channels[1].role is Role.NEEDLE
    assert channels[6].role is Role.MOTION


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a.bdf", "b.bdf"):
        record(tmp_path / name, seconds=2.0)
    assert (tmp_path / "a.bdf").read_bytes() == (tmp_path / "b.bdf").read_bytes()


@pytest.mark.parametrize("path", [".", "/"])
def test_a_folder_is_no_name_for_a_recording(path: str) -> None:
    with pytest.raises(RecordingError, match="exists already"):
        record(Path(path))


@pytest.mark.parametrize("length", [244, 5000])  # too long for the truth alone, and for both
def test_a_name_that_is_too_long_is_reported(tmp_path: Path, length: int) -> None:
    with pytest.raises(RecordingError, match="cannot be written"):
        record(tmp_path / f"{'x' * length}.bdf", seconds=1.0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("there", ["a.bdf", "a.truth.json"])
def test_nothing_is_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine", encoding="utf-8")
    with pytest.raises(RecordingError, match="exists already"):
        record(tmp_path / "a.bdf")
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text(encoding="utf-8") == "mine"


def test_progress_is_reported(tmp_path: Path) -> None:
    done_s: list[float] = []
    record_simulation(
        tmp_path / "a.bdf", seconds=1.5, seed=1, sampling_rate_hz=250.0, scenario=None, progress=done_s.append
    )
    assert done_s == sorted(done_s)
    assert done_s[-1] == pytest.approx(1.5, abs=0.004)


def test_an_interrupted_recording_has_its_truth(tmp_path: Path) -> None:
    def interrupt(done_s: float) -> None:
        if done_s > 12.0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record_simulation(
            tmp_path / "a.bdf", seconds=60.0, seed=1, sampling_rate_hz=250.0, scenario=None, progress=interrupt
        )
    truth = json.loads((tmp_path / "a.truth.json").read_text(encoding="utf-8"))
    assert len(truth["twitches"]) == 1
    assert len(all_counts(read_recording(tmp_path / "a.bdf"))) >= 12 * 250


def test_the_reason_why_a_recording_ended_is_reported_and_not_what_came_of_its_truth(tmp_path: Path) -> None:
    def fail(done_s: float) -> None:
        if done_s > 1.0:
            (tmp_path / "a.truth.json").write_text("mine", encoding="utf-8")
            raise RecordingError("the disk is full")

    with pytest.raises(RecordingError, match="the disk is full"):
        record_simulation(
            tmp_path / "a.bdf", seconds=60.0, seed=1, sampling_rate_hz=250.0, scenario=None, progress=fail
        )
    assert (tmp_path / "a.truth.json").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes there")
def test_a_truth_that_the_disk_does_not_take_leaves_no_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    write = recordings._write

    def fill_the_disk(board: SimulatedBoard, path: Path, progress: None) -> None:
        write(board, path, progress)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))

    monkeypatch.setattr(recordings, "_write", fill_the_disk)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with pytest.raises(RecordingError, match=r"a\.truth\.json cannot be written: "):
            record(tmp_path / "a.bdf", seconds=1.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old_handler)
    assert [path.name for path in tmp_path.iterdir()] == ["a.bdf"]


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf"), 0.0001])
def test_an_impossible_length_is_refused(tmp_path: Path, seconds: float) -> None:
    with pytest.raises(RecordingError, match="cannot be made"):
        record(tmp_path / "a.bdf", seconds=seconds)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rate_hz", "scenario", "word"), [(300.0, None, "300"), (250.5, None, r"250\.5"), (250.0, "unknown", "unknown")]
)
def test_an_impossible_patient_is_refused(tmp_path: Path, rate_hz: float, scenario: str | None, word: str) -> None:
    with pytest.raises(BoardConfigError, match=word):
        record(tmp_path / "a.bdf", rate_hz=rate_hz, scenario=scenario)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(RecordingError):
        record(tmp_path / "none" / "a.bdf")
