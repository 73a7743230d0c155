"""The interface of every board: final steps around small hooks."""

from abc import ABC, abstractmethod
from enum import Enum, auto
from types import TracebackType
from typing import Self, final

import numpy as np

from acquisition.core.block import Block, held_block
from acquisition.core.clock import Clock, MonotonicClock
from acquisition.core.errors import AcquisitionError, WrongRate
from acquisition.core.info import BoardInfo, Setup
from acquisition.core.sample_clock import SampleClock
from acquisition.core.self_test import SelfTest

RATE_CHECK_S = 3.0
"""The measured rate is held against the one asked for once this much time has passed since the first arrival."""

RATE_TOLERANCE = 0.05
"""A board that differs by more than this share from the rate asked for stops with the reason."""

MAX_HELD_SAMPLES = 65_536
"""Longest block that fills a gap; a longer gap becomes several, so that an hour of absence costs little memory."""


class _State(Enum):
    CLOSED = auto()
    OPEN = auto()
    STREAMING = auto()


class Board(ABC):
    """A source of EMG: ``open → start → read … → stop → close``, or a ``with`` block around the middle three.

    A driver implements the hooks `_open`, `_start`, `_read`, `_stop` and `_close`; what stands here is the same for
    every board: the order of the steps, blocks without gaps, and the fit of sample index to host time.

    Parameters
    ----------
    setup : Setup, optional
        What the user says of the channels.
    clock : Clock, optional
        Host clock, also the only way the board waits.
    """

    keeps_time = True
    """False where samples do not come at the rate of the host's clock (a recording played faster)."""

    is_wired_to_a_person = True
    """False where no hardware stands behind the signal: a recording, a simulation."""

    rate_hint = "is another rate set on the board?"
    """Likely cause when the board sends at another rate than asked."""

    def __init__(self, setup: Setup | None = None, clock: Clock | None = None) -> None:
        self.setup = setup if setup is not None else Setup()
        self.clock: Clock = clock if clock is not None else MonotonicClock()
        self.n_lost = 0
        """Samples lost since the start."""
        self.notes: list[str] = []
        """What the user should know of the board since it was opened, one plain sentence each."""
        self._state = _State.CLOSED
        self._info: BoardInfo | None = None
        self._sample_clock: SampleClock | None = None
        self._arrived: Block | None = None
        self._next_index = 0
        self._ended = False

    @property
    def info(self) -> BoardInfo:
        """What the board told when it was opened."""
        if self._info is None:
            raise AcquisitionError("the board tells about itself once it is open: call open() first")
        return self._info

    @property
    def sample_clock(self) -> SampleClock:
        """The fit of sample index to host time since the last start."""
        if self._sample_clock is None:
            raise AcquisitionError("a board has a sample clock once it is started: call start() first")
        return self._sample_clock

    @property
    def next_index(self) -> int:
        """Index of the sample that `read` returns next: how many samples the board made so far."""
        return self._next_index

    @property
    def absence(self) -> str:
        """Why the board is away in the middle of a session, as one that may come back; empty otherwise."""
        return ""

    @property
    def why_uncounted(self) -> str:
        """Why `n_lost` does not count every lost sample, empty where it does; known while the board is open."""
        return ""

    @property
    def self_test(self) -> SelfTest | None:
        """What an open board offers to test itself and its electrodes with; None where it has nothing of that."""
        return None

    @property
    def has_sync_output(self) -> bool:
        """Whether `pulse_sync` does something; known while the board is open."""
        return False

    def pulse_sync(self) -> None:  # noqa: B027 (most boards have no output, and nothing to do)
        """Let the sync output pulse within about 0.1 s, where the board has one; may be called from any thread.

        The column ``Digital OUT`` tells at which sample.
        """

    def renew(self) -> "Board | None":
        """Return a closed board for the same device, wherever its port is now; None where nothing can come back."""
        return None

    @final
    def open(self) -> BoardInfo:
        """Find the board, set it up and return what it tells; does nothing when it is open already.

        Raises
        ------
        AcquisitionError
            With the likely cause; the board is closed again then.
        """
        if self._state is _State.CLOSED:
            self.notes.clear()
            try:
                self._info = self.setup.apply(self._open())
            except BaseException:
                self._close()
                raise
            self._state = _State.OPEN
        return self.info

    @final
    def start(self) -> None:
        """Let the board stream; its next sample has index 0. Opens the board first where needed."""
        self.open()
        if self._state is _State.STREAMING:
            return
        self._sample_clock = SampleClock(self.info.sampling_rate_hz)
        self._arrived = None
        self._last_counts = np.zeros(self.info.n_channels, np.int32)
        self._last_aux = np.zeros(len(self.info.aux), np.int32)
        self._next_index = 0
        self._ended = False
        self.n_lost = 0
        self._first_arrival_s: float | None = None
        self._rate_is_checked = False
        self._start()
        self._state = _State.STREAMING

    @final
    def read(self, timeout_s: float = 0.1) -> Block | None:
        """Return the samples that follow those of the last call.

        Blocks are contiguous: a lost sample keeps its place, holding the last value, with `Block.valid` False.

        Parameters
        ----------
        timeout_s : float
            Longest wait for data in seconds; a block without samples is returned when it has passed.

        Returns
        -------
        Block or None
            None once the source has ended (a recording played to its end).

        Raises
        ------
        LinkError
            When the board is gone; `close` may still be called.
        WrongRate
            When it sends at another rate than it was asked for.
        RecordingError
            When a recording that is played cannot be read any further.
        AcquisitionError
            When the board does not stream, or its driver repeats samples.
        """
        if self._state is not _State.STREAMING:
            raise AcquisitionError("a board is read while it streams: call start() first")
        if self._arrived is None:
            self._fetch(timeout_s)
        if self._arrived is None:
            return None if self._ended else self._empty_block()
        block = self._next_part(self._arrived)
        self._next_index = block.end_index
        return block

    @final
    def stop(self) -> None:
        """Let the board stop streaming; does nothing when it does not stream."""
        if self._state is _State.STREAMING:
            self._state = _State.OPEN
            self._stop()

    @final
    def close(self) -> None:
        """Stop and let go of the board; may be called at any time and any number of times, and does not raise."""
        try:
            self.stop()
        except AcquisitionError:
            pass  # a board that is gone cannot be told to stop; whoever read it has been told why
        finally:
            if self._state is not _State.CLOSED:
                self._state = _State.CLOSED
                self._close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _fetch(self, timeout_s: float) -> None:
        block = self._read(timeout_s)
        if block is None:
            self._ended = True
            return
        if block.n_samples == 0:
            return
        if block.first_index < self._next_index:
            raise AcquisitionError(
                f"sample {block.first_index} came after sample {self._next_index - 1}: the driver repeats samples"
            )
        if block.valid[-1]:  # a sample that was lost did not arrive
            self.sample_clock.add(block.end_index - 1, block.arrival_s)
        self._check_rate(block)
        self.n_lost += block.first_index - self._next_index + block.n_lost
        self._arrived = block

    def _check_rate(self, block: Block) -> None:
        """Once, some seconds after the start: refuse a board that runs at another rate than asked.

        A host that stalls again and again bends the fit. It is left time until the fit is right, or the rate is wrong
        from beginning to end.
        """
        if self._first_arrival_s is None:
            self._first_arrival_s = block.arrival_s
        if self._rate_is_checked or block.arrival_s - self._first_arrival_s < RATE_CHECK_S or not self.keeps_time:
            return
        asked_hz, measured_hz = self.info.sampling_rate_hz, self.sample_clock.sampling_rate_hz
        rates_hz = (measured_hz, *self.sample_clock.least_late_rates_hz)
        is_wrong = [abs(rate_hz / asked_hz - 1.0) > RATE_TOLERANCE for rate_hz in rates_hz]
        self._rate_is_checked = not is_wrong[0]
        if all(is_wrong):
            raise WrongRate(
                f"{self.info.name} was asked for {asked_hz:g} samples a second and sends {measured_hz:.0f}: "
                f"{self.rate_hint}"
            )

    def _next_part(self, arrived: Block) -> Block:
        """Return the last sample held in the place of lost ones, or `arrived` where none is missing before it."""
        n_missing = arrived.first_index - self._next_index
        if n_missing > 0:
            return self._lost_block(n_missing, arrived.arrival_s)
        self._arrived = None
        self._last_counts = arrived.counts[-1].copy()
        self._last_aux = arrived.aux[-1].copy()
        return arrived

    def _lost_block(self, n_missing: int, arrival_s: float) -> Block:
        """Return the last sample held in the place of those that are missing, of a long gap in that of the first."""
        n_held = min(n_missing, MAX_HELD_SAMPLES)
        return held_block(self._next_index, n_held, self._last_counts, self._last_aux, arrival_s)

    def _empty_block(self) -> Block:
        return Block(
            self._next_index,
            np.empty((0, self.info.n_channels), np.int32),
            np.empty((0, len(self.info.aux)), np.int32),
            np.empty(0, np.bool_),
            self.clock.now_s(),
        )

    @abstractmethod
    def _open(self) -> BoardInfo:
        """Find the board, set it up and tell about it. Called once per opening, never while open."""

    @abstractmethod
    def _start(self) -> None:
        """Start conversions so that the next sample has index 0. Called while open and not streaming."""

    @abstractmethod
    def _read(self, timeout_s: float) -> Block | None:
        """Return new samples, within about `timeout_s`; empty when none came, None when the source has ended.

        Called while streaming, always from one thread. A jump of `Block.first_index` tells of lost samples, which the
        caller fills; samples that are held already come with `valid` False.
        """

    @abstractmethod
    def _stop(self) -> None:
        """Stop conversions and drop what is under way. Called while streaming."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of everything. Called after a failed `_open` too, so it takes a half-built object."""
