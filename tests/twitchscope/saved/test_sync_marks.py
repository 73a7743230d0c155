"""The clock of a camera is related to the recording's by flashes that both have recorded."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition.core import RecordingError
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.cli import main
from twitchscope.saved.session_files import read_session
from twitchscope.saved.sync_marks import match
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

OURS_S = np.array([12.0, 100.5, 103.0, 410.2, 622.9])


def _all(theirs_s: NDArray[np.float64]) -> tuple[float, float]:
    return float(theirs_s[0]), float(theirs_s[-1])


def test_offset_and_drift_are_found() -> None:
    theirs_s = (OURS_S + 7321.25) / (1.0 + 80e-6)
    found = match(OURS_S, theirs_s, _all(theirs_s))
    assert found.n_matched == 5
    assert found.tie.drift_ppm == pytest.approx(80.0, abs=0.1)
    assert [found.tie.in_recording(one) for one in theirs_s] == pytest.approx(OURS_S.tolist(), abs=1e-6)
    assert found.largest_error_s < 1e-6


def test_marks_that_one_of_them_lacks_do_no_harm() -> None:
    theirs_s = np.sort(np.append(OURS_S[[0, 2, 3, 4]] - 50.0 + [0.01, -0.02, 0.0, 0.02], [7.7, 300.0]))
    found = match(OURS_S, theirs_s, _all(theirs_s))
    assert found.n_matched == 4
    assert found.tie.in_recording(100.0) == pytest.approx(150.0, abs=0.03)
    assert found.largest_error_s < 0.03


def test_one_mark_of_each_gives_an_offset_alone() -> None:
    found = match(np.array([3.0]), np.array([10.0]), (10.0, 20.0))
    assert (found.tie.offset_s, found.tie.drift_ppm, found.n_matched) == (-7.0, 0.0, 1)


def test_marks_within_a_minute_give_no_drift() -> None:
    found = match(np.array([3.0, 9.0]), np.array([10.0, 16.05]), (10.0, 20.0))
    assert found.tie.drift_ppm == 0.0
    assert found.tie.in_recording(13.0) == pytest.approx(5.975, abs=1e-9)
    assert found.text() == (
        "2 flashes or taps in both: offset -7.025 s, drift 0 ppm (marks of less than 60 s show none), none farther off "
        "than 25 ms"
    )


def _seen_by_camera(ours_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return times by a clock that is 100 s ahead, rounded to frames at 30 per second."""
    frames: NDArray[np.float64] = np.floor(30.0 * (ours_s + 100.001)) / 30.0
    return frames


def test_two_marks_a_minute_apart_give_no_drift_for_times_that_are_far_away() -> None:
    ours_s = np.array([5.0, 66.03])
    found = match(ours_s, _seen_by_camera(ours_s), (105.0, 1600.0))
    assert found.tie.drift_ppm == 0.0
    assert found.tie.in_recording(1600.0) == pytest.approx(1500.0, abs=0.05)
    assert "one from marks 61 s apart could put times 1464 s away off by 1.1 s" in found.text()
    near = match(ours_s, ours_s + 100.0, (105.0, 180.0))
    assert near.why_no_drift == ""
    assert near.text() == "2 flashes or taps in both: offset -100.000 s, drift 0 ppm", "two marks fit any drift"


def test_a_drift_from_marks_that_are_a_frame_off_leaves_every_imported_time_within_reach() -> None:
    rng = np.random.default_rng(3)
    for span_s in (61.0, 120.0, 300.0, 1200.0):
        for n in (2, 4, 12):
            for _ in range(40):
                ours_s = np.sort(np.concatenate([[5.0, 5.0 + span_s], rng.uniform(5.0, 5.0 + span_s, n - 2)]))
                theirs_s = np.sort((ours_s - 12.3) / (1.0 + 20e-6) + rng.uniform(-1.0 / 30.0, 1.0 / 30.0, n))
                last_s = (1500.0 - 12.3) / (1.0 + 20e-6)
                found = match(ours_s, theirs_s, (float(theirs_s[0]), last_s))
                assert abs(found.tie.in_recording(last_s) - 1500.0) < 0.15


def test_no_drift_is_taken_that_clocks_do_not_have() -> None:
    found = match(np.array([5.0, 66.0]), np.array([105.0, 165.934]), (105.0, 166.0))
    assert found.tie.drift_ppm == 0.0
    assert "the marks give 1083 ppm, more than clocks differ by" in found.text()


@pytest.mark.parametrize(
    ("ours_s", "theirs_s"), [([1.0, 2.0], [5.0]), ([0.0, 10.0, 20.0], [0.0, 10.0]), ([1.0, 4.0], [1.0, 9.0])]
)
def test_what_fits_in_two_ways_is_refused(ours_s: list[float], theirs_s: list[float]) -> None:
    with pytest.raises(RecordingError, match="not clear which"):
        match(np.array(ours_s), np.array(theirs_s), (0.0, 20.0))


def test_the_command(quiet_session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "video.csv"
    table.write_text("onset,label\n101,Flash\n104.5,twitch\n108,flash\n", "utf-8")
    arguments = ["marks", "import", str(quiet_session), str(table), "--source", "video", "--by-sync"]
    assert main(arguments) == 1
    assert "the session has no mark of a flash or tap" in capsys.readouterr().err
    with (quiet_session / "events.jsonl").open("a", encoding="utf-8") as journal:
        for onset_s in (1.5, 8.5):
            journal.write(json.dumps({"kind": "marker", "label": "sync", "onset_s": onset_s}) + "\n")
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "2 flashes or taps in both: offset -99.500 s, drift 0 ppm (" in said
    assert "show none), none farther off than 0 ms" in said
    lines = (quiet_session / "reference-video.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["onset_s"] for line in lines] == [1.5, 5.0, 8.5]
    table.write_text("onset\n1\n", "utf-8")
    assert main(arguments) == 1
    assert "the table has no mark of a flash or tap" in capsys.readouterr().err


@pytest.mark.parametrize(("label", "offset_s"), [("flash", -99.0), ("pulse", -98.75)])
def test_a_table_of_pulses_is_tied_to_the_pulses_and_one_of_flashes_to_the_flashes(
    quiet_session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], label: str, offset_s: float
) -> None:
    with (quiet_session / "events.jsonl").open("a", encoding="utf-8") as journal:
        for one, onsets_s in (("screen_flash", (2.0, 9.0)), ("sync_pulse", (2.25, 9.25)), ("sync", (1.9, 8.9))):
            for onset_s in onsets_s:
                journal.write(json.dumps({"kind": "marker", "label": one, "onset_s": onset_s}) + "\n")
    table = tmp_path / "other.csv"
    table.write_text(f"onset,label\n101,{label}\n108,{label}\n", "utf-8")
    assert main(["marks", "import", str(quiet_session), str(table), "--source", "other", "--by-sync"]) == 0
    assert f"2 flashes or taps in both: offset {offset_s:.3f} s" in capsys.readouterr().out


def test_a_further_part_has_its_own_marks_length_and_imports(
    quiet_session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedBoard(noise_blocks(30.0)) as board:
        Session(board, SessionPlan(tmp_path, "test", continues=quiet_session)).run()
    for name, onsets_s in (("events.jsonl", (1.5, 8.5)), ("events-2.jsonl", (15.5, 25.5))):
        with (quiet_session / name).open("a", encoding="utf-8") as journal:
            for onset_s in onsets_s:
                journal.write(json.dumps({"kind": "marker", "label": "sync", "onset_s": onset_s}) + "\n")
    table = tmp_path / "video.csv"
    table.write_text("onset,label\n101,flash\n104,twitch\n111,flash\n", "utf-8")
    arguments = ["marks", "import", str(quiet_session), str(table), "--source", "video", "--part", "2"]
    for name in ("reference-video.part-2", "reference-video-2.part-2"):
        assert main([*arguments, "--by-sync"]) == 0
        assert "offset -85.500 s" in capsys.readouterr().out
        assert [one.time_s for one in read_session(quiet_session, 2).references[name]] == [15.5, 18.5, 25.5]
    assert read_session(quiet_session).references == {}, "their times are not those of the first part"
    assert main([*arguments[:-1], "1", "--offset", "-100"]) == 0
    (imported,) = read_session(quiet_session).references.values()
    assert [(one.time_s, one.label) for one in imported] == [(1.0, "flash"), (4.0, "twitch"), (11.0, "flash")]
    assert len(read_session(quiet_session, 2).references) == 2
    main(["check", str(quiet_session)])
    assert "reference-video-2.part-2.jsonl: 2 flash (video), 1 twitch (video)" in capsys.readouterr().out
    assert main([*arguments[:-1], "3", "--offset", "-100"]) == 1
    assert "has no part 3, but 2" in capsys.readouterr().err
