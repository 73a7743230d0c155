# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""How alike two stretches of all channels are at every lag: what is summed over channels, on spectra and on rows.

Functions of arrays, without state. Their slow twins are in `dsp.reference_models`; results agree but for rounding.
"""

import numpy as np


def cross_spectra(
    const double complex[:, ::1] ours not None, const double complex[:, :, ::1] theirs not None,
    const long long[::1] chosen not None
):
    """Return one spectrum times the conjugate of others, summed over channels, shape (n_chosen, n_bins).

    Parameters
    ----------
    ours : ndarray of complex128, shape (n_channels, n_bins)
    theirs : ndarray of complex128, shape (n_spectra, n_channels, n_bins)
    chosen : ndarray of int64, shape (n_chosen,)
        Which of them.
    """
    cdef Py_ssize_t k, c, n = theirs.shape[0], n_channels = ours.shape[0], n_bins = ours.shape[1]
    if theirs.shape[1] != n_channels or theirs.shape[2] != n_bins:
        raise ValueError("spectra of the same channels and bins are needed")
    out = np.zeros((chosen.shape[0], n_bins), np.complex128)
    cdef double complex[:, ::1] across = out
    for k in range(chosen.shape[0]):
        if not 0 <= chosen[k] < n:
            raise ValueError(f"there are {n} spectra and no number {chosen[k]}")
    if n_channels == 0 or n_bins == 0:
        return out
    with nogil:
        for k in range(chosen.shape[0]):
            for c in range(n_channels):
                _add_product(
                    <const double *> &ours[c, 0], <const double *> &theirs[chosen[k], c, 0], <double *> &across[k, 0],
                    n_bins,
                )
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


def centre_row(
    const double[:, ::1] signal not None, const double[::1] weights not None, Py_ssize_t first, Py_ssize_t stop
):
    """Return the row around which the energy over all weighted channels of rows [first, stop) lies, `first` of none."""
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
    """Return the weighted means of so many rows each, shape (n_rows, n_channels); rows that are none count as 0."""
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
