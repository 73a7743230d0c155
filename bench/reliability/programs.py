"""The real programs, each in its own process, with their output lines and the times of arrival."""

import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from twitchscope.saved.session_files import read_document

POLL_S = 0.002
DEADLINE_S = 60.0


@dataclass(slots=True)
class OutputLine:
    """Line of output and its time of arrival by the monotonic clock."""

    at_s: float
    text: str


@dataclass
class Program:
    """Running ``twitchscope`` process.

    Attributes
    ----------
    process : Popen
        The process.
    lines : list of OutputLine
        Lines of standard output and standard error, in order of arrival.
    """

    process: subprocess.Popen[str]
    lines: list[OutputLine] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def collect_output(self) -> None:
        """Collect the output in background threads."""
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                thread = threading.Thread(target=self._read, args=(stream,))
                thread.start()
                self._threads.append(thread)

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(OutputLine(time.monotonic(), line.rstrip("\n")))

    def wait(self, timeout_s: float = DEADLINE_S) -> int:
        """Return the exit status once the process has ended and all its output is collected."""
        status = self.process.wait(timeout_s)
        for thread in self._threads:
            thread.join(DEADLINE_S)
        return status

    def time_of(self, words: str, timeout_s: float = DEADLINE_S) -> float:
        """Wait for a line that contains `words` and return its arrival time; NaN if there is none."""
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s:
            for line in list(self.lines):
                if words in line.text:
                    return line.at_s
            if self.process.poll() is not None and not any(thread.is_alive() for thread in self._threads):
                break
            time.sleep(POLL_S)
        return next((line.at_s for line in self.lines if words in line.text), float("nan"))

    def error(self) -> str:
        """Return the last error message, empty if there is none; the two output streams may arrive in any order."""
        return next((line.text for line in reversed(self.lines) if line.text.startswith("twitchscope: ")), "")

    def text(self) -> str:
        """Return the whole output."""
        return "\n".join(line.text for line in self.lines)


@contextmanager
def twitchscope(
    *arguments: str,
    launcher: Sequence[str] = ("-m", "twitchscope"),
    environment: Mapping[str, str] | None = None,
    collects_output: bool = True,
    stdin: int = subprocess.DEVNULL,
) -> Iterator[Program]:
    """Run the program for the duration of the block; kill it then if it has not ended by itself."""
    process = subprocess.Popen(
        [sys.executable, *launcher, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    program = Program(process)
    if collects_output:
        program.collect_output()
    try:
        yield program
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        program.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@contextmanager
def recording(
    url: str,
    seconds: float,
    out: Path,
    *,
    launcher: Sequence[str] = ("-m", "twitchscope"),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Program]:
    """Run ``twitchscope record`` for the duration of the block, with its events as JSON lines on standard output."""
    arguments = ("record", "--board", url, "--seconds", f"{seconds:g}", "--out", str(out), "--format", "jsonl")
    with twitchscope(*arguments, launcher=launcher, environment=environment) as record:
        yield record


@contextmanager
def simulated_cyton(port: Path, *arguments: str) -> Iterator[Program]:
    """Run a simulated Cyton at `port`; it is ready when the block begins."""
    with twitchscope("simulate", "--serial", str(port), *arguments) as board:
        assert board.time_of("answers at") > 0.0, board.text()
        yield board


def wait_until_gone(path: Path) -> float:
    """Wait until `path` is gone and return the time by the monotonic clock."""
    return _wait_until(lambda: not os.path.lexists(path), f"{path} stays")


def wait_until_there(path: Path) -> float:
    """Wait until `path` exists and return the time by the monotonic clock."""
    return _wait_until(path.exists, f"{path} does not come")


def _wait_until(condition: Callable[[], bool], otherwise: str) -> float:
    """Wait until `condition` holds and return the time by the monotonic clock."""
    end_s = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > end_s:
            raise AssertionError(otherwise)
        time.sleep(POLL_S)
    return time.monotonic()


def wait_for_records(out: Path) -> None:
    """Wait until about a second of signal is in the file."""
    _wait_until(
        lambda: any(path.stat().st_size > 30_000 for path in out.glob("*/recording.bdf")), "nothing is recorded"
    )


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process so far in s on Linux; NaN elsewhere and when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return math.nan
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def only_folder(out: Path) -> Path:
    """Return the folder of the only session in `out`."""
    (folder,) = out.iterdir()
    return folder


def started_s(folder: Path) -> float:
    """Return the time of sample 0 of a session by the monotonic clock of this process."""
    at = datetime.fromisoformat(str(read_document(folder / "session.json")["started_at"]))
    return at.timestamp() - time.time() + time.monotonic()
