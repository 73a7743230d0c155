"""Slow disks, detectors, views and terminals: none of them delays the recorder, and all are reported."""

import errno
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import Block, BoardInfo, RecordingError, held_block
from acquisition.recording import Annotation
from tests.patience import DEADLINE_S
from tests.twitchscope.conftest import RATE_HZ, ScriptedBoard, noise_blocks
from tests.twitchscope.held_disk import HeldDisk, LiveBoard
from tests.twitchscope.listening import listened
from twitchscope.findings.detection import Detection
from twitchscope.session.plan import SessionPlan
from twitchscope.session.recorder import JournalEntry, Recorder
from twitchscope.session.session import Session
from twitchscope.session.stream import Stream
from twitchscope.storage.disk_wait import HangingDisk
from twitchscope.terminal.printing import Printer
from twitchscope.terminal.unhurried import UnhurriedPrinter

ROOT = Path(__file__).parents[3]


@pytest.fixture
def held_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldDisk]:
    disk = HeldDisk(monkeypatch)
    yield disk
    disk.is_free.set()  # also after a failed test, so that no thread keeps waiting


@pytest.fixture
def info() -> BoardInfo:
    return ScriptedBoard([]).open()


def _recorder(folder: Path, info: BoardInfo, max_queued: int = 0) -> Recorder:
    return Recorder(lambda: folder, info, datetime(2026, 11, 23), max_queued)


def _entry(number: int) -> JournalEntry:
    return JournalEntry({"label": "seen", "onset_s": 0.001 * number}, Annotation(0.001 * number, 0.0, f"seen {number}"))


def test_a_disk_that_hangs_delays_nobody_is_reported_and_loses_nothing(
    held_disk: HeldDisk, info: BoardInfo, tmp_path: Path
) -> None:
    recorder = _recorder(tmp_path, info)
    recorder.start()
    blocks = noise_blocks(2.0)
    for number, block in enumerate(blocks):
        recorder.put_block(block)
        assert bool(recorder.wait_report) == (number > 18), "0.9 s behind the arrival of the first, in blocks of 50 ms"
    assert "the disk has taken nothing for 1.9" in recorder.wait_report
    held_disk.is_free.set()
    recorder.close()
    assert recorder.error is None
    assert recorder.wait_report == ""
    counts = np.concatenate([block.counts for block in read_recording(tmp_path / "recording.bdf").blocks()])
    assert np.array_equal(counts, np.concatenate([block.counts for block in blocks]))


def test_signal_that_comes_late_and_all_at_once_has_not_waited_for_the_disk(
    held_disk: HeldDisk, info: BoardInfo, tmp_path: Path
) -> None:
    recorder = _recorder(tmp_path, info)
    recorder.start()
    for block in noise_blocks(5.0):
        recorder.put_block(replace(block, arrival_s=7.0))
        assert recorder.wait_report == ""
    held_disk.is_free.set()
    recorder.close()
    assert recorder.error is None


def test_small_blocks_are_all_written(info: BoardInfo, tmp_path: Path) -> None:
    """They are passed to the thread together, and an incomplete group at the end."""
    blocks = noise_blocks(1.03, block_samples=4)
    recorder = _recorder(tmp_path, info)
    recorder.start()
    for block in blocks:
        recorder.put_block(block)
    recorder.close()
    assert recorder.error is None
    assert recorder.n_samples == blocks[-1].end_index
    counts = np.concatenate([block.counts for block in read_recording(tmp_path / "recording.bdf").blocks()])
    assert np.array_equal(counts[: recorder.n_samples], np.concatenate([block.counts for block in blocks]))


def test_an_absence_that_comes_all_at_once_has_not_waited_for_the_disk(
    held_disk: HeldDisk, info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a laptop's sleep."""
    monkeypatch.setattr("twitchscope.session.recorder.LONGEST_WAIT_S", 5.0)
    (block,) = noise_blocks(0.05)
    n_held = round(60.0 * RATE_HZ)
    held = held_block(block.n_samples, n_held, block.counts[-1], block.aux[-1], 60.0)
    recorder = _recorder(tmp_path, info)
    recorder.start()
    for one in (block, held, *noise_blocks(1.0, first_index=held.end_index)):
        recorder.put_block(one)
    held_disk.is_free.set()
    recorder.close()
    assert recorder.error is None
    assert read_recording(tmp_path / "recording.bdf").header.n_samples == n_held + round(1.05 * RATE_HZ)


def test_what_waited_while_the_computer_slept_has_not_waited_for_the_disk(
    held_disk: HeldDisk, info: BoardInfo, tmp_path: Path
) -> None:
    recorder = _recorder(tmp_path, info)
    recorder.start()
    blocks = noise_blocks(2.0)
    for block in blocks[:4]:
        recorder.put_block(block)
    told = []
    for block in blocks[4:]:
        recorder.put_block(replace(block, arrival_s=block.arrival_s + 3600.0))
        told.append(recorder.wait_report)
    assert told[0] == ""
    assert "the disk has taken nothing for 2." in told[-1], "it hangs nevertheless"
    held_disk.is_free.set()
    recorder.close()
    assert recorder.wait_report == ""


def test_a_journal_that_is_not_taken_is_reported_by_its_name(
    info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = threading.Event()
    recorder = Recorder(lambda: tmp_path, info, datetime(2026, 11, 23), on_error=heard.set)
    recorder.start()
    for block in noise_blocks(1.0):
        recorder.put_block(block)
    recorder.put_entry(_entry(1))
    monkeypatch.setattr("twitchscope.session.journal_file.sync_to_disk", _fail)
    recorder.put_entry(_entry(2))
    assert heard.wait(DEADLINE_S), "though nothing more comes from the board"
    recorder.close()
    assert str(recorder.error) == (
        "the disk did not take a line of events.jsonl: Input/output error; what was written before is valid"
    )
    assert read_recording(tmp_path / "recording.bdf").duration_s == 1.0


def _fail(file: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_line_of_the_journal_is_in_the_file_before_anybody_hears_of_it(
    held_disk: HeldDisk, info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anything on the screen therefore survives the process, however busy the disk is with the signal."""
    monkeypatch.setattr("twitchscope.session.recorder.LINE_WAIT_S", DEADLINE_S)
    recorder = _recorder(tmp_path, info)
    recorder.start()
    recorder.put_block(noise_blocks(0.1)[0])
    for number in range(3):
        recorder.put_entry(_entry(number))
        lines = (tmp_path / "events.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(line)["onset_s"] for line in lines] == [0.001 * n for n in range(number + 1)]
    held_disk.is_free.set()
    recorder.close()
    notes = read_recording(tmp_path / "recording.bdf").header.annotations
    assert [note.text for note in notes] == ["seen 0", "seen 1", "seen 2"]


def test_what_waits_for_a_disk_has_its_bound(
    held_disk: HeldDisk, info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchscope.session.recorder.LONGEST_WAIT_S", 5.0)
    recorder = _recorder(tmp_path, info)
    recorder.start()
    for block in noise_blocks(6.0):
        recorder.put_block(block)
    assert isinstance(recorder.error, RecordingError)
    assert "disk" in str(recorder.error)
    held_disk.is_free.set()
    recorder.close()
    assert 5.0 <= read_recording(tmp_path / "recording.bdf").duration_s < 5.2, "what waited is written nevertheless"


def test_an_end_that_waits_for_a_disk_is_reported_and_waits_no_longer_than_a_disk_may_hang(
    held_disk: HeldDisk, info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value_s in {"END_LOOK_S": 0.01, "REPORTED_END_S": 0.05, "LONGEST_WAIT_S": 2.0}.items():
        monkeypatch.setattr(f"twitchscope.session.recorder.{name}", value_s)
    told: list[str] = []
    recorder = Recorder(lambda: tmp_path, info, datetime(2026, 11, 23), tell=told.append)
    recorder.start()
    for block in noise_blocks(1.0):
        recorder.put_block(block)
    recorder.close()
    assert isinstance(recorder.error, HangingDisk)
    assert "the last 1.0 s of signal are not in the recording" in str(recorder.error)
    assert [line.split(",")[0] for line in told] == ["the end waits for the disk"]
    held_disk.is_free.set()
    recorder.close()


def test_a_source_that_waits_for_a_disk_waits_no_longer_than_a_disk_may_hang(
    held_disk: HeldDisk, info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a playback without a clock, whose queue is full at once."""
    for name, value_s in {
        "END_LOOK_S": 0.01,
        "REPORTED_WAIT_S": 0.03,
        "REPORTED_END_S": 0.05,
        "LONGEST_WAIT_S": 0.5,
    }.items():
        monkeypatch.setattr(f"twitchscope.session.recorder.{name}", value_s)
    told: list[str] = []
    errors: list[str] = []
    recorder = Recorder(
        lambda: tmp_path, info, datetime(2026, 11, 23), 2, on_error=lambda: errors.append("once"), tell=told.append
    )
    recorder.start()
    for block in noise_blocks(1.0):
        recorder.put_block(block)
    assert isinstance(recorder.error, HangingDisk)
    recorder.close()
    assert [line.split(",")[0] for line in told] == ["the signal waits for the disk", "the end waits for the disk"]
    assert errors == ["once"], "whoever hears of it tells it"
    held_disk.is_free.set()
    recorder.close()
    assert 0.1 <= read_recording(tmp_path / "recording.bdf").duration_s <= 0.15, "two were queued, one perhaps in hand"


def test_that_a_disk_hangs_is_said_while_it_hangs(
    held_disk: HeldDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end comes only when the disk accepts the waiting data again."""
    monkeypatch.setattr("twitchscope.session.recorder.LONGEST_WAIT_S", 5.0)
    notes: list[str] = []

    def hear(note: str) -> None:
        notes.append(note)
        if "so recording has stopped" in note:
            held_disk.is_free.set()

    class Endless(LiveBoard):
        def _read(self, timeout_s: float) -> Block | None:
            return noise_blocks(0.05, first_index=self.next_index)[0]

    with Endless([]) as board, pytest.raises(HangingDisk, match="does it hang"):
        listened(Session(board, SessionPlan(tmp_path, "test")), on_note=hear).run()
    assert any("so recording has stopped: does it hang? What waits is written" in note for note in notes)


def test_a_journal_that_the_disk_does_not_take_is_an_error_at_once(
    info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")

    def open_full(path: Path) -> IO[str]:
        return Path("/dev/full").open("a", encoding="utf-8")

    monkeypatch.setattr("twitchscope.session.journal_file.open_private", open_full)
    monkeypatch.setattr("twitchscope.session.recorder.LINE_WAIT_S", DEADLINE_S)
    recorder = _recorder(tmp_path, info)
    recorder.start()
    recorder.put_entry(_entry(1))  # without signal, or the recorder would notice that it is another file
    assert "the disk did not take a line of events.jsonl: No space left" in str(recorder.error)
    recorder.close()


def test_a_session_says_that_its_disk_hangs(held_disk: HeldDisk, tmp_path: Path) -> None:
    notes: list[str] = []

    def hear(note: str) -> None:
        notes.append(note)
        held_disk.is_free.set()

    class Endless(LiveBoard):
        def _read(self, timeout_s: float) -> Block | None:
            if len(notes) and self.next_index > 20.0 * RATE_HZ:
                return None
            return noise_blocks(0.05, first_index=self.next_index)[0]

    with Endless([]) as board:
        result = listened(Session(board, SessionPlan(tmp_path, "test")), on_note=hear).run()
    assert len(notes) == 1
    assert "the disk has taken nothing" in notes[0]
    assert result.folder is not None
    assert read_recording(result.folder).header.n_samples == result.n_samples


def test_a_subscriber_that_does_not_keep_up_misses_what_it_cannot_hold_and_the_others_nothing() -> None:
    blocks = noise_blocks(100.0, block_samples=1000)
    board = LiveBoard(blocks)
    board.open()
    stream = Stream(board)
    slow, quick = stream.subscribe(), stream.subscribe()
    stream.start()
    got = sum(block.n_samples for block in quick)
    stream.join()
    seen = sum(block.n_samples for block in slow)
    assert got + quick.n_skipped == seen + slow.n_skipped == 100_000
    assert slow.n_skipped == 40_000


def test_the_detector_takes_skipped_signal_for_lost(info: BoardInfo) -> None:
    blocks = noise_blocks(20.0)
    detection, skipping = Detection(info), Detection(info)
    lost = [
        Block(block.first_index, 0 * block.counts, block.aux, np.zeros(block.n_samples, np.bool_), block.arrival_s)
        for block in blocks[150:250]
    ]
    whole = detection.run([*blocks[:150], *lost, *blocks[250:]])
    assert skipping.run([*blocks[:150], *blocks[250:]]) == whole
    assert np.array_equal(skipping.detector.usable_fraction, detection.detector.usable_fraction)


def test_a_terminal_that_is_held_delays_nobody_and_is_reported_what_it_missed() -> None:
    is_free = threading.Event()

    class Held(io.StringIO):
        def write(self, text: str) -> int:
            assert is_free.wait(DEADLINE_S)
            return super().write(text)

    stream = Held()
    with UnhurriedPrinter(Printer(stream), max_lines=5) as printer:
        for number in range(100):
            printer.line(f"line {number}")  # returns, though nothing was printed
        n_skipped = printer.n_skipped
        is_free.set()
    assert n_skipped >= 94  # not after the end of the block, which waits until all is printed
    lines = stream.getvalue().splitlines()
    assert lines[0] == "line 0"
    assert len([line for line in lines if line.startswith("line")]) == 100 - n_skipped
    assert lines[-1].startswith(f"{n_skipped} lines are not shown")


def test_a_reader_that_stalls_on_standard_output_delays_no_session(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    if not hasattr(fcntl, "F_SETPIPE_SZ"):
        pytest.skip("a pipe of one page: Linux")
    board = "simulated:?seed=3&rate=250&speed=0"
    command = [sys.executable, "-m", "twitchscope", "record", "--board", board, "--seconds", "120"]
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    with subprocess.Popen(
        [*command, "--format", "jsonl", "--out", str(tmp_path)], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE
    ) as process:
        os.close(writing)
        try:
            deadline_s = time.monotonic() + DEADLINE_S
            while not any(json.loads(path.read_text("utf-8"))["result"] for path in tmp_path.glob("*/session.json")):
                assert time.monotonic() < deadline_s, "the session waits for its reader"
                time.sleep(0.02)
            assert process.poll() is None, "the reader has not taken its lines yet"
            with os.fdopen(reading, encoding="utf-8") as lines:
                printed = [json.loads(line) for line in lines]
            process.communicate(timeout=DEADLINE_S)
        finally:
            process.kill()
    assert process.returncode == 0
    (journal,) = tmp_path.glob("*/events.jsonl")
    kept = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    assert sum(len(json.dumps(event)) for event in printed) > 4096, "more than the pipe holds"
    assert [event["onset_s"] for event in printed] == [line["onset_s"] for line in kept]
