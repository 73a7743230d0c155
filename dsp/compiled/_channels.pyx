# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""Measures of one burst over all channels: strength, position in time, extent, and what rises with it.

Functions of arrays without state. Their slow twins are in `dsp.slow_twins.burst`; where sums are taken in another
order than there, results agree up to rounding.
"""

from libc.math cimport fabs, sqrt

from ._order cimport log_of, median

import numpy as np

cdef extern from "_rows.h":
    void add_squares(
        const double *signal, Py_ssize_t first, Py_ssize_t stop, double *sums, Py_ssize_t n_channels
    ) noexcept nogil
    void top_powers(
        const double *signal, Py_ssize_t n, Py_ssize_t first, Py_ssize_t half, double *sums, double *top,
        Py_ssize_t n_channels,
    ) noexcept nogil


def top_amplitudes(const double[:, ::1] signal_uv not None, Py_ssize_t first):
    """Return the largest absolute value of each channel from row `first` on, shape (n_channels,); 0 without rows."""
    cdef Py_ssize_t i, c, n_channels = signal_uv.shape[1]
    out = np.zeros(n_channels)
    cdef double[::1] top = out
    with nogil:
        for i in range(max(first, 0), signal_uv.shape[0]):
            for c in range(n_channels):
                top[c] = max(top[c], fabs(signal_uv[i, c]))
    return out


def centres(const double[:, ::1] signal_uv not None, Py_ssize_t first):
    """Return the centre of energy of each channel, in rows counted from `first`, shape (n_channels,)."""
    cdef Py_ssize_t i, c, n_channels = signal_uv.shape[1]
    cdef double square
    out = np.zeros(n_channels)
    cdef double[::1] moment = out, total = np.zeros(n_channels)
    with nogil:
        for i in range(max(first, 0), signal_uv.shape[0]):
            for c in range(n_channels):
                square = signal_uv[i, c] * signal_uv[i, c]
                total[c] += square
                moment[c] += <double> (i - first) * square
        for c in range(n_channels):
            moment[c] /= max(total[c], 1e-12)
    return out


cdef void _mean_squares(
    const double *signal, Py_ssize_t first, Py_ssize_t stop, double *power, Py_ssize_t n_channels
) noexcept nogil:
    """Write the mean square of each channel over rows [first, stop), which must not be empty."""
    cdef Py_ssize_t c
    for c in range(n_channels):
        power[c] = 0.0
    add_squares(signal, first, stop, power, n_channels)
    for c in range(n_channels):
        power[c] /= stop - first


def company(
    const double[:, ::1] signal_uv not None, const double[::1] floor_power not None, seeing not None,
    Py_ssize_t channel, Py_ssize_t before, Py_ssize_t first, Py_ssize_t n_samples, double least
):
    """Return the level of a burst on its own and on the other channels, and how many channels show it.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n, n_channels)
        Signal in the detection band, up to the end of the burst.
    floor_power : ndarray of float64, shape (n_channels,)
        Power of the noise.
    seeing : ndarray of bool, shape (n_channels,)
        Channels on which the burst could have been detected.
    channel : int
        Channel of the burst.
    before : int
        Row shortly before the onset.
    first : int
        First row of the surroundings of the burst.
    n_samples : int
        Approximate width of the moving mean of the power.
    least : float
        Power over floor, minus 1, that a channel must reach to count as showing the burst.

    Returns
    -------
    own : float
        Mean power over floor, minus 1, of the burst's channel from `before` on.
    others : float
        Median of the same over the other channels in `seeing`; 0 if these are fewer than three.
    spread : float
        Fraction of those that reach a quarter of the largest power over floor, minus 1, of the burst's channel.
    n_seeing : int
        Number of channels in `seeing`, the burst's channel included.
    """
    cdef Py_ssize_t n = signal_uv.shape[0], n_channels = signal_uv.shape[1], c, n_others = 0, n_reached = 0
    cdef const unsigned char[::1] may_see = seeing.view(np.uint8)
    cdef double[:, ::1] work = np.empty((3, n_channels + 1))
    cdef double *power = &work[0, 0]
    cdef double *others = &work[2, 0]
    cdef double own, level, peak
    if not floor_power.shape[0] == may_see.shape[0] == n_channels or not 0 <= channel < n_channels:
        raise ValueError(f"there are {n_channels} channels and not as many floors or marks, or no channel {channel}")
    if not 0 <= before < n or first < 0:
        raise ValueError(f"there are {n} rows, none from {before} on or before {first}")
    _mean_squares(&signal_uv[0, 0], before, n, power, n_channels)
    own = power[channel] / floor_power[channel] - 1.0
    for c in range(n_channels):
        if may_see[c] and c != channel:
            others[n_others] = power[c] / floor_power[c] - 1.0
            n_others += 1
    if n_others == 0:
        return own, 0.0, 0.0, 1
    level = median(others, n_others) if n_others >= 3 else 0.0
    top_powers(&signal_uv[0, 0], n, first, max(0, n_samples // 2), &work[1, 0], power, n_channels)
    peak = power[channel] / floor_power[channel] - 1.0
    for c in range(n_channels):
        power[c] = power[c] / floor_power[c] - 1.0
        n_reached += may_see[c] and c != channel and power[c] >= 0.25 * peak and power[c] >= least
    return own, level, n_reached / <double> n_others, n_others + 1


def reach(
    const double[:, ::1] products not None, const double[::1] floor_power not None, const double[::1] weights not None,
    Py_ssize_t channel, Py_ssize_t n_rows
):
    """Return the extent of a burst over the channels and its similarity there.

    Parameters
    ----------
    products : ndarray of float64, shape (n_channels, n_channels)
        Inner products of all pairs of channels over the burst.
    floor_power, weights : ndarray of float64, shape (n_channels,)
        Power of the noise; channels of weight 0 are left out.
    channel : int
        Channel of the burst; if it is left out, the channel with most energy is used.
    n_rows : int
        Number of samples of the burst.

    Returns
    -------
    tuple of float
        Energies are over the noise and relative to the burst's channel. Fraction of the other channels with more than
        a sixteenth of the energy, and with more than 0.36 % of it; largest and median relative energy (log10); fraction
        of the total energy that is one waveform on all channels; median absolute correlation with the burst's channel.
        Empty with fewer than two channels.
    """
    cdef Py_ssize_t n = 0, a, b, c, own = -1, far = 0, near = 0, k = 0
    cdef double best = -1.0, largest = 0.0, share, norm, total
    seen_at = np.empty(products.shape[0], np.intp)
    cdef Py_ssize_t[::1] seen = seen_at
    if not products.shape[0] == products.shape[1] == floor_power.shape[0] == weights.shape[0]:
        raise ValueError(f"there are {products.shape[0]} channels and not as many floors or weights")
    for c in range(products.shape[0]):
        if weights[c] > 0.0:
            own = n if c == channel else own
            seen[n] = c
            n += 1
    if n < 2:
        return ()
    cdef double[:, ::1] scaled = np.empty((n, n)), work = np.empty((2, n))
    cdef double[::1] energy = np.empty(n), shares = np.empty(n), alike = np.empty(n)
    with nogil:
        for a in range(n):
            for b in range(n):
                norm = sqrt(floor_power[seen[a]]) * sqrt(floor_power[seen[b]])
                scaled[a, b] = products[seen[a], seen[b]] / norm
            energy[a] = max(scaled[a, a] - n_rows, 0.0) + 1e-9
        if own < 0:
            for a in range(n):
                if energy[a] > best:
                    best, own = energy[a], a
        for a in range(n):
            if a != own:
                share = energy[a] / energy[own]
                far += share > 0.0625
                near += share > 0.0036
                largest = max(largest, share)
                norm = sqrt(max(scaled[a, a], 1e-12)) * sqrt(max(scaled[own, own], 1e-12))
                shares[k], alike[k] = share, fabs(scaled[own, a]) / norm
                k += 1
        share, norm, total = median(&shares[0], k), median(&alike[0], k), 0.0
        for a in range(n):
            total += scaled[a, a]
        best = _largest_eigenvalue(&scaled[0, 0], n, &work[0, 0], &work[1, 0]) / max(total, 1e-12)
    return far / <double> k, near / <double> k, log_of(largest), log_of(share), best, norm


cdef double _largest_eigenvalue(double *matrix, Py_ssize_t n, double *v, double *w) noexcept nogil:
    """Return the largest eigenvalue of a symmetric matrix, which is overwritten.

    Householder reflections reduce the matrix to tridiagonal form. All its eigenvalues are below x if all pivots in the
    elimination of (matrix - x) are negative (Golub & Van Loan, Matrix Computations, 8.3 and 8.4).
    """
    cdef Py_ssize_t k, i, _half
    cdef double low, high, middle, pivot
    cdef double *row
    for k in range(n - 2):
        _reflect(matrix, n, k, v, w)
    low = high = matrix[0]
    for i in range(n):
        row = &matrix[i * n]
        pivot = (fabs(row[i - 1]) if i else 0.0) + (fabs(matrix[(i + 1) * n + i]) if i + 1 < n else 0.0)
        low, high = max(low, row[i]), max(high, row[i] + pivot)
    for _half in range(64):  # each step halves the interval; 53 steps exhaust the precision of a double
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        pivot = matrix[0] - middle
        i = 1
        while i < n and pivot < 0.0:
            row = &matrix[i * n]
            pivot = row[i] - middle - row[i - 1] * row[i - 1] / pivot
            i += 1
        if pivot < 0.0:
            high = middle
        else:
            low = middle
    return high


cdef void _reflect(double *matrix, Py_ssize_t n, Py_ssize_t k, double *v, double *w) noexcept nogil:
    """Reflect the rows and columns after the k-th so that column k is zero below the subdiagonal."""
    cdef Py_ssize_t i, j
    cdef double below = 0.0, length, share, common = 0.0
    for i in range(k + 2, n):
        below += matrix[i * n + k] * matrix[i * n + k]
    if below == 0.0:
        return
    for i in range(k + 1, n):
        v[i] = matrix[i * n + k]
    length = sqrt(below + v[k + 1] * v[k + 1])
    length = -length if v[k + 1] > 0.0 else length
    v[k + 1] -= length
    share = 2.0 / (below + v[k + 1] * v[k + 1])
    for i in range(k + 1, n):
        w[i] = 0.0
        for j in range(k + 1, n):
            w[i] += matrix[i * n + j] * v[j]
        w[i] *= share
        common += v[i] * w[i]
    for i in range(k + 1, n):
        w[i] -= 0.5 * share * common * v[i]
    for i in range(k + 1, n):
        for j in range(k + 1, n):
            matrix[i * n + j] -= v[i] * w[j] + w[i] * v[j]
        matrix[i * n + k] = 0.0
    matrix[(k + 1) * n + k] = length


def rise(
    const double[:, ::1] signal_uv not None, const double[::1] floor_power not None, const double[::1] weights not None,
    Py_ssize_t channel, tuple within not None, tuple before not None, tuple after not None, double least
):
    """Return the rise in power of a burst over the signal just before and after it, as log10.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n, n_channels)
        Signal in the detection band.
    floor_power, weights : ndarray of float64, shape (n_channels,)
        Power of the noise; channels of weight 0 are left out.
    channel : int
        Channel of the burst.
    within, before, after : tuple of int
        Rows [first, last) of the burst and of the signal just before and after it. The power of the noise is used for
        an empty range.
    least : float
        Lower limit of a power, as a multiple of the noise.

    Returns
    -------
    before, after : float
        Rise on the burst's channel over the signal before and after.
    best, middle : float
        Largest and median rise of another channel relative to that of the burst's channel; the rise is the smaller of
        the two of each channel.
    """
    cdef Py_ssize_t n = signal_uv.shape[0], n_channels = signal_uv.shape[1], c, k = 0
    cdef double own_before, own_after, share, best = 0.0, middle = 0.0
    if not floor_power.shape[0] == weights.shape[0] == n_channels or not 0 <= channel < n_channels:
        raise ValueError(f"there are {n_channels} channels and not as many floors or weights, or no channel {channel}")
    cdef double[:, ::1] power = np.empty((4, n_channels))
    for k, (first, last) in enumerate((within, before, after)):
        _floored(&signal_uv[0, 0] if n else NULL, max(0, first), min(max(0, last), n), floor_power, least, &power[k, 0])
    own_before, own_after = power[0, channel] / power[1, channel], power[0, channel] / power[2, channel]
    k = 0
    for c in range(n_channels):
        if weights[c] > 0.0 and c != channel:
            share = min(power[0, c] / power[1, c], power[0, c] / power[2, c]) / min(own_before, own_after)
            best = max(best, share) if k else share
            power[3, k] = share
            k += 1
    if k:
        middle = median(&power[3, 0], k)
    return log_of(own_before), log_of(own_after), log_of(best), log_of(middle)


cdef void _floored(
    const double *signal, Py_ssize_t first, Py_ssize_t last, const double[::1] floor_power, double least, double *power
) noexcept nogil:
    """Write each channel's mean square over rows [first, last), at least `least` times the noise; the noise if none."""
    cdef Py_ssize_t c, n_channels = floor_power.shape[0]
    if last > first:
        _mean_squares(signal, first, last, power, n_channels)
    for c in range(n_channels):
        power[c] = max(power[c], least * floor_power[c]) if last > first else floor_power[c]
