"""Floor, tail, thresholds, resting baseline and burst of one channel, updated once a hop of about 4 ms.

The arithmetic is that of `dsp.slow_twins.kernel.SlowTracker`, in the same order. The functions are in a .pxd and not in
a .pyx so that the compiler sees them where they are called.
"""

cimport cython
from libc.math cimport INFINITY

from ._floor cimport learn_rest, push_floor, set_floor
from ._tail cimport set_thresholds, step_tail
from ._track cimport (
    ACTIVE, FLOOR_SLOTS, IDLE, KIND_CUT, KIND_END, KIND_NONE, KIND_START, LONG_HOPS, SLOT_HOPS, TAIL, tracker,
    tracker_design,
)


cdef inline void reset_floor(tracker *t, const tracker_design *d) noexcept nogil:
    """Reset floor and tail to their initial state."""
    cdef int k
    for k in range(FLOOR_SLOTS):
        t.ordered[k] = INFINITY
    t.window_n = 0
    t.window_at = 0
    t.local = 0.0
    t.slot_sum = 0.0
    t.slot_hops = 0
    t.ready_run = 0
    t.rest_n = 0
    t.n_blocks = d.prior_blocks
    t.block_hops = 0
    t.block_is_quiet = 0
    t.last_is_quiet = 0
    t.stale_blocks = 0
    for k in range(2):
        t.rate[k] = d.prior_rate[k]
        t.excess[k] = d.prior_rate[k] * d.prior_excess[k]
        t.square[k] = t.excess[k] * d.prior_excess[k] * d.prior_square[k]
        t.block_peak[k] = 0.0
        t.last_peak[k] = 0.0
    set_floor(t, d)
    set_thresholds(t, d)


cdef inline int end_usable(tracker *t, const tracker_design *d) noexcept nogil:
    """Cut off an open burst and wait for the filters to settle before the channel is used again."""
    cdef int kind = KIND_CUT if t.phase == ACTIVE else KIND_NONE
    t.phase = IDLE
    t.guard = d.guard_hops
    t.filled = 0
    t.must_prime = 1
    t.block_is_quiet = 0
    t.slot_sum = 0.0
    t.slot_hops = 0
    t.rest_n = 0
    t.bad_run += 1
    t.learns_mains = 0
    if t.bad_run == d.forget_hops:
        reset_floor(t, d)
    return kind


cdef inline int open_burst(tracker *t, const double *z) noexcept nogil:
    cdef int k
    t.phase = ACTIVE
    t.started = t.n_hops
    t.last_above = t.n_hops
    for k in range(2):
        t.peak[k] = z[k]
        t.level[k] = t.confirm[k]
    return KIND_START


cdef inline int step_burst(tracker *t, const tracker_design *d, const double *z) noexcept nogil:
    """Open, continue or close the burst; return the kind of mark."""
    cdef double leave
    cdef int k
    if t.phase == IDLE:
        if z[0] >= t.candidate[0] or z[1] >= t.candidate[1]:
            return open_burst(t, z)
        return KIND_NONE
    if t.phase == TAIL:
        if z[0] < t.tail_low:
            t.tail_low = z[0]
        if z[0] < d.knee[0]:
            if t.n_hops - t.last_above >= d.tail_hops:
                t.phase = IDLE
        elif z[0] >= t.candidate[0] and z[0] >= 8.0 * t.tail_low and z[0] >= d.peak_share * t.peak[0]:
            return open_burst(t, z)
        return KIND_NONE
    for k in range(2):
        if z[k] > t.peak[k]:
            t.peak[k] = z[k]
    leave = d.peak_share * t.peak[0]
    if leave < d.knee[0]:
        leave = d.knee[0]
    if z[0] > leave:
        t.last_above = t.n_hops
    elif t.n_hops - t.last_above >= d.hang_hops:
        t.phase = TAIL
        t.tail_low = z[0]
        return KIND_END
    return KIND_NONE


@cython.cdivision(True)
cdef inline int step_hop(
    tracker *t, const tracker_design *d, double energy, bint is_bad, bint has_changed, bint is_quiet
) noexcept nogil:
    """Check the completed hop and update floor, tail and burst; return the kind of mark."""
    cdef double power = energy * d.per_hop
    cdef double z[2]
    cdef double *e = t.energy
    cdef int kind, last
    t.flat_run = 0 if has_changed else t.flat_run + 1
    t.n_hops += 1
    if is_bad or t.must_prime or t.flat_run >= d.flat_hops:
        return end_usable(t, d)
    t.bad_run = 0
    if t.guard > 0:
        t.guard -= 1
        return KIND_NONE
    t.n_usable += 1
    t.ready_run += 1
    last = t.energy_at
    e[last] = power
    t.energy_at = last + 1 if last + 1 < LONG_HOPS else 0
    t.learns_mains = 1
    if t.phase == IDLE or t.n_hops - t.started > d.thaw_hops or (t.phase == TAIL and t.tail_low < d.knee[0]):
        t.slot_sum += power
        t.slot_hops += 1
        if t.slot_hops == SLOT_HOPS:
            push_floor(t, d, t.slot_sum / SLOT_HOPS)
            t.slot_sum = 0.0
            t.slot_hops = 0
    if t.filled < LONG_HOPS:
        t.filled += 1
        return KIND_NONE
    if t.ready_run < d.ready_hops or t.window_n < FLOOR_SLOTS:
        return KIND_NONE
    z[0] = e[last] + e[last - 1 if last >= 1 else last + LONG_HOPS - 1]
    z[0] = (z[0] + e[last - 2 if last >= 2 else last + LONG_HOPS - 2]) * t.scale[0]
    z[1] = (((e[0] + e[1]) + (e[2] + e[3])) + ((e[4] + e[5]) + (e[6] + e[7])) + (e[8] + e[9])) * t.scale[1]
    kind = step_burst(t, d, z)
    step_tail(t, d, z, is_quiet)
    if t.phase == IDLE:
        learn_rest(t, d, power)
    return kind
