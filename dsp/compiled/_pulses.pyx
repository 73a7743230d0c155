# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""Fit of short deflections to a signal at every place: the energy that the best one explains.

Functions of arrays without state. Their slow twins are in `dsp.slow_twins.models`; results agree up to rounding.
"""

from libc.math cimport fabs, sqrt
from libc.string cimport memset

from ._lanes cimport widest_vector

import numpy as np

cdef extern from "_products.h":
    enum: N_PLACES

    void add_products(
        const double *signal, const double *response, Py_ssize_t first, Py_ssize_t stop, double *sums, int n_lanes
    ) noexcept nogil


cdef inline double _dot(const double *x, const double *y, Py_ssize_t n) noexcept nogil:
    cdef double a = 0.0, b = 0.0, c = 0.0, d = 0.0  # four sums, so that additions need not wait for each other
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
    """Write the inner products with an orthonormal basis and return their energy."""
    cdef Py_ssize_t i, j
    cdef double total = 0.0
    memset(weights, 0, n * sizeof(double))
    for i in range(n):
        for j in range(i, n):
            weights[j] += products[i] * inverse[i * n + j]
    for j in range(n):
        total += weights[j] * weights[j]
    return total


def partial_correlations(
    const double[::1] signal_uv not None, const double[::1] response not None, const long long[::1] ends not None,
    int n_lanes=0
):
    """Return inner products of the first samples of a response with the signal at each place, shape (n_ends, n).

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n,)
        Samples after its end count as zero.
    response : ndarray of float64, shape (n_response,)
    ends : ndarray of int64, shape (n_ends,)
        Numbers of samples of the response that are used, increasing, at most n_response.
    n_lanes : int, optional
        Places that are processed side by side, as for the channels of `dsp.compiled._kernel.Kernel`. Results do not
        depend on it.
    """
    cdef Py_ssize_t n = signal_uv.shape[0], n_ends = ends.shape[0], n_padded = (n + N_PLACES - 1) // N_PLACES * N_PLACES
    cdef Py_ssize_t i, e, w
    cdef double sums[N_PLACES]
    n_lanes = n_lanes or widest_vector()
    if n_lanes not in (1, 2, 4) or n_lanes > widest_vector():
        raise ValueError(f"1, 2 or 4 places are taken side by side, here at most {widest_vector()}")
    for e in range(n_ends):
        if not (ends[e - 1] if e else 0) <= ends[e] <= response.shape[0]:
            raise ValueError(f"ends that rise to at most {response.shape[0]} are needed")
    out = np.empty((n_ends, n_padded))
    cdef double[:, ::1] products = out
    cdef double[::1] x = np.zeros(n_padded + response.shape[0])
    x[:n] = signal_uv
    with nogil:
        i = 0
        while i < n_padded:
            for w in range(N_PLACES):
                sums[w] = 0.0
            for e in range(n_ends):
                add_products(&x[i], &response[0], ends[e - 1] if e else 0, ends[e], sums, n_lanes)
                for w in range(N_PLACES):
                    products[e, i + w] = sums[w]
            i += N_PLACES
    return out[:, :n]


cdef void _products(
    const double *x, const double *first, const double *response, Py_ssize_t size, Py_ssize_t n_late, double *products
) noexcept nogil:
    """Write the inner products of a window with the delayed responses, which are cut off at the end of the window.

    `first` holds the products with whole responses; the part beyond the end is subtracted.
    """
    cdef Py_ssize_t k, m
    cdef double beyond
    for k in range(n_late):
        products[k] = first[k]
    for m in range(n_late - 2, -1, -1):
        beyond = x[size + m]
        for k in range(m + 1, n_late):
            products[k] -= response[size - k + m] * beyond


def best_pulse(
    const double[::1] signal_uv not None, const double[::1] first not None, const double[::1] response not None,
    const double[:, ::1] inverse not None, const double[:, ::1] wide not None, double tail_share
):
    """Fit sums of delayed copies of a response at every place by least squares and return the best fit.

    The copies begin at n_late consecutive samples. Their products with a window are those of the whole response at
    later places, minus the part beyond the end of the window. To skip places, n_group of them are bounded together: no
    place explains more than all copies that begin at any of them, plus the share of the last rows. A group whose bound
    is below the best fit so far is skipped.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n,)
        Its last n_window samples must be zero.
    first : ndarray of float64, shape (n,)
        Inner products of the response with the signal at each place.
    response : ndarray of float64, shape (n_window,)
        Response to a unit impulse. Delayed copies are cut off at the end of the window.
    inverse : ndarray of float64, shape (n_late, n_late)
        Upper triangle that transforms products with the delayed copies to those with an orthonormal basis.
    wide : ndarray of float64, shape (n_late + n_group - 1, n_late + n_group - 1)
        The same for the delayed copies of a whole group.
    tail_share : float
        Largest amplitude that a sum of delayed copies of amplitude 1 has in the last n_group - 1 rows of a window.

    Returns
    -------
    energy : float
        Energy of the best fit.
    at : int
        First row of its window.
    weights : ndarray of float64, shape (n_late,)
        Its products with the orthonormal basis.
    """
    cdef Py_ssize_t n = signal_uv.shape[0], size = response.shape[0], late = inverse.shape[0], many = wide.shape[0]
    cdef Py_ssize_t n_windows = n - size + 1, group = many - late + 1, i, k, last, best = 0
    cdef double most = -1.0, energy, tail
    if n_windows < 1 or late < 1 or late > size or inverse.shape[1] != late or first.shape[0] != n:
        raise ValueError(f"{n} samples, a response of {size} and {late} late ones do not fit")
    if wide.shape[1] != many or not late <= many <= size:
        raise ValueError(f"beside {late} late responses there cannot be {many}")
    out = np.zeros(late)
    cdef double[::1] x = np.zeros(n + many), whole = np.zeros(n + many), sums = np.empty(n + 1)
    cdef double[::1] products = np.empty(many), weights = np.empty(many), kept = out
    x[:n], whole[:n] = signal_uv, first
    with nogil:
        sums[0] = 0.0
        for i in range(n):
            sums[i + 1] = sums[i] + x[i] * x[i]
        for i in range(n_windows):
            if fabs(first[i]) > fabs(first[best]):
                best = i
        last, k = best, 0
        while k < late and k <= last:  # the best window begins at the largest product or before it
            _products(&x[last - k], &whole[last - k], &response[0], size, late, &products[0])
            energy = _explained(&products[0], &inverse[0, 0], late, &weights[0])
            if energy > most:
                most, best = energy, last - k
                kept[:] = weights[:late]
            k += 1 + late // 5
        i = 0
        while i < n_windows:
            last = min(i + group, n_windows)
            if sums[min(last - 1 + size, n)] - sums[i] >= most * (1.0 - 1e-9):
                _products(&x[i], &whole[i], &response[0], size, many, &products[0])
                energy = _explained(&products[0], &wide[0, 0], many, &weights[0])
                tail = tail_share * sqrt(max(0.0, sums[min(i + size + group - 1, n)] - sums[i + size]))
                if (sqrt(energy) + tail) ** 2 >= most * (1.0 - 1e-6):
                    for k in range(i, last):
                        _products(&x[k], &whole[k], &response[0], size, late, &products[0])
                        energy = _explained(&products[0], &inverse[0, 0], late, &weights[0])
                        if energy > most:
                            most, best = energy, k
                            kept[:] = weights[:late]
            i += group
    return most, best, out


def best_step(
    const double[::1] signal_uv not None, const double[::1] first not None, const double[::1] second not None,
    const double[::1] third not None, const double[:, ::1] inverse not None, double least
):
    """Return the largest energy, at least `least`, that a sum of three responses explains in any window.

    The second response begins one sample after the first.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n,)
    first, second : ndarray of float64, shape (n,)
        Inner products of the first two responses with the signal from where each begins to the end of the window.
    third : ndarray of float64, shape (n_window,)
        Third response.
    inverse : ndarray of float64, shape (3, 3)
        Upper triangle that transforms the products to those with an orthonormal basis.
    least : float
        Windows of less energy are skipped.
    """
    cdef Py_ssize_t n = signal_uv.shape[0], size = third.shape[0], i
    cdef double most = least
    cdef double products[3]
    cdef double weights[3]
    if size < 2 or first.shape[0] != n or second.shape[0] != n or inverse.shape[0] != 3 or inverse.shape[1] != 3:
        raise ValueError(f"products with {n} samples and a triangle of 3 rows are needed")
    cdef double[::1] sums = np.empty(n + 1)
    with nogil:
        sums[0] = 0.0
        for i in range(n):
            sums[i + 1] = sums[i] + signal_uv[i] * signal_uv[i]
        for i in range(n - size + 1):
            if sums[i + size] - sums[i] >= most * (1.0 - 1e-9):
                products[0], products[1] = first[i], second[i + 1]
                products[2] = _dot(&signal_uv[i], &third[0], size)
                most = max(most, _explained(products, &inverse[0, 0], 3, weights))
    return most


def largest_repeat(
    const double[::1] signal_uv not None, const double[::1] shape not None, Py_ssize_t at, Py_ssize_t soon,
    Py_ssize_t late, double least, double most
):
    """Return the largest gain between `least` and `most` with which a shape occurs again, 0 if it does not.

    It is searched for `soon` to `late` samples before and after row `at`, where it is subtracted first.
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
