"""The mains' fundamental and its harmonics, as cosines and sines of amplitude 1, sample by sample."""

from libc.math cimport cos, sin, sqrt

from ._chain cimport MAX_HARMONICS

cdef enum:
    PIECE_SAMPLES = 64  # most that the chain takes at once

cdef struct mains_wave:
    double piece[PIECE_SAMPLES * 2 * MAX_HARMONICS]  # what the chain takes next, of those that are followed
    double phasor[2 * MAX_HARMONICS]                 # of every order; only those that are followed go on
    double turn[2 * MAX_HARMONICS]                   # of the phasor from one sample to the next


cdef inline void begin_wave(mains_wave *w) noexcept nogil:
    cdef Py_ssize_t h
    for h in range(MAX_HARMONICS):
        w.phasor[2 * h] = 1.0
        w.phasor[2 * h + 1] = 0.0


cdef inline void advance_wave(mains_wave *w, const int *orders, int n_harmonics, Py_ssize_t n_samples) noexcept nogil:
    """Write the waves of the next samples."""
    cdef Py_ssize_t i, k, h
    cdef double a, b
    cdef double *out = w.piece
    for i in range(n_samples):
        for k in range(n_harmonics):
            h = orders[k] - 1
            a = w.phasor[2 * h]
            b = w.phasor[2 * h + 1]
            out[2 * k] = a
            out[2 * k + 1] = b
            w.phasor[2 * h] = a * w.turn[2 * h] - b * w.turn[2 * h + 1]
            w.phasor[2 * h + 1] = b * w.turn[2 * h] + a * w.turn[2 * h + 1]
        out += 2 * n_harmonics


cdef inline void retune_wave(mains_wave *w, double radians_per_sample) noexcept nogil:
    """Go on at this frequency."""
    cdef Py_ssize_t h
    cdef double scale
    for h in range(MAX_HARMONICS):
        w.turn[2 * h] = cos((h + 1) * radians_per_sample)
        w.turn[2 * h + 1] = sin((h + 1) * radians_per_sample)
        scale = 1.0 / sqrt(w.phasor[2 * h] ** 2 + w.phasor[2 * h + 1] ** 2)
        w.phasor[2 * h] *= scale
        w.phasor[2 * h + 1] *= scale
