# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""How alike two stretches of all channels are at every lag: what is summed over channels, on spectra and on rows.

Functions of arrays, without state. Their slow twins are in `dsp.reference_burst`; results agree but for rounding.
"""

import numpy as np


def cross_spectrum(const double complex[:, ::1] ours not None, const double complex[:, ::1] theirs not None):
    """Return one spectrum, (n_channels, n_bins), times the conjugate of another, summed over channels."""
    cdef Py_ssize_t c, n_channels = ours.shape[0], n_bins = ours.shape[1]
    if theirs.shape[0] != n_channels or theirs.shape[1] != n_bins:
        raise ValueError("two spectra of the same channels and bins are needed")
    out = np.zeros(n_bins, np.complex128)
    cdef double complex[::1] across = out
    if n_channels == 0 or n_bins == 0:
        return out
    with nogil:
        for c in range(n_channels):
            _add_product(<const double *> &ours[c, 0], <const double *> &theirs[c, 0], <double *> &across[0], n_bins)
    return out


cdef inline void _add_product(const double *a, const double *b, double *out, Py_ssize_t n) noexcept nogil:
    """Add a times the conjugate of b; each value is a real and an imaginary part."""
    cdef Py_ssize_t k
    for k in range(n):
        out[2 * k] += a[2 * k] * b[2 * k] + a[2 * k + 1] * b[2 * k + 1]
        out[2 * k + 1] += a[2 * k + 1] * b[2 * k] - a[2 * k] * b[2 * k + 1]


def window_energies(const double[:, ::1] signal not None, const double[::1] weights not None, Py_ssize_t n_window):
    """Return the energy over all weighted channels of each window of so many rows, shape (n_rows - n_window + 1,)."""
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
        for i in range(n - n_window + 1):  # each anew: a running sum would keep the rounding of what was large
            energies[i] = 0.0
        for k in range(n_window):
            for i in range(n - n_window + 1):
                energies[i] += rows[i + k]
    return out
