# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""What is worked out of a burst sample by sample: power in windows, where it begins and ends, the sum of the trees.

Functions of arrays, without state. Their slow twins are in `dsp.reference_burst`; where sums are taken in another order
than there, results agree but for rounding.
"""

from libc.math cimport exp, log

from ._order cimport mean_around, sum_squares

import numpy as np

cdef enum:
    N_SIZES = 10  # powers over the floor that are tried for an onset; as a constant, so that the compiler vectorises

cdef struct Node:  # of a tree, as `dsp.forest.NODE` lays it out; 32 bytes, so that a step touches one line of the cache
    double limit
    double value
    int child[2]
    long long feature

cdef double FADED = -30.0  # log-odds under the likeliest onset's at which another adds less than 1e-12 of it


def smooth_power(const double[::1] signal_uv not None, Py_ssize_t n_samples):
    """Return the centred moving mean of the squared signal over about `n_samples`, same shape; edges are shorter."""
    cdef Py_ssize_t i, n = signal_uv.shape[0], half = max(0, n_samples // 2)
    out = np.empty(n)
    cdef double[::1] power = out, sums = np.empty(n + 1)
    if n == 0:
        return out
    with nogil:
        sum_squares(&signal_uv[0], n, &sums[0])
        for i in range(n):
            power[i] = mean_around(&sums[0], n, i, half)
    return out


def last_row(
    const double[::1] signal_uv not None, Py_ssize_t lag, Py_ssize_t n_samples, double share, double least
):
    """Return the last row at which the smoothed power of changes over `lag` exceeds a level, -1 where none does.

    The level is `share` of the largest one, and at least `least`.
    """
    cdef Py_ssize_t i, n = signal_uv.shape[0] - lag, half = max(0, n_samples // 2)
    cdef double level, top = 0.0
    if n <= 0 or lag < 0:
        return -1
    cdef double[::1] change = np.empty(n), sums = np.empty(n + 1)
    with nogil:
        for i in range(n):
            change[i] = signal_uv[i + lag] - signal_uv[i]
        sum_squares(&change[0], n, &sums[0])
        for i in range(n):
            change[i] = mean_around(&sums[0], n, i, half)
            top = max(top, change[i])
        level = max(share * top, least)
        i = n - 1
        while i >= 0 and not change[i] > level:
            i -= 1
    return i


def first_row(
    const double[::1] signal_uv not None, Py_ssize_t n_samples, double level, double share, double most_share
):
    """Return the first row at which the mean square of the last `n_samples` exceeds a level, 0 where none does.

    The level is the given one, at least `share` of the largest mean and at most `most_share` of that.
    """
    cdef Py_ssize_t i, n = signal_uv.shape[0], low
    cdef double top = 0.0
    if n == 0:
        return 0
    cdef double[::1] sums = np.empty(n + 1)
    with nogil:
        sum_squares(&signal_uv[0], n, &sums[0])
        for i in range(n, 0, -1):  # from the end on, so that the mean can take the sum's place
            low = i - n_samples if i > n_samples else 0
            sums[i] = (sums[i] - sums[low]) / n_samples
            top = max(top, sums[i])
        level = min(max(level, share * top), most_share * top)
        i = 0
        while i < n and not sums[i + 1] > level:
            i += 1
    return i if i < n else 0


def onset_rows(
    const double[::1] power not None, const double[::1] sizes not None, const double[::1] rises_s not None,
    double sampling_rate_hz, Py_ssize_t every, const double[::1] penalties not None, double weight
):
    """Return the rows up to which the onset lies in 16, in 50 and in 84 of 100 cases.

    Parameters
    ----------
    power : ndarray of float64, shape (n,)
        Squared signal over the floor's power, at least one row.
    sizes : ndarray of float64, shape (10,)
        Powers of the burst over the floor, to be averaged out.
    rises_s : ndarray of float64
        Times in which its amplitude may grow linearly, to be averaged out.
    sampling_rate_hz : float
        Rate of the signal.
    every : int
        An onset is sought at every so-manieth row.
    penalties : ndarray of float64, shape (n_rises,)
        Log-odds against each time of rise.
    weight : float
        What a row counts: less than 1 where neighbours are alike.
    """
    cdef Py_ssize_t n = power.shape[0], n_rises = rises_s.shape[0], n_starts, r, j, k
    cdef double most
    if sizes.shape[0] != N_SIZES or penalties.shape[0] != n_rises or n == 0 or every < 1:
        raise ValueError(f"{N_SIZES} sizes, a penalty for each rise, a row and steps of at least 1 are needed")
    n_starts = (n + every - 1) // every
    cdef double[:, :, ::1] likely = np.empty((n_rises, n_starts, N_SIZES))
    cdef double[:, ::1] inverse = np.empty((n, N_SIZES)), logs = np.empty((n + 1, N_SIZES))
    cdef double[::1] before = np.empty(n + 1), chance = np.zeros(n_starts)
    with nogil:
        before[0] = 0.0
        for j in range(n):
            before[j + 1] = before[j] + power[j]
        for r in range(n_rises):
            _rise(
                &power[0], n, &sizes[0], rises_s[r] * sampling_rate_hz, every, penalties[r], weight, &before[0],
                &inverse[0, 0], &logs[0, 0], &likely[r, 0, 0],
            )
        most = likely[0, 0, 0]
        for r in range(n_rises):
            for j in range(n_starts):
                for k in range(N_SIZES):
                    most = max(most, likely[r, j, k])
        for r in range(n_rises):
            for j in range(n_starts):
                for k in range(N_SIZES):
                    if likely[r, j, k] - most > FADED:
                        chance[j] += exp(likely[r, j, k] - most)
        for j in range(1, n_starts):
            chance[j] += chance[j - 1]
    return tuple(_row_of(chance, share) * every for share in (0.16, 0.5, 0.84))


cdef Py_ssize_t _row_of(const double[::1] chance, double share) noexcept nogil:
    """Return the first row at which the running sum reaches a share of the whole."""
    cdef Py_ssize_t j = 0, last = chance.shape[0] - 1
    while j < last and not chance[j] / chance[last] >= share:
        j += 1
    return j


cdef void _rise(
    const double *power, Py_ssize_t n, const double *sizes, double rise, Py_ssize_t every, double penalty,
    double weight, const double *before, double *inverse, double *logs, double *likely
) noexcept nogil:
    """Write the log-likelihood of each onset and size, (n_starts, N_SIZES), for one time of rise in samples."""
    cdef Py_ssize_t m, k, start, n_ramp = 0, n_seen
    cdef double grown, level, rest
    cdef double whole[N_SIZES]
    cdef double inverse_after[N_SIZES]
    cdef double log_after[N_SIZES]
    for k in range(N_SIZES):
        logs[k] = 0.0
        inverse_after[k] = 1.0 / (1.0 + sizes[k])
        log_after[k] = log(1.0 + sizes[k])
    while n_ramp < n and n_ramp + 0.5 < rise:
        grown = (n_ramp + 0.5) / rise
        for k in range(N_SIZES):
            level = 1.0 + sizes[k] * grown * grown
            inverse[n_ramp * N_SIZES + k] = 1.0 / level
            logs[(n_ramp + 1) * N_SIZES + k] = logs[n_ramp * N_SIZES + k] + log(level)
        n_ramp += 1
    start = 0
    while start < n:
        n_seen = min(n_ramp, n - start)
        for k in range(N_SIZES):
            whole[k] = 0.0
        for m in range(n_seen):
            for k in range(N_SIZES):
                whole[k] += power[start + m] * inverse[m * N_SIZES + k]
        rest = before[n] - before[start + n_seen]
        for k in range(N_SIZES):
            whole[k] += before[start] + rest * inverse_after[k]
            whole[k] += logs[n_seen * N_SIZES + k] + (n - start - n_seen) * log_after[k]
            likely[k] = -0.5 * weight * whole[k] - penalty
        likely += N_SIZES
        start += every


def refilter(const double[::1] signal_uv not None, const double[:, ::1] sections not None):
    """Return the signal after a row of filters of second order that begin at rest, same shape.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n_samples,)
        In µV.
    sections : ndarray of float64, shape (n_sections, 4)
        b1, b2, a1 and a2 of each: 1 + b1 z^-1 + b2 z^-2 over 1 + a1 z^-1 + a2 z^-2.
    """
    cdef Py_ssize_t i, k, n = signal_uv.shape[0]
    cdef double x, y, x1, x2, y1, y2
    if sections.shape[1] != 4:
        raise ValueError(f"a section has 4 numbers, not {sections.shape[1]}")
    out = np.array(signal_uv)
    cdef double[::1] signal = out
    with nogil:
        for k in range(sections.shape[0]):
            x1 = x2 = y1 = y2 = 0.0
            for i in range(n):
                x = signal[i]
                y = x + sections[k, 0] * x1 + sections[k, 1] * x2 - sections[k, 2] * y1 - sections[k, 3] * y2
                x2, x1, y2, y1 = x1, x, y1, y
                signal[i] = y
    return out


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
