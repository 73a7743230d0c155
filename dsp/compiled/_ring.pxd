# cython: wraparound=False
# cython: cdivision=True
"""Ring buffers of the latest samples of all channels; row n is stored at n modulo the length of the ring.

The chain outputs each sample one sample later: row n + 1 holds sample n. `stop` is the number of rows completed so far,
and `oldest` the first of them that is still in the ring.
"""

from libc.string cimport memcpy

cdef extern from "_rows.h":
    void add_rows(
        const double *rows, Py_ssize_t n_rows, Py_ssize_t stride, double *sums, Py_ssize_t n_channels
    ) noexcept nogil


cdef inline int read_rows(
    const double[:, ::1] ring, long long oldest, long long stop, long long start, double[:, ::1] values
) except -1 nogil:
    """Copy samples from `start` on to `values`, for as many channels as it has; zeros for samples not in the ring."""
    cdef long long first = start + 1, low = max(first, oldest), high = min(first + values.shape[0], stop), at
    cdef Py_ssize_t row, width = values.shape[1] * sizeof(double)
    if high <= low:
        values[:] = 0.0
        return 0
    values[:low - first] = 0.0
    values[high - first:] = 0.0
    row = low % ring.shape[0]
    for at in range(low - first, high - first):
        memcpy(&values[at, 0], &ring[row, 0], width)
        row = row + 1 if row + 1 < ring.shape[0] else 0
    return 0


cdef inline int add_sums(
    const double[:, ::1] ring, long long oldest, long long stop, long long start, Py_ssize_t n_each,
    double[:, ::1] sums
) except -1 nogil:
    """Add each `n_each` samples from `start` on to one row of `sums`; samples not in the ring are skipped."""
    cdef long long first = start + 1, at = max(first, oldest), high = min(first + sums.shape[0] * n_each, stop)
    cdef Py_ssize_t n, row = at % ring.shape[0], k = <Py_ssize_t> ((at - first) // n_each)
    while at < high:
        n = <Py_ssize_t> min(first + (k + 1) * n_each, high, at + ring.shape[0] - row) - at
        add_rows(&ring[row, 0], n, ring.shape[1], &sums[k, 0], sums.shape[1])
        at += n
        row = row + n if row + n < ring.shape[0] else 0
        k += at == first + (k + 1) * n_each
    return 0


cdef inline int read_column(
    const double[:, ::1] ring, long long oldest, long long stop, long long start, Py_ssize_t channel, double[::1] values
) except -1 nogil:
    """Copy samples of one channel from `start` on; values of samples not in the ring are left unchanged."""
    cdef long long first = start + 1, low = max(first, oldest), at
    cdef Py_ssize_t row = low % ring.shape[0]
    for at in range(low, min(first + values.shape[0], stop)):
        values[at - first] = ring[row, channel]
        row = row + 1 if row + 1 < ring.shape[0] else 0
    return 0
