import os
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from acquisition import read_recording
from acquisition.core import Block, BoardInfo, RecordingError, ads1299_channels
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.cli import main
from twitchscope.disk import LARGEST_RESERVE_BYTES, LITTLE_MINUTES, DiskRoom, Usage
from twitchscope.session import Session, SessionPlan

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


def test_a_folder_that_is_not_there_yet_stands_for_the_one_above(tmp_path: Path) -> None:
    asked: list[Path] = []

    def usage(folder: Path) -> Usage:
        asked.append(folder)
        return _disk(1e12, 1e9)

    _ = DiskRoom(tmp_path / "a" / "b", INFO, usage).minutes_left
    assert set(asked) == {tmp_path}


def test_a_session_ends_whole_at_the_reserve(tmp_path: Path) -> None:
    free = iter([1e9, 1e9, 5e8, 64e6])
    board = ScriptedBoard(noise_blocks(10.0))
    board.open()
    session = Session(
        board, SessionPlan(tmp_path, "p"), lambda record: None, read_usage=lambda folder: _disk(1e12, next(free))
    )
    with pytest.raises(RecordingError, match="disk is almost full"):
        session.run()
    assert session.folder is not None
    assert read_recording(session.folder).duration_s == pytest.approx(2.0, abs=0.06)
    assert main(["check", str(session.folder)]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows deletes no open file")
def test_a_folder_that_is_deleted_meanwhile_is_told(tmp_path: Path) -> None:
    class Deleting(ScriptedBoard):
        def _read(self, timeout_s: float) -> Block | None:
            if self.next_index == 3000:
                while session.folder is None or not (session.folder / "recording.bdf").exists():
                    self.clock.wait_s(0.005)
                    time.sleep(0.0)  # the recorder's turn
                shutil.rmtree(tmp_path / "out")
            return super()._read(timeout_s)

    board = Deleting(noise_blocks(20.0))
    with board:
        session = Session(board, SessionPlan(tmp_path / "out", "p"), lambda record: None)
        with pytest.raises(RecordingError, match="was deleted while it was written"):
            session.run()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a file system of its own needs root on Linux")
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this machine mounts no tmpfs: {done.stderr.decode().strip()}")
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
