import errno
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acquisition.core import RecordingError
from twitchscope.storage.files import (
    check_pseudonym,
    likely_cause,
    new_session_folder,
    open_private,
    write_json,
    write_new_file,
)

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")


def test_two_sessions_in_one_second_get_two_folders(tmp_path: Path) -> None:
    first = new_session_folder(tmp_path / "sessions", NOON, "p7")
    second = new_session_folder(tmp_path / "sessions", NOON, "p7")
    assert (first.name, second.name) == ("2026-05-04_120000_p7", "2026-05-04_120000_p7-2")


@posix_only
def test_folder_and_files_are_the_owners_alone(tmp_path: Path) -> None:
    folder = new_session_folder(tmp_path, NOON, "p7")
    write_json(folder / "session.json", {"a": 1})
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "session.json").stat().st_mode) == 0o600


def test_a_root_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "sessions").write_text("")
    with pytest.raises(RecordingError, match=r"no session folder can be made in .*: it is a file, expected a folder"):
        new_session_folder(tmp_path / "sessions", NOON, "p7")


def test_rewriting_leaves_the_new_document_and_no_draft(tmp_path: Path) -> None:
    write_json(tmp_path / "session.json", {"a": 1})
    write_json(tmp_path / "session.json", {"a": 2})
    assert json.loads((tmp_path / "session.json").read_text(encoding="utf-8")) == {"a": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["session.json"]


@posix_only
def test_a_folder_of_a_documents_name_is_no_full_disk(tmp_path: Path) -> None:
    (tmp_path / "session.json").mkdir()
    with pytest.raises(RecordingError, match=r"^session\.json cannot be written: .*: does a folder have its name\?$"):
        write_json(tmp_path / "session.json", {"a": 1})


@posix_only
def test_a_draft_that_was_left_there_gives_the_new_document_neither_its_place_nor_its_mode(tmp_path: Path) -> None:
    path, draft, elsewhere = tmp_path / "session.json", tmp_path / ".session.json.new", tmp_path / "elsewhere"
    draft.write_text("half a docu")
    draft.chmod(0o644)
    write_json(path, {"a": 1})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    elsewhere.write_text("precious")
    draft.symlink_to(elsewhere)
    write_json(path, {"a": 2})
    assert json.loads(path.read_text("utf-8")) == {"a": 2}
    assert not path.is_symlink()
    assert elsewhere.read_text() == "precious"
    assert {one.name for one in tmp_path.iterdir()} == {"session.json", "elsewhere"}


def test_a_document_is_on_the_disk_before_it_has_its_name_and_its_name_before_anybody_goes_on(
    tmp_path: Path, brought: list[Path]
) -> None:
    """Otherwise a power cut would leave an empty ``session.json`` where a complete one was."""
    folder = new_session_folder(tmp_path / "sessions", NOON, "p7")
    assert brought == [tmp_path / "sessions"]
    write_json(folder / "session.json", {"a": 1})
    assert brought[1:] == [folder / ".session.json.new", folder / "session.json", folder]


def test_a_new_private_file_never_replaces_an_old_one(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("kept")
    with pytest.raises(FileExistsError):
        open_private(tmp_path / "events.jsonl")
    assert (tmp_path / "events.jsonl").read_text() == "kept"


@pytest.mark.parametrize("text", ["", "a/b", "..\\x", "a" * 41, "line\nbreak", "c:", "John Smith"])
def test_a_pseudonym_that_no_folder_can_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="pseudonym"):
        check_pseudonym(text)


def test_a_pseudonym_in_bytes_that_are_no_text_says_that_of_the_locale() -> None:
    assert check_pseudonym("Mü") == "Mü"
    with pytest.raises(ValueError, match="no text in this locale"):
        check_pseudonym(b"M\xc3\xbc".decode("ascii", "surrogateescape"))


@pytest.mark.parametrize(
    ("error", "seen"),
    [(OSError(errno.ENOSPC, "No space left on device"), RecordingError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_a_new_file_that_does_not_become_whole_leaves_nothing(
    error: BaseException, seen: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fd: int) -> None:
        raise error

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(seen):
        write_new_file(tmp_path / "a.png", b"picture")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_not_called_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="was its folder moved or deleted"):
        write_json(tmp_path / "gone" / "session.json", {})


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (FileExistsError(), "another program"),
        (FileNotFoundError(), "moved or deleted"),
        (OSError(errno.EROFS, "Read-only file system"), "against writing"),
        (OSError(errno.EIO, "Input/output error"), "pulled out"),
        (PermissionError(errno.EACCES, "Permission denied"), "somebody else's"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory"), "where a folder was expected"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk full"),
        (OSError(), "disk full"),
    ],
)
def test_the_likely_cause_fits_the_error(error: OSError, cause: str) -> None:
    assert cause in likely_cause(error)
