"""Faults between a Cyton and its host, on request and seeded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acquisition.core import BoardConfigError

FAULTS = (
    "lost-bytes",
    "lost-packets",
    "garbage",
    "bursts-16ms",
    "clock-fast",
    "slow-reset",
    "board-off",
    "left-streaming",
    "railed",
    "unplug@SECONDS",
    "replug@SECONDS",
)

LOST_BYTE_SHARE = 1.0 / 10_000
"""About one byte per second at 250 packets per second: far more than on a USB line, so that a short test sees some."""

LOST_PACKET_SHARE = 29_483 / 8.85e6
"""Share of packets lost at 2 m, 0.33 %, in short bursts, in OpenBCI's endurance log of its radios (OpenBCI_Radios)."""

LONGEST_LOSS = 6
LOSS_BURSTS_PER_PACKET = LOST_PACKET_SHARE / (0.5 * (1 + LONGEST_LOSS))
"""Bursts of 1 to 6 packets, all lengths equally often [D]."""

GARBAGE_PER_PACKET = 1.0 / 500
LONGEST_GARBAGE = 60

BURST_S = 0.016
"""Default latency timer of the FTDI chip."""

FAST_CLOCK_ERROR = 0.01
"""Maximum error of the ADS1299's internal oscillator, 1 % (OpenBCI_Cyton_Library, issue 25)."""

RESET_S = 0.95
"""Time from `v` to the banner of a real board."""

RAILED_CHANNEL = 2
"""The third channel, whose lead is off."""


@dataclass(frozen=True, slots=True)
class WireFaults:
    """Selected faults.

    Attributes
    ----------
    names : frozenset of str
        Names among `FAULTS`, without those with a time.
    unplug_s, replug_s : float
        Seconds after readiness at which the device is unplugged and plugged in again; infinite for never.
    """

    names: frozenset[str] = frozenset()
    unplug_s: float = np.inf
    replug_s: float = np.inf


def parse_faults(texts: Sequence[str]) -> WireFaults:
    """Return the faults named by `texts`.

    Raises
    ------
    BoardConfigError
        For an unknown fault, or a device that is plugged in before it is unplugged.
    """
    names, times_s = set(), {"unplug": np.inf, "replug": np.inf}
    for text in texts:
        name, at, _ = text.partition("@")
        if name in times_s and at:
            times_s[name] = _seconds(text)
        elif text in FAULTS:
            names.add(text)
        else:
            raise BoardConfigError(f"there is no fault {text!r}; known are {', '.join(FAULTS)}")
    unplug_s, replug_s = times_s["unplug"], times_s["replug"]
    if replug_s < np.inf and replug_s <= unplug_s:
        raise BoardConfigError(f"the fault replug@{replug_s:g} needs an unplug@SECONDS before it, as unplug@5 replug@8")
    return WireFaults(frozenset(names), unplug_s, replug_s)


class FaultyLine:
    """Line from board to host with faults.

    Parameters
    ----------
    faults : WireFaults
        Selected faults.
    rng : Generator
        Source of their times.
    """

    def __init__(self, faults: WireFaults, rng: np.random.Generator) -> None:
        self._names = faults.names
        self._rng = rng
        self._n_to_lose = 0
        self._held = bytearray()
        self._burst_number = -1

    def carry(self, replies: bytes, packets: NDArray[np.uint8], now_s: float) -> bytes:
        """Return the bytes received by the host at `now_s` from replies and packets of shape (n_packets, 33)."""
        if "railed" in self._names and len(packets):
            packets = packets.copy()
            packets[:, 2 + 3 * RAILED_CHANNEL : 5 + 3 * RAILED_CHANNEL] = (0x7F, 0xFF, 0xFF)
        if "lost-packets" in self._names:
            packets = packets[[not self._loses_packet() for _ in range(len(packets))]]
        stream = self._with_garbage(packets) if "garbage" in self._names else packets.tobytes()
        if "lost-bytes" in self._names and stream:
            kept = self._rng.random(len(stream)) >= LOST_BYTE_SHARE
            stream = np.frombuffer(stream, np.uint8)[kept].tobytes()
        self._held += replies + stream
        if "bursts-16ms" in self._names:
            number = int(now_s / BURST_S)
            if number == self._burst_number:
                return b""
            self._burst_number = number
        out = bytes(self._held)
        self._held.clear()
        return out

    def _loses_packet(self) -> bool:
        if self._n_to_lose == 0 and self._rng.random() < LOSS_BURSTS_PER_PACKET:
            self._n_to_lose = int(self._rng.integers(1, LONGEST_LOSS + 1))
        if self._n_to_lose == 0:
            return False
        self._n_to_lose -= 1
        return True

    def _with_garbage(self, packets: NDArray[np.uint8]) -> bytes:
        parts = []
        for packet in packets:
            if self._rng.random() < GARBAGE_PER_PACKET:
                parts.append(self._rng.bytes(int(self._rng.integers(1, LONGEST_GARBAGE + 1))))
            parts.append(packet.tobytes())
        return b"".join(parts)


def _seconds(text: str) -> float:
    try:
        seconds = float(text.partition("@")[2])
    except ValueError as error:
        raise BoardConfigError(f"the fault {text!r} names no time: expected something like unplug@5") from error
    if not 0.0 <= seconds < float("inf"):
        raise BoardConfigError(f"the fault {text!r} names an impossible time: expected 0 seconds or more")
    return seconds
