"""The recorder: a thread that writes signal and journal of a session, behind a queue that loses nothing."""

import json
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from acquisition.core import Block, BoardInfo
from acquisition.recording import SESSION_RECORDING, Annotation, BdfWriter
from twitchscope.files import flush_to_disk, open_private

JOURNAL_NAME = "events.jsonl"

LOOK_S = 1.0
"""Signal between two looks at the room on the disk."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A line of the journal and the annotation that goes into the recording with it."""

    record: dict[str, Any]
    annotation: Annotation


class Recorder:
    """Writes blocks to ``recording.bdf`` and entries to ``events.jsonl`` from a thread of its own.

    Parameters
    ----------
    make_folder : callable
        Makes and returns the session folder; called in the recorder's thread with the first block, so that a board
        that never sends a sample leaves nothing behind.
    info : BoardInfo
        Of the board.
    started_at : datetime
        Local time of sample 0.
    max_queued : int
        Length of the queue, 0 without bound.
    require_room : callable, optional
        Called once a second of signal; raises RecordingError when the disk has no room to go on.

    Attributes
    ----------
    error : Exception or None
        Why writing ended; what was written until then is valid.
    """

    def __init__(
        self,
        make_folder: Callable[[], Path],
        info: BoardInfo,
        started_at: datetime,
        max_queued: int = 0,
        require_room: Callable[[], None] = lambda: None,
    ) -> None:
        self.error: Exception | None = None
        self._make_folder = make_folder
        self._info = info
        self._require_room = require_room
        self._next_look_index = 0
        self._started_at = started_at
        self._writer: BdfWriter | None = None
        self._journal: IO[str] | None = None
        self._queue: queue.Queue[Block | JournalEntry | None] = queue.Queue(max_queued)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def put_block(self, block: Block | None) -> None:
        """Take a block of the stream; its end (None) means nothing here, since verdicts may follow it."""
        if block is not None:
            self._queue.put(block)

    def put_entry(self, entry: JournalEntry) -> None:
        """Take a journal entry; like a block it waits for the disk only behind a source that can wait itself."""
        self._queue.put(entry)

    def close(self) -> None:
        """Write what is queued, close the files and end the thread; look at `error` afterwards."""
        if self._thread.ident is not None:
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        try:
            while (item := self._queue.get()) is not None:
                self._write(item)
        except Exception as error:  # the session must hear of it, whatever it is
            self.error = error
            self._discard_until_closed()
        finally:
            self._close_files()

    def _write(self, item: Block | JournalEntry) -> None:
        if self._writer is None or self._journal is None:
            folder = self._make_folder()
            self._journal = open_private(folder / JOURNAL_NAME, "x")
            self._writer = BdfWriter(folder / SESSION_RECORDING, self._info, started_at=self._started_at)
        if isinstance(item, Block):
            if item.first_index >= self._next_look_index:
                self._require_room()
                self._next_look_index = item.first_index + round(LOOK_S * self._info.sampling_rate_hz)
            self._writer.write(item)
        else:
            self._journal.write(json.dumps(item.record, ensure_ascii=False, allow_nan=False) + "\n")
            flush_to_disk(self._journal)
            self._writer.annotate(item.annotation)

    def _discard_until_closed(self) -> None:
        """Keep the queue empty, so that nobody who fills it waits for a recorder that has stopped writing."""
        while self._queue.get() is not None:
            pass

    def _close_files(self) -> None:
        for file in (self._writer, self._journal):
            if file is not None:
                try:
                    file.close()
                except Exception as error:
                    self.error = self.error or error
