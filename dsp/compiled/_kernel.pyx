# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""Signal chain, which processes every sample, and burst trackers, which run per channel once a hop of about 4 ms.

Everything is timed in samples and kept in explicit state, so that any chunking gives bit-identical results. The chain
runs ahead of the trackers by up to one segment of hops. What the trackers pass to the chain (mains follower,
priming) takes effect at the start of the next segment, wherever blocks end. The arithmetic of each step is that of
`dsp.slow_twins.kernel`, in the same order.
"""

cimport cython
from libc.math cimport INFINITY, M_PI, NAN, fmax, fmin, sqrt

import numpy as np

from ._chain cimport (
    HOP_BAD, HOP_CHANGED, HOP_ENERGY, MAX_HARMONICS, N_HOP_ROWS, N_ROWS, N_SECTIONS, PADDED_LANES, ROW_COUNT,
    ROW_FILTER, ROW_FINEST, ROW_GIVEN, ROW_MAINS, ROW_MAINS_CLIP, ROW_MAINS_GAIN, ROW_SEEN, ROW_X1, ROW_X2, ROW_X3,
    chain_design, chain_find_count, chain_piece, chain_run,
)
from ._design cimport read_chain, read_tracker
from ._floor cimport resting
from ._lanes cimport widest_vector
from ._ring cimport add_sums, read_column, read_rows
from ._track cimport ACTIVE, IDLE, KIND_END, KIND_NONE, KIND_START, LONG_HOPS, tracker, tracker_design
from ._tracker cimport reset_floor, step_hop
from ._wave cimport PIECE_SAMPLES, advance_wave, begin_wave, mains_wave, relearn, retune_wave

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
    """Return the number of channels in the widest vector of this build and processor: 1, 2 or 4."""
    return widest_vector()


@cython.auto_pickle(False)  # the state holds pointers
cdef class Kernel:
    """Signal chain, floor, noise tail and bursts of all channels of one stream.

    Parameters
    ----------
    design : dsp.thresholds.kernel_design.KernelDesign
        Parameters of the chain and of the trackers.
    n_lanes : int, optional
        Channels that the chain processes side by side: 1, 2 or 4, at most and by default `widest_lanes`. Results do not
        depend on it.

    Raises
    ------
    ValueError
        If `n_lanes` is not supported, or the band-pass of the design does not have four sections.
    """

    cdef chain_design _chain
    cdef tracker_design _design
    cdef int _n_lanes
    cdef Py_ssize_t _n_channels
    cdef Py_ssize_t _ring_rows
    cdef Py_ssize_t _segment
    cdef Py_ssize_t _count_segments  # first segments, in all of which the smallest step is searched for
    cdef Py_ssize_t _count_every     # later it is searched for in one segment of this many
    cdef Py_ssize_t _hop_at         # next hop for the trackers, of those that the chain has completed
    cdef Py_ssize_t _n_hops_ended
    cdef int _was_lost              # whether the last sample was lost
    cdef long long _chain_index
    cdef long long _index
    cdef int _n_marks
    cdef int _n_active
    cdef long long _beat_first      # where the tail is not learnt, see `leave_out`
    cdef long long _beat_every
    cdef long long _beat_samples
    cdef unsigned char[::1] _mark_bytes
    cdef mark *_marks
    cdef mains_wave _wave
    cdef double _nominal  # frequency around which that of the mains is followed, in radians per sample
    cdef Py_ssize_t _relearn_samples
    cdef double[:, ::1] _last_mains  # amplitudes of the fundamental at the start of the segment, (2, padded)
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
        self._segment = design.segment_hops * self._chain.hop_samples
        self._count_segments, self._count_every = design.count_segments, design.count_every
        self._ring_rows = (design.ring_hops // design.segment_hops + 2) * self._segment
        self._state = np.zeros((N_ROWS, padded))
        self._state[ROW_FINEST, :] = INFINITY
        self._last_mains = np.zeros((2, padded))
        self._band = np.zeros((self._ring_rows, padded))
        self._raw = np.zeros((self._ring_rows, padded))
        self._padded = np.zeros((PIECE_SAMPLES, padded))
        self._hops = np.zeros((design.segment_hops, N_HOP_ROWS, padded))
        self._full_scale = np.full(padded, np.inf)
        self._enabled = np.zeros(padded, np.uint8)
        for c in range(self._n_channels):
            self._full_scale[c] = design.full_scale_uv[c]
            self._enabled[c] = design.enabled[c]
        self._track_bytes = np.zeros(padded * sizeof(tracker) + 16, np.uint8)
        self._tracks = <tracker *> ((<size_t> &self._track_bytes[0] + 15) // 16 * 16)
        self._mark_bytes = np.zeros(padded * sizeof(mark) + 16, np.uint8)  # at most one per channel and hop
        self._marks = <mark *> ((<size_t> &self._mark_bytes[0] + 15) // 16 * 16)
        for c in range(padded):
            reset_floor(&self._tracks[c], &self._design)
            self._tracks[c].must_prime = 1
        begin_wave(&self._wave)

    @property
    def index(self):
        """Number of samples processed so far; after a call that returned marks, up to the hop that produced them."""
        return self._index

    @property
    def hop_samples(self):
        """Number of samples per hop."""
        return self._chain.hop_samples

    def run(self, const double[:, ::1] signal_uv not None, const unsigned char[::1] valid):
        """Process samples until none are left or a hop produces marks.

        Parameters
        ----------
        signal_uv : ndarray of float64, shape (n_samples, n_channels)
            In µV.
        valid : ndarray of uint8, shape (n_samples,), or None
            0 where a sample was lost on all channels.

        Returns
        -------
        n_taken : int
            Number of samples taken.
        marks : list of tuple
            Fields of `dsp.bursts.Mark`. The state is that of the hop that produced them. Call again with the remaining
            samples, of which there may be none, until no marks are returned: only then are all hops processed.

        Raises
        ------
        ValueError
            If a shape does not fit.
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
        """Run a piece of samples through the chain, at most to the end of the segment; return its length."""
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
        if segment < self._count_segments or segment % self._count_every == 0:
            chain_find_count(&self._state[0, 0], self._chain.n_padded, &piece, self._n_channels)
        self._index = self._chain_index - piece.in_hop
        self._hop_at = 0
        self._n_hops_ended = (piece.in_hop + m) // hop
        self._chain_index += m
        return m

    cdef void _begin_segment(self, const double *x, const unsigned char *valid) noexcept nogil:
        """Pass the state of the trackers to the chain."""
        cdef Py_ssize_t c
        cdef double local
        if self._chain.n_harmonics > 0:
            self._steer_mains()
        for c in range(self._n_channels):
            if self._n_active > 0:
                self._relearn_mains(c)
            self._last_mains[0, c], self._last_mains[1, c] = self._state[ROW_MAINS, c], self._state[ROW_MAINS + 1, c]
            self._state[ROW_MAINS_GAIN, c] = self._tracks[c].mains_gain
            local = self._tracks[c].local
            self._state[ROW_MAINS_CLIP, c] = self._design.mains_clip * sqrt(local) if local > 0.0 else INFINITY
            self._take_count(c)
            if self._tracks[c].must_prime and (valid == NULL or valid[0]):
                self._prime_channel(c, x[c])

    cdef void _steer_mains(self) noexcept nogil:
        """Change the mains' frequency by a share of the phase by which its fundamental turned in the last segment.

        All channels count by the power of their mains, and the noise limits the share where the mains is weak.
        """
        cdef Py_ssize_t c
        cdef double off = self._wave.radians - self._nominal, most = self._design.mains_off
        cdef double now_cos, now_sin, last_cos, last_sin, turned = 0.0, power = 0.0
        for c in range(self._n_channels):
            if self._state[ROW_MAINS_GAIN, c] > 0.0 and self._tracks[c].local > 0.0:
                now_cos, now_sin = self._state[ROW_MAINS, c], self._state[ROW_MAINS + 1, c]
                last_cos, last_sin = self._last_mains[0, c], self._last_mains[1, c]
                turned += now_cos * last_sin - now_sin * last_cos
                power += last_cos * last_cos + last_sin * last_sin + self._design.mains_doubt * self._tracks[c].local
        if power > 0.0:
            off = fmin(fmax(off + self._design.mains_pull * (turned / power), -most), most)
            retune_wave(&self._wave, self._nominal + off, self._chain.orders[self._chain.n_harmonics - 1])

    cdef void _relearn_mains(self, Py_ssize_t c) noexcept nogil:
        """Relearn the mains of a channel if its burst has consisted of mains alone for long."""
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
        """Take the smallest step as one count of the converter; noise below one count is invisible but may exist."""
        if self._tracks[c].bad_run >= self._design.forget_hops:
            self._state[ROW_FINEST, c] = INFINITY
            self._state[ROW_SEEN, c] = self._state[ROW_COUNT, c] = 0.0
        elif self._state[ROW_SEEN, c] >= self._design.count_seen:
            self._state[ROW_COUNT, c] = self._state[ROW_FINEST, c]
        self._state[ROW_GIVEN, c] = NAN
        self._tracks[c].least = self._state[ROW_COUNT, c] * self._state[ROW_COUNT, c] / 12.0

    cdef void _prime_channel(self, Py_ssize_t c, double x) noexcept nogil:
        """Set the filters to their steady state for a constant signal of this value: no step and no ringing."""
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
        """Advance the trackers of all channels by one hop."""
        cdef Py_ssize_t c
        cdef int kind
        cdef bint is_quiet
        cdef double *hop = &self._hops[self._hop_at, 0, 0]
        cdef const double *energy = hop + HOP_ENERGY * self._chain.n_padded
        cdef const double *bad = hop + HOP_BAD * self._chain.n_padded
        cdef const double *changed = hop + HOP_CHANGED * self._chain.n_padded
        self._index += self._chain.hop_samples
        self._hop_at += 1
        is_quiet = self._n_active == 0 and not self._is_left_out(self._index - 1)
        for c in range(self._n_channels):
            if not self._enabled[c]:
                self._tracks[c].n_hops += 1
                self._tracks[c].n_usable += bad[c] == 0.0
                continue
            kind = step_hop(&self._tracks[c], &self._design, energy[c], bad[c] > 0.0, changed[c] > 0.0, is_quiet)
            if kind != KIND_NONE:
                self._add_mark(c, kind)

    cdef bint _is_left_out(self, long long last) noexcept nogil:
        """Return whether the tail is not to be learnt from the hop that ends with this sample."""
        if self._beat_every == 0 or last < self._beat_first:
            return False
        return (last - self._beat_first) % self._beat_every < self._beat_samples

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
        """Close all open bursts, as at the end of the signal; return the marks as tuples."""
        cdef Py_ssize_t c
        self._n_marks = 0
        for c in range(self._n_channels):
            if self._tracks[c].phase == ACTIVE:
                self._add_mark(c, KIND_END)
                self._tracks[c].phase = IDLE
        return self._take_marks()

    def set_mains(self, double radians_per_sample, orders not None):
        """Follow the mains near this frequency: its harmonics of the given orders, 1 for the fundamental.

        The frequency that is followed already stays if the given one is as before. New harmonics start at amplitude
        zero.

        Raises
        ------
        ValueError
            If an order is not 1 to 13, or a period is not longer than a sample and shorter than a segment.
        """
        wanted = sorted(set(orders))
        if not all(1 <= order <= MAX_HARMONICS for order in wanted):
            raise ValueError(f"harmonics 1 to {MAX_HARMONICS} of the mains can be followed, not {wanted}")
        if wanted and not 1.0 < 2.0 * M_PI / radians_per_sample < self._segment:
            raise ValueError(f"mains of {radians_per_sample:g} radians a sample cannot be followed")
        retune_wave(
            &self._wave, self._wave.radians if radians_per_sample == self._nominal else radians_per_sample,
            MAX_HARMONICS,
        )
        self._nominal = radians_per_sample
        for order in set(wanted).difference(self._orders()):
            self._state[ROW_MAINS + 2 * order - 2:ROW_MAINS + 2 * order, :] = 0.0
            if order == 1:
                self._last_mains[:, :] = 0.0
        self._chain.n_harmonics = len(wanted)
        if wanted:
            self._relearn_samples = round(self._design.relearn_cycles * 2.0 * M_PI / radians_per_sample)
        for k, order in enumerate(wanted):
            self._chain.orders[k] = order

    def _orders(self):
        return [self._chain.orders[k] for k in range(self._chain.n_harmonics)]

    @property
    def mains_radians_per_sample(self):
        """Frequency of the followed mains in radians per sample; 0 while none is followed."""
        return self._wave.radians

    def band(self, long long start, long long stop, out=None):
        """Return band-passed samples [start, stop) in µV, shape (n, n_channels); zeros for samples not in the ring.

        If `out` of that shape is given, it is filled and returned: allocating memory costs more than the copy.
        """
        return self._read(self._band, start, stop, out)

    def band_means(self, long long start, Py_ssize_t n_means, Py_ssize_t n_each):
        """Return means of each `n_each` band-passed samples from `start` on, in µV, shape (n_means, n_channels)."""
        if n_means < 0 or n_each < 1:
            raise ValueError(f"no {n_means} means of {n_each} samples can be formed")
        out = np.zeros((n_means, self._n_channels))
        cdef double[:, ::1] sums = out
        with nogil:
            add_sums(self._band, self._oldest(), self._index, start, n_each, sums)
        out /= n_each
        return out

    def raw(self, long long start, long long stop, out=None):
        """Return de-glitched unfiltered samples [start, stop) in µV, like `band`."""
        return self._read(self._raw, start, stop, out)

    def raw_of(self, Py_ssize_t channel, long long start, long long stop):
        """Return the samples of `raw` of one channel, shape (n,)."""
        if not 0 <= channel < self._n_channels:
            raise ValueError(f"there are {self._n_channels} channels, and no channel {channel}")
        out = np.zeros(max(0, stop - start))
        read_column(self._raw, self._oldest(), self._index, start, channel, out)
        return out

    cdef long long _oldest(self) noexcept nogil:
        """Return the oldest row of the rings; the chain may be a segment ahead and have overwritten older ones."""
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
        """Return the local floor in µV², shape (n_channels,); 0 before it is known."""
        cdef double[::1] powers = np.empty(self._n_channels)
        cdef Py_ssize_t c
        for c in range(self._n_channels):
            powers[c] = self._tracks[c].local
        return powers.base

    def settle(self, double[::1] settled not None, float[::1] floor not None, double most_rise):
        """Update the settled level of rest from the local floor: it falls at once and rises slowly.

        This is one call for all channels because it is made within blocks that take only microseconds.

        Parameters
        ----------
        settled : ndarray of float64, shape (n_channels,)
            Settled level in µV², overwritten; 0 where it was not known.
        floor : array of float32, n_channels values
            Output: local floor in µV²; 0 before it is known.
        most_rise : float
            Largest factor by which the level may rise.

        Raises
        ------
        ValueError
            If a length is not the number of channels.
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
        """Limit the factor by which the mean excess over the knee may grow with the share of blocks above it."""
        self._design.most_growth = most

    def leave_out(self, long long first, long long every, long long n_samples):
        """Learn no tail from where heartbeats are expected, until the next call.

        Parameters
        ----------
        first : int
            Sample from which a beat is expected.
        every : int
            Number of samples from one beat to the next; 0 if none is expected.
        n_samples : int
            Number of samples within which each beat lies. The long window, which still holds it, is added.

        Raises
        ------
        ValueError
            If a value is negative.
        """
        if first < 0 or every < 0 or n_samples < 0:
            raise ValueError(f"beats of {n_samples} samples every {every} from sample {first} cannot be left out")
        self._beat_first, self._beat_every = first, every
        self._beat_samples = n_samples + LONG_HOPS * self._chain.hop_samples

    def rest_power(self):
        """Return the resting baseline in µV², shape (n_channels,); 0 where it is not learnt.

        A baseline far above the local floor may not have been learnt from rest. Until a later rest confirms or replaces
        it, it counts as at most `most_rest` times the local floor.
        """
        cdef double[::1] powers = np.empty(self._n_channels)
        cdef Py_ssize_t c
        for c in range(self._n_channels):
            powers[c] = resting(&self._tracks[c], &self._design)
        return powers.base

    def thresholds(self):
        """Return the confirmation thresholds as power over the floor, shape (n_channels, 2): short and long window."""
        cdef double[:, ::1] powers = np.empty((self._n_channels, 2))
        cdef Py_ssize_t c, k
        for c in range(self._n_channels):
            for k in range(2):
                powers[c, k] = self._tracks[c].confirm[k]
        return powers.base

    def tail(self):
        """Return the tail above the knee, shape (n_channels, 2, 3), short window first.

        Share of blocks above the knee, mean excess over it and mean square excess, both over all blocks.
        """
        return np.array([
            [[self._tracks[c].rate[k], self._tracks[c].excess[k], self._tracks[c].square[k]] for k in range(2)]
            for c in range(self._n_channels)
        ])

    def usable_fraction(self):
        """Return the fraction of usable hops, shape (n_channels,).

        On channels without burst detection it is the fraction of hops that are not bad.
        """
        return np.array([
            <double> self._tracks[c].n_usable / self._tracks[c].n_hops if self._tracks[c].n_hops else 1.0
            for c in range(self._n_channels)
        ])

    def burst_peaks(self):
        """Return the peak power over the floor (short window) of open bursts, 0 without one, shape (n_channels,)."""
        cdef double[::1] powers = np.empty(self._n_channels)
        cdef Py_ssize_t c
        for c in range(self._n_channels):
            powers[c] = self._tracks[c].peak[0] if self._tracks[c].phase == ACTIVE else 0.0
        return powers.base

    def is_usable(self):
        """Return which channels are currently usable, bool of shape (n_channels,)."""
        cdef unsigned char[::1] usable = np.empty(self._n_channels, np.uint8)
        cdef Py_ssize_t c
        for c in range(self._n_channels):
            usable[c] = (
                self._tracks[c].guard == 0 and self._tracks[c].bad_run == 0 and self._tracks[c].ready_run > 0
            )
        return usable.base.view(np.bool_)
