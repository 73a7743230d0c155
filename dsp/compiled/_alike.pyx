# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""Similarity of multichannel stretches at every lag: sums over channels and rows.

Functions of arrays without state. Their slow twins are in `dsp.slow_twins.models`; results agree up to rounding.
"""

from ._lanes cimport widest_vector

import numpy as np

cdef extern from "_products.h":
    enum: N_PLACES

    void add_products(
        const double *signal, const double *response, Py_ssize_t first, Py_ssize_t stop, double *sums, int n_lanes
    ) noexcept nogil


def products(
    const double[:, ::1] signal not None, const double[:, :, ::1] patterns not None,
    const long long[::1] chosen not None, int n_lanes=0
):
    """Return inner products of patterns with the signal at each lag, summed over channels, shape (n_chosen, n_lags).

    Parameters
    ----------
    signal : ndarray of float64, shape (n_lags + n_rows - 1, n_channels)
    patterns : ndarray of float64, shape (n_patterns, n_rows, n_channels)
    chosen : ndarray of int64, shape (n_chosen,)
        Indices of the patterns to use.
    n_lanes : int, optional
        Lags that are processed side by side, as for the channels of `dsp.compiled._kernel.Kernel`. Results do not
        depend on it.
    """
    cdef Py_ssize_t n = signal.shape[0], n_channels = signal.shape[1], size = patterns.shape[1], i, k, c
    cdef Py_ssize_t n_lags = n - size + 1, n_padded = (n_lags + N_PLACES - 1) // N_PLACES * N_PLACES
    n_lanes = n_lanes or widest_vector()
    if n_lanes not in (1, 2, 4) or n_lanes > widest_vector():
        raise ValueError(f"1, 2 or 4 lags are taken side by side, here at most {widest_vector()}")
    if patterns.shape[2] != n_channels or not 0 < size <= n:
        raise ValueError(f"{n} rows of {n_channels} channels hold no pattern of {size} of {patterns.shape[2]}")
    for k in range(chosen.shape[0]):
        if not 0 <= chosen[k] < patterns.shape[0]:
            raise ValueError(f"there are {patterns.shape[0]} patterns and no number {chosen[k]}")
    out = np.zeros((chosen.shape[0], n_padded))
    cdef double[:, ::1] sums = out
    cdef double[::1] column = np.zeros(n_padded + size), shape = np.empty(size)
    with nogil:
        for c in range(n_channels):
            for i in range(n):
                column[i] = signal[i, c]
            for k in range(chosen.shape[0]):
                for i in range(size):
                    shape[i] = patterns[chosen[k], i, c]
                i = 0
                while i < n_padded:
                    add_products(&column[i], &shape[0], 0, size, &sums[k, i], n_lanes)
                    i += N_PLACES
    return out[:, :n_lags]


def window_energies(const double[:, ::1] signal not None, const double[::1] weights not None, Py_ssize_t n_window):
    """Return the energy of each window of `n_window` rows over weighted channels, shape (n_rows - n_window + 1,)."""
    cdef Py_ssize_t i, k, c, n = signal.shape[0], n_channels = signal.shape[1]
    cdef double value, total
    if weights.shape[0] != n_channels or not 0 < n_window <= n:
        raise ValueError(f"{n} rows of {n_channels} channels have no window of {n_window} or other weights")
    out = np.empty(n - n_window + 1)
    cdef double[::1] energies = out, rows = np.empty(n)
    with nogil:
        for i in range(n):
            total = 0.0
            for c in range(n_channels):
                value = weights[c] * signal[i, c]
                total += value * value
            rows[i] = total
        for i in range(n - n_window + 1):  # each anew: a running sum would keep the rounding errors of large values
            energies[i] = 0.0
        for k in range(n_window):
            for i in range(n - n_window + 1):
                energies[i] += rows[i + k]
    return out


def centre_row(
    const double[:, ::1] signal not None, const double[::1] weights not None, Py_ssize_t first, Py_ssize_t stop
):
    """Return the centre of energy over all weighted channels of rows [first, stop), `first` if there is no energy."""
    cdef Py_ssize_t i, c, n_channels = signal.shape[1]
    cdef double value, energy, total = 0.0, moment = 0.0
    if weights.shape[0] != n_channels:
        raise ValueError(f"there are {n_channels} channels and {weights.shape[0]} weights")
    first = max(first, 0)
    with nogil:
        for i in range(first, min(stop, signal.shape[0])):
            energy = 0.0
            for c in range(n_channels):
                value = weights[c] * signal[i, c]
                energy += value * value
            total += energy
            moment += energy * <double> (i - first)
    return first + (<Py_ssize_t> (moment / total) if total > 0.0 else 0)


def averaged_rows(
    const double[:, ::1] signal not None, const double[::1] weights not None, Py_ssize_t first, Py_ssize_t n_rows,
    Py_ssize_t each
):
    """Return weighted means over `each` rows from `first` on, shape (n_rows, n_channels); missing rows count as 0."""
    cdef Py_ssize_t i, k, c, n = signal.shape[0], n_channels = signal.shape[1]
    if weights.shape[0] != n_channels or each < 1:
        raise ValueError(f"there are {n_channels} channels and {weights.shape[0]} weights, or no means of {each} rows")
    out = np.zeros((n_rows, n_channels))
    cdef double[:, ::1] means = out
    with nogil:
        for k in range(n_rows):
            for i in range(max(first + k * each, 0), min(first + (k + 1) * each, n)):
                for c in range(n_channels):
                    means[k, c] += signal[i, c] * weights[c]
            for c in range(n_channels):
                means[k, c] /= each
    return out
