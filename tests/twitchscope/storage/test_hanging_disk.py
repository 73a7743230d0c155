"""Marks, verdicts and the end of a session on a hanging disk."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pytest

from acquisition import read_recording
from acquisition.core import RecordingError
from acquisition.recording import Annotation
from tests.patience import DEADLINE_S
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from tests.twitchscope.held_disk import EndlessBoard, HeldDisk, LiveBoard
from tests.twitchscope.listening import listened
from twitchscope.saved.checking import check
from twitchscope.session.folder import SessionFolder
from twitchscope.session.journal_file import JournalFile
from twitchscope.session.plan import SessionPlan
from twitchscope.session.recorder import JournalEntry, Recorder
from twitchscope.session.session import Session
from twitchscope.storage.disk_wait import HangingDisk
from twitchscope.storage.files import open_private
from twitchscope.storage.parts import was_cut_off


def set_limits(monkeypatch: pytest.MonkeyPatch, limits_s: dict[str, float]) -> None:
    """Give the recorder other limits, by the names of its constants."""
    for name, value_s in limits_s.items():
        monkeypatch.setattr(f"twitchscope.session.recorder.{name}", value_s)


@pytest.fixture
def held_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldDisk]:
    disk = HeldDisk(monkeypatch)
    yield disk
    disk.is_free.set()  # also after a failed test, so that no thread keeps waiting


def _entry(number: int) -> JournalEntry:
    return JournalEntry({"label": "seen", "onset_s": 0.001 * number}, Annotation(0.001 * number, 0.0, f"seen {number}"))


def test_a_mark_on_a_disk_that_hangs_holds_nobody_up_is_reported_and_kept_once_it_can_be(
    held_disk: HeldDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchscope.session.recorder.LINE_WAIT_S", 0.01)
    held_disk.holds_journal = True
    told: list[str] = []
    recorder = Recorder(lambda: tmp_path, ScriptedBoard([]).open(), datetime(2026, 11, 23), tell=told.append)
    recorder.start()
    recorder.put_block(noise_blocks(0.1)[0])
    assert [recorder.put_entry(_entry(number)) for number in range(3)] == [True, True, True]
    assert [line.split(",")[0] for line in told] == ["a line of the journal waits for the disk"]
    held_disk.is_free.set()
    recorder.close()
    assert recorder.error is None
    lines = (tmp_path / "events.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["onset_s"] for line in lines] == [0.0, 0.001, 0.002]
    notes = read_recording(tmp_path / "recording.bdf").header.annotations
    assert [note.text for note in notes] == ["seen 0", "seen 1", "seen 2"]
    assert not recorder.put_entry(_entry(3)), "behind its end nothing is kept, and whoever asks hears so"
    assert len((tmp_path / "events.jsonl").read_text("utf-8").splitlines()) == 3


def test_a_disk_that_hangs_is_reported_whatever_the_thread_of_the_verdicts_waits_for(
    held_disk: HeldDisk, tmp_path: Path
) -> None:
    is_told = threading.Event()

    def hear(note: str) -> None:
        assert "the disk has taken nothing" in note
        is_told.set()
        session.stop()
        held_disk.is_free.set()

    with EndlessBoard([]) as board:
        session = listened(
            Session(board, SessionPlan(tmp_path, "p")), on_found=lambda found: _require(is_told), on_note=hear
        )
        session.run()


def _require(is_told: threading.Event) -> None:
    assert is_told.wait(DEADLINE_S), "nothing was told"


def test_what_the_end_waits_for_is_a_note_and_heard_at_once_though_the_stream_has_ended(
    held_disk: HeldDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window reads the notes, the terminal receives them."""
    set_limits(monkeypatch, {"END_LOOK_S": 0.01, "REPORTED_END_S": 0.05})
    heard: list[str] = []

    def hear(note: str) -> None:
        heard.append(note)
        if note.startswith("the end waits for the disk"):
            assert note in session.notes.all()
            held_disk.is_free.set()

    with LiveBoard(noise_blocks(0.5)) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "p")), on_note=hear)
        session.run()
    assert heard == session.notes.all()
    assert [note.split(",")[0] for note in heard] == ["the end waits for the disk"]


def test_a_session_with_marks_ends_though_its_disk_hangs_for_good(
    held_disk: HeldDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, {"END_LOOK_S": 0.01, "LINE_WAIT_S": 0.01, "LONGEST_WAIT_S": 2.0})
    held_disk.holds_journal = True
    with EndlessBoard([]) as board, pytest.raises(HangingDisk, match="does it hang"):
        session = listened(Session(board, SessionPlan(tmp_path, "p")), on_found=lambda found: session.mark("seen", 0.1))
        session.run()
    assert not held_disk.is_free.is_set()
    assert not session.mark("seen", 0.2)
    held_disk.is_free.set()


def test_a_verdict_whose_line_the_journal_refuses_is_neither_reported_nor_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(journal: JournalFile, line: str) -> None:
        raise RecordingError("refused")

    monkeypatch.setattr(JournalFile, "write", refuse)
    told: list[object] = []
    with ScriptedBoard(with_burst(noise_blocks(20.0), at_s=15.0)) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "p")), on_event=told.append, on_line=told.append)
        with pytest.raises(RecordingError, match="refused"):
            session.run()
    assert told == []


class HeldDocument:
    """Disk that accepts the last document of a session only once it is released."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_free = threading.Event()
        self.is_asked = threading.Event()
        write = SessionFolder.write_document

        def write_when_free(folder: SessionFolder, document: dict[str, Any]) -> None:
            if document["result"] is not None:
                self.is_asked.set()
                assert self.is_free.wait(DEADLINE_S)
            write(folder, document)

        monkeypatch.setattr(SessionFolder, "write_document", write_when_free)
        monkeypatch.setattr("twitchscope.session.recorder.END_LOOK_S", 0.01)
        monkeypatch.setattr("twitchscope.session.finishing.REPORTED_WAIT_S", 0.02)


def test_a_document_that_the_disk_does_not_take_is_reported_and_written_once_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldDocument(monkeypatch)
    heard: list[str] = []

    def hear(note: str) -> None:
        heard.append(note)
        held.is_free.set()

    with LiveBoard(noise_blocks(0.5)) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "p")), on_note=hear)
        result = session.run()
        assert heard == session.notes.all()
    assert [note.split(",")[0] for note in heard] == ["session.json waits for the disk"]
    assert result.folder is not None
    assert not was_cut_off(result.folder)


def test_ctrl_c_ends_the_wait_for_a_document_and_leaves_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldDocument(monkeypatch)
    with LiveBoard(noise_blocks(0.5)) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "p")), on_note=lambda note: session.interrupt())
        with pytest.raises(HangingDisk, match=r"the disk took nothing .*: session\.json lacks the result"):
            session.run()
    assert held.is_asked.is_set()
    (folder,) = tmp_path.iterdir()
    assert not [finding.text for finding in check(folder) if finding.is_wrong]
    assert read_recording(folder).duration_s == 0.5
    assert was_cut_off(folder)
    held.is_free.set()


def test_ctrl_c_asked_once_waits_for_a_disk_and_asked_again_does_not(
    held_disk: HeldDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, {"END_LOOK_S": 0.01, "REPORTED_END_S": 0.05})
    asked: list[str] = []

    def interrupt(note: str) -> None:
        if "waits for the disk" in note:
            asked.append(note)
            session.interrupt()

    def interrupt_once(found: object) -> None:
        if not asked_first:
            asked_first.append(found)
            session.interrupt()

    asked_first: list[object] = []
    with EndlessBoard([]) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "p")), on_found=interrupt_once, on_note=interrupt)
        with pytest.raises(HangingDisk, match="until nobody waited any more"):
            session.run()
    assert len(asked) == 1, "the first one was heard by the stream, and waited for"
    held_disk.is_free.set()


def test_a_second_ctrl_c_ends_a_played_recording_whose_reading_waits_for_the_disk(
    held_disk: HeldDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, {"END_LOOK_S": 0.01, "REPORTED_WAIT_S": 0.02, "REPORTED_END_S": 0.02})

    def interrupt_twice(note: str) -> None:
        if note.startswith("the signal waits for the disk"):
            session.interrupt()
            session.interrupt()

    with ScriptedBoard(noise_blocks(20.0)) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "p")), on_note=interrupt_twice)
        with pytest.raises(HangingDisk, match="took nothing until nobody waited any more, so recording has stopped"):
            session.run()
    assert not held_disk.is_free.is_set()
    held_disk.is_free.set()


def test_what_fails_elsewhere_as_a_line_is_written_takes_the_line_from_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_line = JournalFile.write

    def write_and_fail_elsewhere(journal: JournalFile, line: str) -> None:
        write_line(journal, line)
        recorder._fail(RecordingError("the signal's disk is gone"))

    monkeypatch.setattr(JournalFile, "write", write_and_fail_elsewhere)
    recorder = Recorder(lambda: tmp_path, ScriptedBoard([]).open(), datetime(2026, 11, 28))
    recorder.start()
    assert recorder.put_entry(_entry(1)), "its line is in the file"
    assert not recorder.put_entry(_entry(2))
    recorder.close()
    assert len((tmp_path / "events.jsonl").read_text("utf-8").splitlines()) == recorder.n_lines == 1


@pytest.mark.parametrize("first", ["journal", "signal"])
def test_files_that_cannot_be_opened_are_tried_once_whichever_thread_comes_first(
    first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    opened: list[IO[str]] = []

    def make_folder() -> Path:
        made.append(tmp_path / f"{len(made)}")
        made[-1].mkdir()
        return made[-1]

    def open_and_keep(path: Path) -> IO[str]:
        opened.append(open_private(path))
        return opened[-1]

    def refuse(*arguments: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("twitchscope.session.journal_file.open_private", open_and_keep)
    monkeypatch.setattr("twitchscope.session.part_files.BdfWriter", refuse)
    recorder = Recorder(make_folder, ScriptedBoard([]).open(), datetime(2026, 11, 28))
    recorder.put_block(noise_blocks(0.1)[0])
    steps = [lambda: recorder._take_entry(_entry(1)), lambda: recorder._write([])]
    for step in steps if first == "journal" else reversed(steps):
        with pytest.raises(OSError, match="No space left"):
            step()
        recorder.error = None  # as for a thread that checked before the other one failed
    recorder.start()
    recorder.close()
    assert len(made) == 1
    assert [file.closed for file in opened] == [True]
