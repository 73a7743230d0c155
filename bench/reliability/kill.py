"""SIGKILL at random times of a recording, and the state of the files afterwards."""

import contextlib
import io
import json
import os
import pty
import select
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import edfio
import mne
import numpy as np
import pyedflib

from acquisition import read_recording
from bench.reliability.table import Row
from twitchscope.cli import main
from twitchscope.saved.checking import check

TITLE = "Killed at any instant"

AT_ONCE = 3
"""Number of recordings that run at the same time."""

LATEST_S = 4.0
LONG_SHARE, LONGEST_S = 1.0 / 6.0, 18.0
"""This share lives up to `LONGEST_S`, long enough for verdicts, which begin once a resting baseline is learnt."""

KEY_S = 0.07
"""Interval at which the key that sets a mark is pressed."""

MARKED = "  marked: "
MOST_LOST_S = 0.5
BOARD = "simulated:?seed={}&rate={}&channels=4"
RATES_SPS = (250, 500, 1000)


@dataclass
class Victim:
    """Recording on its own terminal.

    Attributes
    ----------
    pid, terminal : int
        Process id, and the file descriptor of our end of its terminal.
    out : Path
        Output folder.
    kill_s : float
        Time of the kill, by the monotonic clock.
    """

    pid: int
    terminal: int
    out: Path
    kill_s: float
    next_key_s: float = 0.0
    killed_at: float = 0.0
    output: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class Left:
    """State of a recording after the kill.

    Attributes
    ----------
    lost_s : float or None
        Signal between the last sample in the file and the kill; None if there was no sample yet.
    n_announced, n_kept : int
        Number of marks and events that were reported, and how many of them are in the journal.
    trouble : str
        Description of what is wrong, empty if nothing is.
    """

    lost_s: float | None
    n_announced: int
    n_kept: int
    trouble: str


def left_by_kills(n_kills: int, seed: int) -> list[Left]:
    """Kill `n_kills` recordings at random times and return what each left."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            # load everything that a recording needs, so that the forked copies start at once
            main(["record", "--board", BOARD.format(1, 1000) + "&speed=0", "--seconds", "2", "--out", folder])
        return list(_kill_all(Path(folder), n_kills, rng))


def rows(n_kills: int, seed: int) -> Iterator[Row]:
    """Yield the row of all kills."""
    left = left_by_kills(n_kills, seed)
    recorded = [one for one in left if one.lost_s is not None]
    troubles = sorted({one.trouble for one in left if one.trouble})
    n_announced, n_kept = sum(one.n_announced for one in left), sum(one.n_kept for one in left)
    lost_s = [one.lost_s or 0.0 for one in recorded] or [float("nan")]
    worst_s = max(lost_s)
    yield Row(
        f"SIGKILL, {n_kills} times",
        f"`record` on a terminal (simulated patient in true time at {', '.join(map(str, RATES_SPS))} SPS, a key that "
        f"marks every {1e3 * KEY_S:.0f} ms), killed at a random time up to {LATEST_S:g} s after its start, every sixth "
        f"up to {LONGEST_S:g} s, {AT_ONCE} at once; seed {seed}",
        "every mark and event that was reported is in the journal; at most 0.5 s of signal lost; the file opens "
        "unrepaired in edfio, pyedflib and MNE; `check` finds nothing wrong",
        f"{len(recorded)} with signal in the file: {n_kept} of {n_announced} reported marks and events kept; "
        f"lost at most {worst_s:.3f} s, median {np.median(lost_s):.3f} s; "
        f"{len(left) - len(recorded)} killed before a first record; trouble: {'; '.join(troubles) or 'none'}",
        n_kept == n_announced and worst_s <= MOST_LOST_S and not troubles,
    )


def _kill_all(folder: Path, n_kills: int, rng: np.random.Generator) -> Iterator[Left]:
    waiting = list(range(n_kills))
    running: list[Victim] = []
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            running.append(_start(folder / str(waiting.pop()), rng))
        _listen(running)
        for victim in [one for one in running if time.monotonic() >= one.kill_s]:
            os.kill(victim.pid, signal.SIGKILL)
            victim.killed_at = time.time()
            os.waitpid(victim.pid, 0)
            _drain(victim)
            os.close(victim.terminal)
            running.remove(victim)
            yield _examine(victim)
            shutil.rmtree(victim.out, ignore_errors=True)


def _start(out: Path, rng: np.random.Generator) -> Victim:
    rate_sps, seed = int(rng.choice(RATES_SPS)), int(rng.integers(1, 1000))
    kill_after_s = float(rng.uniform(0.05, LONGEST_S if rng.random() < LONG_SHARE else LATEST_S))
    pid, terminal = pty.fork()  # a copy of this process, which has already loaded the program
    if pid == 0:
        status = 1
        try:
            sys.stdin, sys.stdout, sys.stderr = (
                open(number, mode, closefd=False, encoding="utf-8")  # noqa: SIM115 (they are the terminal's)
                for number, mode in ((0, "r"), (1, "w"), (2, "w"))
            )
            status = main(["record", "--board", BOARD.format(seed, rate_sps), "--out", str(out)])
        finally:
            os._exit(status)
    os.set_blocking(terminal, False)
    return Victim(pid, terminal, out, time.monotonic() + kill_after_s)


def _listen(victims: list[Victim]) -> None:
    """Wait briefly for output of the recordings, and press their keys."""
    next_s = min(victim.kill_s for victim in victims)
    wait_s = min(0.01, max(0.0, next_s - time.monotonic()))
    ready, _, _ = select.select([victim.terminal for victim in victims], [], [], wait_s)
    for victim in victims:
        if victim.terminal in ready:
            _drain(victim)
        if b"keys:" in victim.output and time.monotonic() >= victim.next_key_s:
            victim.next_key_s = time.monotonic() + KEY_S
            os.write(victim.terminal, b"s")


def _drain(victim: Victim) -> None:
    try:
        while data := os.read(victim.terminal, 65_536):
            victim.output += data
    except OSError:
        pass  # no more output now, or the other end is closed


def _examine(victim: Victim) -> Left:
    lines = [line for line in victim.output.decode("utf-8", "replace").split("\r\n")[:-1] if line]
    announced = [
        line for line in lines if MARKED in line or (line[:9].strip().replace(".", "").isdigit() and " dB " in line)
    ]
    folders = list(victim.out.iterdir()) if victim.out.is_dir() else []
    if not folders:
        return Left(None, len(announced), 0, "a mark was reported and there is no folder" if announced else "")
    folder = folders[0]
    journal = folder / "events.jsonl"
    kept = [json.loads(line) for line in journal.read_text("utf-8").splitlines()] if journal.exists() else []
    n_kept = _n_held(kept, announced)
    if not (folder / "session.json").exists():  # killed between the two
        return Left(None, len(announced), n_kept, "")
    trouble = "; ".join(finding.text for finding in check(folder) if finding.is_wrong)
    recording = folder / "recording.bdf"
    if not recording.exists():
        return Left(None, len(announced), n_kept, trouble)
    for name, trial in (("edfio", _open_edfio), ("pyedflib", _open_pyedflib), ("MNE", _open_mne)):
        try:
            trial(recording)
        except Exception as error:  # any error of a foreign reader counts
            trouble = trouble or f"{name}: {error}"
    document = json.loads((folder / "session.json").read_text("utf-8"))
    began_at = datetime.fromisoformat(document["started_at"]).timestamp()
    return Left(victim.killed_at - began_at - read_recording(recording).duration_s, len(announced), n_kept, trouble)


def _n_held(kept: list[dict[str, object]], announced: list[str]) -> int:
    """Return how many of the reported lines are in the journal with the same time, to within 1 ms."""
    times_ms = {round(1e3 * float(str(record["onset_s"]))) for record in kept}
    announced_ms = [round(1e3 * float(line[:9])) for line in announced]
    return sum(bool(times_ms & {time_ms - 1, time_ms, time_ms + 1}) for time_ms in announced_ms)


def _open_edfio(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a record after the counted ones
        assert len(edfio.read_bdf(path).signals[0].data)


def _open_pyedflib(path: Path) -> None:
    reader = pyedflib.EdfReader(str(path))
    try:
        assert len(reader.readSignal(0))
        reader.readAnnotations()
    finally:
        reader.close()


def _open_mne(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a record after the counted ones
        assert mne.io.read_raw_bdf(path, preload=True, verbose="error").n_times
