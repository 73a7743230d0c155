"""Slow twins of `dsp.compiled._alike`, `_contact`, `_pulses` and `_trees` on whole arrays: models fitted to a signal.

The tests compare those modules with them. Names, arguments and results are the same, except those of the trees, which
are walked node by node here.
"""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]


def walk_trees(
    roots: NDArray[np.int64], nodes: NDArray[np.void], depth: int, evidence: Samples
) -> tuple[NDArray[np.int64], Samples]:
    """Return the leaf that is reached in each tree, and the contribution of each feature of the evidence on the way."""
    node, value = roots, nodes["value"]
    features, steps = [], []
    for _ in range(depth):
        looked_at = nodes["feature"][node]
        is_below = evidence[looked_at] <= nodes["limit"][node]
        after = np.where(is_below, *nodes["child"][node].T).astype(np.int64)
        features.append(looked_at)
        steps.append(value[after] - value[node])
        node = after
    added = np.bincount(np.concatenate(features), np.concatenate(steps), evidence.size)
    return node, np.asarray(added, np.float64)


def highest_sum(roots: NDArray[np.int64], nodes: NDArray[np.void], depth: int, evidence: Samples) -> float:
    """Return the largest sum of the trees' values that is possible with evidence whose unknown features are NaN.

    Arguments are those of `walk_trees`.
    """
    highest, known = nodes["value"].copy(), evidence[nodes["feature"]]
    below, above = nodes["child"].T
    is_leaf = below == np.arange(len(nodes))
    for _ in range(depth):
        chosen = np.where(known <= nodes["limit"], highest[below], highest[above])
        highest = np.where(np.isnan(known), np.maximum(highest[below], highest[above]), chosen)
        highest[is_leaf] = nodes["value"][is_leaf]
    return float(np.sum(highest[roots]))


def partial_correlations(signal_uv: Samples, response: Samples, ends: NDArray[np.int64]) -> Samples:
    """Return inner products of the first samples of a response with the signal at each place, shape (n_ends, n)."""
    padded = np.concatenate((signal_uv, np.zeros(response.size)))
    sums = [np.correlate(padded[: signal_uv.size + end - 1], response[:end], "valid") for end in ends.tolist()]
    return np.array(sums)


def best_pulse(
    signal_uv: Samples, first: Samples, response: Samples, inverse: Samples, wide: Samples, tail_share: float
) -> tuple[float, int, Samples]:
    """Fit sums of delayed copies of a response at every place by least squares and return the best fit.

    `first`, `wide` and `tail_share` are ignored, as they only serve to skip places.
    """
    late = [np.concatenate((np.zeros(k), response[: response.size - k])) for k in range(inverse.shape[0])]
    weights = np.lib.stride_tricks.sliding_window_view(signal_uv, response.size) @ np.array(late).T @ inverse
    energy = np.einsum("ij,ij->i", weights, weights)
    at = int(np.argmax(energy))
    return float(energy[at]), at, weights[at]


def best_step(
    signal_uv: Samples, first: Samples, second: Samples, third: Samples, inverse: Samples, least: float
) -> float:
    """Return the largest energy, at least `least`, that a sum of three responses explains in any window."""
    n = signal_uv.size - third.size + 1
    weights = np.column_stack((first[:n], second[1 : n + 1], np.correlate(signal_uv, third, "valid"))) @ inverse
    return max(least, float(np.max(np.einsum("ij,ij->i", weights, weights))))


def largest_repeat(
    signal_uv: Samples, shape: Samples, at: int, soon: int, late: int, least: float, most: float
) -> float:
    """Return the largest gain between two limits with which a shape occurs again, 0 if it does not."""
    left = signal_uv.copy()
    left[at : at + shape.size] -= shape
    gain = np.correlate(left, shape, "valid") / max(float(shape @ shape), 1e-12)
    apart = np.abs(np.arange(gain.size) - at)
    may_be = (apart >= soon) & (apart <= late) & (gain >= least) & (gain <= most)
    return float(np.max(np.where(may_be, gain, 0.0)))


def products(signal: Samples, patterns: Samples, chosen: NDArray[np.int64]) -> Samples:
    """Return inner products of patterns with the signal at each lag, summed over channels."""
    windows = np.lib.stride_tricks.sliding_window_view(signal, patterns.shape[1], axis=0)
    dots: Samples = np.einsum("lcr,krc->kl", windows, patterns[chosen])
    return dots


def window_energies(signal: Samples, weights: Samples, n_window: int) -> Samples:
    """Return the energy over all weighted channels of each window of `n_window` rows."""
    energy = np.sum((signal * weights) ** 2, axis=1)
    return np.convolve(energy, np.ones(n_window), "valid")


def centre_row(signal: Samples, weights: Samples, first: int, stop: int) -> int:
    """Return the centre of energy over all weighted channels of rows [first, stop), `first` if there is no energy."""
    low = max(first, 0)
    energy = np.sum((signal[low : max(stop, 0)] * weights) ** 2, axis=1)
    total = float(energy.sum())
    return low + (int(np.sum(energy * np.arange(energy.size)) / total) if total > 0.0 else 0)


def averaged_rows(signal: Samples, weights: Samples, first: int, n_rows: int, each: int) -> Samples:
    """Return weighted means over `each` rows from `first` on; missing rows count as 0."""
    n = n_rows * each
    rows = np.zeros((n, weights.size))
    low, high = max(0, first), min(len(signal), first + n)
    if high > low:
        rows[low - first : high - first] = signal[low:high] * weights
    means: Samples = rows.reshape(n_rows, each, -1).mean(axis=1)
    return means


def tally_contacts(
    counts: NDArray[np.int32], uv_per_count: Samples, rail: Samples, flat_uv: float, tally: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Classify each channel as good, railed or flat, and return the good ones."""
    low, high = counts.min(axis=1), counts.max(axis=1)
    is_railed = (low >= rail) | (high <= -rail) | ((low <= -rail) & (high >= rail))
    is_flat = ~is_railed & (np.std(counts * uv_per_count[:, np.newaxis], axis=1) < flat_uv)
    tally += np.stack((~is_railed & ~is_flat, is_railed, is_flat))
    return np.flatnonzero(~is_railed & ~is_flat).astype(np.int64)


def windowed_uv(counts: NDArray[np.int32], uv_per_count: Samples, window: Samples) -> Samples:
    """Return each channel in µV minus its mean, times a window."""
    signal_uv = counts * uv_per_count[:, np.newaxis]
    windowed: Samples = (signal_uv - signal_uv.mean(axis=1, keepdims=True)) * window
    return windowed


def weighed_powers(spectra: NDArray[np.complex128], weights: Samples) -> Samples:
    """Return weighted sums of the power spectra, one per row of weights."""
    sums: Samples = weights @ (np.abs(spectra) ** 2).T
    return sums


def count_logs(
    values: Samples, rows: NDArray[np.int64], low: float, per_decade: float, counts: NDArray[np.int64]
) -> None:
    """Count values in one logarithmic histogram per row."""
    places = np.log10(np.maximum(values, low) / low) * per_decade
    np.add.at(counts, (rows, np.clip(places, 0, counts.shape[1] - 1).astype(np.int64)), 1)
