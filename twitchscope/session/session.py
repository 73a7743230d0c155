"""Session: board → stream → recorder and detector → journal, from the first sample to the last."""

import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from acquisition.core import Board
from acquisition.recording import Annotation
from dsp import Candidate, TwitchEvent
from twitchscope.entries.isolation import require_isolation
from twitchscope.entries.marks import SYNC
from twitchscope.entries.sites import SiteLog
from twitchscope.findings.detection import Detection
from twitchscope.findings.event import DetectedEvent
from twitchscope.session.document import session_document
from twitchscope.session.finishing import Finishing
from twitchscope.session.folder import SessionFolder
from twitchscope.session.listeners import Listeners, SessionListener
from twitchscope.session.notes import SessionNotes
from twitchscope.session.plan import SessionPlan
from twitchscope.session.recorder import JournalEntry, Recorder
from twitchscope.session.result import SessionResult
from twitchscope.session.signal_time import SessionTime
from twitchscope.session.stream import Stream, Subscription, max_queued_blocks
from twitchscope.session.thread_turns import brief_turns
from twitchscope.session.troubles import Troubles
from twitchscope.session.warm_up import warm_up
from twitchscope.storage.disk import DiskRoom, ReadUsage
from twitchscope.storage.disk_wait import DiskWait, HangingDisk


class Session:
    """One run of a board, recorded and processed by the detector.

    Parameters
    ----------
    board : Board
        An open board. The session starts and stops it but does not close it.
    plan : SessionPlan
        Settings of the session.
    read_usage : callable, optional
        `shutil.disk_usage`, or a replacement in tests.

    Attributes
    ----------
    notes : SessionNotes
        Notes on the session; also written to ``session.json``.
    room : DiskRoom
        Free space on the recording's disk, in minutes of recording.
    sites : SiteLog
        Entries about the sites.
    feedback_shown : bool
        Whether verdicts are currently shown. It is stored with every journal line. The code that hides or shows them
        sets it.
    arrival_s : float or None
        Host clock in seconds at the arrival of the block whose results the listeners receive in the thread of `run`;
        None for results decided only by the end of the signal.
    """

    def __init__(self, board: Board, plan: SessionPlan, read_usage: ReadUsage = shutil.disk_usage) -> None:
        self.board = board
        self.plan = plan
        self.notes = SessionNotes(board)
        self.detection = Detection(board.info, plan.false_alarms_per_min, plan.inputs)
        self.room = DiskRoom(plan.continues or plan.out, board.info, read_usage)
        self.sites = SiteLog(self, self.detection.unrest.add)
        self.feedback_shown = plan.feedback_shown
        self._folder = SessionFolder(plan.out, plan.pseudonym, plan.continues)
        self.arrival_s: float | None = None
        self._listeners = Listeners(self.notes)
        self._recorder: Recorder | None = None
        self._disk_wait: DiskWait | None = None
        self._is_ending = False  # ending, or asked to end
        self._n_events: Counter[str] = Counter()
        self._troubles = Troubles(board, self.notes, self.detection, self.room)
        n_samples = None if plan.seconds is None else round(plan.seconds * board.info.sampling_rate_hz)
        self._stream = Stream(board, n_samples, self.notes)
        self._time = SessionTime(board)
        self._stream.add_sink(self._time.put_block)  # first, so that the other sinks can use it

    @property
    def folder(self) -> Path | None:
        """Current folder of the session; None before the first block and if the session was discarded."""
        return self._folder.path

    @property
    def recording_path(self) -> Path | None:
        """Path of the recording; None before the first block and if the session was discarded."""
        return None if self.folder is None else self.folder / self._folder.names.recording

    def stop(self) -> None:
        """Ask `run` to end, even while the board sends nothing; callable from any thread or signal handler."""
        self._stream.stop()

    def interrupt(self) -> None:
        """Handle Ctrl-C: call `stop`; if called again, or while `run` is ending, stop waiting for a disk that hangs.

        May be called from any thread or signal handler.
        """
        if self._is_ending and self._disk_wait is not None:
            self._disk_wait.give_up()
        self._is_ending = True
        self.stop()

    def add_listener(self, listener: SessionListener) -> None:
        """Add a listener, called after those added before; call this before `run`."""
        self._listeners.add(listener)

    def subscribe(self) -> Subscription:
        """Return a queue of all blocks for a reader in a thread of its own; call this before `run`.

        A board never waits for the reader, who misses what exceeds the queue; a recording that is played fast does.
        """
        return self._stream.subscribe()

    def mark(self, label: str, time_s: float, text: str = "", decided_by: str = "operator") -> bool:
        """Record a mark in the journal and the recording; may be called from any thread.

        A sync mark also pulses the board's sync output, if it has one and the mark did not come from its inputs.

        Parameters
        ----------
        label : str
            Label of the mark, such as ``seen``; `twitchscope.entries.marks` has the known ones.
        time_s : float
            Time in seconds since the first sample.
        text : str
            Text of a note, or details of where the mark came from.
        decided_by : str
            ``operator``, ``board`` (an input, at its sample), ``lsl`` or ``program``.

        Returns
        -------
        bool
            False if no recording is in progress that could keep it.
        """
        mark: dict[str, Any] = {
            "kind": "marker", "label": label, "onset_s": round(time_s, 6), "decided_by": decided_by,
        }  # fmt: skip
        if text:
            mark["text"] = text
        is_kept = self.keep(mark, f"marker {label}" + (f": {text}" if text else ""))
        if is_kept and label == SYNC and decided_by != "board":
            self.board.pulse_sync()
        return is_kept

    def mark_now(self, label: str, text: str = "", decided_by: str = "program") -> bool:
        """Record a mark at the current time of the board's clock; False also before the first sample."""
        time_s = self.time_s(self.board.clock.now_s())
        return time_s is not None and self.mark(label, time_s, text, decided_by)

    def time_s(self, host_s: float) -> float | None:
        """Return the signal's time in seconds at `host_s` of the board's clock, or None before the first sample.

        May be called from any thread.
        """
        return self._time.at(host_s)

    def host_s(self, time_s: float) -> float | None:
        """Return the board's clock in seconds at `time_s` of the signal, or None if the two are not related."""
        return self._time.host_s(time_s)

    def undo_mark(self, label: str, marked_s: float, time_s: float) -> bool:
        """Record that the mark `label` at `marked_s` was undone at `time_s`; nothing written is ever erased."""
        line = {
            "kind": "marker",
            "label": "undo",
            "onset_s": round(time_s, 6),
            "undone_label": label,
            "undone_onset_s": round(marked_s, 6),
        }
        return self.keep(line, f"marker undo {label}")

    def keep(self, line: dict[str, Any], annotation: str) -> bool:
        """Write a line to the journal and its annotation to the recording, at its onset; may be called from any thread.

        Parameters
        ----------
        line : dict
            With ``kind``, ``label`` and ``onset_s``. ``decided_by`` defaults to the operator.
        annotation : str
            Text of the annotation.

        Returns
        -------
        bool
            False if no recording is in progress that could keep it.
        """
        whole = {"kind": line["kind"], "decided_by": "operator", "feedback_shown": self.feedback_shown, **line}
        recorder = self._recorder
        entry = JournalEntry(whole, Annotation(line["onset_s"], 0.0, annotation))
        return recorder is not None and self._put_entry(recorder, entry)

    def _put_entry(self, recorder: Recorder, entry: JournalEntry) -> bool:
        """Write an entry and pass its line to the listeners; return False and notify nobody if it was not kept."""
        if not recorder.put_entry(entry):
            return False
        self._listeners.line.tell(entry.record)
        return True

    def run(self) -> SessionResult:
        """Stream, detect and record until the planned end, the source's end or `stop`; call it once.

        Raises
        ------
        AcquisitionError
            If a needle is not confirmed to be isolated, or the board or the disk failed. What was recorded until then
            is valid and kept, except a short signal at a wrong sampling rate.
        """
        require_isolation(self.board, self.plan.needle_is_isolated)
        stream = self._stream
        warm_up(self.board.info)
        self.board.start()
        started_at = datetime.now().astimezone()  # after the start, as some boards take seconds to start
        recorder = self._new_recorder(started_at)
        stream.add_sink(recorder.put_block)
        stream.add_sink(lambda block: self._troubles.note_slow_disk(recorder))
        stream.add_sink(self._listeners.block.tell)
        blocks = stream.subscribe()
        recorder.start()
        self._recorder, self._disk_wait = recorder, recorder.wait
        try:
            stream.start()
            with brief_turns():
                self._watch(blocks, recorder)
        finally:
            self._is_ending = True
            stream.stop()
            blocks.cancel()
            stream.join()
            self._recorder = None
            recorder.close()  # rejects entries that other threads still bring
            self._follow_folder(recorder)
        finishing = Finishing(self, self._folder, recorder, started_at)
        return finishing.finish(stream.error, self._n_events, self._troubles.n_not_watched)

    def _new_recorder(self, started_at: datetime) -> Recorder:
        recorder = Recorder(
            lambda: self._folder.make(started_at, lambda: session_document(self, started_at, None)),
            self.board.info,
            started_at,
            max_queued=max_queued_blocks(self.board),
            require_room=self.room.require,
            on_error=lambda: self._end_early(recorder),
            tell=self.notes.say,
            names=self._folder.names,
        )
        return recorder

    def _end_early(self, recorder: Recorder) -> None:
        """End the session because of the recorder's error; note a hanging disk at once, as the end may wait for it."""
        if isinstance(recorder.error, HangingDisk):
            self.notes.say(f"{recorder.error} What waits is written once it takes it again")
        self._stream.stop()

    def _watch(self, blocks: Subscription, recorder: Recorder) -> None:
        """Process every block until the stream ends."""
        for block in blocks:
            self.arrival_s = block.arrival_s
            self._hand_on(recorder, self.detection.process(block))
            self._troubles.check(block, blocks.n_skipped)
            self._follow_folder(recorder)
        self.arrival_s = None
        self._hand_on(recorder, self.detection.flush())

    def _follow_folder(self, recorder: Recorder) -> None:
        """Note when the folder was moved, and continue in its new place."""
        if recorder.folder is not None and (note := self._folder.follow(recorder.folder)):
            self.room.folder = recorder.folder
            self.notes.say(note)

    def _hand_on(self, recorder: Recorder, found: list[Candidate | TwitchEvent] | list[TwitchEvent]) -> None:
        for edge in self.detection.edges:
            text = edge.text if edge.is_exact else f"{edge.text}, in or right behind lost samples"
            self.mark(edge.label, edge.index / self.board.info.sampling_rate_hz, text, "board")
        for event in found:
            if isinstance(event, TwitchEvent):
                record = self.detection.detected_event(event, feedback_shown=self.feedback_shown)
                if self._put_entry(recorder, self._journal_entry(record)):
                    self._n_events[event.label] += 1
                    self._listeners.event.tell(record)
        self._listeners.found.tell(found)

    def _journal_entry(self, event: DetectedEvent) -> JournalEntry:
        """Return the journal line and annotation of a verdict."""
        line = {"kind": "event", "decided_by": "detector", "feedback_shown": event.feedback_shown, **event.to_json()}
        unit = self.board.info.amplitude_unit.replace("µ", "u")
        text = f"{event.label} {event.channel} {event.peak_uv:.0f} {unit} {event.grade}"
        return JournalEntry(line, Annotation(event.onset_s, event.offset_s - event.onset_s, text))
