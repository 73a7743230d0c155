"""The mains' fundamental and its harmonics, as cosines and sines of amplitude 1, sample by sample."""

from libc.math cimport cos, sin, sqrt

from ._chain cimport MAX_HARMONICS

cdef enum:
    PIECE_SAMPLES = 64  # most that the chain takes at once

cdef struct mains_wave:
    double piece[PIECE_SAMPLES * 2 * MAX_HARMONICS]  # what the chain takes next
    double phasor[2 * MAX_HARMONICS]
    double turn[2 * MAX_HARMONICS]                   # of the phasor from one sample to the next


cdef inline void advance_wave(mains_wave *w, int n_harmonics, Py_ssize_t n_samples) noexcept nogil:
    """Write the waves of the next samples."""
    cdef Py_ssize_t i, h
    cdef double a, b
    for i in range(n_samples):
        for h in range(n_harmonics):
            a = w.phasor[2 * h]
            b = w.phasor[2 * h + 1]
            w.piece[i * 2 * MAX_HARMONICS + 2 * h] = a
            w.piece[i * 2 * MAX_HARMONICS + 2 * h + 1] = b
            w.phasor[2 * h] = a * w.turn[2 * h] - b * w.turn[2 * h + 1]
            w.phasor[2 * h + 1] = b * w.turn[2 * h] + a * w.turn[2 * h + 1]


cdef inline void retune_wave(mains_wave *w, double radians_per_sample, int n_harmonics) noexcept nogil:
    """Go on at this frequency; those behind the harmonics that there were start anew."""
    cdef Py_ssize_t h
    cdef double scale
    for h in range(MAX_HARMONICS):
        w.turn[2 * h] = cos((h + 1) * radians_per_sample)
        w.turn[2 * h + 1] = sin((h + 1) * radians_per_sample)
        if h >= n_harmonics:
            w.phasor[2 * h] = 1.0
            w.phasor[2 * h + 1] = 0.0
        else:
            scale = 1.0 / sqrt(w.phasor[2 * h] ** 2 + w.phasor[2 * h + 1] ** 2)
            w.phasor[2 * h] *= scale
            w.phasor[2 * h + 1] *= scale
