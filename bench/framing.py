"""Compare the cost of packet framing with other methods. Prints a table and never gates a build.

Run as ``python -m bench.framing`` from the root folder, after ``make build``. The peers read only a fault-free stream:
`numpy_view` needs aligned and complete packets; `byte_loop` is the search that acquisition programs do in Python, which
ignores the packet counter.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
from numpy.typing import NDArray

from acquisition.link.encoding import encode_packets
from acquisition.link.framing import Framer
from acquisition.link.reference import ReferenceScanner

SEED = 1
N_PACKETS = 60_000
"""Four minutes at 250 SPS, or 15 s at 4000."""

N_ROUNDS = 7

PACKET = np.dtype([("head", "u1"), ("counter", "u1"), ("samples", "u1", (8, 3)), ("aux", "u1", 6), ("tail", "u1")])


def numpy_view(wire: bytes) -> NDArray[np.int32]:
    packets = np.frombuffer(wire, PACKET)
    assert np.all(packets["head"] == 0xA0)
    samples = packets["samples"].astype(np.int32)
    value = (samples[:, :, 0] << 16) | (samples[:, :, 1] << 8) | samples[:, :, 2]
    return value - ((value & 0x800000) << 1)


def byte_loop(wire: bytes) -> list[list[int]]:
    rows = []
    place = 0
    while place + 33 <= len(wire):
        if wire[place] != 0xA0:
            place += 1
            continue
        packet = wire[place + 1 : place + 33]
        place += 33
        if not 0xC0 <= packet[31] <= 0xC6:
            continue
        rows.append([int.from_bytes(packet[i : i + 3], "big", signed=True) for i in range(1, 25, 3)])
    return rows


def fed_in(chunk_packets: int) -> Callable[[bytes], None]:
    def run(wire: bytes) -> None:
        framer = Framer()
        step = 33 * chunk_packets
        for start in range(0, len(wire), step):
            framer.feed(wire[start : start + step])

    return run


def slow_twin(wire: bytes) -> None:
    Framer(ReferenceScanner()).feed(wire)


def ns_per_packet(run: Callable[[bytes], object], wire: bytes) -> float:
    times_ns = []
    for _ in range(N_ROUNDS):
        start_ns = time.perf_counter_ns()
        run(wire)
        times_ns.append(time.perf_counter_ns() - start_ns)
    return median(times_ns) / (len(wire) / 33)


def main() -> None:
    generator = np.random.default_rng(SEED)
    counts = generator.integers(-(2**23), 2**23, (N_PACKETS, 8), dtype=np.int32)
    wire = encode_packets(counts).tobytes()
    assert np.array_equal(Framer().feed(wire).counts, counts)
    assert np.array_equal(numpy_view(wire), counts)
    short = wire[: 33 * 3000]
    ours_ns = ns_per_packet(fed_in(64), wire)
    rows = [
        ("this framing, 64 packets at a time", ours_ns),
        ("this framing, all at once", ns_per_packet(fed_in(N_PACKETS), wire)),
        ("this framing, 4 packets at a time (16 ms at 250 SPS)", ns_per_packet(fed_in(4), wire)),
        ("this framing, 1 packet at a time", ns_per_packet(fed_in(1), short)),
        ("numpy structured view, aligned and faultless only", ns_per_packet(numpy_view, wire)),
        ("numpy structured view, 64 packets at a time", ns_per_packet(numpy_view_in_parts, wire)),
        ("byte loop in Python", ns_per_packet(byte_loop, short)),
        ("slow twin of this framing", ns_per_packet(slow_twin, short)),
    ]
    print(f"seed {SEED}, median of {N_ROUNDS} rounds; ns per 33-byte packet, and as a multiple of the first row")
    for name, cost_ns in rows:
        print(f"{name:<55} {cost_ns:9.0f} ns  {cost_ns / ours_ns:8.2f}")


def numpy_view_in_parts(wire: bytes) -> None:
    for start in range(0, len(wire), 33 * 64):
        numpy_view(wire[start : start + 33 * 64])


if __name__ == "__main__":
    main()
