# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""State of the electrodes from a stretch of every channel: railed, flat (nothing connected) or good.

Functions of arrays. Their slow twins are in `dsp.slow_twins.models`; results agree up to rounding.
"""

from libc.math cimport log10, sqrt

import numpy as np

cdef enum:
    GOOD = 0
    RAILED = 1
    FLAT = 2


cdef double _mean(const int *x, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    cdef long long total = 0
    for i in range(n):
        total += x[i]
    return <double> total / <double> n


cdef double _deviation(const int *x, Py_ssize_t n) noexcept nogil:
    """Return the standard deviation."""
    cdef Py_ssize_t i
    cdef double mean = _mean(x, n), total = 0.0
    for i in range(n):
        total += (x[i] - mean) * (x[i] - mean)
    return sqrt(total / <double> n)


cdef int _state(const int *x, Py_ssize_t n, double rail, double least) noexcept nogil:
    cdef Py_ssize_t i
    cdef int low = x[0], high = x[0]
    for i in range(n):
        low, high = min(low, x[i]), max(high, x[i])
    if low >= rail or high <= -rail or (low <= -rail and high >= rail):
        return RAILED
    # a range this large implies the RMS of a signal that is not flat
    if <double> high - low >= least * sqrt(2.0 * n) or _deviation(x, n) >= least:
        return GOOD
    return FLAT


def tally_contacts(
    const int[:, ::1] counts not None, const double[::1] uv_per_count not None, const double[::1] rail not None,
    double flat_uv, long long[:, ::1] tally not None
):
    """Classify each channel as good, railed or flat, and return the good ones in order, int64 of shape (n_good,).

    Parameters
    ----------
    counts : ndarray of int32, shape (n_channels, n_samples)
        Signal in counts, at least one sample.
    uv_per_count : ndarray of float64, shape (n_channels,)
    rail : ndarray of float64, shape (n_channels,)
        Rail in counts. A signal is railed if it stays at or beyond this value or its negative, or reaches both.
    flat_uv : float
        RMS about the mean in µV below which nothing is connected.
    tally : ndarray of int64, shape (3, n_channels)
        How often each channel was good, railed and flat; one of the three is incremented in place.
    """
    cdef Py_ssize_t c, n_channels = counts.shape[0], n = counts.shape[1], n_good = 0
    cdef int state
    if (uv_per_count.shape[0] != n_channels or rail.shape[0] != n_channels or tally.shape[0] != 3
            or tally.shape[1] != n_channels or n == 0):
        raise ValueError(f"a sample of {n_channels} channels, a scale, a rail and three counts for each are needed")
    good = np.empty(n_channels, np.int64)
    cdef long long[::1] found = good
    with nogil:
        for c in range(n_channels):
            state = _state(&counts[c, 0], n, rail[c], flat_uv / uv_per_count[c])
            tally[state, c] += 1
            if state == GOOD:
                found[n_good] = c
                n_good += 1
    return good[:n_good]


def windowed_uv(
    const int[:, ::1] counts not None, const double[::1] uv_per_count not None, const double[::1] window not None
):
    """Return each channel in µV minus its mean, times a window, shape (n_channels, n_samples) like `counts`."""
    cdef Py_ssize_t i, c, n_channels = counts.shape[0], n = counts.shape[1]
    cdef double mean, scale
    if uv_per_count.shape[0] != n_channels or window.shape[0] != n:
        raise ValueError(f"a scale for each of {n_channels} channels and a window of {n} samples are needed")
    out = np.empty((n_channels, n))
    cdef double[:, ::1] signal = out
    if n == 0:
        return out
    with nogil:
        for c in range(n_channels):
            mean, scale = _mean(&counts[c, 0], n), uv_per_count[c]
            for i in range(n):
                signal[c, i] = (counts[c, i] - mean) * scale * window[i]
    return out


def weighed_powers(const double complex[:, ::1] spectra not None, const double[:, ::1] weights not None):
    """Return weighted sums of the power spectra, one per row of weights, shape (n_weights, n_channels).

    Parameters
    ----------
    spectra : ndarray of complex128, shape (n_channels, n_frequencies)
    weights : ndarray of float64, shape (n_weights, n_frequencies)
    """
    cdef Py_ssize_t i, c, k, n_channels = spectra.shape[0], n = spectra.shape[1], n_weights = weights.shape[0]
    cdef double power
    if weights.shape[1] != n:
        raise ValueError(f"there are {n} frequencies, and weights for {weights.shape[1]}")
    out = np.zeros((n_weights, n_channels))
    cdef double[:, ::1] sums = out
    with nogil:
        for c in range(n_channels):
            for i in range(n):
                power = spectra[c, i].real * spectra[c, i].real + spectra[c, i].imag * spectra[c, i].imag
                for k in range(n_weights):
                    sums[k, c] += weights[k, i] * power
    return out


def count_logs(
    const double[::1] values not None, const long long[::1] rows not None, double low, double per_decade,
    long long[:, ::1] counts not None
):
    """Count values in one logarithmic histogram per row.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Values outside the bins are counted in the first or the last bin.
    rows : ndarray of int64, shape (n,)
        Row of each value.
    low, per_decade : float
        Lower edge of the first bin, above 0, and number of bins per decade.
    counts : ndarray of int64, shape (n_rows, n_bins)
        Histograms, incremented in place.
    """
    cdef Py_ssize_t k, n_rows = counts.shape[0]
    cdef double place, last = counts.shape[1] - 1.0
    if rows.shape[0] != values.shape[0] or last < 0.0:
        raise ValueError(f"there are {values.shape[0]} values, {rows.shape[0]} rows and {counts.shape[1]} bins")
    for k in range(rows.shape[0]):
        if not 0 <= rows[k] < n_rows:
            raise ValueError(f"there are {n_rows} rows and no number {rows[k]}")
    with nogil:
        for k in range(values.shape[0]):
            place = log10(values[k] / low) * per_decade if values[k] > low else 0.0
            counts[rows[k], <Py_ssize_t> min(place, last)] += 1
