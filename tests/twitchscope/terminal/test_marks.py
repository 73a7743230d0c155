"""Keys of the terminal: the mark of each, and a recording marked through a real terminal."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.patience import DEADLINE_S
from twitchscope.session.session import Session
from twitchscope.terminal.keys import ESCAPE_WAIT_S, TypedBytes, key_name, terminal_keys
from twitchscope.terminal.marks import TerminalMarks

needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals: Windows has none")


class Kept(Session):
    """Session with marks alone, whose signal time is the host's time."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, float, str]] = []
        self.is_open = True
        self.has_begun = True

    def mark(self, label: str, time_s: float, text: str = "", decided_by: str = "operator") -> bool:
        if self.is_open:
            self.lines.append((label, time_s, text))
        return self.is_open

    def undo_mark(self, label: str, marked_s: float, time_s: float) -> bool:
        self.lines.append(("undo", time_s, label))
        return True

    def time_s(self, host_s: float) -> float | None:
        return host_s if self.has_begun else None


class Typist:
    """Typist for `TerminalMarks` that stores the messages."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.shown: list[str] = []
        self.kept = Kept()
        self._marks = TerminalMarks(self.kept, self.told.append, self.shown.append)

    def type(self, text: str, at_s: float) -> list[tuple[str, float, str]]:
        self._marks.take(text, at_s)
        return self.kept.lines


@pytest.fixture
def typist() -> Typist:
    return Typist()


def test_each_key_marks_at_the_time_of_its_press(typist: Typist) -> None:
    assert typist.type("s", 1.5) == [("seen", 1.5, "")]
    typist.type(" fp0kea", 2.0)
    assert [line[0] for line in typist.kept.lines[1:]] == [
        "marker", "felt_by_practitioner", "felt_by_patient", "none_this_pass", "needle_contact", "electrode_change",
        "adverse_event",
    ]  # fmt: skip
    assert typist.told[0] == "    1.500 s  marked: seen"


def test_the_needle_goes_in_and_out_and_the_last_mark_can_be_taken_back(typist: Typist) -> None:
    typist.type("nn\x7f", 3.0)
    assert typist.kept.lines == [("needle_in", 3.0, ""), ("needle_out", 3.0, ""), ("undo", 3.0, "needle_out")]
    typist.type("\x1a\x1a", 4.0)
    assert typist.told[-1] == "nothing to take back"


def test_a_note_has_the_time_at_which_it_was_begun_and_its_letters_mark_nothing(typist: Typist) -> None:
    typist.type("\r", 5.0)
    typist.type("sax", 6.0)
    typist.type("\x7fn?", 7.0)
    assert typist.kept.lines == []
    assert typist.type("\n", 8.0) == [("note", 5.0, "san?")]
    typist.type("\rforget\x1b", 9.0)
    typist.type("\r  \r", 9.0)
    assert len(typist.kept.lines) == 1


def test_other_keys_do_nothing(typist: Typist) -> None:
    typist.type("xzq9€\t?", 1.0)
    assert typist.kept.lines == []


def test_a_press_that_nobody_keeps_is_reported(typist: Typist) -> None:
    typist.kept.has_begun = False
    typist.type("s", 1.0)
    typist.kept.has_begun, typist.kept.is_open = True, False
    typist.type("s", 1.0)
    assert len(typist.told) == 2
    assert all(line.startswith("not marked") for line in typist.told)


@pytest.mark.parametrize("sequence", ["\x1b[A", "\x1b[1;5C", "\x1bOP", "\x1b[15~"])
def test_arrows_and_function_keys_are_no_letters_in_however_many_pieces_they_come(sequence: str) -> None:
    keys = TypedBytes()
    assert keys.take(f"s{sequence}f".encode()) == "sf"
    for place in range(1, len(sequence)):
        assert keys.take(f"s{sequence[:place]}".encode()) == "s"
        assert keys.wait(0.5 * ESCAPE_WAIT_S) == ""
        assert keys.take(f"{sequence[place:]}f".encode()) == "f"
    assert "".join(keys.take(bytes([byte])) for byte in f"s{sequence}ä".encode()) == "sä"


def test_a_lone_escape_is_one_as_soon_as_nothing_follows_it() -> None:
    keys = TypedBytes()
    assert keys.take(b"s\x1b") == "s"
    assert keys.wait(0.6 * ESCAPE_WAIT_S) == ""
    assert keys.wait(0.6 * ESCAPE_WAIT_S) == "\x1b"
    assert keys.wait(0.6 * ESCAPE_WAIT_S) == ""
    assert keys.take(b"\x1b\x1b") + keys.take(b"\r") == "\x1b\x1b\r"


def test_names_of_keys() -> None:
    assert [key_name(char) for char in " \r\n\x7f\x1a\x1bs0?"] == [
        "Space", "Return", "Return", "Backspace", "Ctrl+Z", "Escape", "S", "0", "?",
    ]  # fmt: skip


@given(st.text(max_size=30))
def test_anything_may_be_typed(text: str) -> None:
    typist = Typist()
    typist.type(text, 1.0)
    typist.type("\x1b\rend\r", 2.0)
    assert ("note", 2.0, "end") in typist.kept.lines


def test_without_a_terminal_there_are_no_keys(tmp_path: Path) -> None:
    with terminal_keys(io.StringIO("s")) as keys:
        assert keys is None
    with (tmp_path / "input").open("w+") as file, terminal_keys(file) as keys:
        assert keys is None


# --- a real terminal --------------------------------------------------------------------------------------------------


class Terminal:
    """Program in a terminal of its own."""

    def __init__(self, *arguments: str, folder: Path) -> None:
        import pty

        self._main, other = pty.openpty()
        self.errors = folder / "errors"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", START, *arguments], stdin=other, stdout=subprocess.PIPE, stderr=errors,
                cwd=folder, start_new_session=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )  # fmt: skip
        self.device = other

    def type(self, text: str) -> float:
        """Type a text and return the time."""
        at_s = time.monotonic()
        os.write(self._main, text.encode())
        return at_s

    def press(self, key: str, label: str) -> tuple[float, float]:
        """Press a key until it marks, not before the first sample; return the time before and after."""
        while True:
            n_refused = self.said().count("not marked")
            at_s = self.type(key)
            end_s = at_s + DEADLINE_S
            while self.said().count("not marked") == n_refused:
                if f"  marked: {label}" in self.said():
                    return at_s, time.monotonic()
                assert time.monotonic() < end_s, self.said()
                threading.Event().wait(0.01)

    def said(self) -> str:
        """Return the program's standard error."""
        return self.errors.read_text("utf-8")

    def wait_for(self, words: str) -> None:
        """Wait until `words` appear on standard error."""
        end_s = time.monotonic() + DEADLINE_S
        while words not in self.said():
            assert time.monotonic() < end_s, self.said()
            assert self.process.poll() is None, self.said()
            threading.Event().wait(0.01)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        os.close(self._main)
        os.close(self.device)


START = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from twitchscope.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""Program that acquires the controlling terminal, as under a shell, and runs twitchscope."""


@contextlib.contextmanager
def recording(folder: Path, *arguments: str) -> Iterator[Terminal]:
    terminal = Terminal(
        "record", "--board", "simulated:?seed=1&rate=250&channels=2", "--out", str(folder / "out"), "--format",
        "jsonl", *arguments, folder=folder,
    )  # fmt: skip
    try:
        terminal.wait_for("keys:")
        yield terminal
    finally:
        terminal.close()


def journal_of(folder: Path) -> list[dict[str, Any]]:
    (session,) = (folder / "out").iterdir()
    return [json.loads(line) for line in (session / "events.jsonl").read_text("utf-8").splitlines()]


@needs_pty
def test_a_recording_is_marked_by_keys_and_the_terminal_is_as_it_was(tmp_path: Path) -> None:
    import termios

    with recording(tmp_path, "--no-feedback") as terminal:
        assert not termios.tcgetattr(terminal.device)[3] & termios.ICANON
        seen_s = terminal.press("s", "seen")
        threading.Event().wait(0.3)
        needle_s = terminal.press("n", "needle_in")
        terminal.type("\rcramp äß\r")
        terminal.wait_for("marked: note")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait(DEADLINE_S) == 0
        assert termios.tcgetattr(terminal.device)[3] & termios.ICANON
    lines = [line for line in journal_of(tmp_path) if line["kind"] == "marker"]
    assert [line["label"] for line in lines] == ["seen", "needle_in", "note"]
    assert all(line["decided_by"] == "operator" and line["feedback_shown"] is False for line in lines)
    assert lines[2]["text"] == "cramp äß"
    between_s = lines[1]["onset_s"] - lines[0]["onset_s"]
    assert needle_s[0] - seen_s[1] - 0.05 < between_s < needle_s[1] - seen_s[0] + 0.05


@needs_pty
def test_ctrl_z_does_not_stop_a_recording(tmp_path: Path) -> None:
    with recording(tmp_path, "--seconds", "60") as terminal:
        terminal.press("s", "seen")
        terminal.type("\x1a")
        terminal.wait_for("taken back: seen")
        terminal.type("\x03")  # Ctrl-C, unlike Ctrl+Z, ends it
        assert terminal.process.wait(DEADLINE_S) == 0
