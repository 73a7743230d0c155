"""Base class of all boards: final public methods around small hooks."""

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
"""Time in seconds after the first arrival at which the measured rate is first compared with the requested one."""

RATE_TOLERANCE = 0.05
"""Largest relative deviation from the requested rate; beyond it the board is refused with `WrongRate`."""

MAX_HELD_SAMPLES = 65_536
"""Longest block that fills a gap. A longer gap is split, so that an absence of an hour takes little memory."""


class _State(Enum):
    CLOSED = auto()
    OPEN = auto()
    STREAMING = auto()


class Board(ABC):
    """Source of EMG: ``open → start → read … → stop → close``, or a ``with`` block around the middle three.

    A driver implements the hooks `_open`, `_start`, `_read`, `_stop` and `_close`. This class provides what all boards
    share: the order of the steps, blocks without gaps, and the fit of sample index to host time.

    Parameters
    ----------
    setup : Setup, optional
        Channel settings given by the user.
    clock : Clock, optional
        Host clock. The board waits only through this clock.
    """

    keeps_time = True
    """False when samples do not come at the rate of the host's clock (a recording played faster)."""

    is_wired_to_a_person = True
    """False when the signal does not come from hardware: a recording or a simulation."""

    rate_hint = "is another rate set on the board?"
    """Likely cause when the board sends at another rate than requested; part of the error message."""

    def __init__(self, setup: Setup | None = None, clock: Clock | None = None) -> None:
        self.setup = setup if setup is not None else Setup()
        self.clock: Clock = clock if clock is not None else MonotonicClock()
        self.n_lost = 0
        """Number of samples lost since the start."""
        self.notes: list[str] = []
        """Messages about the board for the user since it was opened, one plain sentence each."""
        self._state = _State.CLOSED
        self._info: BoardInfo | None = None
        self._sample_clock: SampleClock | None = None
        self._arrived: Block | None = None
        self._last_counts = self._last_aux = np.zeros(0, np.int32)
        self._next_index = 0
        self._ended = False
        self._first_arrival_s: float | None = None
        self._rate_is_checked = False

    @property
    def info(self) -> BoardInfo:
        """Description of the board, available once it is open."""
        if self._info is None:
            raise AcquisitionError("the description of a board is known once it is open: call open() first")
        return self._info

    @property
    def sample_clock(self) -> SampleClock:
        """Fit of sample index to host time since the last start."""
        if self._sample_clock is None:
            raise AcquisitionError("a board has a sample clock once it is started: call start() first")
        return self._sample_clock

    @property
    def next_index(self) -> int:
        """Index of the sample that `read` returns next, which is the number of samples so far."""
        return self._next_index

    @property
    def absence(self) -> str:
        """Why a board that may come back is absent during a session; empty otherwise."""
        return ""

    @property
    def why_uncounted(self) -> str:
        """Why `n_lost` does not count every lost sample; empty when it does. Known while the board is open."""
        return ""

    @property
    def self_test(self) -> SelfTest | None:
        """Self test of an open board and its electrodes; None when the board has none."""
        return None

    @property
    def has_sync_output(self) -> bool:
        """Whether the board has a sync output. Known while the board is open."""
        return False

    def pulse_sync(self) -> None:  # noqa: B027 (most boards have no output, and nothing to do)
        """Pulse the sync output, if the board has one, within about 0.1 s. Thread-safe.

        The column ``Digital OUT`` shows the sample of the pulse.
        """

    def renew(self) -> "Board | None":
        """Return a closed board for the same device, whatever its port is now; None when it cannot be reopened."""
        return None

    @final
    def open(self) -> BoardInfo:
        """Find the board, set it up and return its description. Does nothing else when it is already open.

        Raises
        ------
        AcquisitionError
            If that fails, with the likely cause. The board is then closed again.
        """
        if self._state is _State.CLOSED:
            self.notes.clear()
            try:
                self._info = self.setup.apply(self._open())
            except BaseException:
                self._release()
                raise
            self._state = _State.OPEN
        return self.info

    @final
    def start(self) -> None:
        """Start streaming; the next sample has index 0. Opens the board first if needed."""
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
        self._first_arrival_s = None
        self._rate_is_checked = False
        self._start()
        self._state = _State.STREAMING

    @final
    def read(self, timeout_s: float = 0.1) -> Block | None:
        """Return the samples that follow those of the last call.

        Blocks are contiguous: a lost sample holds the last value, with `Block.valid` False.

        Parameters
        ----------
        timeout_s : float
            Longest wait for data in seconds, after which a block without samples is returned.

        Returns
        -------
        Block or None
            None once the source has ended (a recording played to its end).

        Raises
        ------
        LinkError
            If the board is gone. `close` may still be called.
        WrongRate
            If the board sends at another rate than requested.
        RecordingError
            If a recording that is played cannot be read any further.
        AcquisitionError
            If the board is not streaming, or its driver repeats samples.
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
        """Stop streaming. Does nothing when the board is not streaming."""
        if self._state is _State.STREAMING:
            self._state = _State.OPEN
            self._stop()

    @final
    def close(self) -> None:
        """Stop and release the board. Idempotent; may be called at any time.

        Does not raise: an unforeseen error of the driver becomes one of the `notes`.
        """
        try:
            self.stop()
        except AcquisitionError:
            pass  # a board that is gone cannot be stopped; `read` has already raised the reason
        except Exception as error:
            self.notes.append(f"the board could not be stopped: {_in_words(error)}")
        finally:
            if self._state is not _State.CLOSED:
                self._state = _State.CLOSED
                self._release()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _release(self) -> None:
        """Call `_close`. No error of it may hide why the board is closed, or keep a session from its end."""
        try:
            self._close()
        except Exception as error:
            self.notes.append(f"the board could not be let go of: {_in_words(error)}")

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
        if block.valid[-1]:  # a lost sample has no arrival time
            self.sample_clock.add(block.end_index - 1, block.arrival_s)
        self._check_rate(block)
        self.n_lost += block.first_index - self._next_index + block.n_lost
        self._arrived = block

    def _check_rate(self, block: Block) -> None:
        """Raise `WrongRate` when the board runs at another rate than requested.

        The check starts `RATE_CHECK_S` after the first arrival and ends once the fitted rate is right. Because repeated
        stalls of the host bias the fit, the rate is refused only when `least_late_rates_hz` are all wrong too.
        """
        if self._first_arrival_s is None:
            self._first_arrival_s = block.arrival_s
        if self._rate_is_checked or block.arrival_s - self._first_arrival_s < RATE_CHECK_S or not self.keeps_time:
            return
        requested_hz, measured_hz = self.info.sampling_rate_hz, self.sample_clock.sampling_rate_hz
        rates_hz = (measured_hz, *self.sample_clock.least_late_rates_hz)
        is_wrong = [abs(rate_hz / requested_hz - 1.0) > RATE_TOLERANCE for rate_hz in rates_hz]
        self._rate_is_checked = not is_wrong[0]
        if all(is_wrong):
            raise WrongRate(
                f"{self.info.name} was asked for {requested_hz:g} samples a second and sends {measured_hz:.0f}: "
                f"{self.rate_hint}"
            )

    def _next_part(self, arrived: Block) -> Block:
        """Return a block for the samples missing before `arrived`, or `arrived` itself when none is missing."""
        n_missing = arrived.first_index - self._next_index
        if n_missing > 0:
            return self._lost_block(n_missing, arrived.arrival_s)
        self._arrived = None
        self._last_counts = arrived.counts[-1].copy()
        self._last_aux = arrived.aux[-1].copy()
        return arrived

    def _lost_block(self, n_missing: int, arrival_s: float) -> Block:
        """Return a block that holds the last sample for the missing ones, at most `MAX_HELD_SAMPLES` of them."""
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
        """Find the board, set it up and return its description. Called once per opening, never while open."""

    @abstractmethod
    def _start(self) -> None:
        """Start conversions so that the next sample has index 0. Called while open and not streaming."""

    @abstractmethod
    def _read(self, timeout_s: float) -> Block | None:
        """Return new samples within about `timeout_s`: an empty block when none came, None when the source has ended.

        Called while streaming, always from the same thread. A jump of `Block.first_index` marks lost samples, which the
        caller fills in. Samples that the driver has already held have `valid` False.
        """

    @abstractmethod
    def _stop(self) -> None:
        """Stop conversions and discard data in transit. Called while streaming."""

    @abstractmethod
    def _close(self) -> None:
        """Release all resources. Also called after a failed `_open`, so it must accept a half-built object."""


def _in_words(error: Exception) -> str:
    return str(error) or type(error).__name__
