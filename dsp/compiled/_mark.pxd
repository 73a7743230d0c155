# cython: cdivision=True
"""Marks: start, end or cut of a burst on one channel, with the fields of `dsp.bursts.Mark`."""

from ._floor cimport resting
from ._track cimport tracker, tracker_design

cdef struct mark:
    int kind
    int channel
    long long decided
    long long started
    long long last_above
    double margin
    double peak_short
    double floor_power


cdef inline void write_mark(
    mark *m, int kind, int channel, long long decided, Py_ssize_t hop_samples, const tracker *t, const tracker_design *d
) noexcept nogil:
    """Write the mark of a channel whose tracker has taken the hop that ends with sample `decided`."""
    cdef double short_margin = t.peak[0] / t.level[0], long_margin = t.peak[1] / t.level[1]
    m.kind = kind
    m.channel = channel
    m.decided = decided
    m.started = decided - (t.n_hops - t.started) * hop_samples
    m.last_above = decided - (t.n_hops - t.last_above) * hop_samples
    m.margin = short_margin if short_margin > long_margin else long_margin
    m.peak_short = t.peak[0]
    m.floor_power = max(t.local, resting(t, d))


cdef inline tuple mark_fields(const mark *m):
    return (m.kind, m.channel, m.decided, m.started, m.last_above, m.margin, m.peak_short, m.floor_power)
