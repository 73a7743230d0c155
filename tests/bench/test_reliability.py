"""Brief runs of some faults of `make reliability`."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.reliability import hostile, programs, soak, twitches, wire
from bench.reliability.table import Row, Section, keep, kept_sections, render

ROOT = Path(__file__).parents[2]

KILL = """
import sys
from bench.reliability.kill import left_by_kills
left = left_by_kills(6, 3)
print(left)
sys.exit(len(left) != 6 or any(one.trouble or one.n_kept < one.n_announced for one in left))
"""
"""The amount of signal lost by a kill depends on the load of the machine; only `make reliability` reports it."""

CASES = {case.name: case for case in wire.CASES}

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals and no SIGKILL")


def test_a_wait_for_a_port_has_an_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "DEADLINE_S", 0.0)
    with pytest.raises(AssertionError, match="stays"):
        programs.wait_until_gone(tmp_path)
    with pytest.raises(AssertionError, match="port does not come"):
        programs.wait_until_there(tmp_path / "port")


@posix
def test_recordings_killed_at_random_times_are_whole() -> None:
    done = subprocess.run([sys.executable, "-c", KILL], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "case",
    [CASES[name] for name in ("all of it at once", "stalls", "garbage", "the host stands still")],
)
def test_losses_are_counted_and_nothing_is_shifted(case: wire.Case) -> None:
    found = wire.stream_case(case, 250, 40.0, seed=5)
    assert found.n_shifted == 0
    assert found.sd_ms <= wire.MOST_SD_MS
    assert found.n_counted >= found.n_lost_on_wire
    if not case.swallowed:
        assert found.n_counted == found.n_lost_on_wire


def test_of_every_sample_is_known_what_became_of_it() -> None:
    (row,) = soak.rows(0.05, seed=4)
    assert row.is_kept, row.measured


@posix
@pytest.mark.parametrize("case", hostile.CASES, ids=lambda case: case.name)
def test_files_that_promise_too_much_are_refused(case: hostile.Hostile, tmp_path: Path) -> None:
    status, said = hostile.ask(case, tmp_path)
    assert status == case.status
    assert "Traceback" not in said


def test_the_table_keeps_the_last_run_of_each_kind(tmp_path: Path) -> None:
    kept = tmp_path / "build" / "kept.json"
    for measured in ("first", "second"):
        row = Row("a fault", "somehow", "nothing", measured, measured == "second")
        keep(kept, "kind", Section("Kind", "make", "today", 60.0, 1.0, [row]))
    document = render(kept_sections(kept).values())
    assert "| second | yes |" in document
    assert "first" not in document


def test_a_twitch_is_because_of_a_loss_where_neither_the_truth_nor_the_whole_stream_has_one() -> None:
    def result_of(confirmed_s: tuple[float, ...], true_s: tuple[float, ...]) -> twitches.PatientResult:
        spans = [SimpleNamespace(label="twitch", onset_s=one, offset_s=one + 0.1) for one in confirmed_s]
        other = SimpleNamespace(label="uncertain", onset_s=5.0, offset_s=5.1)
        true = [SimpleNamespace(onset_s=one, offset_s=one + 0.1) for one in true_s]
        return twitches.PatientResult(true, [*spans, other], 1000, 0)  # type: ignore[arg-type]

    true_s = (1.0, 2.0)
    lossy, clean = result_of((1.0, 5.0, 9.0, 12.0), true_s), result_of((1.05, 2.0, 9.1), true_s)
    assert (lossy.n_found, clean.n_found) == (1, 2)
    assert [one.onset_s for one in lossy.false] == [5.0, 9.0, 12.0]
    assert [one.onset_s for one in twitches.made_up(lossy, clean)] == [5.0, 12.0]
