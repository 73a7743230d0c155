# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""Features of one burst on one channel: its shape, the signal before it, and signs of motion or an impulse.

Functions of arrays without state. Their slow twins are in `dsp.slow_twins.burst`; where sums are taken in another
order than there, results agree up to rounding.
"""

from libc.math cimport fabs, rint, sqrt

from ._order cimport log_of, median, smooth, sum_squares

import numpy as np


cdef inline double _energy(const double *x, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    cdef Py_ssize_t i
    cdef double total = 0.0
    for i in range(start, stop):
        total += x[i] * x[i]
    return total


cdef inline double _power(const double *x, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """Return the mean square of rows [start, stop), 0 if there are none."""
    return _energy(x, start, stop) / <double> (stop - start) if stop > start else 0.0


cdef inline double _mean(const double *x, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    cdef Py_ssize_t i
    cdef double total = 0.0
    for i in range(start, stop):
        total += x[i]
    return total / <double> (stop - start)


cdef inline Py_ssize_t _rows(double seconds, double rate_hz) noexcept nogil:
    return <Py_ssize_t> rint(seconds * rate_hz)


def slow_ratio(const double[::1] raw_uv not None, Py_ssize_t onset, double peak_uv, double sampling_rate_hz,
               double slow_s, double before_s):
    """Return the deflection of the moving mean over `slow_s` from row `onset` on, relative to `peak_uv`.

    1.2 times the largest deflection in at most `before_s` before the onset is subtracted first.
    """
    cdef Py_ssize_t width = max(1, _rows(slow_s, sampling_rate_hz)), n, split, i
    cdef Py_ssize_t low = max(0, onset - _rows(before_s, sampling_rate_hz) - width)
    cdef double level, during = 0.0, usual = 0.0
    n = raw_uv.shape[0] - low
    if n <= width:
        return 0.0
    split = min(max(1, onset - low - width), n - width + 1)
    cdef double[::1] sums = np.empty(n + 1), before = np.empty(split)
    with nogil:
        sums[0] = 0.0
        for i in range(n):
            sums[i + 1] = sums[i] + (raw_uv[low + i] - raw_uv[low])
        for i in range(n - width + 1):
            sums[i] = (sums[i + width] - sums[i]) / width
        for i in range(split):
            before[i] = sums[i]
        level = median(&before[0], split)
        for i in range(split):
            usual = max(usual, fabs(sums[i] - level))
        for i in range(split, n - width + 1):
            during = max(during, fabs(sums[i] - level))
    return max(0.0, during - 1.2 * usual) / max(peak_uv, 1e-9)


cdef Py_ssize_t _steps(const double *x, Py_ssize_t n, Py_ssize_t each, double *steps) noexcept nogil:
    """Write the differences between means of `each` samples; return how many there are."""
    cdef Py_ssize_t i, count = n // each
    cdef double mean, last = 0.0
    for i in range(count):
        mean = _mean(x, i * each, (i + 1) * each)
        if i > 0:
            steps[i - 1] = mean - last
        last = mean
    return max(0, count - 1)


def impulse_share(const double[::1] raw_uv not None, Py_ssize_t onset, double sampling_rate_hz, Py_ssize_t width):
    """Return the largest fraction of the steepness from 3 ms before row `onset` on within `width` steps of 1 ms.

    Steepness is the square of the steps between means of 1 ms, minus that of the noise in the 0.1 s before. The
    fraction is 1 with fewer than `2 * width` steps and 0 if they do not clearly exceed the noise.
    """
    cdef Py_ssize_t each = max(1, _rows(0.001, sampling_rate_hz)), n = raw_uv.shape[0], i, n_steps, n_before
    cdef Py_ssize_t low = min(n, max(0, onset - 3 * each)), first = max(0, low - _rows(0.1, sampling_rate_hz))
    cdef double noise, total = 0.0, within = 0.0, top = 0.0
    cdef double[::1] steps = np.empty(n + 1)
    with nogil:
        n_before = _steps(&raw_uv[0] + first, low - first, each, &steps[0])
        noise = _power(&steps[0], 0, n_before)
        n_steps = _steps(&raw_uv[0] + low, n - low, each, &steps[0])
        for i in range(n_steps):
            total += steps[i] * steps[i]
            within += steps[i] * steps[i]
            if i >= width:
                within -= steps[i - width] * steps[i - width]
            if i >= width - 1:
                top = max(top, within)
        top -= width * noise
        total -= n_steps * noise
    if n_steps < 2 * width:
        return 1.0
    return min(1.0, top / total) if total > 3.0 * noise * sqrt(2.0 * n_steps) else 0.0


cdef double _attack(const double *burst, Py_ssize_t n, Py_ssize_t n_samples) noexcept nogil:
    """Return the energy of the first `n_samples` over the largest energy of as many consecutive samples."""
    cdef Py_ssize_t i, width = min(n_samples, n)
    cdef double first = _energy(burst, 0, width), within = first, top = first
    for i in range(width, n):
        within += burst[i] * burst[i] - burst[i - width] * burst[i - width]
        top = max(top, within)
    return first / max(top, 1e-12)


def levels(
    const double[::1] signal_uv not None, Py_ssize_t onset, Py_ssize_t stop, double sampling_rate_hz,
    Py_ssize_t n_samples
):
    """Return the attack and roughness of a burst, and the levels just before it and at the end of the signal.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n,)
        Signal in the detection band, with the burst from row `onset` to row `stop`.
    onset, stop : int
        Rows, 0 <= onset < stop <= n.
    sampling_rate_hz : float
        Sampling rate of the signal.
    n_samples : int
        Length of the beginning of the burst.

    Returns
    -------
    attack : float
        Energy of the beginning over the largest energy of as many consecutive samples.
    roughness : float
        Energy of the steps from sample to sample over that of the samples.
    before : float
        Mean square of the 60 ms that end 10 ms before the onset, or of the 140 ms that end 110 ms before it, whichever
        is smaller.
    after : float
        Mean square of the last 20 ms of the signal.
    """
    cdef Py_ssize_t n = signal_uv.shape[0]
    cdef double rate_hz = sampling_rate_hz, near, far
    cdef const double *x
    if not 0 <= onset < stop <= n:
        raise ValueError(f"there are {n} rows: no burst from row {onset} to {stop}")
    x = &signal_uv[0]
    near = _power(x, max(0, onset - _rows(0.070, rate_hz)), max(0, onset - _rows(0.010, rate_hz)))
    far = _power(x, max(0, onset - _rows(0.250, rate_hz)), max(0, onset - _rows(0.110, rate_hz)))
    return (
        _attack(x + onset, stop - onset, n_samples), _roughness(x, onset, stop), min(near, far),
        _power(x, max(0, n - max(1, _rows(0.020, rate_hz))), n),
    )


def outline(const double[::1] signal_uv not None, Py_ssize_t onset, Py_ssize_t stop, double floor_power,
            double sampling_rate_hz, Py_ssize_t n_smooth):
    """Return eighteen features of a burst's shape and the signal before it, ordered as `dsp.verdict.evidence.NAMES`.

    Parameters
    ----------
    signal_uv : ndarray of float64, shape (n,)
        Signal in the detection band, with the burst from row `onset` to row `stop`.
    onset, stop : int
        Rows, 0 <= onset < stop.
    floor_power : float
        Power of the noise.
    sampling_rate_hz : float
        Sampling rate of the signal.
    n_smooth : int
        Approximate width in samples of the moving mean of the power.
    """
    cdef Py_ssize_t i, n = signal_uv.shape[0] - onset, size, half, width, at = 0, n_full = 0, n_turns = 0
    cdef double top = 0.0, total, peak = 0.0, high = 0.0, low = 0.0, step, last = 0.0
    cdef double squares = 0.0, curves = 0.0, early, late, w50, w25, w10, noisy
    cdef double places[5]
    cdef const double *x
    size = min(stop - onset, n)
    if onset < 0 or size < 1:
        raise ValueError(f"a burst from row {onset} to {stop} is needed")
    x = &signal_uv[onset]
    cdef double[::1] power = np.empty(n), sums = np.empty(n + 1)
    with nogil:
        sum_squares(x, n, &sums[0])
        smooth(&sums[0], n, max(0, n_smooth // 2), &power[0])
        for i in range(max(1, size)):
            top = max(top, power[i])
        top = max(top, 1e-12)
        for i in range(n):
            if power[i] > power[at]:
                at = i
        w50, w25, w10 = (_width(&power[0], n, 0.25 * top), _width(&power[0], n, 0.0625 * top),
                         _width(&power[0], n, 0.1 * 0.1 * top))
        noisy = _width(&power[0], n, 4.0 * floor_power)
        width = min(max(1, <Py_ssize_t> w25), n)
        for i in range(width):
            n_full += power[i] > 0.0625 * top
        for i in range(size):
            high, low = max(high, x[i]), min(low, x[i])
        peak = max(max(high, -low), 1e-9)
        total = max(_energy(x, 0, size), 1e-12)
        _quantiles(x, size, total, places)
        for i in range(size - 1):
            step = x[i + 1] - x[i]
            squares += step * step
            if i > 0:
                curves += (step - last) * (step - last)
                n_turns += step * last < 0.0 and fabs(x[i]) > 0.3 * peak
            last = step
        half = max(1, size // 2)
        early, late = _roughness(x, 0, half), _roughness(x, half, size)
    before = _before(&signal_uv[0], onset, floor_power, top, sampling_rate_hz)
    return (
        log_of(w50 / sampling_rate_hz), log_of(w25 / sampling_rate_hz), log_of(w10 / sampling_rate_hz),
        log_of(noisy / sampling_rate_hz), n_full / <double> width, log_of((at + 1) / sampling_rate_hz),
        (places[2] - places[0]) / sampling_rate_hz / max((places[4] - places[0]) / sampling_rate_hz, 1e-4),
        log_of((places[3] - places[1]) / sampling_rate_hz), log_of(peak * peak * size / total), <double> n_turns,
        (high + low) / peak, curves / max(squares, 1e-12), log_of(late / max(early, 1e-6)),
        log_of(_power(x, n - min(n, max(1, _rows(0.02, sampling_rate_hz))), n) / top), *before,
    )


cdef tuple _before(const double *x, Py_ssize_t onset, double floor_power, double top, double rate_hz):
    """Return the power at three distances before the onset over the floor, and the nearest one over the peak power."""
    cdef Py_ssize_t a = max(0, onset - _rows(0.010, rate_hz)), b = max(0, onset - _rows(0.060, rate_hz))
    cdef Py_ssize_t c = max(0, onset - _rows(0.250, rate_hz)), d = max(0, onset - _rows(1.0, rate_hz))
    cdef double near = _power(x, b, a)
    return (
        log_of(near / floor_power), log_of(_power(x, c, b) / floor_power), log_of(_power(x, d, c) / floor_power),
        log_of(near / top),
    )


cdef double _width(const double *power, Py_ssize_t n, double level) noexcept nogil:
    """Return the number of rows from the first to the last one above a level."""
    cdef Py_ssize_t first = 0, last = n - 1
    while first < n and not power[first] > level:
        first += 1
    while last > first and not power[last] > level:
        last -= 1
    return <double> (last - first + 1) if first < n else 0.0


cdef void _quantiles(const double *x, Py_ssize_t n, double total, double *places) noexcept nogil:
    """Write the rows at which 5, 25, 50, 75 and 95 % of the energy are reached."""
    cdef double *shares = [0.05, 0.25, 0.5, 0.75, 0.95]
    cdef double energy = 0.0
    cdef Py_ssize_t i, k = 0
    for i in range(n):
        energy += x[i] * x[i]
        while k < 5 and energy >= shares[k] * total:
            places[k] = i
            k += 1
    while k < 5:
        places[k] = n
        k += 1


cdef double _roughness(const double *x, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """Return the energy of the steps from sample to sample over that of the samples."""
    cdef Py_ssize_t i
    cdef double steps = 0.0
    for i in range(start + 1, stop):
        steps += (x[i] - x[i - 1]) * (x[i] - x[i - 1])
    return steps / max(_energy(x, start, stop), 1e-12)


def wander(const double[::1] raw_uv not None, Py_ssize_t onset, Py_ssize_t stop, double peak_uv,
           double sampling_rate_hz):
    """Return the wander of the unfiltered signal before a burst and the step across it, over its peak, as log10."""
    cdef Py_ssize_t n = raw_uv.shape[0], each = max(1, _rows(0.02, sampling_rate_hz)), i
    cdef Py_ssize_t first = max(0, onset - 15 * each), count = (onset - first) // each
    cdef Py_ssize_t before = max(0, onset - each), after = max(0, stop - each)
    cdef double mean, low = 0.0, high = 0.0, step = 0.0
    if not 0 <= onset <= n:
        raise ValueError(f"there are {n} rows, and no row {onset}")
    after = max(after, n - 2 * each)
    for i in range(count):
        mean = _mean(&raw_uv[0], first + i * each, first + (i + 1) * each)
        low, high = (min(low, mean), max(high, mean)) if i else (mean, mean)
    if n > before and n > after:
        step = fabs(_mean(&raw_uv[0], after, n) - _mean(&raw_uv[0], before, max(1, onset)))
    return log_of((high - low) / peak_uv), log_of(step / peak_uv)
