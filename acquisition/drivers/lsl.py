"""Board for any EMG stream of the lab streaming layer: ``lsl:NAME?type=EMG&source_id=ID&timeout=5``."""

from typing import Any

from acquisition.core import (
    Block,
    Board,
    BoardInfo,
    BoardNotFound,
    BoardUrl,
    Clock,
    LinkError,
    Setup,
    Silence,
)
from acquisition.drivers._lsl_layout import LslLayout, read_layout
from acquisition.drivers._lsl_stream import LslStream
from acquisition.link.lsl import StreamWanted, find_stream, load_lsl
from acquisition.link.lsl_time import SenderTime

DEFAULT_TYPE = "EMG"
"""Stream type searched for when no name, type or source is given."""

DEFAULT_TIMEOUT_S = 5.0
RETRY_TIMEOUT_S = 2.0
"""Longest search in seconds for a stream that went away; ending the session may have to wait for it."""

MAX_BUFFERED_S = 60
"""Length in seconds of liblsl's buffer for a reader that is late."""

READ_SAMPLES = 4096
"""Largest number of samples of one read."""


def board_from_url(url: BoardUrl, setup: Setup, clock: Clock) -> "LslBoard":
    """Make the board named by ``lsl:NAME?type=EMG&source_id=ID&timeout=5``; any part may be left out.

    Raises
    ------
    BoardConfigError
        If an option is unknown or out of range.
    """
    url.allow("type", "source_id", "timeout")
    wanted = StreamWanted(url.address, url.text("type", ""), url.text("source_id", ""))
    if wanted == StreamWanted():
        wanted = StreamWanted(kind=DEFAULT_TYPE)
    return LslBoard(wanted, url.number("timeout", DEFAULT_TIMEOUT_S, 0.1, 600.0), setup, clock)


class LslBoard(Board):
    """Stream of the lab streaming layer.

    The transport loses nothing while the connection lasts. When the sender goes away, reading raises an error, and
    `renew` finds the stream again. The arrival time of samples is the sender's time stamp, converted to the host's
    clock by LSL's own clock comparison.

    Parameters
    ----------
    wanted : StreamWanted
        Requested stream.
    timeout_s : float
        Longest search in seconds.
    setup : Setup, optional
        Channel settings given by the user.
    clock : Clock, optional
        Host clock.
    """

    rate_hint = "does its sender state another rate than it keeps?"

    def __init__(
        self,
        wanted: StreamWanted,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        setup: Setup | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(setup, clock)
        self.wanted = wanted
        self.timeout_s = timeout_s
        self._lsl: Any = None
        self._found: Any = None
        self._inlet: Any = None
        self._layout: LslLayout | None = None
        self._stream: LslStream | None = None
        self._pending: list[Block] = []

    @property
    def why_uncounted(self) -> str:
        """Why some losses are not counted; empty until the stamps of this stream have jumped."""
        return self._stream.why_uncounted if self._stream is not None else ""

    def renew(self) -> "LslBoard":
        """Return a closed board for the same stream, identified by its source_id if it has one."""
        source_id = self._found.source_id() if self._found is not None else ""
        wanted = StreamWanted(self.wanted.name, self.wanted.kind, source_id or self.wanted.source_id)
        return LslBoard(wanted, min(self.timeout_s, RETRY_TIMEOUT_S), self.setup, self.clock)

    def _open(self) -> BoardInfo:
        self._lsl = load_lsl()
        self._found = find_stream(self._lsl, self.wanted, self.timeout_s)
        inlet = self._new_inlet()
        try:
            self._layout = read_layout(self._lsl, inlet.info(self.timeout_s))
        except RuntimeError as error:  # pylsl's own errors
            raise BoardNotFound(f"the LSL stream with {self.wanted} does not describe itself: {error}") from error
        self.notes.extend(self._layout.notes)
        return self._layout.info

    def _new_inlet(self) -> Any:
        try:
            return self._lsl.StreamInlet(self._found, max_buflen=MAX_BUFFERED_S, recover=False)
        except RuntimeError as error:  # pylsl's own errors
            raise LinkError(f"the LSL stream with {self.wanted} cannot be read: {error}") from error

    def _start(self) -> None:
        self._inlet = self._new_inlet()
        time = SenderTime(self._lsl, self._inlet, self.clock, self.timeout_s)
        if time.to_host_s is None:
            self.notes.append("the sender's clock cannot be queried: samples get the time at which they arrive")
        try:
            self._inlet.open_stream(self.timeout_s)
        except RuntimeError as error:
            raise LinkError(f"the LSL stream with {self.wanted} does not start: {error}") from error
        self._pending.clear()
        assert self._layout is not None, "a stream is started while it is open"
        now_s = self.clock.now_s()
        self._stream = LslStream(self._layout, time, now_s, self.notes.append)
        self._silence = Silence(now_s)

    def _read(self, timeout_s: float) -> Block:
        if not self._pending:
            self._pull(timeout_s)
        return self._pending.pop(0) if self._pending else self._empty_block()

    def _pull(self, timeout_s: float) -> None:
        try:
            values, stamps_s = self._inlet.pull_chunk(timeout_s, READ_SAMPLES, min_samples=1, as_numpy=True)
        except RuntimeError as error:
            raise LinkError(f"the LSL stream with {self.wanted} broke off: {error}") from error
        now_s = self.clock.now_s()
        assert self._stream is not None, "a stream is read once it is started"
        self._pending = self._stream.feed(values, stamps_s, now_s)
        if self._pending:
            self._silence.end(now_s)
        else:
            self._silence.go_on(now_s, timeout_s)
            self._report_silence(self._silence)

    def _report_silence(self, silence: Silence) -> None:
        """Report once that nothing comes, and raise LinkError once the stream is considered broken."""
        source = f"the LSL stream with {self.wanted}"
        if silence.is_broken:
            raise LinkError(f"{source} has sent nothing for {silence.broken_s:g} s: is it paused?")
        if silence.should_report():
            self.notes.append(f"nothing has come from {source} for {silence.lasted_s:.1f} s")

    def _stop(self) -> None:
        self._pending.clear()
        inlet, self._inlet = self._inlet, None
        if inlet is not None:
            inlet.close_stream()

    def _close(self) -> None:
        self._inlet = None
        self._layout = None
