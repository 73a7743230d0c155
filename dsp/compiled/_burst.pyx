# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""Measures of a burst, sample by sample: power in windows, onset and offset.

Functions of arrays without state. Their slow twins are in `dsp.slow_twins.burst`; where sums are taken in another
order than there, results agree up to rounding.
"""

from libc.math cimport INFINITY, exp, fabs, log

from ._lanes cimport widest_vector
from ._order cimport smooth, sum_squares

import numpy as np

cdef extern from "_onset.h":
    enum: N_SIZES
    enum: N_PADDED_SIZES
    enum: RUN

    ctypedef struct onset_ramp:
        double *inverse
        double *products
        double *logs

    void onset_climb(onset_ramp *on, Py_ssize_t n, const double *sizes, double rise) noexcept nogil
    void onset_weigh(
        const onset_ramp *on, const double *power, const double *before, Py_ssize_t n, Py_ssize_t every,
        double *unlikely, int n_lanes,
    ) noexcept nogil

cdef double FADED = -30.0  # log-odds against the likeliest onset; below, another adds less than 1e-12 of it


def smooth_power(const double[::1] signal_uv not None, Py_ssize_t n_samples):
    """Return the centred moving mean square over about `n_samples`, same shape; windows are shorter at the edges."""
    cdef Py_ssize_t n = signal_uv.shape[0], half = max(0, n_samples // 2)
    out = np.empty(n)
    cdef double[::1] power = out, sums = np.empty(n + 1)
    if n == 0:
        return out
    with nogil:
        sum_squares(&signal_uv[0], n, &sums[0])
        smooth(&sums[0], n, half, &power[0])
    return out


def top_amplitude(const double[::1] signal_uv not None):
    """Return the largest absolute value of a signal, 0 if it is empty."""
    cdef Py_ssize_t i
    cdef double top = 0.0
    with nogil:
        for i in range(signal_uv.shape[0]):
            top = max(top, fabs(signal_uv[i]))
    return top


def change_row(const double[::1] power not None):
    """Return the row at which a power of 1 most likely changed to a larger, unknown power.

    The signal must end where the change was noticed. The last row is not considered. Fewer than two rows give 0.
    """
    cdef Py_ssize_t i, n = power.shape[0], best = 0
    cdef double length, after = 0.0, gain, most = -INFINITY
    with nogil:
        for i in range(n - 1, -1, -1):
            after += power[i]
            length = n - i
            gain = after - length - length * log(max(after / length, 1.0))
            if i < n - 1 and gain >= most:
                most, best = gain, i
    return best


def pause_end(
    const double[::1] signal_uv not None, Py_ssize_t n_smooth, Py_ssize_t n_pause, double share, double least
):
    """Return the row at which the first pause ends, or -1. A pause is `n_pause` consecutive rows of low smoothed power.

    Low means less than `share` of the largest power so far, or less than `least`. The pause begins at row `n_smooth` or
    later.
    """
    cdef Py_ssize_t i, n = signal_uv.shape[0], half = max(0, n_smooth // 2), n_quiet = 0
    cdef double top = 0.0
    if n == 0:
        return -1
    cdef double[::1] power = np.empty(n), sums = np.empty(n + 1)
    with nogil:
        sum_squares(&signal_uv[0], n, &sums[0])
        smooth(&sums[0], n, half, &power[0])
        for i in range(n):
            top = max(top, power[i])
            n_quiet = n_quiet + 1 if power[i] < max(share * top, least) else 0
            if n_quiet >= n_pause and i + 1 - n_pause >= n_smooth:
                break
        else:
            i = -2
    return i + 1


def summit_rows(const double[::1] signal_uv not None, Py_ssize_t n_smooth, double share):
    """Return the rows [first, last) around the largest smoothed power in which it is at least `share` of that."""
    cdef Py_ssize_t i, n = signal_uv.shape[0], half = max(0, n_smooth // 2), top = 0, first, last
    if n == 0:
        return 0, 0
    cdef double[::1] power = np.empty(n), sums = np.empty(n + 1)
    with nogil:
        sum_squares(&signal_uv[0], n, &sums[0])
        smooth(&sums[0], n, half, &power[0])
        for i in range(n):
            if power[i] > power[top]:
                top = i
        first, last = top, top + 1
        while first > 0 and not power[first - 1] < share * power[top]:
            first -= 1
        while last < n and not power[last] < share * power[top]:
            last += 1
    return first, last


def last_row(
    const double[::1] signal_uv not None, Py_ssize_t lag, Py_ssize_t n_samples, double share, double least
):
    """Return the last row at which the smoothed power of changes over `lag` exceeds a level, or -1.

    The level is `share` of the largest such power, and at least `least`.
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
        smooth(&sums[0], n, half, &change[0])
        for i in range(n):
            top = max(top, change[i])
        level = max(share * top, least)
        i = n - 1
        while i >= 0 and not change[i] > level:
            i -= 1
    return i


def first_row(
    const double[::1] signal_uv not None, Py_ssize_t n_samples, double level, double share, double most_share
):
    """Return the first row at which the mean square of the last `n_samples` exceeds a level, 0 if none does.

    The level is `level`, but at least `share` and at most `most_share` of the largest mean square.
    """
    cdef Py_ssize_t i, n = signal_uv.shape[0], low
    cdef double top = 0.0
    if n == 0:
        return 0
    cdef double[::1] sums = np.empty(n + 1)
    with nogil:
        sum_squares(&signal_uv[0], n, &sums[0])
        for i in range(n, 0, -1):  # backwards, so that the means can overwrite the sums
            low = i - n_samples if i > n_samples else 0
            sums[i] = (sums[i] - sums[low]) / n_samples
            top = max(top, sums[i])
        level = min(max(level, share * top), most_share * top)
        i = 0
        while i < n and not sums[i + 1] > level:
            i += 1
    return i if i < n else 0


def onset_sums(
    const double[::1] power not None, const double[::1] sizes not None, const double[::1] rises_s not None,
    double sampling_rate_hz, Py_ssize_t every, int n_lanes=0
):
    """Return minus twice the log-likelihood of each rise time, onset and size, shape (n_rises, n_starts, 10).

    Parameters
    ----------
    power : ndarray of float64, shape (n,)
        Squared signal over the power of the floor, at least one row.
    sizes : ndarray of float64, shape (10,)
        Powers of the burst over the floor.
    rises_s : ndarray of float64
        Rise times in seconds, in which the amplitude grows linearly.
    sampling_rate_hz : float
        Sampling rate of the signal.
    every : int
        Spacing in rows of the onsets that are tried.
    n_lanes : int, optional
        Sizes that are processed side by side, as for the channels of `dsp.compiled._kernel.Kernel`. Results do not
        depend on it.
    """
    cdef Py_ssize_t n = power.shape[0], n_rises = rises_s.shape[0], r, j
    if sizes.shape[0] != N_SIZES or n == 0 or every < 1:
        raise ValueError(f"{N_SIZES} sizes, a row and steps of at least 1 are needed")
    n_lanes = n_lanes or widest_vector()
    if n_lanes not in (1, 2, 4) or n_lanes > widest_vector():
        raise ValueError(f"1, 2 or 4 sizes are taken side by side, here at most {widest_vector()}")
    out = np.empty((n_rises, (n + every - 1) // every, N_SIZES))
    cdef double[:, :, ::1] sums = out
    cdef double[:, ::1] work = np.empty((2 * n + n // RUN + 1, N_PADDED_SIZES))
    cdef double[::1] before = np.empty(n + 1)
    cdef onset_ramp on
    on.inverse, on.products, on.logs = &work[0, 0], &work[n, 0], &work[2 * n, 0]
    with nogil:
        before[0] = 0.0
        for j in range(n):
            before[j + 1] = before[j] + power[j]
        for r in range(n_rises):
            onset_climb(&on, n, &sizes[0], rises_s[r] * sampling_rate_hz)
            onset_weigh(&on, &power[0], &before[0], n, every, &sums[r, 0, 0], n_lanes)
    return out


cdef double _least_of(const double *values, Py_ssize_t n) noexcept nogil:
    """Return the smallest value. Four minima are kept so that comparisons need not wait for each other."""
    cdef double *least = [INFINITY, INFINITY, INFINITY, INFINITY]
    cdef Py_ssize_t i, k
    for i in range(0, n - 3, 4):
        for k in range(4):
            least[k] = min(least[k], values[i + k])
    for i in range(n - n % 4, n):
        least[0] = min(least[0], values[i])
    return min(min(least[0], least[1]), min(least[2], least[3]))


def onset_rows(const double[:, :, ::1] sums not None, const double[::1] penalties not None, double weight):
    """Return the onsets at the 16, 50 and 84 % quantiles of their probability, as indices of the starts in `sums`.

    Parameters
    ----------
    sums : ndarray of float64, shape (n_rises, n_starts, 10)
        Result of `onset_sums`.
    penalties : ndarray of float64, shape (n_rises,)
        Log-odds against each rise time.
    weight : float
        Weight of a row, above 0; less than 1 if neighbouring rows are correlated.
    """
    cdef Py_ssize_t n_rises = sums.shape[0], n_starts = sums.shape[1], r, j, k
    cdef double most = -INFINITY, likely
    if sums.shape[2] != N_SIZES or n_starts == 0 or penalties.shape[0] != n_rises:
        raise ValueError(f"sums for {N_SIZES} sizes, an onset and a penalty for each rise are needed")
    cdef double[::1] chance = np.zeros(n_starts)
    with nogil:
        for r in range(n_rises):
            most = max(most, -0.5 * weight * _least_of(&sums[r, 0, 0], n_starts * N_SIZES) - penalties[r])
        for r in range(n_rises):
            for j in range(n_starts):
                for k in range(N_SIZES):
                    likely = -0.5 * weight * sums[r, j, k] - penalties[r] - most
                    if likely > FADED:
                        chance[j] += exp(likely)
        for j in range(1, n_starts):
            chance[j] += chance[j - 1]
    return _row_of(chance, 0.16), _row_of(chance, 0.5), _row_of(chance, 0.84)


cdef Py_ssize_t _row_of(const double[::1] chance, double share) noexcept nogil:
    """Return the first row at which the running sum reaches a share of the total."""
    cdef Py_ssize_t j = 0, last = chance.shape[0] - 1
    while j < last and not chance[j] / chance[last] >= share:
        j += 1
    return j


def refilter(const double[::1] signal_uv not None, const double[:, ::1] sections not None):
    """Return the signal filtered by cascaded second-order sections that start at rest, same shape.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n_samples,)
        In µV.
    sections : ndarray of float64, shape (n_sections, 4)
        Coefficients b1, b2, a1 and a2 of each section, (1 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2).
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
