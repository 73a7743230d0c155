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


cdef inline void smooth(const double *sums, Py_ssize_t n, Py_ssize_t half, double *means) noexcept nogil:
    """Write the mean square within `half` of each row, of the rows that there are; `sums` as of `sum_squares`.

    Rows with as many on either side have a loop of their own, which the compiler turns into vectors.
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
