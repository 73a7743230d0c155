"""Medians, moving means and logarithms shared by several compiled modules.

The functions are in a .pxd and not in a .pyx so that the compiler sees them where they are called.
"""

from libc.math cimport log10


cdef inline double log_of(double value) noexcept nogil:
    """Return the base-10 logarithm of a value, or of 0.001 if the value is smaller."""
    return log10(value if value > 1e-3 else 1e-3)


cdef inline double select(double *values, Py_ssize_t n, Py_ssize_t k) noexcept nogil:
    """Return the k-th smallest value, k from 0. The values are reordered so that none before the k-th is larger."""
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
    """Return the median of at least one value; the values are reordered."""
    cdef double upper = select(values, n, n // 2), lower
    cdef Py_ssize_t i
    if n % 2:
        return upper
    lower = values[0]
    for i in range(1, n // 2):
        lower = max(lower, values[i])
    return 0.5 * (lower + upper)


cdef inline void sum_squares(const double *x, Py_ssize_t n, double *sums) noexcept nogil:
    """Write the running sum of squares: n + 1 values, the first of which is 0."""
    cdef Py_ssize_t i
    cdef double total = 0.0
    sums[0] = 0.0
    for i in range(n):
        total += x[i] * x[i]
        sums[i + 1] = total


cdef inline void smooth(const double *sums, Py_ssize_t n, Py_ssize_t half, double *means) noexcept nogil:
    """Write the mean square of the existing rows within `half` of each row; `sums` as from `sum_squares`.

    Rows with a full window have a separate loop, which the compiler vectorises.
    """
    cdef Py_ssize_t i, low, high, first = min(half, n), last = max(first, n - half)  # half may be larger than n
    cdef double whole = <double> (2 * half + 1)
    for i in range(first):
        high = min(n, i + half + 1)
        means[i] = (sums[high] - sums[max(0, i - half)]) / <double> (high - max(0, i - half))
    for i in range(first, last):
        means[i] = (sums[i + half + 1] - sums[i - half]) / whole
    for i in range(last, n):
        low = max(0, i - half)
        means[i] = (sums[n] - sums[low]) / <double> (n - low)
    for i in range(n):
        means[i] = means[i] if means[i] > 0.0 else 0.0
