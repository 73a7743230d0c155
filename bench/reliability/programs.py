"""The real programs, each in a process of its own: what they say is noted with the time at which they said it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from twitchscope.saved.session_files import read_document

POLL_S = 0.002
DEADLINE_S = 60.0


@dataclass(slots=True)
class Said:
    """A line, and when it came by the monotonic clock."""

    at_s: float
    text: str


@dataclass
class Program:
    """A running ``twitchscope``.

    Attributes
    ----------
    process : Popen
        It.
    said : list of Said
        Lines of standard output and standard error, in order of arrival.
    """

    process: subprocess.Popen[str]
    said: list[Said] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def listen(self) -> None:
        """Note what it says, from threads of their own."""
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                thread = threading.Thread(target=self._read, args=(stream,))
                thread.start()
                self._threads.append(thread)

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.said.append(Said(time.monotonic(), line.rstrip("\n")))

    def wait(self, timeout_s: float = DEADLINE_S) -> int:
        """Return the exit status once it has ended and all it said is noted."""
        status = self.process.wait(timeout_s)
        for thread in self._threads:
            thread.join(DEADLINE_S)
        return status

    def told_s(self, words: str, timeout_s: float = DEADLINE_S) -> float:
        """Wait until it says `words` and return when it did, NaN when it never does."""
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s:
            for line in list(self.said):
                if words in line.text:
                    return line.at_s
            if self.process.poll() is not None and not any(thread.is_alive() for thread in self._threads):
                break
            time.sleep(POLL_S)
        return next((line.at_s for line in self.said if words in line.text), float("nan"))

    def error(self) -> str:
        """Return the sentence with which it failed, empty if there is none; the two streams come in any order."""
        return next((line.text for line in reversed(self.said) if line.text.startswith("twitchscope: ")), "")

    def text(self) -> str:
        """Return all that it said."""
        return "\n".join(line.text for line in self.said)


@contextmanager
def twitchscope(
    *arguments: str,
    launcher: Sequence[str] = ("-m", "twitchscope"),
    environment: Mapping[str, str] | None = None,
    listens: bool = True,
    stdin: int = subprocess.DEVNULL,
) -> Iterator[Program]:
    """Run the program until the block ends; it is killed then if it has not ended by itself."""
    process = subprocess.Popen(
        [sys.executable, *launcher, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    program = Program(process)
    if listens:
        program.listen()
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
def simulated_cyton(port: Path, *arguments: str) -> Iterator[Program]:
    """Run a simulated Cyton at `port`, ready when the block begins."""
    with twitchscope("simulate", "--serial", str(port), *arguments) as board:
        assert board.told_s("answers at") > 0.0, board.text()
        yield board


def wait_until_gone(path: Path) -> float:
    """Return when `path` has gone."""
    while os.path.lexists(path):
        time.sleep(POLL_S)
    return time.monotonic()


def wait_until_there(path: Path) -> float:
    """Return when `path` has come."""
    while not path.exists():
        time.sleep(POLL_S)
    return time.monotonic()


def only_folder(out: Path) -> Path:
    """Return the one session in `out`."""
    (folder,) = out.iterdir()
    return folder


def started_s(folder: Path) -> float:
    """Return when sample 0 of a session was, by the monotonic clock of this process."""
    at = datetime.fromisoformat(str(read_document(folder / "session.json")["started_at"]))
    return at.timestamp() - time.time() + time.monotonic()
