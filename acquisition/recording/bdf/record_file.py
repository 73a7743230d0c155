"""File of a BDF writer: named with its first record, valid after every step, never overwriting another file."""

import os
import tempfile
from pathlib import Path

from acquisition.core import RecordingError
from acquisition.recording.bdf.header import RECORD_COUNT_OFFSET, encode_record_count
from acquisition.recording.file_place import deleted_error, folder_now, require_whole


class RecordFile:
    """File of one header and records of equal length; the header's record count is always correct.

    Each record is appended first and counted afterwards. If the process is killed in between or within the record,
    other programs read the records counted so far (tested with edfio, pyedflib and MNE). Until the first record is
    written, the file has a temporary name, because no program opens a file without records.

    Parameters
    ----------
    path : Path
        Final name; must not exist.
    header : bytes
        The header, with a record count of 1.

    Raises
    ------
    RecordingError
        If the name is taken or the folder is not writable.
    """

    def __init__(self, path: Path, header: bytes) -> None:
        self.path = path
        self.n_records = 0
        self._header_bytes = len(header)
        self._record_bytes = 0
        try:
            if path.exists():
                raise RecordingError(f"{path} exists already: a recording is never overwritten, choose another name")
            # mkstemp creates exclusively, with mode 0600
            self._fd, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        except OSError as error:
            raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error
        self._temporary: Path | None = path.parent / Path(name).name  # mkstemp makes a relative path absolute
        self._is_name_on_disk = False
        try:
            self._write(header)
        except OSError as error:
            self.close()
            raise _disk_error(path, error) from error

    @property
    def _end(self) -> int:
        """Length of the file in bytes."""
        return self._header_bytes + self.n_records * self._record_bytes

    @property
    def is_open(self) -> bool:
        """Whether the file is open; False after `close`."""
        return self._fd >= 0

    def append(self, record: bytes) -> None:
        """Append one record and count it.

        Raises
        ------
        RecordingError
            If the write fails (the earlier content of the file stays valid), or if another program truncated the file.
        """
        end = self._end
        self._record_bytes = len(record)
        try:
            require_whole(self._fd, self.path, end)
            os.lseek(self._fd, end, os.SEEK_SET)
            self._write(record)
            if self._temporary is not None:
                self.follow()
                self._give_name(self._temporary)
            else:
                os.lseek(self._fd, RECORD_COUNT_OFFSET, os.SEEK_SET)
                self._write(encode_record_count(self.n_records + 1))
        except OSError as error:
            self._cut_back(end)
            raise _disk_error(self.path, error) from error
        self.n_records += 1

    def sync(self) -> None:
        """Flush the file to the disk, so that it also survives a power cut.

        May be called from another thread while records are appended, after the first record.

        Raises
        ------
        RecordingError
            If the write fails.
        """
        try:
            os.fsync(self._fd)
            if not self._is_name_on_disk:
                sync_folder(self.path.parent)
                self._is_name_on_disk = True
        except FileNotFoundError:
            return  # the folder was moved: `follow` finds it, and the next call syncs
        except OSError as error:
            raise _disk_error(self.path, error) from error

    def follow(self) -> Path:
        """Return the current folder of the file, and update `path` where the folder was moved.

        Raises
        ------
        RecordingError
            If the file no longer has its name, or another program truncated it.
        """
        folder = folder_now(self._fd, self._temporary or self.path)
        require_whole(self._fd, self.path, self._end)
        if self._temporary is not None:
            self._temporary = folder / self._temporary.name
        self.path = folder / self.path.name
        return folder

    def close(self) -> None:
        """Close the file, and delete it when it has no record. Idempotent."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
            self._temporary = None

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            n_written = os.write(self._fd, view)
            if n_written == 0:
                raise OSError("the disk takes no more")
            view = view[n_written:]

    def _give_name(self, temporary: Path) -> None:
        """Rename the file to its final name, unless that name is taken.

        The rename is not synced to the disk here: if the program were killed during that wait, the file would keep its
        temporary name.
        """
        # Windows does not rename open files, and Linux keeps reporting an open file under the name it was opened with
        os.close(self._fd)
        self._fd = -1
        try:
            rename_exclusively(temporary, self.path)
        except OSError:
            self._fd = os.open(temporary, os.O_RDWR | getattr(os, "O_BINARY", 0))
            raise
        self._temporary = None
        self._fd = os.open(self.path, os.O_RDWR | getattr(os, "O_BINARY", 0))

    def _cut_back(self, end: int) -> None:
        """Remove a partial record, and restore the record count."""
        try:
            os.ftruncate(self._fd, end)
            if self.n_records > 0:
                os.lseek(self._fd, RECORD_COUNT_OFFSET, os.SEEK_SET)
                os.write(self._fd, encode_record_count(self.n_records))
        except OSError:
            pass  # a partial record after the counted ones is harmless: every reader relies on the count


def sync_folder(folder: Path) -> None:
    """Sync the names in `folder` to the disk, where the system supports it."""
    if os.name == "nt":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def rename_exclusively(source: Path, target: Path) -> None:
    """Rename `source` to `target`; raise FileExistsError when that name is taken.

    On Windows, ``rename`` fails by itself; elsewhere a hard link does. A file system without hard links (FAT) only
    allows a check just before the rename.
    """
    if os.name == "nt":
        source.rename(target)
        return
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        if target.exists():
            raise FileExistsError(f"{target} exists already") from None
        source.rename(target)
    else:
        source.unlink()


def _disk_error(path: Path, error: OSError) -> RecordingError:
    if isinstance(error, FileExistsError):
        return RecordingError(f"{path} has come into being meanwhile: a recording is never written over it")
    if isinstance(error, FileNotFoundError):
        return deleted_error(path)
    return RecordingError(
        f"the disk did not take the recording {path}: {error.strerror or error}; what was written before is valid"
    )
