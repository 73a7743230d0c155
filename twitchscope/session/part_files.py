"""Recording and journal of a part of a session, created once by whichever thread comes first."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from acquisition.core import BoardInfo
from acquisition.recording import BdfWriter
from twitchscope.session.journal_file import JournalFile
from twitchscope.storage.parts import PartNames


class PartFiles:
    """Files of a part, in a folder that may be moved while they are written.

    Parameters
    ----------
    make_folder : callable
        Creates and returns the folder; called once, by `open`.
    names : PartNames
        Names of the files.
    info : BoardInfo
        Description of the board.
    started_at : datetime
        Local time of sample 0.
    bring_to_disk : callable
        Receives the function that syncs the signal to the disk, see `BdfWriter`.

    Attributes
    ----------
    folder : Path or None
        Folder of the files, once they are created.
    """

    def __init__(
        self,
        make_folder: Callable[[], Path],
        names: PartNames,
        info: BoardInfo,
        started_at: datetime,
        bring_to_disk: Callable[[Callable[[], None]], None],
    ) -> None:
        self.folder: Path | None = None
        self._make_folder = make_folder
        self._names = names
        self._info = info
        self._started_at = started_at
        self._bring_to_disk = bring_to_disk
        self._writer: BdfWriter | None = None
        self._journal: JournalFile | None = None
        self._lock = threading.Lock()
        self._error: Exception | None = None

    @property
    def writer(self) -> BdfWriter:
        """Writer of the recording; created by `open`."""
        assert self._writer is not None
        return self._writer

    @property
    def journal(self) -> JournalFile:
        """The journal; created by `open`."""
        assert self._journal is not None
        return self._journal

    @property
    def has_records(self) -> bool:
        """Whether the recording contains signal."""
        return self._writer is not None and self._writer.has_records

    def open(self) -> None:
        """Create folder and files, or raise the first error again, so that no second folder is created beside it."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._writer is not None:
                return
            try:
                self._make()
            except Exception as error:
                self._error = error
                raise

    def _make(self) -> None:
        self.folder = folder = self._make_folder()
        self._journal = JournalFile(folder / self._names.journal)
        self._writer = BdfWriter(
            folder / self._names.recording, self._info, started_at=self._started_at, bring_to_disk=self._bring_to_disk
        )

    def follow(self) -> None:
        """Update where the files are, once they are created; raises an error if one of them is gone."""
        if self._writer is not None:
            self.folder = folder = self._writer.follow()
            self.journal.follow(folder)

    def closing_steps(self) -> list[Callable[[], None]]:
        """Return the functions that close the existing files; call each, even if another raises."""
        return [file.close for file in (self._writer, self._journal) if file is not None]
