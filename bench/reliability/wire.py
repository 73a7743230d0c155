"""Lost, late and garbled data through the real driver, on a virtual line where the truth of every sample is known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from acquisition.link.protocol import TAIL_FIRST, TAIL_LAST
from bench.reliability.table import Row
from bench.reliability.virtual import Fault, JitteryClock, NumberedFirmware, VirtualLink, virtual_board

TITLE = "Lost, late and garbled data"

RATES_SPS = (250, 1000)
SETTLED_S = 30.0
"""Fitted time stamps are evaluated after this time."""

NAP_LOOK_S = 0.01
MOST_SD_MS = 0.5
TEXT = b"Success: Lead off set for 1$$$"


@dataclass(frozen=True, slots=True)
class LostBytes:
    """Loss of single bytes, each with the probability `share`."""

    share: float

    def __call__(self, packets: list[bytes], now_s: float, rng: np.random.Generator) -> list[bytes]:
        """Return the packets without the lost bytes."""
        out = []
        for packet in packets:
            is_kept = rng.random(len(packet)) >= self.share
            out.append(packet if is_kept.all() else np.frombuffer(packet, np.uint8)[is_kept].tobytes())
        return out


@dataclass(frozen=True, slots=True)
class LostPackets:
    """Loss of single packets, each with the probability `share`."""

    share: float

    def __call__(self, packets: list[bytes], now_s: float, rng: np.random.Generator) -> list[bytes]:
        """Return the packets that are not lost."""
        return [packet for packet in packets if rng.random() >= self.share]


class Bursts:
    """Loss of runs of packets, single or in pairs.

    Parameters
    ----------
    share : float
        Probability that a packet begins a run.
    least, most : int
        Range of the length of a run.
    apart : int
        Least number of packets delivered before the next run.
    most_between : int
        Between the two runs of a pair, 1 to `most_between` packets are delivered; 0 for single runs.
    """

    def __init__(self, share: float, least: int, most: int, apart: int = 1, most_between: int = 0) -> None:
        self._share, self._least, self._most, self._apart = share, least, most, apart
        self._most_between = most_between
        self._n_through = 0
        self._runs: list[int] = []
        """Remaining numbers of packets: lost, or lost, delivered and lost again."""

    def __call__(self, packets: list[bytes], now_s: float, rng: np.random.Generator) -> list[bytes]:
        """Return the packets that are not lost."""
        kept = []
        for packet in packets:
            if not self._runs and self._n_through >= self._apart and rng.random() < self._share:
                self._runs = self._drawn(rng)
            is_lost = len(self._runs) % 2 == 1
            if self._runs:
                self._runs[0] -= 1
                if self._runs[0] == 0:
                    del self._runs[0]
            self._n_through = 0 if is_lost else self._n_through + 1
            if not is_lost:
                kept.append(packet)
        return kept

    def _drawn(self, rng: np.random.Generator) -> list[int]:
        first = int(rng.integers(self._least, self._most + 1))
        if not self._most_between:
            return [first]
        between = int(rng.integers(1, self._most_between + 1))
        return [first, between, int(rng.integers(self._least, self._most + 1))]


@dataclass(frozen=True, slots=True)
class Garbage:
    """Insertion of up to 60 random bytes before a packet, with the probability `share`.

    The bytes do not end in a valid tail. After a packet that lost as many bytes they would complete it, and the wire
    protocol has no checksum that could detect this.
    """

    share: float

    def __call__(self, packets: list[bytes], now_s: float, rng: np.random.Generator) -> list[bytes]:
        """Return the packets with the garbage between them."""
        return _between(packets, lambda: _random_bytes(rng) if rng.random() < self.share else b"")


def _random_bytes(rng: np.random.Generator) -> bytes:
    some = rng.bytes(int(rng.integers(1, 61)))
    return some[:-1] + b"\0" if TAIL_FIRST <= some[-1] <= TAIL_LAST else some


def text(packets: list[bytes], now_s: float, rng: np.random.Generator) -> list[bytes]:
    """Insert a reply of the board before one packet in 50."""
    return _between(packets, lambda: TEXT if rng.random() < 0.02 else b"")


def _between(packets: list[bytes], make: Callable[[], bytes]) -> list[bytes]:
    out = []
    for packet in packets:
        if extra := make():
            out.append(extra)
        out.append(packet)
    return out


class Bunched:
    """Delivery only once every 16 ms."""

    def __init__(self) -> None:
        self._number = -1

    def __call__(self, now_s: float) -> bool:
        """Return whether data are still held back."""
        number = int(now_s / 0.016)
        is_held, self._number = number == self._number, number
        return is_held


def stalled(now_s: float) -> bool:
    """Return whether data are held back: for half a second every 7 s."""
    return now_s % 7.0 < 0.5


def never(now_s: float) -> bool:
    """Return False: nothing is held back."""
    return False


class Nap:
    """Host that stops from time to time; its buffer keeps the first packets of each stop, the others are lost.

    Parameters
    ----------
    length_s, every_s : float
        Duration of a stop, and the interval between the beginnings of two stops.
    n_buffered : int
        Capacity of the buffer in packets.
    """

    def __init__(self, length_s: float, every_s: float, n_buffered: int) -> None:
        self.length_s, self._every_s, self._n_buffered = length_s, every_s, n_buffered
        self._next_s: float | None = None
        self._is_asleep = False
        self._n_kept = 0

    def __call__(self, packets: list[bytes], now_s: float, rng: np.random.Generator) -> list[bytes]:
        """Return the packets for which the buffer has room."""
        if not self._is_asleep:
            return packets
        kept = packets[: max(0, self._n_buffered - self._n_kept)]
        self._n_kept += len(kept)
        return kept

    def is_held(self, now_s: float) -> bool:
        """Return whether the host is stopped."""
        return self._is_asleep

    def pass_by(self, link: VirtualLink) -> None:
        """Stop the host if a stop is due."""
        now_s = link.clock.now_s()
        if self._next_s is None:
            self._next_s = now_s + self._every_s
        if now_s < self._next_s:
            return
        self._next_s = now_s + self._every_s
        self._is_asleep, self._n_kept = True, 0
        while link.clock.now_s() < now_s + self.length_s:
            link.clock.wait_s(NAP_LOOK_S)
            link.hold()
        self._is_asleep = False


@dataclass(frozen=True, slots=True)
class Case:
    """Fault of the line."""

    name: str
    injected: str
    faults: Callable[[], tuple[Fault, ...]] = tuple
    holding: Callable[[], Callable[[float], bool]] = lambda: never
    clock_error: float = 0.0
    swallowed: str = ""
    """Intact packets that may be counted as lost because their position is unknown."""
    nap: Callable[[], Nap | None] = lambda: None


BEHIND_GARBAGE = "whole packets behind garbage"

CASES = (
    Case("none", "nothing"),
    Case("single bytes lost", "one byte in 5000", lambda: (LostBytes(1 / 5000),)),
    Case("single packets lost", "one packet in 200", lambda: (LostPackets(1 / 200),)),
    Case("bursts of 1 to 6 packets lost", "one begins at every 300th packet", lambda: (Bursts(1 / 300, 1, 6),)),
    Case(
        "more than 256 packets lost",
        "257 to 450 in a row, at least 1000 apart, about every 5000th",
        lambda: (Bursts(1 / 4000, 257, 450, 1000),),
    ),
    Case(
        "more than 256 packets lost, twice at once",
        "257 to 450 in a row, 1 to 20 let through, 257 to 450 again; at least 1000 apart, about every 5000th",
        lambda: (Bursts(1 / 4000, 257, 450, 1000, most_between=20),),
        swallowed="those between the two",
    ),
    Case(
        "garbage",
        "1 to 60 random bytes between packets, 1 time in 100",
        lambda: (Garbage(1 / 100),),
        swallowed=BEHIND_GARBAGE,
    ),
    Case("text between packets", "a reply of the board, 1 time in 50", lambda: (text,)),
    Case("arrival in bursts", "bytes handed over every 16 ms", holding=Bunched),
    Case("stalls", "nothing for 0.5 s, then all at once, every 7 s", holding=lambda: stalled),
    Case(
        "the host stands still",
        "for 10 s, every 30 s (stopped, or asleep); its buffer takes the first 4 KB, the rest is lost",
        swallowed="those in the buffer",
        nap=lambda: Nap(10.0, 30.0, 124),
    ),
    Case("clock 1 % fast", "the board makes 1 % more samples", clock_error=0.01),
    Case("clock 1 % slow", "the board makes 1 % fewer samples", clock_error=-0.01),
    Case(
        "all of it at once",
        "the above together, 16 ms bursts, clock 1 % fast",
        lambda: (Bursts(1 / 8000, 257, 450, 1000), Bursts(1 / 300, 1, 6), LostBytes(1 / 5000), Garbage(1 / 100), text),
        Bunched,
        0.01,
        BEHIND_GARBAGE,
    ),
)


@dataclass(slots=True)
class Found:
    """Result of a case."""

    n_lost_on_wire: int
    n_counted: int
    n_shifted: int
    sd_ms: float


def stream_case(case: Case, rate_sps: int, seconds: float, seed: int) -> Found:
    """Stream through a fault and compare the result with the truth."""
    clock = JitteryClock(seed)
    firmware = NumberedFirmware(rate_sps, seed, case.clock_error)
    nap = case.nap()
    if nap is None:
        link = VirtualLink(firmware, clock, case.faults(), seed, case.holding())
    else:
        link = VirtualLink(firmware, clock, (*case.faults(), nap), seed, nap.is_held)
    board = virtual_board(link, rate_sps)
    n_shifted = 0
    errors_s: list[float] = []
    with board:
        board.start()
        start_s = clock.now_s()
        true_rate_hz = rate_sps * (1.0 + case.clock_error)
        while board.next_index < seconds * rate_sps:
            if nap is not None:
                nap.pass_by(link)
            block = board.read(0.05)
            assert block is not None
            indices = block.first_index + np.flatnonzero(block.valid)
            is_true = np.all(block.counts[block.valid] == firmware.counts_of(indices), axis=1)
            n_shifted += int(np.count_nonzero(~is_true))
            if block.n_samples and clock.now_s() - start_s > SETTLED_S:
                index = block.end_index - 1
                errors_s.append(board.sample_clock.host_time_s(index) - (start_s + (index + 1) / true_rate_hz))
        # packets in transit at the end are neither lost nor counted yet
        n_lost_on_wire = sum(number < board.next_index for number in link.lost)
    return Found(n_lost_on_wire, board.n_lost, n_shifted, 1e3 * float(np.std(errors_s)))


def rows(seconds: float, seed: int) -> Iterator[Row]:
    """Yield one row per fault."""
    for case in CASES:
        found = [stream_case(case, rate_sps, seconds, seed) for rate_sps in RATES_SPS]
        is_kept = all(
            one.n_shifted == 0
            and one.sd_ms <= MOST_SD_MS
            and one.n_counted >= one.n_lost_on_wire
            and (case.swallowed or one.n_counted == one.n_lost_on_wire)
            for one in found
        )
        yield Row(
            case.name,
            f"{case.injected}; {seconds:g} s each at {' and '.join(map(str, RATES_SPS))} SPS, seed {seed}",
            "lost ones counted exactly"
            + (f" ({case.swallowed} included)" if case.swallowed else "")
            + f"; no sample shifted; time stamps within {MOST_SD_MS} ms SD after {SETTLED_S:g} s",
            "; ".join(
                f"{rate} SPS: {one.n_lost_on_wire} lost, {one.n_counted} counted, {one.n_shifted} shifted, "
                f"{one.sd_ms:.3f} ms SD"
                for rate, one in zip(RATES_SPS, found, strict=True)
            ),
            is_kept,
        )
