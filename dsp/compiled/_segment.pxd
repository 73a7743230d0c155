# cython: wraparound=False
"""Start of a segment of hops: what the tracker of a channel passes to the chain, and takes from it."""

from libc.math cimport INFINITY, NAN, sqrt

from ._chain cimport (
    N_SECTIONS, ROW_COUNT, ROW_FILTER, ROW_FINEST, ROW_GIVEN, ROW_MAINS, ROW_MAINS_CLIP, ROW_MAINS_GAIN, ROW_SEEN,
    ROW_X1, ROW_X2, ROW_X3, chain_design,
)
from ._track cimport tracker, tracker_design


cdef inline void pass_mains(
    tracker *t, const tracker_design *d, double[:, ::1] state, Py_ssize_t channel
) noexcept nogil:
    """Set how fast the chain learns the mains in this segment, and keep the amplitudes with which it starts."""
    t.last_mains[0], t.last_mains[1] = state[ROW_MAINS, channel], state[ROW_MAINS + 1, channel]
    state[ROW_MAINS_GAIN, channel] = t.mains_step if t.learns_mains else 0.0
    state[ROW_MAINS_CLIP, channel] = d.mains_clip * sqrt(t.local) if t.local > 0.0 else INFINITY


cdef inline void take_count(
    tracker *t, const tracker_design *d, double[:, ::1] state, Py_ssize_t channel
) noexcept nogil:
    """Take the smallest step as one count of the converter; noise below one count is invisible but may exist."""
    if t.bad_run >= d.forget_hops:
        state[ROW_FINEST, channel] = INFINITY
        state[ROW_SEEN, channel] = state[ROW_COUNT, channel] = 0.0
    elif state[ROW_SEEN, channel] >= d.count_seen:
        state[ROW_COUNT, channel] = state[ROW_FINEST, channel]
    state[ROW_GIVEN, channel] = NAN
    t.least = state[ROW_COUNT, channel] * state[ROW_COUNT, channel] / 12.0


cdef inline void prime_filters(
    tracker *t, const chain_design *chain, double[:, ::1] state, Py_ssize_t channel, double x, double full_scale
) noexcept nogil:
    """Set the filters to their steady state for a constant signal of this value: no step and no ringing."""
    cdef Py_ssize_t k
    if not (x < full_scale and x > -full_scale):
        return
    t.must_prime = 0
    state[ROW_X1, channel] = x
    state[ROW_X2, channel] = x
    state[ROW_X3, channel] = x
    for k in range(2 * N_SECTIONS):
        state[ROW_FILTER + k, channel] = chain.gain * x if k < 2 else 0.0
