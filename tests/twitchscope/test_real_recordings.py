"""End-to-end detection on recordings made by others."""

import json
from pathlib import Path

import pytest

from twitchscope.cli import main

ENDINGS = {".bdf", ".txt", ".csv"}


def test_analyze_reads_every_one(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(path for path in shared_data.iterdir() if path.suffix.lower() in ENDINGS)
    assert main(["analyze", "--format", "json", *map(str, files)]) == 0
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [Path(document["recording"]) for document in documents] == files
    for document in documents:
        for event in document["events"]:
            assert 0.0 <= event["onset_s"] < event["offset_s"] <= document["duration_s"] + 1e-6
            assert document["sampling_rate_hz"] >= 250.0 or event["label"] != "twitch"


def test_counts_of_no_scale_are_no_microvolts(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(shared_data / "biosppy-voluntary-1000hz.txt")]) == 0
    captured = capsys.readouterr()
    assert "amplitudes are not in µV" in captured.err
    assert " counts" in captured.out
    assert "µV" not in captured.out


@pytest.mark.parametrize("name", ["plux-short-bursts-1000hz.bdf", "openbci-gui-v6.txt", "brainflow-cyton-emg.csv"])
def test_played_back_and_recorded_it_gives_the_events_of_analyze(
    name: str, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shared_data / name
    main(["analyze", "--format", "json", str(path)])
    analyzed = json.loads(capsys.readouterr().out)["events"]
    assert main(["record", "--board", f"playback:{path}?speed=0", "--out", str(tmp_path), "--format", "jsonl"]) == 0
    played = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(played, key=lambda event: event["onset_s"]) == analyzed
    (session,) = tmp_path.iterdir()
    main(["analyze", "--format", "json", str(session)])
    again = json.loads(capsys.readouterr().out)["events"]
    assert analyzed
    # A foreign range of -8388608 to 8388607 becomes our symmetric one, which changes its scale by 6e-8.
    for event, first in zip(again, analyzed, strict=True):
        for key, value in first.items():
            assert event[key] == (pytest.approx(value, rel=1e-4) if isinstance(value, float) else value), key


def _twitch_onsets_s(path: Path, capsys: pytest.CaptureFixture[str]) -> list[float]:
    assert main(["analyze", "--format", "json", str(path)]) == 0
    events = json.loads(capsys.readouterr().out)["events"]
    return [event["onset_s"] for event in events if event["label"] == "twitch"]


def _truth(path: Path) -> dict:  # type: ignore[type-arg]
    return dict(json.loads(path.with_suffix(".truth.json").read_text(encoding="utf-8")))


def test_answers_to_magnetic_pulses_are_found(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = shared_data / "evoked-hand-forearm-5000hz.bdf"
    onsets_s = _twitch_onsets_s(path, capsys)
    stimuli_s = _truth(path)["stimulus_s"]
    assert sum(any(-0.005 <= onset_s - at_s <= 0.060 for onset_s in onsets_s) for at_s in stimuli_s) >= 16
    assert len(onsets_s) <= 26


def test_short_voluntary_bursts_are_no_twitches(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = shared_data / "plux-short-bursts-1000hz.bdf"
    onsets_s = _twitch_onsets_s(path, capsys)
    bursts = [burst for burst in _truth(path)["bursts"] if burst["dur_ms"] > 100.0]
    assert len(bursts) >= 18
    wrong = [burst for burst in bursts if any(abs(onset_s - burst["onset_s"]) < 0.1 for onset_s in onsets_s)]
    assert len(wrong) <= 3
