"""End of a session whose recorder has ended: its result, its last document, or its removal."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from acquisition.core import RecordingError, WrongRate
from twitchscope.session.backlog import REPORTED_WAIT_S
from twitchscope.session.document import session_document
from twitchscope.session.documented import DocumentedSession
from twitchscope.session.folder import SessionFolder
from twitchscope.session.recorder import Recorder
from twitchscope.session.result import SessionResult
from twitchscope.storage.disk import NoRoom, nothing_recorded
from twitchscope.storage.disk_wait import HangingDisk
from twitchscope.storage.files import likely_cause

MOST_DISCARDED_S = 10.0
"""A recording at a wrong rate is discarded only if it is shorter (in s) and its journal is empty: an assumption."""


@dataclass(frozen=True, slots=True)
class Finishing:
    """Final step of a session.

    Attributes
    ----------
    session : DocumentedSession
        Session whose stream and recorder have ended.
    folder : SessionFolder
        Its folder.
    recorder : Recorder
        Its recorder, closed.
    started_at : datetime
        Local time of sample 0.
    """

    session: DocumentedSession
    folder: SessionFolder
    recorder: Recorder
    started_at: datetime

    def finish(self, stream_error: Exception | None, n_events: Mapping[str, int], n_not_watched: int) -> SessionResult:
        """Write the last document and return the result of the session.

        Parameters
        ----------
        stream_error : Exception or None
            Why the stream ended before it was asked to.
        n_events, n_not_watched
            As in `SessionResult`.

        Raises
        ------
        AcquisitionError
            If the board or the disk failed, or the folder is not where it was created.
        """
        recorder = self.recorder
        result = self._result(n_events, n_not_watched)
        if isinstance(stream_error, WrongRate):
            self._discard_or_keep(stream_error)
            result = replace(result, wrong_rate=str(stream_error))
        if recorder.error is not None:
            if not recorder.has_kept and self.folder.discard_without_recording():
                raise nothing_recorded(recorder.error) from recorder.error
            if isinstance(recorder.error, NoRoom):  # a regular end: the reserved space also holds the document
                with contextlib.suppress(RecordingError):
                    self._write_last(result)
            raise _as_recording_error(recorder.error) from recorder.error
        self._write_last(result)
        if stream_error is not None:
            raise stream_error
        self.folder.require_in_place()
        return result

    def _discard_or_keep(self, error: WrongRate) -> None:
        """Discard a short signal whose rate contradicts its header, which is worse than none; note it if it is kept."""
        most_samples = MOST_DISCARDED_S * self.session.board.info.sampling_rate_hz
        if not self.recorder.n_lines and self.recorder.n_samples < most_samples:
            self.folder.discard()
            raise error
        self.session.notes.say(f"kept, though its times are wrong: {error}")

    def _write_last(self, result: SessionResult) -> None:
        """Write the last document; a hanging disk is reported, and Ctrl-C ends the wait."""
        name, wait = self.folder.names.document, self.recorder.wait
        document = session_document(self.session, self.started_at, result)
        if not wait.step(name, REPORTED_WAIT_S, partial(self.folder.write_document, document)):
            raise HangingDisk(
                f"the disk took nothing {wait.how_long}: {name} lacks the result of the session, all else of it "
                "is whole; does it hang?"
            )

    def _result(self, n_events: Mapping[str, int], n_not_watched: int) -> SessionResult:
        """Return the result of the session, from what is in the recording."""
        board, detection, n_samples = self.session.board, self.session.detection, self.recorder.n_samples
        has_rate = n_samples > 0 and board.keeps_time and board.sample_clock.is_fitted
        return SessionResult(
            folder=self.folder.path,
            duration_s=n_samples / board.info.sampling_rate_hz,
            n_samples=n_samples,
            n_lost=self.recorder.n_lost,
            why_uncounted=board.why_uncounted,
            n_not_watched=n_not_watched,
            measured_rate_hz=board.sample_clock.sampling_rate_hz if has_rate else None,
            n_events=dict(n_events),
            channels=detection.channel_records(),
            site=detection.measured_site(),
        )


def _as_recording_error(error: Exception) -> RecordingError:
    """Return the error of a recorder as a RecordingError of one sentence."""
    if isinstance(error, RecordingError):
        return error
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return RecordingError(f"recording stopped, what was written stays valid: {cause}; {likely_cause(error)}")
