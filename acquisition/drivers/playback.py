"""Board that plays a recording: ``playback:FILE?speed=1&rate=1000``."""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path

from acquisition.core import (
    Block,
    Board,
    BoardConfigError,
    BoardInfo,
    BoardNotFound,
    BoardUrl,
    Clock,
    RecordingError,
    Setup,
)
from acquisition.recording import Recording, read_recording

BLOCK_S = 0.015
"""Length of the blocks in the host's time: 15 ms, like a USB serial adapter."""

UNPACED_BLOCK_S = 0.25
"""Length of the blocks in the recording's time when they are not paced, in seconds."""

FETCH_S = 1.0
"""Length of one read from the file in the recording's time, in seconds."""

MAX_SPEED = 1_000.0
MAX_RATE_HZ = 1_000_000.0


def board_from_url(url: BoardUrl, setup: Setup, clock: Clock) -> Board:
    """Make the board that plays the file ``url.address``.

    Options are ``speed`` (1 is real time, 0 as fast as it is read) and ``rate`` in Hz for a recording that does not
    contain its rate.

    Raises
    ------
    BoardConfigError
        If no file is given, or an option is unknown or out of range.
    """
    url.allow("speed", "rate")
    if not url.address:
        raise BoardConfigError("playback: names no file; expected something like playback:recording.bdf?speed=1")
    speed = url.number("speed", 1.0, 0.0, MAX_SPEED)
    rate_hz = url.number("rate", 0.0, 0.0, MAX_RATE_HZ)
    return PlaybackBoard(Path(url.address), speed, rate_hz if rate_hz > 0.0 else None, setup, clock)


class PlaybackBoard(Board):
    """Recording that behaves like the board that made it: the same counts, losses and names.

    Sample `i` is returned at ``start + (i + 1) / (rate * speed)`` of the clock and never before. Each block is timed
    from the start and not from the block before it, so that playback neither drifts from the clock nor falls behind it:
    a late reader gets everything that has become due.

    Parameters
    ----------
    path : Path
        File to play.
    speed : float
        Recorded seconds per second of the clock, above zero; 0 returns blocks as fast as they are read.
    rate_hz : float, optional
        Sampling rate in Hz of a recording that does not contain it.
    setup : Setup, optional
        Channel settings given by the user.
    clock : Clock, optional
        Clock that paces the samples.
    """

    is_wired_to_a_person = False

    def __init__(
        self,
        path: Path,
        speed: float = 1.0,
        rate_hz: float | None = None,
        setup: Setup | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(setup, clock)
        self.path = path
        self.speed = speed
        self.keeps_time = speed == 1.0
        self._rate_hz = rate_hz
        self._recording: Recording | None = None
        self._source: Iterator[Block] | None = None
        self._pending: Block | None = None
        self._n_handed_on = 0
        self._start_s = 0.0

    @property
    def recording(self) -> Recording:
        """Recording that is played; available while the board is open."""
        if self._recording is None:
            raise BoardNotFound(f"{self.path} is not open: call open() first")
        return self._recording

    def _open(self) -> BoardInfo:
        with contextlib.suppress(OSError):  # for an inaccessible path the reader reports the reason
            if not self.path.exists():
                raise BoardNotFound(f"there is no file {self.path}: is the name spelt right, and the folder?")
        self._recording = read_recording(self.path, sampling_rate_hz=self._rate_hz)
        self.notes += self._recording.header.warnings
        return self._recording.info

    def _start(self) -> None:
        self._drop_source()
        n_samples = max(1, round(FETCH_S * self.info.sampling_rate_hz))
        self._source = self.recording.blocks(n_samples)
        self._n_handed_on = 0
        self._start_s = self.clock.now_s()

    def _read(self, timeout_s: float) -> Block | None:
        if self._fetch_pending() is None:
            return None
        n_due = self._unpaced_length() if self.speed == 0.0 else self._await_due(timeout_s)
        return self._take(n_due)

    def _stop(self) -> None:
        self._drop_source()

    def _close(self) -> None:
        self._drop_source()
        self._recording = None

    def _unpaced_length(self) -> int:
        return max(1, round(UNPACED_BLOCK_S * self.info.sampling_rate_hz))

    def _await_due(self, timeout_s: float) -> int:
        """Wait until a block is due or until the timeout; return the number of samples due, 0 for less than a block."""
        rate_hz = self.info.sampling_rate_hz * self.speed
        n_left = self.recording.header.n_samples - self._n_handed_on
        n_block = max(1, min(round(BLOCK_S * rate_hz), n_left))
        due_s = self._start_s + (self._n_handed_on + n_block) / rate_hz
        now_s = self.clock.now_s()
        if now_s < due_s:
            self.clock.wait_s(min(due_s - now_s, max(timeout_s, 0.0)))
            now_s = self.clock.now_s()
        # A whole block counts as due although rounding may put it a tiny fraction of a sample before its time.
        n_due = math.floor((now_s - self._start_s) * rate_hz + 1e-6) - self._n_handed_on
        return n_due if n_due >= n_block else 0

    def _take(self, n_samples: int) -> Block:
        """Return the next samples of the file, at most `n_samples` and at most one fetched block."""
        pending = self._fetch_pending()
        if pending is None or n_samples <= 0:
            return self._empty_block()
        part = pending[:n_samples]
        self._pending = pending[n_samples:] if n_samples < pending.n_samples else None
        first_index = self._n_handed_on
        self._n_handed_on += part.n_samples
        return Block(first_index, part.counts, part.aux, part.valid, self.clock.now_s())

    def _fetch_pending(self) -> Block | None:
        """Return the samples read from the file but not returned yet, or None at its end."""
        while self._pending is None and self._source is not None:
            try:
                block = next(self._source, None)
            except OSError as error:
                raise RecordingError(
                    f"{self.path} cannot be read any further: {error.strerror or error}; was it moved, or its disk "
                    "taken out?"
                ) from error
            if block is None:
                return None
            if block.n_samples > 0:
                self._pending = block
        return self._pending

    def _drop_source(self) -> None:
        """Release the file, which a reader that is a generator keeps open until it is closed."""
        close = getattr(self._source, "close", None)
        if close is not None:
            close()
        self._source = None
        self._pending = None
