# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""Short deflections fitted to a signal at every place: how much the best one explains.

Functions of arrays, without state. Their slow twins are in `dsp.reference_burst`; results agree but for rounding.
"""

from libc.string cimport memmove, memset

import numpy as np

cdef enum:
    COARSE = 8  # places that are tried first: where the signal has less energy than is explained there, none is better


cdef inline double _dot(const double *x, const double *y, Py_ssize_t n) noexcept nogil:
    cdef double a = 0.0, b = 0.0, c = 0.0, d = 0.0  # four sums, as one would wait for each addition
    cdef Py_ssize_t i = 0
    while i + 4 <= n:
        a += x[i] * y[i]
        b += x[i + 1] * y[i + 1]
        c += x[i + 2] * y[i + 2]
        d += x[i + 3] * y[i + 3]
        i += 4
    while i < n:
        a += x[i] * y[i]
        i += 1
    return (a + b) + (c + d)


cdef double _explained(const double *products, const double *inverse, Py_ssize_t n, double *weights) noexcept nogil:
    """Write the products with an orthonormal basis, and return the energy that they are."""
    cdef Py_ssize_t i, j
    cdef double total = 0.0
    memset(weights, 0, n * sizeof(double))
    for i in range(n):
        for j in range(i, n):
            weights[j] += products[i] * inverse[i * n + j]
    for j in range(n):
        total += weights[j] * weights[j]
    return total


def best_pulse(
    const double[::1] signal_uv not None, const double[::1] response not None, const double[:, ::1] inverse not None
):
    """Fit all sums of a response that begins at one of some consecutive samples, at every place, by least squares.

    The products of the late responses with a window are one correlation of the signal with the first one, read at so
    many places, less what lies beyond the window's end: from each place to the one before it changes by one sample.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n,)
        Its last n_window samples must be zero.
    response : ndarray of float64, shape (n_window,)
        What a single 1 becomes; those that begin later are cut off at the window's end.
    inverse : ndarray of float64, shape (n_late, n_late)
        Upper triangle: turns the products with the late responses into those with an orthonormal basis.

    Returns
    -------
    energy : float
        Of the best fit.
    at : int
        Where its window begins.
    weights : ndarray of float64, shape (n_late,)
        Its products with the orthonormal basis.
    """
    cdef Py_ssize_t n = signal_uv.shape[0], size = response.shape[0], late = inverse.shape[0]
    cdef Py_ssize_t n_windows = n - size + 1, i, best = 0
    cdef int turn
    cdef double most = -1.0, energy
    if n_windows < 1 or late < 1 or late > size or inverse.shape[1] != late:
        raise ValueError(f"{n} samples, a response of {size} and {late} late ones do not fit")
    out = np.zeros(late)
    cdef double[::1] first = np.empty(n_windows), sums = np.empty(n + 1), products = np.empty(late)
    cdef double[::1] weights = np.empty(late), kept = out
    with nogil:
        sums[0] = 0.0
        for i in range(n):
            sums[i + 1] = sums[i] + signal_uv[i] * signal_uv[i]
        for i in range(n_windows):
            first[i] = _dot(&signal_uv[i], &response[0], size)
        for turn in range(2):
            memset(&products[0], 0, late * sizeof(double))
            for i in range(n_windows - 1, -1, -1):
                _move_back(&products[0], late, first[i], signal_uv, i + size, response)
                if (i % COARSE == 0) == (turn == 0) and sums[i + size] - sums[i] >= most * (1.0 - 1e-9):
                    energy = _explained(&products[0], &inverse[0, 0], late, &weights[0])
                    if energy >= most:
                        most, best = energy, i
                        kept[:] = weights
    return most, best, out


cdef inline void _move_back(
    double *products, Py_ssize_t n, double first, const double[::1] signal_uv, Py_ssize_t end,
    const double[::1] response
) noexcept nogil:
    """Turn the products with a window into those with the one a sample before, which ends at row `end`."""
    cdef Py_ssize_t k, size = response.shape[0]
    cdef double left = signal_uv[end] if end < signal_uv.shape[0] else 0.0
    memmove(products + 1, products, (n - 1) * sizeof(double))
    for k in range(1, n):
        products[k] -= response[size - k] * left
    products[0] = first


def most_explained(const double[::1] signal_uv not None, const double[:, ::1] basis not None):
    """Return the most energy that an orthonormal basis, shape (n_vectors, n_window), explains of any window."""
    cdef Py_ssize_t n_windows = signal_uv.shape[0] - basis.shape[1] + 1, i, k
    cdef double total, dot, most = 0.0
    with nogil:
        for i in range(n_windows):
            total = 0.0
            for k in range(basis.shape[0]):
                dot = _dot(&signal_uv[i], &basis[k, 0], basis.shape[1])
                total += dot * dot
            most = max(most, total)
    return most


def largest_repeat(
    const double[::1] signal_uv not None, const double[::1] shape not None, Py_ssize_t at, Py_ssize_t soon,
    Py_ssize_t late, double least, double most
):
    """Return the largest gain between `least` and `most` with which a shape comes once more, 0 where it does not.

    It is looked for from `soon` to `late` samples before and after row `at`, where it is taken out first.
    """
    cdef Py_ssize_t n = signal_uv.shape[0], size = shape.shape[0], lag, row
    cdef double gain, own, largest = 0.0
    if at < 0 or at + size > n:
        raise ValueError(f"there are {n} samples: no {size} of them from row {at} on")
    cdef double[::1] left = np.array(signal_uv)
    with nogil:
        for row in range(size):
            left[at + row] -= shape[row]
        own = max(_dot(&shape[0], &shape[0], size), 1e-12)
        for lag in range(-late, late + 1):
            row = at + lag
            if -soon < lag < soon or row < 0 or row + size > n:
                continue
            gain = _dot(&left[row], &shape[0], size) / own
            if least <= gain <= most:
                largest = max(largest, gain)
    return largest
