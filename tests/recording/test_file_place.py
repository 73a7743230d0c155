"""Files that are moved, replaced, truncated or deleted, or whose folder is, while they are written."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from acquisition.core import RecordingError
from acquisition.recording import file_place
from acquisition.recording.file_place import folder_now, require_whole

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows moves and deletes no open file")


@pytest.fixture
def written(tmp_path: Path) -> tuple[int, Path]:
    """Return an open file in a nested folder."""
    path = tmp_path / "out" / "session" / "events.jsonl"
    path.parent.mkdir(parents=True)
    return os.open(path, os.O_CREAT | os.O_WRONLY), path


def test_a_file_in_its_place(written: tuple[int, Path]) -> None:
    assert folder_now(*written) == written[1].parent


@pytest.mark.parametrize("n_above", [1, 2])
def test_a_folder_that_moved_takes_its_file_along(written: tuple[int, Path], n_above: int) -> None:
    fd, path = written
    moved = path.parents[n_above - 1]
    new = moved.rename(moved.with_name("elsewhere"))
    assert folder_now(fd, path) == new / path.parent.relative_to(path.parents[n_above - 1])
    os.write(fd, b"more")
    assert (folder_now(fd, path) / path.name).read_bytes() == b"more"


def _replace(path: Path) -> None:
    path.rename(path.with_name("mine"))
    path.write_text("other")


def _restore(path: Path) -> None:
    """Replace a file by a copy, as a program that synchronises folders does."""
    shutil.copy2(path, path.with_name("copy")).replace(path)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (Path.unlink, "was deleted while it was written"),
        (lambda path: path.rename(path.with_name("mine")), "was moved or renamed while it was written.*mine"),
        (_replace, "was replaced by another file"),
        (_restore, "was replaced by another file"),
    ],
)
def test_a_file_that_is_gone_is_reported(written: tuple[int, Path], what: Callable[[Path], object], words: str) -> None:
    fd, path = written
    what(path)
    with pytest.raises(RecordingError, match=f"^{path} {words}"):
        folder_now(fd, path)


def test_no_path_is_named_that_leads_nowhere(written: tuple[int, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The system reports the path of a file on a removed disk relative to that disk's own root."""
    fd, path = written
    path.rename(path.with_name("mine"))
    monkeypatch.setattr(file_place, "_path_of", lambda fd: Path("/session/events.jsonl"))
    with pytest.raises(RecordingError, match=r"or its disk was taken away: nobody can tell where it is now$"):
        folder_now(fd, path)


def test_a_file_that_is_deleted_while_its_place_is_looked_up_is_reported_as_deleted(
    written: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    fd, path = written
    bin_path = path.rename(path.with_name("bin"))

    def delete(fd: int) -> Path:
        bin_path.unlink()
        return bin_path

    monkeypatch.setattr(file_place, "_path_of", delete)
    with pytest.raises(RecordingError, match="was deleted while it was written"):
        folder_now(fd, path)


def test_a_file_that_became_shorter_is_reported(written: tuple[int, Path]) -> None:
    fd, path = written
    os.write(fd, b"four")
    require_whole(fd, path, 4)
    os.truncate(path, 3)
    with pytest.raises(RecordingError, match=r"was cut short by another program.*3 of 4 bytes are left"):
        require_whole(fd, path, 4)


def test_a_network_that_numbers_files_anew_is_no_loss(
    written: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "samestat", lambda one, other: False)
    assert folder_now(*written) == written[1].parent
