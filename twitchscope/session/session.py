"""A session: board → stream → recorder and detector → journal, from the first sample to the last."""

import contextlib
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from acquisition.core import Board, RecordingError, WrongRate
from acquisition.recording import Annotation
from dsp import Candidate, TwitchEvent
from twitchscope.entries.inputs import InputMark
from twitchscope.entries.isolation import require_isolation
from twitchscope.entries.marks import SYNC
from twitchscope.entries.sites import SiteLog
from twitchscope.entries.visit import Visit
from twitchscope.findings.detection import DEFAULT_FALSE_ALARMS_PER_MIN, Detection
from twitchscope.findings.event import DetectedEvent
from twitchscope.session.document import session_document
from twitchscope.session.folder import SessionFolder
from twitchscope.session.recorder import TOLD_WAIT_S, JournalEntry, Recorder, as_recording_error
from twitchscope.session.rehearsal import rehearse
from twitchscope.session.result import SessionResult
from twitchscope.session.signal_time import SessionTime
from twitchscope.session.stream import A_VIEW, Sink, Stream, Subscription, dropped_text, max_queued_blocks
from twitchscope.session.troubles import Troubles
from twitchscope.session.turns import brief_turns
from twitchscope.storage.disk import DiskRoom, NoRoom, ReadUsage, nothing_recorded
from twitchscope.storage.disk_wait import DiskWait, HangingDisk


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """What is fixed before a session starts.

    Attributes
    ----------
    out : Path
        Folder in which the session's own folder is made.
    pseudonym : str
        Last part of that folder's name.
    seconds : float or None
        Length in seconds of signal, gaps included; None until stopped.
    false_alarms_per_min : float
        The detector's budget.
    feedback_shown : bool
        Whether the verdicts are shown as they come; stored with each, since feedback changes what a human reports.
    needle_is_isolated : bool
        Whether somebody confirmed battery power and an isolated link; without it a needle channel is refused.
    inputs : tuple of InputMark
        What the board's inputs mark, other than by default.
    continues : Path or None
        Folder of a session that goes on with this one as a further part, instead of a folder of its own.
    visit : Visit
        What is said once of the session.
    """

    out: Path
    pseudonym: str
    seconds: float | None = None
    false_alarms_per_min: float = DEFAULT_FALSE_ALARMS_PER_MIN
    feedback_shown: bool = True
    needle_is_isolated: bool = False
    inputs: tuple[InputMark, ...] = ()
    continues: Path | None = None
    visit: Visit = field(default_factory=Visit)


MOST_DISCARDED_S = 10.0
"""A recording at a wrong rate is taken away only where it is shorter, and nothing is in its journal: an assumption."""


def _ignore(told: object) -> None:
    """Do nothing."""


class Session:
    """One run of a board, recorded and watched by the detector.

    Parameters
    ----------
    board : Board
        An open board; the session starts and stops it, and does not close it.
    plan : SessionPlan
        What was asked for.
    on_event : callable
        Called with each event, see `Detection.event_record`, in order of decision, in the thread of `run`.
    on_found : callable, optional
        Called in that thread after each block with all that it brought, candidates too, often nothing; `detection`
        stands still meanwhile, so that its state may be read.
    on_note : callable, optional
        Called with what the board and the disk have to say meanwhile (it went away, it is back), from any thread.
    read_usage : callable, optional
        `shutil.disk_usage`, or a test's own.

    Attributes
    ----------
    room : DiskRoom
        Where the recording goes, and for how many minutes there is room.
    sites : SiteLog
        What is said of the sites.
    feedback_shown : bool
        Whether verdicts are shown now, kept with every line; who hides and shows them says so here.
    arrival_s : float or None
        Host's clock when the block had arrived that `on_event` and `on_found` are about; None for what only the end of
        the signal decided.
    """

    def __init__(
        self,
        board: Board,
        plan: SessionPlan,
        on_event: Callable[[DetectedEvent], None],
        on_found: Callable[[Sequence[Candidate | TwitchEvent]], None] = _ignore,
        on_note: Callable[[str], None] = _ignore,
        read_usage: ReadUsage = shutil.disk_usage,
    ) -> None:
        self.board = board
        self.plan = plan
        self.detection = Detection(board.info, plan.false_alarms_per_min, plan.inputs)
        self.room = DiskRoom(plan.continues or plan.out, board.info, read_usage)
        self.sites = SiteLog(self, self.detection.unrest.add)
        self.feedback_shown = plan.feedback_shown
        self._folder = SessionFolder(plan.out, plan.pseudonym, plan.continues)
        self.arrival_s: float | None = None
        self._on_event = on_event
        self._on_found = on_found
        self._recorder: Recorder | None = None
        self._disk_wait: DiskWait | None = None
        self._is_ending = False  # or was asked to
        self._line_sinks: list[Callable[[dict[str, Any]], None]] = []
        self._failed_views: list[Callable[[Any], None]] = []
        self._n_events: Counter[str] = Counter()
        self._troubles = Troubles(board, self.detection, self.room)
        n_samples = None if plan.seconds is None else round(plan.seconds * board.info.sampling_rate_hz)
        self._stream = Stream(board, n_samples, on_note)
        self._time = SessionTime(board)
        self._stream.add_sink(self._time.put_block)  # first, so that the others may ask it

    @property
    def folder(self) -> Path | None:
        """Where the session stands now, once it has a first block and as long as it is kept."""
        return self._folder.path

    @property
    def recording_path(self) -> Path | None:
        """Where the signal is written, once the session has a first block and as long as it is kept."""
        return None if self.folder is None else self.folder / self._folder.names.recording

    def stop(self) -> None:
        """Ask `run` to end, also while the board sends nothing; may be called from any thread or signal handler."""
        self._stream.stop()

    def interrupt(self) -> None:
        """Do what Ctrl-C asks for: `stop`; asked again, or where `run` ends already, wait for no disk that hangs.

        May be called from any thread or signal handler.
        """
        if self._is_ending and self._disk_wait is not None:
            self._disk_wait.give_up()
        self._is_ending = True
        self.stop()

    def add_sink(self, sink: Sink, what: str = A_VIEW) -> None:
        """Let a view see every block as it is read, see `Stream.add_view`; call this before `run`."""
        self._stream.add_view(what, sink)

    def add_line_sink(self, sink: Callable[[dict[str, Any]], None]) -> None:
        """Let `sink` be called with every line of the journal as it is kept, from any thread; call this before `run`.

        It must not wait. One that raises is dropped like a view, and so are `on_event` and `on_found`.
        """
        self._line_sinks.append(sink)

    def mark(self, label: str, time_s: float, text: str = "", decided_by: str = "operator") -> bool:
        """Keep what was marked, in the journal and in the recording; may be called from any thread.

        At a sync mark the board's sync output pulses, where it has one and the mark did not come from its inputs.

        Parameters
        ----------
        label : str
            What was marked, such as ``seen``; `twitchscope.entries.marks` has the known ones.
        time_s : float
            When, in seconds since the first sample.
        text : str
            Words of a note, or where the mark came from in detail.
        decided_by : str
            ``operator``, ``board`` (an input, at its sample), ``lsl`` or ``program``.

        Returns
        -------
        bool
            False where no recording is under way that could keep it.
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
        """Keep what is marked at this moment of the board's clock; False too before the first sample."""
        time_s = self.time_s(self.board.clock.now_s())
        return time_s is not None and self.mark(label, time_s, text, decided_by)

    def time_s(self, host_s: float) -> float | None:
        """Return the signal's time in seconds at `host_s` of the board's clock, None before the first sample.

        May be called from any thread.
        """
        return self._time.at(host_s)

    def host_s(self, time_s: float) -> float | None:
        """Return the board's clock at `time_s` of the signal, None where the two are not tied."""
        return self._time.host_s(time_s)

    def undo_mark(self, label: str, marked_s: float, time_s: float) -> bool:
        """Keep that the mark `label` of `marked_s` was taken back at `time_s`; nothing written is ever erased."""
        line = {
            "kind": "marker",
            "label": "undo",
            "onset_s": round(time_s, 6),
            "undone_label": label,
            "undone_onset_s": round(marked_s, 6),
        }
        return self.keep(line, f"marker undo {label}")

    def keep(self, line: dict[str, Any], annotation: str) -> bool:
        """Keep a line of the journal, and its words in the recording, at its onset; may be called from any thread.

        Parameters
        ----------
        line : dict
            With ``kind``, ``label`` and ``onset_s``; the operator decided it where it does not say who.
        annotation : str
            What the recording says at that time.

        Returns
        -------
        bool
            False where no recording is under way that could keep it.
        """
        whole = {"kind": line["kind"], "decided_by": "operator", "feedback_shown": self.feedback_shown, **line}
        recorder = self._recorder
        entry = JournalEntry(whole, Annotation(line["onset_s"], 0.0, annotation))
        return recorder is not None and self._put_entry(recorder, entry)

    def _put_entry(self, recorder: Recorder, entry: JournalEntry) -> bool:
        """Keep an entry and hand it on; False where it was not kept, and nobody shall hear of it."""
        if not recorder.put_entry(entry):
            return False
        for sink in self._line_sinks:
            self._show(sink, entry.record)
        return True

    def _show(self, view: Callable[[Any], None], told: object) -> None:
        """Let a view hear of something, and drop one that fails, as `Stream.add_view` does."""
        if view in self._failed_views:
            return
        try:
            view(told)
        except Exception as error:
            self._failed_views.append(view)
            self._say(dropped_text(A_VIEW, error))

    def run(self) -> SessionResult:
        """Stream, detect and record until the planned end, the source's end or `stop`; to be called once.

        Raises
        ------
        AcquisitionError
            When the board or the disk failed; what was recorded until then is valid and stays.
        """
        require_isolation(self.board, self.plan.needle_is_isolated)
        stream = self._stream
        rehearse(self.board.info)
        self.board.start()
        started_at = datetime.now().astimezone()  # not before: some boards take seconds to start
        recorder = self._new_recorder(started_at)
        stream.add_sink(recorder.put_block)
        stream.add_sink(lambda block: self._troubles.tell_slow_disk(recorder))
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
            recorder.close()  # which refuses what a thread may still bring
            self._follow_folder(recorder)
        return self._finish(recorder, started_at)

    def _new_recorder(self, started_at: datetime) -> Recorder:
        recorder = Recorder(
            lambda: self._folder.make(started_at, lambda: session_document(self, started_at, None)),
            self.board.info,
            started_at,
            max_queued_blocks(self.board),
            self.room.require,
            lambda: self._end_early(recorder),
            self._say,
            self._folder.names,
        )
        return recorder

    def _end_early(self, recorder: Recorder) -> None:
        """End because of the recorder's error; one that nobody may come to tell at the end is told by the stream."""
        if isinstance(recorder.error, HangingDisk):
            self._say(f"{recorder.error} What waits is written once it takes it again")
        self._stream.stop()

    def _say(self, told: str) -> None:
        """Say it at once, to whoever reads the board's notes too; the stream, which tells them, may have ended."""
        self.board.notes.append(told)
        self._stream.tell_notes()

    def _watch(self, blocks: Subscription, recorder: Recorder) -> None:
        """Look at every block until the stream ends."""
        for block in blocks:
            self.arrival_s = block.arrival_s
            self._hand_on(recorder, self.detection.process(block))
            self._troubles.look(block, blocks.n_skipped)
            self._follow_folder(recorder)
        self.arrival_s = None
        self._hand_on(recorder, self.detection.flush())

    def _follow_folder(self, recorder: Recorder) -> None:
        """Say so when the folder was moved; what comes later goes where it is now."""
        if recorder.folder is not None and (told := self._folder.follow(recorder.folder)):
            self.room.folder = recorder.folder
            self.board.notes.append(told)

    def _hand_on(self, recorder: Recorder, found: list[Candidate | TwitchEvent] | list[TwitchEvent]) -> None:
        for edge in self.detection.edges:
            text = edge.text if edge.is_exact else f"{edge.text}, in or right behind lost samples"
            self.mark(edge.label, edge.index / self.board.info.sampling_rate_hz, text, "board")
        for event in found:
            if isinstance(event, TwitchEvent):
                record = self.detection.event_record(event, feedback_shown=self.feedback_shown)
                if self._put_entry(recorder, self._journal_entry(record)):
                    self._n_events[event.label] += 1
                    self._show(self._on_event, record)
        self._show(self._on_found, found)

    def _journal_entry(self, event: DetectedEvent) -> JournalEntry:
        """Return a verdict as the journal and the recording keep it."""
        line = {"kind": "event", "decided_by": "detector", "feedback_shown": event.feedback_shown, **event.to_json()}
        unit = self.board.info.amplitude_unit.replace("µ", "u")
        text = f"{event.label} {event.channel} {event.peak_uv:.0f} {unit} {event.grade}"
        return JournalEntry(line, Annotation(event.onset_s, event.offset_s - event.onset_s, text))

    def _finish(self, recorder: Recorder, started_at: datetime) -> SessionResult:
        stream_error = self._stream.error
        if isinstance(stream_error, WrongRate):
            if not recorder.n_lines and recorder.n_samples < MOST_DISCARDED_S * self.board.info.sampling_rate_hz:
                self._folder.discard()  # a signal whose rate is not the one in its header is worse than none
                raise stream_error
            self.board.notes.append(f"kept, though its times are wrong: {stream_error}")
        result = self._result(recorder)
        if recorder.error is not None:
            if not recorder.has_kept and self._folder.discard_without_recording():
                raise nothing_recorded(recorder.error) from recorder.error
            if isinstance(recorder.error, NoRoom):  # an end in good order: the reserve holds the document too
                with contextlib.suppress(RecordingError):
                    self._write_last(recorder, session_document(self, started_at, result))
            raise as_recording_error(recorder.error) from recorder.error
        self._write_last(recorder, session_document(self, started_at, result))
        if stream_error is not None:
            raise stream_error
        self._folder.require_in_place()
        return result

    def _write_last(self, recorder: Recorder, document: dict[str, Any]) -> None:
        """Write the document of a session that has ended; a disk that hangs is told of, and Ctrl-C is heard."""
        name = self._folder.names.document
        if not recorder.wait.step(name, TOLD_WAIT_S, partial(self._folder.write_document, document)):
            raise HangingDisk(
                f"the disk took nothing {recorder.wait.how_long}: {name} does not tell what the session came to, all "
                "else of it is whole; does it hang?"
            )

    def _result(self, recorder: Recorder) -> SessionResult:
        """Return what the session came to, by what is in the recording."""
        n_samples = recorder.n_samples
        has_rate = n_samples > 0 and self.board.keeps_time and self.board.sample_clock.is_fitted
        return SessionResult(
            folder=self.folder,
            duration_s=n_samples / self.board.info.sampling_rate_hz,
            n_samples=n_samples,
            n_lost=recorder.n_lost,
            why_uncounted=self.board.why_uncounted,
            n_not_watched=self._troubles.n_not_watched,
            measured_rate_hz=self.board.sample_clock.sampling_rate_hz if has_rate else None,
            n_events=dict(self._n_events),
            channels=self.detection.channel_records(),
            site=self.detection.site_record(),
        )
