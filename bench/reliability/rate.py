"""Sixteen channels at 4000 SPS from the simulated wire, and the latency of verdicts."""

import math
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.reliability.programs import Program, cpu_s, simulated_cyton, twitchscope
from bench.reliability.table import Row

TITLE = "Rate and latency"

MOST_CPU = 0.25
MOST_P99_MS = 5.0
WATCH_S = 0.5


@dataclass(frozen=True, slots=True)
class Kind:
    """Board behind the simulated wire.

    Attributes
    ----------
    words : str
        Name in the table.
    wire : tuple of str
        Arguments of ``simulate``.
    options : str
        Options of the board's URL.
    """

    words: str
    wire: tuple[str, ...]
    options: str


FAST = Kind("16 channels at 4000 SPS", ("--rate", "4000", "--daisy", "whole"), "rate=4000&daisy=whole")
ORDINARY = Kind("8 channels at 1000 SPS", ("--rate", "1000"), "rate=1000")


@dataclass(frozen=True, slots=True)
class Run:
    """Results of a recording; times are median, 99th percentile and maximum in ms."""

    n_lost: int
    n_samples: int
    cpu_share: float
    written_mb: float
    status: int
    load: float
    n_verdicts: int
    verdicts_ms: tuple[float, ...]
    blocks_ms: tuple[float, ...]


def rows(minutes: float) -> Iterator[Row]:
    """Yield the rows of a long recording of the fast board and of one minute of the ordinary board."""
    run = _record(FAST, 60.0 * minutes)
    yield Row(
        FAST.words,
        f"`simulate --serial PORT {' '.join(FAST.wire)}` (two packets a sample) and `record --latency`, {minutes:g} "
        "minutes",
        f"no sample lost; acquisition, detection and recording take ≤ {MOST_CPU:.0%} of one core",
        f"{run.n_lost} of {run.n_samples} samples lost; {run.cpu_share:.1%} of one core; "
        f"{run.written_mb:.0f} MB written; status {run.status}",
        run.n_lost == 0 and run.cpu_share <= MOST_CPU and run.status == 0,
    )
    yield from _latency_rows(FAST, run)
    yield from _latency_rows(ORDINARY, _record(ORDINARY, 60.0))


def _latency_rows(kind: Kind, run: Run) -> Iterator[Row]:
    measured = (
        ("blocks", "until all that a block brought is handed on", run.blocks_ms),
        (
            "verdicts",
            f"from the block that decided it to the verdict's callback, {run.n_verdicts} verdicts",
            run.verdicts_ms,
        ),
    )
    for name, what, times_ms in measured:
        yield Row(
            f"latency of {name}, {kind.words}",
            f"counted from the read's return: {what}; load of the machine {run.load:.1f} at the end",
            f"p99 ≤ {MOST_P99_MS:g} ms beyond what the detector needs",
            "median {:.2f} ms, p99 {:.2f} ms, longest {:.2f} ms".format(*times_ms),
            times_ms[1] <= MOST_P99_MS,
        )


def _record(kind: Kind, seconds: float) -> Run:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        port, out = Path(folder, "port"), Path(folder, "out")
        stack.enter_context(simulated_cyton(port, *kind.wire))
        url = f"cyton:{port}?{kind.options}"
        record = stack.enter_context(
            twitchscope("record", "--board", url, "--seconds", str(seconds), "--out", str(out), "--latency")
        )
        cpu_share = _watched_cpu(record)
        status = record.wait(60.0)
        written_mb = sum(path.stat().st_size for path in out.rglob("*.bdf")) / 1e6
    text = record.text()
    lost = re.search(r"s recorded, (\d+) of (\d+) samples lost", text)
    assert lost is not None, text
    columns = [re.search(rf"{name} \(ms\)\s+(\S+)\s+(\S+)", text) for name in ("median", "p99", "longest")]
    n_verdicts = sum(int(number) for number in re.findall(r"(?:ms|more)\s+(\d+)\s+\d+$", text, re.MULTILINE))
    verdicts_ms, blocks_ms = (tuple(float(found[place]) for found in columns if found) for place in (1, 2))
    return Run(
        int(lost[1]),
        int(lost[2]),
        cpu_share,
        written_mb,
        status,
        os.getloadavg()[0],
        n_verdicts,
        verdicts_ms,
        blocks_ms,
    )


def _watched_cpu(record: Program) -> float:
    """Wait for the end of a recording and return the share of a core that it used since its start."""
    record.time_of("Ctrl-C ends the session")
    began_s, began_cpu_s = time.monotonic(), cpu_s(record.process.pid)
    ended_s, ended_cpu_s = began_s, began_cpu_s
    while record.process.poll() is None:
        time.sleep(WATCH_S)
        if not math.isnan(now_cpu_s := cpu_s(record.process.pid)):
            ended_s, ended_cpu_s = time.monotonic(), now_cpu_s
    return (ended_cpu_s - began_cpu_s) / (ended_s - began_s)
