# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""Least-squares fit of the mains around one burst: a line and its harmonics.

Functions of arrays without state. Their slow twins are in `dsp.slow_twins.burst`; results agree up to rounding.
"""

from libc.math cimport M_PI, cos, fabs, sin
from libc.string cimport memset

import numpy as np

cdef enum:
    MOST_ORDERS = 6                      # harmonics of a line, the fundamental included
    MOST_WAVES = 2 * MOST_ORDERS + 2     # their cosines and sines, a constant and a ramp
    SIDE = 4                             # samples processed side by side: waves are advanced by SIDE samples


cdef int _n_orders(double line_hz, double rate_hz, int most) except -1:
    cdef int h, n = 0
    if most > MOST_ORDERS:
        raise ValueError(f"at most {MOST_ORDERS} harmonics of a line can be fitted, not {most}")
    for h in range(1, most + 1):
        n += line_hz * h < 0.48 * rate_hz
    return n


cdef inline void _turn(double *wave, const double *step, int n_orders) noexcept nogil:
    """Advance the line by SIDE samples and derive its harmonics from it: rows of cosines and of sines."""
    cdef int w
    cdef double c[SIDE]
    cdef double s[SIDE]
    for w in range(SIDE):
        c[w] = wave[w] * step[0] - wave[SIDE + w] * step[1]
        s[w] = wave[w] * step[1] + wave[SIDE + w] * step[0]
    _fill(wave, c, s, n_orders)


cdef inline void _begin(double *wave, double *step, double line_hz, double rate_hz, int n_orders) noexcept nogil:
    """Write the waves of the first SIDE samples, and the rotation of the line over SIDE samples."""
    cdef int w
    cdef double angle = 2.0 * M_PI * line_hz / rate_hz
    cdef double c[SIDE]
    cdef double s[SIDE]
    step[0], step[1] = cos(SIDE * angle), sin(SIDE * angle)
    for w in range(SIDE):
        c[w], s[w] = cos(w * angle), sin(w * angle)
    _fill(wave, c, s, n_orders)


cdef inline void _fill(double *wave, const double *c, const double *s, int n_orders) noexcept nogil:
    cdef int _h, w
    cdef double *last
    for w in range(SIDE):
        wave[w], wave[SIDE + w] = c[w], s[w]
    for _h in range(1, n_orders):
        last = wave
        wave += 2 * SIDE
        for w in range(SIDE):
            wave[w] = last[w] * c[w] - last[SIDE + w] * s[w]
            wave[SIDE + w] = last[w] * s[w] + last[SIDE + w] * c[w]


cdef inline Py_ssize_t _next(const double *x, Py_ssize_t i, Py_ssize_t n, double *side) noexcept nogil:
    """Write samples i to i + SIDE - 1, zeros after the end; return how many there are."""
    cdef Py_ssize_t w, count = min(SIDE, n - i)
    for w in range(SIDE):
        side[w] = x[i + w] if w < count else 0.0
    return count


cdef void _sum_waves(double angle, Py_ssize_t n, double *sums) noexcept nogil:
    """Write the sums over i from 0 to n - 1 of cos(i angle), sin(i angle), i cos(i angle) and i sin(i angle).

    They are the closed forms of the sums of z^i and i z^i, z on the unit circle.
    """
    cdef double z_re = cos(angle), z_im = sin(angle), last_re = cos(n * angle), last_im = sin(n * angle)
    cdef double re = 1.0 - z_re, im = -z_im, size = re * re + im * im, a, b
    if size < 1e-12:  # a whole turn per sample, or none
        sums[0], sums[1], sums[2], sums[3] = n, 0.0, 0.5 * n * (n - 1.0), 0.0
        return
    a, b = 1.0 - last_re, -last_im
    sums[0], sums[1] = (a * re + b * im) / size, (b * re - a * im) / size
    a = z_re * sums[0] - z_im * sums[1] - n * last_re
    b = z_re * sums[1] + z_im * sums[0] - n * last_im
    sums[2], sums[3] = (a * re + b * im) / size, (b * re - a * im) / size


cdef void _gram(
    double *square, Py_ssize_t n, Py_ssize_t origin, double line_hz, double rate_hz, int n_orders, int n_waves
) noexcept nogil:
    """Write the Gram matrix of all waves over n samples, from the sums at their sum and difference frequencies."""
    cdef double sums[(2 * MOST_ORDERS + 1) * 4]
    cdef double *plus
    cdef double *minus
    cdef double rows = n, from_origin = origin
    cdef int p, q, a, b, constant = 2 * n_orders, ramp = 2 * n_orders + 1
    for p in range(2 * n_orders + 1):
        _sum_waves(2.0 * M_PI * p * line_hz / rate_hz, n, &sums[4 * p])
    for p in range(1, n_orders + 1):
        for q in range(1, p + 1):
            plus, minus, a, b = &sums[4 * (p + q)], &sums[4 * (p - q)], 2 * p - 2, 2 * q - 2
            square[a * MOST_WAVES + b] = 0.5 * (minus[0] + plus[0])
            square[(a + 1) * MOST_WAVES + b + 1] = 0.5 * (minus[0] - plus[0])
            square[(a + 1) * MOST_WAVES + b] = 0.5 * (plus[1] + minus[1])
            if q < p:
                square[a * MOST_WAVES + b + 1] = 0.5 * (plus[1] - minus[1])
        if n_waves > constant:
            for a in range(2):
                b = 2 * p - 2 + a
                square[constant * MOST_WAVES + b] = sums[4 * p + a]
                square[ramp * MOST_WAVES + b] = (sums[4 * p + 2 + a] - from_origin * sums[4 * p + a]) / rate_hz
    if n_waves > constant:
        square[constant * MOST_WAVES + constant] = rows
        square[ramp * MOST_WAVES + constant] = (0.5 * rows * (rows - 1.0) - from_origin * rows) / rate_hz
        square[ramp * MOST_WAVES + ramp] = (
            rows * (rows - 1.0) * (2.0 * rows - 1.0) / 6.0 - from_origin * rows * (rows - 1.0)
            + from_origin * from_origin * rows
        ) / (rate_hz * rate_hz)
    for a in range(n_waves):
        for b in range(a):
            square[b * MOST_WAVES + a] = square[a * MOST_WAVES + b]


cdef void _fit_line(
    const double *x, Py_ssize_t n, Py_ssize_t origin, double line_hz, double rate_hz, int n_orders, bint is_levelled,
    double *weights
) noexcept nogil:
    """Fit a line and its harmonics by least squares, optionally with a constant and a ramp in s from row `origin`.

    The normal equations suffice: a few waves that are far from collinear need no decomposition.
    """
    cdef double square[MOST_WAVES * MOST_WAVES]
    cdef double wave[2 * MOST_ORDERS * SIDE]
    cdef double sums[2 * MOST_ORDERS * SIDE]
    cdef double side[SIDE]
    cdef double step[2]
    cdef Py_ssize_t i
    cdef int a, w, n_waves = 2 * n_orders + (2 if is_levelled else 0)
    memset(weights, 0, MOST_WAVES * sizeof(double))
    memset(sums, 0, sizeof(sums))
    _begin(wave, step, line_hz, rate_hz, n_orders)
    i = 0
    while i < n:
        _next(x, i, n, side)
        for a in range(2 * n_orders):
            for w in range(SIDE):
                sums[a * SIDE + w] += wave[a * SIDE + w] * side[w]
        _turn(wave, step, n_orders)
        i += SIDE
    for a in range(2 * n_orders):
        for w in range(SIDE):
            weights[a] += sums[a * SIDE + w]
    if is_levelled:
        for i in range(n):
            weights[2 * n_orders] += x[i]
            weights[2 * n_orders + 1] += x[i] * (<double> (i - origin) / rate_hz)
    _gram(square, n, origin, line_hz, rate_hz, n_orders, n_waves)
    _solve(square, weights, n_waves)


cdef void _solve(double *square, double *values, int n) noexcept nogil:
    """Solve n equations in place by elimination with partial pivoting; write zeros if they are singular."""
    cdef int a, b, k, best
    cdef double kept, share
    for k in range(n):
        best = k
        for a in range(k + 1, n):
            if fabs(square[a * MOST_WAVES + k]) > fabs(square[best * MOST_WAVES + k]):
                best = a
        if square[best * MOST_WAVES + k] == 0.0:
            memset(values, 0, n * sizeof(double))
            return
        for b in range(n):
            kept = square[k * MOST_WAVES + b]
            square[k * MOST_WAVES + b] = square[best * MOST_WAVES + b]
            square[best * MOST_WAVES + b] = kept
        kept = values[k]
        values[k] = values[best]
        values[best] = kept
        for a in range(k + 1, n):
            share = square[a * MOST_WAVES + k] / square[k * MOST_WAVES + k]
            for b in range(k, n):
                square[a * MOST_WAVES + b] -= share * square[k * MOST_WAVES + b]
            values[a] -= share * values[k]
    for k in range(n - 1, -1, -1):
        for b in range(k + 1, n):
            values[k] -= square[k * MOST_WAVES + b] * values[b]
        values[k] /= square[k * MOST_WAVES + k]


def without_line(
    const double[::1] raw_uv not None, Py_ssize_t onset, double sampling_rate_hz, double line_hz, int most_orders
):
    """Return the signal minus a line and its harmonics, which are fitted before row `onset` with a constant and a ramp.

    Of the first `most_orders` harmonics, those below 0.48 of the sampling rate are fitted. The signal is returned
    unchanged if no line is given (0 Hz), `onset` is beyond the signal, or less than 0.1 s precedes it.

    Raises
    ------
    ValueError
        If more than 6 harmonics are asked for.
    """
    cdef Py_ssize_t i, w, count, n = raw_uv.shape[0]
    cdef int h, n_orders = _n_orders(line_hz, sampling_rate_hz, most_orders) if line_hz > 0.0 else 0
    out = np.array(raw_uv)
    cdef double[::1] clean = out
    cdef double weights[MOST_WAVES]
    cdef double wave[2 * MOST_ORDERS * SIDE]
    cdef double side[SIDE]
    cdef double step[2]
    if n_orders == 0 or onset < 0.1 * sampling_rate_hz or onset > n:
        return out
    with nogil:
        _fit_line(&raw_uv[0], onset, onset, line_hz, sampling_rate_hz, n_orders, True, weights)
        _begin(wave, step, line_hz, sampling_rate_hz, n_orders)
        i = 0
        while i < n:
            count = _next(&raw_uv[0], i, n, side)
            for h in range(2 * n_orders):
                for w in range(SIDE):
                    side[w] -= weights[h] * wave[h * SIDE + w]
            for w in range(count):
                clean[i + w] = side[w]
            _turn(wave, step, n_orders)
            i += SIDE
    return out


def line_share(const double[::1] burst not None, double sampling_rate_hz, double line_hz, int most_orders):
    """Return the fraction of a burst's energy explained by a line and its harmonics; 0 if the burst is too short.

    The harmonics and the error are those of `without_line`.
    """
    cdef Py_ssize_t i, w, n = burst.shape[0]
    cdef int h, n_orders = _n_orders(line_hz, sampling_rate_hz, most_orders)
    cdef double energy, explained = 0.0
    cdef double weights[MOST_WAVES]
    cdef double wave[2 * MOST_ORDERS * SIDE]
    cdef double fitted[SIDE]
    cdef double step[2]
    if n_orders == 0 or 8 * n_orders > n:
        return 0.0
    with nogil:
        _fit_line(&burst[0], n, 0, line_hz, sampling_rate_hz, n_orders, False, weights)
        _begin(wave, step, line_hz, sampling_rate_hz, n_orders)
        i = 0
        while i < n:
            memset(fitted, 0, sizeof(fitted))
            for h in range(2 * n_orders):
                for w in range(SIDE):
                    fitted[w] += weights[h] * wave[h * SIDE + w]
            for w in range(min(SIDE, n - i)):
                explained += fitted[w] * fitted[w]
            _turn(wave, step, n_orders)
            i += SIDE
        energy = 0.0
        for i in range(n):
            energy += burst[i] * burst[i]
    return explained / max(energy, 1e-12)
