"""Session on the lab streaming layer: EMG in µV, or in counts if the scale is unknown, events and markers."""

import contextlib
import hashlib
import json
import platform
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from acquisition.core import AmplitudeUnit, Block, BoardInfo, Role
from acquisition.link.lsl import host_minus_lsl_s, load_lsl
from twitchscope import NAME, __version__
from twitchscope.ending import LONGEST_END_S
from twitchscope.session.listeners import SessionListener
from twitchscope.session.session import Session
from twitchscope.words import for_later

MAX_QUEUED = 512
"""Blocks and lines that may wait for the network; further ones are skipped and counted."""

CHANNEL_TYPES = {
    Role.SURFACE: "EMG",
    Role.NEEDLE: "EMG",
    Role.REFERENCE: "EMG",
    Role.ECG: "ECG",
    Role.MOTION: "MISC",
    Role.OFF: "MISC",
}
"""Role → channel type for the readers of the streams; the voltage of an accelerometer is not of type ACC."""

ID_DIGITS = 16
"""Hexadecimal digits of a hash, enough to make a collision of two sources in a network unlikely."""

MAX_BUFFERED_S = 30
"""Seconds of signal that liblsl keeps for a slow peer; after that the oldest is lost."""


def source_of(board_url: str, name: str) -> str:
    """Return the start of the ``source_id`` of a board's streams, constant for the same computer, board and `name`.

    A peer that lost a stream takes the next one with the same ``source_id`` as its continuation.
    """
    identity = "\n".join((platform.node(), board_url, name))
    return f"twitchscope-{hashlib.sha256(identity.encode()).hexdigest()[:ID_DIGITS]}"


class LslOut(SessionListener):
    """Sender of a session to the lab streaming layer in its own thread, so that nothing waits for the network.

    The streams are ``NAME EMG`` (type EMG), ``NAME events`` and ``NAME markers`` (type Markers: journal lines as JSON,
    and labels). Lost samples are sent as NaN.

    Parameters
    ----------
    session : Session
        The session, not yet running.
    source : str
        Start of the ``source_id`` of the streams, see `source_of`.
    name : str
        First word of the names of the streams.
    lsl : module, optional
        `pylsl`, or the replacement of a test.

    Attributes
    ----------
    n_skipped_samples, n_skipped_lines : int
        Samples and lines that were not sent because the queue was full.
    error : str
        Reason why sending ended early; empty if it did not.
    """

    name = for_later("sending by LSL")

    def __init__(self, session: Session, source: str, name: str = NAME, lsl: Any = None) -> None:
        self.n_skipped_samples = 0
        self.n_skipped_lines = 0
        self.error = ""
        self._lsl = lsl if lsl is not None else load_lsl()
        self._session = session
        self._info = session.board.info
        self._emg, self._events, self._markers = self._outlets(source, name)
        self._queue: queue.Queue[tuple[Block | dict[str, Any], float] | None] = queue.Queue(MAX_QUEUED)
        self._is_over = self._has_told_skipping = False
        self._tell: Callable[[str], None] = lambda line: None
        self._thread = threading.Thread(target=self._run, name="LSL", daemon=True)
        session.add_listener(self)

    @contextlib.contextmanager
    def sending(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Send while the context lasts, then for up to a second what is still queued.

        Parameters
        ----------
        tell : callable
            Called from any thread when sending stops or something is skipped for the first time, and at the end with
            what was skipped.
        """
        self._tell = tell
        self._thread.start()
        try:
            yield
        finally:
            self._end()
            if self.n_skipped_samples or self.n_skipped_lines:
                tell(f"LSL: {self.n_skipped_samples} samples and {self.n_skipped_lines} lines were left out")

    def _end(self) -> None:
        end_s = time.monotonic() + LONGEST_END_S  # of both waits together
        try:
            self._queue.put(None, timeout=LONGEST_END_S)
        except queue.Full:  # the thread hangs in the network; it ends when released, or with the program
            self._fail("the network did not take it")
        self._thread.join(max(0.0, end_s - time.monotonic()))
        self._is_over = True
        self._emg = self._events = self._markers = None  # an outlet is closed with its object

    def on_block(self, block: Block | None) -> None:
        """Queue a block of the stream, in the reading thread; the end of the stream (None) is ignored."""
        if block is not None and not self._put(block, (block.end_index - 1) / self._info.sampling_rate_hz):
            self.n_skipped_samples += block.n_samples

    def on_line(self, line: dict[str, Any]) -> None:
        """Queue a journal line, in any thread; a marker that came by LSL is not sent back."""
        if line["decided_by"] != "lsl" and not self._put(line, line["onset_s"]):
            self.n_skipped_lines += 1

    def _put(self, what: Block | dict[str, Any], time_s: float) -> bool:
        clock = self._session.board.clock
        host_s = self._session.host_s(time_s)
        stamp_s = (host_s if host_s is not None else clock.now_s()) - host_minus_lsl_s(self._lsl, clock)
        try:
            self._queue.put_nowait((what, stamp_s))
        except queue.Full:
            if not self._has_told_skipping:
                self._has_told_skipping = True
                self._tell("LSL: the network does not take all of it, some is left out; the recording is whole")
            return False
        return True

    def _run(self) -> None:
        try:
            while not self._is_over and (item := self._queue.get()) is not None:
                self._send(*item)
        except Exception as error:  # the recording continues without the network whatever the error
            self._fail(str(error) or type(error).__name__)

    def _fail(self, why: str) -> None:
        """Report once that sending has stopped."""
        if not self.error:
            self.error = why
            self._tell(f"LSL: nothing is sent any more, the recording goes on: {why}")

    def _send(self, what: Block | dict[str, Any], stamp_s: float) -> None:
        emg, events, markers = self._emg, self._events, self._markers
        if emg is None or events is None or markers is None:
            return
        if isinstance(what, Block):
            signal_uv = self._info.to_microvolts(what.counts).astype(np.float32)
            signal_uv[~what.valid] = np.nan
            emg.push_chunk(signal_uv, stamp_s)
        elif what["kind"] == "event":
            events.push_sample([json.dumps(what, ensure_ascii=False, allow_nan=False)], stamp_s)
        else:
            markers.push_sample([f"{what['label']}: {what['text']}" if "text" in what else what["label"]], stamp_s)

    def _outlets(self, source: str, name: str) -> tuple[Any, Any, Any]:
        info = self._info
        emg = self._lsl.StreamInfo(
            f"{name} EMG", "EMG", info.n_channels, info.sampling_rate_hz, "float32", f"{source}-emg"
        )
        _describe(emg, info)
        lines = [
            self._lsl.StreamInfo(f"{name} {what}", "Markers", 1, self._lsl.IRREGULAR_RATE, "string", f"{source}-{what}")
            for what in ("events", "markers")
        ]
        emg_out, events_out, markers_out = (self._lsl.StreamOutlet(one, 0, MAX_BUFFERED_S) for one in (emg, *lines))
        return emg_out, events_out, markers_out


def _describe(stream: Any, info: BoardInfo) -> None:
    """Describe the stream as in https://github.com/sccn/xdf/wiki/EMG-Meta-Data, with some fields of our own."""
    acquisition = stream.desc().append_child("acquisition")
    acquisition.append_child_value("model", info.name)
    acquisition.append_child_value("bandwidth_hz", repr(float(info.bandwidth_hz)))
    acquisition.append_child_value("software", f"twitchscope {__version__}")
    channels = stream.desc().append_child("channels")
    for channel in info.channels:
        node = channels.append_child("channel")
        fields = {
            "label": channel.name,
            "unit": "microvolts" if info.amplitude_unit is AmplitudeUnit.MICROVOLTS else info.amplitude_unit,
            "type": CHANNEL_TYPES[channel.role],
            "role": channel.role.value,
            "microvolts_per_count": repr(float(channel.microvolts_per_count)),
            "gain": "" if channel.gain is None else repr(float(channel.gain)),
            "muscle": channel.muscle,
            "side": channel.side,
            "needled_band": "true" if channel.needled_band else "",
        }
        for key, text in fields.items():
            if text:
                node.append_child_value(key, text)
