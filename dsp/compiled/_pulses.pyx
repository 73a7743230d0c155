# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""Short deflections fitted to a signal at every place: how much the best one explains.

Functions of arrays, without state. Their slow twins are in `dsp.slow_twins.models`; results agree but for rounding.
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


def partial_correlations(
    const double[::1] signal_uv not None, const double[::1] response not None, const long long[::1] ends not None,
    int n_lanes=0
):
    """Return the products of a response's first samples with the signal from each place on, shape (n_ends, n).

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n,)
        What lies behind its end counts as zero.
    response : ndarray of float64, shape (n_response,)
    ends : ndarray of int64, shape (n_ends,)
        Numbers of samples that are summed up, rising, at most n_response.
    n_lanes : int, optional
        Places that are taken side by side, as `dsp.compiled._kernel.Kernel` takes channels; results do not depend on
        it.
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
    """Write the products of a window with the late responses, of which `first` holds those with whole ones.

    What lies beyond the window's end is taken off again.
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
    """Fit all sums of a response that begins at one of some consecutive samples, at every place, by least squares.

    The products of the late responses with a window are those of the whole response from so many places on, less what
    lies beyond the window's end. No place of a group explains more than all responses that begin in any of them do,
    and what the last rows add: where that is less than was found, the group is passed over.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n,)
        Its last n_window samples must be zero.
    first : ndarray of float64, shape (n,)
        Products of the response with the signal from each place on.
    response : ndarray of float64, shape (n_window,)
        What a single 1 becomes; those that begin later are cut off at the window's end.
    inverse : ndarray of float64, shape (n_late, n_late)
        Upper triangle: turns the products with the late responses into those with an orthonormal basis.
    wide : ndarray of float64, shape (n_late + n_group - 1, n_late + n_group - 1)
        The same of some responses more: so many places are passed over together.
    tail_share : float
        Largest amplitude that a sum of amplitude 1 of late responses has in the last n_group - 1 rows of a window.

    Returns
    -------
    energy : float
        Of the best fit.
    at : int
        Where its window begins.
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
        while k < late and k <= last:  # a pulse begins where the largest product is, or before
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
    """Return the most energy, at least `least`, that sums of three responses explain of any window.

    The second one begins a sample after the first.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n,)
    first, second : ndarray of float64, shape (n,)
        Products of the first two responses with the signal from where each begins to the window's end.
    third : ndarray of float64, shape (n_window,)
        The third response.
    inverse : ndarray of float64, shape (3, 3)
        Upper triangle: turns the products into those with an orthonormal basis.
    least : float
        Windows of less energy are passed over.
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
