"""Medians, moving means and logarithms that several of the compiled modules need.

Functions stand here, and not in a .pyx, so that the compiler sees them where they are called.
"""

from libc.math cimport log10


cdef inline double log_of(double value) noexcept nogil:
    """Return the logarithm to the base of 10, of 0.001 and less that of 0.001."""
    return log10(value if value > 1e-3 else 1e-3)


cdef inline double select(double *values, Py_ssize_t n, Py_ssize_t k) noexcept nogil:
    """Return the k-th smallest of the values, which are left in another order: none before it is larger."""
    cdef Py_ssize_t low = 0, high = n - 1, i, j
    cdef double pivot, kept
    while low < high:
        pivot, i, j = values[k], low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                kept = values[i]
                values[i] = values[j]
                values[j] = kept
                i += 1
                j -= 1
        if j < k:
            low = i
        if k < i:
            high = j
    return values[k]


cdef inline double median(double *values, Py_ssize_t n) noexcept nogil:
    """Return the median of at least one value; they are left in another order."""
    cdef double upper = select(values, n, n // 2), lower
    cdef Py_ssize_t i
    if n % 2:
        return upper
    lower = values[0]
    for i in range(1, n // 2):
        lower = max(lower, values[i])
    return 0.5 * (lower + upper)


cdef inline void sum_squares(const double *x, Py_ssize_t n, double *sums) noexcept nogil:
    """Write the running sum of squares, n + 1 values from 0 on."""
    cdef Py_ssize_t i
    cdef double total = 0.0
    sums[0] = 0.0
    for i in range(n):
        total += x[i] * x[i]
        sums[i + 1] = total


cdef inline double mean_around(const double *sums, Py_ssize_t n, Py_ssize_t i, Py_ssize_t half) noexcept nogil:
    """Return the mean square within `half` of row i, of the rows that there are."""
    cdef Py_ssize_t low = i - half if i > half else 0, high = i + half + 1 if i + half + 1 < n else n
    cdef double mean = (sums[high] - sums[low]) / <double> (high - low)
    return mean if mean > 0.0 else 0.0
