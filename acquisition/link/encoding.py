"""Encoding of packets to bytes, for simulated boards, tests and benchmarks."""

import numpy as np
from numpy.typing import NDArray

from acquisition.link.protocol import (
    AUX_BYTES,
    AUX_OFFSET,
    COUNTER_OFFSET,
    HEAD,
    N_CHIP_CHANNELS,
    PACKET_BYTES,
    SAMPLE_BYTES,
    SAMPLES_OFFSET,
    TAIL_OFFSET,
    Tail,
)


def encode_packets(
    counts: NDArray[np.int32],
    first_counter: int = 0,
    aux: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Return packets with consecutive counters, whose auxiliary bytes are those of the accelerometer.

    Parameters
    ----------
    counts : ndarray of int32, shape (n_packets, 8)
        Samples; the lower 24 bits are sent.
    first_counter : int
        Counter of the first packet, modulo 256.
    aux : ndarray of uint8, shape (n_packets, 6), optional
        Auxiliary bytes; zeros by default.

    Returns
    -------
    ndarray of uint8, shape (n_packets, 33)
    """
    n_packets = len(counts)
    packets = np.zeros((n_packets, PACKET_BYTES), np.uint8)
    packets[:, 0] = HEAD
    packets[:, COUNTER_OFFSET] = (first_counter + np.arange(n_packets)) & 0xFF
    big_endian = counts.astype(">i4").view(np.uint8).reshape(n_packets, N_CHIP_CHANNELS, 4)
    packets[:, SAMPLES_OFFSET:AUX_OFFSET] = big_endian[:, :, 4 - SAMPLE_BYTES :].reshape(n_packets, -1)
    if aux is not None:
        packets[:, AUX_OFFSET : AUX_OFFSET + AUX_BYTES] = aux
    packets[:, TAIL_OFFSET] = Tail.ACCEL
    return packets
