"""Hostile bytes from a coverage-guided fuzzer."""

import contextlib
import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bench.fuzz.targets import TARGETS
from bench.reliability.table import Row

TITLE = "Hostile bytes, guided by coverage"

PROMISED = "no error but this project's own, each in one sentence; no input takes 10 s or 2 GB"

EXECUTED = re.compile(r"^stat::number_of_executed_units:\s+(\d+)", re.MULTILINE)
MOST_KB = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)
"""Peak memory in ``/proc``; the figure that libFuzzer prints includes the memory of this process, which forked it."""

WATCH_S = 0.5
SLOWEST_S = re.compile(r"^stat::slowest_unit_time_sec:\s+(\d+)", re.MULTILINE)
REACHED = re.compile(r"\bcov: (\d+)")
LEFT = re.compile(r"Test unit written to (\S+)")


def rows(minutes: float) -> Iterator[Row]:
    """Yield one row per kind of input; all run in parallel on all cores."""
    try:
        version = importlib.metadata.version("atheris")
    except importlib.metadata.PackageNotFoundError:
        yield Row(
            "any input", "`python -m bench.fuzz`", PROMISED,
            "not measured: atheris is not installed here (`make .venv/with-fuzz`)", False,
        )  # fmt: skip
        return
    with ThreadPoolExecutor(os.cpu_count()) as runs:
        yield from runs.map(partial(_row, round(60.0 * minutes), version), TARGETS)


def _row(seconds: int, version: str, name: str) -> Row:
    arguments = (name, "--seconds", str(seconds))
    status, output, most_kb = _fuzzed([sys.executable, "-m", "bench.fuzz", *arguments])
    executed, slowest = (_number(pattern, output) for pattern in (EXECUTED, SLOWEST_S))
    reached, found = REACHED.findall(output), LEFT.findall(output)
    purpose = (TARGETS[name].__doc__ or name).splitlines()[0].rstrip(".")
    return Row(
        f"{name}: {purpose[0].lower()}{purpose[1:]}",
        f"`python -m bench.fuzz {' '.join(arguments)}` (atheris {version})",
        PROMISED,
        f"{executed} inputs, {reached[-1] if reached else 'no'} branches reached; {len(found)} ended it"
        + (f" ({', '.join(found)})" if found else "")
        + f"; slowest {slowest} s, most memory {most_kb / 1024.0:.0f} MB; status {status}",
        status == 0 and executed > 0 and not found,
    )


def _fuzzed(command: list[str]) -> tuple[int, str, int]:
    """Run a fuzzer; return its exit status, its output and its peak memory in kB."""
    with tempfile.TemporaryFile("w+") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        most_kb = 0
        while process.poll() is None:
            with contextlib.suppress(OSError):  # it has just ended
                most_kb = max(most_kb, _number(MOST_KB, Path(f"/proc/{process.pid}/status").read_text("ascii")))
            time.sleep(WATCH_S)
        output.seek(0)
        return process.returncode, output.read(), most_kb


def _number(pattern: re.Pattern[str], output: str) -> int:
    found = pattern.search(output)
    return int(found[1]) if found else 0
