# cython: cdivision=True
"""Bank of trackers, one per channel, which advance together and mark where bursts start and end.

A tracker's own step, and the arithmetic of its twin, are in `_tracker.pxd`.
"""

from ._mark cimport mark, write_mark
from ._track cimport ACTIVE, IDLE, KIND_END, KIND_NONE, KIND_START, tracker, tracker_design
from ._tracker cimport step_hop

cdef struct tracker_bank:
    tracker_design design
    tracker *tracks             # of each channel
    mark *marks                 # at most one per channel and hop
    int n_marks
    int n_active                # number of open bursts
    Py_ssize_t n_channels
    Py_ssize_t hop_samples
    long long beat_first        # where the tail is not learnt: `beat_samples` from `beat_first`, every `beat_every`
    long long beat_every
    long long beat_samples


cdef inline bint is_left_out(const tracker_bank *b, long long last) noexcept nogil:
    """Return whether the tail is not to be learnt from the hop that ends with this sample."""
    if b.beat_every == 0 or last < b.beat_first:
        return False
    return (last - b.beat_first) % b.beat_every < b.beat_samples


cdef inline void add_mark(tracker_bank *b, Py_ssize_t channel, int kind, long long last) noexcept nogil:
    write_mark(&b.marks[b.n_marks], kind, channel, last, b.hop_samples, &b.tracks[channel], &b.design)
    b.n_marks += 1
    b.n_active += 1 if kind == KIND_START else -1


cdef inline void step_trackers(
    tracker_bank *b, const double *energy, const double *bad, const double *changed, long long last
) noexcept nogil:
    """Advance all trackers by the hop that ends with sample `last`; the arrays hold one value per channel."""
    cdef Py_ssize_t c
    cdef int kind
    cdef bint is_quiet = b.n_active == 0 and not is_left_out(b, last)
    for c in range(b.n_channels):
        if not b.tracks[c].enabled:
            b.tracks[c].n_hops += 1
            b.tracks[c].n_usable += bad[c] == 0.0
            continue
        kind = step_hop(&b.tracks[c], &b.design, energy[c], bad[c] > 0.0, changed[c] > 0.0, is_quiet)
        if kind != KIND_NONE:
            add_mark(b, c, kind, last)


cdef inline void close_bursts(tracker_bank *b, long long last) noexcept nogil:
    """Mark the end of all open bursts at sample `last`."""
    cdef Py_ssize_t c
    for c in range(b.n_channels):
        if b.tracks[c].phase == ACTIVE:
            add_mark(b, c, KIND_END, last)
            b.tracks[c].phase = IDLE
