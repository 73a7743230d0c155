"""The main job on other people's recordings."""

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
