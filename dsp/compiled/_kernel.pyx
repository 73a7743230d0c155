# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""The chain that every sample passes, and the per-channel burst tracker that runs at each hop of about 4 ms.

Everything is clocked by samples and kept in explicit state, so that any chunking gives the same bits. The chain runs
ahead of the trackers by up to a segment of 16 hops; what they tell it (mains follower, priming) it hears where the next
segment begins, wherever blocks end. The arithmetic of each step is that of `dsp.slow_twins.kernel`, in the same order.
"""

cimport cython
from libc.math cimport INFINITY, M_PI, NAN, sqrt

import numpy as np

from ._chain cimport (
    HOP_BAD, HOP_CHANGED, HOP_ENERGY, MAX_HARMONICS, N_HOP_ROWS, N_ROWS, N_SECTIONS, PADDED_LANES, ROW_COUNT,
    ROW_FILTER, ROW_FINEST, ROW_GIVEN, ROW_MAINS, ROW_MAINS_CLIP, ROW_MAINS_GAIN, ROW_SEEN, ROW_X1, ROW_X2, ROW_X3,
    chain_design, chain_find_count, chain_piece, chain_run,
)
from ._design cimport read_chain, read_tracker
from ._floor cimport resting
from ._lanes cimport widest_vector
from ._ring cimport add_means, read_column, read_rows
from ._track cimport ACTIVE, IDLE, KIND_END, KIND_NONE, KIND_START, tracker, tracker_design
from ._tracker cimport reset_floor, step_hop
from ._wave cimport PIECE_SAMPLES, advance_wave, begin_wave, mains_wave, relearn, retune_wave

cdef enum:
    SEGMENT_HOPS = 16   # the trackers' word reaches the chain where so many hops begin anew
    COUNT_SEGMENTS = 160  # in so many segments, 10 s, the smallest step of the signal is looked for at first
    COUNT_EVERY = 16    # and in one of so many later
    COUNT_SEEN = 8      # a step that came so often is one count: the smallest one of a fine signal comes once

cdef struct mark:
    int kind
    int channel
    long long decided
    long long started
    long long last_above
    double margin
    double peak_short
    double floor_power


def widest_lanes():
    """Return how many channels the widest vector of this build and this processor takes: 1, 2 or 4."""
    return widest_vector()


@cython.auto_pickle(False)  # the state holds pointers
cdef class Kernel:
    """Chain, floor, tail and bursts of all channels of one stream.

    Parameters
    ----------
    design : dsp.thresholds.kernel_design.KernelDesign
        Every number that the chain and the tracker need.
    n_lanes : int, optional
        Channels that the chain takes side by side, 1, 2 or 4, at most `widest_lanes`; results do not depend on it.
    """

    cdef chain_design _chain
    cdef tracker_design _design
    cdef int _n_lanes
    cdef Py_ssize_t _n_channels
    cdef Py_ssize_t _ring_rows
    cdef Py_ssize_t _segment
    cdef Py_ssize_t _hop_at         # next hop that the trackers take, of those that the chain has ended
    cdef Py_ssize_t _n_hops_ended
    cdef int _was_lost              # whether the last sample was lost
    cdef long long _chain_index
    cdef long long _index
    cdef int _n_marks
    cdef int _n_active
    cdef unsigned char[::1] _mark_bytes
    cdef mark *_marks
    cdef mains_wave _wave
    cdef Py_ssize_t _relearn_samples
    cdef double[:, ::1] _state
    cdef double[:, ::1] _band
    cdef double[:, ::1] _raw
    cdef double[:, ::1] _padded
    cdef double[:, :, ::1] _hops
    cdef double[::1] _full_scale
    cdef unsigned char[::1] _enabled
    cdef unsigned char[::1] _track_bytes
    cdef tracker *_tracks

    def __init__(self, design not None, int n_lanes=0):
        cdef Py_ssize_t c, padded
        self._n_lanes = n_lanes or widest_vector()
        if self._n_lanes not in (1, 2, 4) or self._n_lanes > widest_vector():
            raise ValueError(f"the chain takes 1, 2 or 4 channels side by side, here at most {widest_vector()}")
        self._n_channels = design.n_channels
        padded = (self._n_channels + PADDED_LANES - 1) // PADDED_LANES * PADDED_LANES
        read_chain(&self._chain, design, padded)
        read_tracker(&self._design, design)
        self._segment = SEGMENT_HOPS * self._chain.hop_samples
        self._ring_rows = (design.ring_hops // SEGMENT_HOPS + 2) * self._segment
        self._state = np.zeros((N_ROWS, padded))
        self._state[ROW_FINEST, :] = INFINITY
        self._band = np.zeros((self._ring_rows, padded))
        self._raw = np.zeros((self._ring_rows, padded))
        self._padded = np.zeros((PIECE_SAMPLES, padded))
        self._hops = np.zeros((SEGMENT_HOPS, N_HOP_ROWS, padded))
        self._full_scale = np.full(padded, np.inf)
        self._enabled = np.zeros(padded, np.uint8)
        for c in range(self._n_channels):
            self._full_scale[c] = design.full_scale_uv[c]
            self._enabled[c] = design.enabled[c]
        self._track_bytes = np.zeros(padded * sizeof(tracker) + 16, np.uint8)
        self._tracks = <tracker *> ((<size_t> &self._track_bytes[0] + 15) // 16 * 16)
        self._mark_bytes = np.zeros(padded * sizeof(mark) + 16, np.uint8)  # a hop gives at most one a channel
        self._marks = <mark *> ((<size_t> &self._mark_bytes[0] + 15) // 16 * 16)
        for c in range(padded):
            reset_floor(&self._tracks[c], &self._design)
            self._tracks[c].must_prime = 1
        begin_wave(&self._wave)

    @property
    def index(self):
        """Number of samples taken so far; while marks are told, that up to the hop which gave them."""
        return self._index

    @property
    def hop_samples(self):
        """Samples of one hop."""
        return self._chain.hop_samples

    def run(self, const double[:, ::1] signal_uv not None, const unsigned char[::1] valid):
        """Take samples of shape (n_samples, n_channels) until all are taken or a hop has something to tell.

        Returns how many were taken, and the marks as tuples: whoever reads them sees the state of that very hop. Only
        when there are no marks was everything taken and every hop looked at: until then call again with the rest,
        which may be empty.
        """
        cdef Py_ssize_t n = signal_uv.shape[0], i = 0
        cdef const unsigned char *lost = NULL
        if valid is not None and valid.shape[0] != n:
            raise ValueError(f"valid must tell of {n} samples, not {valid.shape[0]}")
        if signal_uv.shape[1] != self._n_channels:
            raise ValueError(f"the signal must have {self._n_channels} channels, not {signal_uv.shape[1]}")
        self._n_marks = 0
        with nogil:
            while True:
                while self._hop_at < self._n_hops_ended and self._n_marks == 0:
                    self._step_trackers()
                if self._n_marks > 0:
                    break
                self._index = self._chain_index
                if i >= n:
                    break
                if valid is not None:
                    lost = &valid[i]
                i += self._filter(&signal_uv[i, 0], lost, n - i)
        return i, self._take_marks()

    cdef list _take_marks(self):
        return [
            (
                self._marks[k].kind, self._marks[k].channel, self._marks[k].decided, self._marks[k].started,
                self._marks[k].last_above, self._marks[k].margin, self._marks[k].peak_short,
                self._marks[k].floor_power,
            )
            for k in range(self._n_marks)
        ]

    cdef Py_ssize_t _filter(self, const double *x, const unsigned char *valid, Py_ssize_t n) noexcept nogil:
        """Run samples through the chain, at most to the end of the segment; return how many."""
        cdef chain_piece piece
        cdef Py_ssize_t c, i, segment, stride = self._n_channels, hop = self._chain.hop_samples
        cdef Py_ssize_t in_segment = self._chain_index % self._segment, row = self._chain_index % self._ring_rows
        cdef Py_ssize_t m = min(n, self._segment - in_segment, PIECE_SAMPLES)
        if in_segment == 0:
            self._begin_segment(x, valid)
        if stride % PADDED_LANES != 0:
            for i in range(m):
                for c in range(stride):
                    self._padded[i, c] = x[i * stride + c]
            x = &self._padded[0, 0]
            stride = self._chain.n_padded
        advance_wave(&self._wave, self._chain.orders, self._chain.n_harmonics, m)
        piece.x = x
        piece.x_stride = stride
        piece.valid = valid
        piece.n_samples = m
        piece.in_hop = in_segment % hop
        piece.was_lost = self._was_lost
        piece.wave = self._wave.piece
        piece.band = &self._band[row, 0]
        piece.raw = &self._raw[row, 0]
        piece.hops = &self._hops[0, 0, 0]
        chain_run(&self._chain, &self._state[0, 0], &self._full_scale[0], &piece, self._n_channels, self._n_lanes)
        self._was_lost = valid != NULL and not valid[m - 1]
        segment = self._chain_index // self._segment
        if segment < COUNT_SEGMENTS or segment % COUNT_EVERY == 0:
            chain_find_count(&self._state[0, 0], self._chain.n_padded, &piece, self._n_channels)
        self._index = self._chain_index - piece.in_hop
        self._hop_at = 0
        self._n_hops_ended = (piece.in_hop + m) // hop
        self._chain_index += m
        return m

    cdef void _begin_segment(self, const double *x, const unsigned char *valid) noexcept nogil:
        """Tell the chain what the trackers have come to."""
        cdef Py_ssize_t c
        cdef double local
        for c in range(self._n_channels):
            if self._n_active > 0:
                self._relearn_mains(c)
            self._state[ROW_MAINS_GAIN, c] = self._tracks[c].mains_gain
            local = self._tracks[c].local
            self._state[ROW_MAINS_CLIP, c] = self._design.mains_clip * sqrt(local) if local > 0.0 else INFINITY
            self._take_count(c)
            if self._tracks[c].must_prime and (valid == NULL or valid[0]):
                self._prime_channel(c, x[c])

    cdef void _relearn_mains(self, Py_ssize_t c) noexcept nogil:
        """Learn the mains of a channel anew where its burst has been nothing else for long."""
        cdef tracker *t = &self._tracks[c]
        cdef long long n_hops = t.n_hops - max(t.started, t.relearnt) - self._design.relearn_hops
        cdef bint is_long = t.phase == ACTIVE and n_hops * self._chain.hop_samples >= self._relearn_samples
        if self._chain.n_harmonics == 0 or not is_long:
            return
        if relearn(
            &self._wave, &self._chain, &self._state[0, 0], self._band, self._chain_index, c, self._relearn_samples,
            self._design.relearn_share,
        ):
            t.relearnt = t.n_hops

    cdef void _take_count(self, Py_ssize_t c) noexcept nogil:
        """Take the smallest step as one count of the converter: noise below it is not told, and may be there."""
        if self._tracks[c].bad_run >= self._design.forget_hops:
            self._state[ROW_FINEST, c] = INFINITY
            self._state[ROW_SEEN, c] = self._state[ROW_COUNT, c] = 0.0
        elif self._state[ROW_SEEN, c] >= COUNT_SEEN:
            self._state[ROW_COUNT, c] = self._state[ROW_FINEST, c]
        self._state[ROW_GIVEN, c] = NAN
        self._tracks[c].least = self._state[ROW_COUNT, c] * self._state[ROW_COUNT, c] / 12.0

    cdef void _prime_channel(self, Py_ssize_t c, double x) noexcept nogil:
        """Set the filters to where a constant signal of this value would have brought them: no step, no ringing."""
        cdef Py_ssize_t k
        if not (x < self._full_scale[c] and x > -self._full_scale[c]):
            return
        self._tracks[c].must_prime = 0
        self._state[ROW_X1, c] = x
        self._state[ROW_X2, c] = x
        self._state[ROW_X3, c] = x
        for k in range(2 * N_SECTIONS):
            self._state[ROW_FILTER + k, c] = self._chain.gain * x if k < 2 else 0.0

    cdef void _step_trackers(self) noexcept nogil:
        """Let the trackers of all channels take the next hop."""
        cdef Py_ssize_t c
        cdef int kind
        cdef bint is_quiet = self._n_active == 0
        cdef double *hop = &self._hops[self._hop_at, 0, 0]
        cdef const double *energy = hop + HOP_ENERGY * self._chain.n_padded
        cdef const double *bad = hop + HOP_BAD * self._chain.n_padded
        cdef const double *changed = hop + HOP_CHANGED * self._chain.n_padded
        self._index += self._chain.hop_samples
        self._hop_at += 1
        for c in range(self._n_channels):
            if not self._enabled[c]:
                self._tracks[c].n_hops += 1
                self._tracks[c].n_usable += bad[c] == 0.0
                continue
            kind = step_hop(&self._tracks[c], &self._design, energy[c], bad[c] > 0.0, changed[c] > 0.0, is_quiet)
            if kind != KIND_NONE:
                self._add_mark(c, kind)

    cdef void _add_mark(self, Py_ssize_t c, int kind) noexcept nogil:
        cdef tracker *t = &self._tracks[c]
        cdef mark *m = &self._marks[self._n_marks]
        cdef double short_margin = t.peak[0] / t.level[0], long_margin = t.peak[1] / t.level[1]
        self._n_marks += 1
        self._n_active += 1 if kind == KIND_START else -1
        m.kind = kind
        m.channel = c
        m.decided = self._index - 1
        m.started = self._index - 1 - (t.n_hops - t.started) * self._chain.hop_samples
        m.last_above = self._index - 1 - (t.n_hops - t.last_above) * self._chain.hop_samples
        m.margin = short_margin if short_margin > long_margin else long_margin
        m.peak_short = t.peak[0]
        m.floor_power = max(t.local, resting(t, &self._design))

    def open_bursts(self):
        """Close what is open, as at the end of the signal; return the marks as tuples."""
        cdef Py_ssize_t c
        self._n_marks = 0
        for c in range(self._n_channels):
            if self._tracks[c].phase == ACTIVE:
                self._add_mark(c, KIND_END)
                self._tracks[c].phase = IDLE
        return self._take_marks()

    def set_mains(self, double radians_per_sample, orders not None):
        """Follow mains of this frequency: its harmonics of these orders, 1 for itself. New ones start from zero."""
        wanted = sorted(set(orders))
        if not all(1 <= order <= MAX_HARMONICS for order in wanted):
            raise ValueError(f"harmonics 1 to {MAX_HARMONICS} of the mains can be followed, not {wanted}")
        if wanted and not 1.0 < 2.0 * M_PI / radians_per_sample < self._segment:
            raise ValueError(f"mains of {radians_per_sample:g} radians a sample cannot be followed")
        retune_wave(&self._wave, radians_per_sample)
        for order in set(wanted).difference(self._orders()):
            self._state[ROW_MAINS + 2 * order - 2:ROW_MAINS + 2 * order, :] = 0.0
        self._chain.n_harmonics = len(wanted)
        if wanted:
            self._relearn_samples = round(self._design.relearn_cycles * 2.0 * M_PI / radians_per_sample)
        for k, order in enumerate(wanted):
            self._chain.orders[k] = order

    def _orders(self):
        return [self._chain.orders[k] for k in range(self._chain.n_harmonics)]

    def mains(self):
        """Return cosine and sine amplitudes in µV of what is followed, shape (n_channels, 2 * n_harmonics)."""
        rows = [ROW_MAINS + 2 * order + k for order in self._orders() for k in (-2, -1)]
        return np.asarray(self._state)[rows, :self._n_channels].T.copy()

    def band(self, long long start, long long stop, out=None):
        """Return band-passed samples [start, stop) in µV, shape (n, n_channels); zeros where the ring has none.

        They are written to `out`, of that shape, where it is given: fresh memory costs more than the copy.
        """
        return self._read(self._band, start, stop, out)

    def band_means(self, long long start, Py_ssize_t n_means, Py_ssize_t n_each):
        """Return means of `n_each` band-passed samples from `start` on, in µV, shape (n_means, n_channels)."""
        if n_means < 0 or n_each < 1:
            raise ValueError(f"no {n_means} means of {n_each} samples can be formed")
        out = np.zeros((n_means, self._n_channels))
        cdef double[:, ::1] sums = out
        with nogil:
            add_means(self._band, self._oldest(), self._index, start, n_each, sums)
        out /= n_each
        return out

    def raw(self, long long start, long long stop, out=None):
        """Return de-glitched unfiltered samples [start, stop) in µV, as `band` does."""
        return self._read(self._raw, start, stop, out)

    def raw_of(self, Py_ssize_t channel, long long start, long long stop):
        """Return the same of one channel, shape (n,)."""
        if not 0 <= channel < self._n_channels:
            raise ValueError(f"there are {self._n_channels} channels, and no channel {channel}")
        out = np.zeros(max(0, stop - start))
        read_column(self._raw, self._oldest(), self._index, start, channel, out)
        return out

    cdef long long _oldest(self) noexcept nogil:
        """Return the oldest row of the rings; the chain may have run ahead by a segment and written over older ones."""
        return max(<long long> 0, self._index + self._segment - self._ring_rows)

    cdef _read(self, const double[:, ::1] ring, long long start, long long stop, out):
        if out is None:
            out = np.empty((max(0, stop - start), self._n_channels))
        cdef double[:, ::1] values = out
        if values.shape[0] != max(0, stop - start) or values.shape[1] != self._n_channels:
            raise ValueError(f"{max(0, stop - start)} rows of {self._n_channels} channels do not fit into {out.shape}")
        with nogil:
            read_rows(ring, self._oldest(), self._index, start, values)
        return out

    def floor_power(self):
        """Return the local floor in µV², shape (n_channels,); 0 before there is one."""
        cdef double[::1] powers = np.empty(self._n_channels)
        cdef Py_ssize_t c
        for c in range(self._n_channels):
            powers[c] = self._tracks[c].local
        return powers.base

    def settle(self, double[::1] settled not None, float[::1] floor not None, double most_rise):
        """Bring the level to which rest has settled to the local floor: it falls at once and rises slowly.

        One call for all channels, as it falls due in the midst of blocks that take microseconds.

        Parameters
        ----------
        settled : ndarray of float64, shape (n_channels,)
            In µV², written over; 0 where it was not known.
        floor : array of float32, n_channels values
            Where the local floor in µV² is written; 0 before there is one.
        most_rise : float
            Factor by which the level may rise.
        """
        cdef Py_ssize_t c
        if not settled.shape[0] == floor.shape[0] == self._n_channels:
            raise ValueError(f"there are {self._n_channels} channels, not {settled.shape[0]} and {floor.shape[0]}")
        for c in range(self._n_channels):
            floor[c] = <float> self._tracks[c].local
            if settled[c] > 0.0:
                settled[c] = min(self._tracks[c].local, most_rise * settled[c])
            else:
                settled[c] = self._tracks[c].local

    def limit_growth(self, double most):
        """Let the mean excess over the knee grow at most so far with the share of blocks above it."""
        self._design.most_growth = most

    def rest_power(self):
        """Return the resting baseline in µV², shape (n_channels,); 0 where it is not learnt.

        What was learnt far above the local floor may have been no rest: until a later one was like it, or replaces it,
        it counts as at most `most_rest` times that.
        """
        cdef double[::1] powers = np.empty(self._n_channels)
        cdef Py_ssize_t c
        for c in range(self._n_channels):
            powers[c] = resting(&self._tracks[c], &self._design)
        return powers.base

    def thresholds(self):
        """Return confirmation thresholds over the floor's power, shape (n_channels, 2): short and long window."""
        cdef double[:, ::1] powers = np.empty((self._n_channels, 2))
        cdef Py_ssize_t c, k
        for c in range(self._n_channels):
            for k in range(2):
                powers[c, k] = self._tracks[c].confirm[k]
        return powers.base

    def tail(self):
        """Return rate, mean excess and its mean square above the knee, shape (n_channels, 2, 3), short window first."""
        return np.array([
            [[self._tracks[c].rate[k], self._tracks[c].excess[k], self._tracks[c].square[k]] for k in range(2)]
            for c in range(self._n_channels)
        ])

    def usable_fraction(self):
        """Return the share of hops that were usable, shape (n_channels,); where no bursts are looked for, not bad."""
        return np.array([
            <double> self._tracks[c].n_usable / self._tracks[c].n_hops if self._tracks[c].n_hops else 1.0
            for c in range(self._n_channels)
        ])

    def burst_peaks(self):
        """Return the largest short-window power over the floor of each burst now open, 0 elsewhere, (n_channels,)."""
        cdef double[::1] powers = np.empty(self._n_channels)
        cdef Py_ssize_t c
        for c in range(self._n_channels):
            powers[c] = self._tracks[c].peak[0] if self._tracks[c].phase == ACTIVE else 0.0
        return powers.base

    def is_usable(self):
        """Return which channels are usable now, bool of shape (n_channels,)."""
        cdef unsigned char[::1] usable = np.empty(self._n_channels, np.uint8)
        cdef Py_ssize_t c
        for c in range(self._n_channels):
            usable[c] = (
                self._tracks[c].guard == 0 and self._tracks[c].bad_run == 0 and self._tracks[c].ready_run > 0
            )
        return usable.base.view(np.bool_)
