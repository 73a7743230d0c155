"""Local floor and resting baseline of one channel, with the arithmetic of `dsp.slow_twins.kernel.SlowTracker`."""

from libc.string cimport memmove

from ._track cimport FLOOR_SLOTS, LONG_HOPS, SHORT_HOPS, tracker, tracker_design


cdef inline double resting(const tracker *t, const tracker_design *d) noexcept nogil:
    """Return the resting baseline, limited to `most_rest` local floors until a later rest has confirmed it."""
    cdef double most = d.most_rest * t.local
    return most if 0.0 < most < t.rest and not t.rest_is_sure else t.rest


cdef inline void set_floor(tracker *t, const tracker_design *d) noexcept nogil:
    """Update the values that depend on the local floor and the resting baseline."""
    cdef double rest = resting(t, d)
    t.floor = t.local if t.local > rest else rest
    if t.floor < d.least_power:
        t.floor = d.least_power
    t.scale[0] = 1.0 / (SHORT_HOPS * t.floor)
    t.scale[1] = 1.0 / (LONG_HOPS * t.floor)


cdef inline void rank_both(
    const double *ordered, double one, double other, Py_ssize_t *rank_one, Py_ssize_t *rank_other
) noexcept nogil:
    """Write how many entries of the floor's window are smaller than each of two values.

    The search avoids branches, which could not be predicted, and finds both ranks at once, as each step waits for the
    previous one.
    """
    cdef Py_ssize_t i = 0, k = 0, step = FLOOR_SLOTS // 2
    while step > 0:
        i += step if ordered[i + step - 1] < one else 0
        k += step if ordered[k + step - 1] < other else 0
        step >>= 1
    rank_one[0] = i + (1 if ordered[i] < one else 0)
    rank_other[0] = k + (1 if ordered[k] < other else 0)


cdef inline void push_floor(tracker *t, const tracker_design *d, double value) noexcept nogil:
    """Add an entry to the floor's window and update the local floor from the window's quantile."""
    cdef Py_ssize_t old, new
    rank_both(t.ordered, value, t.window[t.window_at], &new, &old)
    if t.window_n < FLOOR_SLOTS:
        old = t.window_n
        t.window_n += 1
    if new > old:
        new -= 1
        memmove(&t.ordered[old], &t.ordered[old + 1], (new - old) * sizeof(double))
    else:
        memmove(&t.ordered[new + 1], &t.ordered[new], (old - new) * sizeof(double))
    t.ordered[new] = value
    t.window[t.window_at] = value
    t.window_at = t.window_at + 1 if t.window_at + 1 < FLOOR_SLOTS else 0
    t.local = t.ordered[d.floor_rank * t.window_n // FLOOR_SLOTS] * d.floor_gain
    if t.local < t.least:
        t.local = t.least
    set_floor(t, d)


cdef inline void learn_rest(tracker *t, const tracker_design *d, double power) noexcept nogil:
    """Learn the resting baseline from steady signal without bursts; a clearly quieter rest replaces it."""
    if t.rest_n == 0:
        t.rest_low = t.local
        t.rest_high = t.local
        t.rest_sum = 0.0
    if t.local < t.rest_low:
        t.rest_low = t.local
    if t.local > t.rest_high:
        t.rest_high = t.local
    if t.rest_high > 3.0 * t.rest_low:
        t.rest_n = 0
        return
    t.rest_sum += power
    t.rest_n += 1
    if t.rest_n >= d.rest_hops:
        power = t.rest_sum / t.rest_n
        if t.rest == 0.0 or power < 0.5 * t.rest:
            t.rest = power
            t.rest_is_sure = 0
            set_floor(t, d)
        elif power < 2.0 * t.rest and not t.rest_is_sure:
            t.rest_is_sure = 1
            set_floor(t, d)
        t.rest_n = 0
