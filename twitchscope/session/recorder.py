"""Recorder: a thread that writes signal and journal of a session, fed by a queue that loses nothing."""

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
from twitchscope.session.backlog import REPORTED_WAIT_S, Backlog
from twitchscope.session.part_files import PartFiles
from twitchscope.storage.disk_sync import DiskSync
from twitchscope.storage.disk_wait import DiskWait, HangingDisk
from twitchscope.storage.hand_over import HandOver
from twitchscope.storage.parts import FIRST_PART, PartNames

GATHER_S = 0.05
"""Signal in seconds that is passed to the thread at once, far less than a record. Waking the thread for every 4 ms
costs more than its work does."""

LOOK_S = 0.5
"""Signal in seconds between two checks of the files' places and the room on the disk."""

LONGEST_WAIT_S = 120.0
"""Signal in seconds that may wait for the disk. A disk that has accepted nothing for longer has failed, even without an
error."""

LINE_WAIT_S = 0.9
"""Time in seconds that the caller waits until a journal line is in the file; a longer delay is reported."""

END_LOOK_S = 0.3
"""Interval in seconds at which a caller that waits for the disk checks whether it has accepted something."""

REPORTED_END_S = 1.8
"""Time in seconds after which a disk that accepts nothing at the end is reported again, as the user waits for the
end."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Journal line and the annotation that is written to the recording with it."""

    record: dict[str, Any]
    annotation: Annotation


class Recorder:
    """Writer of the blocks of a part to its recording and of entries to its journal, in a thread of its own.

    A journal line is in the file when `put_entry` returns, so that anything shown or printed afterwards survives the
    process. A separate thread writes the journal, so that a hanging disk blocks nobody. A third thread syncs lines and
    signal to the disk, and nobody waits for it. A source that cannot wait is never blocked: its blocks queue up while
    the disk is slow, and too many of them are an error.

    Parameters
    ----------
    make_folder : callable
        Creates and returns the session folder. It is called in a thread of the recorder with the first block or entry,
        so that a board that never sends a sample leaves nothing behind.
    info : BoardInfo
        Description of the board.
    started_at : datetime
        Local time of sample 0.
    max_queued : int
        Length of the queue for a source that waits; 0 for one that cannot wait.
    require_room : callable, optional
        Called every `LOOK_S` of signal; raises RecordingError if the disk has no room to continue.
    on_error : callable, optional
        Called once, from any thread, when `error` is set.
    tell : callable, optional
        Called with a sentence while a caller waits for a disk that accepts nothing, from the waiting thread.
    names : PartNames, optional
        Names of the files.

    Attributes
    ----------
    error : Exception or None
        Why writing ended; what was written until then is valid.
    n_samples, n_lost : int
        Samples in the recording, lost ones included, and number of lost samples.
    n_lines : int
        Lines in the journal.
    wait : DiskWait
        Waiting for the disk; giving it up ends all waiting.
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
        self._files = PartFiles(make_folder, names, info, started_at, self._sync.request)
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
        """Current folder of the files, once they are created; it may be moved while they are written."""
        return self._files.folder

    @property
    def wait_report(self) -> str:
        """Note on signal that waits for the disk, see `Backlog`; empty for a source that waits."""
        return self._backlog.wait_report if self._is_live else ""

    @property
    def has_kept(self) -> bool:
        """Whether a record or a line is in the files or may still come: a hanging disk may accept it later."""
        return self._files.has_records or self.n_lines > 0 or isinstance(self.error, HangingDisk)

    @property
    def waiting_s(self) -> float:
        """Signal that waits for the disk, in seconds."""
        return self._backlog.waiting_s

    def put_block(self, block: Block | None) -> None:
        """Queue a block of the stream; its end (None) is ignored, since verdicts may follow it."""
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
        """Write a journal entry; its line is in the file on return.

        If the disk hangs, this is reported after `LINE_WAIT_S`, and the line is written once possible.

        Returns
        -------
        bool
            False if it is not kept: `error` gives the reason, or the recorder is closed. Another failure at the same
            moment does not affect a line that is in the file.
        """
        if self.error is not None:
            return False
        done = self._journal_steps.submit(partial(self._take_entry, entry))
        if done is None:
            return False
        try:
            return done.exception(LINE_WAIT_S) is None
        except TimeoutError:  # of the waiting: an exception of the step is returned, not raised
            self.wait.tell_once("a line of the journal", LINE_WAIT_S)
        return self.error is None  # so far: whether the line will be written is not known yet

    def close(self) -> None:
        """Write what is queued, close the files and end the threads; check `error` afterwards.

        A hanging disk is reported after `REPORTED_END_S`. The wait ends after `LONGEST_WAIT_S`, or when `wait` is given
        up.
        """
        if self._thread.ident is None:
            return
        self._journal_steps.close(self._put_end)
        if not self.wait.until("the end", REPORTED_END_S, self._has_ended):
            self._fail(
                HangingDisk(
                    f"the disk took nothing {self.wait.how_long}: the last {self.waiting_s:.1f} s of signal are not in "
                    "the recording, nor what was marked meanwhile; what was written before is valid; does it hang?"
                )
            )

    def _take_entry(self, entry: JournalEntry) -> Callable[[], None]:
        """Write an entry's line, in the journal thread; return the rest, which nobody waits for."""
        if self.error is not None:
            raise self.error
        try:
            self._files.open()
            self._files.journal.write(json.dumps(entry.record, ensure_ascii=False, allow_nan=False))
            self.n_lines += 1
        except Exception as error:  # as in `_run`: the session must know of any error
            self._fail(error)
            raise
        return partial(self._pass_on, entry)

    def _pass_on(self, entry: JournalEntry) -> None:
        """Have an entry's line synced to the disk, and queue its annotation."""
        self._sync.request(self._files.journal.sync)
        self._put(entry)

    def _put_end(self) -> None:
        """Queue the gathered blocks and the end."""
        if self._gathered:
            self._queue.put(self._gathered)
        self._queue.put(None)

    def _put(self, item: list[Block] | JournalEntry) -> None:
        """Queue an item to be written; a source that can wait is blocked while there is no room."""
        if not self.wait.until("the signal", REPORTED_WAIT_S, partial(self._has_room, item)):
            self._fail(_hanging(self.wait.how_long))

    def _has_room(self, item: list[Block] | JournalEntry, seconds: float) -> bool:
        """Queue an item; return False if there was no room within `seconds`."""
        try:
            self._queue.put(item, timeout=seconds)
        except queue.Full:
            return False
        return True

    def _has_ended(self, seconds: float) -> bool:
        """Return whether the thread ends within `seconds`."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _n_taken(self) -> int:
        """Return a number that increases with everything that the disk accepts."""
        return self._backlog.n_written + self._sync.n_done

    def _run(self) -> None:
        try:
            while (item := self._queue.get()) is not None:
                self._write(item)
        except Exception as error:  # the session must know of any error
            self._fail(error)
            self._discard_until_closed()
        finally:
            self._close_files()

    def _fail(self, error: Exception) -> None:
        """Keep the first error and call `on_error` once; any thread may report one."""
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
        """Keep the queue empty, so that nobody waits for a recorder that has stopped writing."""
        while self._queue.get() is not None:
            pass

    def _close_files(self) -> None:
        self._sync.close()
        for step in (self._files.follow, *self._files.closing_steps()):
            try:
                step()
            except Exception as error:  # the other steps are still run
                self._fail(error)


def _hanging(how_long: str) -> HangingDisk:
    return HangingDisk(f"the disk took nothing {how_long}, so recording has stopped: does it hang?")
