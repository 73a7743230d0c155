"""Any EMG stream of the lab streaming layer as a board: ``lsl:NAME?type=EMG&source_id=ID&timeout=5``."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from acquisition.link.lsl import StreamWanted, find_stream, load_lsl
from acquisition.link.lsl_time import LONGEST_DELAY_S, SenderTime

DEFAULT_TYPE = "EMG"
"""Looked for where neither name nor anything else is told."""

DEFAULT_TIMEOUT_S = 5.0
RETRY_TIMEOUT_S = 2.0
"""A stream that went away is listened for no longer at a time: whoever ends the session waits so long at most."""

MAX_BUFFERED_S = 60
"""Signal that liblsl keeps for a reader that was away."""

READ_SAMPLES = 4096
"""Most samples of one read."""

GAP_S = 0.5
"""A step of the sender's time by more than this, from one sample to the next, is taken as a loss of samples."""

TOLD_JUMP_S = 0.05
"""A shorter one, longer than the rate says by more than this, is told: it may be a loss or a late stamp.

An assumption: stamps that a sender takes when it wakes up waver by less.
"""

CLOCK_WAS_SET = (
    "the stream's time stamps jump by more than the time that has passed (was the sender's clock set?): what was lost "
    "at that moment is not counted"
)


def board_from_url(url: BoardUrl, setup: Setup, clock: Clock) -> "LslBoard":
    """Make the board that ``lsl:NAME?type=EMG&source_id=ID&timeout=5`` names; any part may be left out.

    Raises
    ------
    BoardConfigError
        When an option is unknown or out of range.
    """
    url.allow("type", "source_id", "timeout")
    wanted = StreamWanted(url.address, url.text("type", ""), url.text("source_id", ""))
    if wanted == StreamWanted():
        wanted = StreamWanted(kind=DEFAULT_TYPE)
    return LslBoard(wanted, url.number("timeout", DEFAULT_TIMEOUT_S, 0.1, 600.0), setup, clock)


class LslBoard(Board):
    """A stream of the lab streaming layer.

    Its transport loses nothing while the connection stands; a sender that goes away ends the reading with an error,
    after which `renew` finds it again. Samples have the time at which the sender stamped them, brought to the host's
    clock by LSL's own comparison of the two.

    Parameters
    ----------
    wanted : StreamWanted
        Which stream.
    timeout_s : float
        How long it is looked for, in seconds.
    setup : Setup, optional
        What the user says of the channels.
    clock : Clock, optional
        Host clock.
    """

    rate_hint = "does its sender tell another rate than it keeps?"

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
        self._stream: Any = None
        self._inlet: Any = None
        self._layout: LslLayout | None = None
        self._why_uncounted = ""
        self._pending: list[Block] = []

    @property
    def why_uncounted(self) -> str:
        """Why some losses are not counted, once the stamps of this stream have jumped."""
        return self._why_uncounted

    def renew(self) -> "LslBoard":
        """Return a closed board for the same stream, by its source where it tells one."""
        source_id = self._stream.source_id() if self._stream is not None else ""
        wanted = StreamWanted(self.wanted.name, self.wanted.kind, source_id or self.wanted.source_id)
        return LslBoard(wanted, min(self.timeout_s, RETRY_TIMEOUT_S), self.setup, self.clock)

    def _open(self) -> BoardInfo:
        self._lsl = load_lsl()
        self._stream = find_stream(self._lsl, self.wanted, self.timeout_s)
        inlet = self._new_inlet()
        try:
            self._layout = read_layout(self._lsl, inlet.info(self.timeout_s))
        except RuntimeError as error:  # pylsl's own errors
            raise BoardNotFound(f"the LSL stream with {self.wanted} does not tell about itself: {error}") from error
        self.notes.extend(self._layout.notes)
        return self._layout.info

    def _new_inlet(self) -> Any:
        try:
            return self._lsl.StreamInlet(self._stream, max_buflen=MAX_BUFFERED_S, recover=False)
        except RuntimeError as error:  # pylsl's own errors
            raise LinkError(f"the LSL stream with {self.wanted} cannot be read: {error}") from error

    def _start(self) -> None:
        self._inlet = self._new_inlet()
        self._time = SenderTime(self._lsl, self._inlet, self.clock, self.timeout_s)
        if self._time.to_host_s is None:
            self.notes.append("the sender's clock cannot be asked: samples get the time at which they arrive")
        try:
            self._inlet.open_stream(self.timeout_s)
        except RuntimeError as error:
            raise LinkError(f"the LSL stream with {self.wanted} does not start: {error}") from error
        self._pending.clear()
        self._n_made = 0
        self._last_stamp_s: float | None = None
        self._last_arrival_s = self.clock.now_s()
        self._most_ahead_s = -np.inf
        self._silence = Silence(self._last_arrival_s)
        self._why_uncounted = ""
        self._stamps_are_told = self._jumps_are_told = self._clock_is_told = False

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
        self._time.look()
        if len(stamps_s):
            self._silence.end(now_s)
            self._pending = self._blocks(values, stamps_s, now_s)
        else:
            self._silence.go_on(now_s, timeout_s)
            self._tell_silence(self._silence)

    def _tell_silence(self, silence: Silence) -> None:
        """Say once that nothing comes, and later that the stream is broken."""
        source = f"the LSL stream with {self.wanted}"
        if silence.is_broken:
            raise LinkError(f"{source} has sent nothing for {silence.broken_s:g} s: is it paused?")
        if silence.is_news():
            self.notes.append(f"nothing has come from {source} for {silence.lasted_s:.1f} s")

    def _blocks(self, values: NDArray[Any], stamps_s: NDArray[np.float64], now_s: float) -> list[Block]:
        """Return what was pulled in one go as blocks, a new one behind each gap."""
        assert self._layout is not None, "a stream is read while it is open"
        counts, is_valid = self._layout.to_counts(values)
        if not is_valid.all():  # a sample of no number holds the last one
            place = np.maximum.accumulate(np.where(is_valid, np.arange(1, len(counts) + 1), 0))
            counts = np.concatenate([self._last_counts[np.newaxis], counts])[place]
        rate_hz = self.info.sampling_rate_hz
        before_s = stamps_s[0] - 1.0 / rate_hz if self._last_stamp_s is None else self._last_stamp_s
        with np.errstate(invalid="ignore"):  # stamps may be of no time at all
            steps_s = np.diff(stamps_s, prepend=before_s)
        self._forgive_set_clock(steps_s, stamps_s, now_s)
        if self._is_of_lsl(float(stamps_s[-1]), now_s):  # another clock tells a sleep itself, or nothing of it is known
            self._add_sleep(steps_s, stamps_s, is_valid)
        self._last_stamp_s = float(stamps_s[-1])
        self._tell_jumps(steps_s)
        starts = sorted({0, *np.flatnonzero(steps_s > GAP_S).tolist()})
        blocks = []
        for start, stop in zip(starts, [*starts[1:], len(stamps_s)], strict=True):
            if steps_s[start] > GAP_S:
                self._n_made += max(0, round(float(steps_s[start]) * rate_hz) - 1)
            arrival_s = self._arrival_s(float(stamps_s[stop - 1]), now_s)
            blocks.append(self._block(counts[start:stop], is_valid[start:stop], arrival_s))
        return blocks

    def _forgive_set_clock(self, steps_s: NDArray[np.float64], stamps_s: NDArray[np.float64], now_s: float) -> None:
        """Let no step be a loss that brings stamps ahead of the time that passed by more than a stamp may be late.

        A clock may be set, by years.
        """
        ahead_s = stamps_s - now_s
        is_set = (steps_s > LONGEST_DELAY_S) & (ahead_s > self._most_ahead_s + LONGEST_DELAY_S) | np.isnan(steps_s)
        is_new = bool(is_set.any() or np.any(steps_s < -LONGEST_DELAY_S))
        self._most_ahead_s = float(ahead_s[-1]) if is_new else max(self._most_ahead_s, float(ahead_s[-1]))
        steps_s[is_set] = 1.0 / self.info.sampling_rate_hz
        if is_set.any() and not self._clock_is_told:
            self._clock_is_told = True
            self._doubt(CLOCK_WAS_SET)

    def _tell_jumps(self, steps_s: NDArray[np.float64]) -> None:
        """Say once that the stamps have jumped by less than is taken as a loss."""
        is_jump = (steps_s <= GAP_S) & (steps_s - 1.0 / self.info.sampling_rate_hz > TOLD_JUMP_S)
        if self._jumps_are_told or not is_jump.any():
            return
        self._jumps_are_told = True
        self._doubt(
            f"the stream's time stamps jump, by {1e3 * float(steps_s[is_jump][0]):.0f} ms at first: losses of up to "
            f"{GAP_S:g} s cannot be told from late stamps and are not counted"
        )

    def _doubt(self, why: str) -> None:
        """Say why some losses are not counted."""
        self.notes.append(why)
        self._why_uncounted = f"{self._why_uncounted}; {why}" if self._why_uncounted else why

    def _add_sleep(
        self, steps_s: NDArray[np.float64], stamps_s: NDArray[np.float64], is_valid: NDArray[np.bool_]
    ) -> None:
        """Add what the stamps lack of a sleep to the first step behind it, less what the sender filled up itself."""
        if self._time.slept_s == 0.0:
            return
        is_behind = stamps_s > self._time.asleep_stamp_s
        place = int(np.argmax(is_behind)) if is_behind.any() else len(stamps_s)
        self._time.slept_s -= np.count_nonzero(~is_valid[:place]) / self.info.sampling_rate_hz
        if place < len(stamps_s):
            steps_s[place] += max(0.0, self._time.slept_s)
            self._time.slept_s = 0.0

    def _is_of_lsl(self, stamp_s: float, now_s: float) -> bool:
        """Tell whether a stamp that has just come may be of LSL's clock."""
        to_host_s = self._time.to_host_s
        return to_host_s is not None and abs(stamp_s + to_host_s - now_s) <= LONGEST_DELAY_S

    def _block(self, counts: NDArray[np.int32], is_valid: NDArray[np.bool_], arrival_s: float) -> Block:
        first_index = self._n_made
        self._n_made += len(counts)
        return Block(first_index, counts, np.empty((len(counts), 0), np.int32), is_valid, arrival_s)

    def _arrival_s(self, stamp_s: float, now_s: float) -> float:
        """Return the host's time of a stamp; never later than now, and never going back."""
        to_host_s, at_s = self._time.to_host_s, now_s
        if to_host_s is not None and self._is_of_lsl(stamp_s, now_s):
            at_s = stamp_s + to_host_s
        elif to_host_s is not None and not self._stamps_are_told:
            self._stamps_are_told = True
            self.notes.append("the stream's time stamps are not of LSL's clock: its samples get their arrival's time")
        self._last_arrival_s = max(self._last_arrival_s, min(at_s, now_s))
        return self._last_arrival_s

    def _stop(self) -> None:
        self._pending.clear()
        inlet, self._inlet = self._inlet, None
        if inlet is not None:
            inlet.close_stream()

    def _close(self) -> None:
        self._inlet = None
        self._layout = None
