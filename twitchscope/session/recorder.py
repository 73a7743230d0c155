"""The recorder: a thread that writes signal and journal of a session, behind a queue that loses nothing."""

import json
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from acquisition.core import Block, BoardInfo
from acquisition.recording import Annotation
from twitchscope.session.backlog import TOLD_WAIT_S, Backlog
from twitchscope.session.part_files import PartFiles
from twitchscope.storage.disk_sync import DiskSync
from twitchscope.storage.disk_wait import DiskWait, HangingDisk
from twitchscope.storage.hand_over import HandOver
from twitchscope.storage.parts import FIRST_PART, PartNames

GATHER_S = 0.05
"""Signal that is handed to the thread at once, far less than a record: to wake a thread for every 4 ms costs more than
what it does then."""

LOOK_S = 0.5
"""Signal between two looks at the files' places and the room on the disk."""

LONGEST_WAIT_S = 120.0
"""A disk that has taken nothing for so much signal has failed, though it never said so."""

LINE_WAIT_S = 0.9
"""Whoever brings a line of the journal waits so long until it is in the file; what hangs for longer is told."""

END_LOOK_S = 0.3
"""Whoever waits for the disk looks so often whether it has taken something."""

END_TOLD_S = 1.8
"""A disk that takes nothing for so long at the end is told of once more: whoever asked for the end waits for it."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A line of the journal and the annotation that goes into the recording with it."""

    record: dict[str, Any]
    annotation: Annotation


class Recorder:
    """Writes blocks to the recording of a part and entries to its journal, from a thread of its own.

    A line of the journal is in the file when `put_entry` returns, so that what was shown or printed afterwards outlives
    the process; a thread of the journal's own writes it, so that a disk that hangs holds nobody up. A third thread
    brings lines and signal to the disk, which nobody waits for. A source that cannot wait is never kept waiting: its
    blocks queue up while the disk is slow, and when too many do, that is an error.

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
        Length of the queue behind a source that waits; 0 behind one that cannot wait.
    require_room : callable, optional
        Called every `LOOK_S` of signal; raises RecordingError when the disk has no room to go on.
    on_error : callable, optional
        Called once, from any thread, when `error` is there.
    tell : callable, optional
        Called with a sentence while something waits for a disk that takes nothing, from the thread that waits.
    names : PartNames, optional
        Of the files.

    Attributes
    ----------
    error : Exception or None
        Why writing ended; what was written until then is valid.
    n_samples, n_lost : int
        Samples in the recording, and how many of them were lost.
    n_lines : int
        Lines in the journal.
    wait : DiskWait
        For the disk; giving it up ends all waiting.
    """

    def __init__(
        self,
        make_folder: Callable[[], Path],
        info: BoardInfo,
        started_at: datetime,
        max_queued: int = 0,
        require_room: Callable[[], None] = lambda: None,
        on_error: Callable[[], None] = lambda: None,
        tell: Callable[[str], None] = lambda line: None,
        names: PartNames = FIRST_PART,
    ) -> None:
        self.error: Exception | None = None
        self.n_samples = self.n_lost = self.n_lines = 0
        self._info = info
        self._require_room = require_room
        self._on_error = on_error
        self._next_look_index = 0
        self._journal_steps = HandOver("journal")
        self._error_lock = threading.Lock()
        self.wait = DiskWait(tell, self._n_taken, END_LOOK_S, LONGEST_WAIT_S)
        self._is_live = max_queued == 0
        self._sync = DiskSync(self._fail)
        self._files = PartFiles(make_folder, names, info, started_at, self._sync.ask)
        self._backlog = Backlog(info, self._sync, LONGEST_WAIT_S)
        self._gathered: list[Block] = []
        self._queue: queue.Queue[list[Block] | JournalEntry | None] = queue.Queue(max_queued)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Start the threads."""
        self._sync.start()
        self._journal_steps.start()
        self._thread.start()

    @property
    def folder(self) -> Path | None:
        """Where the files are, once they are made: the folder may be moved while they are written, and they with it."""
        return self._files.folder

    @property
    def told_wait(self) -> str:
        """What is to be said of signal that waits for the disk, see `Backlog`; empty behind a source that waits."""
        return self._backlog.told_wait if self._is_live else ""

    @property
    def has_kept(self) -> bool:
        """Whether a record or a line is in the files, or may still come: a disk that hangs takes what waits later."""
        return self._files.has_records or self.n_lines > 0 or isinstance(self.error, HangingDisk)

    @property
    def waiting_s(self) -> float:
        """Signal that waits for the disk, in seconds."""
        return self._backlog.waiting_s

    def put_block(self, block: Block | None) -> None:
        """Take a block of the stream; its end (None) means nothing here, since verdicts may follow it."""
        if block is None or self.error is not None:
            return
        if self._is_live and self._backlog.is_too_long:
            self._fail(_hanging(f"for {self.waiting_s:.0f} s"))
            return
        self._backlog.put(block)
        self._gathered.append(block)
        if block.end_index - self._gathered[0].first_index >= GATHER_S * self._info.sampling_rate_hz:
            gathered, self._gathered = self._gathered, []
            self._put(gathered)

    def put_entry(self, entry: JournalEntry) -> bool:
        """Take a journal entry; its line is in the file when this returns.

        Other than on a disk that hangs: that is told after `LINE_WAIT_S`, and the line is written once it can be.

        Returns
        -------
        bool
            False where it is not kept: `error` tells why, or the recorder is closed. What else fails at the same
            moment changes nothing for a line that is in the file.
        """
        if self.error is not None:
            return False
        done = self._journal_steps.ask(partial(self._take_entry, entry))
        if done is None:
            return False
        try:
            return done.exception(LINE_WAIT_S) is None
        except TimeoutError:  # of the waiting: what the step raises, it returns
            self.wait.tell_once("a line of the journal", LINE_WAIT_S)
        return self.error is None  # so far: nobody knows yet what becomes of it

    def close(self) -> None:
        """Write what is queued, close the files and end the threads; look at `error` afterwards.

        A disk that hangs is told of after `END_TOLD_S`, and waited for no longer than `LONGEST_WAIT_S`, or until `wait`
        is given up.
        """
        if self._thread.ident is None:
            return
        self._journal_steps.close(self._put_end)
        if not self.wait.until("the end", END_TOLD_S, self._has_ended):
            self._fail(
                HangingDisk(
                    f"the disk took nothing {self.wait.how_long}: the last {self.waiting_s:.1f} s of signal are not in "
                    "the recording, nor what was marked meanwhile; what was written before is valid; does it hang?"
                )
            )

    def _take_entry(self, entry: JournalEntry) -> Callable[[], None]:
        """Write an entry's line, in the thread of the journal; return what nobody need wait for."""
        if self.error is not None:
            raise self.error
        try:
            self._files.open()
            self._files.journal.write(json.dumps(entry.record, ensure_ascii=False, allow_nan=False))
            self.n_lines += 1
        except Exception as error:  # as in the thread: the session must hear of it, whatever it is
            self._fail(error)
            raise
        return partial(self._pass_on, entry)

    def _pass_on(self, entry: JournalEntry) -> None:
        """Have an entry's line brought to the disk, and queue its annotation."""
        self._sync.ask(self._files.journal.sync)
        self._put(entry)

    def _put_end(self) -> None:
        """Queue what is gathered still, and the end."""
        if self._gathered:
            self._queue.put(self._gathered)
        self._queue.put(None)

    def _put(self, item: list[Block] | JournalEntry) -> None:
        """Queue what is to be written; a source that can wait does so while there is no room."""
        if not self.wait.until("the signal", TOLD_WAIT_S, partial(self._has_room, item)):
            self._fail(_hanging(self.wait.how_long))

    def _has_room(self, item: list[Block] | JournalEntry, seconds: float) -> bool:
        """Queue an item; False where there was no room for it within so many seconds."""
        try:
            self._queue.put(item, timeout=seconds)
        except queue.Full:
            return False
        return True

    def _has_ended(self, seconds: float) -> bool:
        """Tell whether the thread ends within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _n_taken(self) -> int:
        """Return a number that counts up with each thing that the disk takes."""
        return self._backlog.n_written + self._sync.n_done

    def _run(self) -> None:
        try:
            while (item := self._queue.get()) is not None:
                self._write(item)
        except Exception as error:  # the session must hear of it, whatever it is
            self._fail(error)
            self._discard_until_closed()
        finally:
            self._close_files()

    def _fail(self, error: Exception) -> None:
        """Keep the first reason to stop, and say once that there is one; any thread may have one."""
        with self._error_lock:
            is_first = self.error is None
            self.error = self.error or error
        if is_first:
            self._on_error()

    def _write(self, item: list[Block] | JournalEntry) -> None:
        self._files.open()
        if isinstance(item, JournalEntry):
            self._files.writer.annotate(item.annotation)
            return
        for block in item:
            self._write_block(block)

    def _write_block(self, block: Block) -> None:
        self._backlog.begin()
        if block.first_index >= self._next_look_index:
            self._files.follow()
            self._require_room()
            self._next_look_index = block.first_index + round(LOOK_S * self._info.sampling_rate_hz)
        self._files.writer.write(block)
        self.n_samples = block.end_index
        self.n_lost += block.n_lost
        self._backlog.end(block)

    def _discard_until_closed(self) -> None:
        """Keep the queue empty, so that nobody who fills it waits for a recorder that has stopped writing."""
        while self._queue.get() is not None:
            pass

    def _close_files(self) -> None:
        self._sync.close()
        for step in (self._files.follow, *self._files.closing_steps()):
            try:
                step()
            except Exception as error:  # the other steps are taken all the same
                self._fail(error)


def _hanging(how_long: str) -> HangingDisk:
    return HangingDisk(f"the disk took nothing {how_long}, so recording has stopped: does it hang?")
