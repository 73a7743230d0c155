"""BdfWriter and its file on the disk: killed at any step, an existing file, a full disk."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import RecordingError, make_block
from acquisition.recording import Annotation, BdfWriter
from tests.patience import DEADLINE_S
from tests.recording.support import FOREIGN_READERS, STARTED_AT, joined, made_up_counts, make_info, write_recording


class _Killed:
    """Copies of a file after every step of its writer: what a process killed there leaves behind."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.states: list[bytes] = []
        for name in ("write", "link", "close", "ftruncate", "unlink"):
            monkeypatch.setattr(os, name, self._watched(getattr(os, name), name))

    def _watched(self, function, name):
        def call(*args, **kwargs):
            if name == "write" and len(args[1]) > 8:  # the system may write less than requested
                args = (args[0], args[1][: max(1, len(args[1]) // 2)])
            result = function(*args, **kwargs)
            if self.path.exists():
                state = self.path.read_bytes()
                if not self.states or state != self.states[-1]:
                    self.states.append(state)
            return result

        return call


@pytest.mark.skipif(os.name == "nt", reason="the steps watched are those of POSIX")
@pytest.mark.parametrize("program", FOREIGN_READERS)
def test_killed_at_every_step_other_programs_open_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program):
    counts = made_up_counts(180)
    killed = _Killed(tmp_path / "a.bdf", monkeypatch)
    write_recording(killed.path, make_info(), counts, (Annotation(0.0, 0.0, "first"), Annotation(0.3, 0.0, "second")))
    monkeypatch.undo()
    assert len(killed.states) > 20
    for number, state in enumerate(killed.states):
        path = tmp_path / f"{number}.bdf"
        path.write_bytes(state)
        found = FOREIGN_READERS[program](path)
        n_samples = min(len(found.digital), 180)
        assert n_samples >= 50
        assert np.array_equal(found.digital[:n_samples, :3], counts[:n_samples])
        assert "first" in {note.text for note in found.notes}
        ours = joined(read_recording(path))
        assert np.array_equal(ours.counts, counts[: len(ours.counts)]) and len(ours.counts) >= n_samples - 50


ENDLESS_WRITER = """
import sys
from datetime import datetime
from pathlib import Path
import numpy as np
from acquisition.core import BoardInfo, ads1299_channels, make_block
from acquisition.recording import Annotation, BdfWriter

info = BoardInfo("Test Board", 250.0, ads1299_channels((24,) * 3), 65.5)
with BdfWriter(Path(sys.argv[1]), info, started_at=datetime(2026, 11, 22)) as writer:
    index = 0
    while True:
        counts = np.arange(index * 3, index * 3 + 30, dtype=np.int32).reshape(10, 3)
        writer.write(make_block(index, counts, 0.0))
        if index % 500 == 0:
            writer.annotate(Annotation(index / 250, 0.0, f"marker {index}"))
        index += 10
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_process_killed_outright_leaves_what_every_program_reads(tmp_path: Path):
    path = tmp_path / "a.bdf"
    process = subprocess.Popen([sys.executable, "-c", ENDLESS_WRITER, str(path)], cwd=Path(__file__).parents[3])
    try:
        deadline_s = time.monotonic() + DEADLINE_S
        while not (path.exists() and path.stat().st_size > 100_000):
            assert process.poll() is None and time.monotonic() < deadline_s
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()
    recording = read_recording(path)
    n_samples = recording.header.n_samples
    expected = np.arange(n_samples * 3).reshape(n_samples, 3)
    assert np.array_equal(joined(recording).counts, expected)
    markers = [note.text for note in recording.header.annotations]
    assert markers[: n_samples // 500] == [f"marker {index}" for index in range(0, n_samples // 500 * 500, 500)]
    for name, reader in FOREIGN_READERS.items():
        found = reader(path)
        assert np.array_equal(found.digital[:n_samples, :3], expected), name
        assert markers == [note.text for note in found.notes][: len(markers)], name


def test_the_file_appears_with_its_first_record_and_grows_record_by_record(tmp_path: Path):
    path = tmp_path / "a.bdf"
    counts = made_up_counts(200)
    with BdfWriter(path, make_info(), started_at=STARTED_AT) as writer:
        writer.write(make_block(0, counts[:49], 0.0))
        assert not path.exists()
        for n_samples in range(50, 200):
            writer.write(make_block(n_samples - 1, counts[n_samples - 1 : n_samples], 0.0))
            assert read_recording(path).header.n_samples == n_samples // 50 * 50
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bdf"]


def test_without_a_sample_there_is_no_file(tmp_path: Path):
    with BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT) as writer:
        writer.annotate(Annotation(0.0, 0.0, "nothing came"))
    assert list(tmp_path.iterdir()) == []


def without_hard_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable hard links, as on FAT."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse, raising=False)


@pytest.mark.skipif(sys.platform != "linux", reason="what an open file is called is told by /proc")
def test_the_disk_has_file_and_name_with_the_first_record_and_the_file_each_second_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    brought: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda fd: brought.append(Path(f"/proc/self/fd/{fd}").readlink()))
    path, counts, n_brought = tmp_path / "a.bdf", made_up_counts(410), []
    with BdfWriter(path, make_info(), started_at=STARTED_AT) as writer:
        for start in range(0, 400, 50):
            writer.write(make_block(start, counts[start : start + 50], 0.0))
            n_brought.append(len(brought))
        writer.write(make_block(400, counts[400:], 0.0))
    assert n_brought == [2] * 5 + [3] * 3
    assert brought == [path, tmp_path, path, path]


def test_a_file_is_never_overwritten(tmp_path: Path):
    path = tmp_path / "a.bdf"
    path.write_text("mine")
    with pytest.raises(RecordingError, match="never overwritten"):
        BdfWriter(path, make_info(), started_at=STARTED_AT)
    assert path.read_text() == "mine"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bdf"]


def test_a_path_that_cannot_be_looked_at_is_reported(tmp_path: Path):
    with pytest.raises(RecordingError, match="cannot be written"):
        BdfWriter(tmp_path / ("x" * 5000), make_info(), started_at=STARTED_AT)


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_comes_into_being_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
):
    if not has_links:
        without_hard_links(monkeypatch)
    path = tmp_path / "a.bdf"
    writer = BdfWriter(path, make_info(), started_at=STARTED_AT)
    path.write_text("mine")
    with pytest.raises(RecordingError, match="meanwhile"):
        writer.write(make_block(0, made_up_counts(50), 0.0))
    writer.close()
    assert path.read_text() == "mine"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bdf"]


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no open file")
@pytest.mark.parametrize("moment", ["before the name", "between name and draft"])
def test_a_file_that_is_deleted_meanwhile_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str):
    path, link = tmp_path / "a.bdf", os.link

    def link_and_delete(source: Path, target: Path) -> None:
        if moment == "between name and draft":
            link(source, target)
        for entry in tmp_path.iterdir():
            entry.unlink()
        if moment == "before the name":
            link(source, target)

    monkeypatch.setattr(os, "link", link_and_delete)
    refused = pytest.raises(RecordingError, match="was deleted while")
    with BdfWriter(path, make_info(), started_at=STARTED_AT) as writer, refused:
        writer.write(make_block(0, made_up_counts(50), 0.0))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="hard links of POSIX")
def test_a_file_system_without_hard_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    without_hard_links(monkeypatch)
    counts = made_up_counts(60)
    recording = read_recording(write_recording(tmp_path / "a.bdf", make_info(), counts))
    assert np.array_equal(joined(recording).counts, counts)


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_only_the_owner_may_read_it(tmp_path: Path):
    path = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(60))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path):
    with pytest.raises(RecordingError, match="cannot be written"):
        BdfWriter(tmp_path / "none" / "a.bdf", make_info(), started_at=STARTED_AT)


def test_a_full_disk_is_reported_at_once_and_leaves_a_valid_file(tmp_path: Path):
    resource = pytest.importorskip("resource", reason="a limit of file size is how a full disk is made here")
    signal = pytest.importorskip("signal")
    path = tmp_path / "a.bdf"
    counts = made_up_counts(1000)
    old_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    writer = BdfWriter(path, make_info(), started_at=STARTED_AT)
    n_written = 0
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, old_limit[1]))
        with pytest.raises(RecordingError, match="disk did not take"):
            for n_written in range(0, 1000, 10):
                writer.write(make_block(n_written, counts[n_written : n_written + 10], 0.0))
        with pytest.raises(RecordingError, match="disk"):
            writer.write(make_block(n_written + 10, counts[:10], 0.0))
        with pytest.raises(RecordingError, match="disk"):
            writer.annotate(Annotation(0.0, 0.0, "x"))
        writer.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limit)
        signal.signal(signal.SIGXFSZ, old_handler)
    n_whole = (n_written + 10) // 50 - 1
    assert n_whole >= 2
    assert path.stat().st_size == 256 * 5 + n_whole * (3 * 50 * 3 + 576), "the partial record is taken back"
    for reader in FOREIGN_READERS.values():
        assert np.array_equal(reader(path).digital[:, :3], counts[: n_whole * 50])


def test_a_disk_that_is_full_from_the_start_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    writer = BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        with pytest.raises(RecordingError, match=r"disk did not take.*No space left"):
            writer.write(make_block(0, made_up_counts(50), 0.0))
    writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_could_not_be_counted_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write, counts = os.write, made_up_counts(100)

    def fail_behind_the_count(fd: int, data: bytes) -> int:
        n_written = write(fd, data)
        if len(data) == 8:  # the first count only; the restored one is written normally
            monkeypatch.setattr(os, "write", write)
            raise OSError(5, "Input/output error")
        return n_written

    with BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT) as writer:
        writer.write(make_block(0, counts[:50], 0.0))
        monkeypatch.setattr(os, "write", fail_behind_the_count)
        with pytest.raises(RecordingError, match=r"did not take.*Input/output error"):
            writer.write(make_block(50, counts[50:], 0.0))
    assert (tmp_path / "a.bdf").read_bytes()[236:244] == b"1       "
    assert np.array_equal(joined(read_recording(tmp_path / "a.bdf")).counts, counts[:50])
