# cython: wraparound=False
# cython: cdivision=True
"""Readout of a bank of trackers to arrays, one entry per channel; what reads one array returns it."""

from ._bank cimport tracker_bank
from ._floor cimport resting
from ._track cimport ACTIVE


cdef inline read_floor(const tracker_bank *b, double[::1] powers):
    """Read the local floors in µV²; 0 before they are known."""
    cdef Py_ssize_t c
    for c in range(powers.shape[0]):
        powers[c] = b.tracks[c].local
    return powers.base


cdef inline read_rest(const tracker_bank *b, double[::1] powers):
    """Read the resting baselines in µV²; 0 where they are not learnt."""
    cdef Py_ssize_t c
    for c in range(powers.shape[0]):
        powers[c] = resting(&b.tracks[c], &b.design)
    return powers.base


cdef inline read_thresholds(const tracker_bank *b, double[:, ::1] powers):
    """Read the confirmation thresholds as power over the floor, short and long window."""
    cdef Py_ssize_t c, k
    for c in range(powers.shape[0]):
        for k in range(2):
            powers[c, k] = b.tracks[c].confirm[k]
    return powers.base


cdef inline read_tail(const tracker_bank *b, double[:, :, ::1] tails):
    """Read share above the knee, mean excess and mean square excess, short and long window."""
    cdef Py_ssize_t c, k
    for c in range(tails.shape[0]):
        for k in range(2):
            tails[c, k, 0] = b.tracks[c].rate[k]
            tails[c, k, 1] = b.tracks[c].excess[k]
            tails[c, k, 2] = b.tracks[c].square[k]
    return tails.base


cdef inline read_peaks(const tracker_bank *b, double[::1] powers):
    """Read the peak powers over the floor (short window) of open bursts; 0 without one."""
    cdef Py_ssize_t c
    for c in range(powers.shape[0]):
        powers[c] = b.tracks[c].peak[0] if b.tracks[c].phase == ACTIVE else 0.0
    return powers.base


cdef inline read_usable(const tracker_bank *b, unsigned char[::1] usable):
    """Read which channels are usable at the last hop."""
    cdef Py_ssize_t c
    for c in range(usable.shape[0]):
        usable[c] = b.tracks[c].guard == 0 and b.tracks[c].bad_run == 0 and b.tracks[c].ready_run > 0
    return usable.base


cdef inline read_usable_fraction(const tracker_bank *b, double[::1] fractions):
    """Read the fractions of usable hops; 1 before the first hop."""
    cdef Py_ssize_t c
    for c in range(fractions.shape[0]):
        fractions[c] = <double> b.tracks[c].n_usable / b.tracks[c].n_hops if b.tracks[c].n_hops else 1.0
    return fractions.base


cdef inline void settle_levels(
    const tracker_bank *b, double[::1] settled, float[::1] floor, double most_rise
) noexcept nogil:
    """Read the local floors to `floor`; lower `settled` to them at once, or raise it by at most this factor."""
    cdef Py_ssize_t c
    for c in range(settled.shape[0]):
        floor[c] = <float> b.tracks[c].local
        if settled[c] > 0.0:
            settled[c] = min(b.tracks[c].local, most_rise * settled[c])
        else:
            settled[c] = b.tracks[c].local
