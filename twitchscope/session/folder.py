"""Folder of a session, from its creation to its end, even if it is moved meanwhile."""

import contextlib
import errno
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from acquisition.core import RecordingError
from twitchscope.storage.files import new_session_folder, write_json
from twitchscope.storage.parts import FIRST_PART, next_part


class SessionFolder:
    """Folder of a session or of a further part of one.

    Parameters
    ----------
    out : Path
        Folder in which the session's own folder is created.
    pseudonym : str
        Last part of that folder's name.
    continues : Path or None
        Folder of an earlier session that continues, instead of a folder of its own.

    Attributes
    ----------
    names : PartNames
        Names of the files of this part.
    path : Path or None
        Current path of the folder; None before it is created and after it is discarded.
    """

    def __init__(self, out: Path, pseudonym: str, continues: Path | None) -> None:
        self.names = next_part(continues) if continues is not None else FIRST_PART
        self.path: Path | None = None
        self._out = out
        self._pseudonym = pseudonym
        self._continues = continues
        self._made: Path | None = None

    def make(self, started_at: datetime, document: Callable[[], dict[str, Any]]) -> Path:
        """Create the folder with the first `document` in it, and return it.

        Raises
        ------
        RecordingError
            If it cannot be created or written.
        FileExistsError
            If another program began the same part meanwhile.
        """
        if self._continues is not None:
            if any((self._continues / name).exists() for name in self.names.all()):
                raise FileExistsError(errno.EEXIST, f"{self.names.recording} was begun meanwhile")
            self.path = self._continues
        else:
            self.path = new_session_folder(self._out, started_at, self._pseudonym)
        self._made = self.path
        try:
            self.write_document(document())
        except RecordingError:
            self.discard()
            raise
        return self.path

    def follow(self, folder: Path) -> str:
        """Update the path of the folder; return a note if it has moved, else an empty string."""
        if self.path is None or folder == self.path:
            return ""
        before, self.path = self.path, folder
        return (
            "the session's folder was moved or renamed while it is recorded, by another program or by hand: expected "
            f"{before}, found {folder}; the recording goes on there"
        )

    def write_document(self, document: dict[str, Any]) -> None:
        """Write the document of this part, if there is a folder.

        Raises
        ------
        RecordingError
            If the disk does not accept it.
        """
        if self.path is not None:
            write_json(self.path / self.names.document, document)

    def require_in_place(self) -> None:
        """Raise RecordingError if the folder is not where it was created, although it is complete."""
        if self.path is not None and self.path != self._made:
            raise RecordingError(
                f"the session's folder was moved or renamed while it was recorded: expected {self._made}, found "
                f"{self.path}, where all of it is; was it renamed by hand, or by a program that tidies up?"
            )

    def discard_without_recording(self) -> bool:
        """Discard a part that was created but has no recording; return whether that was so.

        Nothing is discarded if something has the name of the recording, as somebody else put it there.
        """
        is_without = self.path is not None and not os.path.lexists(self.path / self.names.recording)
        if is_without:
            self.discard()
        return is_without

    def discard(self) -> None:
        """Remove the files of this part and nothing else; files that the disk does not release stay.

        The folder of a first part is removed too, unless it contains other files.
        """
        if self.path is None:
            return
        path, self.path = self.path, None
        for name in self.names.all():
            with contextlib.suppress(OSError):
                (path / name).unlink()
        if self._continues is None:
            with contextlib.suppress(OSError):
                path.rmdir()
