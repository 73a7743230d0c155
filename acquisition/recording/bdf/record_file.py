"""The file under a BDF writer: named with its first record, whole after every step, never written over another."""

import os
import tempfile
from pathlib import Path

from acquisition.core import RecordingError
from acquisition.recording.bdf.header import RECORD_COUNT_OFFSET, encode_record_count
from acquisition.recording.file_place import deleted_error, folder_now, require_whole


class RecordFile:
    """A file of one header and records of equal length, whose header counts them at every instant.

    A record is appended first and counted second: of a process killed between the two, or within the first, other
    programs read the records counted (tried with edfio, pyedflib and MNE). Before its first record the file has a
    temporary name, because a file without records opens nowhere.

    Parameters
    ----------
    path : Path
        Final name; must not exist.
    header : bytes
        The header, its record count already 1.

    Raises
    ------
    RecordingError
        When the name is taken or the folder cannot be written.
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
        """False after `close`."""
        return self._fd >= 0

    def append(self, record: bytes) -> None:
        """Append one record and count it.

        Raises
        ------
        RecordingError
            When the disk does not take it; what stood in the file before stands there still, and is valid. Or when
            another program made the file shorter.
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
        """Have the system bring what was written to the disk, so that it outlives a power cut too.

        May be called in another thread while records are appended, once there is a first one.

        Raises
        ------
        RecordingError
            When the disk does not take it.
        """
        try:
            os.fsync(self._fd)
            if not self._is_name_on_disk:
                sync_folder(self.path.parent)
                self._is_name_on_disk = True
        except FileNotFoundError:
            return  # the folder was moved: `follow` tells where it is, and the next time will do
        except OSError as error:
            raise _disk_error(self.path, error) from error

    def follow(self) -> Path:
        """Return the folder in which the file is now; where that was moved, `path` is the new one from then on.

        Raises
        ------
        RecordingError
            When the file is no longer under its name, or another program made it shorter.
        """
        folder = folder_now(self._fd, self._temporary or self.path)
        require_whole(self._fd, self.path, self._end)
        if self._temporary is not None:
            self._temporary = folder / self._temporary.name
        self.path = folder / self.path.name
        return folder

    def close(self) -> None:
        """Close the file, and remove it when it has no record; may be called any number of times."""
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
        """Give the file its final name, never that of another file.

        Not on the disk yet: a program killed while it waits for that would leave a file without a name.
        """
        # Windows renames no open file, and Linux goes on calling an open one by the name it was opened under
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
        """Take a partial record back, and its count."""
        try:
            os.ftruncate(self._fd, end)
            if self.n_records > 0:
                os.lseek(self._fd, RECORD_COUNT_OFFSET, os.SEEK_SET)
                os.write(self._fd, encode_record_count(self.n_records))
        except OSError:
            pass  # a partial record behind those counted is no harm: every reader goes by the count


def sync_folder(folder: Path) -> None:
    """Return once the names in `folder` are on the disk, where the system has a way to ask for it."""
    if os.name == "nt":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def rename_exclusively(source: Path, target: Path) -> None:
    """Rename `source` to `target`, failing with FileExistsError when that name is taken.

    ``rename`` fails by itself on Windows; elsewhere a hard link does. A file system without hard links (FAT) leaves
    a check just before the renaming.
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
