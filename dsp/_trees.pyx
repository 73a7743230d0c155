# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""The sum of many trees: by all splits of one number after the other, and the way through each for what decided it.

Of each tree the leaves that may still be reached are the bits of one word, numbered from the left. A number that is
known takes from all trees at once what lies on the other side of their splits by it (Lucchese et al. 2015, QuickScorer,
SIGIR '15, 73). The splits lie in rows, so that no step has to wait for another one, and are as small as can be: between
two bursts they leave the cache. The slow twins are in `dsp.reference_models`.
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

cdef struct Node:  # of a tree, as `dsp.forest.NODE` lays it out; 32 bytes, so that a step touches one line of the cache
    double limit
    double value
    int child[2]
    long long feature


cdef void _check(const long long[::1] begins, Py_ssize_t n_splits, Py_ssize_t n_features) except *:
    if begins.shape[0] != n_features + 1 or begins[0] != 0 or begins[n_features] != n_splits:
        raise ValueError(f"there are {n_splits} splits by {begins.shape[0] - 1} numbers, and {n_features} numbers")


def leaf_values(
    const double[::1] limits not None, const unsigned int[::1] above not None, const unsigned short[::1] trees not None,
    const long long[::1] begins not None, const double[::1] leaves not None, const long long[::1] firsts not None,
    const double[::1] evidence not None
):
    """Return the value of the leaf to which the evidence leads in each tree, shape (n_trees,).

    Parameters
    ----------
    limits : ndarray of float64, shape (n_splits,)
        Those by one number after those by another, rising.
    above : ndarray of uint32, shape (n_splits,)
        Leaves of its tree that are left where the number is above the limit.
    trees : ndarray of uint16, shape (n_splits,)
    begins : ndarray of int64, shape (n_names + 1,)
        Where the splits by each number begin.
    leaves : ndarray of float64, shape (n_leaves,)
        Their values, one tree after the other, from the left.
    firsts : ndarray of int64, shape (n_trees,)
        Where each tree's leaves begin.
    evidence : ndarray of float64, shape (n_names,)
    """
    cdef Py_ssize_t t, f, s, n_features = evidence.shape[0], n_trees = firsts.shape[0]
    _check(begins, limits.shape[0], n_features)
    out = np.empty(n_trees)
    cdef unsigned int[::1] left = np.full(n_trees, 0xffffffff, np.uint32)
    cdef double[::1] values = out
    with nogil:
        for f in range(n_features):
            for s in range(begins[f], begins[f + 1]):
                if evidence[f] <= limits[s]:
                    break
                left[trees[s]] &= above[s]
        for t in range(n_trees):
            values[t] = leaves[firsts[t] + lowest_bit(left[t])]
    return out


def highest_sum(
    const double[::1] limits not None, const unsigned int[::1] above not None, const unsigned int[::1] below not None,
    const unsigned short[::1] trees not None, const long long[::1] begins not None, const double[::1] leaves not None,
    const long long[::1] firsts not None, const long long[::1] n_leaves not None, const double[::1] evidence not None
):
    """Return the largest sum of the trees' values that evidence can come to of which some numbers are not known (NaN).

    Arguments are those of `leaf_values`, the leaves that are left where a number is not above the limit, and how many
    leaves each tree has, shape (n_trees,).
    """
    cdef Py_ssize_t t, f, s, n_features = evidence.shape[0], n_trees = firsts.shape[0]
    cdef unsigned int bits
    cdef double top, total = 0.0
    _check(begins, limits.shape[0], n_features)
    cdef unsigned int[::1] left = np.full(n_trees, 0xffffffff, np.uint32)
    with nogil:
        for t in range(n_trees):
            left[t] >>= 32 - n_leaves[t]
        for f in range(n_features):
            if evidence[f] != evidence[f]:
                continue
            for s in range(begins[f], begins[f + 1]):
                left[trees[s]] &= below[s] if evidence[f] <= limits[s] else above[s]
        for t in range(n_trees):
            bits, top = left[t], leaves[firsts[t] + lowest_bit(left[t])]
            while bits:
                top = max(top, leaves[firsts[t] + lowest_bit(bits)])
                bits &= bits - 1
            total += top
    return total


def walk_trees(
    const long long[::1] roots not None, const Node[::1] nodes not None, int depth, const double[::1] evidence not None
):
    """Return the leaf of each tree, shape (n_trees,), and what each number of the evidence added on the way there.

    The nodes are those of `dsp.forest.Forest`. The first steps of all trees are added up before the second ones; a
    tree that has come to its leaf takes no more. Where a step goes is an index, as no branch could be foretold.
    """
    cdef Py_ssize_t t, k, n = roots.shape[0], n_left = n
    cdef long long node, after, feature
    leaves, shares = np.array(roots, np.int64), np.zeros(evidence.shape[0])
    cdef long long[::1] at = leaves, left = np.arange(n, dtype=np.int64)
    cdef double[::1] added = shares
    with nogil:
        for _ in range(depth):
            n, n_left = n_left, 0
            for k in range(n):
                t = left[k]
                node = at[t]
                feature = nodes[node].feature
                after = nodes[node].child[not evidence[feature] <= nodes[node].limit]
                added[feature] += nodes[after].value - nodes[node].value
                at[t] = after
                left[n_left] = t
                n_left += after != node
    return leaves, shares
