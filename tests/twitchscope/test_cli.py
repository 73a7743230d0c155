import argparse
import contextlib
import csv
import errno
import io
import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.twitchscope.refusals import refusal
from twitchscope.cli import COMMANDS, _parser, main


def test_without_a_command_it_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [
        ["record"],
        ["record", "--board", "simulated:", "--seconds", "-1"],
        ["record", "--board", "simulated:", "--seconds", "nan"],
        ["record", "--board", "simulated:", "--pseudonym", "a/b"],
        ["record", "--board", "simulated:", "--pseudonym", "John Smith"],
        ["demo", "--seed", "1.5"],
        ["analyze", "x.bdf", "--format", "xml"],
        ["analyze", "x.bdf", "--false-alarms-per-min", "0"],
        ["analyze", "x.bdf", "y.bdf", "--picture", "x.png"],
        ["analyze", "x.bdf", "--picture", "x.doc"],
        ["analyze", "x.csv", "--rate", "10"],
        ["review", "x.bdf", "--seed", "3"],
        ["review", "x.bdf", "--part", "2"],
        ["live", "--exit-after", "1", "--screenshot", "x.xyz"],
        ["marks", "import", "folder", "marks.csv", "--by-sync", "--drift-ppm", "3", "--source", "video"],
        ["live", "--pedal", "F13"],
        ["simulate"],
        ["simulate", "--serial", "a", "--record", "b.bdf"],
        ["simulate", "--serial", "a", "--seconds", "3"],
        ["simulate", "--record", "b.edf"],
        ["simulate", "--record", "b"],
        ["simulate", "--record", "b.bdf", "--fault", "garbage"],
        ["simulate", "--record", "b.bdf", "--daisy"],
    ],
)
def test_wrong_usage_has_status_2(
    argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if "--pedal" in argv:  # its keys are Qt's
        needs.window()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def _options(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the options of a command and of its subcommands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _options(below)


def _is_measured(action: argparse.Action) -> bool:
    """Return whether an option takes a number with decimals, which has a unit."""
    for text in ("4.5", "250.5"):  # one of them is in the range of each option
        with contextlib.suppress(argparse.ArgumentTypeError):
            if callable(action.type) and isinstance(action.type(text), float):
                return True
    return False


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_tells_the_unit_of_every_number(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert "usage:" in capsys.readouterr().out
    measured = {action.dest: action.help or "" for action in _options(_parser([command])) if _is_measured(action)}
    assert not [
        text for text in measured.values() if not re.search(r"seconds|samples per second|per minute|per million", text)
    ]
    budget = measured.get("false_alarms_per_min", "from noise alone, at rest")
    assert "from noise alone, at rest" in budget, "it says nothing of what the needle does"


def test_help_tells_that_it_is_no_medical_device(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "Not a medical device" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["analyze", "no-such-file.bdf"], "no-such-file.bdf"),
        (["record", "--board", "playback:no-such-file.bdf"], "no-such-file.bdf"),
        (["record", "--board", "cyton:/dev/ttyNONE9"], "/dev/ttyNONE9"),
        (["record", "--board", "nonsense:"], "known are"),
        (["record", "--board", "nonsense"], "names no board"),
        (["record", "--board", "simulated:?seed=1&colour=red"], "colour"),
        (["record", "--board", "simulated:?rate=333"], "333"),
        (["record", "--board", "simulated:?scenario=none"], "none"),
        (["record", "--board", "brainflow:NO_SUCH_BOARD"], "NO_SUCH_BOARD"),
        (["record", "--board", "simulated:", "--setup", "none.toml"], "none.toml"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(
    argv: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert expected in refusal(argv, capsys)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_recording_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague,\nthank you for the needles.\n")
    assert "letter.txt" in refusal(["analyze", str(path)], capsys)


NO_FILE_SYSTEM_HAS = "x" * 5000
"""Name too long for any file system to look up."""


@pytest.mark.skipif(os.name == "nt", reason="Windows says that there is no such file")
@pytest.mark.parametrize(
    "argv",
    [
        ["analyze", NO_FILE_SYSTEM_HAS],
        ["check", NO_FILE_SYSTEM_HAS],
        ["report", NO_FILE_SYSTEM_HAS],
        ["review", NO_FILE_SYSTEM_HAS, "--exit-after", "1"],
        ["marks", "import", NO_FILE_SYSTEM_HAS, "marks.csv", "--offset", "0", "--source", "video"],
        ["record", "--board", "simulated:?speed=0", "--seconds", "1", "--continue", NO_FILE_SYSTEM_HAS],
        ["record", "--board", f"playback:{NO_FILE_SYSTEM_HAS}"],
        ["simulate", "--record", f"{NO_FILE_SYSTEM_HAS}.bdf", "--seconds", "1"],
    ],
    ids=lambda argv: argv[0],
)
def test_a_path_that_cannot_be_looked_at_is_one_sentence(
    argv: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if argv[0] == "review":
        needs.window()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    (tmp_path / "marks.csv").write_text("onset,duration\n1.0,0.1\n")
    assert "File name too long" in refusal(argv, capsys)


def test_a_file_that_the_system_refuses_anywhere_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*arguments: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "there.bdf")

    monkeypatch.setattr("twitchscope.commands.check.check", refuse)
    said = refusal(["check", "there.bdf"], capsys)
    assert said == "twitchscope: there.bdf cannot be used: Permission denied: is it somebody else's?\n"


def test_one_bad_file_does_not_keep_the_good_ones_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = tmp_path / "good.bdf"
    assert main(["simulate", "--record", str(good), "--seconds", "3", "--rate", "250"]) == 0
    assert main(["analyze", "missing.bdf", str(good), "--format", "json"]) == 1
    captured = capsys.readouterr()
    (line,) = [text for text in captured.out.splitlines() if text.startswith("{")]
    assert json.loads(line)["recording"] == str(good)


def test_analyze_json_has_the_keys_of_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.bdf"
    assert main(["simulate", "--record", str(path), "--seconds", "25", "--rate", "1000", "--seed", "3"]) == 0
    capsys.readouterr()
    assert main(["analyze", str(path), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) >= {"recording", "sampling_rate_hz", "duration_s", "channels", "events"}
    assert set(document["channels"][0]) >= {"name", "role", "baseline_rms_uv", "usable_fraction"}
    event = document["events"][0]
    assert set(event) >= {
        "onset_s", "offset_s", "label", "confidence", "reasons", "channel", "channels", "peak_uv", "rms_uv", "snr_db",
        "grade", "latency_ms",
    }  # fmt: skip
    assert [e["onset_s"] for e in document["events"]] == sorted(e["onset_s"] for e in document["events"])


@pytest.mark.parametrize("style", ["table", "csv"])
def test_analyze_prints_tables_and_csv(style: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.bdf"
    main(["simulate", "--record", str(path), "--seconds", "25", "--seed", "3"])
    capsys.readouterr()
    assert main(["analyze", str(path), "--format", style]) == 0
    out = capsys.readouterr().out
    assert ("resting baseline" in out) if style == "table" else out.startswith("recording,onset_s")
    assert "twitch" in out


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_name_of_two_lines_is_one_field_of_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "n\nl.bdf"
    main(["simulate", "--record", str(path), "--seconds", "25", "--seed", "3"])
    capsys.readouterr()
    assert main(["analyze", str(path), "--format", "csv"]) == 0
    header, *events = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    assert {len(event) for event in events} == {len(header)}
    assert {event[0] for event in events} == {str(path)}


def test_a_picture_is_drawn_and_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, picture, taken = tmp_path / "a.bdf", tmp_path / "a.png", tmp_path / "report.pdf"
    main(["simulate", "--record", str(path), "--seconds", "25", "--seed", "3"])
    taken.write_text("precious")
    capsys.readouterr()
    assert main(["analyze", str(path), "--picture", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "nothing is overwritten" in refusal(["analyze", str(path), "--picture", str(taken)], capsys)
    assert taken.read_text() == "precious"


def test_a_rate_that_the_file_tells_otherwise_is_said_to_be_unused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.bdf"
    main(["simulate", "--record", str(path), "--seconds", "3"])
    for rate, is_told in (("500", True), ("1000", False)):
        assert main(["analyze", str(path), "--rate", rate]) == 0
        assert ("states 1000 Hz: the rate given, 500 Hz, is not used" in capsys.readouterr().err) == is_told


@pytest.mark.parametrize(
    ("rate", "told"),
    [
        (
            "125",
            "125 samples a second are too few to confirm a twitch (at least 250): every verdict is at most uncertain",
        ),
        ("1000", ""),
        ("16000", "16000 samples a second are decimated to 4000 before detection"),
    ],
)
def test_what_a_rate_does_to_the_verdicts_is_said(
    rate: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("A (uV)\n" + "1.0\n2.0\n" * int(rate))
    assert main(["analyze", str(path), "--rate", rate]) == 0
    said = capsys.readouterr().err
    assert told in said
    assert bool(told) == ("samples a second are" in said)


@pytest.mark.parametrize("argv", [["check", "plain.csv"], ["record", "--board", "playback:plain.csv"]])
def test_a_missing_rate_is_asked_for_where_it_can_be_given(
    argv: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.csv").write_text("A (uV)\n" + "1.0\n2.0\n" * 500)
    assert "give --rate to analyze, check or review, and ?rate= to playback:" in refusal(argv, capsys)


def test_marks_beside_a_recording_that_is_no_session_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, marks = tmp_path / "a.bdf", tmp_path / "marks.csv"
    main(["simulate", "--record", str(path), "--seconds", "3"])
    marks.write_text("onset\n1.0\n")
    argv = ["marks", "import", str(path), str(marks), "--offset", "0", "--source", "video"]
    assert "a.bdf is a file, expected a session's folder" in refusal(argv, capsys)


def test_record_prints_events_as_json_lines_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = "simulated:?seed=3&rate=1000&speed=0"
    argv = ["record", "--board", board, "--seconds", "25", "--out", str(tmp_path), "--format", "jsonl"]
    assert main(argv) == 0
    captured = capsys.readouterr()
    events = [json.loads(line) for line in captured.out.splitlines()]
    assert "twitch" in [event["label"] for event in events]
    assert "Not a medical device" in captured.err


def test_a_session_in_a_relative_folder_is_where_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["record", "--board", "simulated:?seed=3&speed=0&seconds=4", "--out", "here"]) == 0
    assert "moved" not in capsys.readouterr().err
    assert len(list((tmp_path / "here").glob("*/recording.bdf"))) == 1


def test_playing_a_recording_back_gives_the_events_of_analyze(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.bdf"
    main(["simulate", "--record", str(path), "--seconds", "40", "--seed", "4"])
    capsys.readouterr()
    main(["analyze", str(path), "--format", "json"])
    analyzed = json.loads(capsys.readouterr().out)["events"]
    board = f"playback:{path}?speed=0"
    main(["record", "--board", board, "--out", str(tmp_path / "sessions"), "--format", "jsonl"])
    played = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(played, key=lambda event: event["onset_s"]) == analyzed
    assert analyzed


def test_simulate_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.bdf"
    path.write_text("precious")
    assert "a.bdf" in refusal(["simulate", "--record", str(path), "--seconds", "1"], capsys)
    assert path.read_text() == "precious"


def test_the_truth_lies_beside_a_synthetic_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.bdf"
    assert main(["simulate", "--record", str(path), "--seconds", "25", "--seed", "3"]) == 0
    truth = json.loads((tmp_path / "a.truth.json").read_text(encoding="utf-8"))
    assert set(truth) == {"twitches", "needle_contacts", "confounders"}
    assert set(truth["twitches"][0]) >= {"onset_s", "offset_s", "peak_uv", "grade"}


def test_boards_lists_the_simulated_patient(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["boards"]) == 0
    assert "simulated:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "no memory left"),
        (RuntimeError("can't start new thread"), "starts no further thread"),
    ],
)
def test_a_system_that_gives_nothing_more_is_one_sentence(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise error

    monkeypatch.setattr(threading.Thread, "start", refuse)
    said = refusal(["record", "--board", "simulated:?speed=0", "--seconds", "1", "--out", os.devnull], capsys)
    assert words in said
    assert len(said.splitlines()) == 1
