"""Simulated Cyton on a virtual line and a manual clock: hours pass at once, and the truth is known."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from acquisition.core import Clock, LinkError, ManualClock, Setup
from acquisition.drivers._cyton_options import CytonOptions
from acquisition.drivers.cyton import CytonBoard
from acquisition.link.encoding import encode_packets
from acquisition.simulated.cyton.dongle import Dongle
from acquisition.simulated.cyton.firmware import CytonFirmware
from acquisition.simulated.patient import Samples
from acquisition.simulated.scenario import load_scenario

TICK_S = 0.001
SCHEDULER_S = 0.0003
"""Mean delay of the host's wake-up; an assumption."""

NUMBER_BITS = 20
"""Bits of the sample number that each of the channels 1 and 2 carries: 1 the lower ones, 2 the upper ones."""


class JitteryClock(ManualClock):
    """Manual clock that advances by each wait plus a random delay, as on a busy host.

    Parameters
    ----------
    seed : int
        Seed of the delays.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(1000.0)
        self._rng = np.random.default_rng([seed, 6])

    def wait_s(self, duration_s: float) -> None:
        """Advance the time by `duration_s` seconds plus a random delay."""
        if duration_s > 0.0:
            super().wait_s(duration_s + self._rng.exponential(SCHEDULER_S))


class _NoPatient:
    """Stand-in for a patient whose signal is not used."""

    def __init__(self, sampling_rate_hz: int) -> None:
        self.sampling_rate_hz = sampling_rate_hz
        self.n_made = 0

    def next_samples(self, n_samples: int) -> Samples:
        self.n_made += n_samples
        nothing = np.empty((n_samples, 0))
        return Samples(nothing, nothing, np.zeros((n_samples, 3), np.int32))


class NumberedFirmware(CytonFirmware):
    """Complete simulated Cyton in which each sample carries its number since `boot`."""

    def __init__(self, rate_sps: int, seed: int = 1, clock_error: float = 0.0) -> None:
        self.first_number = 0
        self._noise = np.random.default_rng(seed).integers(-400, 400, (4096, 8)).astype(np.int32)
        super().__init__(load_scenario(None), seed, rate_sps, clock_error=clock_error)

    def _new_patient(self) -> _NoPatient:  # type: ignore[override]
        if hasattr(self, "_patient"):  # on a restart the numbers continue
            self.first_number += self._patient.n_made
        return _NoPatient(self.sampling_rate_hz)

    def _encode(self, samples: Samples, first_index: int) -> NDArray[np.uint8]:
        numbers = self.first_number + first_index + np.arange(len(samples.signal_uv))
        return encode_packets(self.counts_of(numbers), self._counter)

    def counts_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the counts of all channels for the samples `numbers`, shape (n_samples, 8)."""
        counts = self._noise[numbers % len(self._noise)].copy()
        counts[:, 0], counts[:, 1] = numbers & ((1 << NUMBER_BITS) - 1), numbers >> NUMBER_BITS
        return counts


def numbers_of(counts: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the numbers carried by samples, shape (n_samples,)."""
    return counts[:, 0].astype(np.int64) + (counts[:, 1].astype(np.int64) << NUMBER_BITS)


class Fault(Protocol):
    """Fault applied to the packets on the line."""

    def __call__(self, packets: list[bytes], now_s: float, rng: np.random.Generator) -> list[bytes]:
        """Return pieces of the stream; an intact packet remains one piece, the same object."""
        ...


class VirtualLink:
    """Virtual line between driver and board.

    Parameters
    ----------
    firmware : CytonFirmware
        The board.
    clock : ManualClock
        Clock that is advanced by waiting for bytes.
    faults : sequence of Fault
        Faults in order from the board to the host.
    seed : int
        Seed of the faults.
    is_held : callable, optional
        Function of the time that returns whether data in transit are held back.
    tick_s : float
        Polling interval of the line.

    Attributes
    ----------
    n_made : int
        Number of packets that the board made while the host was listening.
    lost : list of int
        Numbers of those packets that did not arrive intact.
    """

    is_baud_limited = False
    latency_advice = ""

    def __init__(
        self,
        firmware: CytonFirmware,
        clock: ManualClock,
        faults: tuple[Fault, ...] = (),
        seed: int = 1,
        is_held: Callable[[float], bool] = lambda now_s: False,
        tick_s: float = TICK_S,
    ) -> None:
        self.clock: Clock = clock
        self.firmware = firmware
        self.is_cut = False
        self.n_made = 0
        self.lost: list[int] = []
        self._tick_s = tick_s
        self._dongle = Dongle(firmware)
        self._faults = faults
        self._rng = np.random.default_rng([seed, 5])
        self._is_held = is_held
        self._replies = b""
        self._stream: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Pass a command to the board at once."""
        self.require()
        self._replies += self._dongle.receive(data, self.clock.now_s())

    def read_available(self, timeout_s: float) -> bytes:
        """Advance the time in ticks until data have arrived or the timeout is over, and return the data."""
        end_s = self.clock.now_s() + timeout_s
        while True:
            self.require()
            out = self._take()
            if out or self.clock.now_s() >= end_s:
                return out
            self.clock.wait_s(self._tick_s)

    def set_baud(self, baud: int) -> None:
        """Do nothing: there is no UART."""

    def close(self) -> None:
        """Do nothing: no resources are held."""

    def pull(self) -> None:
        """Unplug the dongle: data in transit are lost, and the board goes on streaming unheard."""
        self.is_cut = True
        self._stream.clear()

    def plug(self) -> None:
        """Plug the dongle in again."""
        self.is_cut = False

    def tick(self) -> None:
        """Let the board make its samples while the host is not listening."""
        self.firmware.packets(self.clock.now_s())

    def hold(self) -> None:
        """Move the board's data to the host's buffer without delivering them."""
        self._replies += self._take()

    def require(self) -> None:
        """Raise a `LinkError` while the line is cut."""
        if self.is_cut:
            self.tick()
            raise LinkError("the board was unplugged: the virtual line is gone")

    def _take(self) -> bytes:
        now_s = self.clock.now_s()
        self._replies += self._dongle.late_replies(now_s)
        packets = [packet.tobytes() for packet in self.firmware.packets(now_s)]
        pieces = list(packets)
        for fault in self._faults:
            pieces = fault(pieces, now_s, self._rng)
        if len(pieces) != len(packets) or pieces != packets:
            through = {id(piece) for piece in pieces}
            self.lost += [self.n_made + place for place, packet in enumerate(packets) if id(packet) not in through]
        self.n_made += len(packets)
        self._stream += pieces
        if self._is_held(now_s):
            return b""
        out = self._replies + b"".join(self._stream)
        self._replies = b""
        self._stream.clear()
        return out


def virtual_board(link: VirtualLink, rate_sps: int) -> CytonBoard:
    """Return the real driver on the virtual line."""
    options = CytonOptions("virtual", rate_sps=rate_sps)
    return CytonBoard(options, Setup(), link.clock, lambda path, baud, clock: link)
