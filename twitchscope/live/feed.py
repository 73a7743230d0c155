"""Feed between a running session and the window: the last seconds of signal, and the events detected in them."""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from acquisition.core import Block, BoardInfo, Clock
from dsp import Candidate, TwitchEvent
from twitchscope.electrodes.contact import is_watched
from twitchscope.findings.detection import Detection, default_none_seen
from twitchscope.findings.event import DetectedEvent
from twitchscope.live.levels import LevelLog
from twitchscope.session.listeners import SessionListener
from twitchscope.words import for_later

LONGEST_STEP_S = 0.25
"""Longest extrapolation of the time beyond the last sample; a board silent for longer has stopped."""

MOST_FOUND_WAITING = 10_000
"""Capacity for candidates and verdicts that the view has not taken."""

MOST_LOST_KEPT = 10_000
"""Number of stretches of lost samples that are remembered."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Consecutive samples from the ring buffer.

    Attributes
    ----------
    first_index : int
        Index of the first sample.
    counts : ndarray of int32, shape (n_samples, n_channels)
        Raw converter counts.
    valid : ndarray of bool, shape (n_samples,)
        False where a sample was lost.
    """

    first_index: int
    counts: NDArray[np.int32]
    valid: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Found:
    """Result of the detector with its time of arrival.

    Attributes
    ----------
    result : Candidate or DetectedEvent
        A burst that has begun, or the verdict on one.
    arrival_s : float
        Time in seconds of the board's clock at which the block with this result arrived.
    """

    result: Candidate | DetectedEvent
    arrival_s: float


@dataclass(frozen=True, slots=True)
class DetectorState:
    """State of the detector after its last block, per channel where it is a tuple.

    `baseline_rms_uv` is the resting baseline, or the local floor where none is learnt, as on a needle channel that
    never rests. `is_usable` is True on channels that are not watched, too. `threshold_rms_uv` is the threshold of
    confirmation for the RMS of a burst over 12 ms; empty without a detector. `mains_hz` is 0 without mains. `none_seen`
    returns the words for a stretch without a confirmed twitch, given its start and stop in s.
    """

    baseline_rms_uv: tuple[float, ...]
    is_usable: tuple[bool, ...]
    baseline_is_learnt: bool
    threshold_rms_uv: tuple[float, ...] = ()
    mains_hz: float = 0.0
    none_seen: Callable[[float, float], str] = default_none_seen


class SignalSource(Protocol):
    """Interface of the source of traces: the `Feed` of a running session, or a recording under review."""

    @property
    def info(self) -> BoardInfo:
        """Channels, sampling rate and scale."""
        ...

    @property
    def state(self) -> DetectorState:
        """State of the detector at the end of the displayed signal."""
        ...

    @property
    def end_index(self) -> int:
        """Index after the last sample to be shown."""
        ...

    def samples_from(self, index: int) -> Samples:
        """Return the available samples from `index` to the end."""
        ...


class Feed(SessionListener):
    """Ring buffer and mailbox, filled by the session's threads and emptied by the window without waiting.

    Parameters
    ----------
    info : BoardInfo
        Description of the board.
    detection : Detection
        Detection of the session, read only within `on_found`.
    clock : Clock
        Clock of the board.
    keeps_time : bool
        Whether the board's samples come at the rate of that clock.
    ring_s : float
        Length of the ring buffer in seconds; a view that pulls later misses older samples.
    """

    name = for_later("the window")

    def __init__(
        self, info: BoardInfo, detection: Detection, clock: Clock, keeps_time: bool, ring_s: float = 20.0
    ) -> None:
        self.info = info
        self.levels = LevelLog(detection)
        self._detection = detection
        self._clock = clock
        self._keeps_time = keeps_time
        self._n_ring = max(1, round(ring_s * info.sampling_rate_hz))
        self._counts = np.zeros((self._n_ring, info.n_channels), np.int32)
        self._valid = np.zeros(self._n_ring, np.bool_)
        self._end_index = 0
        self._n_lost = 0
        self._is_away = False
        self._arrival_s = 0.0
        self._arrivals: deque[tuple[int, float]] = deque()
        self._verdicts: list[DetectedEvent] = []
        self._found: deque[Found] = deque()
        self._notes: deque[str] = deque()
        self._listeners: list[Callable[[Sequence[Found]], None]] = []
        self.n_found_skipped = 0
        """Candidates and verdicts that were dropped because the view did not take them in time."""
        self._is_watched = np.array([is_watched(channel.role) for channel in info.channels], np.bool_)
        self._lost: list[tuple[int, int]] = []
        self._state = DetectorState((float("nan"),) * info.n_channels, (True,) * info.n_channels, False)
        self._lock = threading.Lock()

    def on_block(self, block: Block | None) -> None:
        """Store a block of the stream, in the reading thread; the end of the stream (None) is ignored."""
        if block is None or not block.n_samples:
            return
        with self._lock:
            tail = block[-min(block.n_samples, self._n_ring) :]
            places = np.arange(tail.first_index, tail.end_index) % self._n_ring
            self._counts[places] = tail.counts
            self._valid[places] = tail.valid
            self._end_index = block.end_index
            self._n_lost += block.n_lost
            self._is_away = not bool(block.valid[-1])
            if block.n_lost:
                self._keep_lost(block)
            self._arrival_s = block.arrival_s
            self._arrivals.append((block.end_index, block.arrival_s))

    def _keep_lost(self, block: Block) -> None:
        """Remember where samples were lost, for readers of signal that has left the ring buffer."""
        steps = np.flatnonzero(np.diff(~block.valid, prepend=False, append=False)) + block.first_index
        self._lost += [(int(start), int(stop)) for start, stop in steps.reshape(-1, 2)]
        del self._lost[: max(0, len(self._lost) - MOST_LOST_KEPT)]

    def valid_at(self, first_index: int, n_samples: int) -> NDArray[np.bool_]:
        """Return which samples of a stretch were not lost, as far back as is known."""
        valid = np.ones(n_samples, np.bool_)
        with self._lock:
            lost = list(self._lost)
        for start, stop in lost:
            valid[max(0, start - first_index) : max(0, stop - first_index)] = False
        return valid

    def on_event(self, event: DetectedEvent) -> None:
        """Store a verdict, in the session's thread; the view gets it once its block is complete."""
        self._verdicts.append(event)

    def on_found(self, found: Sequence[Candidate | TwitchEvent]) -> None:
        """Collect the candidates and the detector's state, in the session's thread after each block."""
        detector = self._detection.detector
        self._state = DetectorState(
            tuple(float(value) for value in detector.quiet_rms_uv),
            tuple(bool(value) for value in detector.is_usable | ~self._is_watched),
            detector.resting_baseline_is_learnt,
            tuple(float(value) for value in detector.threshold_rms_uv),
            detector.mains_hz,
            self._detection.none_seen,
        )
        self.levels.look()
        arrival_s = self._arrival_of(self._detection.next_index)
        results = [Found(item, arrival_s) for item in found if isinstance(item, Candidate)]
        results += [Found(event, arrival_s) for event in self._verdicts]
        self._verdicts.clear()
        self._found.extend(results)
        self._forget_oldest()
        for listener in self._listeners if results else ():
            listener(results)

    def add_listener(self, listener: Callable[[Sequence[Found]], None]) -> None:
        """Call `listener` with each batch of results in the session's thread; it must not block."""
        self._listeners.append(listener)

    def on_note(self, note: str) -> None:
        """Store a note on the session, in any thread."""
        self._notes.append(note)

    def _arrival_of(self, end_index: int) -> float:
        """Return when the block that ends at `end_index` arrived, and forget earlier blocks."""
        with self._lock:
            while len(self._arrivals) > 1 and self._arrivals[0][0] < end_index:
                self._arrivals.popleft()
            return self._arrivals[0][1] if self._arrivals else self._arrival_s

    def _forget_oldest(self) -> None:
        while len(self._found) > MOST_FOUND_WAITING:
            with contextlib.suppress(IndexError):  # the view has just taken them
                self._found.popleft()
                self.n_found_skipped += 1

    def take_found(self) -> list[Found]:
        """Return the candidates and verdicts since the last call, in order of decision."""
        taken = []
        while self._found:
            taken.append(self._found.popleft())
        return taken

    def take_notes(self) -> list[str]:
        """Return the notes since the last call."""
        return [self._notes.popleft() for _ in range(len(self._notes))]

    @property
    def state(self) -> DetectorState:
        """State of the detector after its last block."""
        return self._state

    @property
    def keeps_time(self) -> bool:
        """Whether the samples come at the rate of the clock."""
        return self._keeps_time

    @property
    def end_index(self) -> int:
        """Number of samples so far, including lost ones."""
        return self._end_index

    @property
    def n_lost(self) -> int:
        """Number of samples lost so far."""
        return self._n_lost

    @property
    def is_away(self) -> bool:
        """Whether the last sample was lost, because the board or its radio is away."""
        return self._is_away

    def samples_from(self, index: int) -> Samples:
        """Return a copy of the samples from `index` on that are still in the buffer."""
        with self._lock:
            first = max(index, self._end_index - self._n_ring, 0)
            places = np.arange(first, self._end_index) % self._n_ring
            return Samples(first, self._counts[places], self._valid[places])

    def time_s(self) -> float:
        """Return the current time in seconds since the first sample, extrapolated by the clock between two blocks."""
        with self._lock:
            end_s, arrival_s = self._end_index / self.info.sampling_rate_hz, self._arrival_s
        if not self._keeps_time or end_s == 0.0:
            return end_s
        return end_s + min(max(self._clock.now_s() - arrival_s, 0.0), LONGEST_STEP_S)

    def silence_s(self) -> float:
        """Return the seconds since the last sample; 0 before the first."""
        with self._lock:
            if not self._keeps_time or self._end_index == 0:
                return 0.0
            return max(0.0, self._clock.now_s() - self._arrival_s)
