"""Ctrl-C as sent by a terminal to a real process, while it loads and while it records."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from acquisition import read_recording
from tests import needs
from tests.patience import DEADLINE_S
from twitchscope.cli import main

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT to another process: POSIX")


@pytest.fixture(autouse=True)
def heard_signals() -> Iterator[None]:
    """Let processes started by these tests receive signals, even if the tests run in the background or under ``nohup``.

    A shell makes background processes ignore SIGINT, and ``nohup`` makes them ignore SIGHUP.
    """
    handlers = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupt_when(said: bytes, command: Sequence[str], number: signal.Signals = signal.SIGINT) -> tuple[int, bytes]:
    """Send signal `number` once `said` appears on standard error; return exit status and all of standard error."""
    output, deadline_s = b"", time.monotonic() + DEADLINE_S
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            while said not in output:
                assert time.monotonic() < deadline_s, output.decode()[-2000:]
                if select.select([process.stderr], [], [], 1.0)[0]:
                    piece = os.read(process.stderr.fileno(), 65_536)  # readable also after the process ended
                    assert piece, output.decode()[-2000:]
                    output += piece
            process.send_signal(number)
            _, rest = process.communicate(timeout=DEADLINE_S)
        finally:
            process.kill()
    return process.returncode, output + rest


@pytest.mark.parametrize("loaded", ["numpy", "twitchscope.findings.detection", "serial.tools"])
def test_ctrl_c_while_numpy_and_the_rest_load_ends_quietly(loaded: str) -> None:
    """Python itself reports what it has loaded, so that the moment is known without a clock."""
    command = [sys.executable, "-X", "importtime", "-m", "twitchscope", "boards", "--quick"]
    status, output = interrupt_when(loaded.encode(), command)
    assert status == 0
    assert b"Traceback" not in output
    assert b"KeyboardInterrupt" not in output


INTERRUPTED_IMPORT = """
import signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == late:
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                raise AttributeError("what an extension module may make of it")

late = sys.argv.pop(1)
sys.meta_path.insert(0, Interrupting())
from twitchscope.cli import run_as_program
sys.exit(run_as_program())
"""
"""Program that receives Ctrl-C while the module named first is imported."""


@pytest.mark.parametrize(
    ("late", "command"),
    [
        ("shiboken6", ["live", "--exit-after", "1"]),
        ("twitchscope.live.window", ["demo", "--seconds", "1"]),
        ("twitchscope.review.window", ["review", "recording.bdf"]),
        ("acquisition.simulated.patient", ["demo", "--headless", "--seconds", "1"]),
        ("acquisition.simulated.patient", ["simulate", "--record", "recording.bdf", "--seconds", "1"]),
        ("fpdf", ["report", "session"]),
    ],
    ids=["live", "demo", "review", "demo --headless", "simulate", "report"],
)
def test_ctrl_c_while_what_loads_late_does_ends_quietly(late: str, command: list[str], tmp_path: Path) -> None:
    if late == "shiboken6" or late.endswith(".window"):
        needs.window()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":0", "PYTHONPATH": str(ROOT)}
    started = [sys.executable, "-c", INTERRUPTED_IMPORT, late, *command]
    done = subprocess.run(started, cwd=tmp_path, env=environment, capture_output=True, timeout=DEADLINE_S, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert list(tmp_path.iterdir()) == []


AT_THE_END = {
    "atexit": "import atexit, signal, sys; atexit.register(signal.raise_signal, signal.SIGINT); ",
    "modules go": "import os, signal, sys; "
    "sys.late = type('Late', (), {'__del__': lambda self, kill=os.kill, own=os.getpid(): kill(own, 2)})(); ",
}
"""Code that sends Ctrl-C while the interpreter closes, before and after it stops handling signals."""


@pytest.mark.parametrize("moment", AT_THE_END)
def test_ctrl_c_while_the_interpreter_closes_leaves_with_the_status_of_the_command(moment: str) -> None:
    code = f"{AT_THE_END[moment]}from twitchscope.cli import run_as_program; sys.exit(run_as_program())"
    for given, status in ((["--version"], 0), (["boards", "--quick"], 0), (["no such command"], 2)):
        done = subprocess.run([sys.executable, "-c", code, *given], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == status
        assert b"KeyboardInterrupt" not in done.stderr


@pytest.mark.parametrize("command", ["electrodes", "calibrate"])
def test_ctrl_c_while_a_board_is_opened_ends_at_once(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening may take as long as its address says, and no current flows yet."""

    def open_slowly(url: str, setup: object) -> None:
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("Ctrl-C was not heard")

    monkeypatch.setattr(f"twitchscope.commands.{command}.open_board", open_slowly)
    assert main([command, "--board", "simulated:"]) == 0


def record_command(out: Path, *more: str) -> list[str]:
    board = "simulated:?seed=1"
    command = [sys.executable, "-m", "twitchscope", "record", "--board", board, "--format", "jsonl", *more]
    return [*command, "--out", str(out)]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_synthetic_recording_that_is_asked_to_end_has_its_truth(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def asked_to_end(total_s: float, what: str) -> Iterator[Callable[[float], None]]:
        yield lambda done_s: signal.raise_signal(signal.Signals[name])

    def refuse(*arguments: object) -> None:
        raise AssertionError("the process would have died")

    monkeypatch.setattr("twitchscope.commands.simulate.progress_bar", asked_to_end)
    path, before = tmp_path / "a.bdf", signal.signal(signal.SIGTERM, refuse)
    try:
        assert main(["simulate", "--record", str(path), "--seconds", "30"]) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert read_recording(path).duration_s < 30.0
    assert json.loads((tmp_path / "a.truth.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_session_that_is_asked_to_end_in_its_first_second_closes_in_order(tmp_path: Path, name: str) -> None:
    """By Ctrl-C, by the system at shutdown, and by a terminal that is closed."""
    status, output = interrupt_when(b"Ctrl-C ends the session", record_command(tmp_path), signal.Signals[name])
    assert status == 0, output.decode()
    assert b"Traceback" not in output


def test_what_was_started_to_outlive_its_terminal_does(tmp_path: Path) -> None:
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *record_command(tmp_path, "--seconds", "2")]
    status, output = interrupt_when(b"Ctrl-C ends the session", command, signal.SIGHUP)
    assert status == 0, output.decode()
    (folder,) = tmp_path.iterdir()
    document = json.loads((folder / "session.json").read_text("utf-8"))
    assert document["result"]["duration_s"] == 2.0
