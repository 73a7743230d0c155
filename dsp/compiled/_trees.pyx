# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""The sum of many trees, by all splits of one number after the other, and what decided it.

Of each tree the leaves that may still be reached are the bits of one word, numbered from the left. A number that is
known takes from all trees at once what lies on the other side of their splits by it (Lucchese et al. 2015, QuickScorer,
SIGIR '15, 73). The splits lie in rows, so that no step has to wait for another one, and are as small as can be: between
two bursts they leave the cache. The slow twins are in `dsp.slow_twins.models`.
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
    """Return the first of the splits [first, stop) whose limit a number is not above, `stop` where there is none."""
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
    """Return the leaf to which the evidence leads in each tree, int64 of shape (n_trees,).

    Parameters
    ----------
    limits : ndarray of float64, shape (n_splits,)
        Those by one number after those by another, rising.
    above : ndarray of uint32, shape (n_splits,)
        Leaves of its tree that are left where the number is above the limit.
    trees : ndarray of uint16, shape (n_splits,)
    begins : ndarray of int64, shape (n_names + 1,)
        Where the splits by each number begin.
    firsts : ndarray of int64, shape (n_trees,)
        Number of each tree's first leaf: they are counted one tree after the other, from the left.
    evidence : ndarray of float64, shape (n_names,)
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
    """Return the largest sum of the trees' values that evidence can come to of which some numbers are not known (NaN).

    Arguments are those of `reach_leaves`, the leaves that are left where a number is not above the limit, the values of
    the leaves, and how many of them each tree has, shape (n_trees,).
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
    """Return what each number of the evidence added on the way to the leaves that were reached, shape (n_features,).

    The first steps of all trees are added up before the second ones.

    Parameters
    ----------
    begins : ndarray of int64, shape (n_leaves + 1,)
        Where the steps to each leaf begin.
    features : ndarray of uint16, shape (n_steps,)
        Number that decided on a step.
    steps : ndarray of float64, shape (n_steps,)
        By how much the mean behind it differs from that before.
    reached : ndarray of int64, shape (n_trees,)
        What `reach_leaves` returned.
    n_features : int
        Numbers that there are.
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
