import errno
import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from acquisition import read_recording
from acquisition.core import Block, BoardInfo, RecordingError, ads1299_channels
from tests.needs import missing
from tests.patience import is_well_begun, wait_for
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from tests.twitchscope.listening import listened
from twitchscope.cli import main
from twitchscope.session.plan import SessionPlan
from twitchscope.session.recorder import LOOK_S
from twitchscope.session.session import Session
from twitchscope.storage.disk import LARGEST_RESERVE_BYTES, LITTLE_MINUTES, DiskRoom, Usage
from twitchscope.storage.parts import was_cut_off

Disk = namedtuple("Disk", "total used free")
INFO = BoardInfo("Board", 1000.0, ads1299_channels((12.0,) * 8), 262.0)


def _disk(total: float, free: float) -> Disk:
    return Disk(int(total), int(total - free), int(free))


def test_the_reserve_is_small_on_small_disks_and_bounded_on_large_ones(tmp_path: Path) -> None:
    assert DiskRoom(tmp_path, INFO, lambda folder: _disk(1e12, 9e11)).reserve_bytes == LARGEST_RESERVE_BYTES
    assert DiskRoom(tmp_path, INFO, lambda folder: _disk(1e8, 9e7)).reserve_bytes == 10_000_000
    assert DiskRoom(tmp_path, INFO, lambda folder: _disk(1e8, 1e6)).reserve_bytes == 500_000


def test_minutes_are_what_a_recording_takes(tmp_path: Path) -> None:
    room = DiskRoom(tmp_path, INFO, lambda folder: _disk(1e12, 1e9))
    assert room.minutes_left == pytest.approx((1e9 - 64e6) / 27_000 / 60)
    assert room.warning == ""


def test_little_room_is_warned_of(tmp_path: Path) -> None:
    room = DiskRoom(tmp_path, INFO, lambda folder: _disk(1e12, 64e6))
    assert 0.0 < room.minutes_left < LITTLE_MINUTES
    assert "disk" in room.warning


def test_less_than_a_minute_of_room_is_no_0_minutes(tmp_path: Path) -> None:
    room = DiskRoom(tmp_path, INFO, lambda folder: _disk(1e12, 1e6))
    assert room.warning == "little room on the disk: it will be full in less than a minute of recording"


def test_a_disk_that_others_fill_meanwhile_is_reported_twice(tmp_path: Path) -> None:
    per_minute = 60 * 27_000.0
    left = [50, 40, 29, 28, 6, 4, 3]
    free = iter(LARGEST_RESERVE_BYTES + minutes * per_minute for minutes in left)
    room = DiskRoom(tmp_path, INFO, lambda folder: _disk(1e12, next(free)))
    told = []
    for _ in left[1:]:
        room.require()
        told.append(room.news.popleft() if room.news else "")
    words = "little room on the disk: it will be full in about {} minutes of recording"
    assert told == ["", words.format("29.0"), "", "", words.format("4.0"), ""]


def test_a_system_that_does_not_give_the_room_ends_no_recording_and_is_reported_once(tmp_path: Path) -> None:
    answers: list[Disk | OSError] = [_disk(1e12, 1e9), *3 * [OSError(errno.ESTALE, os.strerror(errno.ESTALE))]]

    def usage(folder: Path) -> Usage:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    room = DiskRoom(tmp_path, INFO, usage)
    room.require()
    room.require()
    assert list(room.news) == [
        f"what room the disk has at {tmp_path} cannot be known: {os.strerror(errno.ESTALE)}; the recording goes on"
    ]
    with pytest.raises(RecordingError, match=r"cannot be known.*is it on another computer, or pulled out"):
        DiskRoom(tmp_path, INFO, usage)


def test_a_session_says_that_the_disk_is_filling(tmp_path: Path) -> None:
    free = iter([1e9, *1000 * [70e6]])

    class Waiting(ScriptedBoard):
        def _read(self, timeout_s: float) -> Block | None:
            if self.next_index == 2000:
                wait_for(lambda: session.room.news or session.notes.all())  # let the recorder run
            return super()._read(timeout_s)

    with Waiting(noise_blocks(3.0)) as board:
        session = Session(board, SessionPlan(tmp_path, "p"), read_usage=lambda folder: _disk(1e12, next(free)))
        session.run()
    (note,) = session.notes.all()
    assert note.startswith("little room on the disk")


def test_a_folder_that_is_not_there_yet_stands_for_the_one_above(tmp_path: Path) -> None:
    asked: list[Path] = []

    def usage(folder: Path) -> Usage:
        asked.append(folder)
        return _disk(1e12, 1e9)

    _ = DiskRoom(tmp_path / "a" / "b", INFO, usage).minutes_left
    assert set(asked) == {tmp_path}


def test_a_folder_that_is_moved_away_while_its_room_is_asked_is_no_unknown_room(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "session"
    folder.mkdir(parents=True)

    def usage(asked: Path) -> Usage:
        if folder.exists():
            folder.parent.rename(tmp_path / "elsewhere")
        asked.stat()
        return _disk(1e12, 9e11)

    room = DiskRoom(folder, INFO, usage)
    (tmp_path / "elsewhere").rename(tmp_path / "out")
    room.require()
    assert not folder.exists()
    assert not room.news


def test_a_session_ends_whole_at_the_reserve(tmp_path: Path) -> None:
    free = iter([1e9, 1e9, 5e8, 64e6])
    board = ScriptedBoard(noise_blocks(10.0))
    board.open()
    session = Session(board, SessionPlan(tmp_path, "p"), read_usage=lambda folder: _disk(1e12, next(free)))
    with pytest.raises(RecordingError, match="disk is almost full"):
        session.run()
    assert session.folder is not None
    recorded_s = read_recording(session.folder).duration_s
    assert recorded_s == pytest.approx(2 * LOOK_S, abs=0.06)
    assert main(["check", str(session.folder)]) == 0
    assert not was_cut_off(session.folder), "it ended in good order, and is not to be gone on with"
    result = json.loads((session.folder / "session.json").read_text("utf-8"))["result"]
    assert (result["duration_s"], result["n_lost"]) == (recorded_s, 0), "what is in the recording, not what was read"


needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows moves and deletes no open file")


class MeddledBoard(ScriptedBoard):
    """Board that calls a function on the session's folder once a part of the session is recorded."""

    def __init__(self, meddle: Callable[[Path], object]) -> None:
        super().__init__(noise_blocks(20.0))
        self.folder: Callable[[], Path | None] = lambda: None
        self._meddle = meddle

    def _read(self, timeout_s: float) -> Block | None:
        if self.next_index == 3000:
            wait_for(self._is_well_begun)  # let the recorder run
            folder = self.folder()
            assert folder is not None
            self._meddle(folder)
        return super()._read(timeout_s)

    def _is_well_begun(self) -> bool:
        folder = self.folder()
        return folder is not None and is_well_begun(folder)


def run_meddled(out: Path, meddle: Callable[[Path], object]) -> tuple[Session, RecordingError]:
    """Run a session of 20 s whose files are changed after 3 s; return it and its error."""
    with MeddledBoard(meddle) as board:
        session = Session(board, SessionPlan(out, "p"))
        board.folder = lambda: session.folder
        with pytest.raises(RecordingError) as caught:
            session.run()
    return session, caught.value


@needs_posix
def test_a_folder_that_is_deleted_meanwhile_is_reported(tmp_path: Path) -> None:
    def delete(folder: Path) -> None:
        # Moved first: a folder that is deleted file by file may be read in between.
        shutil.rmtree((tmp_path / "out").rename(tmp_path / "bin"))

    _, error = run_meddled(tmp_path / "out", delete)
    assert "was deleted while it was written" in str(error)


@needs_posix
@pytest.mark.parametrize("meddle", [Path.unlink, lambda path: path.rename(path.with_suffix(".old"))])
def test_a_journal_that_goes_alone_is_reported_and_the_signal_is_whole(
    tmp_path: Path, meddle: Callable[[Path], object]
) -> None:
    session, error = run_meddled(tmp_path, lambda folder: meddle(folder / "events.jsonl"))
    assert "events.jsonl was" in str(error)
    assert session.folder is not None
    assert 0.0 < read_recording(session.folder).duration_s <= 4.0, "by the next look"


@needs_posix
@pytest.mark.parametrize("is_parent", [False, True])
def test_a_session_whose_folder_is_moved_goes_on_there_whole_and_says_so(tmp_path: Path, is_parent: bool) -> None:
    new = tmp_path / "elsewhere"
    session, error = run_meddled(tmp_path / "out", lambda folder: (folder.parent if is_parent else folder).rename(new))
    moved = "the session's folder was moved or renamed while it is recorded"
    assert len([note for note in session.notes.all() if note.startswith(moved)]) == 1
    assert session.folder is not None
    assert session.folder == (new / session.folder.name if is_parent else new)
    assert f"expected {tmp_path / 'out'}" in str(error)
    assert f"found {session.folder}, where all of it is" in str(error)
    assert read_recording(session.folder).duration_s == 20.0
    assert json.loads((session.folder / "session.json").read_text("utf-8"))["result"]["n_samples"] == 20_000
    assert not any((tmp_path / "out").glob("*/*"))
    assert main(["check", str(session.folder)]) == 0


def test_a_disk_that_becomes_read_only_ends_the_recording_with_the_word_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def protect(folder: Path) -> None:
        monkeypatch.setattr(os, "write", refuse)
        monkeypatch.setattr(os, "ftruncate", refuse)

    session, error = run_meddled(tmp_path, protect)
    monkeypatch.undo()
    assert str(error).startswith("the disk did not take the recording")
    assert os.strerror(errno.EROFS) in str(error)
    assert session.folder is not None
    assert 0.0 < read_recording(session.folder).duration_s <= 3.25
    assert main(["check", str(session.folder)]) == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """File system of 1 MB."""
    if not sys.platform.startswith("linux"):
        pytest.skip("other systems make a file system of its own in other ways")
    if os.geteuid() != 0 or shutil.which("mount") is None:
        missing("a file system of its own needs root, and mount")
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False)
    if done.returncode != 0:
        missing(f"this machine mounts no tmpfs: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_small_disk_ends_the_recording_in_one_sentence(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = "simulated:?seed=1&speed=0"
    assert main(["record", "--board", url, "--seconds", "120", "--out", str(small_disk / "out")]) == 1
    said = capsys.readouterr()
    assert "disk is almost full" in said.err
    assert "little room on the disk" in said.out
    (folder,) = (small_disk / "out").iterdir()
    assert read_recording(folder).duration_s > 20.0
    assert main(["check", str(folder)]) == 0


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_disk_without_any_room_leaves_nothing_behind_and_promises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_whole: bool
) -> None:
    """Neither if it has no room from the start, nor if it has room for the session's document only."""

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    whole, cut = "acquisition.recording.bdf.record_file.tempfile.mkstemp", "twitchscope.storage.files.flush_to_disk"
    name = whole if is_whole else cut
    monkeypatch.setattr(name, refuse)
    out = tmp_path / "out"
    assert main(["record", "--board", "simulated:?seed=1&speed=0", "--seconds", "3", "--out", str(out)]) == 1
    said = capsys.readouterr()
    assert os.strerror(errno.ENOSPC) in said.err
    assert "valid" not in said.err
    assert "recorded until then" not in said.out
    assert not any(out.iterdir())


def test_a_disk_that_is_full_before_the_first_record_keeps_nothing_and_promises_nothing(tmp_path: Path) -> None:
    free = iter([12e3, 4e3])
    with ScriptedBoard(noise_blocks(10.0)) as board:
        session = Session(board, SessionPlan(tmp_path, "p"), read_usage=lambda folder: _disk(6e6, next(free)))
        with pytest.raises(RecordingError, match=r"^nothing could be recorded: the disk is almost full \(.*\); make"):
            session.run()
    assert not any(tmp_path.iterdir())


def test_a_first_record_that_the_disk_does_not_take_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("acquisition.recording.bdf.record_file.RecordFile._give_name", refuse)
    with ScriptedBoard(noise_blocks(1.0)) as board:
        session = Session(board, SessionPlan(tmp_path, "p"))
        with pytest.raises(RecordingError, match=r"^nothing could be recorded: No space .*: is the disk full\?$"):
            session.run()
    assert not any(tmp_path.iterdir())


def test_marks_that_were_made_before_a_first_record_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("acquisition.recording.bdf.record_file.RecordFile._give_name", refuse)
    with ScriptedBoard(noise_blocks(0.1)) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "p")), on_found=lambda found: mark())

        def mark() -> None:
            session.mark("seen", 0.05)

        with pytest.raises(RecordingError, match="did not take the recording"):
            session.run()
    (folder,) = tmp_path.iterdir()
    assert "seen" in (folder / "events.jsonl").read_text("utf-8")
