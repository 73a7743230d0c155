"""Files are synced to the disk while nobody waits for it, and errors are reported."""

import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import Block, BoardInfo, RecordingError
from acquisition.recording import Annotation
from tests.patience import DEADLINE_S, wait_for
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.session.recorder import JournalEntry, Recorder
from twitchscope.storage.disk_sync import DiskSync


class BusyDisk:
    """Disk on which every fsync blocks until `is_free`; `asked` is set once the first waits, `n_done` are finished."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_free, self.asked = threading.Event(), threading.Event()
        self.n_done = 0
        fsync = os.fsync

        def wait_and_sync(fd: int) -> None:
            self.asked.set()
            assert self.is_free.wait(DEADLINE_S)
            fsync(fd)
            self.n_done += 1

        monkeypatch.setattr(os, "fsync", wait_and_sync)


@pytest.fixture
def info() -> BoardInfo:
    return ScriptedBoard([]).open()


def _recording(folder: Path, info: BoardInfo, blocks: Sequence[Block]) -> Recorder:
    """Return a recorder that was started and given these blocks."""
    recorder = Recorder(lambda: folder, info, datetime(2026, 11, 23))
    recorder.start()
    for block in blocks:
        recorder.put_block(block)
    return recorder


def _recording_that_waits(folder: Path, info: BoardInfo, disk: BusyDisk) -> tuple[Recorder, int]:
    """Return a recorder whose first second is being synced to a disk that accepts nothing, and the next index."""
    first = noise_blocks(1.0)
    recorder = _recording(folder, info, [replace(block, arrival_s=1.0) for block in first])
    assert disk.asked.wait(DEADLINE_S)
    return recorder, first[-1].end_index


def test_what_is_asked_for_twice_before_it_begins_is_done_once() -> None:
    done: list[str] = []

    def one() -> None:
        done.append("one")

    def two() -> None:
        done.append("two")

    sync = DiskSync(lambda error: None)
    for bring in (one, two, one, two, one):
        sync.request(bring)
    assert not sync.is_idle
    sync.start()
    sync.close()
    sync.close()
    assert done == ["one", "two"]
    assert sync.is_idle


def test_what_goes_wrong_is_heard_and_the_rest_is_done() -> None:
    errors: list[Exception] = []
    done: list[str] = []

    def fail() -> None:
        raise OSError("no")

    sync = DiskSync(errors.append)
    sync.start()
    sync.request(fail)
    sync.request(lambda: done.append("it"))
    sync.close()
    assert [str(error) for error in errors] == ["no"]
    assert done == ["it"]


def test_signal_and_journal_are_in_their_files_while_the_disk_is_busy(
    info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is killed meanwhile therefore loses none of it."""
    disk = BusyDisk(monkeypatch)
    blocks = noise_blocks(3.0)
    recorder = _recording(tmp_path, info, blocks)
    recorder.put_entry(JournalEntry({"label": "seen"}, Annotation(1.0, 0.0, "seen")))
    assert disk.asked.wait(DEADLINE_S)
    wait_for(lambda: recorder.waiting_s == 0.0)
    assert disk.n_done == 0
    assert read_recording(tmp_path / "recording.bdf").duration_s >= 2.75
    assert (tmp_path / "events.jsonl").read_text("utf-8") == '{"label": "seen"}\n'
    disk.is_free.set()
    recorder.close()
    assert recorder.error is None
    assert disk.n_done >= 3, "signal, folder and journal"
    counts = np.concatenate([block.counts for block in read_recording(tmp_path / "recording.bdf").blocks()])
    assert np.array_equal(counts, np.concatenate([block.counts for block in blocks]))


def test_every_line_of_the_journal_is_brought_to_the_disk(info: BoardInfo, tmp_path: Path, brought: list[Path]) -> None:
    recorder = _recording(tmp_path, info, noise_blocks(1.0))
    try:
        for n_lines in (1, 2, 3):
            recorder.put_entry(JournalEntry({"label": "seen"}, Annotation(1.0, 0.0, "seen")))
            wait_for(lambda n_lines=n_lines: brought.count(tmp_path / "events.jsonl") >= n_lines)
    finally:
        recorder.close()
    assert {tmp_path / "recording.bdf", tmp_path} < set(brought), "the signal too, and the names of both"


def test_a_disk_that_does_not_come_to_an_end_is_reported(
    info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = BusyDisk(monkeypatch)
    recorder, next_index = _recording_that_waits(tmp_path, info, disk)
    wait_for(lambda: recorder.waiting_s == 0.0)
    assert recorder.wait_report == ""
    for block in noise_blocks(2.0, first_index=next_index):
        recorder.put_block(block)
        wait_for(lambda: recorder.waiting_s == 0.0)
    assert "the disk has taken nothing for" in recorder.wait_report
    disk.is_free.set()
    recorder.close()
    assert recorder.error is None


def test_what_was_on_its_way_to_the_disk_when_the_computer_slept_is_not_reported(
    info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = BusyDisk(monkeypatch)
    recorder, next_index = _recording_that_waits(tmp_path, info, disk)
    (woken, *later) = noise_blocks(1.5, first_index=next_index)
    recorder.put_block(replace(woken, arrival_s=woken.arrival_s + 3600.0))
    wait_for(lambda: recorder.waiting_s == 0.0)
    assert recorder.wait_report == ""
    for block in later:
        recorder.put_block(replace(block, arrival_s=block.arrival_s + 3600.0))
    wait_for(lambda: recorder.waiting_s == 0.0)
    assert "the disk has taken nothing for 1.9" in recorder.wait_report, "it hangs nevertheless"
    disk.is_free.set()
    recorder.close()
    assert recorder.error is None


def test_a_disk_that_fails_later_is_an_error_of_the_recorder(
    info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = _recording(tmp_path, info, noise_blocks(1.0))
    wait_for(lambda: recorder.waiting_s == 0.0)

    def fail(fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    for block in noise_blocks(1.5, first_index=round(info.sampling_rate_hz)):
        recorder.put_block(block)
    wait_for(lambda: recorder.error is not None)
    assert isinstance(recorder.error, RecordingError)
    assert "Input/output error" in str(recorder.error)
    recorder.close()
    assert read_recording(tmp_path / "recording.bdf").duration_s >= 1.0, "what was written is valid"
