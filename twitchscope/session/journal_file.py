"""The journal of a part on the disk: lines that are in the file once they are written, wherever it is moved."""

import os
from pathlib import Path

from acquisition.core import RecordingError
from acquisition.recording.file_place import folder_now, require_whole
from twitchscope.storage.files import hold, open_private, sync_to_disk


class JournalFile:
    """A new file, held as being written until it is closed.

    Parameters
    ----------
    path : Path
        Of the file, which must not exist.

    Raises
    ------
    OSError
        When it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = open_private(path)
        hold(self._file)

    def write(self, line: str) -> None:
        """Write a line; it is in the file when this returns.

        Raises
        ------
        RecordingError
            When the disk does not take it, or another program has made the file shorter.
        """
        try:
            self._require_whole()
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            raise self._not_taken(error) from error

    def sync(self) -> None:
        """Bring what was written to the disk; raises RecordingError when it does not take it."""
        try:
            sync_to_disk(self._file)
        except OSError as error:
            raise self._not_taken(error) from error

    def follow(self, folder: Path) -> None:
        """Take note that it should be in `folder` now; that it is not there, or not whole, is a RecordingError."""
        self._path = folder / self._path.name
        folder_now(self._file.fileno(), self._path)
        self._require_whole()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _require_whole(self) -> None:
        fd = self._file.fileno()  # each line is flushed at once
        require_whole(fd, self._path, os.lseek(fd, 0, os.SEEK_CUR))

    def _not_taken(self, error: OSError) -> RecordingError:
        return RecordingError(
            f"the disk did not take a line of {self._path.name}: {error.strerror or error}; what was written before is "
            "valid"
        )
