"""Latency of verdicts, as reported by `record --latency`."""

from pathlib import Path

import pytest

from twitchscope.cli import main
from twitchscope.session.latency import Latency


def test_the_table_counts_every_verdict_and_block() -> None:
    latency = Latency()
    for latency_ms in (0.1, 1.5, 1.6, 3.0, 70.0, 300.0):
        latency.add_verdict(1e-3 * latency_ms)
    for _ in range(100):
        latency.add_block(0.7e-3)
    rows = {line[:16].strip(): line[16:].split() for line in latency.lines()}
    assert [rows[name][0] for name in rows if name.endswith(("ms", "more"))] == [
        "1",
        "0",
        "2",
        "1",
        "0",
        "0",
        "0",
        "1",
        "1",
    ]
    assert rows["0.5 to 1 ms"] == ["0", "100"]
    assert float(rows["median (ms)"][1]) == pytest.approx(0.7, rel=0.02)
    assert rows["longest (ms)"] == ["300.00", "0.70"]


def test_record_tells_it_at_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["record", "--board", "simulated:?seed=1&speed=0", "--seconds", "20", "--out", str(tmp_path), "--latency"]
    assert main(argv) == 0
    rows = {line[:16].strip(): line[16:].split() for line in capsys.readouterr().out.splitlines()}
    assert sum(int(counts[1]) for name, counts in rows.items() if name.endswith((" ms", "more"))) > 0
    assert float(rows["p99 (ms)"][1]) > 0.0
