"""Journal of a part on the disk: each line is in the file once written, wherever the file is moved."""

import os
from pathlib import Path

from acquisition.core import RecordingError
from acquisition.recording.file_place import folder_now, require_whole
from twitchscope.storage.files import hold, open_private, sync_to_disk


class JournalFile:
    """New journal file, locked as being written until it is closed.

    Parameters
    ----------
    path : Path
        Path of the file, which must not exist.

    Raises
    ------
    OSError
        If it cannot be created.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = open_private(path)
        hold(self._file)

    def write(self, line: str) -> None:
        """Write a line; it is in the file on return.

        Raises
        ------
        RecordingError
            If the disk does not accept it, or another program has truncated the file.
        """
        try:
            self._require_whole()
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            raise self._not_taken(error) from error

    def sync(self) -> None:
        """Sync what was written to the disk; raise RecordingError if the disk does not accept it."""
        try:
            sync_to_disk(self._file)
        except OSError as error:
            raise self._not_taken(error) from error

    def follow(self, folder: Path) -> None:
        """Continue in `folder`; raise RecordingError if the file is not there or was truncated."""
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
