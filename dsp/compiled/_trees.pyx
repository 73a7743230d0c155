# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""Evaluation of an ensemble of decision trees, feature by feature, and attribution of the result to the features.

The leaves of a tree that can still be reached are the bits of one word, numbered from the left. A known feature removes
the leaves on the other side of its splits from all trees at once (Lucchese et al. 2015, QuickScorer, SIGIR '15, 73).
The splits are stored consecutively, so that no step waits for another, and as compactly as possible, because they leave
the cache between two bursts. The slow twins are in `dsp.slow_twins.models`.
"""

cdef extern from *:
    """
    #if defined(_MSC_VER)
    #include <intrin.h>
    static int lowest_bit(unsigned int word) { unsigned long at; _BitScanForward(&at, word); return (int)at; }
    #else
    static int lowest_bit(unsigned int word) { return __builtin_ctz(word); }
    #endif
    """
    int lowest_bit(unsigned int word) noexcept nogil  # of a word that is not 0

import numpy as np


cdef void _check(const long long[::1] begins, Py_ssize_t n_splits, Py_ssize_t n_features) except *:
    if begins.shape[0] != n_features + 1 or begins[0] != 0 or begins[n_features] != n_splits:
        raise ValueError(f"there are {n_splits} splits by {begins.shape[0] - 1} numbers, and {n_features} numbers")


cdef inline Py_ssize_t _place(
    const double *limits, Py_ssize_t first, Py_ssize_t stop, double value
) noexcept nogil:
    """Return the first of the splits [first, stop) whose limit is at least `value`, `stop` if there is none."""
    cdef Py_ssize_t middle
    while first < stop:
        middle = (first + stop) // 2
        if value <= limits[middle]:
            stop = middle
        else:
            first = middle + 1
    return first


def reach_leaves(
    const double[::1] limits not None, const unsigned int[::1] above not None, const unsigned short[::1] trees not None,
    const long long[::1] begins not None, const long long[::1] firsts not None, const double[::1] evidence not None
):
    """Return the leaf that the evidence reaches in each tree, int64 of shape (n_trees,).

    Parameters
    ----------
    limits : ndarray of float64, shape (n_splits,)
        Limits of the splits, grouped by feature, in increasing order within each.
    above : ndarray of uint32, shape (n_splits,)
        Leaves of the split's tree that remain if the feature is above the limit.
    trees : ndarray of uint16, shape (n_splits,)
        Tree of each split.
    begins : ndarray of int64, shape (n_names + 1,)
        First split of each feature.
    firsts : ndarray of int64, shape (n_trees,)
        Number of the first leaf of each tree; leaves are numbered tree by tree, from the left.
    evidence : ndarray of float64, shape (n_names,)
        Value of each feature.
    """
    cdef Py_ssize_t t, f, s, n_features = evidence.shape[0], n_trees = firsts.shape[0]
    _check(begins, limits.shape[0], n_features)
    out = np.empty(n_trees, np.int64)
    cdef unsigned int[::1] left = np.empty(n_trees, np.uint32)
    cdef long long[::1] reached = out
    if limits.shape[0] == 0:
        return np.array(firsts)
    with nogil:
        for t in range(n_trees):
            left[t] = 0xffffffffU
        for f in range(n_features):
            for s in range(begins[f], _place(&limits[0], begins[f], begins[f + 1], evidence[f])):
                left[trees[s]] &= above[s]
        for t in range(n_trees):
            reached[t] = firsts[t] + lowest_bit(left[t])
    return out


def highest_sum(
    const double[::1] limits not None, const unsigned int[::1] above not None, const unsigned int[::1] below not None,
    const unsigned short[::1] trees not None, const long long[::1] begins not None, const double[::1] leaves not None,
    const long long[::1] firsts not None, const long long[::1] n_leaves not None, const double[::1] evidence not None
):
    """Return the largest sum of the trees' values that is possible with evidence whose unknown features are NaN.

    Arguments are those of `reach_leaves` and:

    Parameters
    ----------
    below : ndarray of uint32, shape (n_splits,)
        Leaves of the split's tree that remain if the feature is not above the limit.
    leaves : ndarray of float64
        Value of each leaf.
    n_leaves : ndarray of int64, shape (n_trees,)
        Number of leaves of each tree.
    """
    cdef Py_ssize_t t, f, s, place, n_features = evidence.shape[0], n_trees = firsts.shape[0]
    cdef unsigned int bits
    cdef double top, total = 0.0
    _check(begins, limits.shape[0], n_features)
    cdef unsigned int[::1] left = np.empty(n_trees, np.uint32)
    with nogil:
        for t in range(n_trees):
            left[t] = 0xffffffffU >> (32 - n_leaves[t])
        for f in range(n_features):
            if evidence[f] != evidence[f] or begins[f] == begins[f + 1]:
                continue
            place = _place(&limits[0], begins[f], begins[f + 1], evidence[f])
            for s in range(begins[f], place):
                left[trees[s]] &= above[s]
            for s in range(place, begins[f + 1]):
                left[trees[s]] &= below[s]
        for t in range(n_trees):
            bits, top = left[t], leaves[firsts[t] + lowest_bit(left[t])]
            while bits:
                top = max(top, leaves[firsts[t] + lowest_bit(bits)])
                bits &= bits - 1
            total += top
    return total


def add_steps(
    const long long[::1] begins not None, const unsigned short[::1] features not None, const double[::1] steps not None,
    const long long[::1] reached not None, Py_ssize_t n_features
):
    """Return the contribution of each feature on the paths to the reached leaves, shape (n_features,).

    The first steps of all trees are added before the second ones.

    Parameters
    ----------
    begins : ndarray of int64, shape (n_leaves + 1,)
        First step of the path to each leaf.
    features : ndarray of uint16, shape (n_steps,)
        Feature of the split of each step.
    steps : ndarray of float64, shape (n_steps,)
        Change of the node's mean value in each step.
    reached : ndarray of int64, shape (n_trees,)
        Result of `reach_leaves`.
    n_features : int
        Number of features.
    """
    cdef Py_ssize_t t, k, s, depth = 0, n_leaves = begins.shape[0] - 1
    for t in range(reached.shape[0]):
        if not 0 <= reached[t] < n_leaves:
            raise ValueError(f"there are {n_leaves} leaves and no number {reached[t]}")
        depth = max(depth, begins[reached[t] + 1] - begins[reached[t]])
    shares = np.zeros(n_features)
    cdef double[::1] added = shares
    with nogil:
        for k in range(depth):
            for t in range(reached.shape[0]):
                s = begins[reached[t]] + k
                if s < begins[reached[t] + 1]:
                    added[features[s]] += steps[s]
    return shares
