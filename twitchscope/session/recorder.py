"""The recorder: a thread that writes signal and journal of a session, behind a queue that loses nothing."""

import json
import os
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from acquisition.core import Block, BoardInfo, RecordingError
from acquisition.recording import Annotation, BdfWriter
from acquisition.recording.file_place import folder_now, require_whole
from twitchscope.storage.disk_sync import DiskSync
from twitchscope.storage.disk_wait import DiskWait, HangingDisk
from twitchscope.storage.files import hold, likely_cause, open_private, sync_to_disk
from twitchscope.storage.hand_over import HandOver
from twitchscope.storage.parts import FIRST_PART, PartNames

GATHER_S = 0.05
"""Signal that is handed to the thread at once, far less than a record: to wake a thread for every 4 ms costs more than
what it does then."""

LOOK_S = 0.5
"""Signal between two looks at the files' places and the room on the disk."""

TOLD_WAIT_S = 0.9
"""A disk that has taken nothing for so long is told of."""

LONGEST_STEP_S = 0.5
"""Blocks come many times a second: where nothing came for longer, the board was silent or the whole computer stood
still (a sleep), and that is not the disk's time. An assumption."""

LONGEST_WAIT_S = 120.0
"""A disk that has taken nothing for so much signal has failed, though it never said so."""

LINE_WAIT_S = 0.9
"""Whoever brings a line of the journal waits so long until it is in the file; what hangs for longer is told."""

END_LOOK_S = 0.3
"""Whoever waits for the disk looks so often whether it has taken something."""

END_TOLD_S = 1.8
"""A disk that takes nothing for so long at the end is told of once more: whoever asked for the end waits for it."""

MOST_WAITING_BYTES = 256_000_000
"""Memory that waiting signal may take, whatever its time."""


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
    folder : Path or None
        Where the files are, once they are made: the folder may be moved while they are written, and they with it.
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
        self.folder: Path | None = None
        self.n_samples = self.n_lost = self.n_lines = 0
        self._make_folder = make_folder
        self._info = info
        self._require_room = require_room
        self._on_error = on_error
        self._names = names
        self._next_look_index = 0
        self._started_at = started_at
        self._writer: BdfWriter | None = None
        self._journal: IO[str] | None = None
        self._making_lock = threading.Lock()
        self._making_error: Exception | None = None
        self._journal_steps = HandOver("journal")
        self._error_lock = threading.Lock()
        self.wait = DiskWait(tell, self._n_taken, END_LOOK_S, LONGEST_WAIT_S)
        bytes_per_s = info.sampling_rate_hz * (4 * (info.n_channels + len(info.aux)) + 1)
        self._longest_wait_s = min(LONGEST_WAIT_S, MOST_WAITING_BYTES / bytes_per_s)
        self._is_live = max_queued == 0
        self._n_put = self._n_written = 0
        self._last_put_s = 0.0
        self._heard_s = self._first_waiting_s = 0.0  # by arrivals, no step of which counts for more than the longest
        self._heard_of_queued: deque[float] = deque()
        self._sync = DiskSync(self._fail)
        self._n_synced_seen = 0
        self._sync_moved_s = 0.0
        self._gathered: list[Block] = []
        self._queue: queue.Queue[list[Block] | JournalEntry | None] = queue.Queue(max_queued)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Start the threads."""
        self._sync.start()
        self._journal_steps.start()
        self._thread.start()

    @property
    def told_wait(self) -> str:
        """A sentence once signal has waited for the disk for longer than `TOLD_WAIT_S`, else empty.

        By the times of arrival: signal that comes late and much of it at once has not waited for the disk, and neither
        has what was on its way when the computer went to sleep.
        """
        to_be_written_s = self._heard_s - self._first_waiting_s if self._n_put > self._n_written else 0.0
        waits_for_s = max(to_be_written_s, self._heard_s - self._sync_moved_s)
        if not self._is_live or waits_for_s < TOLD_WAIT_S:
            return ""
        return (
            f"the disk has taken nothing for {waits_for_s:.1f} s: the signal waits in memory, which has room for "
            f"{self._longest_wait_s:.0f} s"
        )

    @property
    def has_kept(self) -> bool:
        """Whether a record or a line is in the files, or may still come: a disk that hangs takes what waits later."""
        has_records = self._writer is not None and self._writer.has_records
        return has_records or self.n_lines > 0 or isinstance(self.error, HangingDisk)

    @property
    def waiting_s(self) -> float:
        """Signal that waits for the disk, in seconds; lost samples, which may come by the hour, take no memory."""
        return (self._n_put - self._n_written) / self._info.sampling_rate_hz

    def put_block(self, block: Block | None) -> None:
        """Take a block of the stream; its end (None) means nothing here, since verdicts may follow it."""
        if block is None or self.error is not None:
            return
        if self._is_live and self.waiting_s > self._longest_wait_s:
            self._fail(_hanging(f"for {self.waiting_s:.0f} s"))
            return
        self._heard_s += min(block.arrival_s - self._last_put_s, LONGEST_STEP_S)
        self._last_put_s = block.arrival_s
        if self._n_put == self._n_written:
            self._first_waiting_s = self._heard_s
        if self._sync.is_idle or self._sync.n_done != self._n_synced_seen:
            self._n_synced_seen, self._sync_moved_s = self._sync.n_done, self._heard_s
        self._heard_of_queued.append(self._heard_s)
        self._n_put += block.n_samples - block.n_lost
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
            with self._making_lock:
                self._open_files()
            self._write_line(json.dumps(entry.record, ensure_ascii=False, allow_nan=False))
            self.n_lines += 1
        except Exception as error:  # as in the thread: the session must hear of it, whatever it is
            self._fail(error)
            raise
        return partial(self._pass_on, entry)

    def _pass_on(self, entry: JournalEntry) -> None:
        """Have an entry's line brought to the disk, and queue its annotation."""
        self._sync.ask(self._sync_journal)
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
        return self._n_written + self._sync.n_done

    def _run(self) -> None:
        try:
            while (item := self._queue.get()) is not None:
                self._write(item)
        except Exception as error:  # the session must hear of it, whatever it is
            self._fail(error)
            self._discard_until_closed()
        finally:
            self._close_files()

    def _open_files(self) -> None:
        """Make the session folder and its files, once, by whichever thread comes first; called with the lock held."""
        if self._making_error is not None:
            raise self._making_error
        if self._writer is not None:
            return
        try:
            self._make_files()
        except Exception as error:
            self._making_error = error  # for the other thread, which shall not make another folder beside it
            raise

    def _make_files(self) -> None:
        self.folder = folder = self._make_folder()
        self._journal = open_private(folder / self._names.journal)
        hold(self._journal)
        self._writer = BdfWriter(
            folder / self._names.recording, self._info, started_at=self._started_at, bring_to_disk=self._sync.ask
        )

    def _write_line(self, line: str) -> None:
        assert self._journal is not None
        try:
            self._require_whole_journal()
            self._journal.write(line + "\n")
            self._journal.flush()
        except OSError as error:
            raise self._journal_error(error) from error

    def _sync_journal(self) -> None:
        assert self._journal is not None
        try:
            sync_to_disk(self._journal)
        except OSError as error:
            raise self._journal_error(error) from error

    def _journal_error(self, error: OSError) -> RecordingError:
        return RecordingError(
            f"the disk did not take a line of {self._names.journal}: {error.strerror or error}; what was written "
            "before is valid"
        )

    def _fail(self, error: Exception) -> None:
        """Keep the first reason to stop, and say once that there is one; any thread may have one."""
        with self._error_lock:
            is_first = self.error is None
            self.error = self.error or error
        if is_first:
            self._on_error()

    def _write(self, item: list[Block] | JournalEntry) -> None:
        with self._making_lock:
            self._open_files()
        assert self._writer is not None
        if isinstance(item, JournalEntry):
            self._writer.annotate(item.annotation)
            return
        for block in item:
            self._write_block(self._writer, block)

    def _write_block(self, writer: BdfWriter, block: Block) -> None:
        self._first_waiting_s = self._heard_of_queued.popleft()
        if block.first_index >= self._next_look_index:
            self._follow(writer)
            self._require_room()
            self._next_look_index = block.first_index + round(LOOK_S * self._info.sampling_rate_hz)
        writer.write(block)
        self.n_samples = block.end_index
        self.n_lost += block.n_lost
        self._n_written += block.n_samples - block.n_lost

    def _follow(self, writer: BdfWriter) -> None:
        """Take note of where the files are now; that one of them is gone is an error."""
        self.folder = folder = writer.follow()
        assert self._journal is not None
        folder_now(self._journal.fileno(), folder / self._names.journal)
        self._require_whole_journal()

    def _require_whole_journal(self) -> None:
        assert self._journal is not None and self.folder is not None
        fd = self._journal.fileno()  # each line is flushed at once
        require_whole(fd, self.folder / self._names.journal, os.lseek(fd, 0, os.SEEK_CUR))

    def _discard_until_closed(self) -> None:
        """Keep the queue empty, so that nobody who fills it waits for a recorder that has stopped writing."""
        while self._queue.get() is not None:
            pass

    def _close_files(self) -> None:
        self._sync.close()
        if self._writer is not None:
            self._end(partial(self._follow, self._writer))
        for file in (self._writer, self._journal):
            if file is not None:
                self._end(file.close)

    def _end(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # the other steps are taken all the same
            self._fail(error)


def _hanging(how_long: str) -> HangingDisk:
    return HangingDisk(f"the disk took nothing {how_long}, so recording has stopped: does it hang?")


def as_recording_error(error: Exception) -> RecordingError:
    """Return why a recorder ended, in one sentence."""
    if isinstance(error, RecordingError):
        return error
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return RecordingError(f"recording stopped, what was written stays valid: {cause}; {likely_cause(error)}")
