"""Similarity of two multi-channel signals at each lag."""

import numpy as np
from numpy.typing import NDArray

from dsp.compiled._alike import products

Samples = NDArray[np.float64]

ONLY = np.zeros(1, np.int64)


def project(signal: Samples, pattern: Samples) -> tuple[Samples, Samples]:
    """Return the least-squares gain and the cosine similarity of `pattern` at each lag within `signal`.

    Both signals have shape (n, n_channels).
    """
    length = pattern.shape[0]
    dots = products(signal, np.ascontiguousarray(pattern)[np.newaxis], ONLY)[0]
    energy = np.concatenate(([0.0], np.cumsum(np.einsum("ij,ij->i", signal, signal))))
    window = np.maximum(energy[length:] - energy[:-length], 1e-12)
    own = max(float(np.sum(pattern * pattern)), 1e-12)
    return dots / own, dots / np.sqrt(own * window)
