"""Fundamental and harmonics of the mains as cosines and sines of amplitude 1, sample by sample."""

from libc.math cimport cos, sin, sqrt

from ._chain cimport MAX_HARMONICS, ROW_MAINS, ROW_MAINS_CLIP, ROW_MAINS_GAIN, chain_design

cdef enum:
    PIECE_SAMPLES = 64  # largest number of samples that the chain takes at once

cdef struct mains_wave:
    double piece[PIECE_SAMPLES * 2 * MAX_HARMONICS]  # followed harmonics during the chain's next samples
    double phasor[2 * MAX_HARMONICS]                 # of every order; only the followed ones advance
    double turn[2 * MAX_HARMONICS]                   # rotation of each phasor per sample
    double radians                                   # of the fundamental per sample


cdef inline void begin_wave(mains_wave *w) noexcept nogil:
    cdef Py_ssize_t h
    for h in range(MAX_HARMONICS):
        w.phasor[2 * h] = 1.0
        w.phasor[2 * h + 1] = 0.0


cdef inline void advance_wave(mains_wave *w, const int *orders, int n_harmonics, Py_ssize_t n_samples) noexcept nogil:
    """Write the waves of the next samples."""
    cdef Py_ssize_t _i, k, h
    cdef double a, b
    cdef double *out = w.piece
    for _i in range(n_samples):
        for k in range(n_harmonics):
            h = orders[k] - 1
            a = w.phasor[2 * h]
            b = w.phasor[2 * h + 1]
            out[2 * k] = a
            out[2 * k + 1] = b
            w.phasor[2 * h] = a * w.turn[2 * h] - b * w.turn[2 * h + 1]
            w.phasor[2 * h + 1] = b * w.turn[2 * h] + a * w.turn[2 * h + 1]
        out += 2 * n_harmonics


cdef inline void retune_wave(mains_wave *w, double radians_per_sample, int n_orders) noexcept nogil:
    """Change the frequency of the first `n_orders` orders, keeping the phases; the phasors are normalised."""
    cdef Py_ssize_t h
    cdef double scale, c = cos(radians_per_sample), s = sin(radians_per_sample)
    w.radians = radians_per_sample
    w.turn[0], w.turn[1] = c, s
    for h in range(n_orders):
        if h > 0:
            w.turn[2 * h] = w.turn[2 * h - 2] * c - w.turn[2 * h - 1] * s
            w.turn[2 * h + 1] = w.turn[2 * h - 1] * c + w.turn[2 * h - 2] * s
        scale = 1.0 / sqrt(w.phasor[2 * h] ** 2 + w.phasor[2 * h + 1] ** 2)
        w.phasor[2 * h] *= scale
        w.phasor[2 * h + 1] *= scale


cdef inline bint relearn(
    const mains_wave *w, const chain_design *d, double *state, const double[:, ::1] band, long long stop,
    Py_ssize_t channel, Py_ssize_t n_samples, double least_share
) noexcept nogil:
    """Refit the amplitudes to the last `n_samples` of a channel's band before row `stop`; return whether that was done.

    It is done if the fit explains at least `least_share` of their energy. What the follower learnt during these samples
    is first subtracted from the earlier ones, which gives the residual of the current amplitudes. The samples are
    visited from last to first, and the waves rotate backwards accordingly.
    """
    cdef double gain = state[ROW_MAINS_GAIN * d.n_padded + channel], clip = state[ROW_MAINS_CLIP * d.n_padded + channel]
    cdef double wave[2 * MAX_HARMONICS]
    cdef double learnt[2 * MAX_HARMONICS]
    cdef double sums[2 * MAX_HARMONICS]
    cdef double y, learn, a, b, c, s, energy = 0.0, explained = 0.0, per_sum = 2.0 / n_samples
    cdef Py_ssize_t _i, k, h, row = stop % band.shape[0]
    for k in range(d.n_harmonics):
        h = d.orders[k] - 1
        wave[2 * k], wave[2 * k + 1] = w.phasor[2 * h], w.phasor[2 * h + 1]
        learnt[2 * k] = learnt[2 * k + 1] = sums[2 * k] = sums[2 * k + 1] = 0.0
    for _i in range(n_samples):
        row = row - 1 if row > 0 else band.shape[0] - 1
        y = band[row, channel]
        learn = gain * max(-clip, min(y, clip))
        for k in range(d.n_harmonics):
            h = d.orders[k] - 1
            a, b, c, s = wave[2 * k], wave[2 * k + 1], w.turn[2 * h], w.turn[2 * h + 1]
            wave[2 * k], wave[2 * k + 1] = a * c + b * s, b * c - a * s
            learnt[2 * k] += learn * wave[2 * k]
            learnt[2 * k + 1] += learn * wave[2 * k + 1]
            y -= learnt[2 * k] * wave[2 * k] + learnt[2 * k + 1] * wave[2 * k + 1]
        energy += y * y
        for k in range(2 * d.n_harmonics):
            sums[k] += y * wave[k]
    for k in range(2 * d.n_harmonics):
        explained += per_sum * sums[k] * sums[k]
    if explained < least_share * energy:
        return False
    for k in range(2 * d.n_harmonics):
        state[(ROW_MAINS + 2 * (d.orders[k // 2] - 1) + k % 2) * d.n_padded + channel] += per_sum * sums[k]
    return True
