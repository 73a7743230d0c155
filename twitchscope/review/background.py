"""Computations behind the open window: the overview, and detection if there is no session with events."""

import threading
from collections import deque

from acquisition.recording import Recording
from dsp import TwitchEvent
from twitchscope.ending import LONGEST_END_S
from twitchscope.findings.detection import Detection
from twitchscope.findings.event import Event
from twitchscope.review.signal import Overview, RecordedSignal, overview_parts

N_COLUMNS = 2400
"""Columns of the overview, more than the pixels of a wide screen."""


class Background:
    """Background thread whose results the window polls.

    Parameters
    ----------
    recording : Recording
        The file.
    signal : RecordedSignal
        Samples of the recording.
    detection : Detection or None
        Detection to run over the recording; None if a session contains the events.

    Attributes
    ----------
    baselines_uv : dict of str to float
        Resting baseline by channel name, once detection has finished.
    done_s : float
        Progress of the detection in seconds of signal.
    error : Exception or None
        Exception that ended the thread.
    """

    def __init__(self, recording: Recording, signal: RecordedSignal, detection: Detection | None) -> None:
        self.baselines_uv: dict[str, float] = {}
        self.done_s = 0.0
        self.error: Exception | None = None
        self._recording = recording
        self._signal = signal
        self._detection = detection
        self._overview: deque[Overview] = deque()
        self._events: deque[Event] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="review", daemon=True)

    @property
    def is_running(self) -> bool:
        """Whether the thread is still running."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop_and_join(self) -> None:
        """Stop the thread, finished or not. A thread that hangs on a file is abandoned, as it writes nothing."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(LONGEST_END_S)

    def take_overview(self) -> list[Overview]:
        """Return the parts of the overview computed since the last call."""
        return [self._overview.popleft() for _ in range(len(self._overview))]

    def take_events(self) -> list[Event]:
        """Return the events detected since the last call."""
        return [self._events.popleft() for _ in range(len(self._events))]

    def _run(self) -> None:
        try:
            for part in overview_parts(self._signal, N_COLUMNS):
                self._overview.append(part)
                if self._stop.is_set():
                    return
            if self._detection is not None:
                self._detect(self._detection)
        except Exception as error:  # the window reports any error
            self.error = error

    def _detect(self, detection: Detection) -> None:
        for block in self._recording.blocks():
            for found in detection.process(block):
                if isinstance(found, TwitchEvent):
                    self._events.append(detection.detected_event(found))
            self.done_s = block.end_index / self._recording.info.sampling_rate_hz
            if self._stop.is_set():
                return
        self._events.extend(map(detection.detected_event, detection.flush()))
        baselines_uv = {channel.name: channel.baseline_rms_uv for channel in detection.channel_records()}
        self.baselines_uv = {name: rms_uv for name, rms_uv in baselines_uv.items() if rms_uv is not None}
