"""Recording and journal of a part of a session, made once, by whichever thread comes first."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from acquisition.core import BoardInfo
from acquisition.recording import BdfWriter
from twitchscope.session.journal_file import JournalFile
from twitchscope.storage.parts import PartNames


class PartFiles:
    """The files of a part, in a folder that may be moved while they are written, and they with it.

    Parameters
    ----------
    make_folder : callable
        Makes and returns the folder; called once, by `open`.
    names : PartNames
        Of the files.
    info : BoardInfo
        Of the board.
    started_at : datetime
        Local time of sample 0.
    bring_to_disk : callable
        Takes what brings signal to the disk, see `BdfWriter`.

    Attributes
    ----------
    folder : Path or None
        Where the files are, once they are made.
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
        """Writes the recording; made by `open`."""
        assert self._writer is not None
        return self._writer

    @property
    def journal(self) -> JournalFile:
        """The journal; made by `open`."""
        assert self._journal is not None
        return self._journal

    @property
    def has_records(self) -> bool:
        """Whether signal is in the recording."""
        return self._writer is not None and self._writer.has_records

    def open(self) -> None:
        """Make folder and files, or raise again why that failed: nobody shall make another folder beside it."""
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
        """Take note of where the files are now, once they are made; that one of them is gone is an error."""
        if self._writer is not None:
            self.folder = folder = self._writer.follow()
            self.journal.follow(folder)

    def closing_steps(self) -> list[Callable[[], None]]:
        """Return what closes the files that are there, to be called each, whatever becomes of the others."""
        return [file.close for file in (self._writer, self._journal) if file is not None]
